package smartclient

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	// maxFaults is how many faults a connection may go on after.
	maxFaults = 7
	// The bounds of what is still read after the last word (section 3).
	lingerTime  = time.Second
	lingerBytes = 256 << 10
)

// errOver ends a connection after the client's last error.
var errOver = errors.New("smartclient: client reported a fault that ends the connection")

// errLeft ends a connection whose client had its time after our bye.
var errLeft = errors.New("smartclient: client did not answer the bye")

// conn is the server's end of one connection. Waiting for a frame it holds no
// buffer, and one goroutine with a small stack.
type conn struct {
	srv *Server
	set *settings
	nc  net.Conn

	// Used by the connection's goroutine only.
	rd     reader
	faults int

	wmu sync.Mutex // held for the length of one write

	mu      sync.Mutex
	leaveBy time.Time // guarded by mu; when the client must be gone, or zero
}

// open greets the client and reports whether the conversation goes on.
func (c *conn) open() (more bool) {
	err := c.greet()
	if err != nil {
		c.end(err)
	}
	return err == nil
}

// serve takes frames until one side ends the connection.
func (c *conn) serve() (more bool) {
	for {
		if err := c.turn(); err != nil {
			c.end(err)
			return false
		}
	}
}

// greet reads the preamble and the hello and answers it.
func (c *conn) greet() error {
	if err := c.allow(c.set.hello); err != nil {
		return err
	}
	// On a *tls.Conn the first read may bring a handshake, and its writes.
	if err := c.nc.SetWriteDeadline(time.Now().Add(c.set.hello)); err != nil {
		return err
	}
	if err := c.preamble(); err != nil {
		return c.readError(err, CodeHelloTimeout)
	}
	c.logOpen()
	t, n, err := c.rd.header()
	if err != nil {
		return c.readError(err, CodeHelloTimeout)
	}
	if t != TypeHello {
		return &Error{Code: CodeHelloExpected, Message: fmt.Sprintf("the first frame is %v; it must be hello", t)}
	}
	body, err := c.rd.body(n)
	if err != nil {
		return c.readError(err, CodeHelloTimeout)
	}
	return c.answerHello(body)
}

func (c *conn) preamble() error {
	got := c.rd.head[:len(Preamble)]
	n, err := io.ReadFull(c.nc, got)
	if string(got[:n]) != Preamble[:n] {
		return &Error{Code: CodeBadPreamble, Message: fmt.Sprintf("the first bytes are % x, not the preamble % x", got[:n], Preamble)}
	}
	return err
}

func (c *conn) answerHello(body []byte) error {
	h, err := parseHello(body)
	if err != nil {
		return err
	}
	version, err := h.choose()
	if err != nil {
		return err
	}
	c.srv.log().Debug("smartclient: client said hello", c.remote(),
		zap.String("client", h.client.Name), zap.String("version", h.client.Version), zap.Int("protocol", version))
	c.rd.limit = c.set.maxFrame
	return c.send((&helloOK{
		protocol: version,
		features: common(h.features, nil), // version 1 defines none
		server:   c.srv.Info,
		maxFrame: c.set.maxFrame,
		idle:     c.set.idle,
	}).frame())
}

// turn takes one frame. A fault after which the connection goes on is
// answered here, any other is the error.
func (c *conn) turn() error {
	err := c.frame()
	var fault *Error
	if !errors.As(err, &fault) || !fault.Continues || c.faults == maxFaults {
		return err
	}
	c.faults++
	c.report(fault)
	return c.send(fault.frame())
}

func (c *conn) frame() error {
	if err := c.allow(c.set.idle); err != nil {
		return err
	}
	t, n, err := c.rd.header()
	if err != nil {
		return c.readError(err, CodeIdleTimeout)
	}
	if n == 0 {
		return c.take(t, nil)
	}
	if err := c.allow(c.set.frame); err != nil {
		return err
	}
	if !t.known() {
		if err := c.rd.skip(n); err != nil {
			return c.readError(err, CodeFrameTimeout)
		}
		return c.take(t, nil)
	}
	body, err := c.rd.body(n)
	if err != nil {
		return c.readError(err, CodeFrameTimeout)
	}
	return c.take(t, body)
}

