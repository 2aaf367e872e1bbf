package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// reason says for people why a request with the context failed. It repeats neither addresses nor header
// lines, which may hold secrets.
func (e *exchange) reason(ctx context.Context, err error) string {
	if text, ok := isFailure(err); ok {
		return oneLine(text) // may have what a proxy said
	}
	if denied := new(deniedError); errors.As(err, &denied) {
		return denied.text
	}
	if ctx.Err() != nil {
		return fmt.Sprintf("there was no complete answer within %g s", e.timeout.Seconds())
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return "the server does not speak TLS on this port: name another port, or an address with http://"
	}
	if e.settings.Reason != nil {
		if text := e.settings.Reason(err); text != "" {
			return text
		}
	}
	return networkReason(err)
}

// networkReason is reason for what is wrong with a connection.
func networkReason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "there is no host with this name"
		}
		return "the name of the host cannot be looked up: " + dns.Err
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused: nothing listens on this port"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to this host"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the server has reset the connection"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server has closed the connection before its answer was complete"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Sprintf("the host does not answer: there was no connection within %g s", dialTimeout.Seconds())
	}
	for wrapped := new(url.Error); errors.As(err, &wrapped); {
		err = wrapped.Err
	}
	return oneLine(err.Error())
}

// oneLine shortens a text of the library, parts of which peers may have chosen, and makes
// it one line.
func oneLine(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
