//go:build linux

package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/smallstep/truststore"
)

// A keystore that the system's store is copied to forgets what that forgets.
func TestJavaStore(t *testing.T) {
	c, _ := authority(t)
	dir := t.TempDir()
	j := javaStore{filepath.Join(dir, "cacerts"), filepath.Join(dir, "hook")}
	if found, err := j.remove(c); found || err != nil {
		t.Errorf("remove without a keystore = %t, %v; want nothing", found, err)
	}
	link := "-/etc/ssl/certs/" + storeName(c) + "-1.pem"
	for _, tt := range []struct {
		name, hook, want string
	}{
		{"removes", "read line; test \"$line\" = '" + link + "' && : >" + j.file, ""},
		{"fails", "echo the lock is held; exit 1", "the lock is held"},
		{"does nothing", "exit 0", "keytool -delete -keystore " + j.file + " -storepass changeit -alias debian:" + storeName(c) + "-1.pem"},
	} {
		if err := os.WriteFile(j.file, append([]byte("\xFE\xED\xFE\xED"), c.Raw...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(j.hook, []byte("#!/bin/sh\n"+tt.hook+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		found, err := j.remove(c)
		if !found || (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: remove = %t, %v; want %q", tt.name, found, err, tt.want)
		}
		if j.has(c) != (tt.want != "") {
			t.Errorf("%s: has = %t afterwards", tt.name, j.has(c))
		}
	}
}

// The system's store in a folder of the test's own.
func TestSystemStore(t *testing.T) {
	c, _ := authority(t)
	dir := t.TempDir()
	name, command := truststore.SystemTrustFilename, truststore.SystemTrustCommand
	t.Cleanup(func() { truststore.SystemTrustFilename, truststore.SystemTrustCommand = name, command })
	truststore.SystemTrustFilename, truststore.SystemTrustCommand = filepath.Join(dir, "%s.crt"), []string{"true"}
	if err := os.WriteFile(filepath.Join(dir, "sudo"), []byte("#!/bin/sh\nshift\nexec \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if _, err := exec.LookPath("tee"); err != nil {
		t.Skip("tee is not installed")
	}
	var s systemStore
	if found, err := s.remove(c); found || err != nil {
		t.Errorf("remove before install = %t, %v; want false", found, err)
	}
	if err := s.install(c); err != nil {
		t.Fatal(err)
	}
	if file := sharedFile(choice{list: []*x509.Certificate{c}, file: "/root/ca.crt"}, true); file != "/root/ca.crt" && file != anchor(c) || !s.installed(c) {
		t.Errorf("install: %s is not there (%s)", anchor(c), file)
	}
	if found, err := s.remove(c); !found || err != nil || s.installed(c) {
		t.Errorf("remove = %t, %v; want true", found, err)
	}
}

// What is advised after trust names files that are there, with their whole path.
func TestOtherStores(t *testing.T) {
	c, _ := authority(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(file, pemOf(c), 0o600); err != nil {
		t.Fatal(err)
	}
	text := otherStores(&fakeStore{}, choice{list: []*x509.Certificate{c}, file: file, page: "https://erp.example:5012/webapp"})
	for _, want := range []string{
		"users who cannot read " + file + " need a copy of it (a running server offers it at https://erp.example:5012/webapp/ca.crt)",
		commandLine(nil, "certs", "trust", "--nss", "--file", file), "-n " + storeName(c) + " -i " + file,
		"for each Java: keytool -importcert -noprompt -cacerts -storepass changeit -alias " + storeName(c) + " -file " + file,
		"The system's own store is another: " + rootCommandLine(nil, "certs", "trust", "--file", file),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("otherStores =\n%swant in it %s", text, want)
		}
	}
	j := javaStore{file: filepath.Join(dir, "cacerts")}
	if err := os.WriteFile(j.file, c.Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	text = otherStores(systemStore{j}, choice{list: []*x509.Certificate{c}, file: file})
	if want := fmt.Sprintf("that of this system (%s) trusts it now; every other Java:", j.file); !strings.Contains(text, want) {
		t.Errorf("otherStores =\n%swant in it %s", text, want)
	}
}

func TestReadableByAll(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if readableByAll(file) || readableByAll(filepath.Join(dir, "none")) || readableByAll("") {
		t.Error("readableByAll of a private file, of none, or of no name = true")
	}
	if !readableByAll("/etc/passwd") {
		t.Error("readableByAll(/etc/passwd) = false")
	}
}
