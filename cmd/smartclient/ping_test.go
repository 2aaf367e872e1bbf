package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"appserver/internal/smartclient"
)

const day = 24 * time.Hour

// lifetimes of certificates, from now.
var valid = [2]time.Duration{-day, 30 * day}

func TestPingTLS(t *testing.T) {
	tests := []struct {
		name   string
		ca     [2]time.Duration
		leaf   [2]time.Duration
		args   []string
		noCA   bool
		exit   int
		want   []code
		advice string
	}{
		{name: "trusted", exit: exitOK},
		{name: "by name", args: []string{"--server-name", "localhost"}, exit: exitOK},
		{name: "without ALPN", args: []string{"--no-alpn"}, exit: exitOK},
		{name: "unknown authority", noCA: true, exit: exitFailed, want: []code{codeUnknownAuthority}, advice: "/webapp/ca.crt or ask the server's operator"},
		{name: "ignored", noCA: true, args: []string{"--insecure"}, exit: exitOK, want: []code{codeUnknownAuthority}},
		{name: "other name", args: []string{"--server-name", "erp.example.com"}, exit: exitFailed, want: []code{codeNameMismatch}, advice: "one of these names"},
		{name: "expired", leaf: [2]time.Duration{-30 * day, -day}, exit: exitFailed, want: []code{codeExpired}, advice: "Renew"},
		{name: "not yet valid", ca: [2]time.Duration{-day, 90 * day}, leaf: [2]time.Duration{30 * day, 60 * day}, exit: exitFailed, want: []code{codeNotYetValid}, advice: "clock"},
		{name: "authority expired", ca: [2]time.Duration{-30 * day, -day}, exit: exitFailed, want: []code{codeExpired}, advice: "Renew"},
		{
			name: "all at once", leaf: [2]time.Duration{-30 * day, -day}, noCA: true, args: []string{"--server-name", "x"},
			exit: exitFailed, want: []code{codeExpired, codeUnknownAuthority, codeNameMismatch},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Whoever is expired now was not when it was issued.
			if tt.leaf == [2]time.Duration{} {
				tt.leaf = valid
			}
			if tt.ca == [2]time.Duration{} {
				tt.ca = [2]time.Duration{-60 * day, 60 * day}
			}
			now := time.Now()
			ca := newAuthority(t, now.Add(tt.ca[0]), now.Add(tt.ca[1]))
			cert := ca.issue(t, now.Add(tt.leaf[0]), now.Add(tt.leaf[1]))
			address, _ := appserver(t, tls.NewListener(listen(t), &tls.Config{
				Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", smartclient.ALPN},
			}))
			args := append([]string{"ping", "-o", "json", "-n", "2", "--interval", "1ms", address}, tt.args...)
			if !tt.noCA {
				args = append(args, "--ca", ca.file)
			}
			exit, r := pingJSON(t, args...)
			if exit != tt.exit || r.OK != (tt.exit == exitOK) || !slices.Equal(codes(r), tt.want) {
				t.Errorf("run(%q) = %d, ok %v, problems %v; want %d, %v", args, exit, r.OK, r.Problems, tt.exit, tt.want)
			}
			checkReport(t, r, address, slices.Contains(tt.args, "--no-alpn"))
			if tt.advice != "" && !strings.Contains(r.Problems[0].Advice, tt.advice) {
				t.Errorf("advice = %q; want one with %q", r.Problems[0].Advice, tt.advice)
			}
		})
	}
}

