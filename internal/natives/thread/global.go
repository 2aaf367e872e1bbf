package thread

import (
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/shared"
)

var globalFuncs = table{
	"PUTGLBVALUE":   putGlbValue,
	"GETGLBVALUE":   getGlbValue,
	"PUTGLBVARS":    putGlbVars,
	"GETGLBVARS":    getGlbVars,
	"CLEARGLBVALUE": clearGlbValue,
	"TIMEGLBVALUE":  timeGlbValue,
	"MEMGLBSIZE":    memGlbSize,
}

// PutGlbValue(cName, cValue) → NIL; all threads of the server, of all environments, get cValue
// from GetGlbValue(cName) from now on, until it is set anew, cleared, or the server ends.
// Names are told apart by case. All that is shared may take 256 MB and 1048576 names; what
// would be more is an error. Source: TDN; the bounds are decided here.
func putGlbValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "PUTGLBVALUE"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	value, err := lib.ArgText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Value{}, fault(fn, s.Put(name, value))
}

// GetGlbValue(cName) → the string that PutGlbValue has set, "" if there is none. Source: TDN.
func getGlbValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "GETGLBVALUE"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	value, _ := s.Get(name)
	if err := t.CheckString(len(value)); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(value), nil
}

// PutGlbVars(cName, xValue, …) → NIL; all threads of the server get copies of the values from
// GetGlbVars(cName) from now on. They are of any kind; code blocks and objects other than
// JSON objects become NIL, in arrays too. A string that PutGlbValue has set under the name
// is lost. What PutGlbValue says of names and bounds holds here. Source: TDN; that JSON
// objects are copied is decided here.
func putGlbVars(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "PUTGLBVARS"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	values, err := params(t, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Value{}, fault(fn, s.PutValues(name, values))
}

// GetGlbVars(cName, @xValue, …) → whether PutGlbVars has set values under the name; the
// variables are set to copies of them, in their order, as far as there are both. Source: TDN.
func getGlbVars(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "GETGLBVARS"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	values, ok := s.GetValues(name)
	if !ok {
		return vm.Bool(false), nil
	}
	copies, err := shared.CopyAllTo(t, values)
	if err != nil {
		return vm.Value{}, err
	}
	giveAll(a, 1, copies)
	return vm.Bool(true), nil
}

// giveAll gives values back through the arguments from i on.
func giveAll(a vm.Args, i int, values []vm.Value) {
	for _, v := range values {
		lib.GiveBack(a, i, v)
		i++
	}
}

// ClearGlbValue(cName[, nSeconds = 0]) → NIL; what PutGlbValue or PutGlbVars have set under
// the name is gone, if that was at least nSeconds ago. A name that ends with * stands for all
// that begin so. Source: TDN; nSeconds and * are decided here.
func clearGlbValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "CLEARGLBVALUE"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	seconds, err := lib.OptInt(fn, a, 1, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s.Clear(name, time.Duration(min(max(seconds, 0), 1<<31))*time.Second)
	return vm.Value{}, nil
}

// TimeGlbValue(cName) → the seconds since PutGlbValue or PutGlbVars have set something under
// the name, without decimals; 0 if there is nothing. Source: public programs; the 0 is
// decided here.
func timeGlbValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "TIMEGLBVALUE"
	s, _, name, err := named(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	age, _ := s.Age(name)
	return vm.Int(int(age / time.Second)), nil
}

// MemGlbSize() → how many bytes all that threads share takes, about: the values of
// PutGlbValue and PutGlbVars, the tables of VarSetUID, with their names. Source: decided here.
func memGlbSize(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	s, _, err := space(t, "MEMGLBSIZE")
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Num(float64(s.Bytes())), nil
}
