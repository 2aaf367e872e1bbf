package repo

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"appserver/internal/advpl/code"
)

// coder walks over a unit and either appends its bytes to data or reads them from
// there. One description of the format serves both ways. The first error while
// reading is kept, and everything read after it is zero.
type coder struct {
	reading bool
	data    []byte

	// Of a writer.
	index map[string]uint64 // in strings

	// Of both.
	strings []string

	// Of a reader.
	pos, end int // what is left of the part being read
	nest     int // of blocks
	depth    int // of an annotation's arrays
	err      error
}

func newWriter() *coder {
	return &coder{index: map[string]uint64{"": 0}, strings: []string{""}}
}

func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = damaged(c.pos, format, args...)
		c.pos = c.end
	}
}

// stringTable returns the strings that were written.
func (c *coder) stringTable() []byte {
	var b []byte
	b = binary.AppendUvarint(b, uint64(len(c.strings)))
	for _, s := range c.strings {
		b = binary.AppendUvarint(b, uint64(len(s)))
	}
	for _, s := range c.strings {
		b = append(b, s...)
	}
	return b
}

// readStrings reads the strings, which take size bytes from pos on.
func (c *coder) readStrings(size int) {
	c.end = c.pos + size
	n := c.count(0, 1)
	lengths := make([]int, n)
	sum := 0
	for i := range lengths {
		lengths[i] = c.below("length of a string", c.end-c.pos+1)
		if sum += lengths[i]; sum > c.end-c.pos {
			c.fail("strings are longer than their part")
			return
		}
	}
	if c.err == nil && sum != c.end-c.pos {
		c.fail("strings do not fill their part")
	}
	if c.err != nil {
		return
	}
	text := string(c.data[c.pos:c.end])
	c.pos = c.end
	c.strings = make([]string, n)
	for i, length := range lengths {
		c.strings[i], text = text[:length], text[length:]
	}
}

// The parts of the format. Each writes *p, or reads it. What is written can be in use: it is
// not touched.

func (c *coder) byte(p *byte) {
	if !c.reading {
		c.data = append(c.data, *p)
		return
	}
	if c.pos >= c.end {
		c.fail("ends too early")
		return
	}
	*p = c.data[c.pos]
	c.pos++
}

func (c *coder) bool(p *bool) {
	var b byte
	if *p {
		b = 1
	}
	c.byte(&b)
	if b > 1 {
		c.fail("%d where 0 or 1 must be", b)
	}
	if c.reading {
		*p = b == 1
	}
}

func (c *coder) uint(p *uint64) {
	if !c.reading {
		c.data = binary.AppendUvarint(c.data, *p)
		return
	}
	if c.pos < c.end && c.data[c.pos] < 0x80 {
		*p = uint64(c.data[c.pos])
		c.pos++
		return
	}
	n, size := binary.Uvarint(c.data[c.pos:c.end])
	if size <= 0 {
		c.fail("ends in a number")
		return
	}
	*p = n
	c.pos += size
}

// below reads a uint that must be less than limit.
func (c *coder) below(what string, limit int) int {
	var n uint64
	c.uint(&n)
	if n >= uint64(limit) && c.err == nil {
		c.fail("%s: %d of %d", what, n, limit)
	}
	if c.err != nil {
		return 0
	}
	return int(n)
}

func (c *coder) uint16(p *uint16) {
	if c.reading {
		*p = uint16(c.below("number", 1<<16))
		return
	}
	c.data = binary.AppendUvarint(c.data, uint64(*p))
}

// uint31 is a uint for a number that is not negative.
func (c *coder) uint31(p *int32) {
	if c.reading {
		*p = int32(c.below("number", 1<<31))
		return
	}
	c.data = binary.AppendUvarint(c.data, uint64(uint32(*p)))
}

func (c *coder) int32(p *int32) {
	n := uint64(uint32(*p<<1 ^ *p>>31))
	c.uint(&n)
	if n > math.MaxUint32 {
		c.fail("number %d is too large", n)
		return
	}
	if c.reading {
		*p = int32(uint32(n)>>1) ^ -int32(n&1)
	}
}

