package test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A network may cut a stream anywhere. Whatever the first message is, it gets the
// same answer when each byte of it comes alone, when it comes in packets of any
// size, and when it is cut in two at any place.
func TestDelivery(t *testing.T) {
	up := echoServer(t)
	serving := make(map[string]served)
	for name, settings := range map[string][]string{
		"secure":   nil,
		"plain":    {"Drivers.MultiProtocolPortSecure=0", "RPC.AllowPlain=1"},
		"upstream": {"MPP.Plaintext=allow", "MPP.Upstream=" + up},
		"proxy":    {"MPP.ProxyProtocol=127.0.0.0/8"},
	} {
		args := []string{"--set", "MPP.SniffTimeout=60"} // however slow this machine is
		for _, s := range settings {
			args = append(args, "--set", s)
		}
		daemon, addr := startServer(t, args...)
		serving[name] = served{daemon, addr}
	}
	for _, d := range deliveries() {
		t.Run(d.name, func(t *testing.T) {
			d.addr = serving[d.server].addr
			first, err := d.try(unpaced)
			if err != nil {
				t.Fatalf("in one piece: %v", err)
			}
			d.tryAll(t, packets(), func(p pace) error {
				_, err := d.try(p)
				return err
			})
			cuts := halves(d.places(len(first)))
			t.Logf("%d bytes, cut in two at %d places", len(first), len(cuts))
			d.tryAll(t, cuts, func(p pace) error {
				if d.hello {
					return d.replay(first, p)
				}
				_, err := d.try(p)
				return err
			})
		})
	}
	for name, s := range serving {
		if text := logOf(s.daemon); strings.Contains(text, "panic") {
			t.Errorf("%s: a panic:\n%s", name, text)
		}
	}
	if text := logOf(serving["proxy"].daemon); !strings.Contains(text, "remote="+proxiedClient) || strings.Contains(text, "remote=127.") {
		t.Errorf("behind a PROXY header: a request is not logged as of %s:\n%s", proxiedClient, text)
	}
}

type served struct {
	daemon *daemon
	addr   string
}

// proxiedClient is whom the PROXY headers name.
const proxiedClient = "192.0.2.7"

// delivery is a first message and the answer to it.
type delivery struct {
	name   string
	server string      // which of the servers
	addr   string      // its address
	proxy  string      // header that goes before all else
	tls    *tls.Config // nil: without TLS
	// hello says that the TCP stream is cut, and so the hello. Otherwise the
	// message is, each piece of which is a TLS record of its own.
	hello   bool
	record  int // if not 0, the hello comes in TLS records of so many bytes
	message string
	answer  func(net.Conn) (string, error)
	want    string
}

// tlsClient offers one version and, if asked for, ALPN names.
func tlsClient(version uint16, groups []tls.CurveID, protocols ...string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, CurvePreferences: groups, NextProtos: protocols, ServerName: "localhost"}
}

