package httpport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestPanicBeforeTheAnswer(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, tlsHTTP2} {
		t.Run(tr.name, func(t *testing.T) {
			log, logs := observed(zap.ErrorLevel)
			var panics atomic.Int32
			addr := tr.start(t, New(Config{
				Log: log, Panicked: func() { panics.Add(1) },
				Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Length", "9999")
					w.Header().Set("Set-Cookie", "half=done")
					panic("boom")
				}),
			}))
			client := tr.client(t, addr)
			resp := get(t, client, tr.url("/fault"))
			if resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("answer %d with Set-Cookie %q; want 500 without", resp.StatusCode, resp.Header.Get("Set-Cookie"))
			}
			if strings.Contains(resp.body, "boom") {
				t.Errorf("body %q tells the peer about the panic", resp.body)
			}
			get(t, client, tr.url("/fault")) // the server goes on
			wantPanicLogged(t, logs.FilterMessage("panic in an HTTP handler").TakeAll(), 2)
			if got := panics.Load(); got != 2 {
				t.Errorf("Panicked was called %d times; want 2", got)
			}
		})
	}
}

func wantPanicLogged(t *testing.T, entries []observer.LoggedEntry, n int) {
	t.Helper()
	if len(entries) != n {
		t.Fatalf("%d lines about panics; want %d", len(entries), n)
	}
	fields := entries[0].ContextMap()
	if stack := fmt.Sprint(fields["stack"]); fields["panic"] != "boom" || !strings.Contains(stack, "_test.go:") {
		t.Errorf("logged panic %v with stack %s; want boom and the place of the fault", fields["panic"], stack)
	}
}

func TestPanicInsideTheAnswer(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, tlsHTTP2} {
		t.Run(tr.name, func(t *testing.T) {
			log, logs := observed(zap.InfoLevel)
			addr := tr.start(t, New(Config{Log: log, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				panic("boom")
			})}))
			resp, err := tr.client(t, addr).Get(tr.url("/fault"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err == nil {
				t.Errorf("body %q ended well; want an error", body)
			}
			entries := logs.FilterMessage("request").TakeAll()
			if len(entries) != 1 || entries[0].ContextMap()["aborted"] != true {
				t.Errorf("access lines %v; want one with aborted", entries)
			}
		})
	}
}

func TestAbortIsNoFault(t *testing.T) {
	log, logs := observed(zap.DebugLevel)
	addr := plainHTTP1.start(t, New(Config{Log: log, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	})}))
	c := dialRaw(t, addr, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	c.wantClosed()
	if got := logs.FilterLevelExact(zap.ErrorLevel).Len(); got != 0 {
		t.Errorf("%d errors logged; want none", got)
	}
}

func TestAccessLog(t *testing.T) {
	for _, test := range []struct {
		tr                       transport
		method, path             string
		status, bytes            int64
		level                    zapcore.Level
		wantPath, proto, tlsName string
	}{
		{plainHTTP1, "GET", "/page?password=secret", 200, 5, zap.InfoLevel, "/page", "HTTP/1.1", "none"},
		{plainHTTP1, "HEAD", "/page", 200, 0, zap.InfoLevel, "/page", "HTTP/1.1", "none"},
		{tlsHTTP1, "GET", "/missing", 404, 19, zap.InfoLevel, "/missing", "HTTP/1.1", "TLS 1.3"},
		{tlsHTTP2, "GET", "/page", 200, 5, zap.InfoLevel, "/page", "HTTP/2.0", "TLS 1.3"},
		{tlsHTTP2, "GET", "/empty", 200, 0, zap.InfoLevel, "/empty", "HTTP/2.0", "TLS 1.3"},
		{plainHTTP1, "GET", "/of/maria", 200, 0, zap.InfoLevel, "/of/:name", "HTTP/1.1", "none"},
		{tlsHTTP2, "GET", "/of/maria", 200, 0, zap.InfoLevel, "/of/:name", "HTTP/2.0", "TLS 1.3"},
		{plainHTTP1, "GET", "/healthz", 404, 19, zap.DebugLevel, "/healthz", "HTTP/1.1", "none"},
		{plainHTTP1, "GET", "/readyz", 404, 19, zap.DebugLevel, "/readyz", "HTTP/1.1", "none"},
		{plainHTTP1, "TRACE", "/page", 405, -1, zap.InfoLevel, "/page", "HTTP/1.1", "none"},
		{plainHTTP1, "GET", "/" + strings.Repeat("x", 2000), 404, 19, zap.InfoLevel, "/" + strings.Repeat("x", maxLoggedPath-1) + "…", "HTTP/1.1", "none"},
	} {
		t.Run(test.tr.name+" "+test.method+" "+test.path[:2], func(t *testing.T) {
			log, logs := observed(zap.DebugLevel)
			mux := http.NewServeMux()
			mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
			mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
			mux.HandleFunc("/of/", func(w http.ResponseWriter, _ *http.Request) {
				w.(interface{ NotePath(string) }).NotePath("/of/:name")
			})
			srv := New(Config{Handler: mux, Log: log})
			req, err := http.NewRequest(test.method, test.tr.url(test.path), nil)
			if err != nil {
				t.Fatal(err)
			}
			do(t, test.tr.client(t, test.tr.start(t, srv)), req)
			if err := srv.Shutdown(t.Context()); err != nil { // the line comes after the answer
				t.Fatal(err)
			}
			entries := logs.FilterMessage("request").TakeAll()
			if len(entries) != 1 {
				t.Fatalf("%d lines; want 1", len(entries))
			}
			got := entries[0].ContextMap()
			if test.bytes < 0 {
				test.bytes = got["bytes"].(int64)
			}
			want := map[string]any{
				"method": test.method, "path": test.wantPath, "proto": test.proto,
				"status": test.status, "bytes": test.bytes, "tls": test.tlsName,
			}
			for k, v := range want {
				if got[k] != v {
					t.Errorf("%s = %v; want %v", k, got[k], v)
				}
			}
			if entries[0].Level != test.level {
				t.Errorf("level = %v; want %v", entries[0].Level, test.level)
			}
			if host, _, err := net.SplitHostPort(fmt.Sprint(got["remote"])); err != nil || host != "127.0.0.1" {
				t.Errorf("remote = %v; want 127.0.0.1 and a port", got["remote"])
			}
			if all := fmt.Sprint(got); strings.Contains(all, "secret") {
				t.Errorf("line %s holds the query", all)
			}
		})
	}
}