func (c *coder) float(p *float64) {
	if !c.reading {
		c.data = binary.LittleEndian.AppendUint64(c.data, math.Float64bits(*p))
		return
	}
	if b := c.take(8); b != nil {
		*p = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
}

func (c *coder) hash(p *[sha256.Size]byte) {
	if !c.reading {
		c.data = append(c.data, p[:]...)
		return
	}
	copy(p[:], c.take(len(p)))
}

// take returns the next n bytes, or nil if there are fewer.
func (c *coder) take(n int) []byte {
	if n > c.end-c.pos {
		c.fail("ends too early")
		return nil
	}
	b := c.data[c.pos : c.pos+n]
	c.pos += n
	return b
}

func (c *coder) string(p *string) {
	if c.reading {
		if i := c.below("string", len(c.strings)); c.err == nil {
			*p = c.strings[i]
		}
		return
	}
	i, ok := c.index[*p]
	if !ok {
		i = uint64(len(c.strings))
		c.index[*p] = i
		c.strings = append(c.strings, *p)
	}
	c.data = binary.AppendUvarint(c.data, i)
}

// count writes n, or reads the number of parts that follow, each of at least size
// bytes; more than can follow are refused before anything is allocated for them.
func (c *coder) count(n, size int) int {
	if c.reading {
		return c.below("number of parts", (c.end-c.pos)/size+1)
	}
	c.data = binary.AppendUvarint(c.data, uint64(n))
	return n
}

// list handles a list of items of at least size bytes.
func list[T any](c *coder, p *[]T, size int, item func(*coder, *T)) {
	n := c.count(len(*p), size)
	if c.reading {
		if n == 0 {
			return
		}
		*p = make([]T, n)
	}
	for i := range *p {
		item(c, &(*p)[i])
		if c.err != nil {
			return
		}
	}
}

// pointer handles what an item points to; it is never nil.
func pointer[T any](part func(*coder, *T)) func(*coder, **T) {
	return func(c *coder, p **T) {
		if c.reading {
			*p = new(T)
		}
		part(c, *p)
	}
}

// optional handles what p points to, if anything.
func optional[T any](c *coder, p **T, part func(*coder, *T)) {
	there := *p != nil
	c.bool(&there)
	if there {
		pointer(part)(c, p)
	}
}

// stringList handles a list of strings.
func (c *coder) stringList(p *[]string) { list(c, p, 1, (*coder).string) }

func (c *coder) unit(u *code.Unit, origin **Origin) {
	c.string(&u.Name)
	c.string(&u.Path)
	c.hash(&u.Hash)
	c.bool(&u.TLPP)
	c.string(&u.Namespace)
	c.stringList(&u.Using)
	c.stringList(&u.Statics)
	optional(c, &u.Init, (*coder).function)
	list(c, &u.Funcs, 20, pointer((*coder).function))
	list(c, &u.Classes, 16, pointer((*coder).class))
	optional(c, origin, (*coder).origin)
}

func (c *coder) origin(o *Origin) {
	c.hash(&o.Key)
	list(c, &o.Includes, 2+sha256.Size, (*coder).include)
}

func (c *coder) include(i *Include) {
	c.string(&i.Name)
	c.string(&i.From)
	c.hash(&i.Hash)
}

func (c *coder) function(f *code.Func) {
	if c.nest++; c.reading && c.nest > code.MaxBlockNest+1 {
		c.fail("blocks nested deeper than %d", code.MaxBlockNest)
		return
	}
	c.string(&f.Name)
	c.byte((*byte)(&f.Kind))
	c.uint16(&f.NParams)
	c.uint16(&f.NRegs)
	c.bool(&f.Variadic)
	c.bool(&f.Procedure)
	list(c, &f.Params, 2, (*coder).param)
	list(c, &f.RefParams, 1, (*coder).bool)
	c.code(&f.Code)
	list(c, &f.Consts, 1, (*coder).constant)
	c.stringList(&f.Names)
	list(c, &f.Blocks, 20, pointer((*coder).function))
	list(c, &f.Captures, 2, (*coder).capture)
	list(c, &f.Named, 2, (*coder).named)
	c.lines(&f.Lines)
	list(c, &f.Locals, 4, (*coder).local)
	list(c, &f.Annots, 2, (*coder).annotation)
	c.int32(&f.Line)
	c.string(&f.File)
	c.string(&f.Text)
	c.nest--
}

func (c *coder) param(p *code.Param) {
	c.string(&p.Name)
	c.string(&p.Type)
}

func (c *coder) code(p *[]code.Instr) {
	const size = 8
	le := binary.LittleEndian
	n := c.count(len(*p), size)
	if !c.reading {
		for _, in := range *p {
			c.data = le.AppendUint64(c.data, uint64(in.Op)|uint64(in.A)<<16|uint64(in.B)<<32|uint64(in.C)<<48)
		}
		return
	}
	b := c.take(n * size)
	if len(b) == 0 {
		return
	}
	*p = make([]code.Instr, n)
	for i := range *p {
		w := le.Uint64(b[i*size:])
		(*p)[i] = code.Instr{Op: code.Op(w), A: uint16(w >> 16), B: uint16(w >> 32), C: uint16(w >> 48)}
	}
}

func (c *coder) constant(k *code.Const) {
	c.byte((*byte)(&k.Kind))
	switch k.Kind {
	case code.ConstNum:
		c.float(&k.Num)
	case code.ConstStr:
		c.string(&k.Str)
	}
}

func (c *coder) capture(p *code.Capture) {
	c.bool(&p.Up)
	c.uint16(&p.Index)
}

func (c *coder) named(n *code.NamedCall) {
	c.string(&n.Func)
	c.stringList(&n.Args)
}

// lines writes the differences between neighbours, most of which take two bytes.
func (c *coder) lines(p *[]code.Line) {
	last := code.Line{PC: -1}
	list(c, p, 2, func(c *coder, l *code.Line) {
		pc, line := l.PC-last.PC, l.Line-last.Line
		c.uint31(&pc)
		c.int32(&line)
		if c.reading {
			*l = code.Line{PC: last.PC + pc, Line: last.Line + line}
		}
		last = *l
	})
}

func (c *coder) local(l *code.Local) {
	c.string(&l.Name)
	c.uint16(&l.Reg)
	c.uint31(&l.From)
	c.uint31(&l.To)
}

func (c *coder) annotation(a *code.Annotation) {
	c.string(&a.Name)
	list(c, &a.Args, 3, (*coder).argument)
}

func (c *coder) argument(a *code.AnnotArg) {
	if c.depth++; c.reading && c.depth > code.MaxAnnotNest+1 {
		c.fail("arrays nested deeper than %d", code.MaxAnnotNest)
		return
	}
	c.string(&a.Name)
	c.constant(&a.Value)
	list(c, &a.List, 3, (*coder).argument)
	c.depth--
}

func (c *coder) class(k *code.Class) {
	c.string(&k.Name)
	c.string(&k.Written)
	c.string(&k.Parent)
	c.stringList(&k.Interfaces)
	c.bool(&k.Abstract)
	c.bool(&k.Final)
	c.bool(&k.Interface)
	c.bool(&k.LongNames)
	list(c, &k.Data, 7, (*coder).member)
	list(c, &k.Methods, 10, (*coder).method)
	optional(c, &k.Init, (*coder).function)
	optional(c, &k.StaticInit, (*coder).function)
	c.string(&k.Kind)
	list(c, &k.Meta, 2, (*coder).meta)
	list(c, &k.Annots, 2, (*coder).annotation)
	c.int32(&k.Line)
}

func (c *coder) member(d *code.Data) {
	c.string(&d.Name)
	c.string(&d.Type)
	c.byte((*byte)(&d.Visibility))
	c.bool(&d.Static)
	c.bool(&d.ReadOnly)
	list(c, &d.Annots, 2, (*coder).annotation)
	list(c, &d.Meta, 2, (*coder).meta)
}

func (c *coder) method(m *code.MethodRef) {
	c.string(&m.Name)
	c.byte((*byte)(&m.Visibility))
	c.bool(&m.Static)
	c.bool(&m.Abstract)
	c.bool(&m.Final)
	c.bool(&m.Constructor)
	optional(c, &m.Func, (*coder).function)
	c.string(&m.Verb)
	list(c, &m.Annots, 2, (*coder).annotation)
	list(c, &m.Meta, 2, (*coder).meta)
}

func (c *coder) meta(m *code.Meta) {
	c.string(&m.Key)
	c.string(&m.Value)
}
