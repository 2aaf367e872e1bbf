package vm

import (
	"sync"
	"unsafe"

	"appserver/internal/advpl/code"
)

// frame is one running function. Frames are linked in chunks that stay until the call of
// the host ends; a frame never moves.
type frame struct {
	fn    *function      // nil in the root, which the host's calls stand on
	base  unsafe.Pointer // of its registers
	pc    unsafe.Pointer // the next instruction; written only when run leaves the frame
	argc  int32          // how many arguments it was given
	flags frameFlags
	undo  int32 // how many shadowed variables there were, if madePrivate is set
	hands int32 // how many handlers there were, if handles is set
	level int32 // 0 in the root

	next, prev *frame
}

// frameFlags say what the end of a function has to do besides returning a value.
type frameFlags uint32

const (
	madePrivate frameFlags = 1 << iota // memory variables end
	handles                            // handlers end
	fromGo                             // run returns
	newSegment                         // the registers are in a segment of their own
	discard                            // nobody wants the value
	again                              // a block of EvalEach: its end begins the next turn
)

// A segment holds registers. The last one is never used, so that a pointer past a
// window stays inside.
type segment []Value

const (
	firstSegment = 256
	maxSegment   = 64 << 10
	frameChunk   = 16
)

// slab is what each call of the host begins with: the first segment of registers, and
// frames. Between calls a thread has none.
type slab struct {
	registers [firstSegment]Value
	frames    [frameChunk]frame
}

// slabs are those that no thread has; they are empty.
var slabs = sync.Pool{New: func() any { return new(slab) }}

// takeSlab gives the thread a slab.
func (t *Thread) takeSlab() {
	s := slabs.Get().(*slab)
	t.slab, t.seg, t.top = s, 0, 0
	t.segments = append(t.segments, s.registers[:])
	t.end = t.segments[0].end()
	t.root.base = unsafe.Pointer(&s.registers[0])
	t.link(&t.root, s.frames[:min(frameChunk, t.opts.Limits.Depth)])
}

// giveSlab takes the thread's slab back, and lets go of all other segments and frames.
func (t *Thread) giveSlab() {
	s := t.slab
	*s = slab{}
	slabs.Put(s)
	clear(t.segments)
	t.slab, t.segments, t.end = nil, t.segments[:0], 0
	t.root.base, t.root.next, t.deepest = nil, nil, nil
}

// at returns register i of the window at base.
func at(base unsafe.Pointer, i uint16) *Value {
	return (*Value)(unsafe.Add(base, uintptr(i)*valueSize))
}

// from returns the place i values after base, which may be negative.
func from(base unsafe.Pointer, i int) unsafe.Pointer {
	return unsafe.Add(base, i*int(valueSize))
}

// values returns the n values at base.
func values(base unsafe.Pointer, n int) []Value {
	return unsafe.Slice((*Value)(base), n)
}

// copyValue is *d = *s; the first word is written only if it changes.
func copyValue(d, s *Value) {
	p := s.p
	d.n = s.n
	if d.p != p {
		d.p = p
	}
}

// fewValues is how many values are copied or cleared one by one in less time than the
// runtime takes to begin.
const fewValues = 12

// copyValues copies list to the registers from d on.
func copyValues(d unsafe.Pointer, list []Value) {
	if len(list) > fewValues {
		copy(values(d, len(list)), list)
		return
	}
	for i := range list {
		copyValue(at(d, uint16(i)), &list[i])
	}
}

// reg returns register i.
func (f *frame) reg(i int) *Value { return at(f.base, uint16(i)) }

// index returns the number of the instruction that runs, or that calls.
func (f *frame) index() int {
	off := uintptr(f.pc) - uintptr(f.fn.entry)
	if off > uintptr(len(f.fn.code))*instrSize {
		off = uintptr(f.pc) - uintptr(f.fn.tracedEntry())
	}
	return max(int(off/instrSize)-1, 0)
}

// args returns where the arguments are, as given: the parameters themselves, or if
// there are more arguments than parameters, what lies before the registers.
func (f *frame) args() unsafe.Pointer {
	if n := int(f.argc); n > f.fn.params {
		return from(f.base, -n)
	}
	return f.base
}

