package vm

import (
	"slices"
	"strings"

	"appserver/internal/advpl/code"
)

// longNames are the parents that mean no parent, but that names longer than ten
// letters are told apart.
var longNames = []string{"LONGNAMECLASS", "LONGCLASSNAME"}

// maxAncestors bounds the length of a chain of parents, because each class keeps a
// table of all that it inherits.
const maxAncestors = 200

// classes links all classes, parents before children.
func (l *linker) classes() {
	for _, c := range l.p.classList {
		l.linkClass(c)
	}
}

// linkClass links c after its ancestors.
func (l *linker) linkClass(c *Class) {
	if c.state != unlinked {
		return
	}
	c.state = linking
	l.nest++
	defer func() { l.nest-- }()
	l.inherit(c)
	l.data(c)
	l.methods(c)
	l.initialisers(c)
	l.abstracts(c)
	l.interfaces(c)
	if c.isAbstract() {
		c.outside = c.withoutObjects()
	}
	c.state = linked
}

// withoutObjects returns c for those who name it: all but the static members are
// closed to everybody.
func (c *Class) withoutObjects() *Class {
	outside := *c
	outside.methods = c.methods.clone()
	for i, e := range outside.methods.entries {
		if e.m != nil && !e.m.ref.Static {
			closed := *e.m
			closed.class, closed.open = &outside, false
			outside.methods.entries[i].m = &closed
		}
	}
	return &outside
}

// inherit finds the parent of c and takes over what it has.
func (l *linker) inherit(c *Class) {
	name := c.Def.Parent
	switch parent := l.p.resolveClass(c.unit, name); {
	case parent != nil:
		l.inheritFrom(c, parent)
	case c.Def.LongNames && name == "", slices.Contains(longNames, name):
		c.native = newLongNameBase
	case name == "":
	default:
		if c.native = l.p.nativeClass(name); c.native == nil {
			c.missing = name
		}
	}
}

func (l *linker) inheritFrom(c, parent *Class) {
	if l.nest <= maxAncestors {
		l.linkClass(parent)
	}
	if l.nest > maxAncestors || parent.depth >= maxAncestors {
		l.classErrorf(c, "has more than %d ancestors", maxAncestors)
		return
	}
	if parent.state == linking {
		l.classErrorf(c, "inherits from itself, by way of %s", parent.name)
		return
	}
	if parent.Def.Final {
		l.classErrorf(c, "inherits from %s, which is final", parent.name)
	}
	c.parent, c.native, c.missing = parent, parent.native, parent.missing
	c.depth = parent.depth + 1
	c.slots = parent.slots
	c.inits = slices.Clip(parent.inits)
	c.fields, c.methods = parent.fields.clone(), parent.methods.clone()
}

func (l *linker) classErrorf(c *Class, format string, args ...any) {
	l.errorf("%s: class %s "+format, append([]any{place{c.unit.def, c.Def.Line}, c.name}, args...)...)
}

// data lays out the data members of c.
func (l *linker) data(c *Class) {
	for i := range c.Def.Data {
		d := &c.Def.Data[i]
		m := &member{class: c, name: strings.ToUpper(d.Name), slot: -1, readOnly: d.ReadOnly, vis: d.Visibility}
		s := l.symbol(m.name)
		hidden := c.field(s)
		if hidden != nil && hidden.class == c {
			l.classErrorf(c, "declares data %s twice", d.Name)
			continue
		}
		m.open = d.Visibility == code.Public && !hidesPrivate(hidden)
		switch {
		case d.Static:
			m.static = int32(c.statics)
			c.statics++
		case hidden != nil && hidden.slot >= 0 && hidden.vis != code.Private:
			m.slot = hidden.slot
		default:
			m.slot = int32(c.slots)
			c.slots++
		}
		c.fields.put(s, m)
	}
}

// hidesPrivate tells whether a member in the place of the inherited one, or nil,
// must not be taken for it by the class that declares that.
func hidesPrivate(inherited *member) bool {
	return inherited != nil && (inherited.vis == code.Private || !inherited.open)
}

