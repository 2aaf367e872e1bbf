package lib

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/vm"
)

// jsonObject is an object of JsonObject: named values in the order in which they were
// set, or, after Set(aArray) and FromJson("[…]"), an array.
type jsonObject struct {
	self  vm.Value // what New returns
	list  bool     // an array: elems, and no names
	elems []vm.Value
	names ordered[string]
	norm  func(string) string // the form of names, in which they are kept and found; nil: as they are
}

// JsonObject():New() → a JSON object without names. o["name"] reads a name, NIL if there is
// none, and o["name"] := x sets it; o[n] is an element of an object that is an array. Values are
// strings, numbers, dates, logicals, NIL, arrays and JSON objects. Names keep the order in
// which they were set. Its methods:
//
//	FromJson(cJson)                          becomes what cJson says; NIL, or a text that says where
//	                                         and why it is no JSON
//	ToJson()                                 the JSON text, without blanks; dates are strings YYYYMMDD
//	GetNames()                               an array of the names
//	HasProperty(cName)                       whether there is the name
//	DelName(cName)                           removes the name; whether there was one
//	GetJsonObject(cName)                     its value, NIL if there is none
//	GetJsonText(cName)                       its value as a string: strings as they are, others as
//	                                         JSON, "null" if there is none
//	GetJsonValue(cName, @xValue[, @cType])   whether there is the name; sets its value and the letter
//	                                         that ValType gives of it
//	Set(aArray), Set(cName, xValue)          becomes an array; sets a name
//
// Strings keep their bytes: after FromJson of UTF-8 they are UTF-8, which DecodeUTF8 makes fit
// for the program, as EncodeUTF8 makes ToJson() fit for the wire. An escape \uXXXX is UTF-8
// there; else it is in the code page, or UTF-8 if that lacks the character. In FromJson
// objects become JSON objects, arrays arrays, null NIL; ToJson of a code block, of an object
// of a class and of values that hold each other is an error. Source: TDN, public programs.
func newJSON(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(jsonBytes); err != nil {
		return vm.Value{}, err
	}
	return new(jsonObject).value(), nil
}

// value makes the value of a new object.
func (o *jsonObject) value() vm.Value {
	o.self = vm.NewNative(o)
	return o.self
}

// jsonBytes is about what an object without names takes.
const jsonBytes = 200

// jsonOf returns the JSON object in v.
func jsonOf(v vm.Value) (*jsonObject, bool) {
	if v.Kind() != vm.Object {
		return nil, false
	}
	o, ok := v.Object().Native.(*jsonObject)
	return o, ok
}

func (o *jsonObject) ClassName() string { return "JSONOBJECT" }

// Len returns how many elements there are.
func (o *jsonObject) Len() int { return len(o.elems) }

// Walk visits the values.
func (o *jsonObject) Walk(visit func(vm.Value)) int {
	for _, v := range o.elems {
		visit(v)
	}
	size := jsonBytes + valueBytes*cap(o.elems) + o.names.walk(visit)
	for name := range o.names.all() {
		size += len(name)
	}
	return size
}

// Next returns the value of turn i of For Each.
func (o *jsonObject) Next(_ *vm.Thread, i int) (vm.Value, bool) {
	if i < len(o.elems) {
		return o.elems[i], true
	}
	o.names.compact()
	if i < o.names.len() {
		return o.names.entries[i].value, true
	}
	return vm.Value{}, false
}

// get returns the value of the name, or NIL.
func (o *jsonObject) get(name string) vm.Value {
	v, _ := o.find(name)
	return v
}

// find returns the value of the name; false if there is none.
func (o *jsonObject) find(name string) (vm.Value, bool) { return o.names.get(o.key(name)) }

// key returns the form in which a name is kept.
func (o *jsonObject) key(name string) string {
	if o.norm == nil {
		return name
	}
	return o.norm(name)
}

// put sets the value of the name. An array becomes an object without other names.
func (o *jsonObject) put(t *vm.Thread, name string, v vm.Value) error {
	o.list, o.elems = false, nil
	name = o.key(name)
	return o.names.put(t, name, len(name), v)
}

