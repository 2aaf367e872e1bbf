package webapp

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"appserver/internal/pages"
)

func TestConnection(t *testing.T) {
	forwarded := func(scheme string) func(*http.Request) (string, bool) {
		return func(*http.Request) (string, bool) { return scheme, true }
	}
	for _, test := range []struct {
		name      string
		tls       *tls.ConnectionState
		proto     string
		major     int
		forwarded func(*http.Request) (string, bool)
		grade     string
		title     string
		rows      map[string]string
	}{
		{"TLS 1.3 and HTTP/2", tls13, "HTTP/2.0", 2, nil, "good", "This connection is encrypted", map[string]string{
			"Encryption": "TLS 1.3", "Cipher suite": "TLS_AES_128_GCM_SHA256", "Key exchange": "X25519MLKEM768, resists quantum computers",
			"Protocol agreed (ALPN)": "h2", "HTTP version": "HTTP/2",
		}},
		{"TLS 1.2, no ALPN", &tls.ConnectionState{Version: tls.VersionTLS12, CipherSuite: tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CurveID: tls.CurveP256},
			"HTTP/1.1", 1, nil, "good", "This connection is encrypted", map[string]string{
				"Encryption": "TLS 1.2", "Key exchange": "P-256", "Protocol agreed (ALPN)": "none", "HTTP version": "HTTP/1.1",
			}},
		{"TLS 1.0", &tls.ConnectionState{Version: tls.VersionTLS10, CipherSuite: tls.TLS_RSA_WITH_AES_128_CBC_SHA},
			"HTTP/1.1", 1, nil, "warning", "This connection uses outdated encryption", map[string]string{
				"Encryption": "TLS 1.0", "Key exchange": "RSA",
			}},
		{"resumed", &tls.ConnectionState{Version: tls.VersionTLS12, CipherSuite: tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			"HTTP/1.1", 1, nil, "good", "This connection is encrypted", map[string]string{"Key exchange": ""}},
		{"plain", nil, "HTTP/1.1", 1, nil, "bad", "This connection is not encrypted", map[string]string{
			"Encryption": "none", "Cipher suite": "", "HTTP version": "HTTP/1.1",
		}},
		{"proxy, HTTPS outside", nil, "HTTP/1.1", 1, forwarded("https"), "good", "A proxy in front of this server encrypts your connection",
			map[string]string{"Reported by the proxy": "https", "Encryption": "none"}},
		{"proxy, HTTP outside", tls13, "HTTP/2.0", 2, forwarded("http"), "bad", "This connection is not encrypted",
			map[string]string{"Reported by the proxy": "http", "Encryption": "TLS 1.3"}},
		{"silent proxy", tls13, "HTTP/2.0", 2, forwarded(""), "neutral", "You reach this server through a proxy",
			map[string]string{"Reported by the proxy": "nothing"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(issue(t, "server.example"))
			o.Forwarded = test.forwarded
			page := parse(t, serve(New(o), request("GET", "/webapp", func(r *http.Request) {
				r.TLS, r.Proto, r.ProtoMajor = test.tls, test.proto, test.major
			})))
			if got := page.texts("h1")[0]; got != test.title {
				t.Errorf("title = %q; want %q", got, test.title)
			}
			if got := attr(page.all("section")[0], "class"); got != "verdict "+test.grade {
				t.Errorf("class = %q; want %q", got, "verdict "+test.grade)
			}
			rows := page.rows()
			for label, want := range test.rows {
				if rows[label] != want {
					t.Errorf("%s = %q; want %q", label, rows[label], want)
				}
			}
		})
	}
}

func TestServerCard(t *testing.T) {
	rows := parse(t, serve(New(options(Certificate{})), request("GET", "/webapp"))).rows()
	for label, want := range map[string]string{"Name": "test server", "Version": "1.2.3", "Running for": "1 h 30 min", "Address in use": "server.example:5012"} {
		if rows[label] != want {
			t.Errorf("%s = %q; want %q", label, rows[label], want)
		}
	}
	if _, ok := rows["Valid until"]; ok {
		t.Error("page speaks of a certificate that is not there")
	}
	bare := parse(t, serve(New(Options{Name: "x", Version: "y"}), request("GET", "/webapp"))).rows()
	if got, ok := bare["Running for"]; ok {
		t.Errorf("Running for = %q; want it left out", got)
	}
}

func TestCertificateVerdict(t *testing.T) {
	names := []string{"localhost", "*.example", "127.0.0.1", "::1"}
	for _, test := range []struct {
		host, origin string
		grade, title string
		text         string
	}{
		{"localhost:5012", "bundled", "good", "It covers localhost", ""},
		{"LOCALHOST", "bundled", "good", "It covers LOCALHOST", ""},
		{"a.example:1", "configured", "good", "It covers a.example", ""},
		{"127.0.0.1:5012", "bundled", "good", "It covers 127.0.0.1", ""},
		{"[::1]:5012", "bundled", "good", "It covers ::1", ""},
		{"[::1]", "bundled", "good", "It covers ::1", ""},
		{"10.0.0.1:5012", "bundled", "bad", "It does not cover 10.0.0.1", "section [MPP]"},
		{"10.0.0.1", "local", "bad", "It does not cover 10.0.0.1", "appserver certs create"},
		{"a.b.example", "configured", "bad", "It does not cover a.b.example", "ask the administrator"},
		{"", "configured", "neutral", "The address in use is not known", ""},
	} {
		c := issue(t, names...)
		c.Origin = test.origin
		page := parse(t, serve(New(options(c)), request("GET", "/webapp", func(r *http.Request) { r.Host = test.host })))
		if got := page.texts("h3"); len(got) != 1 || got[0] != test.title {
			t.Errorf("at %q the verdict is %q; want %q", test.host, got, test.title)
		}
		note := page.all("h3")[0].Parent
		if got := attr(note.Parent, "class"); got != "note "+test.grade {
			t.Errorf("at %q the class is %q; want %q", test.host, got, "note "+test.grade)
		}
		if got := text(note); !strings.Contains(got, test.text) {
			t.Errorf("at %q the advice is %q; want %q in it", test.host, got, test.text)
		}
		if got, want := page.rows()["Names and addresses covered"], "localhost*.example127.0.0.1::1"; got != want {
			t.Errorf("at %q the names are %q; want %q", test.host, got, want)
		}
	}
}

func TestCertificateDates(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		at           time.Duration // after NotBefore
		value, grade string
		title        string
	}{
		{-time.Second, "2027-11-21 (not valid before 2026-11-21)", "bad", "It is out of date"},
		{0, "2027-11-21 (365 days left)", "", "It covers server.example"},
		{336 * day, "2027-11-21 (29 days left)", "warning", "It covers server.example"},
		{363 * day, "2027-11-21 (2 days left)", "warning", "It covers server.example"},
		{363*day + 1, "2027-11-21 (expires tomorrow)", "bad", "It covers server.example"},
		{364*day + 1, "2027-11-21 (expires within a day)", "bad", "It covers server.example"},
		{366 * day, "2027-11-21 (expired)", "bad", "It is out of date"},
	} {
		o := options(issue(t, "server.example"))
		o.Now = func() time.Time { return now.Add(test.at) }
		page := parse(t, serve(New(o), request("GET", "/webapp")))
		if got := page.rows()["Valid until"]; got != test.value {
			t.Errorf("after %v: %q; want %q", test.at, got, test.value)
		}
		if got := page.texts("h3")[0]; got != test.title {
			t.Errorf("after %v: verdict %q; want %q", test.at, got, test.title)
		}
		for _, dd := range page.all("dd") {
			if text(dd) == test.value && attr(dd, "class") != test.grade {
				t.Errorf("after %v: class %q; want %q", test.at, attr(dd, "class"), test.grade)
			}
		}
	}
}