// checkReport checks what is the same for every certificate.
func checkReport(t *testing.T, r *report, address string, noALPN bool) {
	t.Helper()
	wantALPN := smartclient.ALPN
	if noALPN {
		wantALPN = ""
	}
	if r.Address != address || r.TLS == nil || r.TLS.Version != "TLS 1.3" || r.TLS.KeyExchange == "" || r.TLS.ALPN != wantALPN {
		t.Errorf("address %s, TLS %+v; want %s, TLS 1.3, ALPN %q", r.Address, r.TLS, address, wantALPN)
	}
	c := r.Certificate
	if c == nil || !slices.Equal(c.Names, []string{"localhost", "127.0.0.1"}) || c.Issuer != "CN=Test CA" || len(c.Fingerprint) != 64 {
		t.Errorf("certificate %+v; want that of the test", c)
	}
	if want := codes(r); len(want) > 0 && !slices.Equal(c.Verdict, want) || len(want) == 0 && c.Verdict[0] != verdictTrusted {
		t.Errorf("verdict %v; want %v", c.Verdict, want)
	}
	if s := r.Server; s == nil || *s != (serverReport{"appserver", "9.8.7", 1, 90000}) {
		t.Errorf("server %+v; want appserver 9.8.7, protocol 1", s)
	}
	if p := r.Pings; p == nil || p.Sent != 2 || p.Answered != 2 || p.MinMs <= 0 || p.MinMs > p.AvgMs || p.AvgMs > p.MaxMs {
		t.Errorf("pings %+v; want two answered", p)
	}
}

func codes(r *report) []code {
	var list []code
	for _, p := range r.Problems {
		list = append(list, p.Code)
	}
	return list
}

func pingJSON(t *testing.T, args ...string) (exit int, r *report) {
	t.Helper()
	exit, stdout, stderr := invoke(t, args...)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || stderr != "" {
		t.Fatalf("run(%q) = %d, %q, stderr %q: %v; want JSON", args, exit, stdout, stderr, err)
	}
	return exit, r
}

