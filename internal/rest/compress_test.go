package rest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"appserver/internal/exchange"
)

func TestAcceptBest(t *testing.T) {
	for accept, want := range map[string]string{
		"":                              "",
		"gzip":                          "gzip",
		"x-gzip":                        "gzip",
		"GZip":                          "gzip",
		"br, gzip":                      "br",
		"gzip, deflate, br, zstd":       "br",
		"gzip;q=1.0, br;q=0.5":          "gzip",
		"gzip;q=0.5, br; q=0.9":         "br",
		"br;q=0, gzip":                  "gzip",
		"*":                             "br",
		"*;q=0":                         "",
		"*, br;q=0":                     "gzip",
		"identity":                      "",
		"identity, gzip;q=0.5":          "",
		"identity;q=0.5, gzip;q=0.5":    "gzip",
		"identity;q=0":                  "",
		"deflate":                       "",
		"gzip;q=2":                      "",
		"gzip;q=NaN":                    "",
		"gzip;q=":                       "",
		"gzip;level=9":                  "",
		"gzip;q=0.0001":                 "",
		",;,gzip":                       "gzip",
		strings.Repeat("a,b,c,d,e,", 9): "",
	} {
		values := []string{accept}
		if accept == "" {
			values = nil
		}
		if got := parseAccept(values).best(offered); got != want {
			t.Errorf("best of %q = %q; want %q", accept, got, want)
		}
	}
	if got := parseAccept([]string{"br;q=0.1", "gzip"}).best(offered); got != "gzip" {
		t.Errorf("of two lines: %q; want gzip", got)
	}
}

// expand decodes a body by its coding.
func expand(t *testing.T, coding string, body io.Reader) string {
	t.Helper()
	var err error
	switch coding {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	case "br":
		body = brotli.NewReader(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var longText = strings.Repeat(`{"name":"value"},`, 300)

func TestCompress(t *testing.T) {
	whole := func(h http.Header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for k, v := range h {
				w.Header()[k] = v
			}
			_, _ = io.WriteString(w, body)
		}
	}
	jsonType := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	with := func(name, value string) http.Header {
		h := jsonType.Clone()
		h.Set(name, value)
		return h
	}
	for _, c := range []struct {
		name    string
		accept  string
		handler http.Handler
		coding  string // of the answer
		vary    string
		body    string
	}{
		{"brotli", "gzip, br", whole(jsonType, longText), "br", "Accept-Encoding", longText},
		{"gzip", "gzip", whole(jsonType, longText), "gzip", "Accept-Encoding", longText},
		{"not accepted", "", whole(jsonType, longText), "", "Accept-Encoding", longText},
		{"short", "gzip", whole(jsonType, "short"), "", "Accept-Encoding", "short"},
		{"empty", "gzip", whole(jsonType, ""), "", "Accept-Encoding", ""},
		{"image", "gzip", whole(http.Header{"Content-Type": {"image/png"}}, longText), "", "", longText},
		{"no type", "gzip", whole(http.Header{}, longText), "", "", longText},
		{"coded already", "gzip", whole(with("Content-Encoding", "x"), longText), "x", "", longText},
		{"identity", "gzip", whole(with("Content-Encoding", "identity"), longText), "identity", "", longText},
		{"cookie", "gzip", whole(with("Set-Cookie", "a=b"), longText), "", "", longText},
		{"no transform", "gzip", whole(with("Cache-Control", "private, No-Transform"), longText), "", "", longText},
		{"digest", "gzip", whole(with("Repr-Digest", "sha-256=:x:"), longText), "", "", longText},
		{"vary", "gzip", whole(with("Vary", "Origin, accept-encoding"), longText), "gzip", "Origin, accept-encoding", longText},
		{"length announced", "gzip", whole(with("Content-Length", "5100"), longText), "gzip", "Accept-Encoding", longText},
		{"short announced", "gzip", whole(with("Content-Length", "5"), "short"), "", "Accept-Encoding", "short"},
		{"small writes", "gzip", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusTeapot)
			for _, b := range []byte(longText) {
				_, _ = w.Write([]byte{b})
			}
		}), "gzip", "Accept-Encoding", longText},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/", nil)
			if c.accept != "" {
				r.Header.Set("Accept-Encoding", c.accept)
			}
			withCompression(c.handler).ServeHTTP(w, r)
			h := w.Result().Header
			if got := h.Get("Content-Encoding"); got != c.coding || h.Get("Vary") != c.vary || w.Code != http.StatusOK {
				t.Fatalf("%d, coding %q, Vary %q; want 200, %q, %q", w.Code, got, h.Get("Vary"), c.coding, c.vary)
			}
			if offeredCoding := c.coding == "br" || c.coding == "gzip"; offeredCoding && (h.Get("Content-Length") != "" || w.Body.Len() >= len(c.body)) {
				t.Errorf("length %q, %d bytes; want fewer than %d and none announced", h.Get("Content-Length"), w.Body.Len(), len(c.body))
			}
			if got := expand(t, c.coding, w.Body); got != c.body {
				t.Errorf("body of %d bytes; want %d", len(got), len(c.body))
			}
		})
	}
}

