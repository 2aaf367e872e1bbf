package test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"appserver/internal/jwt/jwttest"
)

// attackPrograms are what the attacked server runs.
var attackPrograms = map[string]string{
	"src/attack.tlpp": `
@Get("/api/open/header")
User Function atkHeader()
	oRest:setKeyHeaderResponse("X-Given", oRest:getQueryRequest()["v"])
Return oRest:setResponse("header set")

@Get("/api/open/append")
User Function atkAppend()
	oRest:appendKeyHeaderResponse("Content-Disposition", oRest:getQueryRequest()["v"])
Return oRest:setResponse("header set")

@Get("/api/open/says/:text")
User Function atkSays()
	ConOut(oRest:getPathParamsRequest()["text"])
	UserException(oRest:getPathParamsRequest()["text"])
Return

@Post("/api/open/json")
User Function atkJson()
	Local jBody := JsonObject():New()
	If ValType(jBody:FromJson(oRest:getBodyRequest())) == "C"
		oRest:setStatusCode(400)
	EndIf
Return oRest:setResponse("read")

@Post("/api/open/length")
User Function atkLength()
Return oRest:setResponse(Len(oRest:getBodyRequest()))

@Get("/api/me")
User Function atkMe()
Return oRest:setResponse("everybody")

@Get("/api/:any")
User Function atkAny()
Return oRest:setResponse("top secret " + oRest:getPathParamsRequest()["any"])

@Get("/api/items/:id")
User Function atkItem()
Return oRest:setResponse("item")

@Delete("/api/items/:id/:what")
User Function atkDelete()
Return oRest:setResponse("deleted")

@Get("/api/closed/who")
User Function atkWho()
Return oRest:setResponse(cUserName)

@Get("/api/denied/thing")
User Function atkDenied()
Return oRest:setResponse("denied thing")
`,
	"src/orders.prw": `
#include "restful.ch"

WSRESTFUL Bookings DESCRIPTION "<script>alert(1)</script>"
	WSMETHOD GET DESCRIPTION "<img src=x onerror=alert(2)>" WSSYNTAX "/Bookings/{id}"
	WSMETHOD DELETE DESCRIPTION "Removes" WSSYNTAX "/Bookings/{id}"
END WSRESTFUL

WSMETHOD GET WSSERVICE Bookings
	::SetResponse("read")
Return .T.

WSMETHOD DELETE WSSERVICE Bookings
	::SetResponse("deleted")
Return .T.
`,
	"src/sizes.prw": `
Function atk_v1_sizes()
	_ADVPL_create_rest_logix_routes()
	_ADVPL_add_rest_logix_routes("GET", "/*", "", "atk_v1_sizes_get")
Return

Function atk_v1_sizes_get(jRequest)
	oRest:setResponse("sizes")
Return
`,
	"app.ini": `[General]
App_Environment=A
[A]
SourcePath=src
RootPath=files
[REST]
Public=/api/open/*,/api/items/*/GET,/api/me,BOOKINGS/GET
Instances=2,4,1,1
CORSEnable=1
AllowOrigin=http://localhost,ionic://localhost
MaxBody=2
[License]
Enable=1
PublicKey=platform.pem
[HTTPSERVER]
Servers=PAGES
[PAGES]
Locations=LOC
[LOC]
Path=/app
RootPath=site
Public=/public/*
Security=1
`,
	"site/public/open.txt": "open file",
	"site/PUBLIC/shut.txt": "shut file",
	"site/shut/shut.txt":   "shut file",
	"shut.txt":             "shut file",
}

// Passwords that no log may have.
const (
	mariaPassword = "correct horse maria"
	evePassword   = "correct horse evelyn"
)

// victim is a server with programs and users that is attacked.
type victim struct {
	t    *testing.T
	d    *daemon
	dir  string
	addr string
	key  *rsa.PrivateKey // of licence codes

	mu      sync.Mutex
	secrets []string // that no log may have
}

