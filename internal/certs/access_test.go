package certs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func requireModes(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
}

func TestReadableByOthers(t *testing.T) {
	requireModes(t)
	dir := t.TempDir()
	credentials := filepath.Join(dir, "credentials")
	if err := os.Mkdir(credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	plain, credential := write(t, dir, "key", nil), write(t, credentials, "key", nil)
	link, away := filepath.Join(dir, "link"), filepath.Join(credentials, "away")
	for name, target := range map[string]string{link: credential, away: plain} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	const root, user, unknown = 0, 1000, -1
	tests := []struct {
		path  string
		owner int
		modes []os.FileMode
		want  bool
	}{
		{plain, user, []os.FileMode{0o600, 0o400, 0o700}, false},
		{plain, user, []os.FileMode{0o640, 0o440, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o777}, true},
		{plain, unknown, []os.FileMode{0o600}, false},
		{plain, unknown, []os.FileMode{0o640}, true},
		{plain, root, []os.FileMode{0o600, 0o640, 0o440, 0o740}, false},
		{plain, root, []os.FileMode{0o660, 0o650, 0o644, 0o641, 0o604}, true},
		{credential, user, []os.FileMode{0o400, 0o440}, false},
		{credential, user, []os.FileMode{0o444, 0o460}, true},
		{credential, root, []os.FileMode{0o440}, false},
		{link, user, []os.FileMode{0o440}, false},
		{away, user, []os.FileMode{0o440}, true},
		{filepath.Join(credentials, "..", "key"), user, []os.FileMode{0o440}, true},
		{credentials, user, []os.FileMode{0o440}, true},
		{filepath.Join(credentials, "gone"), user, []os.FileMode{0o440}, true},
	}
	for _, tt := range tests {
		for _, mode := range tt.modes {
			k := keyFile{tt.path, mode, tt.owner}
			if got := k.readableByOthers(credentials); got != tt.want {
				t.Errorf("%+v (mode %04o): readable by others = %t; want %t", k, mode, got, tt.want)
			}
		}
	}
	for _, folder := range []string{"", ".", "credentials", filepath.Join(dir, "gone"), plain} {
		if !(keyFile{credential, 0o440, user}).readableByOthers(folder) {
			t.Errorf("mode 0440 is let through with the credentials in %q; want it refused", folder)
		}
	}
}

func TestAccessMend(t *testing.T) {
	if got := (keyFile{"/k", 0o644, 1000}).mend(); got != "chmod 600 /k" {
		t.Errorf("mend for a user's file = %q", got)
	}
	if got := (keyFile{"/k", 0o644, 0}).mend(); !strings.Contains(got, "chmod 600 /k; or") || !strings.Contains(got, "chgrp") {
		t.Errorf("mend for root's file = %q; want both ways", got)
	}
}

// TestKeyReadableByOthers loads from files as they are. Who runs the tests
// decides whose they are; root can give them away.
func TestKeyReadableByOthers(t *testing.T) {
	requireModes(t)
	_, _, leaf := newChain()
	load := func(f Files, mode os.FileMode, want string) {
		t.Helper()
		if err := os.Chmod(f.Key, mode); err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.load(today); !matches(err, want) {
			t.Errorf("load with mode %04o = %v; want %q", mode, err, want)
		}
	}
	f := pairFiles(t, leaf)
	f.Names = mppNames
	if os.Geteuid() == 0 {
		load(f, 0o640, "")
		load(f, 0o644, "[MPP] SSL_Key: "+f.Key+" can be read by others (mode 0644)|chgrp")
		if err := os.Chown(f.Key, 12345, -1); err != nil {
			t.Fatal(err)
		}
	}
	load(f, 0o600, "")
	load(f, 0o640, "[MPP] SSL_Key: "+f.Key+" can be read by others (mode 0640)|chmod 600 "+f.Key)
	load(f, 0o604, "mode 0604")
	t.Setenv(credentialsVariable, filepath.Dir(f.Key))
	load(f, 0o440, "")
	load(f, 0o444, "mode 0444")
}
