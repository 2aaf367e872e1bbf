package mpp

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestMatchers(t *testing.T) {
	sc := MatchPrefix(magic)
	tests := []struct {
		m      Matcher
		prefix string
		want   Verdict
	}{
		{MatchHTTP, "G", More}, {MatchHTTP, "GE", More}, {MatchHTTP, "GET", More},
		{MatchHTTP, "GET ", Yes}, {MatchHTTP, "PRI ", Yes}, {MatchHTTP, "POST", Yes}, {MatchHTTP, "DELE", Yes},
		{MatchHTTP, "GE \t", No}, {MatchHTTP, "get ", No}, {MatchHTTP, " GET", No}, {MatchHTTP, "G\x00", No}, {MatchHTTP, "\x16", No},
		{sc, "\x93", More}, {sc, "\x93SC", More}, {sc, "\x93SC1", Yes}, {sc, "\x93SC2", No}, {sc, "S", No},
		{anything, "", More}, {anything, "\x00", Yes},
	}
	for _, tt := range tests {
		if got := tt.m([]byte(tt.prefix)); got != tt.want {
			t.Errorf("match(%q) = %v; want %v", tt.prefix, got, tt.want)
		}
	}
}

func TestProxyHeader(t *testing.T) {
	v2 := func(command, family byte, body string) string {
		return string(proxyV2Signature) + string([]byte{command, family, byte(len(body) >> 8), byte(len(body))}) + body
	}
	v4 := "\xc0\x00\x02\x07\xc0\x00\x02\x01\x13\x88\x13\x94"
	v6 := "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x07" + "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01" + "\x13\x88\x13\x94"
	tests := []struct {
		name, header string
		want         string // addresses of the client and of where it connected to, "" for none
		err          error  // nil: no error
	}{
		{"v1 IPv4", "PROXY TCP4 192.0.2.7 192.0.2.1 5000 5012\r\n", "192.0.2.7:5000 192.0.2.1:5012", nil},
		{"v1 IPv6", "PROXY TCP6 2001:db8::7 2001:db8::1 5000 5012\r\n", "[2001:db8::7]:5000 [2001:db8::1]:5012", nil},
		{"v1 IPv4 in IPv6", "PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.1 5000 5012\r\n", "192.0.2.7:5000 192.0.2.1:5012", nil},
		{"v1 odd destination", "PROXY TCP4 192.0.2.7 somewhere 5000 5012\r\n", "192.0.2.7:5000", nil},
		{"v1 unknown", "PROXY UNKNOWN\r\n", "", nil},
		{"v1 unknown with addresses", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "", nil},
		{"v1 wrong family", "PROXY TCP4 2001:db8::7 2001:db8::1 5000 5012\r\n", "", errProxyHeader},
		{"v1 port too high", "PROXY TCP4 192.0.2.7 192.0.2.1 70000 5012\r\n", "", errProxyHeader},
		{"v1 too long", "PROXY TCP4 " + strings.Repeat("1", 200) + "\r\n", "", errProxyHeader},
		{"v1 missing port", "PROXY TCP4 192.0.2.7 192.0.2.1 5000\r\n", "", errProxyHeader},
		{"v1 cut", "PROXY TCP4 192.0", "", io.ErrUnexpectedEOF},
		{"v2 IPv4", v2(0x21, 0x11, v4), "192.0.2.7:5000 192.0.2.1:5012", nil},
		{"v2 IPv6 with TLVs", v2(0x21, 0x21, v6+"\x03\x00\x04abcd"), "[2001:db8::7]:5000 [2001:db8::1]:5012", nil},
		{"v2 local", v2(0x20, 0x00, ""), "", nil},
		{"v2 Unix socket", v2(0x21, 0x31, strings.Repeat("x", 216)), "", nil},
		{"v2 wrong version", v2(0x11, 0x11, v4), "", errProxyHeader},
		{"v2 unknown command", v2(0x22, 0x11, v4), "", errProxyHeader},
		{"v2 too short", v2(0x21, 0x11, v4[:8]), "", errProxyHeader},
		{"v2 too long", v2(0x21, 0x11, strings.Repeat("x", proxyV2Max+1)), "", errProxyHeader},
		{"v2 cut", v2(0x21, 0x11, v4)[:20], "", io.ErrUnexpectedEOF},
		{"HTTP", "GET / HTTP/1.1\r\n", "", errProxyHeader},
		{"nothing", "", "", io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := bytes.NewReader([]byte(tt.header + "rest"))
			if errors.Is(tt.err, io.ErrUnexpectedEOF) {
				r = bytes.NewReader([]byte(tt.header))
			}
			got, err := parseProxyHeader(iotest.OneByteReader(r))
			if tt.err != nil {
				if !errors.Is(err, tt.err) {
					t.Fatalf("parseProxyHeader = %v, %v; want error %v", got, err, tt.err)
				}
				return
			}
			if text := strings.Join(strings.Fields(addresses(got)), " "); err != nil || text != tt.want {
				t.Fatalf("parseProxyHeader = %q, %v; want %q", text, err, tt.want)
			}
			if rest, _ := io.ReadAll(r); string(rest) != "rest" {
				t.Errorf("left in the stream: %q; want %q", rest, "rest")
			}
		})
	}
}

