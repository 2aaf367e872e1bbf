package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"appserver/internal/certs"
)

func TestShellQuote(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the quotes are those of POSIX shells")
	}
	for in, want := range map[string]string{
		"/var/lib/appserver/x.crt": "/var/lib/appserver/x.crt", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "*": "'*'", `C:\x`: `'C:\x'`,
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s; want %s", in, got, want)
		}
	}
}

// A command that is shown leads from any folder to what led to it.
func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"my x.ini", "appserver.ini"} {
		if err := os.WriteFile(name, []byte("[TCP]\nPort=0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const named, found = " --config '{}/my x.ini'", " --config {}/appserver.ini"
	for _, tt := range []struct {
		name, config string
		set          []string
		env          map[string]string
		want         string // {} stands for the folder
	}{
		{"found in this folder", "", nil, nil, found},
		{"named", "my x.ini", nil, nil, named},
		{"named in the environment", "", nil, map[string]string{"APPSERVER_CONFIG": "my x.ini"}, named},
		{"overridden", "my x.ini", []string{"MPP.SSL_Certificate=a.pem", "mpp.ssl_default=1"}, nil, named + " --set MPP.SSL_Default=1 --set MPP.SSL_Certificate={}/a.pem"},
		{"data folder", "my x.ini", []string{"general.datapath=d"}, nil, named + " --set General.DataPath={}/d"},
		{"data folder in the environment", "my x.ini", nil, map[string]string{"APPSERVER_GENERAL_DATAPATH": "e"}, named + " --set General.DataPath={}/e"},
		{"data folder of systemd", "my x.ini", nil, map[string]string{"STATE_DIRECTORY": "/var/lib/x"}, named + " --set General.DataPath=/var/lib/x"},
		{"secret", "my x.ini", []string{"MPP.SSL_PassPhrase=secret"}, nil, named},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			cfg, err := (&app{configPath: tt.config, set: tt.set}).loadConfig()
			if err != nil {
				t.Fatal(err)
			}
			want := program() + " certs create" + strings.ReplaceAll(tt.want, "{}", dir) + " --new-authority"
			if got := commandLine(cfg, "certs", "create", "--new-authority"); got != want {
				t.Errorf("commandLine = %s; want %s", got, want)
			}
		})
	}
	if err := os.Remove("appserver.ini"); err != nil {
		t.Fatal(err)
	}
	cfg, err := (&app{}).loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := commandLine(cfg, "status"), program()+" status --set General.DataPath="+dir+"/data"; cfg.File == "" && got != want {
		t.Errorf("commandLine of the built-in configuration = %s; want %s", got, want)
	}
}

// The program is called by its name where a shell finds it by that, and nowhere
// else.
func TestProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if got := program(); got != shellQuote(exe) {
		t.Errorf("program() out of the path = %s; want %s", got, exe)
	}
	if err := os.Symlink("/bin/sh", filepath.Join(bin, "appserver")); err != nil {
		t.Fatal(err)
	}
	if got := program(); got != shellQuote(exe) {
		t.Errorf("program() with another one in the path = %s; want %s", got, exe)
	}
	os.Remove(filepath.Join(bin, "appserver"))
	if err := os.Symlink(exe, filepath.Join(bin, "appserver")); err != nil {
		t.Fatal(err)
	}
	if got := program(); got != "appserver" {
		t.Errorf("program() in the path = %s; want appserver", got)
	}

	// Nothing stands in front where sudo is of no use or missing.
	if got := rootCommandLine(nil, "x"); got != "appserver x" {
		t.Errorf("rootCommandLine without sudo = %s; want appserver x", got)
	}
	if err := os.WriteFile(filepath.Join(bin, "sudo"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	want := "sudo " + shellQuote(exe) + " x" // sudo has a path of its own
	if os.Geteuid() == 0 {
		want = "appserver x"
	}
	if got := rootCommandLine(nil, "x"); got != want {
		t.Errorf("rootCommandLine = %s; want %s", got, want)
	}
}

// What is shown can be run: a shell splits it into the same words.
func TestCommandLineRuns(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	line := compose("printf '%s|'", nil, []string{"certs", "trust", "--file", "/a b/it's $HOME/ca.crt"})
	out, err := exec.Command(sh, "-c", line).Output()
	if want := "certs|trust|--file|/a b/it's $HOME/ca.crt|"; err != nil || string(out) != want {
		t.Errorf("the shell reads %q, %v; want %q", out, err, want)
	}
}

func TestBriefly(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := (&app{set: []string{"MPP.SSL_Certificate=/x/a.pem", "MPP.SSL_Key=/x/a.pem.key"}}).loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ key, in, want string }{
		{"SSL_Certificate", "the file /x/a.pem does not exist", "the file does not exist"},
		{"SSL_Certificate", "/x/a.pem is empty", "the file is empty"},
		{"SSL_Certificate", "the certificate in /x/a.pem expires", "the certificate expires"},
		{"SSL_Certificate", "cannot read /x/a.pem: x", "cannot read /x/a.pem: x"},
		{"SSL_Certificate", "the key in /x/a.pem.key", "the key in /x/a.pem.key"},
		{"SSL_Key", "/x/a.pem.key does not belong to /x/a.pem: x", "the file does not belong to /x/a.pem: x"},
		{"SSL_PassPhrase", "the key in /x/a.pem.key is encrypted", "the key in /x/a.pem.key is encrypted"},
	} {
		if got := briefly(cfg, certs.Finding{Section: "MPP", Key: tt.key, Message: tt.in}); got != tt.want {
			t.Errorf("briefly(%s: %s) = %s; want %s", tt.key, tt.in, got, tt.want)
		}
	}
}

// A path that cannot be used has one fault, not also what follows from it.
func TestRefusedPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there such a path can be used")
	}
	code, out, _ := runIn(t, "", "config", "check", "--config", "x.ini", "--set", `MPP.SSL_Certificate=C:\cert\a.pem`, "--set", "MPP.SSL_Key=/x/key.pem")
	if code != exitConfig || strings.Contains(out, "not set") || !strings.Contains(out, "1 error,") {
		t.Errorf("config check = %d with\n%swant one error", code, out)
	}
}
