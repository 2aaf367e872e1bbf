package smartclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// ClientOptions are a client's figures. The zero value is ready to use.
type ClientOptions struct {
	Info     Info // what the client says of itself
	MaxFrame int  // longest payload taken, in bytes, as that of Server; 0 means DefaultMaxFrame

	// HelloTimeout bounds NewClient if its context does not do so earlier.
	// WriteTimeout bounds each write. Zero means ten seconds for both.
	HelloTimeout time.Duration
	WriteTimeout time.Duration
}

// Client is the client's end of one connection. It keeps the connection
// alive, and its methods are safe for concurrent use.
type Client struct {
	nc       net.Conn
	welcome  *helloOK
	write    time.Duration
	done     chan struct{} // closed when the connection has ended
	routines sync.WaitGroup

	// Used by the goroutine that reads only.
	rd     reader
	faults int

	wmu      sync.Mutex // held for the length of one write
	lastSent time.Time  // guarded by wmu

	mu      sync.Mutex // guards all below
	err     error      // why the connection ended; set before done is closed
	lastID  uint64
	waiting map[uint64]chan time.Time // pings without a pong yet
}

// NewClient sends the preamble and the hello over nc, waits for the server's
// answer and returns a client that is ready. It takes nc over: Close closes it,
// and NewClient itself does if it fails.
//
// The error wraps an *Error if the server refuses, a *ByeError if it is stopping, a
// *ForeignError if what answers is no SmartClient server, ErrProtocol if it is
// one that breaks the rules, io.EOF or io.ErrUnexpectedEOF if the connection ends
// before the answer, the error of ctx if that ends, context.DeadlineExceeded if
// the time for the hello is over, and else the error of nc.
//
// A client runs two goroutines, one that reads and one that keeps the
// connection alive. Both end with the connection; Close waits for them.
func NewClient(ctx context.Context, nc net.Conn, o ClientOptions) (*Client, error) {
	if o.MaxFrame == 0 {
		o.MaxFrame = DefaultMaxFrame
	}
	if o.MaxFrame < LeastMaxFrame || o.MaxFrame > GreatestMaxFrame {
		cut(nc)
		return nil, fmt.Errorf("smartclient: MaxFrame is %d bytes; it must be from %d to %d",
			o.MaxFrame, LeastMaxFrame, GreatestMaxFrame)
	}
	ctx, cancel := context.WithTimeout(ctx, orDefault(o.HelloTimeout, 10*time.Second))
	defer cancel()
	c := &Client{
		nc:      nc,
		rd:      reader{r: nc, limit: maxHello},
		write:   orDefault(o.WriteTimeout, 10*time.Second),
		done:    make(chan struct{}),
		waiting: make(map[uint64]chan time.Time),
	}
	if err := c.greet(ctx, o); err != nil {
		cut(nc)
		return nil, fmt.Errorf("hello: %w", err)
	}
	c.routines.Go(c.receive)
	c.routines.Go(c.keepAlive)
	return c, nil
}

// greet does the client's part of the hello. Its deadline and its end are ctx's.
func (c *Client) greet(ctx context.Context, o ClientOptions) error {
	stop := context.AfterFunc(ctx, func() { _ = c.nc.SetDeadline(time.Unix(1, 0)) })
	err := c.exchangeHello(o)
	if !stop() {
		return ctx.Err()
	}
	return err
}

func (c *Client) exchangeHello(o ClientOptions) error {
	h := &hello{min: MinProtocol, max: MaxProtocol, client: o.Info, maxFrame: o.MaxFrame}
	_, writeErr := c.nc.Write(AppendFrame([]byte(Preamble), h.frame()))
	// Even if that failed: the server may have said why before it closed.
	f, err := c.next()
	if err != nil {
		return errors.Join(broken(err), writeErr)
	}
	c.lastSent = time.Now()
	c.rd.limit = o.MaxFrame
	return c.takeWelcome(f)
}

// next reads a frame. It keeps no body of an unknown type.
func (c *Client) next() (f Frame, err error) {
	var n int
	f.Type, n, err = c.rd.header()
	switch {
	case err != nil:
	case f.Type.known():
		f.Body, err = c.rd.body(n)
	default:
		err = c.rd.skip(n)
	}
	if err != nil {
		return Frame{}, fmt.Errorf("read: %w", err)
	}
	return f, nil
}

