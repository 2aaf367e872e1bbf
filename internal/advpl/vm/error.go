package vm

import (
	"errors"
	"fmt"
	"strings"
)

// Error is an error that a program sees as an object of ErrorClass.
type Error struct {
	GenCode     int // of error.ch
	SubCode     int
	Severity    int     // 2: an error
	SubSystem   string  // "BASE"
	Operation   string  // what was done, or the name that was not found: "+", "SUBSTR"
	Description string  // what is wrong, lower case
	Args        []Value // of the operation
	FileName    string
	OSCode      int
	CanRetry    bool
	Stack       []Frame // where it was raised, innermost first
	Cause       error   // a fault of the surroundings, or nil
	Object      Value   // the object that the program threw or that stands for this error; may be NIL
	Fatal       bool    // limits and cancellation: no program can handle it
	loose       bool    // a Break without a Begin Sequence

	thrown bool // Object is what the program threw, and no error object
}

// severityError is the severity of errors that end a program unless it handles
// them (ES_ERROR of error.ch).
const severityError = 2

// Error returns the description, with the operation if that does not name it.
func (e *Error) Error() string {
	if e.Operation == "" || strings.Contains(e.Description, e.Operation) {
		return e.Description
	}
	return e.Description + " on " + e.Operation
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Raised reports whether err ends a call because the program did not handle an error of its
// own, whatever the cause of that is: not because of a limit or cancellation.
func Raised(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !e.Fatal
}

// Errorf makes an error with a code of error.ch for the operation. An error that
// the format takes with %w is its cause.
func Errorf(genCode int, operation, format string, args ...any) *Error {
	text := fmt.Errorf(format, args...)
	return &Error{
		GenCode:     genCode,
		Severity:    severityError,
		SubSystem:   "BASE",
		Operation:   operation,
		Description: text.Error(),
		Cause:       errors.Unwrap(text),
	}
}

// ArgError is the error of a native that cannot work with an argument; i counts
// from 0, want says what it needs.
func ArgError(native string, args Args, i int, want string) *Error {
	err := Errorf(GenArg, native, "argument %d of %s is %s, %s is needed", i+1, native, args.Get(i).Kind().Type(), want)
	for k := range args {
		err.Args = append(err.Args, args.Get(k))
	}
	return err
}

// mismatch is the error of an operator whose operands it cannot work with.
func mismatch(operator string, args ...Value) *Error {
	err := Errorf(GenArg, operator, "type mismatch")
	err.Args = args
	return err
}

// boundError is the error of an access to element i of an array of n.
func boundError(i, n int) *Error {
	err := Errorf(GenBound, "", "array out of bounds [%d] of [%d]", i, n)
	err.Args = []Value{Int(i), Int(n)}
	return err
}

// memberError is the error of v:name, or v:name() if call, where v is no object.
func memberError(v Value, name string, call bool) *Error {
	what, genCode := "property", GenNoVarMethod
	if call {
		what, genCode = "method", GenNoMethod
	}
	err := Errorf(genCode, name, "%s %s of a value that is no object but %s", what, name, v.Kind().Type())
	err.Args = []Value{v}
	return err
}

// Codes of Error.GenCode, as in error.ch.
const (
	GenArg         = 1
	GenBound       = 2
	GenStrOverflow = 3
	GenNumOverflow = 4
	GenZeroDiv     = 5
	GenNumErr      = 6
	GenSyntax      = 7
	GenComplexity  = 8
	GenMem         = 11
	GenNoFunc      = 12
	GenNoMethod    = 13
	GenNoVar       = 14
	GenNoAlias     = 15
	GenNoVarMethod = 16
	GenBadAlias    = 17
	GenDupAlias    = 18
	GenCreate      = 20
	GenOpen        = 21
	GenClose       = 22
	GenRead        = 23
	GenWrite       = 24
	GenPrint       = 25
	GenUnsupported = 30
	GenLimit       = 31
	GenCorruption  = 32
	GenDataType    = 33
	GenDataWidth   = 34
	GenUser        = 99 // UserException and Throw
)
