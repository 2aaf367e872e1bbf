package vm

import (
	"sync/atomic"
	"unsafe"

	"appserver/internal/advpl/code"
)

// Program is a linked set of units. It is immutable.
type Program struct {
	lib     *Library
	units   []*unit
	funcs   map[string]*function // by link name; no static functions, no methods
	classes map[string]*Class
	symbols map[string]symbol // every name that a unit mentions: variables, members, fields, functions
	names   []string          // of the symbols

	spaces    map[string]*space    // by name
	short     map[string]*function // functions of .prw sources by the first ten letters; nil: more than one
	classList []*Class             // by Class.index
	macros    *unit                // of the functions that macros are compiled to
}

// symbol is the number of a name. Those of a program are numbered at link; names
// that only macros mention get numbers of a thread's own, above those.
type symbol int32

// unit is a linked unit.
type unit struct {
	def   *code.Unit
	index int                  // in Program.units, and in a thread's statics
	funcs map[string]*function // static functions

	scopes []*space // its namespace and those it uses

	// A thread's statics begin as template; init, unless nil, is run then.
	template []Value
	init     *function
}

// function is a linked function, method or block. Macros are linked by the thread
// that compiles them and belong to it.
type function struct {
	def     *code.Func
	unit    *unit        // of macros: a unit without statics
	class   *Class       // of methods and their blocks; nil otherwise
	code    []code.Instr // one more than the function has, so that a pointer past its end stays inside
	consts  []Value      // one more than the function has
	names   []symbol
	targets []target // of names: what a call by this name reaches
	blocks  []*function
	fixed   Value          // of a block that captures nothing: the block; NIL of others
	entry   unsafe.Pointer // the first of code
	kbase   unsafe.Pointer // the first of consts
	params  int
	regs    int
	size    uintptr // of regs registers, in bytes
	hasRefs bool    // a parameter may hold a reference
	lazy    bool    // the unit has an init that must run before
	traced  atomic.Pointer[tracedCode]
}

// target is what a name stands for in a call: one of fn, native and class, or none
// if there is no such function.
type target struct {
	fn     *function
	native Native
	class  *Class
}

// none tells whether the name stands for nothing.
func (t target) none() bool { return t.fn == nil && t.native == nil && t.class == nil }

// tracedCode is a function's code with TRACE at the beginnings of lines.
type tracedCode struct {
	code []code.Instr
}
