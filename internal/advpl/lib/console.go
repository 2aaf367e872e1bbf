package lib

import (
	"io"
	"strings"

	"appserver/internal/advpl/vm"
)

var consoleFuncs = table{
	"CONOUT": conOut,
	"OUTSTD": outStd,
	"QOUT":   qOut,
	"QQOUT":  outStd,
}

// ConOut(xValue…) → NIL; prints a line for each value, as cValToChar shows it. Source: TDN.
func conOut(t *vm.Thread, a vm.Args) (vm.Value, error) {
	for i := range a {
		printLine(t, plainText(t, a.Get(i)))
	}
	return vm.Value{}, nil
}

// OutStd(xValue…) → NIL; prints the values with a space between, and no line end. Source:
// Clipper.
func outStd(t *vm.Thread, a vm.Args) (vm.Value, error) {
	write(t, joined(t, a))
	return vm.Value{}, nil
}

// QOut(xValue…) → NIL; prints a line end, then the values with a space between: ?.
// Source: Clipper.
func qOut(t *vm.Thread, a vm.Args) (vm.Value, error) {
	write(t, "\n"+joined(t, a))
	return vm.Value{}, nil
}

// joined returns the arguments as cValToChar shows them, with spaces between.
func joined(t *vm.Thread, a vm.Args) string {
	parts := make([]string, len(a))
	for i := range a {
		parts[i] = plainText(t, a.Get(i))
	}
	return strings.Join(parts, " ")
}

func printLine(t *vm.Thread, s string) { write(t, s+"\n") }

// write prints s at once. That the console takes nothing is no fault of the program.
func write(t *vm.Thread, s string) { _, _ = io.WriteString(t.Stdout(), s) }
