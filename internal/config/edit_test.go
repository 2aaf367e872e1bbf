package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"appserver/configs"
)

func TestEditApply(t *testing.T) {
	for _, test := range []struct {
		name, old, section, key, value, want string
	}{
		{"value", "[A]\nk=1\n", "A", "k", "2", "[A]\nk=2\n"},
		{"names in any case, spelling stays", "[Ab]\nKeY=1\n", "aB", "kEy", "2", "[Ab]\nKeY=2\n"},
		{"blanks and comment stay", "[A]\n  k\t=  1  ; why \n", "A", "k", "22", "[A]\n  k\t=  22  ; why\n"},
		{"quotes go where they are not needed", "[A]\nk = \"1 ;2\" ;c\n", "A", "k", "x", "[A]\nk = x ;c\n"},
		{"quotes come where they are needed", "[A]\nk=1\n", "A", "k", " a ;b", "[A]\nk=\" a ;b\"\n"},
		{"other quotes", "[A]\nk=1\n", "A", "k", "\"a\" ;b\"", "[A]\nk='\"a\" ;b\"'\n"},
		{"empty", "[A]\nk= 1\n", "A", "k", "", "[A]\nk= \n"},
		{"from empty", "[A]\nk=\n", "A", "k", "a=b", "[A]\nk=a=b\n"},
		{"the first of equal keys counts", "[A]\nk=1\nk=2\n[a]\nK=3\n", "A", "k", "9", "[A]\nk=9\nk=2\n[a]\nK=3\n"},
		{"merged sections", "[A]\nx=1\n[B]\ny=1\n[a]\nk=3\n", "A", "k", "9", "[A]\nx=1\n[B]\ny=1\n[a]\nk=9\n"},
		{"new key below the last", "[A]\nx=1\n\n; of B\n[B]\n", "A", "k", "2", "[A]\nx=1\nk=2\n\n; of B\n[B]\n"},
		{"new key in an empty section", "[A]\n[B]\ny=1\n", "A", "k", "2", "[A]\nk=2\n[B]\ny=1\n"},
		{"new key below its comment", "[A]\nx=1\n; what k does\n;k=0\n;z=1\n", "A", "K", "2", "[A]\nx=1\n; what k does\n;k=0\nK=2\n;z=1\n"},
		{"not below a section that is a comment", "[A]\nx=1\n;[C]\n;k=0\n", "A", "k", "2", "[A]\nx=1\nk=2\n;[C]\n;k=0\n"},
		{"documented spelling", "[GENERAL]\n", "general", "LOGLEVEL", "warn", "[GENERAL]\nLogLevel=warn\n"},
		{"new section", "[A]\nx=1", "B", "k", "2", "[A]\nx=1\n\n[B]\nk=2\n"},
		{"new section after a blank line", "[A]\nx=1\n\n", "B", "k", "2", "[A]\nx=1\n\n[B]\nk=2\n"},
		{"empty file", "", "B", "k", "2", "[B]\nk=2\n"},
		{"no end at the end", "[A]\r\nx=1", "A", "k", "2", "[A]\r\nx=1\r\nk=2\r\n"},
		{"CR LF", "[A]\r\nk=1\r\n", "A", "k", "2", "[A]\r\nk=2\r\n"},
		{"CR", "[A]\rk=1\rx=1\r", "A", "new", "2", "[A]\rk=1\rx=1\rnew=2\r"},
		{"mark", "\ufeff[A]\nk=1\n", "A", "k", "ç", "\ufeff[A]\nk=ç\n"},
		{"UTF-8", "[A]\nk=ã\n", "A", "k", "ç", "[A]\nk=ç\n"},
		{"Windows-1252", "[A]\nk=\xe3\n", "A", "x", "ç–", "[A]\nk=\xe3\nx=\xe7\x96\n"},
	} {
		got, err := Edit{test.section, test.key, &test.value}.apply([]byte(test.old))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: apply = %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

func TestEditRemove(t *testing.T) {
	const file = "; top\r\n[A]\r\nk=1 ;a\r\nx=1\r\nK=2\r\n[B]\r\nk=1\r\n[a]\r\nk=3\r\n"
	got, err := Edit{Section: "a", Key: "K"}.apply([]byte(file))
	if want := "; top\r\n[A]\r\nx=1\r\n[B]\r\nk=1\r\n[a]\r\n"; err != nil || string(got) != want {
		t.Errorf("apply = %q, %v; want %q", got, err, want)
	}
	if _, err := (Edit{Section: "A", Key: "none"}).apply([]byte(file)); !errors.Is(err, ErrNoChange) {
		t.Errorf("apply for a key that is not there = %v; want ErrNoChange", err)
	}
}

func TestEditRefuses(t *testing.T) {
	const file = "[A]\nk=1\nconn=Server=x;Password=opensesame\n[MPP]\nSSL_PassPhrase=opensesame\n"
	for _, test := range []struct {
		section, key, value string
		want                error
	}{
		{"A", "k", "1", ErrNoChange},
		{"A", "k", "a\nAllowIniWrite=1", ErrUnfit},
		{"A", "k", "a\r[General]", ErrUnfit},
		{"A", "k", "a\x00", ErrUnfit},
		{"A", "k", "a\u2028b", ErrUnfit},
		{"A", "k", "a\ufffd", ErrUnfit},
		{"A", "k", "\ufeffa", ErrUnfit},
		{"A", "k", "\xe3", ErrUnfit},
		{"A", "k", strings.Repeat("a", maxEditValue+1), ErrUnfit},
		{"A", "k", `" ;'a' ;`, ErrUnfit},
		{"A", "k", "a\u202eb", ErrUnfit}, // shown backwards
		{"A", "k\u200bx", "1", ErrUnfit},
		{"A", "k\nx", "1", ErrUnfit},
		{"A", "k=x", "1", ErrUnfit},
		{"A", ";k", "1", ErrUnfit},
		{"A", "#k", "1", ErrUnfit},
		{"A", "[B]", "1", ErrUnfit},
		{"A", "//k", "1", ErrUnfit},
		{"A", "", "1", ErrUnfit},
		{"A", " k", "1", ErrUnfit},
		{"", "k", "1", ErrUnfit},
		{"A]\n[General", "k", "1", ErrUnfit},
		{"A]", "k", "1", ErrUnfit},
		{"General", "AllowIniWrite", "1", ErrGuarded},
		{"gEnErAl", "ALLOWINIWRITE", "0", ErrGuarded},
		{"MPP", "SSL_PassPhrase", "x", ErrGuarded},
		{"A", "EncryptionKey", "x", ErrGuarded},
		{"A", "Senha", "x", ErrGuarded},
		{"RPC", "Token", "x", ErrGuarded},
		{"A", "conn", "x", ErrGuarded}, // what it has is one
		{"A", "Address", "http://user:word@host", ErrGuarded},
	} {
		_, err := Edit{test.section, test.key, &test.value}.apply([]byte(file))
		if !errors.Is(err, test.want) {
			t.Errorf("apply of [%s] %s=%s = %v; want %v", test.section, test.key, test.value, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), "opensesame") || strings.Contains(err.Error(), "word")) {
			t.Errorf("apply of [%s] %s: the error shows a value: %v", test.section, test.key, err)
		}
	}
	if _, err := (Edit{Section: "A", Key: "conn"}).apply([]byte(file)); !errors.Is(err, ErrGuarded) {
		t.Errorf("removing a value that looks like a secret = %v; want ErrGuarded", err)
	}
	for _, key := range []string{"AllowIniWrite", "TokenFile"} {
		if _, err := (Edit{Section: "General", Key: key}).apply([]byte("[General]\n" + key + "=1\n")); !errors.Is(err, ErrGuarded) {
			t.Errorf("removing %s = %v; want ErrGuarded", key, err)
		}
	}
	if _, err := (Edit{"A", "k", new("∑")}).apply([]byte("[A]\nk=\xe3\n")); !errors.Is(err, ErrUnfit) {
		t.Errorf("a character that the file's encoding has not: %v; want ErrUnfit", err)
	}
	// In Windows-1252 until the last character that shows it goes.
	if _, err := (Edit{"A", "k", new("a")}).apply([]byte("[A]\nk=\xe3\nx=\xc3\xa3\n")); !errors.Is(err, ErrUnfit) {
		t.Errorf("a change after which other values read otherwise: %v; want ErrUnfit", err)
	}
}

// What is not changed stays as it is, byte for byte.
func TestEditKeepsTheRest(t *testing.T) {
	files, err := filepath.Glob("testdata/quirks/*.ini")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	contents := map[string][]byte{"built-in": configs.Default()}
	for _, name := range files {
		if contents[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, old := range contents {
		with, err := Edit{"Brand New", "Key", new("x")}.apply(old)
		if strings.Contains(name, "utf16") {
			if err == nil {
				t.Errorf("%s: apply = nil; want an error", name)
			}
			continue
		}
		if err != nil || !bytes.HasPrefix(with, bytes.TrimRight(old, "\r\n ")) {
			t.Errorf("%s: apply = %v; what was there has changed", name, err)
			continue
		}
		without, err := Edit{Section: "brand new", Key: "KEY"}.apply(with)
		if err != nil || !bytes.HasPrefix(without, bytes.TrimRight(old, "\r\n ")) || bytes.Contains(without, []byte("Key=x")) {
			t.Errorf("%s: removing it again = %v; what was there has changed", name, err)
		}
	}
}

func TestEditFile(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "real.ini"), filepath.Join(dir, "appserver.ini")
	if err := os.WriteFile(file, []byte("[General]\nLogLevel=info ;for now\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		link = file
	} else if err := os.Symlink("real.ini", link); err != nil {
		t.Fatal(err)
	}
	if err := EditFile(link, Edit{"General", "LogLevel", new("debug")}); err != nil {
		t.Fatal(err)
	}
	wantFile := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("the file is %q, %v; want %q", got, err, want)
		}
	}
	wantFile("[General]\nLogLevel=debug ;for now\n")
	if info, err := os.Lstat(file); err != nil || info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("mode = %v, %v; want 0640", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() && link != file {
		t.Errorf("the link is %v, %v; want it to be one still", info.Mode(), err)
	}
	err := EditFile(link, Edit{"General", "LogLevel", new("loud")})
	if err == nil || !strings.Contains(err.Error(), "the server could not start with it") {
		t.Errorf("EditFile with a value that is not allowed = %v", err)
	}
	wantFile("[General]\nLogLevel=debug ;for now\n")
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || left != nil {
		t.Errorf("files left over: %q, %v", left, err)
	}
	if err := EditFile(filepath.Join(dir, "none.ini"), Edit{"A", "k", new("1")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("EditFile of a missing file = %v; want os.ErrNotExist", err)
	}
}

// A fault that the file has already does not keep others from being mended.
func TestEditFileWithFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "appserver.ini")
	if err := os.WriteFile(file, []byte("[TCP]\nPort=x\n[General]\nLogLevel=y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := EditFile(file, Edit{"General", "LogLevel", new("info")}); err != nil {
		t.Error(err)
	}
	if err := EditFile(file, Edit{"General", "LogFormat", new("z")}); err == nil {
		t.Error("EditFile with a new fault = nil; want an error")
	}
}

// No change is lost.
func TestEditFileAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "appserver.ini")
	if err := os.WriteFile(file, []byte("[General]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	const writers = 8
	for i := range writers {
		wg.Go(func() {
			if err := EditFile(file, Edit{"PROD", fmt.Sprintf("Key%d", i), new("x")}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(file)
	if n := strings.Count(string(got), "=x\n"); err != nil || n != writers {
		t.Errorf("%d changes are in the file, %v; want %d", n, err, writers)
	}
}

// Whatever the file and the change: the result reads as before but for the change, and
// what is guarded does not change.
func FuzzEdit(f *testing.F) {
	f.Add([]byte("[A]\r\nk=1 ;c\r\n"), "A", "k", "2")
	f.Add([]byte("\ufeff[General]\nAllowIniWrite=0\n"), "General", "x", "a\nAllowIniWrite=1")
	f.Add([]byte("[A]\nk=\xe3\n;[B]\n;k=2\n"), "B", "k", " é ;")
	f.Add([]byte("k=1\n[]\nk=2\n[A\nk=3\n"), "A", "k", "'\"")
	f.Add([]byte("// [X]\n# [Y]\r;k=1\r[Y];\rk==;\r"), "Y", "k", "")
	f.Fuzz(func(t *testing.T, data []byte, section, key, value string) {
		for _, e := range []Edit{{section, key, &value}, {section, key, nil}} {
			fresh, err := e.apply(data)
			if err != nil {
				continue
			}
			before, after := &Config{Dir: "/a", work: "/a"}, &Config{Dir: "/a", work: "/a"}
			if before.read(data) != nil || after.read(fresh) != nil {
				t.Fatalf("%q after %+v cannot be read: %q", data, e, fresh)
			}
			got := after.table.get(section, key)
			if e.Value == nil && got != nil || e.Value != nil && (got == nil || got.text != value) {
				t.Fatalf("%q after %+v: the key is %+v in %q", data, e, got, fresh)
			}
			if b, a := before.table.get("General", "AllowIniWrite"), after.table.get("General", "AllowIniWrite"); (b == nil) != (a == nil) || a != nil && a.text != b.text {
				t.Fatalf("%q after %+v: AllowIniWrite has changed in %q", data, e, fresh)
			}
		}
	})
}