func TestCompressHead(t *testing.T) {
	s := httptest.NewServer(withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchange.New(exchange.Request{}, nil, 0, nil)
		x.Header.Set("Content-Type", "text/plain")
		x.Append([]byte(longText))
		_ = sendAnswer(w, r, x)
	})))
	defer s.Close()
	r, _ := http.NewRequest("HEAD", s.URL, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Encoding") != "gzip" || resp.ContentLength > 0 {
		t.Errorf("%v, length %d; want the header of GET, without a length", resp.Header, resp.ContentLength)
	}
}

func TestCompressStatus(t *testing.T) {
	for _, status := range []int{204, 206, 304} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("ETag", `"1"`)
			w.WriteHeader(status)
		})).ServeHTTP(w, r)
		if w.Code != status || w.Header().Get("Content-Encoding") != "" || w.Header().Get("ETag") != `"1"` {
			t.Errorf("%d: %d %v; want it as it is", status, w.Code, w.Header())
		}
	}
}

func TestCompressWeakensETag(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "br")
	withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain")
		h.Set("ETag", `"1"`)
		h.Set("Accept-Ranges", "bytes")
		_, _ = io.WriteString(w, longText)
	})).ServeHTTP(w, r)
	if h := w.Header(); h.Get("ETag") != `W/"1"` || h.Get("Accept-Ranges") != "" {
		t.Errorf("ETag %s, Accept-Ranges %q; want it weak, and none", h.Get("ETag"), h.Get("Accept-Ranges"))
	}
}

// Each part that is flushed can be decoded when it arrives.
func TestCompressStreams(t *testing.T) {
	for _, coding := range []string{"gzip", "br"} {
		next := make(chan bool)
		s := httptest.NewServer(withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sink := newSink(w, r)
			defer sink.Close()
			_ = sink.Start(200, http.Header{"Content-Type": {"text/plain"}})
			for range 3 {
				_, _ = io.WriteString(sink, "part")
				_ = sink.Flush()
				<-next
			}
		})))
		defer s.Close()
		r, _ := http.NewRequest("GET", s.URL, nil)
		r.Header.Set("Accept-Encoding", coding)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var body io.Reader = brotli.NewReader(resp.Body)
		if coding == "gzip" {
			if body, err = gzip.NewReader(resp.Body); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			part := make([]byte, 4)
			if _, err := io.ReadFull(body, part); err != nil || string(part) != "part" {
				t.Fatalf("%s: %q, %v; want part", coding, part, err)
			}
			next <- true
		}
		if rest, err := io.ReadAll(body); err != nil || len(rest) > 0 {
			t.Errorf("%s: then %q, %v; want the end", coding, rest, err)
		}
	}
}

// Clients that read slowly occupy encoders: there are so many and no more.
func TestEncodersAreBounded(t *testing.T) {
	h := withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, longText)
		if r.URL.Path == "/panics" {
			panic(http.ErrAbortHandler)
		}
	}))
	ask := func(path string) (coding, body string) {
		defer func() { _ = recover() }()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Header().Get("Content-Encoding"), rec.Body.String()
	}
	free := encoding.free.Load()
	for !encoding.take(free) { // others may be at work
		free = encoding.free.Load()
	}
	if coding, body := ask("/"); coding != "" || body != longText {
		t.Errorf("with no encoder left the answer has the coding %q and %d bytes; want it as it is", coding, len(body))
	}
	encoding.give(free)
	ask("/panics")
	if coding, _ := ask("/"); coding != "gzip" {
		t.Errorf("then it has the coding %q; want gzip", coding)
	}
	if now := encoding.free.Load(); now != free {
		t.Errorf("%d encoders are free in the end; want %d", now, free)
	}
}

// A panic must not end a compressed answer as if it were whole.
func TestCompressPanic(t *testing.T) {
	s := httptest.NewServer(withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, longText)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})))
	defer s.Close()
	resp, err := http.Get(s.URL) // the transport decodes
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the body seems whole; want an error")
	}
}

func TestZip(t *testing.T) {
	for _, c := range []struct {
		accept string
		wanted []string
		coding string
	}{
		{"gzip, deflate, br", []string{"deflate", "gzip"}, "deflate"},
		{"gzip", []string{"deflate", "gzip"}, "gzip"},
		{"gzip", []string{"COMPRESS", "GZIP"}, "gzip"},
		{"compress, br", []string{"COMPRESS"}, ""},
		{"br", []string{"gzip"}, ""},
		{"", []string{"gzip"}, ""},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", c.accept)
		withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			zip(wrapper{w}, c.wanted)
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "short")
		})).ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != c.coding {
			t.Errorf("accept %q, wanted %v: %q, %v; want %q", c.accept, c.wanted, got, w.Header(), c.coding)
		}
		if got := expand(t, c.coding, bytes.NewReader(w.Body.Bytes())); got != "short" {
			t.Errorf("accept %q: %q; want short", c.accept, got)
		}
	}
	zip(httptest.NewRecorder(), []string{"gzip"}) // nobody compresses
}

// wrapper is a response writer around another.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func FuzzParseAccept(f *testing.F) {
	f.Add("gzip;q=0.5, br, *;q=0")
	f.Fuzz(func(t *testing.T, accept string) {
		list := parseAccept([]string{accept})
		if best := list.best(offered); best != "" && list[best] == 0 && list["*"] == 0 {
			t.Errorf("best of %q is %q, which it does not accept", accept, best)
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	for _, coding := range append(offered, "identity") {
		b.Run(coding, func(b *testing.B) {
			body := []byte(strings.Repeat(longText, 4))
			h := withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(body)
			}))
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", coding)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
