package smartclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrServerClosed is returned by Server.Serve after a call to Shutdown or Close.
var ErrServerClosed = errors.New("smartclient: server closed")

// ErrClientClosed is the error of a Client after its Close.
var ErrClientClosed = errors.New("smartclient: client closed")

// ErrProtocol is wrapped by a Client's error if what the server sent breaks the
// rules of the protocol.
var ErrProtocol = errors.New("smartclient: the server breaks the protocol")

// The codes of error frames (section 6). The list is closed for a protocol
// version.
const (
	CodeBadPreamble        = "bad-preamble"
	CodeBadFrame           = "bad-frame"
	CodeTooLarge           = "too-large"
	CodeTruncated          = "truncated"
	CodeHelloExpected      = "hello-expected"
	CodeUnexpectedFrame    = "unexpected-frame"
	CodeUnknownType        = "unknown-type"
	CodeBadBody            = "bad-body"
	CodeUnsupportedVersion = "unsupported-version"
	CodeHelloTimeout       = "hello-timeout"
	CodeIdleTimeout        = "idle-timeout"
	CodeFrameTimeout       = "frame-timeout"
	CodeTLSRequired        = "tls-required"
	CodeRefused            = "refused"
	CodeBusy               = "busy"
	CodeInternal           = "internal"
)

// Codes returns every code that Server.OnFault is given.
func Codes() []string {
	return []string{
		CodeBadPreamble, CodeBadFrame, CodeTooLarge, CodeTruncated, CodeHelloExpected, CodeUnexpectedFrame,
		CodeUnknownType, CodeBadBody, CodeUnsupportedVersion, CodeHelloTimeout, CodeIdleTimeout, CodeFrameTimeout,
		CodeInternal,
	}
}

// Error is the content of an error frame: what one side has to say about
// what the other sent. The Client returns those it receives.
type Error struct {
	Code    string // one of the Code constants, or a code of a later version
	Message string // for a person; printable, may be empty
	// Continues reports whether the connection goes on, as if the frame that
	// caused the error had not been sent.
	Continues bool
	// MinProtocol and MaxProtocol are the versions that the sender speaks, if
	// Code is CodeUnsupportedVersion, and else 0.
	MinProtocol, MaxProtocol int
}

func (e *Error) Error() string {
	if e.Message == "" {
		return "smartclient: " + e.Code
	}
	return "smartclient: " + e.Code + ": " + e.Message
}

// ByeError is the end of a connection that the other side announced.
type ByeError struct {
	Reason  string // "done", "going-away", or a reason of a later version
	Message string // for a person; printable, may be empty
}

func (e *ByeError) Error() string {
	if e.Message == "" {
		return "smartclient: peer ended the connection: " + e.Reason
	}
	return "smartclient: peer ended the connection: " + e.Reason + ": " + e.Message
}

// The reasons of bye frames (section 7).
const (
	ReasonDone      = "done"
	ReasonGoingAway = "going-away"
)

// ForeignError says that the other side speaks another protocol: what it
// sent where a frame should start cannot be one.
type ForeignError struct {
	First []byte // the first bytes it sent, at most five
}

func (e *ForeignError) Error() string {
	switch {
	case e.HTTP():
		return "smartclient: peer speaks HTTP"
	case e.TLS():
		return "smartclient: peer speaks TLS"
	}
	return fmt.Sprintf("smartclient: peer speaks another protocol, first bytes % x", e.First)
}

// HTTP reports whether the bytes begin an HTTP/1 answer.
func (e *ForeignError) HTTP() bool { return bytes.HasPrefix(e.First, []byte("HTTP")) }

// TLS reports whether the bytes begin a TLS alert or handshake record.
func (e *ForeignError) TLS() bool {
	return len(e.First) > 1 && (e.First[0] == 0x15 || e.First[0] == 0x16) && e.First[1] == 3
}

// RefusalFrame returns the wire form of an error frame that ends a connection:
// what a port sends to a client that it recognised by the Preamble and will not
// serve (section 6, "Refusals by the port"). Code is one of the Code constants,
// message is for a person; what of it an error frame cannot carry is replaced
// or cut.
//
// The client's hello may be on its way or unread. Whoever sends this should end
// its own direction and read a little before it closes, or the reset that TCP
// sends for unread bytes can destroy the frame.
func RefusalFrame(code, message string) []byte {
	e := &Error{Code: code, Message: message}
	return AppendFrame(nil, e.frame())
}

// maxMessage is the greatest length of a message, and maxName that of a
// program's name or version, in bytes.
const (
	maxMessage = 1024
	maxName    = 64
)

type rangeBody struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

type errorBody struct {
	Code      string     `json:"code"`
	Message   string     `json:"message,omitempty"`
	Continues bool       `json:"continues"`
	Protocol  *rangeBody `json:"protocol,omitempty"`
}

func (e *Error) frame() Frame {
	b := errorBody{Code: e.Code, Message: printable(e.Message, maxMessage), Continues: e.Continues}
	if e.MaxProtocol > 0 {
		b.Protocol = &rangeBody{e.MinProtocol, e.MaxProtocol}
	}
	return Frame{TypeError, encode(b)}
}

// parseError reads the body of an error frame.
func parseError(body []byte) (*Error, error) {
	o, err := parseObject(TypeError.String(), body)
	if err != nil {
		return nil, err
	}
	e := &Error{
		Code:      o.text("code", true, maxName),
		Message:   o.message(),
		Continues: o.flag("continues"),
	}
	if p := o.object("protocol", false); p != nil {
		e.MinProtocol, e.MaxProtocol = p.versions()
		o.adopt(p)
	}
	return e, o.err
}

type byeBody struct {
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
}

func byeFrame(reason, message string) Frame {
	return Frame{TypeBye, encode(byeBody{reason, message})}
}

// parseBye reads the body of a bye frame.
func parseBye(body []byte) (*ByeError, error) {
	o, err := parseObject(TypeBye.String(), body)
	if err != nil {
		return nil, err
	}
	return &ByeError{Reason: o.text("reason", true, maxName), Message: o.message()}, o.err
}

// encode returns the JSON form of one of this package's bodies, all of which
// have one.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// printable returns s with what a terminal or a log could take for more than
// text replaced, and cut to limit bytes.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