func addresses(p proxied) (s string) {
	for _, a := range []netip.AddrPort{p.client, p.local} {
		if a.IsValid() {
			s += a.String() + " "
		}
	}
	return s
}

func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.7 192.0.2.1 5000 5012\r\n"))
	f.Add(append(bytes.Clone(proxyV2Signature), 0x21, 0x11, 0, 12, 192, 0, 2, 7, 192, 0, 2, 1, 1, 1, 2, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, err := parseProxyHeader(bytes.NewReader(b))
		bytewise, err2 := parseProxyHeader(iotest.OneByteReader(bytes.NewReader(b)))
		if whole != bytewise || (err == nil) != (err2 == nil) {
			t.Fatalf("whole: %v, %v; byte by byte: %v, %v", whole, err, bytewise, err2)
		}
	})
}

func TestQueue(t *testing.T) {
	q := newQueue(1)
	a, b := newPipe(t), newPipe(t)
	if !q.put(a) || q.put(b) {
		t.Fatal("put into a queue of one: want true, then false")
	}
	if got, err := q.Accept(); got != a || err != nil {
		t.Errorf("Accept = %v, %v; want the first connection", got, err)
	}
	q.put(b)
	q.Close()
	if _, err := b.Write([]byte("x")); err == nil {
		t.Error("a connection left in a closed queue is open; want it closed")
	}
	if _, err := q.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close = %v; want net.ErrClosed", err)
	}
	if q.put(a) {
		t.Error("put after Close = true; want false")
	}
}

func newPipe(t *testing.T) net.Conn {
	a, b := net.Pipe()
	t.Cleanup(func() { a.Close(); b.Close() })
	return a
}

// failingListener fails to accept like a process without descriptors.
type failingListener struct {
	mu    sync.Mutex
	calls []time.Time
	done  chan struct{}
}

func (l *failingListener) Accept() (net.Conn, error) {
	select {
	case <-l.done:
		return nil, net.ErrClosed
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, time.Now())
	return nil, syscall.EMFILE
}
func (l *failingListener) Close() error   { close(l.done); return nil }
func (l *failingListener) Addr() net.Addr { return portAddr{} }

func TestAcceptBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(plainConfig())
		if err != nil {
			t.Fatal(err)
		}
		l := &failingListener{done: make(chan struct{})}
		go s.Serve(l)
		time.Sleep(time.Minute) // of the bubble's clock
		s.Close()
		synctest.Wait()
		// 5 ms doubling to 1 s takes 9 calls and some 1.3 s; then one each second.
		if n := len(l.calls); n < 60 || n > 70 {
			t.Errorf("%d accepts in a minute of EMFILE; want 60 to 70", n)
		}
	})
}

func TestForwarder(t *testing.T) {
	cert, roots := identity(t)
	upstream := func(t *testing.T, l net.Listener) string {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { // answers after the client has ended: needs half-close
					defer c.Close()
					b, _ := io.ReadAll(c)
					c.Write(bytes.ToUpper(b))
				}()
			}
		}()
		return l.Addr().String()
	}
	plainUp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tlsUp := newTLSListener(t, cert)
	dead, _ := net.Listen("tcp", "127.0.0.1:0")
	dead.Close()

	big := strings.Repeat("\x01abcdefg", 1<<17) // 1 MiB
	for _, tt := range []struct {
		name      string
		forwarder *Forwarder
		secure    bool
		send      string
		want      string
	}{
		{"plain to plain", &Forwarder{Address: upstream(t, plainUp)}, false, big, strings.ToUpper(big)},
		{"three bytes", &Forwarder{Address: plainUp.Addr().String()}, false, "\x01ab", "\x01AB"},
		{"TLS to plain", &Forwarder{Address: plainUp.Addr().String()}, true, big, strings.ToUpper(big)},
		{"TLS to TLS", &Forwarder{Address: upstream(t, tlsUp), TLS: func() *tls.Config { return clientTLS(roots) }}, true, big, strings.ToUpper(big)},
		{"nobody there", &Forwarder{Address: dead.Addr().String()}, false, "\x01ab", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.forwarder.Log = zap.NewNop()
			cfg := plainConfig()
			var p *port
			if tt.secure {
				secure, roots := secureConfig(t)
				secure.Unknown = Protocol{Name: "upstream", Secure: tt.forwarder}
				p = start(t, secure, roots)
			} else {
				cfg.Unknown = Protocol{Name: "upstream", Plain: tt.forwarder}
				p = start(t, cfg, nil)
			}
			if got := exchange(t, p.connect(t, tt.secure), tt.send, 1<<20); got != tt.want {
				t.Errorf("answer of %d bytes; want %d bytes, the upstream's", len(got), len(tt.want))
			}
			if got := p.rec.await(t, "closed"); got.name != "upstream" {
				t.Errorf("closed %v; want protocol upstream", got)
			}
		})
	}
}

