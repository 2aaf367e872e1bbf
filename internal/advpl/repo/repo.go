// Package repo reads and writes repository files: compiled units, and what they
// were made from.
//
// # Format
//
// A repository is one file. Numbers of fixed size have their lowest byte first.
//
//	offset  size  header
//	0       8     magic: 0x89 'A' 'D' 'V' 0x0D 0x0A 0x1A 0x0A
//	8       4     version of the format: 1
//	12      4     flags: 0
//	16      8     length of the file
//	24      8     number of units
//	32      8     length of the strings
//	40      8     length of the units' data
//	48      48×n  table of units
//	              strings
//	              data of the units
//	              32 bytes: SHA-256 of all before
//
// An entry of the table is the offset of the unit from the beginning of the data (8
// bytes), its length (8), and the SHA-256 of its source (32). The units follow one
// another without gaps, in the order of the table.
//
// Everything else is made of these:
//
//	uint    7 bits a byte, lowest first, the top bit set in all but the last byte
//	int     uint of n<<1 for n ≥ 0, of ^n<<1|1 for n < 0
//	byte    one byte; bool: 0 or 1
//	float   8 bytes, IEEE 754
//	string  uint: index in the strings
//	hash    32 bytes
//	T…      a list: uint, how many, and as many T
//	T?      bool, and a T if it is 1
//
// The strings are a uint, how many; the length of each, a uint; and the bytes of
// all. A unit's data is:
//
//	unit       name, path string; hash; TLPP bool; namespace string; using,
//	           statics string…; init function?; function…; class…; origin?
//	function   name string; kind byte; parameters, registers uint; variadic,
//	           procedure bool; param…; may hold a reference bool…; code;
//	           const…; names string…; blocks function…; capture…; named…;
//	           lines; local…; annotation…; line int; file, text string
//	param      name, type string
//	code       uint, how many; 8 bytes each: operation, A, B, C
//	const      kind byte; float if a number, string if a string
//	capture    up bool; index uint
//	named      function string; arguments string…
//	lines      uint, how many; of each the difference of its instruction to
//	           the one before as a uint, and of its line as an int
//	local      name string; register, from, to uint
//	annotation name string; argument…
//	argument   name string; const; list argument…
//	class      name, written, parent string; interfaces string…; abstract,
//	           final, interface, long names bool; data…; method…; init,
//	           static init function?; kind string; meta…; annotation…; line int
//	data       name, type string; visibility byte; static, read-only bool;
//	           annotation…; meta…
//	method     name string; visibility byte; static, abstract, final,
//	           constructor bool; function?; verb string; annotation…; meta…
//	meta       key, value string
//	origin     key hash; include…
//	include    name, from string; hash
//
// The same repository is always the same bytes. package code says what the parts
// mean and what must hold for them; a file in which that does not hold is refused.
package repo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"appserver/internal/advpl/code"
)

// Version is the version of the format that Write makes and Read takes.
const Version = 1

// MaxSize is the longest file that Read takes, in bytes.
const MaxSize = 1 << 30

const (
	magic       = "\x89ADV\r\n\x1a\n"
	headerSize  = 48
	entrySize   = 16 + sha256.Size
	trailerSize = sha256.Size
)

// Errors of Read, to be told apart with errors.Is.
var (
	ErrNotRepository = errors.New("not a repository file")
	ErrVersion       = errors.New("unknown version of the repository format")
	ErrDamaged       = errors.New("repository is damaged")
)

// Repository is a set of compiled units. The zero Repository is empty.
type Repository struct {
	Units   []*code.Unit
	Origins []*Origin // of each unit, or nil if not known; nil if no unit has one
}

// Origin says what a unit was made from, besides its source, whose hash is
// code.Unit.Hash.
type Origin struct {
	Key      [sha256.Size]byte // stands for the compiler and its options
	Includes []Include
}

// Include is an included file.
type Include struct {
	Name string // as the directive names it
	From string // name of the file that holds the directive
	Hash [sha256.Size]byte
}

// Origin returns that of unit i, or nil.
func (r *Repository) Origin(i int) *Origin {
	if i < len(r.Origins) {
		return r.Origins[i]
	}
	return nil
}

// Encode returns the bytes of the repository's file. It fails if code.Verify refuses a unit.
func Encode(r *Repository) ([]byte, error) {
	for _, u := range r.Units {
		if err := code.Verify(u); err != nil {
			return nil, err
		}
	}
	if len(r.Origins) > len(r.Units) {
		return nil, fmt.Errorf("%d origins of %d units", len(r.Origins), len(r.Units))
	}
	w := newWriter()
	ends := make([]int, len(r.Units))
	for i, u := range r.Units {
		origin := r.Origin(i)
		w.unit(u, &origin)
		ends[i] = len(w.data)
	}
	file := assemble(r.Units, ends, w)
	if len(file) > MaxSize {
		return nil, fmt.Errorf("repository of %d bytes; at most %d", len(file), MaxSize)
	}
	return file, nil
}

