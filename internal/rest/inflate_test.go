package rest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"

	"appserver/internal/exchange"
)

// deflated returns b in a coding; raw is deflate without the format of zlib.
func deflated(t testing.TB, coding string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip", "GZIP":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "raw":
		w, _ = flate.NewWriter(&out, flate.DefaultCompression)
	default:
		return b
	}
	_, err := w.Write(b)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func coded(coding string, body []byte) *http.Request {
	r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
	if coding != "" {
		r.Header.Set("Content-Encoding", coding)
	}
	return r
}

func TestDecodeBody(t *testing.T) {
	text := []byte(longText)
	for _, coding := range []string{"", "identity", "gzip", "x-gzip", "GZIP", "deflate", "br"} {
		r := coded(coding, deflated(t, coding, text))
		if err := decodeBody(r, 1<<20); err != nil {
			t.Fatalf("%s: %v", coding, err)
		}
		got, err := io.ReadAll(iotest.OneByteReader(r.Body))
		if err != nil || !bytes.Equal(got, text) || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d bytes, %v, %v; want %d", coding, len(got), err, r.Header, len(text))
		}
		if plain := coding == "" || coding == "identity"; !plain && r.ContentLength != -1 {
			t.Errorf("%s: length %d; want it not known", coding, r.ContentLength)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	r := coded("deflate", deflated(t, "raw", text))
	if err := decodeBody(r, 1<<20); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(got, text) {
		t.Errorf("deflate without zlib: %d bytes, %v; want %d", len(got), err, len(text))
	}
}

func TestDecodeBodyRefuses(t *testing.T) {
	for _, coding := range []string{"zstd", "compress", "gzip, gzip", "br,gzip", "gzip,", ";", "gzip;q=1"} {
		if err := decodeBody(coded(coding, []byte("x")), 10); err != errCoding {
			t.Errorf("%q: %v; want ErrCoding", coding, err)
		}
	}
	r := coded("gzip", nil)
	r.Header.Add("Content-Encoding", "gzip")
	if err := decodeBody(r, 10); err != errCoding {
		t.Errorf("two lines: %v; want ErrCoding", err)
	}
}

func TestDecodeBodyLimit(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br"} {
		for limit, want := range map[int64]error{100: nil, 99: exchange.ErrTooLarge} {
			r := coded(coding, deflated(t, coding, make([]byte, 100)))
			if err := decodeBody(r, limit); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(r.Body); err != want {
				t.Errorf("%s of 100 bytes, limit %d: %v; want %v", coding, limit, err, want)
			}
		}
	}
}

func TestDecodeBodyBomb(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br"} {
		r := coded(coding, deflated(t, coding, make([]byte, 2<<20)))
		if err := decodeBody(r, 1<<30); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r.Body)
		if err != exchange.ErrTooLarge || n > 2<<20 {
			t.Errorf("%s: %d bytes, %v; want few and ErrTooLarge", coding, n, err)
		}
		if _, again := r.Body.Read(make([]byte, 1)); again != err {
			t.Errorf("%s: then %v; want the same", coding, again)
		}
	}
}

func TestDecodeBodyFaults(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br"} {
		whole := deflated(t, coding, []byte(longText))
		for name, body := range map[string][]byte{
			"cut": whole[:len(whole)-5], "text": []byte(longText), "head": whole[:1],
		} {
			r := coded(coding, body)
			if err := decodeBody(r, 1<<20); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(r.Body); !errors.Is(err, errCoded) {
				t.Errorf("%s, %s: %v; want errCoded", coding, name, err)
			}
		}
		gone := errors.New("gone")
		r := coded(coding, nil)
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:8]), iotest.ErrReader(gone)))
		if err := decodeBody(r, 1<<20); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r.Body); err != gone {
			t.Errorf("%s from a connection that breaks: %v; want its error", coding, err)
		}
	}
}

func FuzzDecodeBody(f *testing.F) {
	for _, coding := range []string{"gzip", "deflate", "br"} {
		f.Add(coding, deflated(f, coding, []byte("text")))
	}
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		r := coded(coding, body)
		if decodeBody(r, 1<<16) != nil {
			return
		}
		if got, _ := io.ReadAll(r.Body); r.ContentLength == -1 && len(got) > 1<<16 {
			t.Errorf("%d bytes; want at most the limit", len(got))
		}
	})
}

func TestBrotliMemory(t *testing.T) {
	for _, bits := range []int{10, 11, 14, 16, 17, 18, 22, 24} {
		var b bytes.Buffer
		w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 1, LGWin: bits})
		_, err := w.Write([]byte("text"))
		if err = errors.Join(err, w.Flush()); err != nil {
			t.Fatal(err)
		}
		if got := brotliMemory(b.Bytes()[0]); got < 1<<bits {
			t.Errorf("%d bits, first byte %#x: %d bytes; want %d", bits, b.Bytes()[0], got, 1<<bits)
		}
	}
	for head, want := range map[byte]int{0x00: 1 << 16, 0x01: 1 << 17, 0x21: 1 << 10, 0x71: 1 << 15, 0x03: 1 << 18, 0x0f: 1 << 24} {
		if got := brotliMemory(head); got != want {
			t.Errorf("first byte %#x: %d bytes; want %d", head, got, want)
		}
	}
}
