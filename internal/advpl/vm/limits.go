package vm

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// Defaults of Limits.
const (
	defaultDepth  = 10_000
	defaultMemory = 512 << 20
	defaultString = 64 << 20
	defaultArray  = 16 << 20
)

// withDefaults returns l with the defaults in place of zeros. Steps and Time stay 0:
// unlimited.
func (l Limits) withDefaults() Limits {
	set := func(v *int, n int) {
		if *v <= 0 {
			*v = n
		}
	}
	set(&l.Depth, defaultDepth)
	set(&l.String, defaultString)
	set(&l.Array, defaultArray)
	if l.Memory <= 0 {
		l.Memory = defaultMemory
	}
	l.Steps, l.Time = max(l.Steps, 0), max(l.Time, time.Duration(0))
	return l
}

// memory counts what a thread allocates. What it uses at most is what it used at the
// last walk and what it has allocated since; only when that passes the limit is it
// counted again what can still be reached.
type memory struct {
	used   int64 // bytes found by the last walk, and allocated since
	next   int64 // used at which to walk, if above the limit
	failed bool  // the last walk found too much

	live, mark int64 // what CountMemory found, and used then
}

// walks numbers the walks of all threads, so that a value that went from one thread
// to another is counted there too.
var walks atomic.Uint32

// slack is the part of the limit that is allocated at least between two walks, as a
// divisor: a walk costs time in proportion to the memory in use, so that the cost of
// an allocation stays bounded.
const slack = 8

// Charge is called before a native allocates n bytes for a value. It returns an
// error if the thread may not have them. A program can handle that error, and what
// its handling releases it has again; but if it still uses too much when it has
// allocated an eighth of the limit more, the error ends it.
func (t *Thread) Charge(n int) error {
	t.mem.used += int64(n)
	if t.mem.used <= max(t.opts.Limits.Memory, t.mem.next) {
		return nil
	}
	return t.recount(int64(n))
}

// MemoryUsed returns how many bytes the thread's values take at most: what they took
// when they were counted last, and what has been allocated since.
func (t *Thread) MemoryUsed() int64 {
	if t.mem.used < t.mem.mark {
		return t.mem.used // has been counted for the limit meanwhile
	}
	return t.mem.live + t.mem.used - t.mem.mark
}

// CountMemory counts what the thread's values take, for MemoryUsed: it takes time in
// proportion to that. What a native is about to make is not among it, so that the limit
// rests on what is charged still. Natives, and Options.Yield, may call it.
func (t *Thread) CountMemory() {
	live, err := t.measure()
	if err == nil {
		t.mem.live, t.mem.mark = live, t.mem.used
	}
}

// note counts n bytes that have been allocated already where no error can be
// returned: the next Charge finds that they are too many.
func (t *Thread) note(n int) { t.mem.used += int64(n) }

// recount walks, and decides whether n bytes more may be allocated.
func (t *Thread) recount(n int64) error {
	limit := t.opts.Limits.Memory
	live, err := t.measure()
	if err != nil {
		return err
	}
	room := limit / slack
	if live+n <= limit {
		t.mem.used, t.mem.next, t.mem.failed = live+n, live+n+room, false
		return nil
	}
	e := Errorf(GenMem, "memory", "the program uses too much memory: the limit is %d MB", (limit+1<<20-1)>>20)
	e.Fatal = t.mem.failed && live > limit
	t.mem.used, t.mem.next, t.mem.failed = live, live+room, true
	return e
}

// checkLength checks the length of a string.
func (t *Thread) checkLength(n int) error {
	if n > t.opts.Limits.String {
		return Errorf(GenStrOverflow, "string", "string overflow: %d bytes are more than the limit of %d", n, t.opts.Limits.String)
	}
	return nil
}

// CheckString is Charge for a string of n bytes; it also checks the limit of one
// string.
func (t *Thread) CheckString(n int) error {
	if err := t.checkLength(n); err != nil {
		return err
	}
	return t.Charge(n)
}

// CheckArray is Charge for an array of n elements; it also checks the limit of one
// array, and that n is not negative.
func (t *Thread) CheckArray(n int) error {
	if n < 0 || n > t.opts.Limits.Array {
		return Errorf(GenBound, "array", "array of %d elements: the limit is %d", n, t.opts.Limits.Array)
	}
	return t.Charge(arraySize + n*int(valueSize))
}

// What the headers of values take, in bytes, with what the allocator adds.
const (
	arraySize  = int(unsafe.Sizeof(ArrayValue{}))
	objectSize = int(unsafe.Sizeof(ObjectValue{}))
	blockSize  = int(unsafe.Sizeof(blockValue{}))
	bufferSize = int(unsafe.Sizeof(buffer{}))
)

// What a thread itself keeps, in bytes: a handler; a name, with its entry in the map
// of symbols.
const (
	handlerSize = int64(unsafe.Sizeof(handler{}))
	nameSize    = 128
)

// measure returns how many bytes can be reached from the thread. The error is that
// of Poll if the call has to end, which a walk of much memory does not put off.
func (t *Thread) measure() (int64, error) {
	t.trimStack()
	w := walker{mark: walks.Add(1), stop: &t.stop}
	for _, s := range t.segments {
		w.size += int64(cap(s)) * int64(valueSize)
	}
	w.size += t.vars.size() + t.macros.size + int64(cap(t.handlers))*handlerSize
	w.size += int64(len(t.ownNames)) * nameSize
	t.roots(w.visit)
	for _, data := range t.cls {
		w.later(data)
		w.run()
	}
	if !w.stopped {
		return w.size, nil
	}
	if err := t.Poll(); err != nil {
		return 0, err
	}
	return t.measure() // the alarm was for an earlier call
}

