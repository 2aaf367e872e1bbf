#!/bin/sh
# Generates the Go code of one .proto file under docs/protocols into the folder of
# the same name here: sh generate.sh appserver/v1/server.proto
# It needs Go and protoc; the plugins are built from the versions that
# tools/go.mod pins.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
proto=$1

command -v protoc >/dev/null || {
	echo "generate.sh: protoc is not installed (Debian: apt-get install protobuf-compiler)" >&2
	exit 1
}

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT INT TERM
go -C "$root/tools" build -o "$bin/" \
	google.golang.org/protobuf/cmd/protoc-gen-go \
	google.golang.org/grpc/cmd/protoc-gen-go-grpc

cd "$here"
PATH="$bin:$PATH" protoc --proto_path="$root/docs/protocols" \
	--go_out=. --go_opt=paths=source_relative \
	--go-grpc_out=. --go-grpc_opt=paths=source_relative \
	"$proto"

# The compiler's own version is no property of the code: without it, whichever
# protoc ran, the files are the same.
for f in "${proto%.proto}.pb.go" "${proto%.proto}_grpc.pb.go"; do
	sed '/^\/\/ .*protoc  *v[0-9]/d' "$f" >"$bin/generated"
	cat "$bin/generated" >"$f"
done