func TestAccessLogNamesTheProxy(t *testing.T) {
	log, logs := observed(zap.InfoLevel)
	srv := New(Config{Handler: http.NotFoundHandler(), Log: log, TrustedProxies: prefixes("127.0.0.0/8")})
	c := dialRaw(t, plainHTTP1.start(t, srv), "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
	c.answer("GET")
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := logs.FilterMessage("request").TakeAll()[0].ContextMap()
	if got["remote"] != "192.0.2.7:0" || !strings.HasPrefix(fmt.Sprint(got["proxy"]), "127.0.0.1:") {
		t.Errorf("remote = %v, proxy = %v; want 192.0.2.7:0 and 127.0.0.1", got["remote"], got["proxy"])
	}
}

func TestBodyLimit(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})
	for _, test := range []struct {
		name, send string
		status     int
	}{
		{"fits", "Content-Length: 10\r\n\r\n0123456789", 200},
		{"announced", "Content-Length: 11\r\n\r\n0123456789X", 413},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789X\r\n0\r\n\r\n", 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr := plainHTTP1.start(t, New(Config{Handler: handler, Log: zap.NewNop(), MaxBodyBytes: 10}))
			c := dialRaw(t, addr, "POST / HTTP/1.1\r\nHost: a\r\n"+test.send)
			resp, _ := c.answer("POST")
			if resp.StatusCode != test.status {
				t.Errorf("status = %d; want %d", resp.StatusCode, test.status)
			}
			if wantClose := test.status != 200; resp.Close != wantClose {
				t.Errorf("close = %v; want %v", resp.Close, wantClose)
			}
		})
	}
}

func TestHeaderLimit(t *testing.T) {
	addr := plainHTTP1.start(t, New(Config{Handler: http.NotFoundHandler(), Log: zap.NewNop(), MaxHeaderBytes: 1024}))
	c := dialRaw(t, addr, "GET / HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", 10000)+"\r\n\r\n")
	if resp, _ := c.answer("GET"); resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status = %d; want 431", resp.StatusCode)
	}
}

func TestHijack(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			w.WriteHeader(http.StatusUpgradeRequired)
			return
		}
		defer conn.Close()
		echo(rw)
	})
	for _, test := range []struct {
		name, send string
		status     int
	}{
		{"plain", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n", 101},
		{"with a transfer coding", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 426},
		{"HTTP/1.0", "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n", 426},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dialRaw(t, plainHTTP1.start(t, New(Config{Handler: handler, Log: zap.NewNop()})), test.send)
			resp, err := http.ReadResponse(c.in, nil)
			if err != nil || resp.StatusCode != test.status {
				t.Fatalf("answer %v, %v; want %d", resp, err, test.status)
			}
			if test.status != 101 {
				c.wantClosed()
				return
			}
			c.send("ping\n")
			if line, err := c.in.ReadString('\n'); line != "ping\n" {
				t.Errorf("echo = %q, %v; want ping", line, err)
			}
		})
	}
}

func echo(rw *bufio.ReadWriter) {
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
	_ = rw.Flush()
	line, _ := rw.ReadString('\n')
	_, _ = rw.WriteString(line)
	_ = rw.Flush()
}

func TestHTTP2HasNoHijacker(t *testing.T) {
	is := make(chan bool, 1)
	addr := tlsHTTP2.start(t, New(Config{Log: zap.NewNop(), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, ok := w.(http.Hijacker)
		is <- ok
	})}))
	get(t, tlsHTTP2.client(t, addr), tlsHTTP2.url("/"))
	if <-is {
		t.Error("the response writer of HTTP/2 is an http.Hijacker")
	}
}

func TestProbes(t *testing.T) {
	bad := errors.New("password=secret")
	for _, test := range []struct {
		name, method string
		handler      http.Handler
		status       int
		body         string
	}{
		{"alive", "GET", Healthz(), 200, "ok\n"},
		{"alive, POST", "POST", Healthz(), 405, "A probe knows GET and HEAD.\n"},
		{"ready", "GET", Readyz(func() error { return nil }), 200, "ready\n"},
		{"ready, HEAD", "HEAD", Readyz(func() error { return nil }), 200, "ready\n"}, // net/http cuts the body
		{"not ready", "GET", Readyz(func() error { return bad }), 503, "not ready\n"},
	} {
		rec := httptest.NewRecorder()
		test.handler.ServeHTTP(rec, httptest.NewRequest(test.method, "/", nil))
		if rec.Code != test.status || rec.Body.String() != test.body || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q, Cache-Control %q; want %d %q, no-store",
				test.name, rec.Code, rec.Body, rec.Header().Get("Cache-Control"), test.status, test.body)
		}
	}
}
