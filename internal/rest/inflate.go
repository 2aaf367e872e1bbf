package rest

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"

	"appserver/internal/exchange"
)

// The errors of bodies that have a Content-Encoding.
var (
	// errCoding is the error of decodeBody for what it does not know: 415.
	errCoding = errors.New("the Content-Encoding of the request is not known")
	// errCoded is within the errors of reading a body that is not what its
	// Content-Encoding says: 400.
	errCoded = errors.New("the body of the request is not what its Content-Encoding says")
)

// acceptedCodings is what Accept-Encoding says beside the answer to a request with a coding
// that is not known.
const acceptedCodings = codingGzip + ", " + codingDeflate + ", " + codingBrotli

// The bounds of what a compressed body may become: more than any text gains, and less than
// what is made to fill memory.
const (
	inflateFree  = 1 << 20 // bytes that may come of however little
	inflateRatio = 200     // beyond that, bytes for each that was sent
)

// decodeBody has r.Body give what its Content-Encoding (gzip, deflate or br) holds, of at
// most limit bytes, and takes that field from the header; the length is not known then. A
// body without a coding stays as it is. The error is errCoding. Reading more than limit, or
// what grows beyond measure, is the error [exchange.ErrTooLarge].
func decodeBody(r *http.Request, limit int64) error {
	coding, err := codingOf(r.Header.Values("Content-Encoding"))
	if err != nil {
		return err
	}
	if _, sent := r.Header["Content-Encoding"]; sent {
		r.Header.Del("Content-Encoding")
	}
	if coding == "" || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	r.Header.Del("Content-Length")
	r.ContentLength = -1
	r.Body = &inflater{coding: coding, body: r.Body, limit: limit}
	return nil
}

// codingOf returns the one coding in the values of Content-Encoding; "" for none. Several,
// one inside the other, are refused: nobody sends them in good faith.
func codingOf(values []string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(strings.Join(values, ",")))
	switch name = strings.TrimPrefix(name, "x-"); name {
	case "", "identity":
		return "", nil
	case codingGzip, codingDeflate, codingBrotli:
		return name, nil
	}
	return "", errCoding
}

// inflater is a body that is decoded while it is read.
type inflater struct {
	coding string
	body   io.ReadCloser
	limit  int64 // of what may still come out
	// take notes how many bytes of memory decoding takes beyond what every request does; its
	// error is that there are none. It may be nil.
	take func(n int) error

	decoder io.Reader // nil before the first Read
	in, out int64     // bytes so far
	err     error     // that ended it
}

func (i *inflater) Close() error { return i.body.Close() }

func (i *inflater) Read(p []byte) (int, error) {
	if i.err != nil || len(p) == 0 {
		return 0, i.err
	}
	n, err := i.read(p)
	if i.out += int64(n); i.out > i.limit || i.out > max(inflateFree, i.in*inflateRatio) {
		n, err = 0, exchange.ErrTooLarge
	}
	i.err = err
	return n, err
}

func (i *inflater) read(p []byte) (int, error) {
	if i.decoder == nil {
		if err := i.open(bufio.NewReader(sourceOf{i})); err != nil {
			return 0, err
		}
	}
	n, err := i.decoder.Read(p)
	if err != nil && err != io.EOF {
		err = i.explain(err)
	}
	return n, err
}

// open makes the decoder.
func (i *inflater) open(r *bufio.Reader) (err error) {
	if head, err := r.Peek(1); err == nil && i.coding == codingBrotli && i.take != nil {
		if err := i.take(brotliMemory(head[0])); err != nil {
			return err
		}
	}
	if i.decoder, err = newDecoder(i.coding, r); err != nil {
		return i.explain(err)
	}
	return nil
}

// brotliMemory returns how many bytes the decoder of br may take for what begins with the
// byte (RFC 7932, section 9.1): up to 16 MiB, which it does after a few bytes if these only
// announce as much.
func brotliMemory(head byte) int {
	bits := 16
	if head&1 != 0 {
		if n := int(head >> 1 & 7); n != 0 {
			bits = 17 + n
		} else if n := int(head >> 4 & 7); n != 0 {
			bits = 8 + n
		} else {
			bits = 17
		}
	}
	return 1 << bits
}

// explain tells a body that cannot be decoded from one that cannot be read.
func (i *inflater) explain(err error) error {
	if fault, ok := errors.AsType[*sourceError](err); ok {
		return fault.err
	}
	return fmt.Errorf("%w (%s): %v", errCoded, i.coding, err)
}

// sourceOf reads what was sent.
type sourceOf struct{ *inflater }

// sourceError is an error of reading what was sent.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }

func (s sourceOf) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	s.in += int64(n)
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	return n, err
}

func newDecoder(coding string, r *bufio.Reader) (io.Reader, error) {
	switch coding {
	case codingGzip:
		return gzip.NewReader(r)
	case codingBrotli:
		return brotli.NewReader(r), nil
	}
	if head, err := r.Peek(2); err == nil && !isZlib(head) {
		return flate.NewReader(r), nil // as some clients take the name
	}
	return zlib.NewReader(r)
}

// isZlib tells whether head begins data in the format of zlib (RFC 1950, section 2.2).
func isZlib(head []byte) bool {
	return head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0
}
