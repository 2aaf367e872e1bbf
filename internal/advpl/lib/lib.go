// Package lib holds the functions and classes that every AdvPL program may call: what
// needs no database, no screen and no network (docs/functions.md).
//
// Each area has a file with a table of its functions by upper-case name; Library
// joins the tables. A native's doc comment begins with its AdvPL signature, in
// which [ ] marks what may be left out, and says what it does with odd arguments
// and where its rule comes from: "TDN" is the public documentation of the
// language, "Clipper" the behaviour of the xBase family that it inherits where TDN
// is silent. The manual is made of these comments (gendoc).
//
// Strings are bytes in the code page Windows 1252, numbers are doubles of which
// 15 digits count, dates are Julian day numbers. Natives ask the thread for memory
// before they make a value and poll it while they take long. What they keep between
// calls (SET, FunName) belongs to the thread.
package lib

//go:generate go run ./gendoc

import (
	"maps"

	"appserver/internal/advpl/vm"
)

// table is an area: its functions by upper-case name.
type table = map[string]vm.Native

// class makes an object of a native class: what the call ClassName() returns.
type class = func(*vm.Thread, vm.Args) (vm.Value, error)

// Library returns the functions and classes of the package. The caller may add to
// it.
func Library() *vm.Library {
	l := &vm.Library{
		Funcs:   make(table, 600),
		Classes: make(map[string]class, 20),
	}
	for _, area := range areas() {
		maps.Copy(l.Funcs, area)
	}
	for _, area := range secretAreas() {
		for name, f := range area {
			l.Funcs[name] = discreet(f)
		}
	}
	for _, area := range classes() {
		maps.Copy(l.Classes, area)
	}
	l.Missing = func(name string) string {
		if l.Funcs[name] != nil || l.Classes[name] != nil {
			return "" // it is no static function of the source that was asked
		}
		return elsewhere(name)
	}
	return l
}

// areas returns the tables of all files. No name may stand in two of them.
func areas() []table {
	return []table{
		stringFuncs, padFuncs, memoFuncs, pictureFuncs, encodingFuncs, binaryFuncs,
		mathFuncs, bitFuncs, decimalFuncs, dateFuncs, clockFuncs, periodFuncs, settingFuncs,
		arrayFuncs, typeFuncs, stackFuncs, classFuncs, errorFuncs, consoleFuncs,
		hashMapFuncs, jsonFuncs, xmlFuncs,
		digestFuncs, cipherFuncs, keyFuncs, certificateFuncs, compressFuncs, uuidFuncs,
		fileFuncs, folderFuncs, lineFuncs, iniFuncs, archiveFuncs,
		serverFuncs, logFuncs, frameworkFuncs, paramFuncs, deviceFuncs,
	}
}

// secretAreas returns those of areas whose functions get passwords and keys.
func secretAreas() []table {
	return []table{digestFuncs, cipherFuncs, keyFuncs, certificateFuncs}
}

// classes returns the tables of native classes by upper-case name.
func classes() []map[string]class {
	return []map[string]class{
		dataClasses, fileClasses, xmlClasses, regexClasses,
	}
}

var dataClasses = map[string]class{
	"JSONOBJECT": newJSON,
	"THASHMAP":   newHashMap,
}
