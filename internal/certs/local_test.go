package certs

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// standIn is a machine called srv1 with these addresses, and no DNS.
func standIn(addresses ...string) machine {
	return machine{
		hostname: func() (string, error) { return "srv1", nil },
		addresses: func() (out []netip.Addr, err error) {
			for _, a := range addresses {
				out = append(out, netip.MustParseAddr(a))
			}
			return out, nil
		},
		lookupHost: func(context.Context, string) ([]string, error) { return nil, &net.DNSError{IsNotFound: true} },
		lookupAddr: func(context.Context, string) ([]string, error) { return nil, &net.DNSError{IsNotFound: true} },
	}
}

// newLocal returns a local authority without files, on a stand-in machine with
// the address 192.0.2.1.
func newLocal(t testing.TB) *Local {
	t.Helper()
	l := OpenLocal(filepath.Join(t.TempDir(), "data", "certs"))
	l.machine = standIn("192.0.2.1")
	l.now = func() time.Time { return today }
	return l
}

// created is newLocal with a pair made today.
func created(t testing.TB, hosts ...string) *Local {
	t.Helper()
	l := newLocal(t)
	if _, err := l.Create(LocalOptions{Hosts: hosts}); err != nil {
		t.Fatal(err)
	}
	return l
}

// trusted checks that stations which installed the present roots of l accept p
// for host at now.
func (l *Local) trusted(p *Pair, host string, now time.Time) error {
	pem, err := l.rootsAt(now)
	if err != nil {
		return err
	}
	var roots []*x509.Certificate
	for _, c := range publicCerts(pem) {
		roots = append(roots, c)
		if err := verifies(p.Certificate.Leaf, p.Certificate.Certificate[1:], host, now, c); err != nil {
			return err
		}
	}
	return verifies(p.Certificate.Leaf, p.Certificate.Certificate[1:], host, now, roots...)
}

func publicCerts(data []byte) []*x509.Certificate { return must(parseCertificates(data)) }

func serial(p *Pair) string { return p.Certificate.Leaf.SerialNumber.String() }

func TestLocalCreate(t *testing.T) {
	l := newLocal(t)
	if l.Exists() {
		t.Error("Exists() before Create = true")
	}
	if p, err := l.RenewIfDue(t.Context(), today); p != nil || err != nil {
		t.Errorf("RenewIfDue before Create = %v, %v; want nothing", p, err)
	}
	if _, err := os.Stat(l.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there before Create (%v)", err)
	}
	if _, err := l.AuthorityPEM(); !matches(err, "no local authority|certs create") {
		t.Errorf("AuthorityPEM before Create = %v", err)
	}
	p, err := l.Create(LocalOptions{Hosts: []string{"A.Example.", "*.b.example", "192.0.2.7", "[2001:DB8::1]"}})
	if err != nil {
		t.Fatal(err)
	}
	if !l.Exists() || p.Origin != FromLocal || p.CertFile != l.path(serverFile) || p.KeyFile != l.path(serverFile) {
		t.Errorf("Create: exists %t, %s, %s, %s", l.Exists(), p.Origin, p.CertFile, p.KeyFile)
	}
	for _, host := range []string{"a.example", "x.b.example", "192.0.2.7", "2001:db8::1"} {
		if err := l.trusted(p, host, today); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if p.Covers("localhost") == nil {
		t.Error("Create with hosts covers localhost, which is none of them")
	}
	if ca := must(l.AuthorityPEM()); !bytes.Equal(ca, p.CA) || !bytes.Equal(ca, must(os.ReadFile(l.path(rootsFile)))) || len(publicCerts(ca)) != 1 {
		t.Error("the authority of the pair, of the file and of AuthorityPEM are not the same one")
	}
	loaded, findings, err := l.Load(today)
	if err != nil || len(findings) > 0 || !samePair(loaded, p) {
		t.Errorf("Load = %v, %v; want the same pair", findings, err)
	}
}

func TestLocalModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such bits")
	}
	l := created(t)
	for name, want := range map[string]fs.FileMode{"": 0o700, authorityFile: 0o600, serverFile: 0o600, rootsFile: 0o644, hostsFile: 0o644, lockName: 0o600} {
		if fi := must(os.Stat(l.path(name))); fi.Mode().Perm() != want {
			t.Errorf("mode of %q = %04o; want %04o", name, fi.Mode().Perm(), want)
		}
	}
	entries := must(os.ReadDir(l.dir))
	if len(entries) != 5 {
		t.Errorf("Create left %v; want four files and the lock", entries)
	}
}