func newVictim(t *testing.T) *victim {
	v := &victim{t: t, dir: t.TempDir(), secrets: []string{mariaPassword, evePassword, url.QueryEscape(mariaPassword), url.PathEscape(mariaPassword)}}
	for name, text := range attackPrograms {
		path := filepath.Join(v.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join("..", "..", "shut.txt"), filepath.Join(v.dir, "site", "public", "link.txt")); err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	v.key = key
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if err := os.WriteFile(filepath.Join(v.dir, "platform.pem"), public, 0o644); err != nil {
		t.Fatal(err)
	}
	v.command(mariaPassword, "user", "add", "maria")
	v.command(evePassword, "user", "add", "eve")
	v.command("", "user", "deny", "eve", "/api/denied/*", "/api/atk/v1/sizes*", "/bookings*", "/shut/*")
	v.d, v.addr = startServer(t, "--config", filepath.Join(v.dir, "app.ini"))
	return v
}

// command runs the program as the administrator of the server.
func (v *victim) command(stdin string, args ...string) {
	v.t.Helper()
	cmd := exec.Command(filepath.Join(programs, "appserver"), append(args, "--config", filepath.Join(v.dir, "app.ini"))...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		v.t.Fatalf("appserver %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (v *victim) keepSecret(texts ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.secrets = append(v.secrets, texts...)
}

// from returns a client whose requests come from the address.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 32},
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request with headers as "Name: value"; the path goes as it is.
func (v *victim) send(c *http.Client, method, path, body string, headers ...string) reply {
	v.t.Helper()
	r, err := http.NewRequest(method, "https://"+v.addr, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.URL.Opaque = "//" + v.addr + path
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	answer, err := c.Do(r)
	if err != nil {
		v.t.Errorf("%s %.100s: %v", method, path, err)
		return reply{}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Errorf("%s %.100s: %v", method, path, err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// dial opens a connection for the protocol.
func (v *victim) dial(protocol string) net.Conn {
	v.t.Helper()
	c, err := tls.Dial("tcp", v.addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}})
	if err != nil {
		v.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// raw sends bytes as a client of HTTP/1.1 and returns what comes back until the server ends
// the connection.
func (v *victim) raw(request string) string {
	v.t.Helper()
	c := v.dial("http/1.1")
	defer c.Close()
	io.WriteString(c, request)
	answer, err := io.ReadAll(c)
	if err != nil && len(answer) == 0 {
		v.t.Errorf("%.60q: %v; want an answer", request, err)
	}
	return string(answer)
}

func basicOf(name, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

var maria, eve = basicOf("maria", mariaPassword), basicOf("eve", evePassword)

// One server is attacked in many ways; after all of them it works, and has told nothing.
func TestRESTAttacks(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	for _, attack := range []struct {
		name string
		run  func(*victim)
	}{
		{"spellings", (*victim).spellings},
		{"permissions", (*victim).permissions},
		{"headers", (*victim).injection},
		{"origins", (*victim).origins},
		{"smuggling", (*victim).smuggling},
		{"sizes", (*victim).sizes},
		{"slow bodies", (*victim).slowBodies},
		{"rapid reset", (*victim).rapidReset},
		{"tokens", (*victim).tokens},
		{"codes", (*victim).codes},
		{"grants", (*victim).grants},
		{"replay", (*victim).replay},
		{"enumeration", (*victim).enumeration},
		{"lock-out", (*victim).lockOut},
		{"flood", (*victim).flood},
		{"descriptions", (*victim).descriptions},
		{"redirects", (*victim).redirects},
	} {
		t.Run(attack.name, func(t *testing.T) {
			v.t = t
			attack.run(v)
			if got := v.send(from("127.0.0.1"), "GET", "/rest/api/closed/who", "", maria); got.status != 200 || got.body != "maria" {
				t.Errorf("after the attack maria gets %d %q", got.status, got.body)
			}
		})
	}
	v.t = t
	v.silence()
	v.modes()
}

// spellings of a path do not open what is shut.
func (v *victim) spellings() {
	c := from("127.0.0.1")
	for _, s := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/rest/api/me", 200},
		{"GET", "/api/m%65/", 200},
		{"GET", "/rest/api/items/7", 200},
		{"GET", "/rest/BOOKings/7", 200},
		{"GET", "/app/public/open.txt", 200},
		{"GET", "/rest/api/ME", 401},
		{"GET", "/rest/api/me;x", 401},
		{"GET", "/rest/api/me.", 401},
		{"GET", "/rest/api/me%20", 401},
		{"GET", "/rest/api/me%00", 404},
		{"GET", "/rest/api/open%2f..%2fsecret", 401},
		{"GET", "/rest/api/open/..%2fsecret", 404},
		{"GET", "/rest/api/open/../secret", 404},
		{"GET", "/rest/api/open/%2e%2e/secret", 404},
		{"GET", "/rest/api/open/.%2e/secret", 404},
		{"GET", "/rest/api/open%5c..%5csecret", 401},
		{"GET", "/rest/api/%c0%ae%c0%ae/secret", 404},
		{"GET", "/rest/api/%252e%252e", 401},
		{"GET", "//rest/api/secret", 404},
		{"GET", "/rest//api/secret", 404},
		{"GET", "/REST/api/secret", 404},
		{"GET", "/rest%2fapi%2fsecret", 404},
		{"GET", "/rest;/api/secret", 404},
		{"GET", "/%72est/api/secret", 401},
		{"HEAD", "/rest/api/secret", 401},
		{"DELETE", "/rest/api/items/7/GET", 401},
		{"DELETE", "/rest/api/items/7/get", 401},
		{"DELETE", "/rest/Bookings/7", 401},
		{"DELETE", "/rest/Bookings/GET", 401},
		{"DELETE", "/rest/Bookings/7/GET", 401},
		{"HEAD", "/rest/openapi.json", 401},
		{"GET", "/rest", 401},
		{"GET", "/rest/openapi%2ejson", 401},
		{"GET", "/app/public/link.txt", 404},
		{"GET", "/app/PUBLIC/shut.txt", 401},
		{"GET", "/app/shut/shut.txt", 401},
		{"GET", "/app/public/../shut/shut.txt", 401},
		{"GET", "/app/public/%2e%2e/shut/shut.txt", 401},
		{"GET", "/app/public/..%2fshut/shut.txt", 401},
		{"GET", "/app/public/..%5cshut%5cshut.txt", 404},
		{"GET", "/app/public//../shut/shut.txt", 401},
		{"GET", "/app/public/%00/../shut/shut.txt", 401},
	} {
		got := v.send(c, s.method, s.path, "")
		if got.status != s.status || strings.Contains(got.body, "top secret") || strings.Contains(got.body, "shut file") || got.body == "deleted" {
			v.t.Errorf("%s %s: %d %q; want %d", s.method, s.path, got.status, got.body, s.status)
		}
	}
	for _, header := range []string{"X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Original-URL: /rest/api/secret", "X-Rewrite-URL: /rest/api/secret"} {
		if got := v.send(c, "GET", "/rest/Bookings/7?_method=DELETE", "", header); got.body != "read" {
			v.t.Errorf("%s: %d %q", header, got.status, got.body)
		}
	}
}

// permissions deny whatever the path is called.
func (v *victim) permissions() {
	c := from("127.0.0.1")
	for path, status := range map[string]int{
		"/rest/api/closed/who":            200,
		"/rest/api/denied/thing":          403,
		"/api/denied/thing":               403,
		"/rest/api/denied/thing/":         403,
		"/rest/api/%64enied/thing":        403,
		"/rest/api/atk/v1/sizes":          403,
		"/rest/api/ATK/V1/Sizes/x":        403,
		"/rest/restlogix/atk/v1/sizes":    403,
		"/restlogix/atk/v1/sizes":         403,
		"/rest/bookings/1":                403,
		"/rest/boo%E2%84%AAings/1":        403, // the sign of Kelvin is a k in lower case
		"/rest/BOOKINGS/1":                403,
		"/app/shut/shut.txt":              403,
		"/app/%73hut/shut.txt":            403,
		"/app/public/open.txt":            200,
		"/rest/api/denied%2fthing":        200, // one segment: of another route
		"/rest/api/%E2%84%AAlosed/nobody": 404,
	} {
		method := "GET"
		if strings.Contains(strings.ToLower(path), "/boo") {
			method = "DELETE" // GET is public
		}
		if got := v.send(c, method, path, "", eve); got.status != status || got.body == "denied thing" || got.body == "deleted" {
			v.t.Errorf("%s %s: %d %q; want %d", method, path, got.status, got.body, status)
		}
	}
}

// injection into headers and the log stays text, or is refused.
func (v *victim) injection() {
	c := from("127.0.0.1")
	for _, value := range []string{"a%0d%0aSet-Cookie:%20x=1", "a%0aSet-Cookie:%20x=1", "a%0dSet-Cookie:%20x=1", "a%00b", "%0d%0a%0d%0a<script>"} {
		for _, path := range []string{"/rest/api/open/header?v=", "/rest/api/open/append?v="} {
			if got := v.send(c, "GET", path+value, ""); got.status != 500 || got.header.Get("Set-Cookie") != "" || strings.Contains(got.body, "script") {
				v.t.Errorf("%s%s: %d %v %q", path, value, got.status, got.header, got.body)
			}
		}
	}
	// What UTF-8 makes of other characters is no line end either.
	if got := v.send(c, "GET", "/rest/api/open/header?v=%c4%8d%c4%8aSet-Cookie:%20x", ""); got.header.Get("Set-Cookie") != "" {
		v.t.Errorf("wide characters became a line end: %v", got.header)
	}
	for _, header := range []string{"X-Request-Id: a b", "X-Request-Id: <script>", "X-Request-Id: a\tb", "X-Request-Id: " + strings.Repeat("a", 200), "Traceparent: 00-<script>-x-01"} {
		got := v.send(c, "GET", "/rest/api/me", "", header)
		if id := got.header.Get("X-Request-Id"); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
			v.t.Errorf("%s: the answer has the id %q", header, id)
		}
	}
	for _, tenant := range []string{"99,01\t;x", "99,01,02", "<script>,01", "99,01'--", strings.Repeat("9", 100)} {
		if got := v.send(c, "GET", "/rest/api/me", "", "tenantId: "+tenant); got.status != 400 || strings.Contains(got.body, "<") {
			v.t.Errorf("tenantId %q: %d %q", tenant, got.status, got.body)
		}
	}
	const line = "2026-01-01T00:00:00.000Z ERROR forged: line"
	if got := v.send(c, "GET", "/rest/api/open/says/"+url.PathEscape("x\n"+line+"\r"+line+"\x1b[31m\u0085\u2028"+line), ""); got.status != 500 || strings.Contains(got.body, "forged") {
		v.t.Errorf("an error with line ends: %d %q", got.status, got.body)
	}
	v.send(c, "GET", "/rest/nothing/"+url.PathEscape("\n"+line), "")
	v.send(c, "GET", "/"+url.PathEscape("\n"+line), "", "User-Agent: "+line, "Referer: "+line)
	for _, text := range strings.Split(logOf(v.d), "\n") {
		if strings.HasPrefix(text, "2026-01-01T") || strings.ContainsAny(text, "\r\x1b") {
			v.t.Errorf("the log has a line of the attacker: %q", text)
		}
	}
}

// origins that only look like one that is allowed are not.
func (v *victim) origins() {
	c := from("127.0.0.1")
	for origin, allowed := range map[string]bool{
		"http://localhost": true, "ionic://localhost": true, "HTTP://LOCALHOST": true,
		"null": false, "https://evil-localhost": false, "http://localhost.evil": false, "http://localhost@evil": false, "http://evil@localhost": false,
		"https://localhost": false, "http://localhost:8080": false, "http://localhost/": false, "http://localhost http://evil": false,
		"http://localhost, http://evil": false, "xionic://localhost": false, "http://localhost%00.evil": false, "http://localhost`.evil": false, "*": false,
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			got := v.send(c, method, "/rest/api/secret", "", "Origin: "+origin, "Access-Control-Request-Method: DELETE")
			if header := got.header.Get("Access-Control-Allow-Origin"); (header != "") != allowed || allowed && header != origin {
				v.t.Errorf("%s of %q: %d, Access-Control-Allow-Origin %q", method, origin, got.status, header)
			}
			if !slices.Contains(got.header.Values("Vary"), "Origin") {
				v.t.Errorf("%s of %q: Vary %q", method, origin, got.header.Values("Vary"))
			}
		}
	}
	if got := v.send(c, "GET", "/rest/api/me", "", "Origin: http://localhost", "Origin: http://evil"); got.header.Get("Access-Control-Allow-Origin") != "" {
		v.t.Error("two origins are as good as one")
	}
}

// smuggling a second request behind one that can be read in two ways is not possible.
func (v *victim) smuggling() {
	const second = "GET /rest/api/secret HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	post := func(headers, body string) string {
		return "POST /rest/api/open/length HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body + second
	}
	get := func(headers string) string { return "GET /rest/api/me HTTP/1.1\r\n" + headers + "\r\n" + second }
	for name, request := range map[string]string{
		"length and chunks":        post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
		"chunks and length":        post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5\r\nhello\r\n0\r\n\r\n"),
		"chunks after a tab":       post("Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
		"chunks and not":           post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
		"unknown coding":           post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
		"two codings":              post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
		"blank before the colon":   post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
		"two lengths":              post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"),
		"a list of lengths":        post("Content-Length: 4, 5\r\n", "abcd"),
		"length with a sign":       post("Content-Length: +4\r\n", "abcd"),
		"length below zero":        post("Content-Length: -1\r\n", ""),
		"length in another base":   post("Content-Length: 0x4\r\n", "abcd"),
		"length beyond all":        post("Content-Length: 99999999999999999999\r\n", "abcd"),
		"line end in a chunk":      post("Transfer-Encoding: chunked\r\n", "5;a\n\r\nhello\r\n0\r\n\r\n"),
		"chunk below zero":         post("Transfer-Encoding: chunked\r\n", "-1\r\n\r\n"),
		"chunk beyond all":         post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n"),
		"two hosts":                get("Host: localhost\r\nHost: evil\r\n"),
		"no host":                  get(""),
		"carriage return in value": get("Host: localhost\r\nX: a\rTransfer-Encoding: chunked\r\n"),
		"zero in value":            get("Host: localhost\r\nX: a\x00b\r\n"),
		"another scheme":           "GET file:///etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n" + second,
	} {
		answer := v.raw(request)
		if n := strings.Count(answer, "HTTP/1.1 "); n != 1 || strings.Contains(answer, "top secret") {
			v.t.Errorf("%s: %d answers; want one and the end of the connection\n%s", name, n, answer)
		}
	}
	// Forms that have one meaning only are read in it.
	for name, request := range map[string]string{
		"folded line":  get("Host: localhost\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n"),
		"absolute URL": "GET http://evil.example/rest/api/me HTTP/1.1\r\nHost: localhost\r\n\r\n" + second,
	} {
		answer := v.raw(request)
		if strings.Count(answer, "HTTP/1.1 200") != 1 || strings.Count(answer, "HTTP/1.1 401") != 1 {
			v.t.Errorf("%s: want both requests answered\n%s", name, answer)
		}
	}
}

// packed returns n zeros as a writer packs them.
func packed(n int64, writer func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := writer(&b)
	io.CopyN(w, zeros{}, n)
	w.Close()
	return b.String()
}

// zeros is a reader without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// sizes beyond the bounds are refused, at once and without filling memory.
func (v *victim) sizes() {
	const bomb = 8 << 20 // four times what a body may have
	zip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	gz := packed(bomb, zip)
	nested := packed(0, func(w io.Writer) io.WriteCloser {
		z := gzip.NewWriter(w)
		io.WriteString(z, gz)
		return z
	})
	deep := strings.Repeat("[", 100_000)
	c := from("127.0.0.1")
	for _, s := range []struct {
		name, path, body string
		status           int
		headers          []string
	}{
		{"gzip", "length", gz, 413, []string{"Content-Encoding: gzip"}},
		{"deflate", "length", packed(bomb, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), 413, []string{"Content-Encoding: deflate"}},
		{"br", "length", packed(bomb, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestSpeed) }), 413, []string{"Content-Encoding: br"}},
		{"gzip in gzip", "length", nested, 415, []string{"Content-Encoding: gzip, gzip"}},
		{"gzip in gzip, in two lines", "length", nested, 415, []string{"Content-Encoding: gzip", "Content-Encoding: gzip"}},
		{"gzip of gzip", "length", nested, 200, []string{"Content-Encoding: gzip"}},
		{"no gzip", "length", "rubbish", 400, []string{"Content-Encoding: gzip"}},
		{"long body", "length", strings.Repeat("x", 2<<20+1), 413, nil},
		{"deep JSON", "json", deep, 400, nil},
		{"deep JSON that ends", "json", deep + strings.Repeat("]", len(deep)), 400, nil},
		{"deep objects", "json", strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000), 400, nil},
		{"long form", "../oauth2/v1/token", strings.Repeat("a=1&", 10_000), 400, []string{"Content-Type: application/x-www-form-urlencoded"}},
		{"many parameters", "json?" + strings.Repeat("a=1&", 1001), "", 400, nil},
		{"long path", "x" + strings.Repeat("a", 9000), "", 404, nil},
	} {
		path := "/rest/api/open/" + s.path
		if after, ok := strings.CutPrefix(s.path, "../"); ok {
			path = "/rest/api/" + after
		}
		if got := v.send(c, "POST", path, s.body, s.headers...); got.status != s.status {
			v.t.Errorf("%s: %d %.100q; want %d", s.name, got.status, got.body, s.status)
		}
	}
	dots := strings.Repeat(".", 100_000)
	for _, header := range []string{"Authorization: Bearer " + dots, "x-totvs-appcode: " + dots} {
		answer := v.raw("GET /rest/api/open/json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + "\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 4") {
			v.t.Errorf("%.20s…: %.60q; want a refusal", header, answer)
		}
	}
	for name, header := range map[string]string{"long": strings.Repeat("a", 1<<20), "many": "a\r\n" + strings.Repeat("X-A: b\r\n", 50_000) + "X-B: b"} {
		if answer := v.raw("GET /rest/api/me HTTP/1.1\r\nHost: localhost\r\nX-C: " + header + "\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.1 431 ") {
			v.t.Errorf("%s header: %.60q; want 431", name, answer)
		}
	}
}

// slowBodies hold neither workers nor others up.
func (v *victim) slowBodies() {
	for range 40 { // ten times as many as there are workers
		c := v.dial("http/1.1")
		defer c.Close()
		io.WriteString(c, "POST /rest/api/open/length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx")
	}
	c := from("127.0.0.1")
	c.Timeout = 5 * time.Second
	for range 10 {
		if got := v.send(c, "POST", "/rest/api/open/length", "body"); got.body != "4" {
			v.t.Errorf("while others are slow: %d %q", got.status, got.body)
		}
	}
}

// rapidReset opens requests and takes them back at once.
func (v *victim) rapidReset() {
	c := v.dial("h2")
	defer c.Close()
	go io.Copy(io.Discard, c)
	w := bufio.NewWriter(c)
	io.WriteString(w, http2.ClientPreface)
	framer := http2.NewFramer(w, nil)
	framer.WriteSettings()
	var header bytes.Buffer
	fields := hpack.NewEncoder(&header)
	for id := uint32(1); id < 10_000; id += 2 {
		header.Reset()
		for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", v.addr}, {":path", "/rest/api/me"}} {
			fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: header.Bytes(), EndHeaders: true, EndStream: true})
		if framer.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			break // the server has had enough
		}
	}
	w.Flush()
	client := from("127.0.0.1")
	client.Timeout = 10 * time.Second
	if got := v.send(client, "GET", "/rest/api/me", ""); got.status != 200 {
		v.t.Errorf("while requests are taken back: %d %q", got.status, got.body)
	}
}

