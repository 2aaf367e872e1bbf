package vm

import (
	"cmp"
	"strings"

	"appserver/internal/advpl/code"
)

// ObjectValue is an object.
type ObjectValue struct {
	Class  *Class       // of a program; nil for native objects
	Slots  []Value      // the data of Class
	Native NativeObject // or nil; also the native part of an object whose class has a native parent

	mark uint32 // of the last walk that saw it
}

// NewNative returns a value for a native object.
func NewNative(n NativeObject) Value { return ObjectOf(&ObjectValue{Native: n}) }

// ClassName returns the class of an object, in upper case.
func (o *ObjectValue) ClassName() string {
	switch {
	case o.Class != nil:
		return o.Class.name
	case o.Native != nil:
		return o.Native.ClassName()
	}
	return ""
}

// IsDerived tells whether o is of the class with the name, in any case, or of one
// that inherits from it. A name without a namespace also stands for a class in one.
func (o *ObjectValue) IsDerived(class string) bool {
	class = strings.ToUpper(class)
	for c := o.Class; c != nil; c = c.parent {
		if _, local := split(c.name); c.name == class || local == class {
			return true
		}
	}
	return o.Native != nil && o.Native.ClassName() == class
}

// classStates are a thread's static data of classes, by Class.index.
type classStates [][]Value

// size returns what an object of c and its data take, in bytes.
func (c *Class) size() int { return objectSize + c.slots*int(valueSize) }

// Instance makes an object of a class of the program with its data initialised,
// without calling a constructor. The class is in any case, with its namespace.
func (t *Thread) Instance(class string) (Value, error) {
	c, ok := t.prog.ClassNamed(class)
	if !ok {
		return Value{}, Errorf(GenNoFunc, strings.ToUpper(class), "class %s does not exist", strings.ToUpper(class))
	}
	if c.missing == "" && c.isAbstract() {
		return Value{}, c.uninstantiable()
	}
	return t.instance(c)
}

// instance makes an object of c with its data initialised. That of an abstract class
// gives access to its static members only: Cls():nStatic.
func (t *Thread) instance(c *Class) (Value, error) {
	if c.missing != "" || c.Def.Interface {
		return Value{}, c.uninstantiable()
	}
	if err := t.Charge(c.size()); err != nil {
		return Value{}, err
	}
	o := &ObjectValue{Class: cmp.Or(c.outside, c), Slots: make([]Value, c.slots)}
	copy(o.Slots, c.initial)
	if err := t.nativePart(o); err != nil {
		return Value{}, err
	}
	self := ObjectOf(o)
	for _, init := range c.inits {
		if _, err := t.invoke(init, self); err != nil {
			return Value{}, err
		}
	}
	return self, nil
}

// isAbstract tells whether c is declared so or has methods without a body.
func (c *Class) isAbstract() bool { return c.Def.Abstract || len(c.abstract) > 0 }

// uninstantiable says why c has no objects.
func (c *Class) uninstantiable() *Error {
	switch {
	case c.missing != "":
		return Errorf(GenNoFunc, c.missing, "class %s does not exist: %s needs it", c.missing, c.name)
	case c.Def.Interface:
		return Errorf(GenUnsupported, c.name, "%s is an interface and has no objects", c.name)
	}
	return Errorf(GenUnsupported, c.name, "class %s is abstract and has no objects", c.name)
}

// nativePart makes the part of o that its class inherits from a native class.
func (t *Thread) nativePart(o *ObjectValue) error {
	if o.Class.native == nil {
		return nil
	}
	v, err := o.Class.native(t, nil)
	if err != nil {
		return err
	}
	if v.Kind() == Object {
		o.Native = v.Object().Native
	}
	if e, ok := o.Native.(*errorObject); ok {
		e.err.Object = ObjectOf(o)
	}
	return nil
}

// staticData returns the thread's static data of c, initialised. An initialiser that
// fails is run again when the data is next used.
func (t *Thread) staticData(c *Class) ([]Value, error) {
	for len(t.cls) <= c.index {
		t.cls = append(t.cls, nil)
	}
	if t.cls[c.index] != nil {
		return t.cls[c.index], nil
	}
	data := make([]Value, c.statics)
	t.cls[c.index] = data
	if c.static == nil {
		return data, nil
	}
	self := ObjectOf(&ObjectValue{Class: c, Slots: make([]Value, c.slots)})
	if _, err := t.invoke(c.static, self); err != nil {
		t.cls[c.index] = nil
		return nil, err
	}
	return data, nil
}

// The two tables of a class.
func dataOf(c *Class) *memberTable    { return &c.fields }
func methodsOf(c *Class) *memberTable { return &c.methods }

// lookup returns the member s of an object of c for code of from, which may be nil:
// a private member of the class that from belongs to goes before one of the same
// name that c declares or inherits.
func (t *Thread) lookup(c *Class, s symbol, from *function, table func(*Class) *memberTable) *member {
	if from != nil && from.class != nil && from.class != c && c.derives(from.class) {
		m := table(from.class).get(s)
		if m != nil && m.class == from.class && m.vis == code.Private {
			return m
		}
	}
	if m := table(c).get(s); m != nil {
		return m
	}
	return c.shortMember(table(c), t.nameOf(s))
}

// visible tells whether code of from may use m. Code of the host (nil) may use all.
func (m *member) visible(from *function) bool {
	switch {
	case m.vis == code.Public || from == nil || from.class == m.class:
		return true
	case m.vis == code.Private || from.class == nil:
		return false
	}
	return from.class.derives(m.class) || m.class.derives(from.class)
}

