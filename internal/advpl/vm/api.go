// Package vm runs AdvPL programs: it links compiled units to a program and runs
// its functions in threads.
//
// A Program is immutable and may be used by any number of threads at once. A
// Thread is one state: its statics, publics, privates and stack; it runs one call
// at a time, and only Cancel may be called from other goroutines. The package
// knows no network, no file system and no clock but those its host hands it.
package vm

import (
	"context"
	"io"
	"time"

	"appserver/internal/advpl/code"
)

// Native is a function of the library. The error is an *Error that the program
// can handle, or what another Thread method returned, which must be passed on as it
// is. args are the thread's registers: they may be read until the native returns.
// An argument that was passed by reference is seen through args.Get and set with
// args.Set.
type Native func(t *Thread, args Args) (Value, error)

// Args are the arguments of a native.
type Args []Value

// NativeObject is the state of an object of a native class. Names come in upper
// case. The methods raise errors as natives do.
type NativeObject interface {
	ClassName() string // upper case
	Get(t *Thread, name string) (Value, error)
	Set(t *Thread, name string, v Value) error
	Send(t *Thread, name string, args Args) (Value, error)
}

// Indexer is implemented by native objects with o[key].
type Indexer interface {
	Index(t *Thread, key Value) (Value, error)
	SetIndex(t *Thread, key, v Value) error
}

// Ranger is implemented by native objects that For Each can walk: Next returns the
// value of turn i, from 0.
type Ranger interface {
	Next(t *Thread, i int) (Value, bool)
}

// Sizer is implemented by native objects that hold values or memory: Walk calls
// visit with every value it holds and returns its own size in bytes.
type Sizer interface {
	Walk(visit func(Value)) int
}

// Library is what programs may call besides their own functions.
type Library struct {
	Funcs   map[string]Native                                    // by upper-case name
	Classes map[string]func(t *Thread, args Args) (Value, error) // "JSONOBJECT": what JsonObject() returns

	// Missing says more about a function that a program called and that does not exist:
	// a few words on one line for the text of the error, or "". The name is in upper
	// case; it may be any string. nil: nothing is known. Threads may call it at once.
	Missing func(name string) string
}

// WorkAreas is the database as a thread sees it. A thread without one has no work
// areas: every alias is unknown.
type WorkAreas interface {
	Selected() Value // of AREA and AREAEND
	Select(area Value) error
	Field(area Value, name string) (Value, error) // area NIL is the selected one
	SetField(area Value, name string, v Value) error
	HasField(name string) bool // of the selected area
}

// Limits bound what a thread may use. Zero means the default that the comment
// gives.
type Limits struct {
	Steps  int64         // turns of loops and calls; unlimited
	Time   time.Duration // of one Call, by the thread's clock; unlimited
	Depth  int           // of calls; 10,000
	Memory int64         // bytes reachable from the thread; 512 MiB
	String int           // bytes of one string; 64 MiB
	Array  int           // elements of one array; 16 Mi
}

// Options are a thread's surroundings.
type Options struct {
	Limits Limits
	Stdout io.Writer        // of ? and ConOut; nil discards
	Now    func() time.Time // nil is time.Now
	Areas  WorkAreas        // nil: none
	// Compile compiles the text of a macro. Its error is a syntax error.
	Compile func(text string, mode MacroMode) (*code.Func, error)
	Report  []string // lines about the surroundings for the report of an error
	Data    any      // the host's own; Thread.Data returns it
	Yield   func()   // called at times by a running program; may block. nil: nothing
	// Block runs wait, in which the thread waits for something outside and computes
	// nothing. nil: it is just called.
	Block   func(wait func())
	Hook    Hook            // debugger or coverage; nil: none
	Context context.Context // its end cancels the thread; nil is Background
}

// MacroMode is what the text of a macro is compiled to.
type MacroMode uint8

const (
	MacroExpr     MacroMode = iota // a function without parameters that returns the value
	MacroAssign                    // a function that assigns its one parameter to what the text names
	MacroTemplate                  // a function with a parameter for each literal that a mark stands for

	macroModes = iota
)

// The marks in the text of MacroTemplate. A number is one, a string with its quotes two.
// If what such a text means depends on more than the values of its literals, it must not
// be compiled: its error is not reported, but the text with the literals compiled.
const (
	NumberMark = '\x00'
	StringMark = '\x01'
)

// Hook sees a thread run while it is set. Line is called before the first
// instruction of each line.
type Hook interface {
	Line(t *Thread, fn *code.Func, unit *code.Unit, line int) error
}
