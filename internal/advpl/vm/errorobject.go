package vm

import (
	"math"
	"strings"
	"unsafe"
)

// errorClass is the native class of error objects.
const errorClass = "ERRORCLASS"

// errorObject is an error as a program sees it: its members are those of err, and
// some that only programs use.
type errorObject struct {
	err   *Error
	args  Value  // the array that err.Args is seen as; NIL until it is asked for
	stack string // the text of ErrorStack; "" until it is asked for

	canDefault, canSubstitute bool
	tries                     float64
	cargo, env                Value
}

// errorSize is what an error and its object take, in bytes, without texts and stack.
const errorSize = 512

// frameSize is what a function in the stack of an error takes, in bytes.
const frameSize = int(unsafe.Sizeof(Frame{}))

// newErrorObject is the constructor of ErrorClass.
func newErrorObject(t *Thread, _ Args) (Value, error) {
	if err := t.Charge(errorSize); err != nil {
		return Value{}, err
	}
	return newErrorValue(&Error{Severity: severityError, GenCode: GenUser, SubSystem: "BASE"}), nil
}

// newErrorValue makes an object for e, which e remembers.
func newErrorValue(e *Error) Value {
	e.Object = NewNative(&errorObject{err: e, env: Str("")})
	return e.Object
}

// errorObject returns what a Catch or an error block gets for e: always the same
// object. What a program threw that is no error object is given back as it is.
func (t *Thread) errorObject(e *Error) Value {
	if !e.Object.IsNil() || e.thrown {
		return e.Object
	}
	v := newErrorValue(e)
	t.note(e.size())
	return v
}

// ErrorObject returns what a handler of the program would get for e, for a native that has
// the program look at an error that nothing handled.
func (t *Thread) ErrorObject(e *Error) Value { return t.errorObject(e) }

// thrown returns the error that Throw v raises: the one behind an error object,
// with its stack to be filled in anew, else one that stands for v.
func thrown(v Value) *Error {
	if v.Kind() == Object {
		if o, ok := v.Object().Native.(*errorObject); ok {
			o.remember()
			o.err.Object, o.err.Stack = v, nil
			return o.err
		}
	}
	e := Errorf(GenUser, "THROW", "an exception that nothing catches: %s", v)
	e.Object, e.thrown = v, true
	return e
}

// remember keeps the stack of the place where the error was first raised.
func (o *errorObject) remember() {
	if o.stack == "" && o.err.Stack != nil {
		o.stack = stackText(o.err.Stack)
	}
}

// ClassName implements NativeObject.
func (o *errorObject) ClassName() string { return errorClass }

// Walk implements Sizer.
func (o *errorObject) Walk(visit func(Value)) int {
	visit(o.args)
	visit(o.cargo)
	visit(o.env)
	for _, v := range o.err.Args {
		visit(v)
	}
	for i := range o.err.Stack {
		for _, v := range o.err.Stack[i].Args {
			visit(v)
		}
	}
	return o.err.size() + len(o.stack)
}

// size returns what e and its object take, in bytes, without the values in it.
func (e *Error) size() int {
	n := errorSize + len(e.Description) + len(e.Operation) + cap(e.Stack)*frameSize
	for i := range e.Stack {
		n += cap(e.Stack[i].Args) * int(valueSize)
	}
	return n
}

// Get implements NativeObject.
func (o *errorObject) Get(_ *Thread, name string) (Value, error) {
	switch e := o.err; name {
	case "ARGS":
		return o.arguments(), nil
	case "ERRORSTACK":
		o.remember()
		return Str(o.stack), nil
	case "ERRORENV":
		return o.env, nil
	case "CARGO":
		return o.cargo, nil
	case "TRIES":
		return Num(o.tries), nil
	default:
		if p := e.text(name); p != nil {
			return Str(*p), nil
		}
		if p := e.number(name); p != nil {
			return Int(*p), nil
		}
		if p := o.logical(name); p != nil {
			return Bool(*p), nil
		}
	}
	return Value{}, Errorf(GenNoVarMethod, name, "class %s has no property %s", errorClass, name)
}

// text returns the member of the name that is a string, or nil.
func (e *Error) text(name string) *string {
	switch name {
	case "DESCRIPTION":
		return &e.Description
	case "OPERATION":
		return &e.Operation
	case "SUBSYSTEM":
		return &e.SubSystem
	case "FILENAME":
		return &e.FileName
	}
	return nil
}

// number returns the member of the name that is a whole number, or nil.
func (e *Error) number(name string) *int {
	switch name {
	case "GENCODE":
		return &e.GenCode
	case "SUBCODE":
		return &e.SubCode
	case "SEVERITY":
		return &e.Severity
	case "OSCODE":
		return &e.OSCode
	}
	return nil
}

// logical returns the member of the name that is a logical, or nil.
func (o *errorObject) logical(name string) *bool {
	switch name {
	case "CANRETRY":
		return &o.err.CanRetry
	case "CANDEFAULT":
		return &o.canDefault
	case "CANSUBSTITUTE":
		return &o.canSubstitute
	}
	return nil
}

// arguments returns the array of the operation's arguments.
func (o *errorObject) arguments() Value {
	if o.args.IsNil() {
		o.args = NewArray(append([]Value(nil), o.err.Args...))
	}
	return o.args
}

// Set implements NativeObject. A member keeps its type.
func (o *errorObject) Set(_ *Thread, name string, v Value) error {
	kind := v.Kind()
	switch name {
	case "CARGO":
		o.cargo = v
		return nil
	case "ARGS":
		if kind == Array || kind == Nil {
			o.args, o.err.Args = v, nil
			if kind == Array {
				o.err.Args = v.Array().Elems
			}
			return nil
		}
	case "ERRORENV":
		if kind == String {
			o.env = v
			return nil
		}
	case "ERRORSTACK":
		if kind == String {
			o.stack = v.Text()
			return nil
		}
	case "TRIES":
		if kind == Number {
			o.tries = v.Float()
			return nil
		}
	default:
		return o.setSimple(name, v)
	}
	return mismatch(name, v)
}

// setSimple assigns a text, number or logical.
func (o *errorObject) setSimple(name string, v Value) error {
	if p := o.err.text(name); p != nil && v.IsStr() {
		*p = v.Text()
		return nil
	} else if p := o.err.number(name); p != nil && v.IsNum() {
		*p = int(math.Max(math.MinInt32, math.Min(math.MaxInt32, v.Float())))
		return nil
	} else if p := o.logical(name); p != nil && v.Kind() == Logical {
		*p = v.Truth()
		return nil
	}
	if !o.has(name) {
		return Errorf(GenNoVarMethod, name, "class %s has no property %s", errorClass, name)
	}
	return mismatch(name, v)
}

// has tells whether there is a member of the name.
func (o *errorObject) has(name string) bool {
	_, err := o.Get(nil, name)
	return err == nil
}

// Send implements NativeObject. New takes a description, or nothing.
func (o *errorObject) Send(_ *Thread, name string, args Args) (Value, error) {
	switch name {
	case "NEW":
		if d := args.Get(0); d.IsStr() {
			o.err.Description = d.Text()
		}
		return o.err.Object, nil
	case "CLASSNAME":
		return Str(errorClass), nil
	case "HASMESSAGE":
		m := args.Get(0)
		return Bool(m.IsStr() && o.has(strings.ToUpper(m.Text()))), nil
	}
	if len(args) == 0 && o.has(name) {
		return o.Get(nil, name)
	}
	return Value{}, Errorf(GenNoMethod, name, "class %s has no method %s", errorClass, name)
}
