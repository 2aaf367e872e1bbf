package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// inEmptyFolder enters a new folder with a data folder of one file.
func inEmptyFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("APPSERVER_GENERAL_DATAPATH", "data")
	t.Setenv("APPSERVER_CONFIG", "")
	if err := os.Mkdir("data", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("data", "key.pem"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runCommand runs the program and checks its exit code and a part of what it
// prints anywhere.
func runCommand(t *testing.T, code int, want string, args ...string) (stdout string) {
	t.Helper()
	var out, errs strings.Builder
	got := run(args, &out, &errs)
	if got != code || !strings.Contains(out.String()+errs.String(), want) {
		t.Errorf("appserver %q = %d with\n%s%s\nwant %d with %q", args, got, out.String(), errs.String(), code, want)
	}
	return out.String()
}

func TestBackupAndRestore(t *testing.T) {
	inEmptyFolder(t)
	runCommand(t, exitOK, "b.tar.gz: 1 file, 6 bytes of ", "backup", "b.tar.gz")
	if info, err := os.Stat("b.tar.gz"); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v, %v; want 0600", info.Mode(), err)
	}
	runCommand(t, exitFailed, "b.tar.gz exists", "backup", "b.tar.gz")

	runCommand(t, exitFailed, "restore with --force", "restore", "b.tar.gz")
	if err := os.WriteFile(filepath.Join("data", "key.pem"), []byte("newer"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := runCommand(t, exitOK, "1 file, 6 bytes from the backup of 20", "restore", "--force", "b.tar.gz")
	wantFile(t, filepath.Join("data", "key.pem"), "secret")
	_, kept, ok := strings.Cut(strings.TrimSpace(out), "the folder that was there is now ")
	if !ok {
		t.Fatalf("restore --force says %q; want where the old folder is", out)
	}
	wantFile(t, filepath.Join(kept, "key.pem"), "newer")

	if err := os.RemoveAll("data"); err != nil {
		t.Fatal(err)
	}
	runCommand(t, exitOK, "", "restore", "b.tar.gz")
	wantFile(t, filepath.Join("data", "key.pem"), "secret")
}

func wantFile(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
	}
}

func TestBackupToStandardOutput(t *testing.T) {
	inEmptyFolder(t)
	archive := runCommand(t, exitOK, "1 file, 6 bytes of ", "backup", "-")
	if err := os.WriteFile("b", []byte(archive), 0o600); err != nil {
		t.Fatal(err)
	}
	runCommand(t, exitOK, "", "restore", "--force", "b")
	wantFile(t, filepath.Join("data", "key.pem"), "secret")
}

func TestBackupSkipsTheRunningServersFiles(t *testing.T) {
	inEmptyFolder(t)
	for _, name := range []string{"admin.token", "admin.token-123", "lock"} {
		if err := os.WriteFile(filepath.Join("data", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runCommand(t, exitOK, "b: 1 file,", "backup", "b")
}

func TestDefaultBackupName(t *testing.T) {
	inEmptyFolder(t)
	runCommand(t, exitOK, "appserver-backup-", "backup")
	if got, err := filepath.Glob("appserver-backup-*-20??????-??????.tar.gz"); err != nil || len(got) != 1 {
		t.Errorf("backup made %q, %v; want one file", got, err)
	}
	at := time.Date(2026, 2, 26, 16, 19, 44, 0, time.UTC)
	if got := defaultBackup(at); !strings.HasPrefix(got, "appserver-backup-") || !strings.HasSuffix(got, "-20260226-161944.tar.gz") || strings.ContainsAny(got, `/\: `) {
		t.Errorf("defaultBackup = %q; want a file name with host and time", got)
	}
}

func TestBackupCommandErrors(t *testing.T) {
	inEmptyFolder(t)
	if err := os.WriteFile("text", []byte("not a backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "takes the name of one file", []string{"backup", "a", "b"}},
		{exitUsage, "takes the name of one file", []string{"backup", ""}},
		{exitUsage, "needs the name of the file", []string{"restore"}},
		{exitUsage, "is in the data folder", []string{"backup", filepath.Join("data", "b.tar.gz")}},
		{exitFailed, "there is no data folder", []string{"backup", "--set", "General.DataPath=none", "b"}},
		{exitFailed, "there is no data folder", []string{"backup", "--set", "General.DataPath=text", "b"}},
		{exitConfig, "placeholders are not expanded", []string{"backup", "--set", "General.DataPath=${X}", "b"}},
		{exitConfig, "placeholders are not expanded", []string{"restore", "--set", "General.DataPath=${X}", "text"}},
		{exitFailed, "nothing was restored: this is not a backup of appserver", []string{"restore", "--force", "text"}},
		{exitFailed, "none", []string{"restore", "none"}},
	} {
		runCommand(t, test.code, test.want, test.args...)
	}
	if _, err := os.Stat("b"); err == nil {
		t.Error("a failed backup left its file")
	}
	wantFile(t, filepath.Join("data", "key.pem"), "secret")
}

// Without a configuration a restore does not guess a folder.
func TestRestoreWithoutConfiguration(t *testing.T) {
	if _, err := os.Stat("/etc/appserver/appserver.ini"); err == nil {
		t.Skip("this machine has a configuration")
	}
	inEmptyFolder(t)
	runCommand(t, exitOK, "", "backup", "b")
	t.Setenv("APPSERVER_GENERAL_DATAPATH", "")
	if err := os.Rename("data", "old"); err != nil {
		t.Fatal(err)
	}
	runCommand(t, exitFailed, "--set General.DataPath=", "restore", "b")
	if _, err := os.Stat("data"); err == nil {
		t.Error("restore without a configuration made ./data")
	}
	runCommand(t, exitOK, "1 file", "restore", "--set", "General.DataPath=data", "b")
	if err := os.WriteFile("appserver.ini", []byte("[TCP]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runCommand(t, exitOK, "1 file", "restore", "--force", "b")
	wantFile(t, filepath.Join("data", "key.pem"), "secret")
}

// Faults elsewhere in the configuration must not stand in the way.
func TestBackupWithFaultyConfiguration(t *testing.T) {
	inEmptyFolder(t)
	runCommand(t, exitOK, "b: 1 file", "backup", "--set", "MPP.Plaintext=x", "b")
}
