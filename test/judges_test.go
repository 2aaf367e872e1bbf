package test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tests of this file let programs that others trust judge the server on its
// default settings, and show that each of them would speak up.

// need skips the test, by name, if a program is not there; under CI=true that
// fails it.
func need(t *testing.T, program string) {
	t.Helper()
	switch ok, err := condition("need:" + program); {
	case err != nil:
		t.Fatal(err)
	case !ok:
		t.Skipf("%s is not installed", program)
	}
}

// output runs a program that has to succeed and returns what it prints.
func output(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}
	return out
}

// weakServer returns the address of a server with all that is outdated and that
// crypto/tls still has: what a judge says of it proves that the judge looks.
func weakServer(t *testing.T) string {
	t.Helper()
	pair := httptest.NewUnstartedServer(nil) // for its certificate, an RSA one
	pair.StartTLS()
	t.Cleanup(pair.Close)
	cfg := &tls.Config{Certificates: pair.TLS.Certificates, MinVersion: tls.VersionTLS10}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		cfg.CipherSuites = append(cfg.CipherSuites, suite.ID)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	weak := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.NotFoundHandler()}
	go weak.Serve(l)
	t.Cleanup(func() { weak.Close() })
	return l.Addr().String()
}

// judged are the servers that a judge of TLS is shown: what it must not complain
// of, and what it must.
func judged(t *testing.T) (good string, bad map[string]string) {
	t.Helper()
	_, good = startServer(t)
	_, old := startServer(t, "--set", "SSLConfigure.TLS1_0=1", "--set", "SSLConfigure.TLS1_2=1", "--set", "SSLConfigure.TLS1_3=1")
	return good, map[string]string{"TLS1_0=1": old, "a weak server": weakServer(t)}
}

// judgeTLS checks what complaints returns for each of the judged servers.
func judgeTLS(t *testing.T, complaints func(*testing.T, string) []string) {
	t.Helper()
	good, bad := judged(t)
	for _, c := range complaints(t, good) {
		t.Errorf("on default settings: %s", c)
	}
	for name, addr := range bad {
		found := complaints(t, addr)
		t.Logf("%s: %s", name, strings.Join(found, "; "))
		if len(found) == 0 {
			t.Errorf("%s: nothing to complain of; the test would see nothing", name)
		}
	}
}

func TestSSLScan(t *testing.T) {
	need(t, "sslscan")
	judgeTLS(t, sslscanComplaints)
}

// sslscanReport is what sslscan --xml prints.
type sslscanReport struct {
	Protocols []struct {
		Type    string `xml:"type,attr"`
		Version string `xml:"version,attr"`
		Enabled bool   `xml:"enabled,attr"`
	} `xml:"ssltest>protocol"`
	Renegotiation []struct {
		Supported bool `xml:"supported,attr"`
	} `xml:"ssltest>renegotiation"`
	Compression []struct {
		Supported bool `xml:"supported,attr"`
	} `xml:"ssltest>compression"`
	Heartbleed []struct {
		Version    string `xml:"sslversion,attr"`
		Vulnerable bool   `xml:"vulnerable,attr"`
	} `xml:"ssltest>heartbleed"`
	Ciphers []struct {
		Version  string `xml:"sslversion,attr"`
		Bits     int    `xml:"bits,attr"`
		Name     string `xml:"cipher,attr"`
		Strength string `xml:"strength,attr"`
	} `xml:"ssltest>cipher"`
}