// What the command makes of servers that are not what it looks for.
func TestPingProblems(t *testing.T) {
	now := time.Now()
	ca := newAuthority(t, now.Add(-60*day), now.Add(60*day))
	cert := []tls.Certificate{ca.issue(t, now.Add(-day), now.Add(30*day))}
	const http400 = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
	errorFrame := func(code, message string) string { return string(smartclient.RefusalFrame(code, message)) }
	silent := func(net.Conn) {}
	closing := func(nc net.Conn) {
		_, _ = nc.Read(make([]byte, 4096))
		_ = nc.(interface{ CloseWrite() error }).CloseWrite()
	}
	plain := []string{"--plain"}
	quick := []string{"--timeout", "100ms"}
	trusting := []string{"--ca", ca.file}

	tests := []struct {
		name   string
		server func(net.Conn)
		args   []string
		exit   int
		want   code
		text   string // in the message
	}{
		{"silent to TLS", silent, quick, exitUnreachable, codeTLSTimeout, "within 100ms"},
		{"silent to SmartClient", silent, append(quick, plain...), exitUnreachable, codeAnswerTimeout, ""},
		{"plain SmartClient", saying(errorFrame(smartclient.CodeBadPreamble, "")), nil, exitFailed, codePlainSmartClient, ""},
		{"plain HTTP", saying(http400), nil, exitFailed, codePlainHTTP, ""},
		{"SSH", saying("SSH-2.0-OpenSSH_9.2\r\n"), nil, exitFailed, codeNotTLS, "53 53 48 2d 32"},
		{"closes in the handshake", closing, nil, exitFailed, codeTLSClosed, ""},
		{"TLS too old", behindTLS(&tls.Config{Certificates: cert, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, silent), nil, exitFailed, codeTLSVersion, "neither TLS 1.2 nor TLS 1.3"},
		{"other ALPN", behindTLS(&tls.Config{Certificates: cert, NextProtos: []string{"h2"}}, silent), nil, exitFailed, codeALPN, ""},
		{"no cipher in common", behindTLS(&tls.Config{Certificates: cert, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, silent), nil, exitFailed, codeTLSRefused, ""},
		{"client certificate, TLS 1.3", behindTLS(&tls.Config{Certificates: cert, ClientAuth: tls.RequireAnyClientCert}, silent), trusting, exitFailed, codeClientCertificate, ""},
		{"client certificate, TLS 1.2", behindTLS(&tls.Config{Certificates: cert, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, silent), trusting, exitFailed, codeClientCertificate, ""},
		{"HTTPS", behindTLS(&tls.Config{Certificates: cert}, saying(http400)), trusting, exitFailed, codeHTTPServer, ""},
		{"closes after the handshake", behindTLS(&tls.Config{Certificates: cert}, closing), trusting, exitFailed, codeClosed, ""},
		{"HTTP, --plain", saying(http400), plain, exitFailed, codeHTTPServer, ""},
		{"TLS, --plain", behindTLS(&tls.Config{Certificates: cert}, silent), plain, exitFailed, codeTLSServer, ""},
		{"TLS with an alert, --plain", saying("\x15\x03\x01\x00\x02\x02\x0a"), plain, exitFailed, codeTLSServer, ""},
		{"TLS-only port, --plain", saying(errorFrame(smartclient.CodeTLSRequired, "use TLS")), plain, exitFailed, codeTLSRequired, "it says: use TLS"},
		{"TLS-only port that says nothing more", saying(errorFrame(smartclient.CodeTLSRequired, "")), plain, exitFailed, codeTLSRequired, "inside TLS only"},
		{"busy", saying(errorFrame(smartclient.CodeBusy, "too many connections")), plain, exitFailed, codeServerRefuses, "refuses: busy: too many connections"},
		{"refused", saying(errorFrame(smartclient.CodeRefused, "")), plain, exitFailed, codeServerRefuses, "refuses: refused"},
		{"going away", saying("\x00\x00\x00\x18\x06" + `{"reason":"going-away"}`), plain, exitFailed, codeGoingAway, "is stopping: going-away"},
		{"closes", closing, plain, exitFailed, codeClosed, ""},
		{"MySQL", saying("\x4a\x00\x00\x00\x0a8.0.36"), plain, exitFailed, codeForeign, "4a 00 00 00 0a"},
		{"nonsense in frames", saying("\x00\x00\x00\x01\x04"), plain, exitFailed, codeBroken, "breaks the protocol"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := answering(t, tt.server)
			exit, r := pingJSON(t, append([]string{"ping", "-o", "json", address}, tt.args...)...)
			if len(r.Problems) == 0 {
				t.Fatalf("exit %d, no problems; want %d, %s", exit, tt.exit, tt.want)
			}
			// A certificate that is not trusted may come before.
			last := r.Problems[len(r.Problems)-1]
			if exit != tt.exit || last.Code != tt.want || !strings.Contains(last.Message, tt.text) {
				t.Errorf("exit %d, %+v; want %d, %s with %q", exit, last, tt.exit, tt.want, tt.text)
			}
			for _, p := range r.Problems {
				if strings.ContainsAny(p.Message+p.Advice, "{}") || p.Advice == "" {
					t.Errorf("problem %+v is not filled in", p)
				}
			}
		})
	}
}

func TestPingOtherVersion(t *testing.T) {
	body := `{"code":"unsupported-version","protocol":{"min":7,"max":9}}`
	address := answering(t, saying("\x00\x00\x00"+string(rune(len(body)+1))+"\x05"+body))
	_, r := pingJSON(t, "ping", "-o", "json", "--plain", address)
	if got := r.Problems[0]; got.Code != codeVersion || !strings.Contains(got.Message, "7 to 9") {
		t.Errorf("problem %+v; want %s with the server's range", got, codeVersion)
	}
}

func TestPingNothingListens(t *testing.T) {
	c, err := net.Dial("tcp", listen(t).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	address := c.LocalAddr().String() // nothing listens there, nor can
	exit, r := pingJSON(t, "ping", "-o", "json", address)
	if exit != exitUnreachable || !slices.Equal(codes(r), []code{codeRefused}) || r.Address != "" ||
		!strings.Contains(r.Problems[0].Advice, "[TCP] Port (or [SSL] Port)") {
		t.Errorf("run = %d, %+v; want %d, %s", exit, r, exitUnreachable, codeRefused)
	}
}

// A server of net/http is told apart whichever way it is reached.
func TestPingWebServer(t *testing.T) {
	now := time.Now()
	ca := newAuthority(t, now.Add(-60*day), now.Add(60*day))
	cert := ca.issue(t, now.Add(-day), now.Add(30*day))
	serve := func(secure bool) string {
		ln := listen(t)
		address := ln.Addr().String()
		s := &http.Server{ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}}
		ended := make(chan error, 1)
		go func() {
			if secure {
				ended <- s.ServeTLS(ln, "", "")
				return
			}
			ended <- s.Serve(ln)
		}()
		t.Cleanup(func() {
			s.Close()
			<-ended
		})
		return address
	}
	plain, secure := serve(false), serve(true)
	tests := []struct {
		args []string
		want code
	}{
		{[]string{plain}, codePlainHTTP},
		{[]string{plain, "--plain", "--timeout", "1s"}, codeHTTPServer},
		{[]string{secure}, codeALPN},
		{[]string{secure, "--no-alpn", "--timeout", "1s"}, codeHTTPServer},
		{[]string{secure, "--plain"}, codeTLSServer},
	}
	for _, tt := range tests {
		_, r := pingJSON(t, append([]string{"ping", "-o", "json"}, tt.args...)...)
		if got := r.Problems[len(r.Problems)-1].Code; got != tt.want {
			t.Errorf("ping %v = %s; want %s", tt.args, got, tt.want)
		}
	}
}

func TestPingText(t *testing.T) {
	now := time.Now()
	ca := newAuthority(t, now.Add(-60*day), now.Add(60*day))
	cert := ca.issue(t, now.Add(-day), now.Add(30*day+time.Hour))
	address, _ := appserver(t, tls.NewListener(listen(t), &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{smartclient.ALPN}}))

	exit, stdout, stderr := invoke(t, "ping", "-n", "1", "--ca", ca.file, address)
	for _, want := range []string{
		"Connected to " + address, "  TLS              1.3, TLS_", "  ALPN             smartclient/1\n", "  Certificate      trusted\n",
		"    subject        CN=Test �[2Jserver", "    names          localhost, 127.0.0.1\n", "    issuer         CN=Test CA\n",
		"(in 30 days)", "  Server           appserver 9.8.7\n", "  Protocol         1\n", "answer 1 from " + address, "1 sent, 1 answered",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("report lacks %q", want)
		}
	}
	if exit != exitOK || stderr != "" || strings.Contains(stdout, "\x1b") || strings.ContainsAny(stdout, "{}") {
		t.Errorf("run = %d, %s, stderr %q; want 0, a clean report, nothing", exit, stdout, stderr)
	}

	exit, stdout, _ = invoke(t, "ping", "-n", "1", "--insecure", "--no-alpn", "--server-name", "x", address)
	for _, want := range []string{
		"Certificate      unknown-authority, name-mismatch (ignored: --insecure)", "ALPN             not offered",
		"Note: the certificate was issued by an authority that is not trusted here: CN=Test CA\n",
		"Note: the certificate is not for x; it is for localhost, 127.0.0.1\n",
		"https://" + address + "/webapp/ca.crt",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("report lacks %q in:\n%s", want, stdout)
		}
	}
	if exit != exitOK || strings.Contains(stdout, "Problem: ") {
		t.Errorf("run = %d, %s; want 0 and no problem", exit, stdout)
	}

	exit, stdout, _ = invoke(t, "ping", "-n", "1", address)
	if want := "Problem: the certificate was issued by"; exit != exitFailed || !strings.Contains(stdout, want) {
		t.Errorf("run = %d, %s; want %d and %q", exit, stdout, exitFailed, want)
	}
}

// Where there was no TLS because the handshake failed, the report does not say
// that the connection is plain: none came about.
func TestPingTextFailedHandshake(t *testing.T) {
	address := answering(t, saying("SSH-2.0-OpenSSH_9.2\r\n"))
	exit, stdout, _ := invoke(t, "ping", address)
	want := "Connected to " + address + "\nProblem: "
	if exit != exitFailed || !strings.HasPrefix(stdout, want) || strings.Contains(stdout, "encrypted") {
		t.Errorf("run = %d, %s; want %d, %q and nothing on encryption", exit, stdout, exitFailed, want)
	}
}

func TestPingTextPlain(t *testing.T) {
	address, _ := appserver(t, listen(t))
	exit, stdout, _ := invoke(t, "ping", "-n", "1", "--plain", address)
	if exit != exitOK || !strings.Contains(stdout, "this connection is not encrypted") || strings.Contains(stdout, "Certificate") {
		t.Errorf("run = %d, %s; want 0, that the connection is not encrypted", exit, stdout)
	}
}
