//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// contender is a server that can be started and measured.
type contender struct {
	name, version string
	needsPort     bool // is told its address instead of telling it
	forwards      bool // takes part in forwarding
	keepsAlive    bool // takes part in nothing but requests on kept connections
	command       func(launch) ([]string, error)
}

// launch says what a contender is to serve: HTTPS on one path, or, if upstream is
// set, connections without TLS that are passed on.
type launch struct {
	dir      string // the server's own
	address  string // host:port to listen on, if it needs one
	pair     string // path of certificate (.crt), key (.key) and both (.pem)
	answer   answer // to GET /healthz
	upstream string // host:port
}

// Names of the contenders.
const (
	ours    = "appserver"
	bare    = "bare net/http"
	timed   = "net/http, time-outs" // appserver's, for a header and between requests
	nginx   = "nginx"
	haproxy = "haproxy"
	caddy   = "Caddy"
)

// findContenders builds appserver into dir and looks for the others.
func findContenders(ctx context.Context, dir string) (found []contender, missing []string, err error) {
	binary := filepath.Join(dir, "appserver")
	version, err := buildAppserver(ctx, binary)
	if err != nil {
		return nil, nil, err
	}
	found = []contender{
		{name: ours, version: version, command: appserverCommand(binary), forwards: true},
		{name: bare, version: runtime.Version(), command: bareCommand(false)},
		{name: timed, version: runtime.Version(), command: bareCommand(true), keepsAlive: true},
	}
	peers := []struct {
		contender
		program  string
		version  string // its argument for that
		patterns []string
	}{
		{contender{name: nginx, command: nginxCommand}, "nginx", "-V", []string{`nginx/(\S+)`, `built with (OpenSSL \S+)`}},
		{contender{name: haproxy, command: haproxyCommand, forwards: true}, "haproxy", "-vv", []string{`version (\S+)`, `Running on OpenSSL version : (OpenSSL \S+)`}},
		{contender{name: caddy, command: caddyCommand}, "caddy", "version", []string{`v(\S+)`}},
	}
	for _, p := range peers {
		file, err := findProgram(p.program)
		if err != nil {
			missing = append(missing, p.name)
			continue
		}
		c := p.contender
		c.needsPort = true
		c.version = versionOf(ctx, file, p.version, p.patterns...)
		c.command = func(l launch) ([]string, error) {
			argv, err := p.command(l)
			return append([]string{file}, argv...), err
		}
		found = append(found, c)
	}
	return found, missing, nil
}

// buildAppserver builds it as make build does, and returns its version.
func buildAppserver(ctx context.Context, binary string) (version string, err error) {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/appserver")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building appserver, from the top of its sources: %w\n%s", err, out)
	}
	revision, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "of unknown revision", nil // not a clone
	}
	return strings.TrimSpace(string(revision)), nil
}

