package rest

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// Content codings, as HTTP names them.
const (
	codingBrotli  = "br"
	codingGzip    = "gzip"
	codingDeflate = "deflate" // in the format of zlib, RFC 1950
)

// offered are the codings of answers, the one preferred first.
var offered = []string{codingBrotli, codingGzip}

const (
	// compressFrom is the length from which an answer is compressed, in bytes: one that
	// fits in a packet gains nothing.
	compressFrom = 1024

	brotliLevel  = 4  // smaller and not slower than gzip's
	brotliWindow = 18 // bits: 256 KiB. Wider ones gain little and take ten times the memory
	gzipLevel    = 5

	// encodePiece is how much an encoder is given at a time, in bytes: brotli keeps all of
	// what comes at once.
	encodePiece = 64 << 10

	// maxEncoders is how many answers are compressed at the same time, at 1 to 3 MiB each.
	// A client that reads slowly occupies one for long; more answers go out as they are.
	maxEncoders = 128
)

// encoding is how many more answers may be compressed now.
var encoding = newBudget(maxEncoders)

// withCompression has the answers of next compressed where the client accepts that
// (Accept-Encoding, with its weights), the type gains by it and the answer is not short. An
// answer that is flushed goes on being sent part by part.
//
// These are left as they are: parts of a file (206), what has a Content-Encoding or the
// digest of its content already, what sets a cookie, and what says Cache-Control:
// no-transform. The length of a compressed answer tells something of its content, so one
// that holds a secret beside what a stranger may have put into it must be one of those.
func withCompression(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &compressor{ResponseWriter: w, accept: r.Header.Values("Accept-Encoding"), head: r.Method == http.MethodHead}
		defer c.release()
		next.ServeHTTP(c, r)
		c.finish()
	})
}

// compressor is the response writer of withCompression.
type compressor struct {
	http.ResponseWriter
	accept []string // values of Accept-Encoding
	head   bool
	wanted []string // codings that a program asks for, whatever length and type; see Zip

	state   compressing
	status  int    // of the header, while it is held back
	coding  string // chosen for the answer
	held    []byte // the beginning of the body, while it may be too short
	encoder encoder
}

// compressing is how far a compressor is.
type compressing uint8

const (
	compressNothing compressing = iota // no header yet
	compressHeld                       // whether the answer is long enough is not known yet
	compressPlain                      // the answer goes through as it is
	compressCoded                      // the answer goes through the encoder
)

// Unwrap lets [http.ResponseController] reach the connection.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Zip asks for one of the codings, the first that the client accepts, even if the answer is
// short or of a type that is not compressed by itself.
func (c *compressor) Zip(codings []string) { c.wanted = codings }

func (c *compressor) WriteHeader(status int) {
	switch {
	case c.state == compressHeld && status >= 200:
		return // the first counts
	case c.state != compressNothing || status < 200:
		c.ResponseWriter.WriteHeader(status)
		return
	}
	c.status = status
	length, known := c.length()
	c.coding = c.choose(known && length < compressFrom)
	switch {
	case c.coding == "":
		c.plain()
	case len(c.wanted) > 0, known:
		c.code()
	default:
		c.state = compressHeld
	}
}

// choose returns the coding for the answer with the header as it is, "" for none. A short
// one has a coding only if a program asks for it.
func (c *compressor) choose(short bool) string {
	h := c.Header()
	if !transformable(c.status, h) {
		return ""
	}
	if len(c.wanted) > 0 {
		addVary(h, "Accept-Encoding")
		return parseAccept(c.accept).best(c.wanted)
	}
	if !compressible(h.Get("Content-Type")) {
		return ""
	}
	addVary(h, "Accept-Encoding")
	if short {
		return ""
	}
	return parseAccept(c.accept).best(offered)
}

// length returns the announced length of the body.
func (c *compressor) length() (length int64, known bool) {
	length, err := strconv.ParseInt(c.Header().Get("Content-Length"), 10, 64)
	return length, err == nil
}

// plain sends the header as it is.
func (c *compressor) plain() {
	c.state = compressPlain
	c.ResponseWriter.WriteHeader(c.status)
}

// code sends the header of a compressed answer, or of one that goes out as it is if there
// are too many others.
func (c *compressor) code() {
	if !c.head && !encoding.take(1) {
		c.plain()
		return
	}
	h := c.Header()
	h.Set("Content-Encoding", c.coding)
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	if tag := h.Get("Etag"); strings.HasPrefix(tag, `"`) {
		h.Set("Etag", "W/"+tag) // the bytes are others
	}
	if c.head {
		c.plain()
		return
	}
	c.state = compressCoded
	c.ResponseWriter.WriteHeader(c.status)
	c.encoder = encoders[c.coding].Get().(encoder)
	c.encoder.Reset(c.ResponseWriter)
}

func (c *compressor) Write(p []byte) (int, error) {
	if c.state == compressNothing {
		c.WriteHeader(http.StatusOK)
	}
	switch {
	case c.state == compressCoded:
		return c.encode(p)
	case c.state == compressPlain:
		return c.ResponseWriter.Write(p)
	case len(c.held)+len(p) < compressFrom:
		c.held = append(c.held, p...)
		return len(p), nil
	}
	c.code()
	if err := c.writeHeld(); err != nil {
		return 0, err
	}
	return c.Write(p)
}