// pair is what the token endpoint gives.
type pair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

const tokenPath = "/rest/api/oauth2/v1/token"

// form sends a form to the token endpoint.
func (v *victim) form(c *http.Client, values url.Values, headers ...string) reply {
	v.t.Helper()
	return v.send(c, "POST", tokenPath, values.Encode(), append(headers, "Content-Type: application/x-www-form-urlencoded")...)
}

func (v *victim) signIn() (p pair) {
	v.t.Helper()
	got := v.form(from("127.0.0.1"), url.Values{"grant_type": {"password"}, "username": {"maria"}, "password": {mariaPassword}})
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || p.Access == "" || p.Refresh == "" {
		v.t.Fatalf("no tokens: %d %q %v", got.status, got.body, err)
	}
	v.keepSecret(p.Access, p.Refresh)
	return p
}

// parts returns header and claims of a token.
func parts(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	for i, to := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, to); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

// tokens that are forged, with the server's own key where that helps, let nobody in.
func (v *victim) tokens() {
	good := v.signIn().Access
	c := from("127.0.0.1")
	bearer := func(token string) reply {
		return v.send(c, "GET", "/rest/api/closed/who", "", "Authorization: Bearer "+token)
	}
	if got := bearer(good); got.body != "maria" {
		v.t.Fatalf("a good token: %d %q", got.status, got.body)
	}
	header, claims := parts(v.t, good)
	m := jwttest.Maker{T: v.t, Key: v.signingKey(header["kid"].(string)), Header: header, Claims: claims, Now: time.Now()}
	if got := bearer(m.Good()); got.body != "maria" {
		v.t.Fatalf("a token by the server's key: %d %q", got.status, got.body)
	}
	forged := m.Forgeries()
	maps.DeleteFunc(forged, noValue)
	forged["of a licence"] = v.code(nil, nil)
	forged["of somebody else"] = m.With(nil, map[string]any{"sub": "x"})
	forged["of no session"] = m.With(nil, map[string]any{"sid": "x"})
	for name, token := range forged {
		if got := bearer(token); got.status < 400 || got.status >= 500 || strings.Contains(got.body, "maria") {
			v.t.Errorf("token %q: %d %q; want a refusal", name, got.status, got.body)
		}
	}
}

