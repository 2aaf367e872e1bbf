package certs

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	bundled "appserver/certs"
)

// TestFilesDigest: the digest changes with what decides on the pair, and with
// nothing else.
func TestFilesDigest(t *testing.T) {
	_, mid, leaf := newChain()
	files := pairFiles(t, leaf, mid)
	src := files.source()
	good := src.Digest()
	same := func(what string) {
		t.Helper()
		if src.Digest() != good {
			t.Errorf("the digest is another one after: %s", what)
		}
	}
	differs := func(what string) {
		t.Helper()
		if src.Digest() == good {
			t.Errorf("the digest is the same after: %s", what)
		}
	}
	cert, key := must(os.ReadFile(files.Cert)), must(os.ReadFile(files.Key))

	same("nothing")
	os.Chtimes(files.Cert, today, today)
	same("a touch")
	write(t, filepath.Dir(files.Cert), "other.pem", cert)
	same("another file beside it")
	os.Truncate(files.Cert, int64(len(cert)-1))
	differs("the certificate is a byte shorter")
	os.Remove(files.Cert)
	differs("the certificate is gone")
	write(t, filepath.Dir(files.Cert), "cert.pem", cert)
	same("it is there again")
	write(t, filepath.Dir(files.Key), "key.pem", keyPEM(newKey()))
	differs("another key")
	os.WriteFile(files.Key, key, 0o600)
	same("the key as before")
	if runtime.GOOS != "windows" {
		os.Chmod(files.Key, 0o644)
		differs("others may read the key")
		os.Chmod(files.Key, 0o600)
		if os.Geteuid() == 0 {
			os.Chown(files.Key, 1234, -1)
			differs("the key belongs to another user")
			os.Chown(files.Key, 0, -1)
		}
		os.Rename(files.Cert, files.Cert+".moved")
		os.Symlink(files.Cert+".moved", files.Cert)
		same("the certificate is reached through a link")
	}
	os.Remove(files.Cert)
	os.Mkdir(files.Cert, 0o700)
	differs("a folder in its place")
	if (Files{Cert: files.Key, Key: files.Cert}).source().Digest() == src.Digest() {
		t.Error("the digest is the same with the two names exchanged")
	}
}

// TestRequestDigest: what may come to decide is looked at, what cannot is not.
func TestRequestDigest(t *testing.T) {
	_, _, leaf := newChain()
	mpp, ssl := pairFiles(t, leaf), pairFiles(t, leaf)
	for name, tt := range map[string]struct {
		request                       Request
		beside, fromLocal, configured bool // whether these count
	}{
		"bundled":        {Request{}, true, true, false},
		"default":        {Request{Default: true, MPP: mpp, SSLConfigure: ssl}, true, true, false},
		"[MPP]":          {Request{MPP: mpp, SSLConfigure: ssl}, false, false, true},
		"[SSLConfigure]": {Request{SSLConfigure: mpp}, false, false, true},
	} {
		tt.request.Dir, tt.request.Local = t.TempDir(), t.TempDir()
		src := tt.request.Source()
		changes := func(what string, want bool, change func()) {
			t.Helper()
			before := src.Digest()
			change()
			if got := src.Digest() != before; got != want {
				t.Errorf("%s: digest changes with %s: %t; want %t", name, what, got, want)
			}
		}
		for _, file := range []string{bundled.CertificateFile, bundled.KeyFile, bundled.CAFile} {
			changes(file, tt.beside, func() { write(t, tt.request.Dir, file, []byte("x")) })
		}
		for _, file := range []string{serverFile, authorityFile, rootsFile} {
			changes(file, tt.fromLocal, func() { write(t, tt.request.Local, file, []byte("x")) })
		}
		changes("the configured key", tt.configured, func() { os.WriteFile(mpp.Key, []byte(name), 0o600) })
	}
}

// TestRequestSourceLoad: Load chooses as Select does, at the time given.
func TestRequestSourceLoad(t *testing.T) {
	now := bundledDay(t)
	l := newLocal(t)
	src := Request{Local: l.dir, Dir: t.TempDir(), Now: now.AddDate(50, 0, 0)}.Source()
	if p, _, err := src.Load(now); err != nil || p.Origin != FromEmbedded {
		t.Errorf("Load = %v, %v; want the bundled pair", p, err)
	}
	if _, err := l.Create(LocalOptions{Now: now}); err != nil {
		t.Fatal(err)
	}
	if p, _, err := src.Load(now.Add(time.Minute)); err != nil || p.Origin != FromLocal {
		t.Errorf("Load after Create = %v, %v; want the local pair", p, err)
	}
}

// A source of files finds the pair that is theirs, and names the keys they come from.
func TestFilesSource(t *testing.T) {
	_, mid, leaf := newChain()
	files := pairFiles(t, leaf, mid)
	files.Names = Names{"HTTP_TLS", "SslCertificate", "SslCertificateKey", "SslCertificatePass"}
	src := files.Source()
	before := src.Digest()
	pair, _, err := src.Load(today)
	if err != nil || pair.CertFile != files.Cert || src.Digest() != before {
		t.Fatalf("Load = %v, %v; want the pair of %s", pair, err, files.Cert)
	}
	os.Remove(files.Key)
	_, _, err = src.Load(today)
	if faults := Faults(err); len(faults) != 1 || faults[0].Section != "HTTP_TLS" || faults[0].Key != "SslCertificateKey" || src.Digest() == before {
		t.Errorf("without the key: %v; want one fault of it, and another digest", faults)
	}
}
