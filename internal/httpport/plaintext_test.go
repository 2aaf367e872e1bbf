package httpport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestPlaintext(t *testing.T) {
	for _, test := range []struct {
		name     string
		policy   PlaintextPolicy
		send     string
		status   int
		location string
	}{
		{"GET", PlaintextRedirect, "GET /a/b?c=d&e HTTP/1.1\r\nHost: server:5012\r\n\r\n", 308, "https://server:5012/a/b?c=d&e"},
		{"HEAD", PlaintextRedirect, "HEAD /a HTTP/1.1\r\nHost: server:5012\r\n\r\n", 308, "https://server:5012/a"},
		{"password", PlaintextRedirect, "GET /a?x=1&password=p HTTP/1.1\r\nHost: server:5012\r\n\r\n", 403, ""},
		{"token", PlaintextRedirect, "GET /a?refresh_token=t HTTP/1.1\r\nHost: server:5012\r\n\r\n", 403, ""},
		{"escapes are kept", PlaintextRedirect, "GET /a%2Fb%20c? HTTP/1.1\r\nHost: server\r\n\r\n", 308, "https://server/a%2Fb%20c?"},
		{"two slashes", PlaintextRedirect, "GET //evil.example/x HTTP/1.1\r\nHost: server\r\n\r\n", 308, "https://server//evil.example/x"},
		{"absolute target", PlaintextRedirect, "GET http://server:1 HTTP/1.1\r\nHost: other\r\n\r\n", 308, "https://server:1/"},
		{"IPv6", PlaintextRedirect, "GET / HTTP/1.1\r\nHost: [::1]:5012\r\n\r\n", 308, "https://[::1]:5012/"},
		{"POST", PlaintextRedirect, "POST /login HTTP/1.1\r\nHost: server\r\nContent-Length: 4\r\n\r\nuser", 403, ""},
		{"OPTIONS", PlaintextRedirect, "OPTIONS * HTTP/1.1\r\nHost: server\r\n\r\n", 403, ""},
		{"CONNECT", PlaintextRedirect, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 403, ""},
		{"unknown method", PlaintextRedirect, "PROPFIND / HTTP/1.1\r\nHost: a:1\r\n\r\n", 403, ""},
		{"GET refused", PlaintextRefuse, "GET / HTTP/1.1\r\nHost: server\r\n\r\n", 403, ""},
		{"no host", PlaintextRedirect, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 400, ""},
		{"bad host", PlaintextRedirect, "GET / HTTP/1.1\r\nHost: a$b\r\n\r\n", 400, ""},
		{"bad host refused", PlaintextRefuse, "GET / HTTP/1.1\r\nHost: a$b\r\n\r\n", 400, ""},
		{"already https at a proxy", PlaintextRedirect, "GET / HTTP/1.1\r\nHost: server\r\nX-Forwarded-Proto: https\r\n\r\n", 403, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := NewPlaintextServer(test.policy, Config{Log: zap.NewNop(), TrustedProxies: prefixes("127.0.0.1/32")})
			c := dialRaw(t, plainHTTP1.start(t, srv), test.send)
			method, _, _ := strings.Cut(test.send, " ")
			resp, body := c.answer(method)
			if resp.StatusCode != test.status || resp.Header.Get("Location") != test.location {
				t.Errorf("answer %d to %q; want %d to %q", resp.StatusCode, resp.Header.Get("Location"), test.status, test.location)
			}
			if method != "HEAD" && !strings.HasSuffix(body, "\n") {
				t.Errorf("body = %q; want a line to read", body)
			}
			if !resp.Close {
				t.Error("answer leaves the connection open")
			}
			c.wantClosed()
		})
	}
}

func TestPlaintextHTTP2(t *testing.T) {
	addr := plainHTTP2.start(t, NewPlaintextServer(PlaintextRedirect, Config{Log: zap.NewNop()}))
	resp := get(t, plainHTTP2.client(t, addr), plainHTTP2.url("/a?b"))
	if got, want := resp.Header.Get("Location"), "https://test.example/a?b"; resp.StatusCode != 308 || got != want {
		t.Errorf("answer %d to %q; want 308 to %q", resp.StatusCode, got, want)
	}
}

func TestRedirectNamesPort80(t *testing.T) {
	for _, test := range []struct {
		local, host, want string
	}{
		{"10.0.0.1:80", "server", "https://server:80/x"},
		{"[::1]:80", "[::1]", "https://[::1]:80/x"},
		{"10.0.0.1:80", "server:8080", "https://server:8080/x"},
		{"10.0.0.1:5012", "server", "https://server/x"},
		{"10.0.0.1:5080", "server", "https://server/x"},
	} {
		local, err := net.ResolveTCPAddr("tcp", test.local)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Host = test.host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
		rec := httptest.NewRecorder()
		plaintextHandler(PlaintextRedirect, plainText).ServeHTTP(rec, r)
		if got := rec.Header().Get("Location"); got != test.want {
			t.Errorf("redirect of %s on %s = %q; want %q", test.host, test.local, got, test.want)
		}
	}
}