// setList makes o an array of elems, which it does not copy.
func (o *jsonObject) setList(elems []vm.Value) {
	o.list, o.elems, o.names = true, elems, ordered[string]{}
}

// all walks the values with their keys as a program writes them.
func (o *jsonObject) all() iter.Seq2[string, vm.Value] {
	return func(yield func(string, vm.Value) bool) {
		for i, v := range o.elems {
			if !yield(strconv.Itoa(i+1), v) {
				return
			}
		}
		for name, v := range o.names.all() {
			if !yield(`"`+name+`"`, v) {
				return
			}
		}
	}
}

// Index is o[xKey]: the value of a name, NIL if there is none; of an array the element.
func (o *jsonObject) Index(_ *vm.Thread, key vm.Value) (vm.Value, error) {
	if key.IsStr() {
		return o.get(key.Text()), nil
	}
	i, err := o.element(key)
	if err != nil {
		return vm.Value{}, err
	}
	return o.elems[i], nil
}

// SetIndex is o[xKey] := xValue.
func (o *jsonObject) SetIndex(t *vm.Thread, key, v vm.Value) error {
	if key.IsStr() {
		return o.put(t, key.Text(), v)
	}
	i, err := o.element(key)
	if err != nil {
		return err
	}
	o.elems[i] = v
	return nil
}

// element returns the index in elems that a number means.
func (o *jsonObject) element(key vm.Value) (int, error) {
	if !key.IsNum() || !o.list {
		return 0, vm.ArgError("[]", vm.Args{key}, 0, "the name of a property, a string")
	}
	i := truncate(key.Float())
	if i < 1 || i > len(o.elems) {
		return 0, vm.Errorf(vm.GenBound, "", "array out of bounds [%d] of [%d]", i, len(o.elems))
	}
	return i - 1, nil
}

// Get is o:name. A JSON object has no such members.
func (o *jsonObject) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, noMember(o, name)
}

// Set is o:name := x.
func (o *jsonObject) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(o, name) }

// noMember is the error of a property that an object of a native class lacks.
func noMember(o vm.NativeObject, name string) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "class %s has no property %s", o.ClassName(), name)
}

// noMethod is the error of a method that an object of a native class lacks.
func noMethod(o vm.NativeObject, name string) error {
	return vm.Errorf(vm.GenNoMethod, name, "class %s has no method %s", o.ClassName(), name)
}

// Send calls a method; New() returns the object itself.
func (o *jsonObject) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "NEW":
		return o.self, nil
	case "FROMJSON":
		return o.fromJSON(t, a)
	case "TOJSON":
		return jsonText(t, o.self)
	case "GETNAMES":
		return o.getNames(t)
	case "HASPROPERTY":
		return o.hasProperty(a)
	case "DELNAME":
		return o.delName(a)
	case "GETJSONOBJECT":
		return o.getJSONObject(a)
	case "GETJSONTEXT":
		return o.getJSONText(t, a)
	case "GETJSONVALUE":
		return o.getJSONValue(a)
	case "SET":
		return o.set(t, a)
	}
	return vm.Value{}, noMethod(o, name)
}

