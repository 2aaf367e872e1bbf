package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/monitor"
)

// runHere runs the program in the present folder.
func runHere(args ...string) (code int, stdout, stderr string) {
	var out, errs strings.Builder
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestCertsCreate(t *testing.T) {
	for _, tt := range []struct {
		name, ini string
		want      string // in the output
		not       string // in the output
	}{
		{"used", "", "takes it over within seconds", "does not use it"},
		{"bundled wanted", "[MPP]\nSSL_Default=1\n", "does not use it: [MPP] SSL_Default=1", "takes it over"},
		{"other in MPP", "[MPP]\nSSL_Certificate=x.crt\nSSL_Key=x.key\n", "does not use it: [MPP] SSL_Certificate", "takes it over"},
		{"other in SSLConfigure", "[SSLConfigure]\nCertificateServer=x.crt\nKeyServer=x.key\n", "does not use it: [SSLConfigure] CertificateServer", "takes it over"},
		{"no TLS", "[Drivers]\nMultiProtocolPortSecure=0\n", "the port is not encrypted", "/webapp"},
		{"address", "[TCP]\nPort=8443\n", "https://erp.example.com:8443/webapp/ca.crt", ""},
		{"no address", "[TCP]\nPort=0\n", "copy ", "/webapp"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runIn(t, tt.ini, "certs", "create", "--config", "x.ini", "--host", "localhost,127.0.0.1", "--host", "erp.example.com")
			if code != exitOK {
				t.Fatalf("certs create = %d, %s", code, errs)
			}
			for _, want := range []string{tt.want, "127.0.0.1", "erp.example.com", "\nCA SHA-256", filepath.Join("data", "certs", "server.pem")} {
				if !strings.Contains(out, want) {
					t.Errorf("certs create printed\n%swant %q in it", out, want)
				}
			}
			if tt.not != "" && strings.Contains(out, tt.not) {
				t.Errorf("certs create printed\n%swant no %q in it", out, tt.not)
			}
			info, err := os.Stat("data")
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("data folder: mode %v, %v; want 0700", info.Mode(), err)
			}
		})
	}
}

// Stations that trust the authority have nothing to do until there is another.
func TestCertsCreateAgain(t *testing.T) {
	runIn(t, "", "certs", "create", "--config", "x.ini", "--host", "localhost")
	_, out, _ := runHere("certs", "create", "--config", "x.ini", "--host", "other.example")
	if !strings.Contains(out, "need nothing") || !strings.Contains(out, "other.example") {
		t.Errorf("the second certs create printed\n%swant it to say that stations need nothing", out)
	}
	_, out, _ = runHere("certs", "create", "--config", "x.ini", "--host", "other.example", "--new-authority")
	if strings.Contains(out, "need nothing") {
		t.Errorf("certs create --new-authority printed\n%swant it to say that stations need the new one", out)
	}
}

func TestCertsCreateRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("open", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("open", 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"open folder", []string{"--set", "General.DataPath=open"}, exitFailed, "chmod 700"},
		{"a file", []string{"--set", "General.DataPath=file"}, exitFailed, "is not a folder"},
		{"no host", []string{"--set", "General.DataPath=new", "--host", "a b"}, exitFailed, `"a b"`},
		{"argument", []string{"erp.example.com"}, exitUsage, "takes no arguments"},
	} {
		code, _, errs := runHere(append([]string{"certs", "create"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: certs create = %d, %s; want %d with %q", tt.name, code, errs, tt.code, tt.want)
		}
	}
}

func TestCertsInfo(t *testing.T) {
	runIn(t, "", "certs", "create", "--config", "x.ini", "--host", "erp.example.com,192.0.2.1")
	code, out, errs := runHere("certs", "info", "--config", "x.ini", "--check")
	for _, want := range []string{"no server runs", "local authority", `"erp.example.com", "192.0.2.1"`, "89 days left", "ECDSA", "CA SHA-256"} {
		if !strings.Contains(out, want) {
			t.Errorf("certs info printed\n%swant %q in it", out, want)
		}
	}
	if code != exitOK {
		t.Errorf("certs info --check = %d, %s; want 0", code, errs)
	}

	_, out, _ = runHere("certs", "info", "--config", "x.ini", "-o", "json")
	var report certsReport
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Running || len(report.Certificates) != 1 {
		t.Fatalf("certs info -o json = %v, %+v", err, report)
	}
	if c := report.Certificates[0]; c.Source != "local" || c.DaysLeft != 89 || len(c.Names) != 2 || c.Mend != "" {
		t.Errorf("certs info -o json = %+v", c)
	}

	code, _, errs = runHere("certs", "info", "--config", "x.ini", "--set", "MPP.SSL_Certificate=none.crt", "--set", "MPP.SSL_Key=none.key")
	if code != exitConfig || !strings.Contains(errs, "none.crt") {
		t.Errorf("certs info of a missing file = %d, %s; want 3 and its name", code, errs)
	}
	_, out, _ = runHere("certs", "info", "--config", "x.ini", "--set", "Drivers.MultiProtocolPortSecure=0")
	if !strings.Contains(out, "not encrypted") {
		t.Errorf("certs info of a plain port printed %q", out)
	}
}

func TestMendUncovered(t *testing.T) {
	uncovered := func(hosts ...string) (list []monitor.UncoveredName) {
		for _, h := range hosts {
			list = append(list, monitor.UncoveredName{Host: h, Count: 1})
		}
		return list
	}
	var many []string
	for i := range 120 {
		many = append(many, fmt.Sprintf("h%d", i))
	}
	for _, tt := range []struct {
		name string
		c    monitor.CertInfo
		want string
	}{
		{"none", monitor.CertInfo{Source: "local", Names: []string{"a"}}, ""},
		{"local", monitor.CertInfo{Source: "local", Names: []string{"*.example.com", "::1"}, Uncovered: uncovered("b", "192.0.2.1")},
			"appserver certs create --host '*.example.com' --host ::1 --host b --host 192.0.2.1"},
		{"hostile", monitor.CertInfo{Source: "local", Names: []string{"a"}, Uncovered: uncovered("$(reboot)", "b;c", "-x", "`id`", "a b", "d")},
			"appserver certs create --host a --host d"},
		{"bundled", monitor.CertInfo{Source: "bundled", Names: []string{"localhost"}, Uncovered: uncovered("b")},
			"appserver certs create --host localhost --host b"},
		{"configured", monitor.CertInfo{Source: "configured", Names: []string{"a"}, Uncovered: uncovered("b", "c\x1b[2J")},
			`have the certificate issued for these as well: "b", "c\x1b[2J"`},
		{"many", monitor.CertInfo{Source: "local", Names: []string{"a"}, Uncovered: uncovered(many...)},
			"appserver certs create --host a" + strings.Join(mapped(many[:99], " --host "), "") + " (21 that were used least are left out)"},
	} {
		if got := mendUncovered(tt.c); got != tt.want {
			t.Errorf("%s: mendUncovered = %q; want %q", tt.name, got, tt.want)
		}
	}
}

func mapped(list []string, prefix string) []string {
	out := slices.Clone(list)
	for i := range out {
		out[i] = prefix + out[i]
	}
	return out
}

func TestDaysLeft(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]int{
		48 * time.Hour: 2, 47 * time.Hour: 1, time.Hour: 0, -time.Hour: -1, -25 * time.Hour: -2,
	} {
		if got := daysLeft(now.Add(left), now); got != want {
			t.Errorf("daysLeft(%v from now) = %d; want %d", left, got, want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"/var/lib/appserver/x.crt": "/var/lib/appserver/x.crt", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "*": "'*'", `C:\x`: `'C:\x'`,
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s; want %s", in, got, want)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	t.Chdir(t.TempDir())
	for in, want := range map[string]string{
		"erp.example.com": "erp.example.com:5012", "erp.example.com:443": "erp.example.com:443", "192.0.2.1": "192.0.2.1:5012",
		"::1": "[::1]:5012", "[::1]": "[::1]:5012", "[::1]:443": "[::1]:443",
		"https://erp.example.com": "erp.example.com:443", "https://erp.example.com:8443/webapp": "erp.example.com:8443",
		"": "error", ":443": "error", "a b": "error", "http://a": "error", "a:b:c": "error", "a:http": "error", "a:70000": "error", "a/b": "error",
	} {
		got, err := (&app{}).checkAddress(in)
		if err != nil {
			got = "error"
		}
		var exit *exitError
		if got != want || err != nil && (!errors.As(err, &exit) || exit.code != exitUsage) {
			t.Errorf("checkAddress(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := (&app{set: []string{"TCP.Port=0"}}).checkAddress("a"); err == nil {
		t.Error("checkAddress without a fixed port = nil; want an error")
	}
}

// authority is a self-signed certificate for tests, changed by mods.
func authority(t *testing.T, mods ...func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test ../../etc/CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"localhost"},
	}
	for _, m := range mods {
		m(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// serveTest completes TLS handshakes with the certificate and returns the
// address.
func serveTest(t *testing.T, c *x509.Certificate, key *ecdsa.PrivateKey) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{c.Raw}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { io.Copy(io.Discard, conn); conn.Close() })
		}
	})
	return l.Addr().String()
}

func TestCertsCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	ca, key := authority(t, func(c *x509.Certificate) { c.IsCA = false })
	if err := os.WriteFile("ca.crt", pemOf(ca), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(serveTest(t, ca, key))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := plain.Addr().String()
	plain.Close()
	for _, tt := range []struct {
		name      string
		args      []string
		code      int
		out, errs string
	}{
		{"accepted", []string{"localhost:" + port, "--ca", "ca.crt"}, exitOK, "accepts, provided", ""},
		{"port of the configuration", []string{"localhost", "--ca", "ca.crt", "--set", "TCP.Port=" + port}, exitOK, "accepts, provided", ""},
		{"not trusted", []string{"localhost:" + port}, exitFailed, "REFUSES", ""},
		{"other name", []string{"localhost:" + port, "--ca", "ca.crt", "--name", "erp.example.com"}, exitFailed, `not for "erp.example.com"`, ""},
		{"in JSON", []string{"localhost:" + port, "--ca", "ca.crt", "-o", "json"}, exitOK, `"accepts": true`, ""},
		{"nobody", []string{closed}, exitUnreachable, "", "cannot be reached"},
		{"no CA", []string{closed, "--ca", "missing.crt"}, exitUsage, "", "missing.crt"},
		{"no server", nil, exitUsage, "", "takes one server"},
		{"format", []string{closed, "-o", "xml"}, exitUsage, "", "--output"},
	} {
		code, out, errs := runHere(append([]string{"certs", "check"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) {
			t.Errorf("%s: certs check = %d with\n%s%s\nwant %d with %q, %q", tt.name, code, out, errs, tt.code, tt.out, tt.errs)
		}
	}
}

// fakeStore is a store in memory that may not do what it says.
type fakeStore struct {
	has  map[string]bool
	fail error
	idle bool // does nothing and says nothing
}

func (s *fakeStore) name() string       { return "the store" }
func (s *fakeStore) ready(string) error { return nil }
func (s *fakeStore) install(c *x509.Certificate) error {
	if !s.idle {
		s.has[string(c.Raw)] = true
	}
	return s.fail
}
func (s *fakeStore) remove(c *x509.Certificate) error {
	if !s.idle {
		delete(s.has, string(c.Raw))
	}
	return s.fail
}
func (s *fakeStore) trusts(c *x509.Certificate) bool { return s.has[string(c.Raw)] }

func TestChangeStore(t *testing.T) {
	first, _ := authority(t)
	second, _ := authority(t)
	full := map[string]bool{string(first.Raw): true, string(second.Raw): true}
	for _, tt := range []struct {
		name string
		s    *fakeStore
		d    direction
		out  string
		err  string
	}{
		{"trust", &fakeStore{has: map[string]bool{}}, trust, "keytool -importcert", ""},
		{"untrust", &fakeStore{has: full}, untrust, "is no longer trusted", ""},
		{"trust fails", &fakeStore{has: map[string]bool{}, fail: errors.New("full")}, trust, "", "full"},
		{"trust does nothing", &fakeStore{has: map[string]bool{}, idle: true}, trust, "", "do not find it"},
		{"untrust does nothing", &fakeStore{has: map[string]bool{string(first.Raw): true}, idle: true}, untrust, "", "still in the store"},
	} {
		var out strings.Builder
		err := (&app{stdout: &out}).change(tt.s, []*x509.Certificate{first, second}, tt.d)
		if fmt.Sprint(err) != "<nil>" != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: change = %v with %q; want %q, %q", tt.name, err, out.String(), tt.err, tt.out)
		}
		if err == nil && strings.Count(out.String(), "trusted: it is") != 2 {
			t.Errorf("%s: change printed %q; want a line for each of two", tt.name, out.String())
		}
	}
}

func TestTrustRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	ca, _ := authority(t)
	leaf, _ := authority(t, func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = false, false })
	old, _ := authority(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	for name, data := range map[string][]byte{
		"leaf.crt": pemOf(leaf), "old.crt": pemOf(old), "both.crt": append(pemOf(ca), pemOf(leaf)...), "text.crt": []byte("hello"),
		"key.pem": append(pemOf(ca), []byte("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n")...),
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		"leaf.crt": "is a server's certificate", "old.crt": "expired", "both.crt": "is a server's certificate",
		"text.crt": "no certificate", "key.pem": "PRIVATE KEY", "none.crt": "none.crt",
	} {
		code, _, errs := runHere("certs", "trust", "--file", file)
		if code == exitOK || !strings.Contains(errs, want) {
			t.Errorf("certs trust --file %s = %d, %s; want %q", file, code, errs, want)
		}
	}
}

func TestParseCAs(t *testing.T) {
	ca, _ := authority(t)
	for name, data := range map[string][]byte{"PEM": pemOf(ca), "DER": ca.Raw} {
		if list, err := parseCAs(data); err != nil || len(list) != 1 || !list[0].Equal(ca) {
			t.Errorf("parseCAs(%s) = %d certificates, %v; want the one", name, len(list), err)
		}
	}
}

// The certificates that are installed by default.
func TestOwnAuthorities(t *testing.T) {
	t.Chdir(t.TempDir())
	list, again, err := (&app{}).authorities("")
	if err != nil || len(list) != 1 || again != "" || !strings.Contains(list[0].Subject.String(), "localhost root") {
		t.Errorf("authorities without a local one = %d, %q, %v; want the bundled root", len(list), again, err)
	}
	runHere("certs", "create", "--host", "localhost", "--set", "General.DataPath=data")
	a := &app{set: []string{"General.DataPath=data"}}
	list, again, err = a.authorities("")
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Subject.String(), "local CA") {
		t.Errorf("authorities = %d, %v; want the local one", len(list), err)
	}
	if want := filepath.Join("data", "certs", "ca.crt"); !strings.HasPrefix(again, " --file /") || !strings.HasSuffix(again, want) {
		t.Errorf("authorities: to be had again with %q; want --file and the path of %s", again, want)
	}
}

