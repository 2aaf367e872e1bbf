#!/bin/sh
# Runs every fuzz target of the module for the given time each.
set -eu
files=$(git grep -l '^func Fuzz' -- '*_test.go') # fails if there is none
for file in $files; do
	dir=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
		echo "== $dir $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 1x "$dir"
	done
done
