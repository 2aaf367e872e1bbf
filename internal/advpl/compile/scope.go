package compile

import (
	"slices"

	"appserver/internal/advpl/source"
)

// symbol is a name, whatever the case of its letters.
type symbol struct {
	name  string    // upper case
	bound *variable // what it means here; nil: a memory variable or a field
	short *short    // of names of ten letters or more
}

// short is the first ten letters of names.
type short struct {
	bound []*variable // what names that begin so mean here, innermost last
}

// symbol returns the symbol of a name.
func (u *unit) symbol(name string) *symbol {
	if s := u.symbols[name]; s != nil {
		return s
	}
	up := upper(name)
	s := u.symbols[up]
	if s == nil {
		s = &symbol{name: up, short: u.short(up)}
		u.symbols[up] = s
	}
	u.symbols[name] = s
	return s
}

// short returns the first ten letters of a name, nil if it has less.
func (u *unit) short(name string) *short {
	if len(name) < significant {
		return nil
	}
	s := u.shorts[name[:significant]]
	if s == nil {
		s = &short{}
		u.shorts[name[:significant]] = s
	}
	return s
}

// varKind is where a variable lives.
type varKind uint8

const (
	localVar  varKind = iota // a register, a cell, or captured by a block
	paramVar                 // the same, with the value of an argument
	staticVar                // a slot of the unit
	memoryVar                // declared Private, Public or Memvar
	fieldVar                 // declared Field
)

func (k varKind) String() string {
	return [...]string{"local", "parameter", "static", "memory variable", "field"}[k]
}

// variable is what a declared name means.
type variable struct {
	name  string // as written
	sym   *symbol
	kind  varKind
	pos   source.Pos
	fn    *function // that declares it; nil for statics of the source
	reg   reg       // of locals and parameters
	slot  int32     // of statics
	alias string    // of fields: "" is the selected work area

	captured bool // by a code block
	byRef    bool // passed with @
	assigned bool
	inExpr   bool // assigned in the middle of an expression

	hidden  bool // a parameter without a name of its own
	loop    bool // declared by For or For Each
	pending bool // its own initialiser is being compiled
	inSight bool
	shown   bool      // in the table of locals
	prev    *variable // what the name meant before
}

// plain tells whether v is the value in its register, never a reference.
func (v *variable) plain() bool {
	switch v.kind {
	case localVar:
		return !v.captured && !v.byRef
	case paramVar:
		return !v.captured && !v.byRef && !v.assigned
	}
	return false
}

// bind brings v into sight.
func (u *unit) bind(v *variable) {
	if v.inSight {
		return
	}
	v.inSight = true
	v.prev = v.sym.bound
	v.sym.bound = v
	if s := v.sym.short; s != nil {
		s.bound = append(s.bound, v)
	}
}

// unbind takes the variables out of sight, in the opposite order of bind.
func (u *unit) unbind(vars []*variable) {
	for i := len(vars) - 1; i >= 0; i-- {
		v := vars[i]
		if !v.inSight {
			continue
		}
		v.inSight = false
		v.sym.unlink(v)
		if v.sym.short != nil {
			v.sym.short.unlink(v)
		}
	}
}

// unlink takes v out of what the symbol means and has meant.
func (s *symbol) unlink(v *variable) {
	for p := &s.bound; *p != nil; p = &(*p).prev {
		if *p == v {
			*p = v.prev
			return
		}
	}
}

// unlink is the same for the first ten letters.
func (s *short) unlink(v *variable) {
	for i := len(s.bound) - 1; i >= 0; i-- {
		if s.bound[i] == v {
			s.bound = slices.Delete(s.bound, i, i+1)
			return
		}
	}
}

// significant is how many letters of a name count in AdvPL if it is not known in
// full.
const significant = 10

// lookup returns the variable that the name means in fn, or nil.
func (u *unit) lookup(name string, fn *function) *variable {
	s := u.symbol(name)
	for v := s.bound; v != nil; v = v.prev {
		if !v.pending || v.fn != fn {
			return v
		}
	}
	if u.tlpp || s.short == nil {
		return nil
	}
	for _, v := range slices.Backward(s.short.bound) {
		if !v.pending || v.fn != fn {
			return v
		}
	}
	return nil
}