func sslscanComplaints(t *testing.T, addr string) (found []string) {
	t.Helper()
	var r sslscanReport
	out := output(t, "sslscan", "--no-colour", "--xml=-", addr)
	if err := xml.Unmarshal(out, &r); err != nil {
		t.Fatalf("sslscan: %v\n%s", err, out)
	}
	if len(r.Protocols) < 6 || len(r.Ciphers) == 0 || len(r.Heartbleed) == 0 {
		t.Fatalf("sslscan has not looked at everything:\n%s", out)
	}
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, p := range r.Protocols {
		if want := p.Type == "tls" && (p.Version == "1.2" || p.Version == "1.3"); p.Enabled != want {
			complain("%s %s enabled=%v", p.Type, p.Version, p.Enabled)
		}
	}
	for _, c := range r.Ciphers {
		forward := c.Version == "TLSv1.3" || strings.HasPrefix(c.Name, "ECDHE-")
		if (c.Strength != "strong" && c.Strength != "acceptable") || c.Bits < 128 || !forward {
			complain("%s %s of %d bits is %s", c.Version, c.Name, c.Bits, c.Strength)
		}
	}
	for _, f := range r.Renegotiation {
		if f.Supported {
			complain("renegotiation")
		}
	}
	for _, f := range r.Compression {
		if f.Supported {
			complain("compression")
		}
	}
	for _, f := range r.Heartbleed {
		if f.Vulnerable {
			complain("%s: Heartbleed", f.Version)
		}
	}
	return found
}

func TestNmap(t *testing.T) {
	need(t, "nmap")
	judgeTLS(t, nmapComplaints)
}

// nmapScripts judge TLS. All but the first two are silent when there is nothing
// to say.
const nmapScripts = "ssl-enum-ciphers,ssl-cert,sslv2,sslv2-drown,ssl-poodle,ssl-heartbleed,ssl-ccs-injection,ssl-dh-params"

// nmapTable is a node of a script's structured result.
type nmapTable struct {
	Key    string      `xml:"key,attr"`
	Tables []nmapTable `xml:"table"`
	Elems  []struct {
		Key   string `xml:"key,attr"`
		Value string `xml:",chardata"`
	} `xml:"elem"`
}

type nmapReport struct {
	Scripts []struct {
		ID     string `xml:"id,attr"`
		Output string `xml:"output,attr"`
		nmapTable
	} `xml:"host>ports>port>script"`
}

func nmapComplaints(t *testing.T, addr string) (found []string) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	var r nmapReport
	out := output(t, "nmap", "-Pn", "-n", "-p", port, "--script", nmapScripts, "-oX", "-", host)
	if err := xml.Unmarshal(out, &r); err != nil {
		t.Fatalf("nmap: %v\n%s", err, out)
	}
	var ran []string
	for _, s := range r.Scripts {
		ran = append(ran, s.ID)
		switch s.ID {
		case "ssl-enum-ciphers":
			found = append(found, nmapCipherComplaints(s.nmapTable)...)
		case "ssl-cert":
			if strings.Contains(strings.ToLower(s.Output), "signature algorithm: sha1") {
				found = append(found, "the certificate is signed with SHA-1")
			}
		default:
			found = append(found, s.ID+":"+s.Output)
		}
	}
	if !slices.Contains(ran, "ssl-enum-ciphers") || !slices.Contains(ran, "ssl-cert") {
		t.Fatalf("nmap has run %v only:\n%s", ran, out)
	}
	return found
}

// nmapCipherComplaints judges the result of ssl-enum-ciphers: a table for each
// version, with its ciphers, compressors and warnings, and the least grade.
func nmapCipherComplaints(r nmapTable) (found []string) {
	seen := map[string]bool{"TLSv1.2": false, "TLSv1.3": false}
	for _, version := range r.Tables {
		if _, ok := seen[version.Key]; !ok {
			found = append(found, version.Key+" enabled")
		}
		seen[version.Key] = true
		for _, part := range version.Tables {
			for _, e := range part.Elems {
				if part.Key == "warnings" || (part.Key == "compressors" && e.Value != "NULL") {
					found = append(found, version.Key+" "+part.Key+": "+e.Value)
				}
			}
		}
	}
	for version, ok := range seen {
		if !ok {
			found = append(found, version+" not enabled")
		}
	}
	least := "missing"
	for _, e := range r.Elems {
		if e.Key == "least strength" {
			least = e.Value
		}
	}
	if least != "A" {
		found = append(found, "least strength "+least)
	}
	return found
}

