package advpl_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/vm"
)

// linkDir compiles and links the sources of a folder of testdata.
func linkDir(t *testing.T, dir string) *vm.Program {
	t.Helper()
	result, err := build.Build(context.Background(), []string{dir}, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Findings.Failed() {
		var text bytes.Buffer
		result.Findings.Write(&text)
		t.Fatal(text.String())
	}
	program, err := advpl.Link(result.Repository.Units)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// TestHostilePrograms runs programs that would use all memory or never end. Each has
// to meet the limit that it is written against, and no other.
func TestHostilePrograms(t *testing.T) {
	program := linkDir(t, "testdata/hostile")
	limits := vm.Limits{Memory: 8 << 20, String: 4 << 20, Steps: 3_000_000, Time: time.Minute}
	tests := []struct {
		name string
		code int // of the error; 0: none
	}{
		{"PrivateLoop", vm.GenMem},
		{"PrivateNames", vm.GenMem},
		{"PublicNames", vm.GenMem},
		{"KeepErrors", 0},
		{"KeepTexts", 0},
		{"KeepArguments", 0},
		{"KeepErrorObjects", vm.GenMem},
		{"WideCalls", vm.GenMem},
		{"DeepCalls", vm.GenComplexity},
		{"DeepBlocks", vm.GenComplexity},
		{"DeepNatives", vm.GenComplexity},
		{"DeepMacros", vm.GenComplexity},
		{"DeepObjects", vm.GenComplexity},
		{"DeepInit", vm.GenComplexity},
		{"SortInSort", vm.GenComplexity},
		{"ErrorInErrorBlock", vm.GenNoVar},
		{"CyclicJSON", vm.GenComplexity},
		{"CyclicList", vm.GenStrOverflow},
		{"ManySeparators", 0},
		{"SortThatShrinks", 0},
		{"ScanThatShrinks", 0},
		{"EvalThatAppends", 0},
		{"EachThatShrinks", 0},
		{"CyclicClone", 0},
		{"Unwinding", 0},
		{"LostElement", vm.GenBound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			thread := advpl.NewThread(program, vm.Options{Limits: limits})
			v, err := thread.Call("U_" + test.name)
			var e *vm.Error
			switch {
			case errors.As(err, &e):
				if e.GenCode != test.code {
					t.Errorf("%s() ends with code %d: %v; want code %d", test.name, e.GenCode, e, test.code)
				}
				if n := len(e.Report(thread)); n > 64<<10 {
					t.Errorf("the report of %s() has %d bytes; want a few kilobytes", test.name, n)
				}
			case err != nil || test.code != 0:
				t.Errorf("%s() = %v, %v; want code %d", test.name, v, err, test.code)
			case v.Kind() != vm.Logical || !v.Truth():
				t.Errorf("%s() = %v; want .T.", test.name, v)
			}
		})
	}
}

// TestPartsHoldLittle keeps small parts of large strings: the memory that they hold must
// be about what the thread counts for them, not that of the strings.
func TestPartsHoldLittle(t *testing.T) {
	program := linkDir(t, "testdata/hostile")
	for _, name := range []string{
		"PartSubStr", "PartLeft", "PartRight", "PartAllTrim", "PartLTrim", "PartRTrim", "PartPadR",
		"PartTokens", "PartSepara", "PartJSON", "PartNames", "PartMacros",
	} {
		thread := advpl.NewThread(program, vm.Options{Limits: vm.Limits{Memory: 64 << 20, Time: time.Minute}})
		before := heap()
		v, err := thread.Call("U_" + name)
		held := heap() - before
		runtime.KeepAlive(v)
		runtime.KeepAlive(thread)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if held > 8<<20 {
			t.Errorf("%s() holds %d bytes; want less than 8 MiB", name, held)
		}
	}
}

// heap returns how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// canceller cancels the thread when something is written.
type canceller struct {
	thread  *vm.Thread
	longest int // write
	writes  int
}

func (c *canceller) Write(b []byte) (int, error) {
	c.thread.Cancel(errTest)
	c.longest = max(c.longest, len(b))
	c.writes++
	return len(b), nil
}

// TestCancelBetweenSteps cancels a thread at a known moment: long output and loops of
// long operations have to end at once, not at the next of the polls, which are
// thousands of steps apart.
func TestCancelBetweenSteps(t *testing.T) {
	program := linkDir(t, "testdata/hostile")
	for _, name := range []string{"PrintThenCompare", "PrintThenFind", "PrintLong", "ConOutLong"} {
		var c canceller
		c.thread = advpl.NewThread(program, vm.Options{Stdout: &c})
		_, err := c.thread.Call("U_" + name)
		if !errors.Is(err, errTest) {
			t.Errorf("%s() = %v; want %v", name, err, errTest)
		}
		if steps := c.thread.Steps(); steps > 50 {
			t.Errorf("%s() ends after %d steps; want a few", name, steps)
		}
		if c.writes > 2 || c.longest > 64<<10 {
			t.Errorf("%s() makes %d writes, the longest of %d bytes; want one of 64 KiB", name, c.writes, c.longest)
		}
	}
}

// TestTextOfError says that a long description is cut in the report only.
func TestTextOfError(t *testing.T) {
	thread := advpl.NewThread(linkDir(t, "testdata/hostile"), vm.Options{})
	_, err := thread.Call("U_LongError")
	var e *vm.Error
	if !errors.As(err, &e) || len(e.Description) != 1_000_000 {
		t.Fatalf("the error has not the description it was given: %.100v", err)
	}
	if text := e.Report(thread); len(text) > 8<<10 || !strings.HasPrefix(text, "xxx") {
		t.Errorf("the report has %d bytes; want a few kilobytes", len(text))
	}
}
