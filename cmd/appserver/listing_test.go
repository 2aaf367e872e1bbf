package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
	"appserver/internal/config"
	"appserver/internal/host"
	"appserver/internal/monitor"
)

func TestHumanFigures(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{humanTime(-1), "0s"}, {humanTime(0.9), "0s"}, {humanTime(59), "59s"}, {humanTime(60), "1m00s"}, {humanTime(200), "3m20s"},
		{humanTime(7500), "2h05m"}, {humanTime(86400 * 4.125), "4d03h"},
		{humanSize(-1), "0 B"}, {humanSize(1023), "1023 B"}, {humanSize(1024), "1.0 KiB"}, {humanSize(12 << 20), "12 MiB"}, {humanSize(1 << 62), "4194304 TiB"},
		{humanCount(0.4), "0"}, {humanCount(999), "999"}, {humanCount(1500), "1.5 k"}, {humanCount(12e6), "12 M"},
		{cellText(""), "-"}, {cellText(" \n\t"), "-"}, {cellText("a\x1b[31m\nb"), "a [31m b"}, {cellText(strings.Repeat("ç", 61)), strings.Repeat("ç", 59) + "…"},
		{number(0), "-"}, {number(7), "7"}, {since(nil), "-"}, {clock(nil), "-"},
	} {
		if test.got != test.want {
			t.Errorf("%q; want %q", test.got, test.want)
		}
	}
}

func TestThreadFilter(t *testing.T) {
	thread := monitor.Thread{Kind: "JOB", Environment: "PROD", User: "ana"}
	for f, want := range map[threadFilter]bool{
		{}: true, {kind: "job"}: true, {env: "prod", user: "ANA"}: true, {kind: "RPC"}: false, {env: "PRO"}: false, {user: "x"}: false,
	} {
		if got := f.admits(thread); got != want {
			t.Errorf("%+v admits = %v; want %v", f, got, want)
		}
	}
}

// What cannot be meant is refused before the server is asked.
func TestThreadsUsage(t *testing.T) {
	for _, args := range [][]string{
		{"threads", "--kind", "FOO"}, {"threads", "message", "1", "a\xff"}, {"threads", "message", "1"}, {"threads", "kill"}, {"threads", "kill", "0"},
		{"rpc", "kill", "x"}, {"jobs", "stop", ""}, {"threads", "-o", "xml"},
	} {
		var out, errs strings.Builder
		if code := run(args, &out, &errs); code != exitUsage || out.Len() > 0 || errs.Len() == 0 {
			t.Errorf("%q: exit code %d, %q, %q; want %d and why", args, code, out.String(), errs.String(), exitUsage)
		}
	}
	if err := (threadFilter{kind: "smartclient"}).check(); err != nil {
		t.Errorf("a kind in lower case: %v", err)
	}
}

// The exit codes are those of the manual.
func TestAdminErrors(t *testing.T) {
	for err, want := range map[error]int{
		&monitor.AnswerError{Status: http.StatusForbidden}: exitForbidden,
		&monitor.AnswerError{Status: http.StatusNotFound}:  exitFailed,
		monitor.ErrNotRunning:                              exitUnreachable,
		monitor.ErrNotPermitted:                            exitForbidden,
		&monitor.ReloadError{}:                             exitConfig,
	} {
		exit := &exitError{code: exitFailed}
		errors.As(adminError(fmt.Errorf("asking: %w", err)), &exit)
		if exit.code != want {
			t.Errorf("%v: exit code %d; want %d", err, exit.code, want)
		}
	}
}

func TestThreadResult(t *testing.T) {
	for err, want := range map[error]string{
		host.ErrKilled: "killed", host.ErrInactive: "inactive", context.Canceled: "canceled", host.ErrStopping: "canceled",
		context.DeadlineExceeded: "canceled", errors.New("x"): "error",
	} {
		if got := threadResult(&vm.Error{Cause: err, Fatal: true}); got != want {
			t.Errorf("threadResult(%v) = %q; want %q", err, got, want)
		}
		if got := threadResult(&vm.Error{Cause: err}); got != "error" {
			t.Errorf("threadResult(%v that the program raised) = %q; want error", err, got)
		}
	}
	for _, err := range []error{nil, vm.ErrQuit} {
		if got := threadResult(err); got != "ok" {
			t.Errorf("threadResult(%v) = %q; want ok", err, got)
		}
	}
}

func TestSettingWriter(t *testing.T) {
	file := filepath.Join(t.TempDir(), "appserver.ini")
	write := func(text string) *config.Config {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(config.Options{Path: file})
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	noted := 0
	note := func(string, string, error) { noted++ }
	if settingWriter(write("[General]\n"), note) != nil || settingWriter(&config.Config{General: config.General{AllowIniWrite: true}}, note) != nil {
		t.Error("settingWriter != nil without AllowIniWrite, or without a file")
	}
	set := settingWriter(write("[General]\nAllowIniWrite=1\n[A]\nk=1\n"), note)
	for _, test := range []struct {
		key   string
		value *string
		want  error
	}{
		{"k", new("2"), nil}, {"k", new("2"), nil}, {"k", nil, nil}, {"k", nil, fs.ErrNotExist},
		{"Senha", new("x"), fs.ErrPermission}, {"x", new("a\nb"), config.ErrUnfit},
	} {
		if err := set("A", test.key, test.value); !errors.Is(err, test.want) {
			t.Errorf("setting %s = %v; want %v", test.key, err, test.want)
		}
	}
	if noted != 4 {
		t.Errorf("%d were noted; want 4, not the two that changed nothing", noted)
	}
}
