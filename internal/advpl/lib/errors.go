package lib

import (
	"errors"

	"appserver/internal/advpl/vm"
)

var errorFuncs = table{
	"ERRORBLOCK":    errorBlock,
	"BREAK":         breakOut,
	"USEREXCEPTION": userException,
	"__QUIT":        quit,
}

// isFatal tells whether err ends the thread: no program can handle it.
func isFatal(err error) bool {
	var e *vm.Error
	return err != nil && (!errors.As(err, &e) || e.Fatal)
}

// ErrorBlock([bBlock]) → the error block before; bBlock is the new one. It is evaluated
// with the error object when an error is raised. Source: TDN.
func errorBlock(t *vm.Thread, a vm.Args) (vm.Value, error) { return t.ErrorBlock(a.Get(0)), nil }

// Break([xValue]) → nothing: the program continues at the Recover of the innermost Begin
// Sequence, which gets xValue. Source: TDN, Clipper.
func breakOut(t *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Value{}, t.Break(a.Get(0)) }

// UserException(cText) → nothing: it raises an error with the description cText. Source: TDN.
func userException(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := argText("USEREXCEPTION", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Value{}, vm.Errorf(vm.GenUser, "", "%s", text)
}

// __Quit() → nothing: the thread ends without an error. Source: Clipper.
func quit(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Value{}, t.Quit() }
