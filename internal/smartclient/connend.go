package smartclient

import (
	"errors"
	"io"
	"net"
	"time"

	"go.uber.org/zap"
)

// end says the last word that err asks for and closes.
func (c *conn) end(err error) {
	var fault *Error
	var bye *ByeError
	reason := "lost"
	switch {
	case errors.As(err, &fault):
		reason = fault.Code
		c.lastWord(fault)
	case errors.As(err, &bye):
		reason = "bye"
		c.linger()
	case errors.Is(err, errOver):
		reason = "client fault"
		c.linger()
	case errors.Is(err, errLeft):
		reason = ReasonGoingAway
	case errors.Is(err, io.EOF):
		reason = "end of stream"
	}
	c.srv.log().Debug("smartclient: connection ended", c.remote(), zap.String("reason", reason), zap.Error(err))
}

// lastWord sends a fault that ends the connection.
func (c *conn) lastWord(fault *Error) {
	last := *fault
	last.Continues = false
	c.report(&last)
	if c.send(last.frame()) == nil {
		c.linger()
	}
}

// linger ends our direction and then reads what is still on its way, within
// bounds: closing with bytes unread makes TCP reset the connection, which can
// destroy our last frame before the client reads it.
func (c *conn) linger() {
	if !endWrite(c.nc) {
		return
	}
	if err := c.leaveWithin(lingerTime); err != nil {
		return
	}
	// Why it ends makes no difference any more.
	_, _ = io.CopyN(io.Discard, c.nc, lingerBytes)
}

// endWrite closes our direction of nc alone and reports whether that worked.
func endWrite(nc net.Conn) bool {
	half, ok := nc.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// report logs and counts a fault of the client.
func (c *conn) report(fault *Error) {
	c.srv.log().Info("smartclient: client fault", c.remote(), zap.String("code", fault.Code),
		zap.String("message", fault.Message), zap.Bool("continues", fault.Continues))
	c.srv.observe(fault.Code)
}

// leave tells the client that the server is going away and gives it a while
// to go. It may be called from any goroutine.
func (c *conn) leave() {
	err := c.send(byeFrame(ReasonGoingAway, "the server is stopping"))
	if err == nil {
		err = c.leaveWithin(c.set.leave)
	}
	if err != nil {
		cut(c.nc)
	}
}

// leaveWithin bounds all that is still read by d from now, if no bound of this
// kind is set yet.
func (c *conn) leaveWithin(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaveBy.IsZero() {
		c.leaveBy = time.Now().Add(d)
	}
	return c.nc.SetReadDeadline(c.leaveBy)
}
