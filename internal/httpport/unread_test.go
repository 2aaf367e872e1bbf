package httpport

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const unreadMessage = "connection ended without a request that could be read"

// TestMalformedRequestsAreLogged sends what net/http answers by itself.
func TestMalformedRequestsAreLogged(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, tlsHTTP1, tlsSniffed} {
		for _, test := range []struct {
			name, send string
		}{
			{"bad version", "GET / HTTP/x\r\nHost: a\r\n\r\n"},
			{"no host", "GET / HTTP/1.1\r\n\r\n"},
			{"bad header", "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n"},
			{"unknown version", "GET / HTTP/9.9\r\nHost: a\r\n\r\n"},
			{"unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: none\r\n\r\n"},
		} {
			t.Run(tr.name+" "+test.name, func(t *testing.T) {
				lines := make(chan zapcore.Entry, 8)
				log, logs := observed(zap.DebugLevel)
				log = log.WithOptions(zap.Hooks(func(e zapcore.Entry) error {
					lines <- e
					return nil
				}))
				c := tr.dialRaw(t, tr.start(t, New(Config{Handler: http.NotFoundHandler(), Log: log})), test.send)
				<-lines // the answer says less: a reset may overtake it
				got := logs.All()
				if len(got) != 1 || got[0].Message != unreadMessage || got[0].Level != zap.DebugLevel ||
					got[0].ContextMap()["remote"] != c.conn.LocalAddr().String() {
					t.Errorf("log = %v; want one line at debug that names %v", got, c.conn.LocalAddr())
				}
			})
		}
	}
}

// dialRaw sends bytes as they are, inside TLS if tr has it.
func (tr transport) dialRaw(tb testing.TB, addr, send string) *raw {
	tb.Helper()
	c := dialRaw(tb, addr, "")
	if tr.tls {
		c.conn = tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true, NextProtos: tr.alpn})
		c.in = bufio.NewReader(c.conn)
	}
	c.send(send)
	return c
}

func TestUnread(t *testing.T) {
	for _, test := range []struct {
		name   string
		level  zapcore.Level
		read   bool // whether a request is read
		states []http.ConnState
		lines  int
	}{
		{"nothing came", zap.DebugLevel, false, []http.ConnState{http.StateNew, http.StateClosed}, 1},
		{"malformed", zap.DebugLevel, false, []http.ConnState{http.StateNew, http.StateActive, http.StateClosed}, 1},
		{"request", zap.DebugLevel, true, []http.ConnState{http.StateNew, http.StateActive, http.StateIdle, http.StateClosed}, 0},
		{"taken over", zap.DebugLevel, true, []http.ConnState{http.StateNew, http.StateActive, http.StateHijacked}, 0},
		{"not at debug", zap.InfoLevel, false, []http.ConnState{http.StateNew, http.StateActive, http.StateClosed}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			log, logs := observed(test.level)
			u := &unread{log: log}
			conn, peer := net.Pipe()
			defer peer.Close()
			defer conn.Close()
			ctx := u.connContext(context.Background(), conn)
			if test.read {
				requestRead(httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
			}
			for _, state := range test.states {
				u.connState(conn, state)
			}
			if got := logs.FilterMessage(unreadMessage).Len(); got != test.lines {
				t.Errorf("%d lines; want %d", got, test.lines)
			}
			u.conns.Range(func(any, any) bool {
				t.Error("the connection is still remembered")
				return false
			})
		})
	}
}

// TestRequestsAreRead makes sure that no kind of request counts as malformed.
func TestRequestsAreRead(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, plainHTTP2, tlsHTTP1, tlsHTTP2, tlsSniffed} {
		t.Run(tr.name, func(t *testing.T) {
			told := make(chan bool, 1)
			handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				read, ok := r.Context().Value(requestReadKey{}).(interface{ Load() bool })
				told <- ok && read.Load()
			})
			log, _ := observed(zap.DebugLevel)
			get(t, tr.client(t, tr.start(t, New(Config{Handler: handler, Log: log}))), tr.url("/"))
			if !<-told {
				t.Error("the connection does not know of its request")
			}
		})
	}
}
