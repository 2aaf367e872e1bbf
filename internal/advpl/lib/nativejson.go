package lib

import (
	"errors"

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

// Civil returns year, month and day of a Julian day number, zeros for the empty date; DayOf
// is its inverse, which returns 0 for what is no date of the years 1 to 9999.
func Civil(day int) (year, month, dayOfMonth int) { return civil(day) }

// DayOf returns the Julian day number of a date.
func DayOf(year, month, dayOfMonth int) int { return dayOf(year, month, dayOfMonth) }
