#!/bin/sh
# Installs what bench/compare measures appserver beside: nginx and haproxy as
# Debian packages, and Caddy, whose package is old, from its sources into .tools.
# Only root can install packages; anybody else gets the names of what is missing.
set -eu
cd "$(dirname "$0")/.."
caddy=v2.11.9

packages=
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || packages="$packages nginx-light"
command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ] || packages="$packages haproxy"
if [ -n "$packages" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
	else
		echo "not installed, so not measured:$packages" >&2
	fi
fi

if ! go version -m .tools/caddy 2>/dev/null | grep -q "mod.*caddy/v2.*$caddy"; then
	mkdir -p .tools
	GOBIN="$PWD/.tools" nice go install "github.com/caddyserver/caddy/v2/cmd/caddy@$caddy"
fi
