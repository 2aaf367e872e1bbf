package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// javaStore is the keystore of Java into which Debian's ca-certificates-java
// copies the system's authorities. The zero value is that of a system without.
//
// The copy is made by a hook that update-ca-certificates calls with a line for
// each certificate, + for an addition and - for a removal
// (update-ca-certificates(8)). But it never tells the hook that a file below
// /usr/local is gone, with --fresh neither, so the copy would stay.
type javaStore struct {
	file string // JKS, which holds certificates as they are
	hook string // program
}

// systemJava is that of this system.
func systemJava() javaStore {
	return javaStore{"/etc/ssl/certs/java/cacerts", "/etc/ca-certificates/update.d/jks-keystore"}
}

// hookTimeout bounds one run of the hook, which starts Java.
const hookTimeout = 2 * time.Minute

func (j javaStore) has(c *x509.Certificate) bool {
	data, err := os.ReadFile(j.file)
	return err == nil && bytes.Contains(data, c.Raw)
}

// remove removes c if install has brought it there; the error says what remains.
func (j javaStore) remove(c *x509.Certificate) (found bool, err error) {
	if j.file == "" || !j.has(c) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), hookTimeout)
	defer cancel()
	link := fileStem(c) + ".pem"
	var out []byte
	err = withStoreAccess(func() (err error) {
		hook := exec.CommandContext(ctx, j.hook)
		hook.Stdin = strings.NewReader("-/etc/ssl/certs/" + link + "\n")
		out, err = hook.CombinedOutput()
		return err
	})
	if !j.has(c) {
		return true, nil
	}
	if err == nil {
		err = errors.New("it does not say why")
	}
	return true, fmt.Errorf("%q is no longer in the system's store, but Java's, %s, still has it (%s: %w: %s); as root, run: keytool -delete -keystore %s -storepass changeit -alias debian:%s",
		c.Subject.String(), j.file, j.hook, err, said(out), j.file, link)
}