// trimStack gives back segments above the one in use and the next, which may hold
// arguments of a call that is being made.
func (t *Thread) trimStack() {
	if keep := t.seg + 2; keep < len(t.segments) {
		clear(t.segments[keep:])
		t.segments = t.segments[:keep]
	}
}

// walker counts the bytes that values hold, each array, object, block, cell and long
// string once. It does not recurse, however deep values are nested, and what it
// keeps grows with the depth rather than with the number of values.
type walker struct {
	mark    uint32
	size    int64
	work    [][]Value      // still to be looked at
	objects []*ObjectValue // the same; they go first
	strings map[unsafe.Pointer]struct{}
	others  map[unsafe.Pointer]struct{} // blocks, cells
	last    unsafe.Pointer              // the long string seen last
	stop    *atomic.Bool                // of the thread that waits; nil: none does
	stopped bool                        // the walk was given up
	seen    func(fn *function)          // called with the function of each block; or nil
}

// longString is the length from which on a string is counted only once; shorter ones
// are counted where they are found.
const longString = 64

// visit counts all that v holds.
func (w *walker) visit(v Value) {
	w.value(v)
	w.run()
}

// run counts until no work is left, or until it has to stop.
func (w *walker) run() {
	for !w.stopped && len(w.objects)+len(w.work) > 0 {
		w.stopped = w.stop != nil && w.stop.Load()
		if n := len(w.objects) - 1; n >= 0 {
			o := w.objects[n]
			w.objects = w.objects[:n]
			w.object(o)
			continue
		}
		n := len(w.work) - 1
		s := w.work[n]
		w.work = w.work[:n]
		w.elements(s)
	}
}

// batch is how many values are looked at before the walk asks whether it has to stop.
const batch = 4096

// elements counts what the values in s hold, up to the first that leaves work; the
// rest of s becomes work below that.
func (w *walker) elements(s []Value) {
	if len(s) > batch {
		w.later(s[batch:])
		s = s[:batch]
	}
	n := len(w.work)
	for i, v := range s {
		if v.p == nil || isTag(v.p) {
			continue
		}
		w.value(v)
		if len(w.work) == n && len(w.objects) == 0 {
			continue
		}
		if w.later(s[i+1:]); i+1 < len(s) {
			last := len(w.work) - 1
			w.work[n], w.work[last] = w.work[last], w.work[n]
		}
		return
	}
}

// later leaves the values in s as work.
func (w *walker) later(s []Value) {
	if len(s) > 0 {
		w.work = append(w.work, s)
	}
}

// value counts what v points to, and leaves what that holds as work.
func (w *walker) value(v Value) {
	switch v.Kind() {
	case String:
		w.string(v)
	case Array:
		w.array(v.Array())
	case Object:
		w.found(v.Object())
	case Block:
		w.block(v.block())
	case refCell:
		w.cell(v)
	case refElem:
		r := (*elemRef)(v.p)
		w.later([]Value{r.obj, r.key})
	case pending:
		w.unwind((*unwind)(v.p))
	}
}

func (w *walker) string(v Value) {
	if v.n&buffered != 0 {
		w.buffer((*buffer)(v.p))
		return
	}
	n := v.Len()
	if n >= longString && (v.p == w.last || !first(&w.strings, v.p)) {
		return
	}
	w.last = v.p
	w.size += int64(n)
}

func (w *walker) buffer(b *buffer) {
	if b.mark == w.mark {
		return
	}
	b.mark = w.mark
	w.size += int64(bufferSize + b.cap)
}

// first puts p into the set and tells whether it was not there.
func first(set *map[unsafe.Pointer]struct{}, p unsafe.Pointer) bool {
	if *set == nil {
		*set = map[unsafe.Pointer]struct{}{}
	}
	n := len(*set)
	(*set)[p] = struct{}{}
	return len(*set) > n
}

func (w *walker) array(a *ArrayValue) {
	if a.mark == w.mark {
		return
	}
	a.mark = w.mark
	w.size += int64(arraySize) + int64(cap(a.Elems))*int64(valueSize)
	w.later(a.Elems)
}

// found leaves o as work, unless it was seen before.
func (w *walker) found(o *ObjectValue) {
	if o.mark == w.mark {
		return
	}
	o.mark = w.mark
	w.objects = append(w.objects, o)
}

func (w *walker) object(o *ObjectValue) {
	w.size += int64(objectSize) + int64(cap(o.Slots))*int64(valueSize)
	w.later(o.Slots)
	if s, ok := o.Native.(Sizer); ok {
		w.size += int64(s.Walk(w.value))
	}
}

func (w *walker) block(b *blockValue) {
	if !first(&w.others, unsafe.Pointer(b)) {
		return
	}
	if w.seen != nil {
		w.seen(b.fn)
	}
	w.size += int64(blockSize) + int64(cap(b.caps))*int64(valueSize)
	w.later(b.caps)
	if b.self != nil {
		w.found(b.self)
	}
}

func (w *walker) cell(v Value) {
	if first(&w.others, v.p) {
		w.size += int64(valueSize)
		w.later(unsafe.Slice((*Value)(v.p), 1))
	}
}

func (w *walker) unwind(u *unwind) {
	if !first(&w.others, unsafe.Pointer(u)) {
		return
	}
	w.later([]Value{u.value})
	if u.err != nil {
		w.later([]Value{u.err.Object})
		w.later(u.err.Args)
	}
}
