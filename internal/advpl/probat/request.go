package probat

import (
	"slices"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// request is what the arguments of tlpp.probat.run and tlpp.probat.export say.
type request struct {
	kind     string // in lower case
	names    []string
	id       string
	coverage *bool // nil: as the settings say
}

// kinds of requests beside the types of Selection.
const (
	kindCode   = "code"
	kindCustom = "custom"
	kindFail   = "fail"
)

// newRequest reads the arguments: logicals, and strings that are KEY:VALUE or a name.
func newRequest(fn string, a vm.Args) (*request, error) {
	r := new(request)
	for i := range a {
		switch v := a.Get(i); v.Kind() {
		case vm.Nil:
		case vm.Logical:
			on := v.Truth()
			r.coverage = &on
		case vm.String:
			if !r.take(strings.TrimSpace(lib.ToUTF8(v.Text()))) {
				return nil, vm.ArgError(fn, a, i, "type:, custom:, coverage:, or a name")
			}
		default:
			return nil, vm.ArgError(fn, a, i, "a string or a logical")
		}
	}
	return r, nil
}

// maxID is how long an identifier may be.
const maxID = 255

// take reads one string and tells whether it means something.
func (r *request) take(text string) bool {
	key, value, found := strings.Cut(text, ":")
	if !found || len(key) == 1 { // C:\folder\source.tlpp
		if text != "" {
			r.names = append(r.names, text)
		}
		return true
	}
	switch strings.ToLower(key) {
	case "type":
		r.kind = strings.ToLower(value)
		return slices.Contains([]string{TypeAll, TypeSuite, TypeNamespace, TypeSource, TypeFunction, TypeOwner, TypeTarget,
			TypeError, kindFail, kindCode, kindCustom}, r.kind)
	case "custom", "param":
		r.id = cut(value, maxID)
		return true
	case "coverage":
		on := strings.EqualFold(value, "on")
		r.coverage = &on
		return on || strings.EqualFold(value, "off")
	}
	return false
}

// selection returns what tlpp.probat.run is to run.
func (r *request) selection(st *store) (Selection, error) {
	s := Selection{Type: r.kind, Names: r.names}
	switch r.kind {
	case TypeError, kindFail:
		s.Type = TypeError
		if st == nil {
			return s, errNoRoot
		}
		var err error
		s.Names, err = st.failedLast()
		return s, err
	case "", kindCode, kindCustom:
		s.Type = TypeAll
	}
	return s, nil
}

// missing says that there is no run to export.
func (r *request) missing() string {
	var parts []string
	if len(r.names) > 0 {
		kind := kindCode
		if r.kind == kindCustom {
			kind = kindCustom
		}
		parts = append(parts, "type:"+kind+" "+strings.Join(r.names, ", "))
	}
	if r.id != "" {
		parts = append(parts, "custom:"+r.id)
	}
	if parts == nil {
		return "no run to export"
	}
	return "no run to export is of " + strings.Join(parts, ", ")
}

// runs returns the runs that tlpp.probat.export is asked for, the oldest first, with what
// scripts told of their identifiers.
func (r *request) runs(st *store) ([]*Run, error) {
	custom := r.kind == kindCustom
	names := r.names
	if r.id != "" {
		custom, names = true, append(names, r.id)
	}
	most := maxRuns
	if len(names) == 0 {
		most = 1
	}
	runs, err := st.load(most, func(run *Run) bool {
		key := run.Code
		if custom {
			key = run.ID
		}
		return len(names) == 0 || slices.Contains(names, key)
	})
	if err != nil {
		return nil, err
	}
	if custom {
		return st.withEvents(runs, names)
	}
	return runs, nil
}
