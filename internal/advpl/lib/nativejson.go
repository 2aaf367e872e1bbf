package lib

import (
	"errors"
	"iter"
	"net/textproto"

	"appserver/internal/advpl/vm"
)

// ParseJSON returns the JSON object that text says, which must be a JSON object or array
// in the code page of strings. The thread bounds its size; the error is the thread's, or
// says where and why text is no such thing.
func ParseJSON(t *vm.Thread, text string) (vm.Value, error) {
	v, fault, err := parseJSON(t, text)
	if err != nil {
		return vm.Value{}, err
	}
	if fault != "" {
		return vm.Value{}, errors.New(fault)
	}
	if v.Kind() != vm.Array {
		return v, nil
	}
	o := new(jsonObject)
	o.setList(v.Array().Elems)
	return o.value(), nil
}

// JSONText returns the text of the JSON object v as its method ToJson gives it; ok is false
// if v is none. The thread bounds its length.
func JSONText(t *vm.Thread, v vm.Value) (text string, ok bool, err error) {
	if _, ok := jsonOf(v); !ok {
		return "", false, nil
	}
	written, err := jsonText(t, v)
	if err != nil {
		return "", true, err
	}
	return written.Text(), true, nil
}

// NewJSON returns a JSON object without names.
func NewJSON(t *vm.Thread) (vm.Value, error) { return newJSON(t, nil) }

// NewHeaderJSON returns a JSON object without names for the fields of an HTTP header: it
// has names as textproto.CanonicalMIMEHeaderKey writes them, and finds them in any case.
func NewHeaderJSON(t *vm.Thread) (vm.Value, error) {
	v, err := newJSON(t, nil)
	if o, ok := jsonOf(v); ok {
		o.norm = textproto.CanonicalMIMEHeaderKey
	}
	return v, err
}

// SetJSON sets a name of the JSON object o, which must be one.
func SetJSON(t *vm.Thread, o vm.Value, name string, v vm.Value) error {
	to, _ := jsonOf(o)
	return to.put(t, name, v)
}

// JSONMember returns the value of a name of the JSON object o; false if it has no such
// name, or is none.
func JSONMember(o vm.Value, name string) (vm.Value, bool) {
	from, ok := jsonOf(o)
	if !ok {
		return vm.Value{}, false
	}
	return from.find(name)
}

// JSONMembers walks the names of the JSON object o with their values, in order; false if
// it is none.
func JSONMembers(o vm.Value) (iter.Seq2[string, vm.Value], bool) {
	from, ok := jsonOf(o)
	if !ok {
		return nil, false
	}
	return from.names.all(), true
}

// JSONList returns the elements of a JSON object that is an array; false if it is none.
func JSONList(o vm.Value) ([]vm.Value, bool) {
	from, ok := jsonOf(o)
	if !ok || !from.list {
		return nil, false
	}
	return from.elems, true
}

// ValueJSON returns the JSON text of any value that has one, as ToJson writes it: JSON
// objects, arrays, strings, numbers, logicals, dates, NIL. The thread bounds its length.
func ValueJSON(t *vm.Thread, v vm.Value) (string, error) {
	written, err := jsonText(t, v)
	if err != nil {
		return "", err
	}
	return written.Text(), nil
}

// PlainText returns v as cValToChar shows it.
func PlainText(t *vm.Thread, v vm.Value) string { return plainText(t, v) }

// Civil returns year, month and day of a Julian day number, zeros for the empty date; DayOf
// is its inverse, which returns 0 for what is no date of the years 1 to 9999.
func Civil(day int) (year, month, dayOfMonth int) { return civil(day) }

// DayOf returns the Julian day number of a date.
func DayOf(year, month, dayOfMonth int) int { return dayOf(year, month, dayOfMonth) }