func TestConfigFlags(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	a := &app{configPath: "my x.ini", set: []string{"MPP.SSL_PassPhrase=secret", "general.datapath=d"}}
	want := fmt.Sprintf(" --config '%s/my x.ini' --set General.DataPath=%s/d", dir, dir)
	if got := a.configFlags(); got != want {
		t.Errorf("configFlags() = %q; want %q", got, want)
	}
}

// What a certificate says of itself must not become part of a file's name.
func TestStoreName(t *testing.T) {
	ca, _ := authority(t)
	if got := storeName(ca); !regexp.MustCompile(`^appserver-[0-9a-f]{16}$`).MatchString(got) {
		t.Errorf("storeName = %q", got)
	}
}

func TestNSSDatabases(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{".mozilla/firefox/a.default", ".mozilla/firefox/empty", "snap/firefox/common/.mozilla/firefox/b"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(dir) != "empty" {
			if err := os.WriteFile(filepath.Join(home, dir, "cert9.db"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := nssDatabases(home)
	for i := range got {
		got[i], _ = filepath.Rel(home, got[i])
	}
	if want := []string{".pki/nssdb", ".mozilla/firefox/a.default", "snap/firefox/common/.mozilla/firefox/b"}; !slices.Equal(got, want) {
		t.Errorf("nssDatabases = %q; want %q", got, want)
	}
}
