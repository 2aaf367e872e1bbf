package webapp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// issue returns a self-signed certificate for names, valid from now for a
// year.
func issue(t *testing.T, names ...string) Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: now, NotAfter: now.Add(365 * 24 * time.Hour),
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return Certificate{Leaf: leaf, Origin: "configured", CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func options(c Certificate) Options {
	return Options{
		Name: "test server", Version: "1.2.3", Started: now.Add(-90 * time.Minute),
		Certificate: func() Certificate { return c },
		Now:         func() time.Time { return now },
	}
}

var tls13 = &tls.ConnectionState{
	Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, CurveID: tls.X25519MLKEM768, NegotiatedProtocol: "h2",
}

func request(method, target string, edit ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.Host, r.TLS = "server.example:5012", tls13
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	for _, f := range edit {
		f(r)
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// document is a parsed page.
type document struct{ root *html.Node }

func parse(t *testing.T, rec *httptest.ResponseRecorder) document {
	t.Helper()
	root, err := html.Parse(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// all returns the elements with tag, or all of them if it is empty.
func (d document) all(tag string) (found []*html.Node) {
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text returns the text of n and below, with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (d document) texts(tag string) (list []string) {
	for _, n := range d.all(tag) {
		list = append(list, text(n))
	}
	return list
}

// rows returns the terms of the page and what they are.
func (d document) rows() map[string]string {
	terms, values := d.texts("dt"), d.texts("dd")
	rows := make(map[string]string)
	for i := range min(len(terms), len(values)) {
		rows[terms[i]] = values[i]
	}
	return rows
}

func TestRoutes(t *testing.T) {
	with, without := issue(t, "server.example"), Certificate{}
	for _, test := range []struct {
		method, target string
		cert           Certificate
		status         int
		header, value  string
	}{
		{"GET", "/webapp", with, 200, "Content-Type", "text/html; charset=utf-8"},
		{"GET", "/webapp/", with, 200, "Content-Language", "en"},
		{"GET", "/webapp", with, 200, "Cache-Control", "no-store"},
		{"GET", "/webapp", with, 200, "Referrer-Policy", "no-referrer"},
		{"POST", "/webapp", with, 405, "Allow", "GET, HEAD"},
		{"GET", "/", with, 302, "Location", "/webapp"},
		{"GET", "/webapp/nothing", with, 404, "Content-Type", "text/html; charset=utf-8"},
		{"POST", "/nothing", with, 404, "Content-Type", "text/html; charset=utf-8"},
		{"GET", "/webapp/style.css", with, 200, "Content-Type", "text/css; charset=utf-8"},
		{"GET", "/webapp/style.css?v=old", with, 200, "Cache-Control", "no-cache"},
		{"GET", "/webapp/icon.svg", with, 200, "Content-Type", "image/svg+xml"},
		{"GET", "/webapp/ca.crt", with, 200, "Content-Type", "application/x-x509-ca-cert"},
		{"GET", "/webapp/ca.crt", with, 200, "Content-Disposition", `inline; filename="appserver-ca.crt"`},
		{"GET", "/webapp/ca.crt", without, 404, "Content-Type", "text/html; charset=utf-8"},
		{"GET", "/webapp/pages/home.html", with, 404, "Content-Type", "text/html; charset=utf-8"},
	} {
		rec := serve(New(options(test.cert)), request(test.method, test.target))
		if rec.Code != test.status || rec.Header().Get(test.header) != test.value {
			t.Errorf("%s %s = %d, %s %q; want %d, %q", test.method, test.target,
				rec.Code, test.header, rec.Header().Get(test.header), test.status, test.value)
		}
	}
}

func TestHeadHasTheHeadersOfGet(t *testing.T) {
	h := New(options(issue(t, "server.example")))
	for _, target := range []string{"/webapp", "/webapp/nothing", "/webapp/style.css", "/webapp/ca.crt"} {
		get, head := serve(h, request("GET", target)), serve(h, request("HEAD", target))
		if head.Code != get.Code || head.Body.Len() != 0 {
			t.Errorf("HEAD %s = %d with %d bytes; want %d with none", target, head.Code, head.Body.Len(), get.Code)
		}
		for name := range get.Header() {
			if g, w := head.Header().Get(name), get.Header().Get(name); g != w {
				t.Errorf("HEAD %s: %s = %q; want %q", target, name, g, w)
			}
		}
	}
}

func TestAuthorityIsSentAsItIs(t *testing.T) {
	c := issue(t, "server.example")
	if got := serve(New(options(c)), request("GET", "/webapp/ca.crt")).Body.String(); got != string(c.CA) {
		t.Errorf("body = %q; want %q", got, c.CA)
	}
}

func TestAssetsAreCached(t *testing.T) {
	h := New(options(Certificate{}))
	page := parse(t, serve(h, request("GET", "/webapp")))
	var sheet string
	for _, link := range page.all("link") {
		if attr(link, "rel") == "stylesheet" {
			sheet = attr(link, "href")
		}
	}
	first := serve(h, request("GET", sheet))
	if got, want := first.Header().Get("Cache-Control"), "public, max-age=31536000, immutable"; first.Code != 200 || got != want {
		t.Errorf("GET %s = %d, Cache-Control %q; want 200, %q", sheet, first.Code, got, want)
	}
	again := serve(h, request("GET", "/webapp/style.css", func(r *http.Request) {
		r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	}))
	if again.Code != http.StatusNotModified {
		t.Errorf("GET with the ETag = %d; want 304", again.Code)
	}
}

// TestPolicyIsStrictAndKept checks the policy, and that no page needs what it
// forbids.
func TestPolicyIsStrictAndKept(t *testing.T) {
	const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	h := New(options(issue(t, "server.example")))
	for _, target := range []string{"/webapp", "/webapp/nothing", "/webapp/icon.svg", "/webapp/ca.crt"} {
		rec := serve(h, request("GET", target))
		if got := rec.Header().Get("Content-Security-Policy"); got != policy {
			t.Errorf("GET %s: policy = %q; want %q", target, got, policy)
		}
		if !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, n := range parse(t, rec).all("") {
			checkElement(t, target, n)
		}
	}
}

func checkElement(t *testing.T, target string, n *html.Node) {
	t.Helper()
	switch n.Data {
	case "script", "style", "form", "iframe", "object", "embed", "base":
		t.Errorf("GET %s has an element %s", target, n.Data)
	}
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			t.Errorf("GET %s: %s has an attribute %s", target, n.Data, a.Key)
		}
		local := strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "?lang=")
		if (a.Key == "href" || a.Key == "src") && !local {
			t.Errorf("GET %s: %s points to %q; want an address of this server", target, n.Data, a.Val)
		}
	}
}

func TestPagesAreAccessible(t *testing.T) {
	h := New(options(issue(t, "server.example")))
	for _, target := range []string{"/webapp?lang=en", "/webapp?lang=pt-BR", "/webapp?lang=es", "/webapp/nothing?lang=es"} {
		page := parse(t, serve(h, request("GET", target)))
		for tag, want := range map[string]int{"main": 1, "header": 1, "footer": 1, "h1": 1, "title": 1} {
			if got := len(page.all(tag)); got != want {
				t.Errorf("GET %s has %d %s; want %d", target, got, tag, want)
			}
		}
		_, lang, _ := strings.Cut(target, "lang=")
		if got := attr(page.all("html")[0], "lang"); got != lang {
			t.Errorf("GET %s is in %q; want %q", target, got, lang)
		}
		ids := make(map[string]bool)
		for _, n := range page.all("") {
			if id := attr(n, "id"); id != "" && ids[id] {
				t.Errorf("GET %s has two elements %q", target, id)
			} else {
				ids[id] = true
			}
		}
		for _, n := range page.all("") {
			if by := attr(n, "aria-labelledby"); by != "" && !ids[by] {
				t.Errorf("GET %s: %s is labelled by %q, which is not there", target, n.Data, by)
			}
			if n.Data == "nav" && attr(n, "aria-label") == "" {
				t.Errorf("GET %s has a nav without a label", target)
			}
		}
	}
}

// TestHostileHost uses what no server in front would let through.
func TestHostileHost(t *testing.T) {
	const host = `"><script>alert(1)</script>`
	rec := serve(New(options(issue(t, "server.example"))), request("GET", "/webapp", func(r *http.Request) { r.Host = host }))
	page := parse(t, rec)
	if n := len(page.all("script")); n > 0 {
		t.Fatalf("page has %d scripts", n)
	}
	if got := page.rows()["Address in use"]; got != host {
		t.Errorf("address = %q; want %q as text", got, host)
	}
}

// TestStyleSheetIsAlone makes sure that it loads nothing.
func TestStyleSheetIsAlone(t *testing.T) {
	css := serve(New(options(Certificate{})), request("GET", "/webapp/style.css")).Body.String()
	for _, no := range []string{"url(", "@import", "http:", "https:"} {
		if strings.Contains(css, no) {
			t.Errorf("style sheet has %q", no)
		}
	}
}