// take acts on a frame. The body of an unknown type was not kept.
func (c *conn) take(t Type, body []byte) error {
	switch t {
	case TypePing:
		if len(body) < minPing || len(body) > maxPing {
			return badPing(t, body)
		}
		return c.send(Frame{TypePong, body})
	case TypePong:
		return nil // to a ping that was never sent
	case TypeBye:
		bye, err := parseBye(body)
		if err != nil {
			return err
		}
		return bye
	case TypeError:
		return c.takeError(body)
	case TypeHello, TypeHelloOK:
		return &Error{Code: CodeUnexpectedFrame, Message: fmt.Sprintf("%v after the hello", t)}
	}
	return unknownType(t)
}

// takeError notes what the client complains about.
func (c *conn) takeError(body []byte) error {
	e, err := parseError(body)
	if err != nil {
		return err
	}
	log := c.srv.log().Info
	if e.Continues {
		log = c.srv.log().Debug // a client can send any number of these
	}
	log("smartclient: client reports an error", c.remote(),
		zap.String("code", e.Code), zap.String("message", e.Message))
	if e.Continues {
		return nil
	}
	return errOver
}

// allow gives the client d from now for what is read next, or less if it must
// be gone before.
func (c *conn) allow(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := time.Now().Add(d)
	if !c.leaveBy.IsZero() && c.leaveBy.Before(by) {
		by = c.leaveBy
	}
	return c.nc.SetReadDeadline(by)
}

func (c *conn) leaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.leaveBy.IsZero()
}

// readError turns the error of a read into the fault that it stands for; code
// is that of a deadline.
func (c *conn) readError(err error, code string) error {
	var foreign *ForeignError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		if c.leaving() {
			return errLeft
		}
		return &Error{Code: code, Message: timeoutMessages[code]}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Code: CodeTruncated, Message: "the stream ended in the middle"}
	case errors.As(err, &foreign):
		return &Error{Code: CodeTooLarge, Message: fmt.Sprintf("a frame starts with 0, not with % x", foreign.First)}
	}
	return err
}

var timeoutMessages = map[string]string{
	CodeHelloTimeout: "preamble and hello did not arrive in time",
	CodeIdleTimeout:  "the client was silent for too long",
	CodeFrameTimeout: "a frame was begun and did not arrive in time",
}

// send writes f whole, or fails after the time for a write. It may be called
// from any goroutine.
func (c *conn) send(f Frame) error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	return writeFrame(c.nc, f, c.set.write)
}

// writeFrame writes f within d. One write, so that it is one TLS record and
// one segment if it is small.
func writeFrame(nc net.Conn, f Frame, d time.Duration) error {
	if err := nc.SetWriteDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	_, err := nc.Write(AppendFrame(make([]byte, 0, 5+len(f.Body)), f))
	return err
}

func badPing(t Type, body []byte) error {
	return &Error{
		Code:      CodeBadBody,
		Message:   fmt.Sprintf("%v of %d bytes; it must have %d to %d", t, len(body), minPing, maxPing),
		Continues: true,
	}
}

// unknownType applies the rule for a type that is not known (section 2).
func unknownType(t Type) error {
	if t > lastSession {
		return nil
	}
	return &Error{
		Code:      CodeUnknownType,
		Message:   fmt.Sprintf("frame of unknown type %v", t),
		Continues: t > lastControl,
	}
}

// logOpen notes a new connection, and how it is secured, when its first bytes
// have arrived: only then has a *tls.Conn shaken hands.
func (c *conn) logOpen() {
	if !c.srv.log().Core().Enabled(zap.DebugLevel) {
		return
	}
	secured := "none"
	if t, ok := c.nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		secured = tls.VersionName(t.ConnectionState().Version)
	}
	c.srv.log().Debug("smartclient: connection opened", c.remote(), zap.String("tls", secured))
}

func (c *conn) remote() zap.Field { return zap.Stringer("remote", c.nc.RemoteAddr()) }
