package grpcport

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/tap"
)

// A receiver is told when a message of its call has been received, and that the
// credentials of a call have been accepted. Requests are received before any interceptor
// runs, so what limits them travels in the call's context.
type receiver interface {
	messageReceived()
	admitted()
}

// receiverKey is the context key of the call's receiver.
type receiverKey struct{}

// receiverOf returns the receiver of the call, or nil.
func receiverOf(ctx context.Context) receiver {
	r, _ := ctx.Value(receiverKey{}).(receiver)
	return r
}

func received(ctx context.Context) {
	if r := receiverOf(ctx); r != nil {
		r.messageReceived()
	}
}

func admitted(ctx context.Context) {
	if r := receiverOf(ctx); r != nil {
		r.admitted()
	}
}

// countedStream tells the call's receiver of each message.
type countedStream struct {
	grpc.ServerStream
	receiver receiver
}

func (s countedStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if err == nil {
		s.receiver.messageReceived()
	}
	return err
}

// arrival ends a call whose request does not arrive.
type arrival struct{ timer *time.Timer }

func (a arrival) messageReceived() { a.timer.Stop() }
func (a arrival) admitted()        {}

// requestTimeout is how long the one request of a call of the method may take.
func (s *Server) requestTimeout(method string) time.Duration {
	if isPublic(method) {
		return s.opts.RequestTimeout
	}
	return 6 * s.opts.RequestTimeout
}

// expectRequest gives the one request of a call that came over an ALPN
// connection its time to arrive, unless it has: mostly it comes together with the
// headers. Clients that stream take the time they need; keepalive tells whether
// they are alive.
func (s *Server) expectRequest(ctx context.Context, info *tap.Info) (context.Context, error) {
	if s.catalog().clientStreams[info.FullMethodName] || haveArrived(ctx) {
		return ctx, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(s.requestTimeout(info.FullMethodName), cancel)
	return context.WithValue(ctx, receiverKey{}, arrival{timer}), nil
}

// haveArrived reports whether the connection of a call waits for no request.
func haveArrived(ctx context.Context) bool {
	info := infoOf(ctx)
	return info != nil && info.conn != nil && !info.conn.waits()
}

// frameHeader is the length of what precedes each message: one byte of flags and
// the length, four bytes, big-endian.
const frameHeader = 5

// boundBody returns r with ctx and a body that is not read far ahead of the
// method; if the method takes one message, the body is no longer than that and
// arrives in time. (The transport that grpc-go puts between net/http and the
// service reads without end and keeps what it reads.)
//
// Nothing of the body of a method that is not public is read before its credentials have
// been accepted. Cut ends the call.
func (s *Server) boundBody(ctx context.Context, cut func(), w http.ResponseWriter, r *http.Request) *http.Request {
	limit := int64(s.opts.MaxRecvBytes)
	public := isPublic(r.URL.Path)
	if public {
		limit = int64(s.opts.MaxPublicBytes)
	}
	body := newPacedBody(r.Body, limit)
	body.shut = !public
	body.holds = s.intake.holder(cut)
	if !s.catalog().clientStreams[r.URL.Path] {
		// Without support for deadlines the HTTP server's own limits hold.
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.requestTimeout(r.URL.Path)))
		body.body = http.MaxBytesReader(nil, r.Body, limit+frameHeader)
		body.single = true
	}
	r = r.WithContext(context.WithValue(ctx, receiverKey{}, body))
	r.Body = body
	return r
}

// readAhead is how many bytes of messages that nobody has received yet may be
// kept, beyond one message.
const readAhead = 64 << 10

// readAheadMessages is how many such messages may be kept, beyond those of one
// Read. Each may have been read by itself and hold a buffer of 16 KiB.
const readAheadMessages = 16

var errBodyClosed = errors.New("grpcport: body closed")

