#!/bin/sh
# Builds a deb and an rpm package into dist/.
#
#	scripts/package.sh VERSION ARCH     for instance: scripts/package.sh 0.1.0 arm64
#
# The same sources and Go make the same packages: their time is $SOURCE_DATE_EPOCH,
# else that of the commit.
set -eu
if [ $# -ne 2 ]; then
	echo "usage: scripts/package.sh VERSION ARCH" >&2
	exit 2
fi
VERSION=${1#v} ARCH=$2
case $VERSION in
[0-9]*) ;;
*)
	echo "the version of a package begins with a digit, but is $VERSION" >&2
	exit 2
	;;
esac
cd "$(dirname "$0")/.."
umask 022
export LC_ALL=C VERSION ARCH
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

stage=dist/stage
rm -rf "$stage"
mkdir -p "$stage/bin" "$stage/man" "$stage/completions"
ldflags="-s -w -X main.version=$VERSION"
CGO_ENABLED=0 GOOS=linux GOARCH=$ARCH go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "$stage/bin/" ./cmd/appserver ./cmd/smartclient

# What the program tells of itself, told by one that runs here.
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "$stage/here" ./cmd/appserver
"$stage/here" docs man "$stage/man"
gzip -9n "$stage"/man/*.1
for shell in bash zsh fish; do
	"$stage/here" completion "$shell" >"$stage/completions/$shell"
done
"$stage/here" docs config /var/lib/appserver >"$stage/appserver.ini"
rm "$stage/here"

# The modules that are linked in, and the terms that they come under.
go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/appserver ./cmd/smartclient | sort -u |
	while read -r path version dir; do
		for file in "$dir"/LICENSE* "$dir"/COPYING* "$dir"/NOTICE*; do
			[ -f "$file" ] || continue
			printf '== %s %s: %s\n\n' "$path" "$version" "$(basename "$file")"
			cat "$file"
			echo
		done
	done >"$stage/licenses"

nfpm=.tools/nfpm
if [ ! -x "$nfpm" ] || [ tools/go.mod -nt "$nfpm" ]; then
	mkdir -p .tools
	go build -modfile=tools/go.mod -o "$nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm
fi
for format in deb rpm; do
	"$nfpm" package --config deploy/nfpm.yaml --packager "$format" --target dist/
done
rm -rf "$stage"
