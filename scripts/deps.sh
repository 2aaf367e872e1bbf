#!/bin/sh
# Installs what the tests drive the server with: Debian packages, npm modules
# and Go tools. Only root can install packages; anybody else gets the names of
# what is missing, and the tests that need it are skipped by name. With CI=true
# something missing is an error.
set -eu
tools=$1
root=$(cd "$(dirname "$0")/.." && pwd)

# With a second argument also what the long tests need.
packages="gcc:gcc git:git openssl:openssl curl:curl chromium:chromium nginx:nginx-light haproxy:haproxy protoc:protobuf-compiler npm:npm certutil:libnss3-tools systemd-analyze:systemd sslscan:sslscan nmap:nmap gnutls-cli:gnutls-bin keytool:default-jre-headless grpc_python_plugin:protobuf-compiler-grpc"
if [ "${2:-}" = soak ]; then
	packages="$packages testssl:testssl.sh slowhttptest:slowhttptest"
fi
missing=
for p in $packages; do
	command -v "${p%%:*}" >/dev/null 2>&1 || missing="$missing ${p#*:}"
done
# Debian keeps these programs of PostgreSQL out of the way.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
# A Python module has no program to look for.
/usr/bin/python3 -c 'import grpc' 2>/dev/null || missing="$missing python3-grpcio"
if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	elif [ "${CI:-}" = true ]; then
		echo "missing:$missing; run as root on Debian, or install them" >&2
		exit 1
	else
		echo "not installed, so some tests are skipped:$missing" >&2
	fi
fi

for tests in browser openapi; do
	folder=$root/test/$tests
	installed=$folder/node_modules/.package-lock.json
	if command -v npm >/dev/null 2>&1 && { [ ! -f "$installed" ] || [ "$folder/package-lock.json" -nt "$installed" ]; }; then
		if (cd "$folder" && npm ci --silent --no-audit --no-fund); then
			touch "$installed"
		elif [ "${CI:-}" = true ]; then
			echo "npm ci failed in test/$tests" >&2
			exit 1
		else
			echo "npm ci failed in test/$tests, so the tests that need it are skipped" >&2
		fi
	fi
done

mkdir -p "$tools"
for tool in grpcurl=github.com/fullstorydev/grpcurl/cmd/grpcurl h2spec=github.com/summerwind/h2spec/cmd/h2spec; do
	name=${tool%%=*}
	if [ ! -x "$tools/$name" ] || [ "$root/tools/go.mod" -nt "$tools/$name" ]; then
		(cd "$root" && go build -modfile=tools/go.mod -o "$tools/$name" "${tool#*=}")
	fi
done