// assemble puts the parts of the file together; ends are where the units' data
// end in w.
func assemble(units []*code.Unit, ends []int, w *coder) []byte {
	le := binary.LittleEndian
	strings := w.stringTable()
	size := headerSize + entrySize*len(units) + len(strings) + len(w.data) + trailerSize
	file := make([]byte, 0, size)
	file = append(file, magic...)
	file = le.AppendUint32(file, Version)
	file = le.AppendUint32(file, 0)
	for _, n := range []int{size, len(units), len(strings), len(w.data)} {
		file = le.AppendUint64(file, uint64(n))
	}
	begin := 0
	for i, u := range units {
		file = le.AppendUint64(file, uint64(begin))
		file = le.AppendUint64(file, uint64(ends[i]-begin))
		file = append(file, u.Hash[:]...)
		begin = ends[i]
	}
	file = append(file, strings...)
	file = append(file, w.data...)
	sum := sha256.Sum256(file)
	return append(file, sum[:]...)
}

// Read decodes the bytes of a repository's file and checks them: length and
// checksum, form, and code.Verify of every unit. It keeps no part of data. Errors
// are ErrNotRepository, ErrVersion and ErrDamaged with the place.
func Read(data []byte) (*Repository, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	r := &coder{reading: true, data: data, pos: headerSize + entrySize*h.units, end: len(data) - trailerSize}
	r.readStrings(h.strings)
	if r.err != nil {
		return nil, r.err
	}
	repo := &Repository{Units: make([]*code.Unit, h.units)}
	for i := range repo.Units {
		u, origin, err := r.readUnit(data[headerSize+entrySize*i:], h.dataAt)
		if err != nil {
			return nil, err
		}
		repo.Units[i] = u
		if origin != nil && repo.Origins == nil {
			repo.Origins = make([]*Origin, h.units)
		}
		if origin != nil {
			repo.Origins[i] = origin
		}
	}
	if r.pos != len(data)-trailerSize {
		return nil, damaged(r.pos, "%d bytes belong to no unit", len(data)-trailerSize-r.pos)
	}
	return repo, nil
}

// header holds the sizes that the header tells; dataAt is the offset of the
// units' data.
type header struct {
	units, strings, dataAt int
}

func readHeader(data []byte) (header, error) {
	le := binary.LittleEndian
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return header{}, ErrNotRepository
	}
	if len(data) < headerSize+trailerSize {
		return header{}, damaged(len(data), "cut off in its header")
	}
	if v := le.Uint32(data[8:]); v != Version {
		return header{}, fmt.Errorf("%w: version %d, this program knows %d; compile the sources again", ErrVersion, v, Version)
	}
	if n := le.Uint64(data[16:]); n != uint64(len(data)) {
		return header{}, damaged(16, "has %d bytes, its header says %d", len(data), n)
	}
	if len(data) > MaxSize {
		return header{}, damaged(16, "%d bytes; at most %d", len(data), MaxSize)
	}
	body := data[:len(data)-trailerSize]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return header{}, damaged(len(body), "its checksum is wrong")
	}
	if flags := le.Uint32(data[12:]); flags != 0 {
		return header{}, damaged(12, "unknown flags %#x", flags)
	}
	return readSizes(data, uint64(len(body)-headerSize))
}

// readSizes reads the sizes of table, strings and data, which must fill rest.
func readSizes(data []byte, rest uint64) (header, error) {
	le := binary.LittleEndian
	units, strings, size := le.Uint64(data[24:]), le.Uint64(data[32:]), le.Uint64(data[40:])
	if units > rest/entrySize || strings > rest || size > rest || units*entrySize+strings+size != rest {
		return header{}, damaged(24, "sizes of its parts do not fit its length")
	}
	at := headerSize + int(units)*entrySize + int(strings)
	return header{units: int(units), strings: int(strings), dataAt: at}, nil
}

// readUnit reads the unit that the entry describes; units come in order.
func (c *coder) readUnit(entry []byte, dataAt int) (*code.Unit, *Origin, error) {
	le := binary.LittleEndian
	offset, length := le.Uint64(entry), le.Uint64(entry[8:])
	limit := len(c.data) - trailerSize
	if offset != uint64(c.pos-dataAt) || length > uint64(limit-c.pos) {
		return nil, nil, damaged(c.pos, "unit of %d bytes at %d is out of place", length, offset)
	}
	c.end = c.pos + int(length)
	u := new(code.Unit)
	var origin *Origin
	begin := c.pos
	c.unit(u, &origin)
	if c.err != nil {
		return nil, nil, c.err
	}
	if c.pos != c.end {
		return nil, nil, damaged(c.pos, "%d bytes too many in unit %s", c.end-c.pos, u.Name)
	}
	if !bytes.Equal(u.Hash[:], entry[16:entrySize]) {
		return nil, nil, damaged(begin, "unit %s is not the one that the table names", u.Name)
	}
	if err := code.Verify(u); err != nil {
		return nil, nil, damaged(begin, "%v", err)
	}
	return u, origin, nil
}

func damaged(at int, format string, args ...any) error {
	return fmt.Errorf("%w at offset %d: %s", ErrDamaged, at, fmt.Sprintf(format, args...))
}

// ReadFile reads the repository file with the name. The error names the file.
func ReadFile(name string) (*Repository, error) {
	data, err := readAll(name)
	if err != nil {
		return nil, err
	}
	r, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// readAll reads a file of at most MaxSize bytes.
func readAll(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe might wait for ever
		return nil, fmt.Errorf("%s: %w: not a regular file", name, ErrNotRepository)
	}
	if info.Size() > MaxSize {
		return nil, fmt.Errorf("%s: %d bytes; a repository has at most %d", name, info.Size(), MaxSize)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