// pacedBody is the body of a request. Read waits while whole messages of more
// than readAhead bytes, or more than readAheadMessages, wait to be received, and
// for ever, that is until Close, after the header of a message that exceeds the
// limit. Together at most one message, readAhead and one Read are kept. With
// single, readAhead is no bound.
//
// Read returns short only where a message or the body ends: grpc-go keeps the
// whole buffer of 16 KiB of each Read until the message is complete, and a peer
// may send its message in frames of one byte.
type pacedBody struct {
	body   io.ReadCloser
	holds  *holder // what unfinished messages take; nil: nobody asks
	limit  int64   // longest message
	single bool    // body has an end of its own, and grpc-go wants to see it before the method runs

	mu     sync.Mutex // guards the fields below
	moved  *sync.Cond // signalled when Read may go on
	closed bool
	shut   bool // nothing may be read yet
	frames frames
}

func newPacedBody(body io.ReadCloser, limit int64) *pacedBody {
	b := &pacedBody{body: body, limit: limit}
	b.moved = sync.NewCond(&b.mu)
	return b
}

func (b *pacedBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	for !b.closed && b.mustWait() {
		b.moved.Wait()
	}
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return 0, errBodyClosed
	}
	return b.fill(p)
}

func (b *pacedBody) mustWait() bool {
	f := &b.frames
	return b.shut || f.waiting > readAhead && !b.single || len(f.whole) > readAheadMessages || f.next > b.limit
}

// fill reads until p is full, or a message ends or shows itself too long.
func (b *pacedBody) fill(p []byte) (n int, err error) {
	for more := true; more && n < len(p) && err == nil; {
		var got int
		got, err = b.body.Read(p[n:])
		more = b.add(p[n : n+got])
		n += got
	}
	return n, err
}

// add notes what was read and reports whether that ends within a message that
// may be received.
func (b *pacedBody) add(p []byte) (within bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.frames.unfinished()
	b.frames.add(p)
	if b.holds != nil && !b.closed {
		b.holds.add(b.frames.unfinished() - before)
	}
	return b.frames.have > 0 && b.frames.next <= b.limit
}

func (b *pacedBody) messageReceived() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.frames.drop()
	b.moved.Signal()
}

func (b *pacedBody) admitted() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = false
	b.moved.Signal()
}

func (b *pacedBody) Close() error {
	b.mu.Lock()
	b.closed = true
	if b.holds != nil {
		b.holds.release()
	}
	b.moved.Signal()
	b.mu.Unlock()
	return b.body.Close()
}

// frames finds the messages in a stream of bytes.
type frames struct {
	header  [frameHeader]byte
	have    int     // bytes of the present header
	next    int64   // length of the present message, once its header is complete
	missing int64   // bytes of it still to come
	whole   []int64 // lengths of the messages that have come and not been received, headers included
	waiting int64   // their sum
}

func (f *frames) add(p []byte) {
	for len(p) > 0 {
		if f.have < frameHeader {
			n := copy(f.header[f.have:], p)
			f.have += n
			p = p[n:]
			if f.have < frameHeader {
				return
			}
			f.next = int64(binary.BigEndian.Uint32(f.header[1:]))
			f.missing = f.next
		}
		n := min(f.missing, int64(len(p)))
		f.missing -= n
		p = p[n:]
		if f.missing == 0 {
			f.finish()
		}
	}
}

// unfinished returns how many bytes of the present message have come.
func (f *frames) unfinished() int64 {
	if f.have < frameHeader {
		return int64(f.have)
	}
	return frameHeader + f.next - f.missing
}

// finish ends the present message.
func (f *frames) finish() {
	f.whole = append(f.whole, f.next+frameHeader)
	f.waiting += f.next + frameHeader
	f.have, f.next = 0, 0
}

// drop forgets the oldest message.
func (f *frames) drop() {
	if len(f.whole) == 0 {
		return
	}
	f.waiting -= f.whole[0]
	f.whole = f.whole[1:]
}
