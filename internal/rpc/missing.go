package rpc

import (
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

// maxMeant is how many functions are named that may have been meant.
const maxMeant = 3

// missing is the error of a call of a function that the programs of t do not have. Open says
// of functions, by their full names, whether the caller may call them.
func missing(t *host.Thread, function string, open func(string) bool) error {
	hint := "the full name is needed: U_ before that of a user function, and its namespace; static functions cannot be called"
	if names := meant(t.Program(), function, open); len(names) > 0 {
		hint = "is it " + strings.Join(names, " or ") + "?"
	}
	return fmt.Errorf("%w: %.64q in environment %s; %s", host.ErrNoFunction, function, t.Environment(), hint)
}

// meant returns the functions that have the name as user functions or in a namespace. Of
// those that may not be called nobody learns.
func meant(p *vm.Program, name string, open func(string) bool) []string {
	short := local(strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(name)), "()"))
	var names []string
	for _, u := range p.Units() {
		for _, f := range u.Funcs {
			if own := local(f.Name); own != short && own != "U_"+short {
				continue
			}
			if found, _, _ := p.Lookup(f.Name, nil); found == f && open(f.Name) {
				names = append(names, limited(f.Name, maxName))
			}
		}
	}
	slices.Sort(names)
	return names[:min(len(names), maxMeant)]
}

// local returns the name of a function without its namespace.
func local(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
