package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"appserver/internal/config"
)

// Programs of a running server find the listeners that serve their own environment.
func TestRESTAddresses(t *testing.T) {
	const text = `[ONE]
SourcePath=one
[TWO]
SourcePath=two
[HTTPSERVER]
Servers=PLAIN,OTHER
[PLAIN]
Port=9080
Locations=ROOT,API,FILES
[ROOT]
Path=/
ThreadPool=POOL
[API]
Path=/api
ThreadPool=POOL
[FILES]
Path=/files
RootPath=web
[OTHER]
Port=9081
SslMethod=SSL/TLS
Locations=THERE
[THERE]
Path=/x
ThreadPool=POOL2
[POOL]
Environment=ONE
[POOL2]
Environment=TWO
`
	for keys, want := range map[string]map[string]string{
		"":                         {"one": "http://localhost:9080/api http://localhost:9080", "TWO": "https://localhost:9081/x", "THREE": ""},
		"[PROBAT]\nREST=api.lan\n": {"ONE": "http://api.lan:9080/api http://api.lan:9080"},
	} {
		file := filepath.Join(t.TempDir(), "appserver.ini")
		if err := os.WriteFile(file, []byte(text+keys), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(config.Options{Path: file})
		if err != nil {
			t.Fatal(err)
		}
		for environment, want := range want {
			if got := strings.Join(restAddresses(cfg, environment), " "); got != want {
				t.Errorf("with %q, of %s: %s; want %s", keys, environment, got, want)
			}
		}
	}
}