func deliveries() []delivery {
	var (
		get    = "GET /webapp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
		hello  = smartClientPreamble + smartClientFrame("\x01"+`{"protocol":{"min":1,"max":1},"client":{"name":"delivery","version":"1"}}`)
		page   = http2Call(nil, ":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/webapp")
		health = http2Call(make([]byte, 5), ":method", "POST", ":scheme", "https", ":authority", "localhost",
			":path", "/grpc.health.v1.Health/Check", "content-type", "application/grpc", "te", "trailers")
		x25519  = []tls.CurveID{tls.X25519}
		mlkem   = []tls.CurveID{tls.X25519MLKEM768, tls.X25519}
		classic = tlsClient(tls.VersionTLS13, x25519)
		v1      = "PROXY TCP4 " + proxiedClient + " 192.0.2.1 34567 5012\r\n"
		v2      = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc0\x00\x02\x01\x87\x07\x13\x94"
		alpn    = func(name string) *tls.Config { return tlsClient(tls.VersionTLS13, x25519, name) }
		unknown = "\x01\x02 an old client"
	)
	return []delivery{
		{name: "TLS 1.3 hello", server: "secure", tls: classic, hello: true, message: get, answer: untilEnd, want: "200 OK"},
		{name: "TLS 1.3 hello with ML-KEM", server: "secure", tls: tlsClient(tls.VersionTLS13, mlkem, "h2", "http/1.1"), hello: true, message: page, answer: http2Fields, want: ":status: 200"},
		{name: "TLS 1.2 hello", server: "secure", tls: tlsClient(tls.VersionTLS12, x25519), hello: true, message: get, answer: untilEnd, want: "200 OK"},
		{name: "hello in records of 1 byte", server: "secure", tls: classic, hello: true, record: 1, message: get, answer: untilEnd, want: "200 OK"},
		{name: "hello with ML-KEM in records of 100 bytes", server: "secure", tls: tlsClient(tls.VersionTLS13, mlkem), hello: true, record: 100, message: get, answer: untilEnd, want: "200 OK"},

		{name: "HTTP/1.1 in TLS", server: "secure", tls: classic, message: get, answer: untilEnd, want: "200 OK"},
		{name: "SmartClient in TLS", server: "secure", tls: classic, message: hello, answer: smartClientAnswer, want: "\x02{"},
		{name: "HTTP/1.1 by ALPN", server: "secure", tls: alpn("http/1.1"), message: get, answer: untilEnd, want: "200 OK"},
		{name: "HTTP/2 by ALPN", server: "secure", tls: alpn("h2"), message: page, answer: http2Fields, want: ":status: 200"},
		{name: "gRPC by ALPN h2", server: "secure", tls: alpn("h2"), message: health, answer: http2Fields, want: "grpc-status: 0"},
		{name: "RPC by ALPN", server: "secure", tls: alpn("appserver-rpc/1"), message: health, answer: http2Fields, want: "grpc-status: 0"},
		{name: "SmartClient by ALPN", server: "secure", tls: alpn("smartclient/1"), message: hello, answer: smartClientAnswer, want: "\x02{"},

		{name: "HTTP/1.1 where TLS is demanded", server: "secure", message: get, answer: untilEnd, want: "308 Permanent Redirect"},
		{name: "SmartClient where TLS is demanded", server: "secure", message: hello, answer: smartClientAnswer, want: "tls-required"},

		{name: "HTTP/1.1 without TLS", server: "plain", message: get, answer: untilEnd, want: "200 OK"},
		{name: "HTTP/2 preface without TLS", server: "plain", message: page, answer: http2Fields, want: ":status: 200"},
		{name: "gRPC without TLS", server: "plain", message: health, answer: http2Fields, want: "grpc-status: 0"},
		{name: "SmartClient without TLS", server: "plain", message: hello, answer: smartClientAnswer, want: "\x02{"},

		{name: "unknown, to the upstream server", server: "upstream", message: unknown, answer: echoed(len(unknown)), want: unknown},
		{name: "unknown in TLS, to the upstream server", server: "upstream", tls: classic, message: unknown, answer: echoed(len(unknown)), want: unknown},

		{name: "PROXY version 1 before TLS", server: "proxy", proxy: v1, tls: classic, hello: true, message: get, answer: untilEnd, want: "200 OK"},
		{name: "PROXY version 2 before TLS", server: "proxy", proxy: v2, tls: classic, hello: true, message: get, answer: untilEnd, want: "200 OK"},
		{name: "PROXY version 1 before HTTP", server: "proxy", proxy: v1, message: get, answer: untilEnd, want: "308 Permanent Redirect"},
		{name: "PROXY version 2 before SmartClient", server: "proxy", proxy: v2, message: hello, answer: smartClientAnswer, want: "tls-required"},
	}
}

// places is how far into what comes first it is cut in two: to its end, but of a
// hello that another delivery cuts as well only into the part that is its own.
func (d *delivery) places(first int) int {
	switch {
	case d.record > 0:
		return min(first, 2*(5+d.record))
	case d.hello && d.proxy != "":
		return min(first, len(d.proxy)+10)
	default:
		return first
	}
}

// pace tells, for a place in a stream, how many bytes may come in one packet.
type pace struct {
	name string
	upTo func(at int) int
}