// FromJson(cJson) → NIL after the object has become what cJson says; if that is no JSON,
// a text that says where and why, and the object is empty. Strings keep their bytes: if
// cJson is UTF-8 they are, and DecodeUTF8 makes them fit for the program. An escape \uXXXX
// is UTF-8 then; else it is in the code page, or UTF-8 if that lacks the character.
// Nested objects are JSON objects, nested arrays arrays, null is NIL. Source: TDN, public
// programs.
func (o *jsonObject) fromJSON(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("FROMJSON", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	o.list, o.elems, o.names = false, nil, ordered[string]{}
	v, fault, err := parseJSON(t, s)
	if err != nil || fault != "" {
		return vm.Str(fault), err
	}
	if from, ok := jsonOf(v); ok {
		o.names = from.names
		return vm.Value{}, nil
	}
	o.setList(v.Array().Elems)
	return vm.Value{}, nil
}

// GetNames() → an array of the names, in the order in which they were set. Source: TDN.
func (o *jsonObject) getNames(t *vm.Thread) (vm.Value, error) {
	if err := t.CheckArray(o.names.len()); err != nil {
		return vm.Value{}, err
	}
	elems := make([]vm.Value, 0, o.names.len())
	for name := range o.names.all() {
		elems = append(elems, vm.Str(name))
	}
	return vm.NewArray(elems), nil
}

// HasProperty(cName) → whether the object has the name. Source: TDN.
func (o *jsonObject) hasProperty(a vm.Args) (vm.Value, error) {
	name, err := argText("HASPROPERTY", a, 0)
	return vm.Bool(err == nil && o.names.find(o.key(name)) >= 0), err
}

// DelName(cName) → whether the object had the name, which it has no more. Source: TDN.
func (o *jsonObject) delName(a vm.Args) (vm.Value, error) {
	name, err := argText("DELNAME", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(o.names.remove(o.key(name))), nil
}

// GetJsonObject(cName) → the value of the name, NIL if there is none. Source: TDN.
func (o *jsonObject) getJSONObject(a vm.Args) (vm.Value, error) {
	name, err := argText("GETJSONOBJECT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return o.get(name), nil
}

// GetJsonText(cName) → the value of the name as a string: strings as they are, others as
// JSON, "null" for NIL and for a name that is not there. Source: TDN.
func (o *jsonObject) getJSONText(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("GETJSONTEXT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	v := o.get(name)
	if v.IsStr() {
		return v, nil
	}
	return jsonText(t, v)
}

// GetJsonValue(cName, @xValue[, @cType]) → whether the object has the name; xValue is set to
// its value and cType to the letter that ValType gives. Source: TDN.
func (o *jsonObject) getJSONValue(a vm.Args) (vm.Value, error) {
	name, err := argText("GETJSONVALUE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	v, ok := o.find(name)
	if ok {
		a.Set(1, v)
		a.Set(2, vm.Str(typeOf(v)))
	}
	return vm.Bool(ok), nil
}

// Set(aArray) → NIL; the object is an array with the elements of aArray from now on.
// Set(cName, xValue) sets a name. Source: TDN.
func (o *jsonObject) set(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if v := a.Get(0); v.IsStr() {
		return vm.Value{}, o.put(t, v.Text(), a.Get(1))
	}
	arr, err := argArray("SET", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckArray(len(arr.Elems)); err != nil {
		return vm.Value{}, err
	}
	o.setList(slices.Clone(arr.Elems))
	return vm.Value{}, nil
}

// jsonText is ToJson(): the JSON text of v, without blanks, in the code page; EncodeUTF8
// makes it fit for the wire. Dates are strings YYYYMMDD. A code block, an object of a
// class and nesting without end are errors. Source: TDN.
func jsonText(t *vm.Thread, v vm.Value) (vm.Value, error) {
	return writeJSON(t, v, jsonStyle{fn: "TOJSON", date: compact})
}

// jsonStyle is how a jsonWriter writes what JSON leaves open.
type jsonStyle struct {
	fn      string               // named in errors
	date    func(day int) string // of dates
	indent  bool                 // a line for each value
	classes bool                 // objects of classes are written, and null for what else JSON lacks
	names   bool                 // their class goes first, as _classname
}

func writeJSON(t *vm.Thread, v vm.Value, style jsonStyle) (vm.Value, error) {
	w := jsonWriter{thread: t, jsonStyle: style}
	if err := w.value(v, 0); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(w.text.String()), nil
}

// jsonDepth is how deep values may be nested in a text.
const jsonDepth = 500

// jsonWriter writes the text of values.
type jsonWriter struct {
	jsonStyle
	thread *vm.Thread
	text   strings.Builder
	asked  int // bytes that the thread has granted
	turns  int
}

func (w *jsonWriter) value(v vm.Value, depth int) error {
	if depth > jsonDepth {
		return vm.Errorf(vm.GenComplexity, w.fn, "values are nested more than %d deep, or hold each other", jsonDepth)
	}
	size := 0
	if v.IsStr() {
		size = v.Len()
	}
	if err := w.check(size + 2*depth); err != nil {
		return err
	}
	switch v.Kind() {
	case vm.Nil:
		w.text.WriteString("null")
	case vm.Logical:
		w.text.WriteString(strconv.FormatBool(v.Truth()))
	case vm.Number:
		w.number(v.Float())
	case vm.String:
		w.quoted(v.Text())
	case vm.Date:
		w.quoted(w.date(v.Day()))
	case vm.Array:
		return w.list(v.Array().Elems, depth)
	default:
		return w.object(v, depth)
	}
	return nil
}

// check polls, and asks for the memory of the text when that and n bytes more need it.
func (w *jsonWriter) check(n int) error {
	w.turns++
	if err := pollEvery(w.thread, w.turns); err != nil {
		return err
	}
	need := w.text.Len() + n + 32
	if need <= w.asked {
		return nil
	}
	if err := w.thread.CheckString(need); err != nil {
		return err
	}
	w.asked = need + need/2
	return nil
}

func (w *jsonWriter) number(f float64) {
	if f != f || f-f != 0 {
		w.text.WriteString("null")
		return
	}
	w.text.WriteString(shortest(f))
}

func (w *jsonWriter) list(elems []vm.Value, depth int) error {
	w.text.WriteByte('[')
	for i, v := range elems {
		w.separate(i, depth+1)
		if err := w.value(v, depth+1); err != nil {
			return err
		}
	}
	w.end(len(elems), depth)
	w.text.WriteByte(']')
	return nil
}

// separate goes to element i at the depth, end to the closing bracket behind n elements.
func (w *jsonWriter) separate(i, depth int) {
	if i > 0 {
		w.text.WriteByte(',')
	}
	w.line(depth)
}

func (w *jsonWriter) end(n, depth int) {
	if n > 0 {
		w.line(depth)
	}
}

// line begins a line, if each value has one.
func (w *jsonWriter) line(depth int) {
	if w.indent {
		w.text.WriteByte('\n')
		for range depth {
			w.text.WriteString("  ")
		}
	}
}

func (w *jsonWriter) object(v vm.Value, depth int) error {
	if o, ok := jsonOf(v); ok && o.list {
		return w.list(o.elems, depth)
	}
	members := w.members(v)
	if members == nil && w.classes {
		w.text.WriteString("null")
		return nil
	}
	if members == nil {
		return vm.ArgError(w.fn, vm.Args{v}, 0, "a string, number, date, logical, array, JSON object or NIL")
	}
	w.text.WriteByte('{')
	n := 0
	for name, v := range members {
		if err := w.member(n, name, v, depth+1); err != nil {
			return err
		}
		n++
	}
	w.end(n, depth)
	w.text.WriteByte('}')
	return nil
}

// members returns the names and values of an object that can be written, else nil.
func (w *jsonWriter) members(v vm.Value) iter.Seq2[string, vm.Value] {
	if o, ok := jsonOf(v); ok {
		return o.names.all()
	}
	if !w.classes || v.Kind() != vm.Object {
		return nil
	}
	if p, ok := v.Object().Native.(propertied); ok {
		return p.data()
	}
	if v.Object().Class == nil {
		return nil
	}
	return w.classData(v)
}

// member writes member i of an object.
func (w *jsonWriter) member(i int, name string, v vm.Value, depth int) error {
	w.separate(i, depth)
	if err := w.check(len(name)); err != nil {
		return err
	}
	w.quoted(name)
	w.text.WriteByte(':')
	if w.indent {
		w.text.WriteByte(' ')
	}
	return w.value(v, depth)
}

// quoted writes a string; bytes beyond ASCII stay.
func (w *jsonWriter) quoted(s string) {
	const hex = "0123456789abcdef"
	w.text.WriteByte('"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		w.text.WriteString(s[start:i])
		start = i + 1
		if k := strings.IndexByte("\"\\\b\f\n\r\t", c); k >= 0 {
			w.text.WriteByte('\\')
			w.text.WriteByte(`"\bfnrt`[k])
			continue
		}
		w.text.WriteString(`\u00`)
		w.text.WriteByte(hex[c>>4])
		w.text.WriteByte(hex[c&15])
	}
	w.text.WriteString(s[start:])
	w.text.WriteByte('"')
}
