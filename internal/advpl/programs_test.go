package advpl_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// TestPrograms runs every program of testdata/programs. A program checks itself
// (check.ch) and ends with an error if a check fails; its first user function
// returns .T. at its end, so that one that stops early is seen.
func TestPrograms(t *testing.T) {
	result, err := build.Build(context.Background(), []string{"testdata/programs"}, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Findings.Failed() {
		var text bytes.Buffer
		result.Findings.Write(&text)
		t.Fatal(text.String())
	}
	units := result.Repository.Units
	program, err := advpl.Link(units)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, u := range units {
		name := firstUserFunction(u)
		if name == "" {
			continue // what programs share
		}
		ran++
		t.Run(strings.ToLower(u.Name), func(t *testing.T) {
			t.Parallel()
			runProgram(t, program, name)
		})
	}
	if ran < 40 {
		t.Errorf("%d programs ran; want at least 40", ran)
	}
}

func firstUserFunction(u *code.Unit) string {
	for _, fn := range u.Funcs {
		if fn.Kind == code.Function && strings.Contains("."+fn.Name, ".U_") {
			return fn.Name
		}
	}
	return ""
}

func runProgram(t *testing.T, program *vm.Program, name string) {
	var out bytes.Buffer
	limits := vm.Limits{Time: time.Minute, Memory: 256 << 20}
	thread := advpl.NewThread(program, vm.Options{Stdout: &out, Limits: limits})
	value, err := thread.Call(name)
	if e, ok := err.(*vm.Error); ok {
		t.Fatalf("%s\n%s", e.Report(thread), out.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	if value.Kind() != vm.Logical || !value.Truth() {
		t.Fatalf("%s() returned a %s; want .T., at its end", name, value.Kind().Type())
	}
}