var unpaced = pace{"in one piece", func(int) int { return math.MaxInt }}

// packets are the sizes of pieces that all of a stream comes in.
func packets() (paces []pace) {
	for _, n := range []int{1, 2, 5, 100, 536, 1460} {
		paces = append(paces, pace{fmt.Sprintf("in pieces of %d bytes", n), func(int) int { return n }})
	}
	return paces
}

// halves are the ways to cut n bytes in two.
func halves(n int) (paces []pace) {
	for cut := 1; cut < n; cut++ {
		paces = append(paces, pace{fmt.Sprintf("cut at %d", cut), func(at int) int {
			if at < cut {
				return cut - at
			}
			return math.MaxInt
		}})
	}
	return paces
}

// tryAll delivers in all these ways, several at a time.
func (d *delivery) tryAll(t *testing.T, paces []pace, try func(pace) error) {
	t.Helper()
	work := make(chan pace)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for p := range work {
				if err := try(p); err != nil {
					t.Errorf("%s: %v", p.name, err)
				}
			}
		})
	}
	for _, p := range paces {
		if t.Failed() {
			break
		}
		work <- p
	}
	close(work)
	wg.Wait()
}

// dial connects and sends the PROXY header, if there is one.
func (d *delivery) dial(p pace) (*courier, error) {
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(patience))
	path := &courier{Conn: c, tcp: c.(*net.TCPConn), pace: p}
	if _, err := io.WriteString(path, d.proxy); err != nil {
		c.Close()
		return nil, fmt.Errorf("sending the PROXY header: %w", err)
	}
	return path, nil
}

// try delivers once and checks the answer. First is what comes first: the PROXY
// header with the hello, or with the message.
func (d *delivery) try(p pace) (first []byte, err error) {
	path, err := d.dial(p)
	if err != nil {
		return nil, err
	}
	defer path.Close()
	first = []byte(d.proxy)
	var nc net.Conn = path
	if d.tls != nil {
		hello := &helloConn{Conn: path, record: d.record}
		if !d.hello {
			hello.Conn = path.tcp
		}
		tc := tls.Client(hello, d.tls)
		if err := tc.Handshake(); err != nil {
			return nil, fmt.Errorf("handshake: %w", err)
		}
		if nc = tc; d.hello {
			first = append(first, hello.sent...)
		} else {
			nc = &courier{Conn: tc, tcp: path.tcp, pace: p}
		}
	}
	if !d.hello {
		first = append(first, d.message...)
	}
	if _, err := io.WriteString(nc, d.message); err != nil {
		return nil, fmt.Errorf("sending: %w", err)
	}
	answer, err := d.answer(nc)
	if err != nil {
		return nil, fmt.Errorf("answer %q, then %w; want %q", answer, err, d.want)
	}
	if !strings.Contains(answer, d.want) {
		return nil, fmt.Errorf("answer %q; want %q", answer, d.want)
	}
	return first, nil
}

// replay delivers a hello of before, PROXY header included, and checks that it is
// answered with a ServerHello: the client's part of thousands of handshakes would
// take much longer than what is tested.
func (d *delivery) replay(first []byte, p pace) error {
	path, err := d.dial(p)
	if err != nil {
		return err
	}
	defer path.Close()
	if _, err := path.Write(first[len(d.proxy):]); err != nil {
		return fmt.Errorf("sending: %w", err)
	}
	var answer [6]byte // a record's type, version and length (RFC 8446, section 5.1), and the message's type
	if _, err := io.ReadFull(path, answer[:]); err != nil {
		return fmt.Errorf("waiting for the answer: %w", err)
	}
	const handshakeRecord, serverHello = 22, 2
	if answer[0] != handshakeRecord || answer[5] != serverHello {
		return fmt.Errorf("answer % x; want a ServerHello", answer)
	}
	return nil
}

// courier sends what is written to Conn in pieces, each in a packet of its own:
// it sends one when the server has read the one before.
type courier struct {
	net.Conn
	tcp  *net.TCPConn // what carries Conn
	pace pace
	sent int
}

