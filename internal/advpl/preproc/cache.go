package preproc

import (
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"

	"appserver/internal/advpl/source"
)

// Cache keeps headers that were read, so that sources that include the same ones
// need not read them again. The zero value is an empty cache; it may be used from
// several goroutines at once.
//
// Besides the headers it keeps what is in force after the includes that a source
// begins with, so that a header of many rules costs a source next to nothing.
type Cache struct {
	headers   sync.Map     // *header by headerKey
	beginning sync.Map     // *symbols by the text of Options.Defines
	snapshots sync.Map     // *snapshot by snapshotKey
	kept      atomic.Int32 // snapshots
}

const maxSnapshots = 256

// snapshotKey is an include by a source for which nothing but base is in force.
type snapshotKey struct {
	base   *symbols
	header headerKey
}

// snapshot is what an include did that gave neither tokens nor findings.
type snapshot struct {
	after  *symbols  // in force after it; has no base
	opened []opening // the files that it read, in order
}

// opening is a file that Options.Open gave.
type opening struct {
	name string
	from *source.File
	file *source.File
}

// headerKey is the identity of a header: messages show its name.
type headerKey struct {
	name string
	hash [sha256.Size]byte
}

// header is the lines of an included file. It is not changed after it was made.
type header struct {
	file  *source.File
	lines []line
	found source.Findings // after the last line
}

// header returns the lines of f.
func (c *Cache) header(f *source.File) *header {
	if c == nil {
		return readHeader(f)
	}
	key := keyOf(f)
	if h, ok := c.headers.Load(key); ok {
		return h.(*header)
	}
	h, _ := c.headers.LoadOrStore(key, readHeader(f))
	return h.(*header)
}

func keyOf(f *source.File) headerKey { return headerKey{f.Name, f.Hash} }

// snapshot returns what an include of h does after base, or nil if it is not
// known.
func (c *Cache) snapshot(base *symbols, h *header) *snapshot {
	if c != nil {
		if s, ok := c.snapshots.Load(snapshotKey{base, keyOf(h.file)}); ok {
			return s.(*snapshot)
		}
	}
	return nil
}

// keep keeps what an include of h does after base and returns it, or the same
// that another goroutine kept before.
func (c *Cache) keep(base *symbols, h *header, s *snapshot) *snapshot {
	old := c.snapshot(base, h)
	switch {
	case old != nil && slices.EqualFunc(old.opened, s.opened, opening.same):
		return old
	case old == nil && c.kept.Add(1) > maxSnapshots:
		c.kept.Add(-1)
		return s
	}
	c.snapshots.Store(snapshotKey{base, keyOf(h.file)}, s)
	return s
}

// same tells whether two openings are of the same file.
func (o opening) same(other opening) bool { return sameFile(o.file, other.file) }

func readHeader(f *source.File) *header {
	h := &header{file: f}
	l := newLexer(f)
	l.directives = true
	for l.next() {
		n := line{directive: l.directive, name: l.name, tokens: slices.Clone(l.tokens), found: l.found}
		n.parse()
		h.lines = append(h.lines, n)
	}
	h.found = l.found
	return h
}

// same tells whether f is the file of h.
func (h *header) same(f *source.File) bool {
	return sameFile(h.file, f)
}

func sameFile(a, b *source.File) bool { return a == b || keyOf(a) == keyOf(b) }
