package main

import (
	"bytes"
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
		{"of no use to stations", "[TCP]\nPort=8443\n[MPP]\nSSL_Default=1\n", "reload --config /", "Next, "},
		{"nor its page", "[TCP]\nPort=8443\n[MPP]\nSSL_Default=1\n", "does not use it", "/webapp"},
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
	before := readFile(t, "data/certs/ca.crt")
	_, out, _ = runHere("certs", "create", "--config", "x.ini", "--host", "other.example", "--new-authority")
	if strings.Contains(out, "need nothing") {
		t.Errorf("certs create --new-authority printed\n%swant it to say that stations need the new one", out)
	}
	// The one before is kept, and can be told not to be trusted any more.
	kept, err := filepath.Glob("data/certs/ca-until-*.crt")
	if err != nil || len(kept) != 1 || !bytes.Equal(readFile(t, kept[0]), before) {
		t.Fatalf("certs create --new-authority has kept %q, %v; want the certificate of the authority before", kept, err)
	}
	file := absolute(kept[0])
	for _, want := range []string{rootCommandLine(nil, "certs", "untrust", "--file", file), commandLine(nil, "certs", "untrust", "--nss", "--file", file)} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("certs create --new-authority printed\n%swant in it %s", out, want)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Whoever has lost the authority's file is not given another one, of which no
// station knows, and is told a command that works.
func TestCertsCreateLost(t *testing.T) {
	runIn(t, "", "certs", "create", "--config", "x.ini", "--host", "localhost")
	if err := os.Remove("data/certs/ca.pem"); err != nil {
		t.Fatal(err)
	}
	code, _, errs := runHere("certs", "create", "--config", "x.ini", "--host", "localhost")
	if want := " certs create --config " + shellQuote(absolute("x.ini")) + " --new-authority"; code != exitFailed || !strings.Contains(errs, want) || !strings.Contains(errs, "backup") {
		t.Errorf("certs create without ca.pem = %d, %s; want %q", code, errs, want)
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
		{"empty variable", []string{"--set", "General.DataPath=new", "--host", ""}, exitFailed, "name a DNS name or an IP address"},
		{"empty variable among others", []string{"--set", "General.DataPath=new", "--host", "", "--host", "a.example"}, exitFailed, "name a DNS name"},
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
	for _, want := range []string{"no server runs on the data folder " + absolute("data"), "(" + absolute("x.ini") + ")", "local authority", `"erp.example.com", "192.0.2.1"`, "89 days left", "ECDSA", "CA SHA-256"} {
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
			program() + " certs create --host '*.example.com' --host ::1 --host b --host 192.0.2.1"},
		{"hostile", monitor.CertInfo{Source: "local", Names: []string{"a"}, Uncovered: uncovered("$(reboot)", "b;c", "-x", "`id`", "a b", "d")},
			program() + " certs create --host a --host d"},
		{"bundled", monitor.CertInfo{Source: "bundled", Names: []string{"localhost"}, Uncovered: uncovered("b")},
			program() + " certs create --host localhost --host b"},
		{"configured", monitor.CertInfo{Source: "configured", Names: []string{"a"}, Uncovered: uncovered("b", "c\x1b[2J")},
			`have the certificate issued for these as well: "b", "c\x1b[2J"`},
		{"many", monitor.CertInfo{Source: "local", Names: []string{"a"}, Uncovered: uncovered(many...)},
			program() + " certs create --host a" + strings.Join(mapped(many[:99], " --host "), "") + " (21 that were used least are left out)"},
	} {
		if got := mendUncovered(nil, tt.c); got != tt.want {
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

	foreign bool // what it has was installed by others
}

func (s *fakeStore) name() string                  { return "the store" }
func (s *fakeStore) ready(choice, direction) error { return nil }
func (s *fakeStore) install(c *x509.Certificate) error {
	if !s.idle {
		s.has[string(c.Raw)] = true
	}
	return s.fail
}
func (s *fakeStore) remove(c *x509.Certificate) (found bool, err error) {
	found = s.has[string(c.Raw)] && !s.foreign
	if !s.idle {
		delete(s.has, string(c.Raw))
	}
	return found, s.fail
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
		{"untrust what is not there", &fakeStore{has: map[string]bool{}}, untrust, "was not installed in the store", ""},
		{"untrust what others installed", &fakeStore{has: map[string]bool{string(first.Raw): true}, foreign: true, idle: true}, untrust, "", "certs trust has not installed it"},
		{"trust fails", &fakeStore{has: map[string]bool{}, fail: errors.New("full")}, trust, "", "full"},
		{"trust does nothing", &fakeStore{has: map[string]bool{}, idle: true}, trust, "", "do not find it"},
		{"untrust does nothing", &fakeStore{has: map[string]bool{string(first.Raw): true}, idle: true}, untrust, "", "still in the store"},
	} {
		var out strings.Builder
		err := (&app{stdout: &out}).change(tt.s, choice{list: []*x509.Certificate{first, second}, from: "here"}, tt.d)
		if fmt.Sprint(err) != "<nil>" != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: change = %v with %q; want %q, %q", tt.name, err, out.String(), tt.err, tt.out)
		}
		if n := strings.Count(out.String(), tt.out); err == nil && tt.d == untrust && n != 2 {
			t.Errorf("%s: change printed %q; want %q for each of two", tt.name, out.String(), tt.out)
		}
		if err == nil && strings.Count(out.String(), "\n  taken from here\n") != 2 {
			t.Errorf("%s: change printed %q; want it to say what it does, and from where", tt.name, out.String())
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
	c, err := (&app{}).choose("", trust)
	if err != nil || len(c.list) != 1 || c.file != "" || !strings.Contains(c.list[0].Subject.String(), "localhost root") || !strings.Contains(c.from, "the bundled certificate, which is for localhost alone") {
		t.Errorf("choose without a local one = %+v, %v; want the bundled root", c, err)
	}
	runHere("certs", "create", "--host", "localhost", "--set", "General.DataPath=data")
	a := &app{set: []string{"General.DataPath=data"}}
	c, err = a.choose("", trust)
	if err != nil || len(c.list) != 1 || !strings.Contains(c.list[0].Subject.String(), "local CA") {
		t.Errorf("choose = %+v, %v; want the local one", c, err)
	}
	if want := absolute("data/certs/ca.crt"); c.file != want || c.from != want {
		t.Errorf("choose: from %s, %s; want %s", c.from, c.file, want)
	}
	a.set = append(a.set, "MPP.SSL_Default=1")
	if c, err = a.choose("", trust); err != nil || !strings.Contains(c.from, "does not use its certificate") {
		t.Errorf("choose of one that is not in use = %+v, %v; want it to say so", c, err)
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
