package grpcport

import "encoding/binary"

// The parts of HTTP/2 (RFC 9113) that a scanner knows.
const (
	prefaceLength     = 24
	frameHeaderLength = 9

	frameData      = 0x0
	frameHeaders   = 0x1
	frameRSTStream = 0x3

	flagEndStream = 0x1
	flagPadded    = 0x8
)

// frameOverhead is about what grpc-go needs beside the bytes of each frame of data that it
// keeps: of a message in frames of one byte nearly everything.
const frameOverhead = 128

// frameHead is the header of a frame of HTTP/2.
type frameHead struct {
	kind, flags byte
	stream      uint32
	length      int
}

// endsStream reports whether the frame is the sender's last of its stream.
func (h frameHead) endsStream() bool {
	return h.kind == frameRSTStream || (h.kind == frameData || h.kind == frameHeaders) && h.flags&flagEndStream != 0
}

// frameReader finds the frames in a stream of bytes, which comes in any pieces.
type frameReader struct {
	skip    int // bytes before the first frame still to come
	header  [frameHeaderLength]byte
	have    int // bytes of the present header
	head    frameHead
	missing int // bytes of the present frame still to come
	padded  bool
	padding int // bytes at the end of the present frame that are none of the message
}

// read calls data for the parts of messages in p, and end at the end of each frame.
func (r *frameReader) read(p []byte, data func(stream uint32, p []byte), end func(frameHead)) {
	n := min(r.skip, len(p))
	r.skip -= n
	p = p[n:]
	for len(p) > 0 {
		if r.have < frameHeaderLength {
			n := copy(r.header[r.have:], p)
			r.have += n
			p = p[n:]
			if r.have < frameHeaderLength {
				return
			}
			r.begin()
		}
		n := min(r.missing, len(p))
		r.payload(p[:n], data)
		p = p[n:]
		if r.missing == 0 {
			r.have = 0
			end(r.head)
		}
	}
}

// begin reads the header of a frame.
func (r *frameReader) begin() {
	length := int(binary.BigEndian.Uint32(r.header[:4]) >> 8)
	r.head = frameHead{
		kind: r.header[3], flags: r.header[4], length: length,
		stream: binary.BigEndian.Uint32(r.header[5:]) &^ (1 << 31),
	}
	r.missing, r.padding = length, 0
	r.padded = r.head.kind == frameData && r.head.flags&flagPadded != 0
}

// payload takes a part of the present frame.
func (r *frameReader) payload(p []byte, data func(stream uint32, p []byte)) {
	before := r.missing
	r.missing -= len(p)
	if r.head.kind != frameData || len(p) == 0 {
		return
	}
	if r.padded {
		r.padded, r.padding = false, int(p[0])
		p, before = p[1:], before-1
	}
	if n := min(len(p), before-r.padding); n > 0 {
		data(r.head.stream, p[:n])
	}
}

// message is what has come of the present message of a stream.
type message struct {
	header  [frameHeader]byte
	have    int   // bytes of the present header
	missing int64 // bytes of the message still to come
	held    int64 // what has come of it takes, its header included
}

// add takes the next bytes of the stream.
func (m *message) add(p []byte) {
	for len(p) > 0 {
		if m.have < frameHeader {
			n := copy(m.header[m.have:], p)
			m.have += n
			m.held += int64(n)
			p = p[n:]
			if m.have < frameHeader {
				return
			}
			m.missing = int64(binary.BigEndian.Uint32(m.header[1:]))
		}
		n := min(m.missing, int64(len(p)))
		m.missing -= n
		m.held += n
		p = p[n:]
		if m.missing == 0 {
			m.have, m.held = 0, 0
		}
	}
}

// scanner watches the bytes of a connection in both directions and knows what has come of
// the unfinished messages of its streams.
type scanner struct {
	in, out  frameReader
	last     uint32 // stream that the client opened last
	messages map[uint32]*message
	held     int64 // sum of messages
	longest  int64 // the most that one of them held since it was asked for last
}

func newScanner() *scanner {
	return &scanner{in: frameReader{skip: prefaceLength}, messages: make(map[uint32]*message)}
}

// received takes what the client has sent.
func (s *scanner) received(p []byte) {
	s.in.read(p, s.data, func(h frameHead) {
		if h.kind == frameHeaders && h.stream > s.last {
			s.last = h.stream
			s.messages[h.stream] = new(message)
		}
		s.kept(h)
		s.ended(h)
	})
}

// sent takes what the server has sent.
func (s *scanner) sent(p []byte) { s.out.read(p, func(uint32, []byte) {}, s.ended) }

// data takes a part of a message. A stream that is over has none.
func (s *scanner) data(stream uint32, p []byte) {
	m := s.messages[stream]
	if m == nil {
		return
	}
	before := m.held
	m.add(p)
	s.held += m.held - before
	s.longest = max(s.longest, m.held)
}

// kept counts what a frame takes that ends within a message.
func (s *scanner) kept(h frameHead) {
	m := s.messages[h.stream]
	if h.kind != frameData || m == nil || m.held == 0 {
		return
	}
	m.held += frameOverhead
	s.held += frameOverhead
	s.longest = max(s.longest, m.held)
}

// ended forgets the stream that the frame ends.
func (s *scanner) ended(h frameHead) {
	if !h.endsStream() {
		return
	}
	if m := s.messages[h.stream]; m != nil {
		s.held -= m.held
		delete(s.messages, h.stream)
	}
}
