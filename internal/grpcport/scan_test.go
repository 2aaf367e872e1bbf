package grpcport

import (
	"bytes"
	"testing"

	"golang.org/x/net/http2"
)

// written returns the frames that write writes, after a preface if client.
func written(t testing.TB, client bool, write func(*http2.Framer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if client {
		b.WriteString(http2.ClientPreface)
	}
	if err := write(http2.NewFramer(&b, nil)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func headers(stream uint32, end bool) func(*http2.Framer) error {
	return func(f *http2.Framer) error {
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte("x"), EndHeaders: true, EndStream: end})
	}
}

func data(stream uint32, end bool, p []byte) func(*http2.Framer) error {
	return func(f *http2.Framer) error { return f.WriteData(stream, end, p) }
}

func all(writes ...func(*http2.Framer) error) func(*http2.Framer) error {
	return func(f *http2.Framer) error {
		for _, write := range writes {
			if err := write(f); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestScanner(t *testing.T) {
	long := frame(100) // a header that says 100 bytes, and these
	tests := []struct {
		name   string
		client func(*http2.Framer) error
		server func(*http2.Framer) error
		held   int64
	}{
		{"nothing", func(f *http2.Framer) error { return f.WriteSettings() }, nil, 0},
		{"a whole message", all(headers(1, false), data(1, false, long)), nil, 0},
		{"an empty message", all(headers(1, false), data(1, false, frame(0))), nil, 0},
		{"half a header", all(headers(1, false), data(1, false, long[:3])), nil, 3 + frameOverhead},
		{"half a message", all(headers(1, false), data(1, false, long[:50])), nil, 50 + frameOverhead},
		{"one and a half", all(headers(1, false), data(1, false, long), data(1, false, long[:50])), nil, 50 + frameOverhead},
		{"in pieces", all(headers(1, false), data(1, false, long[:50]), data(1, false, long[50:])), nil, 0},
		{"in frames of a byte", all(headers(1, false), data(1, false, long[:1]), data(1, false, long[1:2]), data(1, false, long[2:3])), nil, 3 + 3*frameOverhead},
		{"two streams", all(headers(1, false), headers(3, false), data(1, false, long[:10]), data(3, false, long[:20])), nil, 30 + 2*frameOverhead},
		{"ended by the client", all(headers(1, false), data(1, true, long[:50])), nil, 0},
		{"reset by the client", all(headers(1, false), data(1, false, long[:50]), func(f *http2.Framer) error { return f.WriteRSTStream(1, 0) }), nil, 0},
		{"ended by trailers", all(headers(1, false), data(1, false, long[:50]), headers(1, true)), nil, 0},
		{"answered", all(headers(1, false), data(1, false, long[:50])), headers(1, true), 0},
		{"reset by the server", all(headers(1, false), data(1, false, long[:50])), func(f *http2.Framer) error { return f.WriteRSTStream(1, 0) }, 0},
		{"answer begun", all(headers(1, false), data(1, false, long[:50])), headers(1, false), 50 + frameOverhead},
		{"no such stream", data(7, false, long[:50]), nil, 0},
		{"padded", all(headers(1, false), func(f *http2.Framer) error { return f.WriteDataPadded(1, false, long[:50], make([]byte, 30)) }), nil, 50 + frameOverhead},
	}
	for _, tt := range tests {
		in := written(t, true, tt.client)
		for _, size := range []int{1, 2, 7, len(in)} {
			s := newScanner()
			for rest := in; len(rest) > 0; {
				n := min(size, len(rest))
				s.received(rest[:n])
				rest = rest[n:]
			}
			if tt.server != nil {
				s.sent(written(t, false, tt.server))
			}
			if s.held != tt.held {
				t.Errorf("%s in pieces of %d: held = %d; want %d", tt.name, size, s.held, tt.held)
			}
		}
	}
}

// A connection waits as long as its client may send more in a stream.
func TestWaits(t *testing.T) {
	c := &conn{scan: newScanner()}
	c.scan.received(written(t, true, all(headers(1, false), data(1, true, frame(9)), headers(3, true))))
	if c.waits() {
		t.Error("it waits although both requests have come")
	}
	c.scan.received(written(t, false, all(headers(5, false), headers(7, false), data(7, true, frame(9)))))
	if !c.waits() {
		t.Error("it does not wait for a request that has not come")
	}
	c.scan.received(written(t, false, data(5, true, frame(9))))
	if c.waits() {
		t.Error("it waits for a request that has come")
	}
}

// FuzzScanner demands that what is held is never negative nor more than what came, and
// that it does not depend on the pieces in which the bytes came.
func FuzzScanner(f *testing.F) {
	f.Add(written(f, true, all(headers(1, false), data(1, false, frame(100)[:50]))), 3)
	f.Add(written(f, true, func(f *http2.Framer) error { return f.WriteDataPadded(1, false, []byte("x"), make([]byte, 30)) }), 9)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		whole, pieces := newScanner(), newScanner()
		whole.received(in)
		for rest := in; len(rest) > 0; {
			n := min(max(size%100, 1), len(rest))
			pieces.received(rest[:n])
			rest = rest[n:]
		}
		if whole.held != pieces.held || whole.held < 0 || whole.held > int64(len(in))*frameOverhead {
			t.Errorf("held %d as a whole, %d in pieces, of %d", whole.held, pieces.held, len(in))
		}
		var sum int64
		for _, m := range whole.messages {
			sum += m.held
		}
		if sum != whole.held {
			t.Errorf("the messages hold %d; want %d", sum, whole.held)
		}
		whole.sent(in)
	})
}
