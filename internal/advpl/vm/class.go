package vm

import (
	"strings"

	"appserver/internal/advpl/code"
)

// Class is a linked class. It is immutable.
type Class struct {
	Def *code.Class

	name     string // upper case, with namespace
	unit     *unit
	prog     *Program
	index    int    // in Program.classList, and in a thread's classStates
	parent   *Class // or nil
	native   Native // makes the native part of an object; nil: there is none
	missing  string // a parent or interface that is nowhere; such a class has no objects
	state    linkState
	depth    int         // how many ancestors it has
	slots    int         // data of an object, inherited ones included
	initial  []Value     // of the slots
	inits    []*function // that set the data of a new object, ancestors' first
	statics  int         // static data of this class alone
	static   *function   // sets them; or nil
	fields   memberTable
	methods  memberTable
	abstract []*member // methods without a body: such a class has no objects
	outside  *Class    // of an abstract class: what Cls() refers to
}

// linkState is how far the linker is with a class.
type linkState uint8

const (
	unlinked linkState = iota
	linking
	linked
)

// member is a data member or method of a class.
type member struct {
	class    *Class // that declares it
	name     string // upper case
	slot     int32  // of an object's data; -1: static data or a method
	static   int32  // number of static data in class
	open     bool   // anyone may use it, and it hides no private member of an ancestor
	readOnly bool
	vis      code.Visibility
	fn       *function       // of a method; nil: abstract, or without a body
	ref      *code.MethodRef // of a method
}

// memberTable finds members by symbol: open addressing, at most half full.
type memberTable struct {
	entries []memberEntry // a power of two, or empty
	shift   uint8
	list    []*member // in the order of declaration, ancestors' first
}

type memberEntry struct {
	m   *member // nil: free
	sym symbol
}

// hashFactor spreads neighbouring numbers over the upper bits.
const hashFactor = 0x9E3779B1

func (t *memberTable) get(s symbol) *member {
	if len(t.entries) == 0 {
		return nil
	}
	mask := uint32(len(t.entries) - 1)
	for i := uint32(s) * hashFactor >> t.shift; ; i++ {
		e := &t.entries[i&mask]
		if e.m == nil || e.sym == s {
			return e.m
		}
	}
}

// put enters m, in place of an inherited one of the same name.
func (t *memberTable) put(s symbol, m *member) {
	if old := t.get(s); old != nil {
		for i := range t.list {
			if t.list[i] == old {
				t.list[i] = m
			}
		}
		t.set(s, m)
		return
	}
	t.list = append(t.list, m)
	if 2*len(t.list) > len(t.entries) {
		t.grow()
	}
	t.set(s, m)
}

func (t *memberTable) set(s symbol, m *member) {
	mask := uint32(len(t.entries) - 1)
	for i := uint32(s) * hashFactor >> t.shift; ; i++ {
		e := &t.entries[i&mask]
		if e.m == nil || e.sym == s {
			*e = memberEntry{m, s}
			return
		}
	}
}

func (t *memberTable) grow() {
	old := t.entries
	n := max(4, 2*len(old))
	t.entries, t.shift = make([]memberEntry, n), 32
	for ; n > 1; n /= 2 {
		t.shift--
	}
	for _, e := range old {
		if e.m != nil {
			t.set(e.sym, e.m)
		}
	}
}

// clone returns a copy that can grow apart from t.
func (t *memberTable) clone() memberTable {
	return memberTable{
		entries: append([]memberEntry(nil), t.entries...),
		shift:   t.shift,
		list:    append([]*member(nil), t.list...),
	}
}

// field returns the data member s of an object of c, own or inherited, or nil.
func (c *Class) field(s symbol) *member { return c.fields.get(s) }

// method returns the method s of an object of c, own or inherited, or nil.
func (c *Class) method(s symbol) *member { return c.methods.get(s) }

// derives tells whether c is base or has it among its ancestors.
func (c *Class) derives(base *Class) bool {
	for ; c != nil; c = c.parent {
		if c == base {
			return true
		}
	}
	return false
}

// Name returns the name of the class, in upper case, with its namespace.
func (c *Class) Name() string { return c.name }

// Parent returns the class that c inherits from, or nil.
func (c *Class) Parent() *Class { return c.parent }

// Unit returns the unit that declares c.
func (c *Class) Unit() *code.Unit { return c.unit.def }

// DataNames returns the names of the data members, inherited ones first, in upper
// case.
func (c *Class) DataNames() []string { return c.fields.names() }

// MethodNames returns the names of the methods, inherited ones first, in upper case.
func (c *Class) MethodNames() []string { return c.methods.names() }

func (t *memberTable) names() []string {
	names := make([]string, len(t.list))
	for i, m := range t.list {
		names[i] = m.name
	}
	return names
}

// HasData and HasMethod tell whether objects of c have the member, in any case.
func (c *Class) HasData(name string) bool   { return c.has(&c.fields, name) }
func (c *Class) HasMethod(name string) bool { return c.has(&c.methods, name) }

func (c *Class) has(t *memberTable, name string) bool {
	name = strings.ToUpper(name)
	s, ok := c.prog.symbols[name]
	return ok && t.get(s) != nil || c.shortMember(t, name) != nil
}

// shortMember finds the one member that has the first ten letters of name, if c is
// a class whose names have no more than that.
func (c *Class) shortMember(t *memberTable, name string) *member {
	key, ok := shorten10(name)
	if !ok || c.unit.def.TLPP || c.Def.LongNames {
		return nil
	}
	var found *member
	for _, m := range t.list {
		if !strings.HasPrefix(m.name, key) {
			continue
		}
		if found != nil {
			return nil
		}
		found = m
	}
	return found
}

// ClassNamed returns the class of the program with the name, in any case.
func (p *Program) ClassNamed(name string) (*Class, bool) {
	c, ok := p.classes[strings.ToUpper(name)]
	return c, ok
}

// Classes returns the classes, in the order of their units.
func (p *Program) Classes() []*Class {
	return append([]*Class(nil), p.classList...)
}