// head returns the value before the arguments: Self of a method, the block that
// runs.
func (f *frame) head() Value { return *(*Value)(from(f.args(), -1)) }

// extra returns the arguments that have no parameter.
func (f *frame) extra() []Value {
	n := int(f.argc) - f.fn.params
	if n <= 0 {
		return nil
	}
	return values(from(f.base, -n), n)
}

// param returns argument i of f from 0, as it is now.
func (f *frame) param(i int) Value {
	switch {
	case i < 0 || i >= int(f.argc):
		return Value{}
	case i < f.fn.params:
		return f.reg(i).deref()
	}
	return f.extra()[i-f.fn.params].deref()
}

// self returns Self of the running method, or NIL.
func (f *frame) self() Value {
	if f.fn == nil || f.fn.class == nil {
		return Value{}
	}
	h := f.head()
	if h.Kind() == Block {
		if o := h.block().self; o != nil {
			return ObjectOf(o)
		}
		return Value{}
	}
	if h.Kind() != Object {
		return Value{}
	}
	return h
}

// closure returns the block that runs.
func (f *frame) closure() *blockValue { return f.head().block() }

// reserve is how many calls, and natives within natives, an error block may make
// beyond the limit whose error it sees.
const reserve = 64

// maxDepth returns how deeply calls above f may be nested now.
func (t *Thread) maxDepth(f *frame) int {
	limit := t.opts.Limits.Depth
	if t.blockMark > 0 && int(f.level) >= limit {
		return limit + reserve
	}
	return limit
}

// grow links more frames after f and returns the first; nil if the limit of calls
// is reached.
func (t *Thread) grow(f *frame) *frame {
	n := min(max(frameChunk, int(f.level)), t.maxDepth(f)-int(f.level))
	if n <= 0 {
		return nil
	}
	chunk := make([]frame, n)
	t.link(f, chunk)
	return &chunk[0]
}

// link links frames after f.
func (t *Thread) link(f *frame, chunk []frame) {
	for i := range chunk {
		g := &chunk[i]
		g.prev, g.level = f, f.level+1
		f.next = g
		f = g
	}
	if int(f.level) == t.opts.Limits.Depth {
		t.deepest = f
	}
}

// endReserve takes the frames beyond the limit away.
func (t *Thread) endReserve() {
	if t.deepest != nil {
		t.deepest.next = nil
	}
}

// room returns how many bytes a call of fn takes, head and arguments included.
func (fn *function) room(argc int) uintptr {
	n := 1 + fn.regs
	if argc > fn.params {
		n += argc
	}
	return uintptr(n) * valueSize
}

// spare returns the start of the segment after the current one. It has room for a
// call of fn. enter asks whether the thread may have what a new segment takes.
func (t *Thread) spare(fn *function, argc int) unsafe.Pointer {
	i := t.seg + 1
	if i == len(t.segments) {
		t.segments = append(t.segments, nil)
	}
	if n := int(fn.room(argc) / valueSize); len(t.segments[i]) <= n {
		size := min(firstSegment<<min(i, 16), maxSegment)
		t.segments[i] = make(segment, max(size, n)+1)
		t.note(len(t.segments[i]) * int(valueSize))
	}
	return unsafe.Pointer(&t.segments[i][0])
}

// prevSegment goes back to the segment before.
func (t *Thread) prevSegment() {
	t.seg--
	t.end = t.segments[t.seg].end()
}

// end returns the address of the first value that is not to be used.
func (s segment) end() uintptr {
	return uintptr(unsafe.Pointer(&s[len(s)-1]))
}

// window is a call about to be made: its arguments lie in registers after a head,
// and more may follow from elsewhere.
type window struct {
	args  unsafe.Pointer
	argc  int
	more  []Value
	refs  bool // an argument may be a reference
	apart bool // the window is at the start of the spare segment
}

