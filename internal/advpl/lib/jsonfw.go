package lib

import (
	"iter"

	"appserver/internal/advpl/vm"
)

var jsonFuncs = table{
	"FWJSONSERIALIZE":   fwJSONSerialize,
	"FWJSONDESERIALIZE": fwJSONDeserialize,
	"HB_JSONENCODE":     hbJSONEncode,
}

// FWJsonSerialize(xValue[, lClass = .F.[, lUTC = .F.]]) → the JSON text of any value. Objects of
// classes become objects with their data, by upper-case names; lClass puts the class
// before them as _classname. Dates are written yyyy-mm-ddT00:00:00.000Z, with lUTC without the
// milliseconds; the empty date is "", code blocks and other objects are null. Nesting without
// end is an error. Source: TDN, public programs.
func fwJSONSerialize(t *vm.Thread, a vm.Args) (vm.Value, error) {
	style := jsonStyle{fn: "FWJSONSERIALIZE", date: scriptDate, classes: true}
	var err error
	if style.names, err = optBool("FWJSONSERIALIZE", a, 1, false); err != nil {
		return vm.Value{}, err
	}
	utc, err := optBool("FWJSONSERIALIZE", a, 2, false)
	if err != nil {
		return vm.Value{}, err
	}
	if utc {
		style.date = utcDate
	}
	return writeJSON(t, a.Get(0), style)
}

// scriptDate writes a day as JavaScript does.
func scriptDate(day int) string { return isoDate(day, "T00:00:00.000Z") }

// utcDate writes the beginning of a day.
func utcDate(day int) string { return isoDate(day, "T00:00:00Z") }

// isoDate writes a day as yyyy-mm-dd and what follows; "" for the empty date.
func isoDate(day int, suffix string) string {
	if day == 0 {
		return ""
	}
	s := compact(day)
	return s[:4] + "-" + s[4:6] + "-" + s[6:] + suffix
}

// hb_JSONEncode(xValue[, lHuman = .F.]) → the JSON text of any value; with lHuman a line for
// each, indented. Dates are strings YYYYMMDD, code blocks and objects that are none of
// JSON are null. Nesting without end is an error. Source: Harbour.
func hbJSONEncode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	human, err := optBool("HB_JSONENCODE", a, 1, false)
	if err != nil {
		return vm.Value{}, err
	}
	return writeJSON(t, a.Get(0), jsonStyle{fn: "HB_JSONENCODE", date: compact, indent: human, classes: true})
}

// classData returns the data of an object of a class that the program may read.
func (w *jsonWriter) classData(v vm.Value) iter.Seq2[string, vm.Value] {
	return func(yield func(string, vm.Value) bool) {
		if w.names && !yield("_classname", vm.Str(v.Object().ClassName())) {
			return
		}
		for _, name := range v.Object().Class.DataNames() {
			e, err := w.thread.Get(v, name)
			if err == nil && !yield(name, e) {
				return
			}
		}
	}
}

// FWJsonDeserialize(cJson, @xValue) → whether cJson is JSON; then xValue is what it says:
// objects have their names as properties, in any case, arrays are arrays, null is NIL.
// Else xValue stays. Strings keep their bytes as in FromJson. Source: public programs.
func fwJSONDeserialize(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := optText("FWJSONDESERIALIZE", a, 0, "")
	if err != nil {
		return vm.Value{}, err
	}
	v, fault, err := parseJSON(t, s)
	if err != nil || fault != "" {
		return vm.Bool(false), err
	}
	r := recorder{hold: hold{thread: t}}
	if v, err = r.convert(v); err != nil {
		return vm.Value{}, err
	}
	a.Set(1, v)
	return vm.Bool(true), nil
}

// recorder makes records of JSON objects.
type recorder struct {
	hold
	turns int
}

// convert returns v with records instead of the JSON objects in it, which parseJSON has
// made: they are not nested without end.
func (r *recorder) convert(v vm.Value) (vm.Value, error) {
	r.turns++
	if err := pollEvery(r.thread, r.turns); err != nil {
		return vm.Value{}, err
	}
	if v.Kind() == vm.Array {
		return v, r.each(v.Array().Elems)
	}
	o, ok := jsonOf(v)
	if !ok {
		return v, nil
	}
	if err := r.charge(jsonBytes); err != nil {
		return vm.Value{}, err
	}
	rec := new(record)
	for name, e := range o.names.all() {
		e, err := r.convert(e)
		if err != nil {
			return vm.Value{}, err
		}
		if err := r.charge(entryBytes + len(name)); err != nil {
			return vm.Value{}, err
		}
		if err := rec.put(r.thread, name, e); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.NewNative(rec), nil
}

// each converts the elements of an array.
func (r *recorder) each(elems []vm.Value) error {
	for i, e := range elems {
		v, err := r.convert(e)
		if err != nil {
			return err
		}
		elems[i] = v
	}
	return nil
}

// record is an object whose properties were made when it was: what FWJsonDeserialize
// makes of an object.
type record struct {
	names ordered[string] // in upper case
}

func (r *record) put(t *vm.Thread, name string, v vm.Value) error {
	return r.names.put(t, mapBytes(name, upperOf), len(name), v)
}

func (r *record) ClassName() string { return "FWJSON" }

// data returns the properties.
func (r *record) data() iter.Seq2[string, vm.Value] { return r.names.all() }

func (r *record) hasData(name string) bool { return r.names.find(name) >= 0 }

// Walk visits the values.
func (r *record) Walk(visit func(vm.Value)) int {
	size := jsonBytes + r.names.walk(visit)
	for name := range r.names.all() {
		size += len(name)
	}
	return size
}

// Get is o:name.
func (r *record) Get(_ *vm.Thread, name string) (vm.Value, error) {
	if v, ok := r.names.get(name); ok {
		return v, nil
	}
	return vm.Value{}, noMember(r, name)
}

// Set is o:name := x. There are no new properties.
func (r *record) Set(t *vm.Thread, name string, v vm.Value) error {
	if r.names.find(name) < 0 {
		return noMember(r, name)
	}
	return r.names.put(t, name, 0, v)
}

// Send calls a method, of which there are none.
func (r *record) Send(_ *vm.Thread, name string, _ vm.Args) (vm.Value, error) {
	return vm.Value{}, noMethod(r, name)
}
