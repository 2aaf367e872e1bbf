package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var paramFuncs = table{
	"SETPRVT":     setPrvt,
	"__MVRELEASE": mvRelease,
	"__PARAMTYPE": paramType,
}

// SetPrvt(cNames) → NIL; makes privates of the names, which commas part, in the function
// that calls it. Their value is NIL. Source: public programs.
func setPrvt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	names, err := argText("SETPRVT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	turn := 0
	for name := range strings.SplitSeq(names, ",") {
		if err := pollEvery(t, turn); err != nil {
			return vm.Value{}, err
		}
		turn++
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if err := t.MakePrivate(name, vm.Value{}); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.Value{}, nil
}

// __MvRelease([aNames]) → NIL; the privates and publics with the names become NIL. Without
// names all privates that are visible do. RELEASE calls it. Source: Clipper.
func mvRelease(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if a.Get(0).IsNil() {
		for _, v := range t.Locals(0) {
			if v.Scope == "private" {
				t.SetMemVar(v.Name, vm.Value{})
			}
		}
		return vm.Value{}, nil
	}
	names, err := argArray("__MVRELEASE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	for _, v := range names.Elems {
		if !v.IsStr() {
			return vm.Value{}, vm.ArgError("__MVRELEASE", a, 0, "an array of names")
		}
		if _, ok := t.MemVar(v.Text()); ok {
			t.SetMemVar(v.Text(), vm.Value{})
		}
	}
	return vm.Value{}, nil
}

// paramTypes are the letters of ValType by the words of PARAMTYPE.
var paramTypes = map[string]string{
	"ARRAY": "A", "BLOCK": "B", "CHARACTER": "C", "DATE": "D", "LOGICAL": "L", "NUMERIC": "N", "OBJECT": "O", "JSON": "J",
}

// __ParamType(nParam, cName, xValue, aTypes[, aClasses[, lOptional[, xDefault[,
// cMessage]]]]) → xValue, or xDefault if it is NIL. It is an error if that is of none of the
// types, words such as CHARACTER or NUMERIC, or an object of none of the classes; a
// value that may be left out may also be NIL. cMessage begins the text of the error. The
// command PARAMTYPE calls it. Source: TDN.
func paramType(t *vm.Thread, a vm.Args) (vm.Value, error) {
	types, err := argArray("__PARAMTYPE", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	v := a.Get(2)
	if v.IsNil() {
		v = a.Get(6)
	}
	if v.IsNil() && a.Get(5).Kind() == vm.Logical && a.Get(5).Truth() {
		return v, nil
	}
	if isOneOf(v, types.Elems) && isInstance(v, a.Get(4)) {
		return v, nil
	}
	message := ""
	if m := a.Get(7); m.IsStr() && m.Len() > 0 {
		message = shortened(m.Text()) + ": "
	}
	return vm.Value{}, vm.Errorf(vm.GenArg, "PARAMTYPE", "%sparameter %s (%s) is %s, %s is needed", message,
		plainText(t, a.Get(0)), shortened(plainText(t, a.Get(1))), typeOf(v), wordsOf(types.Elems))
}

// isOneOf tells whether v is of one of the types, which are words of PARAMTYPE.
func isOneOf(v vm.Value, words []vm.Value) bool {
	for _, w := range words {
		if !w.IsStr() {
			continue
		}
		word := strings.ToUpper(strings.TrimSpace(w.Text()))
		if paramTypes[word] == typeOf(v) || word == "OBJECT" && v.Kind() == vm.Object {
			return true
		}
	}
	return false
}

// isInstance tells whether v is no object, or of one of the classes, if there are any.
func isInstance(v, classes vm.Value) bool {
	if v.Kind() != vm.Object || classes.Kind() != vm.Array || len(classes.Array().Elems) == 0 {
		return true
	}
	for _, c := range classes.Array().Elems {
		if c.IsStr() && v.Object().IsDerived(strings.TrimSpace(c.Text())) {
			return true
		}
	}
	return false
}

// wordsOf joins words for a message.
func wordsOf(words []vm.Value) string {
	var parts []string
	for _, w := range words[:min(len(words), 10)] {
		if w.IsStr() {
			parts = append(parts, shortened(w.Text()))
		}
	}
	return strings.Join(parts, " or ")
}

// shortened returns s, or its first 200 bytes.
func shortened(s string) string { return s[:min(len(s), 200)] }
