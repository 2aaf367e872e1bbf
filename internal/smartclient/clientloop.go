package smartclient

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"
)

// receive takes frames until the connection ends.
func (c *Client) receive() {
	for {
		if err := c.turn(); err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *Client) turn() error {
	if err := c.nc.SetReadDeadline(time.Now().Add(c.welcome.idle)); err != nil {
		return err
	}
	f, err := c.next()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("smartclient: the server was silent for %v: %w", c.welcome.idle, err)
	case err != nil:
		return c.object(err)
	case f.Type == TypeError || f.Type == TypeBye:
		return c.takeLast(f)
	}
	return c.object(c.take(f))
}

// takeLast takes what may be the server's last word.
func (c *Client) takeLast(f Frame) error {
	err := remoteEnd(f)
	if e, ok := err.(*Error); ok && e.Continues {
		return nil // about a frame of a kind that this client does not send
	}
	if f.Type == TypeBye {
		c.sayBye() // nothing is under way that would have to finish first
	}
	return err
}

func (c *Client) take(f Frame) error {
	switch f.Type {
	case TypePong:
		c.takePong(f.Body)
		return nil
	case TypePing:
		if len(f.Body) < minPing || len(f.Body) > maxPing {
			return badPing(f.Type, f.Body)
		}
		return c.send(Frame{TypePong, f.Body})
	case TypeHello, TypeHelloOK:
		return &Error{Code: CodeUnexpectedFrame, Message: fmt.Sprintf("%v after the hello", f.Type)}
	}
	return unknownType(f.Type)
}

// object tells the server of a fault of its own. It returns nil if the connection
// goes on, and else why it does not.
func (c *Client) object(err error) error {
	var fault *Error
	if !errors.As(err, &fault) {
		return err
	}
	last := *fault
	last.Continues = fault.Continues && c.faults < maxFaults
	c.faults++
	if err := c.send(last.frame()); err != nil {
		return err
	}
	if last.Continues {
		return nil
	}
	return broken(fault)
}

func (c *Client) takePong(body []byte) {
	if len(body) != minPing {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := binary.BigEndian.Uint64(body)
	if pong, ok := c.waiting[id]; ok {
		delete(c.waiting, id) // a second pong must not block on the full channel
		pong <- time.Now()
	}
}

// keepAlive pings when the client was quiet for a third of the time that the
// server allows.
func (c *Client) keepAlive() {
	quiet := c.welcome.idle / 3
	wait := quiet
	for sleep(c.done, wait) {
		if wait = quiet - c.sinceSent(); wait > 0 {
			continue
		}
		// Number 0 is no ping's that anyone waits for.
		if err := c.send(pingFrame(0)); err != nil {
			c.failWrite(err)
			return
		}
		wait = quiet
	}
}

func (c *Client) sinceSent() time.Duration {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	return time.Since(c.lastSent)
}

func (c *Client) send(f Frame) error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	if err := writeFrame(c.nc, f, c.write); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	c.lastSent = time.Now()
	return nil
}

func pingFrame(id uint64) Frame {
	return Frame{TypePing, binary.BigEndian.AppendUint64(nil, id)}
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