func (c *courier) Write(b []byte) (written int, err error) {
	for written < len(b) {
		piece := b[written:]
		piece = piece[:min(len(piece), c.pace.upTo(c.sent))]
		n, err := c.Conn.Write(piece)
		c.sent, written = c.sent+n, written+n
		if err != nil {
			return written, err
		}
		if err := awaitRead(c.tcp); err != nil {
			return written, err
		}
	}
	return written, nil
}

// awaitRead waits until the other end of c has read everything that was sent.
func awaitRead(c *net.TCPConn) error {
	for begin, tries := time.Now(), 0; ; tries++ {
		n, err := unreadBytes(c)
		switch {
		case err != nil || n == 0:
			return err
		case time.Since(begin) > patience:
			return fmt.Errorf("the server does not read the %d bytes that have come", n)
		case tries > 10:
			pause(context.Background(), 20*time.Microsecond)
		}
	}
}

// helloConn keeps the first write, a TLS client's hello, and can send it in
// several TLS records, as RFC 8446, section 5.1, allows.
type helloConn struct {
	net.Conn
	record int
	sent   []byte
}

func (c *helloConn) Write(b []byte) (int, error) {
	if c.sent != nil {
		return c.Conn.Write(b)
	}
	c.sent = bytes.Clone(b)
	if c.record > 0 {
		c.sent = inRecords(b, c.record)
	}
	if _, err := c.Conn.Write(c.sent); err != nil {
		return 0, err
	}
	return len(b), nil
}

// inRecords spreads the content of one TLS record over several of n bytes.
func inRecords(record []byte, n int) (out []byte) {
	const header = 5 // type, version, length
	for content := record[header:]; len(content) > 0; {
		part := content[:min(n, len(content))]
		content = content[len(part):]
		out = append(out, record[:header-2]...)
		out = binary.BigEndian.AppendUint16(out, uint16(len(part)))
		out = append(out, part...)
	}
	return out
}

// untilEnd is an answer that ends with the connection.
func untilEnd(c net.Conn) (string, error) {
	b, err := io.ReadAll(c)
	return string(b), err
}

func echoed(n int) func(net.Conn) (string, error) {
	return func(c net.Conn) (string, error) {
		b := make([]byte, n)
		_, err := io.ReadFull(c, b)
		return string(b), err
	}
}

// smartClientPreamble and smartClientFrame are what docs/protocols/smartclient.md
// says in "Transport" and "Framing".
const smartClientPreamble = "\x93SC1"

func smartClientFrame(payload string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(payload)))) + payload
}

// smartClientAnswer reads one frame and returns its payload.
func smartClientAnswer(c net.Conn) (string, error) {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return "", err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > 4<<10 {
		return "", fmt.Errorf("a frame of %d bytes", n)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(c, payload)
	return string(payload), err
}

// http2Call is a connection preface and one request, with a body if there is one.
func http2Call(body []byte, fields ...string) string {
	var b, block bytes.Buffer
	b.WriteString(http2.ClientPreface)
	framer := http2.NewFramer(&b, nil)
	framer.WriteSettings()
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(fields); i += 2 {
		encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: body == nil})
	if body != nil {
		framer.WriteData(1, true, body)
	}
	return b.String()
}

// http2Fields returns the fields of the answer's header and trailer.
func http2Fields(c net.Conn) (string, error) {
	framer := http2.NewFramer(io.Discard, c)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var fields strings.Builder
	for {
		f, err := framer.ReadFrame()
		if err != nil {
			return fields.String(), err
		}
		ended := false
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				fmt.Fprintf(&fields, "%s: %s\n", h.Name, h.Value)
			}
			ended = f.StreamEnded()
		case *http2.DataFrame:
			ended = f.StreamEnded()
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return fields.String(), fmt.Errorf("%v", f)
		}
		if ended {
			return fields.String(), nil
		}
	}
}

// echoServer returns the address of a server that sends back what it gets.
func echoServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			} else if err != nil {
				fmt.Fprintln(os.Stderr, "echo server:", err)
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}
