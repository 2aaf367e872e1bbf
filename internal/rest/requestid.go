package rest

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// Headers that say which request this is.
const (
	headerRequestID   = "X-Request-Id"
	headerTraceparent = "Traceparent"
)

// maxRequestID is how long the id of a request from a client may be, in bytes.
const maxRequestID = 128

// identify returns the id of a request: that which the client gave it, if that is harmless
// in logs, else the id of the trace that it belongs to, else a new one. A trace goes on: its
// header says from then on that this server is the parent of what comes of the request.
func identify(h http.Header) (id string) {
	trace, ok := parseTraceparent(h[headerTraceparent])
	if ok {
		h[headerTraceparent] = []string{trace.child()}
	} else {
		delete(h, headerTraceparent)
		delete(h, "Tracestate")
	}
	if given := h[headerRequestID]; len(given) == 1 && isRequestID(given[0]) {
		return given[0]
	}
	if ok {
		return trace.id
	}
	return randomHex(16)
}

// isRequestID tells whether s can stand in a log and a header as it is.
func isRequestID(s string) bool {
	if s == "" || len(s) > maxRequestID {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("-_.:/+=@", c) < 0 {
			return false
		}
	}
	return true
}

// traceparent is a header of W3C Trace Context, level 1.
type traceparent struct {
	id    string // of the trace: 32 hexadecimal digits
	flags string // two
}

// parseTraceparent reads the header, of which there must be one. Later versions than 00 may
// say more; that does not go on.
func parseTraceparent(values []string) (traceparent, bool) {
	const length = len("00-") + 32 + len("-") + 16 + len("-00")
	if len(values) != 1 || len(values[0]) < length {
		return traceparent{}, false
	}
	s, more := values[0][:length], values[0][length:]
	version, id, parent, flags := s[:2], s[3:35], s[36:52], s[53:]
	switch {
	case s[2] != '-', s[35] != '-', s[52] != '-', !isHex(version), !isHex(id), !isHex(parent), !isHex(flags):
	case version == "ff", version == "00" && more != "", more != "" && more[0] != '-':
	case strings.Trim(id, "0") == "", strings.Trim(parent, "0") == "":
	default:
		return traceparent{id, flags}, true
	}
	return traceparent{}, false
}

// child returns the header for what this server does.
func (t traceparent) child() string {
	return "00-" + t.id + "-" + randomHex(8) + "-" + t.flags
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// randomHex returns n random bytes, a multiple of 8, not all zero, in hexadecimal digits. They
// tell requests apart and guard nothing.
func randomHex(n int) string {
	b := make([]byte, n)
	for i := 0; i < n; i += 8 {
		binary.NativeEndian.PutUint64(b[i:], rand.Uint64())
	}
	b[0] |= 1
	return hex.EncodeToString(b)
}
