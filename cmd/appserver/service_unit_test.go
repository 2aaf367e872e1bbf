//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"appserver/deploy"
)

var packaged = unit{Name: "appserver", User: "appserver", Program: "/usr/bin/appserver", Config: "/etc/appserver/appserver.ini"}

// The unit that is installed and the one in the packages are the same.
func TestUnitIsThePackaged(t *testing.T) {
	_, want, _ := strings.Cut(deploy.Unit(), "\n\n")
	head, got, _ := strings.Cut(packaged.text(), "\n\n")
	if got != want {
		t.Errorf("unit of the packages' paths =\n%s\nwant\n%s", got, want)
	}
	if !strings.HasPrefix(head, unitMark) {
		t.Errorf("unit begins %q; want %q", head, unitMark)
	}
}

func TestUnitText(t *testing.T) {
	u := unit{
		Name: "erp", Description: "Loja\n100%", User: "totvs", Program: "/opt/a b/appserver", Config: `/srv/$x/%y/"z\.ini`,
		Writable: []string{"/srv/data", "/srv/more data"},
	}
	text := u.text()
	for _, want := range []string{
		"\nDescription=Loja 100%%\n",
		"\nExecStart=\"/opt/a b/appserver\" serve --config " + `"/srv/$$x/%%y/\"z\\.ini"` + "\n",
		"\nExecReload=\"/opt/a b/appserver\" reload --config " + `"/srv/$$x/%%y/\"z\\.ini"` + "\n",
		"\nUser=totvs\n", "\nStateDirectory=erp\n", "\nLogsDirectory=erp\n",
		"\nProtectSystem=strict\nReadWritePaths=/srv/data\nReadWritePaths=\"/srv/more data\"\n",
		"systemctl edit erp\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("unit has no %q:\n%s", want, text)
		}
	}
	for _, path := range []string{u.Config, "/etc/appserver/appserver.ini"} {
		u.Config = path
		if got := unitConfig(u.text()); got != path {
			t.Errorf("unitConfig of the unit for %s = %q", path, got)
		}
	}
	if got := unitConfig("[Service]\nExecStart=/bin/true\n"); got != "" {
		t.Errorf("unitConfig of another unit = %q; want nothing", got)
	}
}

// Whatever the server is called, the unit keeps its lines.
func TestUnitTextOfAnyName(t *testing.T) {
	for name, want := range map[string]string{
		`Matriz\`: "Matriz", `Matriz \ \ `: "Matriz", `a\b`: `a\b`, `\`: "Application server",
		"{{Name}}": "{ {Name}}", "{{{if x}}": "{ { {if x}}", "{a}": "{a}", "50%": "50%%", "a\nUser=root": "a User=root",
	} {
		u := packaged
		u.Description = name
		text := u.text()
		if got := strings.Count(text, "\n"); !strings.Contains(text, "\nDescription="+want+"\n") || got != strings.Count(packaged.text(), "\n") || strings.Contains(text, "{{") {
			t.Errorf("the unit of %q has %d lines; want Description=%s and as many as without:\n%s", name, got, want, text)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for path, want := range map[string]string{
		"/opt/appserver":       "",
		"/homes/appserver":     "",
		"/home/me/appserver":   "below /home,",
		"/root":                "below /root,",
		"/tmp/x":               "below /tmp,",
		"/opt/a\nUser=root":    "cannot hold",
		"/opt/{{Name}}/config": "cannot hold",
	} {
		err := checkPath("the program", path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("checkPath(%q) = %v; want %q", path, err, want)
		}
	}
}

// What systemd itself says of the unit: no mistake in it, and an exposure of at
// most 3.0.
func TestUnitJudgedBySystemd(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("systemd-analyze is not installed; make deps installs it")
		}
		t.Skip("systemd-analyze is not installed")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	u := packaged
	u.Program = program // verify wants one that exists
	u.Writable = []string{"/srv/some data"}
	dir := t.TempDir()
	path := filepath.Join(dir, "appserver.service")
	text := strings.ReplaceAll(u.text(), "Documentation=man:appserver(1)\n", "") // nor has it the manual
	socket := strings.ReplaceAll(deploy.Socket(), "Documentation=man:appserver(1)\n", "")
	for path, text := range map[string]string{path: text, filepath.Join(dir, "appserver.socket"): socket} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"verify", path, filepath.Join(dir, "appserver.socket")},
		{"security", "--offline=true", "--threshold=30", "--no-pager", path},
	} {
		out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
