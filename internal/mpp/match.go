package mpp

// A Matcher decides by the first bytes of a stream, one to four of them,
// whether it speaks a protocol. It must answer Yes or No to four bytes.
type Matcher func(prefix []byte) Verdict

// Verdict is a Matcher's answer.
type Verdict uint8

const (
	No   Verdict = iota // another protocol
	Yes                 // this protocol
	More                // cannot be told from so few bytes
)

// MatchHTTP recognises HTTP by what a request line begins with: upper-case
// letters, in a method of three letters followed by a blank (RFC 9112, section
// 3; "PRI " of HTTP/2's preface included).
func MatchHTTP(prefix []byte) Verdict {
	for i, b := range prefix {
		if (b < 'A' || b > 'Z') && !(b == ' ' && i == 3) {
			return No
		}
	}
	if len(prefix) < sniffLen {
		return More
	}
	return Yes
}

// MatchPrefix recognises a protocol by its first bytes, at most four.
func MatchPrefix(magic []byte) Matcher {
	return func(prefix []byte) Verdict {
		n := min(len(prefix), len(magic))
		switch {
		case string(prefix[:n]) != string(magic[:n]):
			return No
		case n < len(magic):
			return More
		default:
			return Yes
		}
	}
}

// anything matches every stream of at least one byte.
func anything(prefix []byte) Verdict {
	if len(prefix) == 0 {
		return More
	}
	return Yes
}

// isSSL2Hello tells the ClientHello of SSL 2, which some SSL 3 and TLS 1.0
// clients sent too: a two-byte length with the high bit set and message type 1
// (RFC 5246, appendix E.2).
func isSSL2Hello(b []byte) bool {
	return len(b) >= 4 && b[0]&0x80 != 0 && b[2] == 1 && (b[3] == 0 || b[3] == 3)
}