// findProgram looks in .tools, the path, and where Debian keeps daemons.
func findProgram(name string) (string, error) {
	if tool, err := filepath.Abs(filepath.Join(".tools", name)); err == nil {
		if found, err := exec.LookPath(tool); err == nil {
			return found, nil
		}
	}
	if found, err := exec.LookPath(name); err == nil {
		return found, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}

// appserverCommand starts appserver with the defaults, but for the addresses, the
// certificate, and the folder of what it writes.
func appserverCommand(binary string) func(launch) ([]string, error) {
	return func(l launch) ([]string, error) {
		settings := []string{"TCP.Port=0", "TCP.IP=127.0.0.1", "Metrics.Listen=127.0.0.1:0", "General.DataPath=" + filepath.Join(l.dir, "data")}
		if l.upstream != "" {
			settings = append(settings, "Drivers.MultiProtocolPortSecure=0", "MPP.Upstream="+l.upstream)
		} else {
			settings = append(settings, "MPP.SSL_Certificate="+l.pair+".crt", "MPP.SSL_Key="+l.pair+".key")
		}
		argv := []string{binary, "serve"}
		for _, s := range settings {
			argv = append(argv, "--set", s)
		}
		return argv, nil
	}
}

func bareCommand(timeouts bool) func(launch) ([]string, error) {
	return func(l launch) ([]string, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		config, err := json.Marshal(bareConfig{Pair: l.pair, Answer: l.answer, Timeouts: timeouts})
		return []string{self, roleBare, string(config)}, err
	}
}

func (c contender) serves() bool { return !c.keepsAlive }

const nginxConfig = `
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid %[1]s/nginx.pid;
error_log stderr warn;
events { worker_connections 11000; } # it closes idle connections when a sixteenth is left
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	scgi_temp_path %[1]s/scgi;
	uwsgi_temp_path %[1]s/uwsgi;
	keepalive_timeout 120s;
	keepalive_requests 1000000000;
	ssl_protocols TLSv1.2 TLSv1.3;
	ssl_session_tickets on;
	server {
		listen %[2]s ssl http2;
		ssl_certificate %[3]s.crt;
		ssl_certificate_key %[3]s.key;
		location = %[4]s {
%[5]s			return 200 %[6]q;
		}
	}
}
`

func nginxCommand(l launch) ([]string, error) {
	var headers string
	for _, h := range l.answer.Headers {
		if h.Name == "Content-Type" {
			headers += fmt.Sprintf("\t\t\tdefault_type %q;\n", h.Value)
			continue
		}
		headers += fmt.Sprintf("\t\t\tadd_header %s %q;\n", h.Name, h.Value)
	}
	config := fmt.Sprintf(nginxConfig, l.dir, l.address, l.pair, answerPath, headers, l.answer.Body)
	file := filepath.Join(l.dir, "nginx.conf")
	return []string{"-p", l.dir, "-e", "stderr", "-c", file}, os.WriteFile(file, []byte(config), 0o600)
}

const haproxyConfig = `
global
	nbthread 1
	maxconn %d
defaults
	timeout connect 10s
	timeout client 120s
	timeout server 120s
	timeout http-request 10s
	timeout http-keep-alive 120s
listen all
`

const haproxyHTTPS = `
	mode http
	bind %s ssl crt %s.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2 prefer-client-ciphers
	http-request return status 200 content-type %q file %s%s if { path %s }
`

const haproxyForward = `
	mode tcp
	bind %s
	option splice-request
	option splice-response
	server upstream %s
`

func haproxyCommand(l launch) ([]string, error) {
	config := fmt.Sprintf(haproxyConfig, 6000) + fmt.Sprintf(haproxyForward, l.address, l.upstream)
	if l.upstream == "" {
		var kind, headers string
		for _, h := range l.answer.Headers {
			if h.Name == "Content-Type" {
				kind = h.Value
				continue
			}
			headers += fmt.Sprintf(" hdr %s %q", h.Name, h.Value)
		}
		body := filepath.Join(l.dir, "body")
		if err := os.WriteFile(body, []byte(l.answer.Body), 0o600); err != nil {
			return nil, err
		}
		config = fmt.Sprintf(haproxyConfig, 9900) + fmt.Sprintf(haproxyHTTPS, l.address, l.pair, kind, body, headers, answerPath)
	}
	file := filepath.Join(l.dir, "haproxy.cfg")
	return []string{"-db", "-f", file}, os.WriteFile(file, []byte(config), 0o600)
}

// caddyCommand writes Caddy's configuration in its own JSON, since a Caddyfile
// brings redirects and headers that the others do not have.
func caddyCommand(l launch) ([]string, error) {
	headers := make(map[string][]string)
	for _, h := range l.answer.Headers {
		headers[h.Name] = []string{h.Value}
	}
	type object = map[string]any
	config, err := json.Marshal(object{
		"admin":   object{"disabled": true, "config": object{"persist": false}},
		"logging": object{"logs": object{"default": object{"level": "WARN"}}},
		"storage": object{"module": "file_system", "root": l.dir},
		"apps": object{
			"tls": object{"certificates": object{"load_files": []object{{"certificate": l.pair + ".crt", "key": l.pair + ".key"}}}},
			"http": object{"servers": object{"all": object{
				"listen":                  []string{l.address},
				"protocols":               []string{"h1", "h2"},
				"automatic_https":         object{"disable": true},
				"tls_connection_policies": []object{{}},
				"routes": []object{{
					"match":  []object{{"path": []string{answerPath}}},
					"handle": []object{{"handler": "static_response", "headers": headers, "body": l.answer.Body}},
				}},
			}}},
		},
	})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(l.dir, "caddy.json")
	return []string{"run", "--config", file}, os.WriteFile(file, config, 0o600)
}