func TestLocalCreateAutomatic(t *testing.T) {
	l := newLocal(t)
	p, err := l.Create(LocalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"srv1", "localhost", "127.0.0.1", "::1", "192.0.2.1"} {
		if err := l.trusted(p, host, today); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if got := p.Certificate.Leaf.Subject.CommonName; got != "srv1" {
		t.Errorf("common name = %q; want srv1", got)
	}
	if got := publicCerts(p.CA)[0].Subject.CommonName; got != "appserver local CA srv1 2026" {
		t.Errorf("the authority is called %q", got)
	}
}

func TestLocalCreateAgain(t *testing.T) {
	l := created(t, "a.example")
	first, _, _ := l.Load(today)
	second, err := l.Create(LocalOptions{Hosts: []string{"b.example"}})
	if err != nil || !bytes.Equal(second.CA, first.CA) || serial(second) == serial(first) || second.Covers("a.example") == nil {
		t.Errorf("Create again = %v; want another certificate of the same authority", err)
	}
	third, err := l.Create(LocalOptions{Hosts: []string{"b.example"}, NewAuthority: true})
	if err != nil || bytes.Equal(third.CA, first.CA) || len(publicCerts(third.CA)) != 1 || len(third.Certificate.Certificate) != 1 {
		t.Errorf("Create with NewAuthority = %v; want another authority and nothing of the old", err)
	}
	if err := l.trusted(third, "b.example", today); err != nil {
		t.Error(err)
	}
	later := today.AddDate(11, 0, 0)
	fourth, err := l.Create(LocalOptions{Now: later})
	if err != nil || bytes.Equal(fourth.CA, third.CA) || len(publicCerts(fourth.CA)) != 1 {
		t.Errorf("Create after the authority's end = %v; want a new one alone", err)
	}
}

func TestLocalCreateFaults(t *testing.T) {
	l := newLocal(t)
	for host, want := range map[string]string{
		"":                                   "DNS name or an IP address",
		"https://a.ex":                       "without scheme",
		"a.example:443":                      "without scheme, port",
		"[::1]:443":                          "without scheme, port",
		"bücher.example":                     "xn--",
		"*.example":                          "two labels",
		"a.*.example":                        "whole first label",
		"w*.b.example":                       "whole first label",
		"*.*.b.example":                      "whole first label",
		"a..example":                         "letters, digits",
		"-a.example":                         "letters, digits",
		"a b.example":                        "letters, digits",
		"192.0.2.300":                        "four numbers up to 255",
		"0.0.0.0":                            "address that clients connect to",
		"224.0.0.1":                          "address that clients connect to",
		"fe80::1":                            "address that clients connect to",
		"2001:db8::1%eth0":                   "address that clients connect to",
		strings.Repeat("a", 64) + ".example": "labels of at most 63",
		strings.Repeat("abcdefg.", 32) + "example.test": "at most 253",
	} {
		p, err := l.Create(LocalOptions{Hosts: []string{"ok.example", host}})
		if p != nil || len(Faults(err)) != 1 || !matches(err, want) {
			t.Errorf("Create for %q = %v; want a fault with %q", host, err, want)
		}
	}
	var many []string
	for i := range 101 {
		many = append(many, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}).String())
	}
	if _, err := l.Create(LocalOptions{Hosts: many}); !matches(err, "101 hosts are too many") {
		t.Errorf("Create for 101 hosts = %v", err)
	}
	if l.Exists() {
		t.Error("a refused Create has left something")
	}
	if _, err := l.Create(LocalOptions{Hosts: append(many[:99], many[:99]...)}); err != nil {
		t.Errorf("Create for 99 hosts, each twice = %v", err)
	}
}

// TestLocalDamagedAuthority: an authority that stations may trust is never
// replaced without being asked to.
func TestLocalDamagedAuthority(t *testing.T) {
	l := created(t)
	good := must(os.ReadFile(l.path(authorityFile)))
	for name, damage := range map[string]func() error{
		"cut":    func() error { return os.WriteFile(l.path(authorityFile), good[:len(good)/2], 0o600) },
		"empty":  func() error { return os.Truncate(l.path(authorityFile), 0) },
		"large":  func() error { return os.Truncate(l.path(authorityFile), maxFile+1) },
		"folder": func() error { os.Remove(l.path(authorityFile)); return os.Mkdir(l.path(authorityFile), 0o700) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if p, err := l.Create(LocalOptions{}); p != nil || err == nil {
			t.Errorf("%s: Create = %v; want an error", name, err)
		}
		if p, err := l.RenewIfDue(t.Context(), today); p != nil || err == nil {
			t.Errorf("%s: RenewIfDue = %v; want an error", name, err)
		}
		if p, findings, err := l.Load(today); err != nil || p.CA != nil || len(findings) != 1 || findings[0].Level != Warning {
			t.Errorf("%s: Load = %v, %v; want the pair without authority and a warning", name, findings, err)
		}
		os.Remove(l.path(authorityFile))
		write(t, l.dir, authorityFile, good)
	}
	if runtime.GOOS != "windows" {
		os.Chmod(l.path(authorityFile), 0o640)
		if _, err := l.Create(LocalOptions{}); !matches(err, "can be read by others|chmod 600|--new-authority") {
			t.Errorf("Create with a key that others can read = %v", err)
		}
	}
	if p, err := l.Create(LocalOptions{NewAuthority: true}); err != nil || l.trusted(p, "srv1", today) != nil {
		t.Errorf("Create with NewAuthority = %v; want a new one", err)
	}
}

// TestLocalLoad: what is wrong with the pair is told with the way to mend it.
func TestLocalLoad(t *testing.T) {
	l := created(t)
	good := must(os.ReadFile(l.path(serverFile)))
	leaf := must(parseCertificates(good))[0]
	for name, tt := range map[string]struct {
		data []byte
		mode fs.FileMode
		now  time.Time
		err  string
	}{
		"good":     {good, 0o600, today, ""},
		"missing":  {nil, 0, today, "does not exist|certs create"},
		"cut":      {good[:len(good)/2], 0o600, today, "server.pem|certs create"},
		"expired":  {good, 0o600, leaf.NotAfter.Add(time.Second), "expired|certs create"},
		"exposed":  {good, 0o644, today, "can be read by others|certs create"},
		"too soon": {good, 0o600, today.AddDate(0, 0, -1), "the clock says|certs create"},
	} {
		if name == "exposed" && runtime.GOOS == "windows" {
			continue
		}
		os.Remove(l.path(serverFile))
		if tt.data != nil {
			write(t, l.dir, serverFile, tt.data)
			os.Chmod(l.path(serverFile), tt.mode)
		}
		if !l.Exists() {
			t.Errorf("%s: Exists() = false", name)
		}
		_, _, err := l.Load(tt.now)
		if !matches(err, tt.err) || (err != nil) != (len(Faults(err)) == 1) {
			t.Errorf("%s: Load = %v; want a fault with %q", name, err, tt.err)
		}
	}
	os.Remove(l.path(serverFile))
	write(t, l.dir, serverFile, good)
	_, findings, err := l.Load(leaf.NotAfter.AddDate(0, 0, -20))
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Hint, "on its own") {
		t.Errorf("Load 20 days before the end = %v, %v; want one warning", findings, err)
	}
}

