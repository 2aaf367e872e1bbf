//go:build unix

package datadir

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asRoot makes a folder with the entries of a path, for root to be led by. Each
// is "name owner mode", or "name owner -> target" with PRECIOUS for a folder of
// root's.
func asRoot(t *testing.T, entries ...string) (base, precious string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be led anywhere")
	}
	base, precious = t.TempDir(), t.TempDir()
	for _, e := range entries {
		fields := strings.Fields(e)
		path, uid := filepath.Join(base, fields[0]), map[string]int{"root": 0, "user": 54321, "other": 54322}[fields[1]]
		var err error
		switch fields[2] {
		case "->":
			err = os.Symlink(strings.Replace(fields[3], "PRECIOUS", precious, 1), path)
		default:
			err = os.Mkdir(path, 0o700)
		}
		if err == nil {
			err = os.Lchown(path, uid, uid)
		}
		if mode, special := map[string]os.FileMode{"755": 0o755, "700": 0o700, "777": 0o777, "1777": 0o777 | os.ModeSticky}[fields[2]]; err == nil && special {
			err = os.Chmod(path, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return base, precious
}

func TestCheckPath(t *testing.T) {
	for _, tt := range []struct {
		name    string
		entries []string
		path    string
		want    string // in the error; "" is none
	}{
		{"root's own", []string{"a root 755", "a/data root 700"}, "a/data", ""},
		{"not there", []string{"a root 755"}, "a/b/data", ""},
		{"the service's", []string{"a root 755", "a/data user 700"}, "a/data/certs", ""},
		{"all the service's", []string{"a user 755", "a/data user 700", "a/data/certs user 700"}, "a/data/certs", ""},
		{"root's in a user's", []string{"a user 755", "a/data root 700"}, "a/data", "belongs to user 54321"},
		{"one user's in another's", []string{"a other 755", "a/data user 700"}, "a/data", "belongs to user 54322"},
		{"a user's link", []string{"a user 755", "a/data user -> PRECIOUS"}, "a/data", "symbolic link of user 54321"},
		{"a user's link on the way", []string{"a user 755", "a/b user -> PRECIOUS"}, "a/b/data/certs", "symbolic link of user 54321"},
		{"root's link", []string{"a root 755", "a/data root -> PRECIOUS"}, "a/data", ""},
		{"root's link in a user's", []string{"a user 755", "a/data root -> PRECIOUS"}, "a/data", "belongs to user 54321"},
		{"root's link into a user's", []string{"a user 755", "a/data root 700", "l root -> a"}, "l/data", "belongs to user 54321"},
		{"root's link that goes up", []string{"a root 755", "b root 755", "a/l root -> ../b"}, "a/l/data", ""},
		{"root's link to a user's link", []string{"u user -> PRECIOUS", "l root -> u"}, "l", "symbolic link of user"},
		{"root's link to nothing", []string{"l root -> nothing"}, "l", ""},
		{"a ring", []string{"l root -> m", "m root -> l"}, "l/data", "too many symbolic links"},
		{"everybody's", []string{"a root 777", "a/data root 700"}, "a/data", "written to by everybody"},
		{"everybody's, not there", []string{"a root 777"}, "a/data", "written to by everybody"},
		{"everybody's, sticky", []string{"a root 1777", "a/data root 700"}, "a/data", ""},
		{"everybody's itself", []string{"a root 755", "a/data root 777"}, "a/data", ""}, // see check
	} {
		t.Run(tt.name, func(t *testing.T) {
			base, precious := asRoot(t, tt.entries...)
			path := filepath.Join(base, tt.path)
			err := CheckPath(path)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("CheckPath(%s) = %v; want %q", tt.path, err, tt.want)
			}
			if tt.want == "" {
				return
			}
			if strings.Contains(tt.want, "link") { // else a server may run there
				if d, err := Open(path); err == nil {
					d.Close()
					t.Errorf("Open(%s) = nil; want an error", tt.path)
				}
			}
			if _, err := Restore(t.Context(), path, &bytes.Buffer{}, true); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Restore(%s) = %v; want %q", tt.path, err, tt.want)
			}
			if left, _ := os.ReadDir(precious); len(left) > 0 {
				t.Errorf("%s: root was led to write %v", tt.path, left)
			}
		})
	}
}
