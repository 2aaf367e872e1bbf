package vm_test

import (
	"strings"
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

const counted = `// src/counted.tlpp
class Pair
	data n
	method new() constructor
	method twice()
endclass

method new() class Pair
	::n := 2
return self

method twice() class Pair
return ::n * 2

function u_counted(lMore)
	local n := Pair():new():twice()
	if lMore
		n += eval({|x| x + 1}, n)
	endif
return n
`

const uncounted = `// test/uncounted.prw
User Function Other()
Return 1
`

func TestCoverageFiles(t *testing.T) {
	p := program(t, counted, uncounted)
	cover := vm.NewCoverage(p)
	if _, err := p.NewThread(vm.Options{Hook: cover}).Call("U_Counted", vm.Bool(false)); err != nil {
		t.Fatal(err)
	}
	files := cover.Files()
	if len(files) != 2 || files[0].Path != "src/counted.tlpp" || files[1].Path != "test/uncounted.prw" {
		t.Fatalf("Files() = %v; want src/counted.tlpp and test/uncounted.prw", files)
	}
	if n, all := files[0].Covered(), len(files[0].Lines); n == 0 || n != all-1 {
		t.Errorf("%d of %d lines ran; want all but one", n, all)
	}
	for _, l := range files[0].Lines {
		if ran := l.Line != 18; (l.Hits > 0) != ran {
			t.Errorf("line %d has %d hits; want some: %v", l.Line, l.Hits, ran)
		}
	}
	if n := files[1].Covered(); n != 0 {
		t.Errorf("%d lines of a source that did not run count as covered", n)
	}
	var names []string
	for _, fn := range files[0].Funcs {
		names = append(names, fn.Name)
	}
	if got := strings.Join(names, " "); got != "U_COUNTED PAIR:NEW PAIR:TWICE" {
		t.Errorf("functions: %s", got)
	}
}

func TestCoverageOnly(t *testing.T) {
	p := program(t, counted, uncounted)
	cover := vm.NewCoverage(p)
	only := cover.Only(func(u *code.Unit) bool { return u.TLPP })
	if _, err := p.NewThread(vm.Options{Hook: cover}).Call("U_Counted", vm.Bool(true)); err != nil {
		t.Fatal(err)
	}
	files := only.Files()
	if len(files) != 1 || files[0].Path != "src/counted.tlpp" || files[0].Covered() != len(files[0].Lines) {
		t.Errorf("Only the TLPP source: %v; want it alone, with all lines covered", files)
	}
}