// enter pushes a frame for fn. On success t.fp is the new frame, with pc at its
// first instruction. The error is that of the unit's initialiser or of a limit;
// nothing has been pushed then.
func (t *Thread) enter(fn *function, w window, flags frameFlags) error {
	if fn.lazy {
		if err := t.start(fn.unit); err != nil {
			return err
		}
	}
	f := t.fp.next
	if f == nil {
		if f = t.grow(t.fp); f == nil {
			return Errorf(GenComplexity, fn.def.Name, "calls are nested too deeply: the limit is %d", t.opts.Limits.Depth)
		}
	}
	argc := w.argc + len(w.more)
	if !w.apart && uintptr(w.args)-valueSize+fn.room(argc) > t.end {
		t.move(fn, &w)
	}
	if w.apart {
		if err := t.Charge(0); err != nil {
			return err
		}
		t.seg++
		t.end = t.segments[t.seg].end()
		flags |= newSegment
	}
	copyValues(from(w.args, w.argc), w.more)
	f.fn, f.base, f.pc = fn, w.args, fn.entry
	f.argc, f.flags = int32(argc), flags
	given := min(argc, fn.params)
	if argc > fn.params {
		f.base = from(w.args, argc)
		copyValues(f.base, values(w.args, given))
	}
	if w.refs {
		fn.settle(values(f.base, given))
	}
	fn.empty(f.base, given)
	t.fp = f
	t.fuel--
	return nil
}

// empty makes the registers of fn from number n on NIL.
func (fn *function) empty(base unsafe.Pointer, n int) {
	if fn.regs-n > fewValues {
		clear(values(base, fn.regs)[n:])
		return
	}
	for ; n < fn.regs; n++ {
		*at(base, uint16(n)) = Value{}
	}
}

// move copies the window to the spare segment.
func (t *Thread) move(fn *function, w *window) {
	n := 1 + w.argc
	to := t.spare(fn, w.argc+len(w.more))
	copy(values(to, n), values(from(w.args, -1), n))
	w.args, w.apart = from(to, 1), true
}

// settle replaces references among the parameters by what they refer to, where the
// function does not expect them.
func (fn *function) settle(params []Value) {
	for i := range params {
		if p := &params[i]; p.isRef() && !fn.mayRef(i) {
			*p = p.deref()
		}
	}
}

// leave pops frame f, which is t.fp.
func (t *Thread) leave() {
	f := t.fp
	if f.flags != 0 {
		t.undo(f)
	}
	t.fp = f.prev
}

// undo ends what f's flags say.
func (t *Thread) undo(f *frame) {
	if f.flags&handles != 0 {
		t.handlers = t.handlers[:f.hands]
	}
	if f.flags&madePrivate != 0 {
		t.vars.restore(int(f.undo))
	}
	if f.flags&newSegment != 0 {
		t.prevSegment()
	}
}

// frameAt returns the frame of the function at a level, 0 being the innermost, or
// nil if there is none.
func (t *Thread) frameAt(level int) *frame {
	f := t.fp
	for ; f != nil && f.fn != nil; f = f.prev {
		if level == 0 {
			return f
		}
		level--
	}
	return nil
}

// describe returns what a report says about f.
func (f *frame) describe() Frame {
	fn := f.fn
	d := Frame{Func: fn.def, Unit: fn.unit.def, Name: fn.name(), Line: int(fn.def.LineAt(f.index()))}
	for i := range int(f.argc) {
		d.Args = append(d.Args, f.param(i))
	}
	return d
}

// name returns how reports show fn.
func (fn *function) name() string {
	switch {
	case fn.def.Kind == code.Block && fn.def.Text != "":
		return fn.def.Text
	case fn.def.Kind == code.Method && fn.class != nil:
		return fn.class.name + ":" + fn.def.Name
	}
	return fn.def.Name
}

// maxReported is how many frames the stack of an error has at most, the innermost.
const maxReported = 256

// stack describes the running functions, innermost first.
func (t *Thread) stack() []Frame {
	var frames []Frame
	for f := t.fp; f.fn != nil && len(frames) < maxReported; f = f.prev {
		frames = append(frames, f.describe())
	}
	return frames
}