// encode gives p to the encoder.
func (c *compressor) encode(p []byte) (n int, err error) {
	for piece := range slices.Chunk(p, encodePiece) {
		m, err := c.encoder.Write(piece)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// writeHeld sends what was held back, after the header.
func (c *compressor) writeHeld() error {
	held := c.held
	c.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := c.Write(held)
	return err
}

// Flush is for callers that know http.Flusher only.
func (c *compressor) Flush() { _ = c.FlushError() }

// FlushError has everything so far go out.
func (c *compressor) FlushError() error {
	if c.state == compressNothing {
		c.WriteHeader(http.StatusOK)
	}
	if c.state == compressHeld { // parts follow: together they may be long
		c.code()
		if err := c.writeHeld(); err != nil {
			return err
		}
	}
	if c.state == compressCoded {
		if err := c.encoder.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// finish sends what is left. It is not called after a panic, so that no client takes a part
// for the whole.
func (c *compressor) finish() {
	switch c.state {
	case compressHeld:
		c.plain()
		_ = c.writeHeld() // the peer may be gone: nobody is left to tell
	case compressCoded:
		_ = c.encoder.Close() // likewise
	}
}

func (c *compressor) release() {
	if c.encoder != nil {
		c.encoder.Reset(io.Discard)
		encoders[c.coding].Put(c.encoder)
		c.encoder = nil
		encoding.give(1)
	}
}

// zip asks w, or a writer that it wraps, for one of the codings for its answer; those that
// cannot be made are left out. Letters may be of either case.
func zip(w http.ResponseWriter, codings []string) {
	var known []string
	for _, coding := range codings {
		if coding = strings.ToLower(coding); encoders[coding] != nil {
			known = append(known, coding)
		}
	}
	for len(known) > 0 {
		if z, ok := w.(interface{ Zip([]string) }); ok {
			z.Zip(known)
			return
		}
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return
		}
		w = outer.Unwrap()
	}
}

// encoder compresses.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// encoders holds encoders that are free, by coding: making one costs more than most
// answers.
var encoders = map[string]*sync.Pool{
	codingBrotli: {New: func() any {
		return brotli.NewWriterOptions(io.Discard, brotli.WriterOptions{Quality: brotliLevel, LGWin: brotliWindow})
	}},
	codingGzip: {New: func() any {
		w, err := gzip.NewWriterLevel(io.Discard, gzipLevel)
		if err != nil { // the level is a constant
			panic(err)
		}
		return w
	}},
	codingDeflate: {New: func() any { return zlib.NewWriter(io.Discard) }},
}

// transformable tells whether an answer with the status and header may be sent in a coding.
func transformable(status int, h http.Header) bool {
	if !hasBody(status) || status == http.StatusPartialContent {
		return false
	}
	for _, name := range [...]string{"Content-Encoding", "Content-Range", "Set-Cookie", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest"} {
		if len(h[name]) > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(h["Cache-Control"], func(v string) bool {
		return strings.Contains(strings.ToLower(v), "no-transform")
	})
}

// compressibleTypes are those that gain, beside text/* and what ends in +json or +xml.
var compressibleTypes = map[string]bool{
	"application/json":                  true,
	"application/x-ndjson":              true,
	"application/javascript":            true,
	"application/x-javascript":          true,
	"application/xml":                   true,
	"application/yaml":                  true,
	"application/wasm":                  true,
	"application/x-www-form-urlencoded": true,
	"application/vnd.ms-fontobject":     true,
	"font/ttf":                          true,
	"font/otf":                          true,
	"image/bmp":                         true,
	"image/x-icon":                      true,
	"image/vnd.microsoft.icon":          true,
}

// compressible tells whether content of the type gains by compression.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") || compressibleTypes[kind]
}

// addVary adds a name to Vary unless it is there.
func addVary(h http.Header, name string) {
	for _, v := range h["Vary"] {
		for listed := range strings.SplitSeq(v, ",") {
			if listed = strings.TrimSpace(listed); listed == "*" || strings.EqualFold(listed, name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}

// acceptable is what a client says of codings: the weight of each, in thousandths.
type acceptable map[string]int

// maxCodings bounds how many codings of a client are looked at.
const maxCodings = 32

// parseAccept reads the values of Accept-Encoding (RFC 9110, section 12.5.3). What does not
// fit its grammar is left out.
func parseAccept(values []string) acceptable {
	if len(values) == 0 {
		return nil
	}
	list := acceptable{}
	for _, v := range values {
		for item := range strings.SplitSeq(v, ",") {
			if len(list) == maxCodings {
				return list
			}
			name, params, _ := strings.Cut(item, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if weight, ok := parseWeight(params); ok && name != "" {
				list[strings.TrimPrefix(name, "x-")] = weight // x-gzip is gzip
			}
		}
	}
	return list
}

// parseWeight reads "q=0.5", in thousandths; without a weight it is 1.
func parseWeight(params string) (weight int, ok bool) {
	params = strings.TrimSpace(params)
	if params == "" {
		return 1000, true
	}
	name, value, _ := strings.Cut(params, "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 0, false
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0, false
	}
	return int(q * 1000), true
}

// best returns the one of codings that the client likes most, the first of those that it
// likes as much; "" if it accepts none, or likes the answer as it is better.
func (a acceptable) best(codings []string) string {
	best, most := "", max(1, a["identity"])
	for _, coding := range codings {
		weight, named := a[coding]
		if !named {
			weight = a["*"]
		}
		if weight > most || weight == most && best == "" {
			best, most = coding, weight
		}
	}
	return best
}
