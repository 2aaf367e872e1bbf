package lib

import (
	"sort"
	"strings"
	"testing"
)

// TestNames wants the list in order, and every function of the library in it.
func TestNames(t *testing.T) {
	areas := make(map[string]bool)
	for _, a := range Areas() {
		areas[a.Name] = true
	}
	listed := make(map[string]bool)
	names := Names()
	for _, n := range names {
		if listed[n.Name] {
			t.Errorf("%s is listed twice", n.Name)
		}
		if !areas[n.Area] {
			t.Errorf("%s is of the area %q, which does not exist", n.Name, n.Area)
		}
		if n.Name != strings.ToUpper(n.Name) {
			t.Errorf("%s is not in upper case", n.Name)
		}
		listed[n.Name] = true
	}
	sorted := sort.SliceIsSorted(names, func(i, j int) bool {
		a, b := names[i], names[j]
		return a.Calls > b.Calls || a.Calls == b.Calls && a.Name < b.Name
	})
	if !sorted {
		t.Error("names.tsv is not sorted by calls and name")
	}
	for name := range Library().Funcs {
		if !listed[name] && !strings.HasPrefix(name, "__") {
			t.Errorf("names.tsv does not list %s", name)
		}
	}
}

// TestCoverage wants nine of ten calls of functions that need nothing else to find
// their function.
func TestCoverage(t *testing.T) {
	alone := make(map[string]bool)
	for _, a := range Areas() {
		alone[a.Name] = a.Alone
	}
	here, all := 0, 0
	for _, n := range Names() {
		if !alone[n.Area] {
			continue
		}
		all += n.Calls
		if n.Here {
			here += n.Calls
		} else if n.Calls >= 100 {
			t.Errorf("%s, which public sources call %d times, does not exist", n.Name, n.Calls)
		}
	}
	if here*10 < all*9 {
		t.Errorf("%d of %d calls find their function; want nine of ten", here, all)
	}
	t.Logf("%d of %d calls find their function: %.2f %%", here, all, 100*float64(here)/float64(all))
}

// TestMissing wants functions of the original product to be told from others.
func TestMissing(t *testing.T) {
	l := Library()
	for name, want := range map[string]string{
		"MSGINFO":           "it is a function of the original product that does not exist here yet (screen)",
		"U_MSGINFO":         "",
		"ALLTRIM":           "",
		"JSONOBJECT":        "",
		"":                  "",
		"MSGINFO\n(screen)": "",
	} {
		if got := l.Missing(name); got != want {
			t.Errorf("Missing(%q) = %q; want %q", name, got, want)
		}
	}
}
