package route

import (
	"net/url"
	"strings"
)

// Bounds of a path. No route is longer.
const (
	maxPath     = 8 << 10 // bytes
	maxSegments = 64
)

// Split returns the segments of a path below a mount, "" or with a slash in front, as it
// was sent: each is decoded by itself, so that an encoded slash stays inside its segment.
// One slash at the end does not count. ok is false for what no route answers: a path that
// is too long, with a segment that is empty, "." or "..", encoded or not, with a NUL, or
// that cannot be decoded.
func Split(path string) (segments []string, ok bool) {
	path, ok = strings.CutPrefix(path, "/")
	switch {
	case path == "":
		return nil, true
	case !ok, len(path) > maxPath:
		return nil, false
	}
	path = strings.TrimSuffix(path, "/")
	n := strings.Count(path, "/") + 1
	if n > maxSegments {
		return nil, false
	}
	segments = make([]string, 0, n)
	for s := range strings.SplitSeq(path, "/") {
		s, ok := segment(s)
		if !ok {
			return nil, false
		}
		segments = append(segments, s)
	}
	return segments, true
}

// segment decodes one segment; false if no route can have it.
func segment(s string) (string, bool) {
	if strings.Contains(s, "%") {
		decoded, err := url.PathUnescape(s)
		if err != nil {
			return "", false
		}
		s = decoded
	}
	return s, s != "" && s != "." && s != ".." && strings.IndexByte(s, 0) < 0
}
