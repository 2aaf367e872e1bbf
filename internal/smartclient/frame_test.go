package smartclient

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadFrame(t *testing.T) {
	long := Frame{0x20, bytes.Repeat([]byte("x"), 70000)}
	tests := []struct {
		name  string
		in    string
		limit int
		want  Frame
		code  string // of the *Error
		err   error
	}{
		{name: "empty body", in: "\x00\x00\x00\x01\x06", want: Frame{Type: TypeBye}},
		{name: "body", in: "\x00\x00\x00\x04\x03abc", want: Frame{TypePing, []byte("abc")}},
		{name: "followed by another", in: "\x00\x00\x00\x02\x03a\x00\x00\x00\x01\x06", want: Frame{TypePing, []byte("a")}},
		{name: "longer than a chunk", in: string(AppendFrame(nil, long)), want: long},
		{name: "nothing", in: "", err: io.EOF},
		{name: "inside the length", in: "\x00\x00", err: io.ErrUnexpectedEOF},
		{name: "before the type", in: "\x00\x00\x00\x02", err: io.ErrUnexpectedEOF},
		{name: "inside the body", in: "\x00\x00\x00\x04\x03ab", err: io.ErrUnexpectedEOF},
		{name: "body missing", in: "\x00\x00\x00\x04\x03", err: io.ErrUnexpectedEOF},
		{name: "no type", in: "\x00\x00\x00\x00", code: CodeBadFrame},
		{name: "no type, more follows", in: "\x00\x00\x00\x00\x06", code: CodeBadFrame},
		{name: "at the limit", in: "\x00\x00\x00\x03\x20ab", limit: 3, want: Frame{0x20, []byte("ab")}},
		{name: "over the limit", in: "\x00\x00\x00\x04\x20", limit: 3, code: CodeTooLarge},
		{name: "over the limit, type not there", in: "\x00\x00\x00\x04", limit: 3, code: CodeTooLarge},
		{name: "hello over its limit", in: "\x00\x00\x10\x01\x01", code: CodeTooLarge},
		{name: "control over its limit", in: "\x00\x01\x00\x01\x0f", code: CodeTooLarge},
		{name: "greatest length", in: "\x00\xff\xff\xff\x20", code: CodeTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limit := tt.limit
			if limit == 0 {
				limit = DefaultMaxFrame
			}
			for name, r := range map[string]io.Reader{
				"whole":        strings.NewReader(tt.in),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.in)),
				"data and EOF": iotest.DataErrReader(strings.NewReader(tt.in)),
			} {
				got, err := ReadFrame(r, limit)
				var fault *Error
				if tt.code != "" {
					if !errors.As(err, &fault) || fault.Code != tt.code {
						t.Errorf("%s: ReadFrame(% x) = error %v; want %s", name, tt.in, err, tt.code)
					}
					continue
				}
				if err != tt.err {
					t.Errorf("%s: ReadFrame(% x) = error %v; want %v", name, tt.in, err, tt.err)
				}
				if got.Type != tt.want.Type || !bytes.Equal(got.Body, tt.want.Body) {
					t.Errorf("%s: ReadFrame = %v of %d bytes; want %v of %d", name, got.Type, len(got.Body), tt.want.Type, len(tt.want.Body))
				}
			}
		})
	}
}

func TestReadFrameForeign(t *testing.T) {
	tests := []struct {
		in        string
		http, tls bool
	}{
		{in: "HTTP/1.1 400 Bad Request\r\n", http: true},
		{in: "\x15\x03\x01\x00\x02\x02\x28", tls: true},
		{in: "\x16\x03\x03\x00\x7a\x02", tls: true},
		{in: "SSH-2.0-OpenSSH_9.2\r\n"},
		{in: "\x01"},
	}
	for _, tt := range tests {
		_, err := ReadFrame(strings.NewReader(tt.in), DefaultMaxFrame)
		var foreign *ForeignError
		if !errors.As(err, &foreign) {
			t.Errorf("ReadFrame(%q) = error %v; want *ForeignError", tt.in, err)
			continue
		}
		if foreign.HTTP() != tt.http || foreign.TLS() != tt.tls {
			t.Errorf("ReadFrame(%q): HTTP %v, TLS %v; want %v, %v", tt.in, foreign.HTTP(), foreign.TLS(), tt.http, tt.tls)
		}
		if !strings.HasPrefix(tt.in, string(foreign.First)) || len(foreign.First) == 0 {
			t.Errorf("ReadFrame(%q): first bytes %q", tt.in, foreign.First)
		}
	}
}

// A length alone must not reserve room: only bytes that arrive do.
func TestReadFrameReservesAsBytesArrive(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadFrame(strings.NewReader("\x00\xff\xff\xff\x20some"), GreatestMaxFrame)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err != io.ErrUnexpectedEOF || got > 1<<20 {
		t.Errorf("ReadFrame of 16 MiB that stop after 4 bytes = %v, %d bytes allocated; want %v and far less", err, got, io.ErrUnexpectedEOF)
	}
	body := make([]byte, 1<<20)
	f, err := ReadFrame(bytes.NewReader(AppendFrame(nil, Frame{0x20, body})), GreatestMaxFrame)
	if err != nil || len(f.Body) != len(body) || cap(f.Body) > 2*len(body) {
		t.Errorf("ReadFrame = %d bytes in %d, error %v; want %d", len(f.Body), cap(f.Body), err, len(body))
	}
}

func FuzzReadFrame(f *testing.F) {
	for _, seed := range []string{
		"", "\x00\x00\x00\x01\x06", "\x00\x00\x00\x00", "\x00\x00\x00\x04\x03abc", "\x00\xff\xff\xff\x20x",
		"HTTP/1.1 400", "\x15\x03\x01\x00\x02\x02\x28", "\x00\x00\x10\x01\x01",
	} {
		f.Add([]byte(seed))
	}
	f.Add(RefusalFrame(CodeTLSRequired, "use TLS"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		got, err := ReadFrame(r, LeastMaxFrame)
		if err != nil {
			return
		}
		read := in[:len(in)-r.Len()]
		if again := AppendFrame(nil, got); !bytes.Equal(again, read) {
			t.Errorf("AppendFrame(ReadFrame(% x)) = % x; want the same", read, again)
		}
		if n := binary.BigEndian.Uint32(in); int(n) > got.Type.limit(LeastMaxFrame) {
			t.Errorf("ReadFrame took %d bytes of type %v", n, got.Type)
		}
	})
}