func TestForwarderCloseCuts(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	f := &Forwarder{Address: up.Addr().String(), Log: zap.NewNop()}
	cfg := plainConfig()
	cfg.Unknown = Protocol{Name: "upstream", Plain: f}
	p := start(t, cfg, nil)
	c := p.dial(t)
	io.WriteString(c, "\x01abc")
	far, err := up.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	io.ReadFull(far, make([]byte, 4))
	f.Close() // returns only when its goroutines have ended
	far.SetDeadline(time.Now().Add(time.Minute))
	if _, err := far.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("upstream's read after Close = %v; want the end of the stream", err)
	}
}

func TestHalfCloseIsBounded(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	f := &Forwarder{Address: up.Addr().String(), HalfCloseTimeout: 100 * time.Millisecond, Log: zap.NewNop()}
	cfg := plainConfig()
	cfg.Unknown = Protocol{Name: "upstream", Plain: f}
	p := start(t, cfg, nil)
	// The upstream never answers and never closes.
	c := p.dial(t)
	io.WriteString(c, "\x01abc")
	c.(*net.TCPConn).CloseWrite()
	if b, err := io.ReadAll(c); len(b) != 0 || err == nil {
		t.Errorf("answer = %q, %v; want a reset without one", b, err)
	}
}

func TestAddrKey(t *testing.T) {
	set := newTestLimits(1, 1, 1, 1).set
	for in, want := range map[string]string{
		"192.0.2.1:1": "192.0.2.1", "[2001:db8:1:2:3::4]:1": "2001:db8:1:2::", "[fe80::1%eth0]:1": "fe80::",
	} {
		if got := set.addrKey(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(in))); got.String() != want {
			t.Errorf("addrKey(%s) = %s; want %s", in, got, want)
		}
	}
}

// A transfer that an error cuts short does not end like a complete one.
func TestForwarderPassesErrorsOn(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	arrived := make(chan bool) // the client has the first part: the relay waits for more
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			io.ReadFull(c, make([]byte, 4))
			io.WriteString(c, "partial")
			<-arrived
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}()
	for _, secure := range []bool{false, true} {
		f := &Forwarder{Address: up.Addr().String(), Log: zap.NewNop()}
		cfg, roots := secureConfig(t)
		cfg.Unknown = Protocol{Name: "upstream", Secure: f, Plain: f}
		p := start(t, cfg, roots)
		c := p.connect(t, secure)
		io.WriteString(c, "\x01abc")
		if _, err := io.ReadFull(c, make([]byte, len("partial"))); err != nil {
			t.Fatal(err)
		}
		arrived <- true
		if b, err := io.ReadAll(c); err == nil {
			t.Errorf("with TLS %v: got %q and an orderly end; want an error", secure, b)
		}
	}
}

func TestLoggedOfferIsBounded(t *testing.T) {
	o := &tlsOffer{serverName: strings.Repeat("a", 60_000)}
	for range 10_000 {
		o.protocols = append(o.protocols, strings.Repeat("p", 200))
		o.versions = append(o.versions, 0x7a7a)
	}
	total := 0
	enc := zapcore.NewMapObjectEncoder()
	for _, f := range o.fields(fakePeer("192.0.2.1:1", nil)) {
		f.AddTo(enc)
	}
	for _, v := range enc.Fields {
		total += len(fmt.Sprint(v))
	}
	if total > 2000 {
		t.Errorf("a hello of %d names takes %d bytes in the log; want at most 2000", len(o.protocols), total)
	}
}
