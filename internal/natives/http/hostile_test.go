package http

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

// newRawServer answers each connection with what answer writes after it has read a request.
// It gives the URL.
func newRawServer(t *testing.T, answer func(w io.Writer)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				answer(conn)
				_, _ = io.Copy(io.Discard, conn) // until the client goes
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestHostileServers: whatever a server sends, a request ends in time and says why, without
// what the server chose.
func TestHostileServers(t *testing.T) {
	const late, long = "no complete answer within 0.5 s", "headers exceeded"
	send := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	flood := func(begin, line string) func(io.Writer) {
		return func(w io.Writer) {
			_, err := io.WriteString(w, begin)
			for err == nil {
				_, err = io.WriteString(w, line)
			}
		}
	}
	letters := strings.Repeat("b", 1000)
	for _, tt := range []struct {
		name   string
		answer func(io.Writer)
		want   string
	}{
		{"another protocol", send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), "changed the protocol"},
		{"silence", send(""), late},
		{"half a header", send("HTTP/1.1 200 OK\r\nA: b\r\n"), late},
		{"half a body", send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), late},
		{"header without an end", flood("HTTP/1.1 200 OK\r\n", "A: "+letters+"\r\n"), long},
		{"line without an end", flood("HTTP/1.1 200 OK\r\nA: ", letters), long},
		{"status without an end", flood("HTTP/1.1 200 ", letters), long},
		{"continue without an end", flood("", "HTTP/1.1 100 Continue\r\n\r\n"), long},
		{"hints without an end", flood("", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"), long},
		{"chunk length without an end", flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", letters), "too long"},
		{"trailer without an end", flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: "+letters+"\r\n"), "long trailer"},
		{"no HTTP", send("SSH-2.0 x\r\n"), "malformed HTTP"},
		{"no location", send("HTTP/1.1 302 Found\r\nLocation: http://[::1?token=hidden\r\nContent-Length: 0\r\n\r\n"), "not valid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProgram(t, newSettings(nil), vm.Options{})
			timeout := 20.0
			if tt.want == late {
				timeout = 0.5
			}
			p.wantFault(p.call("HttpGet", newRawServer(t, tt.answer), "", timeout), tt.want)
			if _, text := p.status(); strings.Contains(text, "hidden") || len(text) > 400 {
				t.Errorf("error = %q", text)
			}
		})
	}
}

// TestStalledHandshakes: a server that accepts connections and says nothing does not use up
// this machine's, although requests that have ended leave theirs behind.
func TestStalledHandshakes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan int)
	go func() {
		var conns []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			conns = append(conns, conn)
		}
		for _, conn := range conns {
			conn.Close()
		}
		accepted <- len(conns)
	}()
	s := newSettings(nil)
	p := newProgram(t, s, vm.Options{})
	for range maxPerHost + 50 {
		p.call("HTTPSGet", "https://"+l.Addr().String(), "", "", "", "", 0.001)
	}
	l.Close()
	if n := <-accepted; n > maxPerHost {
		t.Errorf("%d connections; want %d at most", n, maxPerHost)
	}
}

// TestLocationOfOthers: what is no redirect is an answer, whatever its Location.
func TestLocationOfOthers(t *testing.T) {
	url := newRawServer(t, func(w io.Writer) {
		_, _ = io.WriteString(w, "HTTP/1.1 201 Created\r\nLocation: http://[::1\r\nContent-Length: 2\r\n\r\nok")
	})
	p := newProgram(t, newSettings(nil), vm.Options{})
	if v := p.call("HttpPost", url, "", "a"); v.Text() != "ok" {
		t.Errorf("body = %v", v)
	}
}

// TestRedirectWithBlanks: a query in Location cannot end the request line.
func TestRedirectWithBlanks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Location", "/to?a=b c\xe7&d=%20")
			w.WriteHeader(http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.RequestURI)
	}))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	const want = "/to?a=b%20c%E7&d=%20"
	if v := p.call("HttpGet", server.URL); !v.IsStr() || v.Text() != want {
		t.Errorf("the server saw %v; want %s", v, want)
	}
}

// TestRestOfEarlierCall: an object that a static keeps is of use in a later call of a worker.
func TestRestOfEarlierCall(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	p := newProgram(t, newSettings(nil), vm.Options{})
	p.thread.Keep()
	o := p.call("FWRest").Object().Native
	if _, err := o.Send(p.thread, "NEW", vm.Args{vm.Str(server.URL)}); err != nil {
		t.Fatal(err)
	}
	p.thread.Reset()
	ok, err := o.Send(p.thread, "GET", nil)
	if err != nil || !ok.Truth() {
		fault, _ := o.Send(p.thread, "GETLASTERROR", nil)
		t.Errorf("Get() = %v, %v, %v", ok, err, fault)
	}
}
