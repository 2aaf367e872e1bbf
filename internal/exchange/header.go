package exchange

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The bounds of the header that a program gives its answer, in bytes.
const (
	MaxHeaderField = 8 << 10  // one name with its value; what proxies and clients take
	MaxHeader      = 64 << 10 // all of them
)

// ErrHeader is within the errors of CheckHeader and CheckHeaders.
var ErrHeader = errors.New("the header of the answer cannot be sent")

// CheckHeader tells whether a header field can be part of an answer: the name is a token
// of RFC 9110, the value holds no control character but the tab, and so no end of a line,
// and both are not longer than MaxHeaderField. The error says what is wrong; it does not
// repeat the value, which may be a secret.
func CheckHeader(name, value string) error {
	switch {
	case !isToken(name):
		return fmt.Errorf("%w: %.64q is no name of a header field: letters, digits and - can be used", ErrHeader, name)
	case strings.ContainsFunc(value, isControl):
		return fmt.Errorf("%w: the value of %.64q holds a control character, as the end of a line is: remove it, or encode the value", ErrHeader, name)
	case len(name)+len(value) > MaxHeaderField:
		return fmt.Errorf("%w: %.64q is longer than %d bytes: send long values in the body", ErrHeader, name, MaxHeaderField)
	}
	return nil
}

// CheckHeaders is CheckHeader for all of h, which together must not be longer than
// MaxHeader.
func CheckHeaders(h http.Header) error {
	total := 0
	for name, values := range h {
		for _, value := range values {
			if err := CheckHeader(name, value); err != nil {
				return err
			}
			total += len(name) + len(value)
		}
	}
	if total > MaxHeader {
		return fmt.Errorf("%w: it is longer than %d bytes: send long values in the body", ErrHeader, MaxHeader)
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isToken tells whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