func TestTrustCard(t *testing.T) {
	all := []string{"Windows", "macOS", "Linux", "Firefox", "Android", "iPhone, iPad"}
	for _, test := range []struct {
		name, host, origin string
		ca                 bool
		proxied            bool
		platforms          []string
		useless            bool
	}{
		{"configured", "server.example", "configured", true, false, all, false},
		{"bundled has no use on phones", "server.example", "bundled", true, false, all[:4], false},
		{"elsewhere", "other.example", "configured", true, false, all, true},
		{"no authority known", "server.example", "configured", false, false, nil, false},
		{"behind a proxy", "server.example", "configured", true, true, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := issue(t, "server.example")
			sum := sha256.Sum256(c.Leaf.Raw) // it is its own authority
			if c.Origin = test.origin; !test.ca {
				c.CA = nil
			}
			o := options(c)
			if test.proxied {
				o.Forwarded = func(*http.Request) (string, bool) { return "https", true }
			}
			page := parse(t, serve(New(o), request("GET", "/webapp", func(r *http.Request) { r.Host = test.host })))
			if got := page.texts("summary"); !slices.Equal(got, test.platforms) {
				t.Errorf("platforms = %q; want %q", got, test.platforms)
			}
			body := text(page.root)
			if got := strings.Contains(body, "This does not help at other.example"); got != test.useless {
				t.Errorf("says that trust does not help: %v; want %v", got, test.useless)
			}
			digits := strings.ReplaceAll(strings.ToLower(body), ":", "")
			if got, want := strings.Count(digits, hex.EncodeToString(sum[:])), 1+min(len(test.platforms), 1); got != want {
				t.Errorf("the fingerprint is there %d times; want %d", got, want)
			}
		})
	}
}

func TestBrokenAuthorityIsNone(t *testing.T) {
	c := issue(t, "server.example")
	c.CA = []byte("junk")
	if got := parse(t, serve(New(options(c)), request("GET", "/webapp"))).texts("summary"); len(got) > 0 {
		t.Errorf("page explains how to trust %q", c.CA)
	}
}

// On Linux the steps speak of the commands; elsewhere these are another way.
func TestCommandsAreIntroduced(t *testing.T) {
	for i := range languages {
		lang, tag := &languages[i], pages.Language(i).Tag()
		page := parse(t, serve(New(options(issue(t, "server.example"))), request("GET", "/webapp?lang="+tag)))
		for _, details := range page.all("details") {
			name := document{details}.texts("summary")[0]
			want := name == "Windows" || name == "macOS"
			if got := strings.Contains(text(details), lang.TrustCommand); got != want {
				t.Errorf("%s: %s introduces its commands: %v; want %v", tag, name, got, want)
			}
		}
	}
}

func TestUptime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "less than 1 min", 59 * time.Second: "less than 1 min", time.Minute: "1 min", 59 * time.Minute: "59 min",
		time.Hour: "1 h 0 min", 24*time.Hour - 1: "23 h 59 min", 50 * time.Hour: "2 d 2 h", 10000 * time.Hour: "416 d 16 h",
	} {
		if got := uptime(&english, d); got != want {
			t.Errorf("uptime(%v) = %q; want %q", d, got, want)
		}
	}
}