func (c *Client) takeWelcome(f Frame) (err error) {
	switch f.Type {
	case TypeHelloOK:
		c.welcome, err = parseHelloOK(f.Body)
		if err == nil && (c.welcome.protocol < MinProtocol || c.welcome.protocol > MaxProtocol) {
			return fmt.Errorf("%w: the server chose version %d, which was not offered", ErrProtocol, c.welcome.protocol)
		}
		return broken(err)
	case TypeError, TypeBye:
		return remoteEnd(f)
	}
	return fmt.Errorf("%w: the server answered with a frame of type %v", ErrProtocol, f.Type)
}

// broken returns err as a fault of the server if it is an *Error of this side's
// making, so that an *Error is always one that the server sent.
func broken(err error) error {
	var fault *Error
	if errors.As(err, &fault) {
		return fmt.Errorf("%w: %s: %s", ErrProtocol, fault.Code, fault.Message)
	}
	return err
}

// remoteEnd returns what an error or bye frame says.
func remoteEnd(f Frame) error {
	if f.Type == TypeBye {
		bye, err := parseBye(f.Body)
		if err != nil {
			return broken(err)
		}
		return bye
	}
	e, err := parseError(f.Body)
	if err != nil {
		return broken(err)
	}
	return e
}

// ServerInfo returns what the server says of itself.
func (c *Client) ServerInfo() Info { return c.welcome.server }

// Protocol returns the protocol version in use.
func (c *Client) Protocol() int { return c.welcome.protocol }

// IdleTimeout returns after how much silence either side takes the other for
// dead. The client sends often enough by itself.
func (c *Client) IdleTimeout() time.Duration { return c.welcome.idle }

// Done returns a channel that is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the connection ended, or nil while it has not: an *Error or a
// *ByeError from the server, ErrClientClosed, or the error of a read or write.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Ping sends a ping and returns the time until its pong. When ctx ends first
// the error is ctx's and the connection goes on; when the connection has ended
// it is that of Err.
func (c *Client) Ping(ctx context.Context) (time.Duration, error) {
	pong := make(chan time.Time, 1)
	id, err := c.expect(pong)
	if err != nil {
		return 0, err
	}
	defer c.forget(id)
	start := time.Now()
	go func() { // a server that does not read may hold the write up, but not the caller
		defer c.routines.Done()
		if err := c.send(pingFrame(id)); err != nil {
			c.failWrite(err)
		}
	}()
	select {
	case at := <-pong:
		return at.Sub(start), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-c.done:
		return 0, c.Err()
	}
}

// Close says bye, closes the connection and waits for the client's
// goroutines. It returns nil.
func (c *Client) Close() error {
	if c.settle(ErrClientClosed) {
		c.sayBye()
		c.cut()
	}
	c.routines.Wait()
	return nil
}

// sayBye sends a bye if nothing is in its way. That it arrives is not worth
// waiting for: the end of the connection says as much.
func (c *Client) sayBye() {
	if c.wmu.TryLock() {
		defer c.wmu.Unlock()
		if writeFrame(c.nc, byeFrame(ReasonDone, ""), time.Second) == nil {
			endWrite(c.nc)
		}
	}
}

// expect registers pong for the next ping and returns that ping's number. It also
// counts the goroutine that sends it.
func (c *Client) expect(pong chan time.Time) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	c.lastID++
	c.waiting[c.lastID] = pong
	c.routines.Add(1) // under mu while the connection lives, so before Close waits
	return c.lastID, nil
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// fail ends the connection with err, unless it has ended already.
func (c *Client) fail(err error) {
	if c.settle(err) {
		c.cut()
	}
}

// settle makes err the reason for the end and reports true, or false if there
// is one already. Who gets true calls cut.
func (c *Client) settle(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.err = err
	return true
}

func (c *Client) cut() {
	close(c.done)
	cut(c.nc)
}

// failWrite ends the connection after a failed write, unless the reader finds
// within a moment why the server closed it.
func (c *Client) failWrite(err error) {
	sleep(c.done, time.Second)
	c.fail(err)
}