// noValue tells whether a forgery cannot be in a header, or is another one there.
func noValue(_, token string) bool {
	return strings.ContainsAny(token, "\r\n\x00") || strings.TrimSpace(token) != token || len(token) > 32<<10
}

// signingKey reads the key with the name from the server's data folder.
func (v *victim) signingKey(id string) *ecdsa.PrivateKey {
	v.t.Helper()
	text, err := os.ReadFile(filepath.Join(v.dir, "data", "signing-keys.json"))
	if err != nil {
		v.t.Fatal(err)
	}
	var file struct {
		Keys []struct {
			ID  string `json:"id"`
			Key []byte `json:"key"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		v.t.Fatal(err)
	}
	for _, k := range file.Keys {
		if k.ID == id {
			key, err := x509.ParsePKCS8PrivateKey(k.Key)
			if err != nil {
				v.t.Fatal(err)
			}
			v.keepSecret(base64.StdEncoding.EncodeToString(k.Key))
			return key.(*ecdsa.PrivateKey)
		}
	}
	v.t.Fatalf("%s has no key %s", text, id)
	return nil
}

func (v *victim) codeMaker() *jwttest.Maker {
	return &jwttest.Maker{
		T: v.t, Key: v.key, Now: time.Now(), Header: map[string]any{"alg": "RS256", "typ": "JWT"},
		Claims: map[string]any{"iss": "mingle/totvs", "x-totvs-app": "4093", "exp": time.Now().Add(time.Hour).Unix()},
	}
}

// code returns a licence code.
func (v *victim) code(header, claims map[string]any) string {
	return v.codeMaker().With(header, claims)
}

// codes of licences that are forged are refused, and do not count as none.
func (v *victim) codes() {
	c := from("127.0.0.1")
	ask := func(code string) reply { return v.send(c, "GET", "/rest/api/me", "", "x-totvs-appcode: "+code) }
	if got := ask(v.code(nil, nil)); got.status != 200 {
		v.t.Fatalf("a good code: %d %q", got.status, got.body)
	}
	good := v.code(nil, nil)
	forged := v.codeMaker().Forgeries()
	maps.DeleteFunc(forged, noValue)
	for name, code := range forged {
		if got := ask(code); got.status < 400 || got.status >= 500 {
			v.t.Errorf("code %q: %d %q; want a refusal", name, got.status, got.body)
		}
	}
	if got := v.send(c, "GET", "/rest/api/me", "", "x-totvs-appcode: "+good, "x-totvs-appcode: rubbish"); got.status != 403 {
		v.t.Errorf("two codes: %d; want 403", got.status)
	}
}

// grants are given for one set of credentials of one kind only.
func (v *victim) grants() {
	c := from("127.0.0.2")
	p := v.signIn()
	word := url.Values{"grant_type": {"password"}, "username": {"maria"}, "password": {mariaPassword}}
	with := func(name string, values ...string) url.Values {
		changed := maps.Clone(word)
		changed[name] = values
		return changed
	}
	for name, got := range map[string]reply{
		"no grant":                       v.form(c, with("grant_type")),
		"unknown grant":                  v.form(c, with("grant_type", "client_credentials")),
		"two grants":                     v.form(c, with("grant_type", "password", "refresh_token")),
		"refresh token as password":      v.form(c, with("password", p.Refresh)),
		"access token to renew":          v.form(c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {p.Access}}),
		"password as refresh token":      v.form(c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {mariaPassword}}),
		"two users":                      v.form(c, with("username", "maria", "eve")),
		"two passwords":                  v.form(c, with("password", mariaPassword, "x")),
		"name in the URL and the form":   v.send(c, "POST", tokenPath+"?username=eve", word.Encode(), "Content-Type: application/x-www-form-urlencoded"),
		"JSON":                           v.send(c, "POST", tokenPath, `{"grant_type":"password","username":"maria","password":"`+mariaPassword+`"}`, "Content-Type: application/json"),
		"GET":                            v.send(c, "GET", tokenPath+"?"+word.Encode(), ""),
		"statement as name":              v.form(c, with("username", "' OR 1=1 --")),
		"another statement":              v.form(c, with("username", `maria'; DROP TABLE users; --`)),
		"wildcard as name":               v.form(c, with("username", "%")),
		"name with a zero":               v.form(c, with("username", "maria\x00")),
		"name with blanks and a newline": v.form(c, with("username", "maria\n")),
	} {
		if got.status < 400 || got.status >= 500 || strings.Contains(got.body, "access_token") {
			v.t.Errorf("%s: %d %q; want a refusal", name, got.status, got.body)
		}
		if got.header.Get("Cache-Control") != "no-store" {
			v.t.Errorf("%s: Cache-Control %q", name, got.header.Get("Cache-Control"))
		}
	}
	for name, headers := range map[string][]string{
		"two Authorizations":  {maria, "Authorization: Bearer " + p.Access},
		"two of one kind":     {maria, maria},
		"refresh token":       {"Authorization: Bearer " + p.Refresh},
		"other scheme":        {"Authorization: Negotiate " + p.Access},
		"nothing":             {"Authorization: "},
		"Basic without colon": {"Authorization: Basic bWFyaWE="},
		"statement as name":   {basicOf("' OR '1'='1", mariaPassword)},
		"forwarded address":   {"X-Forwarded-For: 127.0.0.1", "X-Real-Ip: 127.0.0.1", "Forwarded: for=127.0.0.1"},
		"token in the query":  {"X-Access-Token: " + p.Access},
	} {
		got := v.send(c, "GET", "/rest/api/closed/who?access_token="+p.Access, "", headers...)
		if got.status != 401 && got.status != 400 {
			v.t.Errorf("%s: %d %q; want a refusal", name, got.status, got.body)
		}
	}
}

// replay of a refresh token ends the session, also if all come at once.
func (v *victim) replay() {
	c := from("127.0.0.1")
	p := v.signIn()
	renew := func(token string) (reply, pair) {
		var next pair
		got := v.form(c, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
		_ = json.Unmarshal([]byte(got.body), &next) // of a refusal: no tokens
		if next.Access != "" {
			v.keepSecret(next.Access, next.Refresh)
		}
		return got, next
	}
	var racers sync.WaitGroup
	won := make(chan pair, 10)
	for range cap(won) {
		racers.Go(func() {
			if got, next := renew(p.Refresh); got.status == 200 {
				won <- next
			}
		})
	}
	racers.Wait()
	close(won)
	if len(won) > 1 {
		v.t.Errorf("one refresh token was taken %d times", len(won))
	}
	for _, token := range []string{p.Access, (<-won).Access} {
		if got := v.send(c, "GET", "/rest/api/closed/who", "", "Authorization: Bearer "+token); got.status != 401 {
			v.t.Errorf("a token of a session that was stolen: %d; want 401", got.status)
		}
	}
}

// enumeration of users by what is answered, or by when, is not possible.
func (v *victim) enumeration() {
	v.command("", "user", "block", "eve", "--reason", "test")
	defer v.command("", "user", "unblock", "eve")
	fixed := func(h http.Header) http.Header {
		h = h.Clone()
		h.Del("Date")
		h.Del("X-Request-Id")
		return h
	}
	quickest := map[string]time.Duration{}
	var first map[string]reply
	for round := range 2 {
		c := from(fmt.Sprintf("127.0.1.%d", round+1))
		answers := map[string]reply{}
		for name, password := range map[string]string{"maria": "wrong password", "nobody": "wrong password", "eve": evePassword} {
			begun := time.Now()
			answers[name] = v.send(c, "GET", "/rest/api/closed/who", "", basicOf(name, password))
			if d := time.Since(begun); quickest[name] == 0 || d < quickest[name] {
				quickest[name] = d
			}
			answers["token of "+name] = v.form(c, url.Values{"grant_type": {"password"}, "username": {name}, "password": {password}})
		}
		if round == 0 {
			first = answers
		}
	}
	for name, got := range first {
		like := first["maria"]
		if strings.HasPrefix(name, "token") {
			like = first["token of maria"]
		}
		if got.status != 401 || got.body != like.body || !maps.EqualFunc(fixed(got.header), fixed(like.header), slices.Equal) {
			v.t.Errorf("%s: %d %q %v; want 401 %q %v", name, got.status, got.body, got.header, like.body, like.header)
		}
	}
	for name, d := range quickest {
		const factor = 8 // without a hash it would be forty
		if d*factor < quickest["maria"] || quickest["maria"]*factor < d {
			v.t.Errorf("the refusal of %s takes %v, that of maria %v", name, d, quickest["maria"])
		}
	}
}

// lockOut of a user by a stranger is not possible; nor are guesses without end, whatever
// addresses a client claims.
func (v *victim) lockOut() {
	stranger := from("127.0.2.1")
	statuses := map[int]int{}
	begun := time.Now()
	for n := range 25 {
		got := v.send(stranger, "GET", "/rest/api/closed/who", "", basicOf("maria", fmt.Sprint("guess ", n)), fmt.Sprintf("X-Forwarded-For: 10.0.0.%d", n))
		statuses[got.status]++
		if got.status == 429 && got.header.Get("Retry-After") == "" {
			v.t.Error("429 without Retry-After")
		}
	}
	took := time.Since(begun)
	const burst, pause = 10, 6 * time.Second // docs/security.md
	if most := burst + 1 + int(took/pause); statuses[401] > most || statuses[401]+statuses[429] != 25 {
		v.t.Errorf("25 guesses in %v were answered %v; want %d of them checked at most", took, statuses, most)
	}
	for n := range 8 { // and from many addresses
		v.send(from(fmt.Sprintf("127.0.3.%d", n+1)), "GET", "/rest/api/closed/who", "", basicOf("maria", fmt.Sprint("guess ", n)))
	}
	if got := v.send(from("127.0.3.200"), "GET", "/rest/api/closed/who", "", maria); got.status != 401 {
		v.t.Errorf("after guesses from everywhere the right one is answered %d to a stranger: there is no end of guessing", got.status)
	}
	if got := v.send(from("127.0.0.1"), "GET", "/rest/api/closed/who", "", basicOf("maria", mariaPassword)); got.status != 200 {
		v.t.Errorf("guesses of strangers keep maria out of where she works: %d", got.status)
	}
}

// flood of logins does not keep those out who are in.
func (v *victim) flood() {
	p := v.signIn()
	ctx, stop := context.WithCancel(v.t.Context())
	var flooders sync.WaitGroup
	for n := range 30 {
		c := from(fmt.Sprintf("127.0.4.%d", n+1))
		flooders.Go(func() {
			for ctx.Err() == nil {
				r, err := http.NewRequestWithContext(ctx, "GET", "https://"+v.addr+"/rest/api/closed/who", nil)
				if err != nil {
					v.t.Error(err)
					return
				}
				r.SetBasicAuth(fmt.Sprint("user", n), "wrong password")
				if answer, err := c.Do(r); err == nil {
					answer.Body.Close()
				}
			}
		})
	}
	c := from("127.0.0.1")
	slowest := time.Duration(0)
	for n := range 40 {
		credentials := maria
		if n%2 == 0 {
			credentials = "Authorization: Bearer " + p.Access
		}
		begun := time.Now()
		if got := v.send(c, "GET", "/rest/api/closed/who", "", credentials); got.status != 200 {
			v.t.Errorf("during the flood: %d %q", got.status, got.body)
		}
		slowest = max(slowest, time.Since(begun))
	}
	stop()
	flooders.Wait()
	if slowest > patience/2 {
		v.t.Errorf("during the flood a request took %v", slowest)
	}
}

// descriptions of services tell nothing without a user, and hold no markup of programs.
func (v *victim) descriptions() {
	c := from("127.0.0.1")
	for _, path := range []string{"/rest", "/rest/", "/rest/openapi.json", "/rest/openapi", "/rest/openapi/page.js", "/rest/appserver/version", "/rest/tlpp/environment"} {
		got := v.send(c, "GET", path, "", "Accept: text/html")
		if got.status != 401 || strings.Contains(strings.ToLower(got.body), "bookings") {
			v.t.Errorf("%s without a user: %d %q", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/rest", "/rest/openapi"} {
		got := v.send(c, "GET", path, "", maria, "Accept: text/html")
		if got.status != 200 || strings.Contains(got.body, "<script>") || strings.Contains(got.body, "<img") || !strings.Contains(got.body, "&lt;img") {
			v.t.Errorf("%s: %d; want the programs' texts as texts\n%s", path, got.status, got.body)
		}
		if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			v.t.Errorf("%s: Content-Security-Policy %q", path, policy)
		}
	}
}

// redirects do not repeat what clients have put into the URL.
func (v *victim) redirects() {
	c := from("127.0.0.1")
	query := "?grant_type=password&username=maria&password=" + url.QueryEscape(mariaPassword)
	for _, path := range []string{"/" + tokenPath, "/x/.." + tokenPath, "/rest/." + tokenPath, tokenPath + "/", "//evil.example" + tokenPath} {
		got := v.send(c, "POST", path+query, "")
		if got.status/100 == 3 || got.header.Get("Location") != "" || strings.Contains(got.body, "password=") {
			v.t.Errorf("%s: %d to %q %q", path, got.status, got.header.Get("Location"), got.body)
		}
	}
}

// silence: no log has a password, a token or a user's name.
func (v *victim) silence() {
	log := logOf(v.d)
	for _, secret := range v.secrets {
		if strings.Contains(log, secret) {
			v.t.Errorf("the log has the secret %.20q…", secret)
		}
	}
	for _, text := range []string{"guess ", "correct horse", "maria", "grant_type", "Authorization", "Basic ", "Bearer "} {
		for line := range strings.Lines(log) {
			if strings.Contains(line, text) {
				v.t.Errorf("the log has %q: %s", text, line)
				break
			}
		}
	}
}

// modes: nobody else on the machine can read what the server keeps.
func (v *victim) modes() {
	data := filepath.Join(v.dir, "data")
	err := filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			v.t.Errorf("%s has the mode %v", path, info.Mode())
		}
		if e.IsDir() && path != data { // its mode guards what is in it
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		v.t.Error(err)
	}
}
