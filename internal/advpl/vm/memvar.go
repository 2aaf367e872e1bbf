package vm

import (
	"maps"
	"slices"
	"strings"
	"unsafe"
)

// cell is a memory variable. Whoever holds a reference to one after it ended still
// sees it, so a cell that was referred to is never used again.
type cell struct {
	v        Value
	public   bool
	referred bool
}

// shadowed is a variable that a Private hides until the function that made it ends;
// cell is nil if there was none.
type shadowed struct {
	sym  symbol
	cell *cell
}

// varPage holds the visible variables of the symbols with the same high bits. A
// program has many names, and a thread few variables.
type varPage [1 << pageBits]*cell

const (
	pageBits = 7
	pageMask = 1<<pageBits - 1
)

// memvars are the memory variables of a thread. The zero value has none.
type memvars struct {
	pages  []*varPage // by symbol>>pageBits; nil or too short: none
	hidden []shadowed
	free   []*cell
}

// maxFree is how many cells wait to be used again.
const maxFree = 256

// find returns the visible variable of s, or nil.
func (m *memvars) find(s symbol) *cell {
	if i := int(s >> pageBits); i < len(m.pages) && m.pages[i] != nil {
		return m.pages[i][s&pageMask]
	}
	return nil
}

// set makes c, which may be nil, the visible variable of s.
func (m *memvars) set(s symbol, c *cell) {
	i := int(s >> pageBits)
	if i >= len(m.pages) {
		m.pages = append(m.pages, make([]*varPage, i+1-len(m.pages))...)
	}
	if m.pages[i] == nil {
		m.pages[i] = new(varPage)
	}
	m.pages[i][s&pageMask] = c
}

// hide makes a new variable of s, visible until restore.
func (m *memvars) hide(s symbol, v Value) {
	m.hidden = append(m.hidden, shadowed{s, m.find(s)})
	c := m.newCell()
	c.v = v
	m.set(s, c)
}

// restore ends the variables that were made since n were hidden.
func (m *memvars) restore(n int) {
	for i := len(m.hidden) - 1; i >= n; i-- {
		h := &m.hidden[i]
		m.release(m.find(h.sym))
		m.set(h.sym, h.cell)
		*h = shadowed{}
	}
	m.hidden = m.hidden[:n]
}

func (m *memvars) newCell() *cell {
	if n := len(m.free); n > 0 {
		c := m.free[n-1]
		m.free = m.free[:n-1]
		return c
	}
	return new(cell)
}

func (m *memvars) release(c *cell) {
	if c == nil || c.referred || len(m.free) >= maxFree {
		return
	}
	*c = cell{}
	m.free = append(m.free, c)
}

// maxKept is how many pages stay for the variables after reset.
const maxKept = 8

// reset ends all variables.
func (m *memvars) reset() {
	kept := 0
	for i, page := range m.pages {
		switch {
		case page == nil:
		case kept < maxKept:
			clear(page[:])
			kept++
		default:
			m.pages[i] = nil
		}
	}
	m.hidden, m.free = nil, nil
}

// size returns what the variables take, without their values: pages, and for each
// that is hidden an entry and a cell.
func (m *memvars) size() int64 {
	n := cap(m.hidden)*int(unsafe.Sizeof(shadowed{})) + len(m.hidden)*int(unsafe.Sizeof(cell{}))
	for _, page := range m.pages {
		if page != nil {
			n += int(unsafe.Sizeof(*page))
		}
	}
	return int64(n)
}

// each calls visit with the values of the variables, hidden ones included.
func (m *memvars) each(visit func(Value)) {
	for _, page := range m.pages {
		if page == nil {
			continue
		}
		for _, c := range page {
			if c != nil {
				visit(c.v)
			}
		}
	}
	for _, h := range m.hidden {
		if h.cell != nil {
			visit(h.cell.v)
		}
	}
}

// refer returns a reference to the variable c.
func (c *cell) refer() Value {
	c.referred = true
	return cellRef(&c.v)
}

// symbol returns the number of a name in upper case: the program's, or one that
// only this thread knows.
func (t *Thread) symbol(name string) symbol {
	if s, ok := t.prog.symbols[name]; ok {
		return s
	}
	if s, ok := t.ownSymbols[name]; ok {
		return s
	}
	name = strings.Clone(name)
	s := t.newSymbol(name)
	if t.ownSymbols == nil {
		t.ownSymbols = make(map[string]symbol)
	}
	t.ownSymbols[name] = s
	t.note(int(nameSize) + len(name))
	return s
}

// nameOf returns the name of s.
func (t *Thread) nameOf(s symbol) string {
	if n := len(t.prog.names); int(s) >= n {
		return t.ownNames[int(s)-n]
	}
	return t.prog.names[s]
}

// makePrivate makes a Private of the running function; of macros: of the function
// that evaluates them; a Public if the host does.
func (t *Thread) makePrivate(s symbol, v Value) {
	f := t.fp
	for f.prev != nil && f.prev.fn != nil && f.fn.isMacro() {
		f = f.prev
	}
	if f.fn.isMacro() {
		t.vars.set(s, &cell{v: v, public: true})
		return
	}
	if f.flags&madePrivate == 0 {
		f.flags |= madePrivate
		f.undo = int32(len(t.vars.hidden))
	}
	t.vars.hide(s, v)
}

