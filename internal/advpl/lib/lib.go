// Package lib holds the functions and classes that every AdvPL program may call:
// strings, numbers, dates, arrays, types and the call stack, JSON and hash maps.
//
// Each area has a file with a table of its functions by upper-case name; Library
// joins the tables. A native's doc comment begins with its AdvPL signature, in
// which [ ] marks what may be left out, and says what it does with odd arguments
// and where its rule comes from: "TDN" is the public documentation of the
// language, "Clipper" the behaviour of the xBase family that it inherits where TDN
// is silent.
//
// Strings are bytes in the code page Windows 1252, numbers are doubles of which
// 15 digits count, dates are Julian day numbers. Natives ask the thread for memory
// before they make a value and poll it while they take long. What they keep between
// calls (SET, FunName) belongs to the thread.
package lib

import (
	"maps"

	"appserver/internal/advpl/vm"
)

// table is an area: its functions by upper-case name.
type table = map[string]vm.Native

// Library returns the functions and classes of the package. The caller may add to
// it.
func Library() *vm.Library {
	l := &vm.Library{
		Funcs:   make(table, 256),
		Classes: maps.Clone(classes),
	}
	for _, area := range areas() {
		maps.Copy(l.Funcs, area)
	}
	return l
}

// areas returns the tables of all files. No name may stand in two of them.
func areas() []table {
	return []table{
		stringFuncs, padFuncs, memoFuncs, pictureFuncs, encodingFuncs, binaryFuncs,
		mathFuncs, dateFuncs, clockFuncs, settingFuncs,
		arrayFuncs, typeFuncs, stackFuncs, classFuncs, errorFuncs, consoleFuncs,
		hashMapFuncs,
	}
}

// classes are the native classes: what the call ClassName() returns.
var classes = map[string]func(*vm.Thread, vm.Args) (vm.Value, error){
	"JSONOBJECT": newJSON,
	"THASHMAP":   newHashMap,
}
