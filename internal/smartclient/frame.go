package smartclient

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Type says what a frame's body is (section 2, "Types").
type Type byte

// The control frames.
const (
	TypeHello   Type = 0x01
	TypeHelloOK Type = 0x02
	TypePing    Type = 0x03
	TypePong    Type = 0x04
	TypeError   Type = 0x05
	TypeBye     Type = 0x06
)

// The ranges of types: control frames up to lastControl, then session frames
// up to lastSession, then those that a peer may ignore.
const (
	lastControl Type = 0x0F
	lastSession Type = 0x7F
)

// Limits of a frame's length, which counts its type and its body (section 2,
// "Limits").
const (
	// DefaultMaxFrame is the limit of a side that names none.
	DefaultMaxFrame = 1 << 20
	// LeastMaxFrame and GreatestMaxFrame bound what a side may name.
	LeastMaxFrame    = 64 << 10
	GreatestMaxFrame = 1<<24 - 1

	maxHello   = 4 << 10
	maxControl = 64 << 10
)

// The size of a ping's body, and so of a pong's (section 5).
const (
	minPing = 8
	maxPing = 64
)

// Frame is one unit of the conversation.
type Frame struct {
	Type Type
	Body []byte
}

// String returns the type's name as the specification spells it, or its number.
func (t Type) String() string {
	switch t {
	case TypeHello:
		return "hello"
	case TypeHelloOK:
		return "hello-ok"
	case TypePing:
		return "ping"
	case TypePong:
		return "pong"
	case TypeError:
		return "error"
	case TypeBye:
		return "bye"
	}
	return fmt.Sprintf("0x%02x", byte(t))
}

// limit returns the greatest length of a frame of type t on a connection
// whose receiver takes frames up to limit.
func (t Type) limit(limit int) int {
	switch {
	case t == TypeHello || t == TypeHelloOK:
		return min(limit, maxHello)
	case t <= lastControl:
		return min(limit, maxControl)
	}
	return limit
}

// known reports whether t is one of the types of this version.
func (t Type) known() bool { return t >= TypeHello && t <= TypeBye }

// AppendFrame appends the wire form of f to dst and returns the extended slice.
// It panics if f is longer than GreatestMaxFrame, which no receiver takes.
func AppendFrame(dst []byte, f Frame) []byte {
	length := 1 + len(f.Body)
	if length > GreatestMaxFrame {
		panic(fmt.Sprintf("smartclient: frame of %d bytes", length))
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(length))
	dst = append(dst, byte(f.Type))
	return append(dst, f.Body...)
}

// ReadFrame reads one frame from r. Its body is a new slice, and nil if empty.
//
// Limit is the greatest length accepted, in bytes, type included; control
// frames have smaller limits of their own (section 2). The error is io.EOF if
// r ends before the first byte, io.ErrUnexpectedEOF if it ends inside the
// frame, a *ForeignError if the first byte is not 0, and an *Error with
// CodeBadFrame or CodeTooLarge, before any body is read or room for it
// reserved, if the length is 0 or beyond its limit. Any other error is r's.
func ReadFrame(r io.Reader, limit int) (Frame, error) {
	rd := reader{r: r, limit: limit}
	t, n, err := rd.header()
	if err != nil {
		return Frame{}, err
	}
	body, err := rd.body(n)
	if err != nil {
		return Frame{}, err
	}
	return Frame{t, body}, nil
}

// reader reads frames with no room of its own but that for a header, so that
// a connection that waits for a frame costs next to nothing.
type reader struct {
	r     io.Reader
	limit int
	head  [5]byte
}

// header reads a frame's length and type and returns the type and the length
// of the body that follows. Errors are those of ReadFrame.
func (r *reader) header() (Type, int, error) {
	n, err := io.ReadAtLeast(r.r, r.head[:], 4)
	if n > 0 && r.head[0] != 0 {
		return 0, 0, &ForeignError{First: slices.Clone(r.head[:n])}
	}
	if n == 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		// crypto/tls reports a stream that ended without close_notify this
		// way. Between frames it is an end like any other.
		return 0, 0, io.EOF
	}
	if err != nil {
		return 0, 0, err
	}
	length := int(binary.BigEndian.Uint32(r.head[:]))
	if length == 0 {
		return 0, 0, &Error{Code: CodeBadFrame, Message: "a frame of length 0 has no type"}
	}
	if length > r.limit {
		return 0, 0, tooLarge("frame", length, r.limit)
	}
	if n == 4 {
		if _, err := io.ReadFull(r.r, r.head[4:]); err != nil {
			return 0, 0, inFrame(err)
		}
	}
	t := Type(r.head[4])
	if limit := t.limit(r.limit); length > limit {
		return 0, 0, tooLarge(t.String()+" frame", length, limit)
	}
	return t, length - 1, nil
}

// firstChunk is how much room is reserved on a header's word alone; more
// follows as bytes arrive.
const firstChunk = 4 << 10

// body reads the n bytes of a body.
func (r *reader) body(n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	body := make([]byte, 0, min(n, firstChunk))
	for len(body) < n {
		if len(body) == cap(body) {
			body = slices.Grow(body, min(len(body), n-len(body)))
		}
		have := len(body)
		body = body[:min(cap(body), n)]
		if _, err := io.ReadFull(r.r, body[have:]); err != nil {
			return nil, inFrame(err)
		}
	}
	return body, nil
}

// skip reads the n bytes of a body and keeps none.
func (r *reader) skip(n int) error {
	if _, err := io.CopyN(io.Discard, r.r, int64(n)); err != nil {
		return inFrame(err)
	}
	return nil
}

// inFrame names an end of the stream inside a frame.
func inFrame(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func tooLarge(what string, length, limit int) *Error {
	return &Error{
		Code:    CodeTooLarge,
		Message: fmt.Sprintf("%s of %d bytes; at most %d are taken here", what, length, limit),
	}
}