// TestLocalWithoutKey: the authority's private key may be kept elsewhere. Then
// the pair is served as before, and its renewal is refused when it is due.
func TestLocalWithoutKey(t *testing.T) {
	l := created(t)
	before, _, _ := l.Load(today)
	os.Remove(l.path(authorityFile))
	p, findings, err := l.Load(today)
	if err != nil || len(findings) > 0 || !samePair(p, before) {
		t.Errorf("Load = %v, %v; want the pair as before", findings, err)
	}
	if p, err := l.RenewIfDue(t.Context(), today); p != nil || err != nil {
		t.Errorf("RenewIfDue = %v, %v; want nothing", p, err)
	}
	if p, err := l.RenewIfDue(t.Context(), today.AddDate(0, 0, 61)); p != nil || !matches(err, "two thirds|ca.pem, is not there") {
		t.Errorf("RenewIfDue when due = %v; want an error", err)
	}
	if roots, err := l.rootsAt(today.AddDate(10, 0, 1)); err != nil || len(roots) > 0 {
		t.Errorf("roots after the end = %s, %v; want none", roots, err)
	}
}

// TestLocalConcurrent lets several processes, as it were, work in one folder:
// readers always see a whole pair, and the last renewal makes all fit together.
func TestLocalConcurrent(t *testing.T) {
	l := created(t)
	var wg sync.WaitGroup
	for i := range 3 {
		other := OpenLocal(l.dir)
		other.machine, other.now = l.machine, l.now
		wg.Go(func() {
			for range 8 {
				if _, err := other.Create(LocalOptions{NewAuthority: i == 0}); err != nil {
					t.Errorf("Create = %v", err)
				}
				if _, err := other.RenewIfDue(t.Context(), today); err != nil {
					t.Errorf("RenewIfDue = %v", err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			if _, findings, err := l.Load(today); err != nil || len(findings) > 0 {
				t.Errorf("Load = %v, %v", findings, err)
			}
		}
	})
	wg.Wait()
	if _, err := l.RenewIfDue(t.Context(), today); err != nil {
		t.Fatal(err)
	}
	p, _, err := l.Load(today)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.trusted(p, "srv1", today); err != nil {
		t.Errorf("after the last renewal: %v", err)
	}
}

func TestHostsFile(t *testing.T) {
	for _, hosts := range [][]string{nil, {"a.example"}, {"a.example", "*.b.example", "::1"}} {
		if got := decodeHosts(encodeHosts(hosts)); !slices.Equal(got, hosts) {
			t.Errorf("decodeHosts(encodeHosts(%q)) = %q", hosts, got)
		}
	}
	l := created(t, "a.example")
	write(t, l.dir, hostsFile, []byte("\r\n  b.example # the new name\r\n#\n"))
	p, err := l.RenewIfDue(t.Context(), today)
	if err != nil || p == nil || p.Covers("b.example") != nil {
		t.Errorf("RenewIfDue after an edit of the hosts = %v; want a certificate for them", err)
	}
	write(t, l.dir, hostsFile, []byte("not a host"))
	if _, err := l.RenewIfDue(t.Context(), today); !matches(err, hostsFile+"|\"not a host\"") {
		t.Errorf("RenewIfDue with a damaged list = %v", err)
	}
}