// makePublic makes a Public with the value .F., unless there is a variable.
func (t *Thread) makePublic(s symbol) {
	if t.vars.find(s) != nil {
		return
	}
	t.vars.set(s, &cell{v: Bool(false), public: true})
}

// variable returns the value of the variable s, or else of the field of that name
// in the selected work area.
func (t *Thread) variable(s symbol) (Value, error) {
	if c := t.vars.find(s); c != nil {
		return c.v, nil
	}
	name := t.nameOf(s)
	if t.opts.Areas != nil && t.opts.Areas.HasField(name) {
		return t.opts.Areas.Field(Value{}, name)
	}
	return Value{}, noVariable(name)
}

// memory returns the value of the memory variable s.
func (t *Thread) memory(s symbol) (Value, error) {
	if c := t.vars.find(s); c != nil {
		return c.v, nil
	}
	return Value{}, noVariable(t.nameOf(s))
}

func noVariable(name string) *Error {
	return Errorf(GenNoVar, name, "variable does not exist %s", name)
}

// assign assigns the memory variable s, and makes a Private if there is none.
func (t *Thread) assign(s symbol, v Value) error {
	if c := t.vars.find(s); c != nil {
		c.v = v
		return nil
	}
	return t.declare(s, v)
}

// cellSize is what the limit of memory counts for a variable.
const cellSize = 64

// declare makes a Private, if the thread may have one more.
func (t *Thread) declare(s symbol, v Value) error {
	if err := t.Charge(cellSize); err != nil {
		return err
	}
	t.makePrivate(s, v)
	return nil
}

// MemVar reads the private or public variable with the name.
func (t *Thread) MemVar(name string) (Value, bool) {
	if c := t.vars.find(t.symbol(strings.ToUpper(name))); c != nil {
		return c.v, true
	}
	return Value{}, false
}

// SetMemVar assigns the private or public variable with the name and makes it a
// private of the running function if there is none; a public if no function runs.
func (t *Thread) SetMemVar(name string, v Value) {
	s := t.symbol(strings.ToUpper(name))
	if c := t.vars.find(s); c != nil {
		c.v = v
		return
	}
	if t.fp.fn == nil {
		t.vars.set(s, &cell{v: v, public: true})
		return
	}
	t.makePrivate(s, v)
}

// MakePrivate makes a private variable of the running function, which hides others of
// the name until that function ends; a public if no function runs.
func (t *Thread) MakePrivate(name string, v Value) error {
	s, err := t.named(Str(name))
	if err != nil {
		return err
	}
	if t.fp == nil || t.fp.fn == nil {
		t.vars.set(s, &cell{v: v, public: true})
		return nil
	}
	return t.declare(s, v)
}

// MakePublic assigns the variable with the name, and makes it a public if there is none.
func (t *Thread) MakePublic(name string, v Value) error {
	s, err := t.named(Str(name))
	if err != nil {
		return err
	}
	if err := t.declarePublic(s); err != nil {
		return err
	}
	t.vars.find(s).v = v
	return nil
}

// eachVar calls visit with the visible memory variables, ordered by name.
func (t *Thread) eachVar(visit func(name string, public bool, v *Value)) {
	found := make(map[string]*cell)
	for i, page := range t.vars.pages {
		if page == nil {
			continue
		}
		for j, c := range page {
			if c != nil {
				found[t.nameOf(symbol(i<<pageBits|j))] = c
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		visit(name, found[name].public, &found[name].v)
	}
}

// named returns the symbol of the name in the string v.
func (t *Thread) named(v Value) (symbol, error) {
	if !v.IsStr() {
		return 0, mismatch("name of a variable", v)
	}
	name := strings.ToUpper(strings.TrimSpace(v.Text()))
	if !isName(name) {
		return 0, Errorf(GenSyntax, name, "%q is not a name", name)
	}
	if s, ok := t.prog.symbols[name]; ok {
		return s, nil
	}
	if t.knownNames() >= maxOwnNames {
		return 0, Errorf(GenComplexity, name, "too many names: the limit is %d", maxOwnNames)
	}
	return t.symbol(name), nil
}

// maxOwnNames is how many names a thread may know besides the program's.
const maxOwnNames = 1 << 20

// maxName is the longest name, as in sources.
const maxName = 255

// isName reports whether s, in upper case, is a name.
func isName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || '9' < c) {
			return false
		}
	}
	return true
}

// declarePublic makes a Public, if the thread may have one more.
func (t *Thread) declarePublic(s symbol) error {
	if err := t.Charge(cellSize); err != nil {
		return err
	}
	t.makePublic(s)
	return nil
}

// fieldName returns the name of a field in the string v, in upper case.
func fieldName(v Value) (string, error) {
	if !v.IsStr() {
		return "", mismatch("name of a field", v)
	}
	return strings.ToUpper(strings.TrimSpace(v.Text())), nil
}
