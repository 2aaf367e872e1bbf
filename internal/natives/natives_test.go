package natives

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// TestNamesAreKnown wants each function and class to have an entry in the manual, each
// function to be in the list of names, and none to hide one of the core library.
func TestNamesAreKnown(t *testing.T) {
	core := lib.Library()
	l := &vm.Library{
		Funcs:   map[string]vm.Native{},
		Classes: map[string]func(*vm.Thread, vm.Args) (vm.Value, error){},
	}
	Add(l, Options{})
	listed := map[string]bool{}
	for _, n := range lib.Names() {
		listed[n.Name] = true
	}
	for name := range l.Funcs {
		if core.Funcs[name] != nil {
			t.Errorf("%s is in the core library too", name)
		}
		if !listed[name] {
			t.Errorf("internal/advpl/lib/names.tsv does not list %s", name)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(l.Funcs)), slices.Collect(maps.Keys(l.Classes))) {
		if name != strings.ToUpper(name) {
			t.Errorf("%s is not in upper case", name)
		}
		if _, ok := lib.Doc(name); !ok {
			t.Errorf("the manual has no %s: run go generate ./internal/advpl/lib", name)
		}
	}
}