// methods enters the methods of c.
func (l *linker) methods(c *Class) {
	for i := range c.Def.Methods {
		ref := &c.Def.Methods[i]
		m := &member{class: c, name: strings.ToUpper(ref.Name), slot: -1, vis: ref.Visibility, ref: ref}
		if ref.Func != nil {
			m.fn = l.linked(newFunction(ref.Func, c.unit, c))
		}
		s := l.methodSymbol(c, m)
		hidden := c.method(s)
		if hidden != nil && hidden.class == c {
			l.classErrorf(c, "declares method %s twice", ref.Name)
			continue
		}
		if hidden != nil && hidden.ref.Final && hidden.vis != code.Private {
			l.classErrorf(c, "overrides method %s of %s, which is final", ref.Name, hidden.class.name)
		}
		m.open = ref.Visibility == code.Public && !hidesPrivate(hidden)
		c.methods.put(s, m)
	}
}

// methodSymbol returns the symbol under which objects of c have the method m: that of its
// name. Of methods of a REST service that have one name for several verbs the first has
// it; the names of the others begin with their verbs: "POST ORDER".
func (l *linker) methodSymbol(c *Class, m *member) symbol {
	s := l.symbol(m.name)
	first := c.method(s)
	if first == nil || first.class != c || first.ref.Verb == m.ref.Verb {
		return s
	}
	m.name = m.ref.Verb + " " + m.name
	return l.symbol(m.name)
}

// initialisers links what sets the data of c.
func (l *linker) initialisers(c *Class) {
	if c.Def.StaticInit != nil {
		c.static = l.linked(newFunction(c.Def.StaticInit, c.unit, c))
	}
	c.initial = make([]Value, c.slots)
	if c.parent != nil {
		copy(c.initial, c.parent.initial)
	}
	if c.Def.Init == nil {
		return
	}
	init := l.linked(newFunction(c.Def.Init, c.unit, c))
	if len(c.inits) > 0 || !constantData(c, init) {
		c.inits = append(c.inits, init)
	}
}

// constantData sets c.initial to what init gives the data, if it does nothing but
// set own data to constants.
func constantData(c *Class, init *function) bool {
	regs := make([]Value, init.regs)
	self := make([]bool, init.regs)
	initial := slices.Clone(c.initial)
	for _, in := range init.def.Code {
		switch in.Op {
		case code.NOP:
		case code.SELF:
			self[in.A] = true
		case code.LOADK, code.LOADINT, code.LOADL, code.LOADNIL:
			loadConstant(init, in, regs, self)
		case code.SETPROP:
			m := c.field(init.names[in.B])
			if !self[in.A] || self[in.C] || m == nil || m.class != c || m.slot < 0 {
				return false
			}
			initial[m.slot] = regs[in.C]
		case code.RETNIL, code.RET:
			c.initial = initial
			return true
		default:
			return false
		}
	}
	return false
}

// loadConstant does what the instruction does to registers; self tells which of
// them hold Self.
func loadConstant(f *function, in code.Instr, regs []Value, self []bool) {
	switch in.Op {
	case code.LOADK:
		regs[in.A] = f.consts[in.Bx()]
	case code.LOADINT:
		regs[in.A] = Int(int(in.Bx()))
	case code.LOADL:
		regs[in.A] = Bool(in.B != 0)
	case code.LOADNIL:
		end := int(in.A) + int(in.B)
		clear(regs[in.A:end])
		clear(self[in.A:end])
	}
	self[in.A] = false
}

// abstracts finds the abstract methods that objects of c would lack.
func (l *linker) abstracts(c *Class) {
	declares := c.Def.Abstract || c.Def.Interface
	for _, m := range c.methods.list {
		if m.fn != nil || !m.ref.Abstract {
			continue
		}
		c.abstract = append(c.abstract, m)
		declares = declares || m.class == c
	}
	if declares {
		return
	}
	for _, m := range c.abstract {
		l.classErrorf(c, "has no method %s, which %s declares as abstract: write it, or make the class abstract", m.ref.Name, m.class.name)
	}
}

// interfaces checks that c has the methods of its interfaces and of the interfaces
// that those inherit from.
func (l *linker) interfaces(c *Class) {
	for _, name := range c.Def.Interfaces {
		i := l.p.resolveClass(c.unit, name)
		if i == nil {
			c.missing = name
			continue
		}
		if l.nest <= maxAncestors {
			l.linkClass(i)
		}
		for _, m := range i.methods.list {
			if c.method(l.symbol(m.name)) == nil && len(c.abstract) == 0 && !c.Def.Abstract {
				l.classErrorf(c, "has no method %s of the interface %s", m.ref.Name, i.name)
			}
		}
	}
}
