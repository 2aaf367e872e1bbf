package certs

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestLocalReplaced: the certificate of an authority that is replaced stays, so
// that stations can be told which one to trust no more.
func TestLocalReplaced(t *testing.T) {
	l := newLocal(t)
	var told []string
	renew := func(now time.Time) []byte {
		t.Helper()
		if _, err := l.Create(LocalOptions{NewAuthority: true, Now: now, Replaced: func(file string) { told = append(told, file) }}); err != nil {
			t.Fatal(err)
		}
		return must(os.ReadFile(l.path(rootsFile)))
	}
	first := renew(today)
	if told != nil {
		t.Errorf("the first authority has replaced %q", told)
	}
	second := renew(today.AddDate(0, 0, 1))
	renew(today.AddDate(0, 0, 1))
	file := l.path("ca-until-2026-06-02.crt")
	if len(told) != 2 || told[0] != file || told[1] != file {
		t.Errorf("told of %q; want %s, twice", told, file)
	}
	if got := must(os.ReadFile(file)); !bytes.Equal(got, append(first, second...)) {
		t.Errorf("%s holds\n%swant both authorities of that day, without keys", file, got)
	}

	// The key that was lost need not be there for it, nor readable.
	os.Truncate(l.path(authorityFile), 0)
	fourth := renew(today.AddDate(0, 0, 2))
	if len(told) != 3 {
		t.Error("nothing was kept of an authority with a damaged file")
	}
	// One that has expired is of no use to anybody.
	renew(publicCerts(fourth)[0].NotAfter.Add(time.Hour))
	if len(told) != 3 {
		t.Errorf("an authority that had expired was kept in %s", told[3])
	}
}

// TestLocalAuthorityLost: no other authority is made because a file is missing.
func TestLocalAuthorityLost(t *testing.T) {
	for _, left := range []string{serverFile, rootsFile, hostsFile} {
		l := created(t)
		l.Command = "/opt/appserver -c x certs create"
		for _, name := range []string{authorityFile, serverFile, rootsFile, hostsFile} {
			if name != left {
				os.Remove(l.path(name))
			}
		}
		before := must(os.ReadFile(l.path(left)))
		p, err := l.Create(LocalOptions{})
		if p != nil || len(Faults(err)) != 1 || !matches(err, "ca.pem is not there, but "+left+" is|backup|/opt/appserver -c x certs create --new-authority") {
			t.Errorf("%s is left: Create = %v; want a fault that says how to mend it", left, err)
		}
		if after := must(os.ReadFile(l.path(left))); !bytes.Equal(before, after) || present(l.path(authorityFile)) {
			t.Errorf("%s is left: a refused Create has changed something", left)
		}
		if _, err := l.Create(LocalOptions{NewAuthority: true}); err != nil {
			t.Errorf("%s is left: Create with NewAuthority = %v", left, err)
		}
	}
}

// TestFolderClosed: who may not look into a folder is not told that something in
// it is damaged, or belongs to somebody else.
func TestFolderClosed(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("needs a user whom permission bits bind")
	}
	l := created(t)
	data := filepath.Dir(l.dir)
	if err := os.Chmod(data, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(data, 0o700) })
	const want = "may not look into the data folder|as the user that the server runs as, or as root"
	p, _, err := Select(Request{Local: l.dir, Now: today})
	if p != nil || len(Faults(err)) != 1 || !matches(err, want) {
		t.Errorf("Select = %v; want a fault", err)
	}
	if _, err := l.AuthorityPEM(); !matches(err, want) {
		t.Errorf("AuthorityPEM = %v; want a fault", err)
	}
	if _, findings, err := Select(Request{Local: l.dir, Default: true}); err != nil || len(findings) > 0 {
		t.Errorf("Select of the bundled pair = %v, %v; want no word of the folder", findings, err)
	}
	_, _, err = LoadFiles(Files{Cert: l.path(serverFile), Names: mppNames})
	if !matches(err, "may not look into the folder of "+l.path(serverFile)) || strings.Contains(err.Error(), "owner") {
		t.Errorf("LoadFiles = %v; want a word of the folder", err)
	}
}