// h2spec finds nothing in the server that it does not find in net/http by itself,
// with TLS and without.
func TestH2spec(t *testing.T) {
	need(t, "h2spec")
	t.Parallel() // it waits for time-outs most of the time
	for _, secure := range []bool{true, false} {
		t.Run(fmt.Sprintf("secure=%v", secure), func(t *testing.T) {
			t.Parallel()
			d, addr := startServer(t, "--set", fmt.Sprintf("Drivers.MultiProtocolPortSecure=%d", map[bool]int{true: 1}[secure]))
			own := h2target{addr, "/webapp", secure}
			bare := bareHTTP2(t, secure)
			ownFails, netHTTPFails := make(chan map[h2case]string, 1), make(chan map[h2case]string, 1)
			go func() { ownFails <- own.failures(t) }()
			go func() { netHTTPFails <- bare.failures(t) }()
			known := <-netHTTPFails
			for c, why := range <-ownFails {
				if _, ok := known[c]; !ok && !racy(t, own, c) {
					t.Errorf("%s: net/http passes it; %s", c, why)
				}
			}
			t.Logf("net/http alone fails %d cases", len(known))
			if strings.Contains(logOf(d), "panic") {
				t.Errorf("a panic:\n%s", logOf(d))
			}
		})
	}
}

// bareHTTP2 starts net/http with HTTP/2 and nothing else.
func bareHTTP2(t *testing.T, secure bool) h2target {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a page") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetHTTP2(secure)
	s.Config.Protocols.SetUnencryptedHTTP2(!secure)
	if secure {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return h2target{s.Listener.Addr().String(), "/", secure}
}

// h2case names a case of h2spec.
type h2case struct{ section, title string }

func (c h2case) String() string { return c.section + " " + c.title }

// h2target is a server for h2spec.
type h2target struct {
	addr, path string
	secure     bool
}

// h2report is what h2spec -j writes.
type h2report struct {
	Cases []struct {
		Section string `xml:"package,attr"`
		Title   string `xml:"classname,attr"`
		Failure *struct {
			Content string `xml:",innerxml"`
		} `xml:"failure"`
		Error *struct{} `xml:"error"`
	} `xml:"testsuite>testcase"`
}

// failures runs h2spec, all of it or the given sections, and returns the cases
// that fail with what it says of each. h2spec gives up, and reports nothing, where a
// connection takes longer than its time-out of two seconds: then it gets more.
func (h h2target) failures(t *testing.T, sections ...string) map[h2case]string {
	var r h2report
	err := fs.ErrNotExist
	for timeout := 2; errors.Is(err, fs.ErrNotExist) && timeout <= 32; timeout *= 4 {
		r, err = h.judge(t, timeout, sections)
	}
	if err != nil || (len(sections) == 0 && len(r.Cases) < 140) {
		t.Errorf("h2spec has run %d cases: %v", len(r.Cases), err)
	}
	failed := make(map[h2case]string)
	for _, c := range r.Cases {
		if c.Failure != nil {
			failed[h2case{c.Section, c.Title}] = c.Failure.Content
		} else if c.Error != nil {
			failed[h2case{c.Section, c.Title}] = "error"
		}
	}
	return failed
}

// judge runs h2spec with the time-out, in seconds. The error wraps fs.ErrNotExist if h2spec
// has given up.
func (h h2target) judge(t *testing.T, timeout int, sections []string) (r h2report, err error) {
	host, port, err := net.SplitHostPort(h.addr)
	if err != nil {
		return r, err
	}
	report := filepath.Join(t.TempDir(), "h2spec.xml")
	args := append([]string{"-h", host, "-p", port, "-P", h.path, "-o", strconv.Itoa(timeout), "-j", report}, sections...)
	if h.secure {
		args = append(args, "-t", "-k")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	defer cancel()
	out, runErr := exec.CommandContext(ctx, "h2spec", args...).CombinedOutput() // 1 means that cases fail
	text, err := os.ReadFile(report)
	if err != nil {
		return r, fmt.Errorf("%w, %v\n%s", err, runErr, out)
	}
	return r, xml.Unmarshal(text, &r)
}

// racy reports whether a case that failed can pass as well: some of h2spec go by
// whether the answer or their next frame is first.
func racy(t *testing.T, h h2target, c h2case) bool {
	const tries = 10
	for n := range tries {
		if _, failed := h.failures(t, c.section)[c]; !failed {
			t.Logf("%s: passed at the %d. repetition", c, n+1)
			return true
		}
	}
	return false
}
