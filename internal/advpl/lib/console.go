package lib

import "appserver/internal/advpl/vm"

var consoleFuncs = table{
	"CONOUT": conOut,
	"OUTSTD": outStd,
	"QOUT":   qOut,
	"QQOUT":  outStd,
}

// ConOut(xValue…) → NIL; prints a line for each value, as cValToChar shows it. Source: TDN.
func conOut(t *vm.Thread, a vm.Args) (vm.Value, error) {
	for i := range a {
		if err := print(t, plainText(t, a.Get(i)), "\n"); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.Value{}, nil
}

// OutStd(xValue…) → NIL; prints the values with a space between, and no line end. Source:
// Clipper.
func outStd(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Value{}, print(t, spaced(t, a)...)
}

// QOut(xValue…) → NIL; prints a line end, then the values with a space between: ?.
// Source: Clipper.
func qOut(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Value{}, print(t, append([]string{"\n"}, spaced(t, a)...)...)
}

// spaced returns the arguments as cValToChar shows them, and spaces between.
func spaced(t *vm.Thread, a vm.Args) []string {
	var parts []string
	for i := range a {
		if i > 0 {
			parts = append(parts, " ")
		}
		parts = append(parts, plainText(t, a.Get(i)))
	}
	return parts
}

// print prints the parts. That the console takes nothing is no fault of the program;
// that the thread has to end is an error.
func print(t *vm.Thread, parts ...string) error {
	if err := t.Print(parts...); isFatal(err) {
		return err
	}
	return nil
}