// hidden is the error of a use of m that visibility forbids.
func (m *member) hidden(what string) *Error {
	kind := "private"
	if m.vis == code.Protected {
		kind = "protected"
	}
	return Errorf(GenNoVarMethod, m.name, "%s %s of class %s is %s", what, m.name, m.class.name, kind)
}

// getMember reads member name of o for code of from; nil is the host, which may
// read all.
func (t *Thread) getMember(o *ObjectValue, name symbol, from *function) (Value, error) {
	m, err := t.dataMember(o, name, from)
	switch {
	case err != nil:
		return Value{}, err
	case m == nil:
		return o.Native.Get(t, t.nameOf(name))
	case m.slot >= 0:
		return o.Slots[m.slot], nil
	}
	data, err := t.staticData(m.class)
	if err != nil {
		return Value{}, err
	}
	return data[m.static], nil
}

// setMember assigns member name of o for code of from.
func (t *Thread) setMember(o *ObjectValue, name symbol, v Value, from *function) error {
	m, err := t.dataMember(o, name, from)
	switch {
	case err != nil:
		return err
	case m == nil:
		return o.Native.Set(t, t.nameOf(name), v)
	case m.readOnly && from != nil && (from.class == nil || !from.class.derives(m.class)):
		return Errorf(GenNoVarMethod, m.name, "property %s of class %s is read-only", m.name, m.class.name)
	case m.slot >= 0:
		o.Slots[m.slot] = v
		return nil
	}
	data, err := t.staticData(m.class)
	if err != nil {
		return err
	}
	data[m.static] = v
	return nil
}

// dataMember finds the data member; nil without an error if it is the native
// part's business.
func (t *Thread) dataMember(o *ObjectValue, name symbol, from *function) (*member, error) {
	if o.Class != nil {
		if m := t.lookup(o.Class, name, from, dataOf); m != nil {
			if !m.visible(from) {
				return nil, m.hidden("property")
			}
			return m, nil
		}
	}
	if o.Native != nil {
		return nil, nil
	}
	return nil, o.noMember("property", GenNoVarMethod, t.nameOf(name))
}

func (o *ObjectValue) noMember(what string, genCode int, name string) *Error {
	err := Errorf(genCode, name, "class %s has no %s %s", o.ClassName(), what, name)
	err.Args = []Value{ObjectOf(o)}
	return err
}

// findMethod returns the method that o runs for name in code of from. fn is nil
// without an error if it is a native's business; the error is of GenNoMethod if
// there is none.
func (t *Thread) findMethod(o *ObjectValue, name symbol, from *function) (fn *function, err error) {
	if o.Class != nil {
		if m := t.lookup(o.Class, name, from, methodsOf); m != nil {
			if o.Class.isAbstract() && !m.ref.Static {
				return nil, o.Class.uninstantiable()
			}
			return m.callable(from)
		}
	}
	if o.Native != nil && !t.isData(o, name) {
		return nil, nil
	}
	return nil, o.noMember("method", GenNoMethod, t.nameOf(name))
}

// isData tells whether o's class declares data of this name, so that o:name() reads
// that rather than calling the native part.
func (t *Thread) isData(o *ObjectValue, name symbol) bool {
	return o.Class != nil && t.lookup(o.Class, name, nil, dataOf) != nil
}

// callable returns the function of the method m, if code of from may call it.
func (m *member) callable(from *function) (*function, error) {
	if !m.visible(from) {
		return nil, m.hidden("method")
	}
	if m.fn == nil {
		return nil, Errorf(GenNoMethod, m.name, "method %s of class %s has no body", m.name, m.class.name)
	}
	return m.fn, nil
}

// superMethod returns the method of c's parent for a call of _Super in c; nil
// without an error if the parent is native.
func (t *Thread) superMethod(c *Class, name symbol) (*function, error) {
	if c.parent != nil {
		if m := t.lookup(c.parent, name, nil, methodsOf); m != nil {
			if m.vis == code.Private {
				return nil, m.hidden("method")
			}
			return m.callable(nil)
		}
	}
	if c.native != nil {
		return nil, nil
	}
	if c.parent == nil {
		return nil, Errorf(GenNoMethod, t.nameOf(name), "class %s has no parent with a method %s", c.name, t.nameOf(name))
	}
	return nil, Errorf(GenNoMethod, t.nameOf(name), "class %s has no method %s", c.parent.name, t.nameOf(name))
}

// longNameBase is the native part of objects whose class names LongNameClass as its
// parent: it has nothing but a constructor, for _Super:New().
type longNameBase struct{}

func newLongNameBase(*Thread, Args) (Value, error) { return NewNative(longNameBase{}), nil }

// ClassName implements NativeObject.
func (longNameBase) ClassName() string { return longNames[0] }

// Get implements NativeObject: there are no members.
func (longNameBase) Get(_ *Thread, name string) (Value, error) {
	return Value{}, Errorf(GenNoVarMethod, name, "the object has no property %s", name)
}

// Set implements NativeObject: there are no members.
func (longNameBase) Set(_ *Thread, name string, _ Value) error {
	return Errorf(GenNoVarMethod, name, "the object has no property %s", name)
}

// Send implements NativeObject: New does nothing.
func (longNameBase) Send(_ *Thread, name string, _ Args) (Value, error) {
	if name == "NEW" {
		return Value{}, nil
	}
	return Value{}, Errorf(GenNoMethod, name, "the object has no method %s", name)
}
