package rest

import (
	"strconv"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// jsonProperty returns a property of JSON, as _ADVPL_get_property has them.
func jsonProperty(t *vm.Thread, v vm.Value, name string, a vm.Args) (vm.Value, error) {
	const fn = "_ADVPL_GET_PROPERTY"
	path, err := lib.OptText(fn, a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	at, _, err := walk(fn, v, path)
	if err != nil {
		return vm.Value{}, err
	}
	switch name {
	case "VALUE":
		return at, nil
	case "LENGTH":
		list, _ := elements(at)
		return vm.Int(len(list)), nil
	case "SERIALIZE":
		s, err := lib.ValueJSON(t, at)
		return vm.Str(s), err
	case "PROPERTIES":
		full, err := lib.OptBool(fn, a, 3, true)
		if err != nil {
			return vm.Value{}, err
		}
		if !full {
			path = ""
		}
		return properties(t, at, path)
	}
	return vm.Value{}, noProperty(fn, logixJSON, name)
}

// properties returns the names of an object, with the path before each.
func properties(t *vm.Thread, v vm.Value, path string) (vm.Value, error) {
	h := lib.NewHold(t)
	var elems []vm.Value
	members, ok := lib.JSONMembers(v)
	if !ok {
		return h.Array()
	}
	if path != "" {
		path = strings.TrimSuffix(path, "/") + "/"
	}
	for name := range members {
		s, err := h.Text(path + name)
		if err != nil {
			return vm.Value{}, err
		}
		elems = append(elems, s)
	}
	return h.Array(elems...)
}

// elements returns the elements of an array, or of a JSON object that is one.
func elements(v vm.Value) ([]vm.Value, bool) {
	if v.Kind() == vm.Array {
		return v.Array().Elems, true
	}
	return lib.JSONList(v)
}

// maxPath is the longest path, in bytes.
const maxPath = 4096

// walk follows a path from v; found is false if it leads nowhere. The error says that it
// is none.
func walk(fn string, v vm.Value, path string) (at vm.Value, found bool, err error) {
	if len(path) > maxPath {
		return vm.Value{}, false, vm.Errorf(vm.GenArg, fn, "the path has %d bytes: %d is the limit", len(path), maxPath)
	}
	found = true
	for step := range strings.SplitSeq(strings.Trim(strings.TrimSpace(path), "/"), "/") {
		name, indexes, bracketed := strings.Cut(step, "[")
		if name != "" {
			v, found = memberOf(v, name)
		}
		for found && bracketed {
			var number string
			number, indexes, _ = strings.Cut(indexes, "]")
			n, convErr := strconv.Atoi(strings.TrimSpace(number))
			after := indexes
			indexes, bracketed = strings.CutPrefix(indexes, "[")
			if convErr != nil || after != "" && !bracketed {
				return vm.Value{}, false, vm.Errorf(vm.GenArg, fn, "the path %.80q has something else than a number from 1 in brackets where that is needed", path)
			}
			v, found = elementOf(v, n)
		}
		if !found {
			return vm.Value{}, false, nil
		}
	}
	return v, found, nil
}

// memberOf returns the value of a name; in any case if none is written the same.
func memberOf(v vm.Value, name string) (vm.Value, bool) {
	if m, ok := lib.JSONMember(v, name); ok {
		return m, true
	}
	members, ok := lib.JSONMembers(v)
	if !ok {
		return vm.Value{}, false
	}
	for other, m := range members {
		if strings.EqualFold(other, name) {
			return m, true
		}
	}
	return vm.Value{}, false
}

// elementOf returns element n of an array, from 1, or the n-th name of an object with its
// value, as an array.
func elementOf(v vm.Value, n int) (vm.Value, bool) {
	if list, ok := elements(v); ok {
		if n < 1 || n > len(list) {
			return vm.Value{}, false
		}
		return list[n-1], true
	}
	members, ok := lib.JSONMembers(v)
	if !ok {
		return vm.Value{}, false
	}
	for name, m := range members {
		if n--; n == 0 {
			return vm.NewArray([]vm.Value{vm.Str(name), m}), true
		}
	}
	return vm.Value{}, false
}
