package probat

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Types of Selection and Run.
const (
	TypeAll       = "all"       // but exclusive suites and what does not want to run with all
	TypeSuite     = "suite"     // suites, also exclusive ones
	TypeNamespace = "namespace" // namespaces with those below them
	TypeSource    = "source"    // sources, by their names or the ends of their paths
	TypeFunction  = "function"  // functions and classes, with or without namespace and U_
	TypeOwner     = "owner"
	TypeTarget    = "target"
	TypeError     = "error" // what failed before: the caller gives the names, as of TypeFunction
)

// Selection says which fixtures run. The zero Selection is all of them, as TypeAll says.
// Upper and lower case are the same.
type Selection struct {
	Type  string
	Names []string // of what Type says; TypeAll has none
}

// kind returns the type.
func (s Selection) kind() string { return cmp.Or(s.Type, TypeAll) }

// wants tells whether fixtures are asked for that must be there: not where those that failed
// before are to run and none did.
func (s Selection) wants() bool {
	return s.kind() != TypeAll && (s.Type != TypeError || len(s.Names) > 0)
}

// String says what is selected, as it stands after the word fixture.
func (s Selection) String() string {
	if len(s.Names) == 0 {
		return "was selected: type:" + s.kind() + " is given without a name"
	}
	return "is of type:" + s.kind() + " " + strings.Join(s.Names, ", ")
}

// takes tells whether f, of the catalog, is selected.
func (s Selection) takes(f *fixture, c *catalog) bool {
	if s.kind() == TypeAll {
		return !f.apart && !c.isExclusive(f)
	}
	if s.Type == TypeNamespace || s.Type == TypeSource {
		if c.isExclusive(f) {
			return false
		}
	}
	return slices.ContainsFunc(s.Names, func(name string) bool { return f.is(s.Type, name) })
}

func (c *catalog) isExclusive(f *fixture) bool { return c.exclusive[strings.ToLower(f.suite)] }

// is tells whether name is what the type of selections says of f.
func (f *fixture) is(kind, name string) bool {
	switch kind {
	case TypeSuite:
		return strings.EqualFold(f.suite, name)
	case TypeNamespace:
		return strings.HasPrefix(f.unit.Namespace+".", strings.ToUpper(name)+".")
	case TypeSource:
		return f.fromSource(name)
	case TypeOwner:
		return strings.EqualFold(f.owner, name)
	case TypeTarget:
		return strings.EqualFold(f.target, name)
	case TypeFunction, TypeError:
		short := local(f.name, f.unit)
		return slices.ContainsFunc([]string{f.name, short, strings.TrimPrefix(short, "U_")},
			func(n string) bool { return strings.EqualFold(n, name) })
	}
	return false
}

// fromSource tells whether name is that of f's source, or the end of its path.
func (f *fixture) fromSource(name string) bool {
	name = strings.ToLower(path.Clean(strings.ReplaceAll(name, `\`, "/")))
	whole := strings.ToLower(strings.ReplaceAll(cmp.Or(f.unit.Path, f.unit.Name), `\`, "/"))
	return strings.HasSuffix("/"+whole, "/"+strings.TrimPrefix(name, "/"))
}

// TestName returns the name by which Engine.Match knows a test: FIXTURE:METHOD of a
// class; of a function, and of a class that was skipped as a whole, that of the fixture.
func TestName(f *Fixture, t *Test) string {
	if t.Line == f.Line && strings.HasSuffix("."+strings.ToUpper(f.Name), "."+strings.ToUpper(t.Name)) {
		return f.Name
	}
	return f.Name + ":" + t.Name
}

// testsOf returns the tests of f that are to run.
func (e *Engine) testsOf(f *fixture) []routine {
	if f.class == nil {
		return []routine{f.routine}
	}
	tests := methodsOf(f.class).tests
	if e.Match == nil {
		return tests
	}
	return slices.DeleteFunc(slices.Clone(tests), func(m routine) bool { return !e.Match(f.name + ":" + m.name) })
}

// alsoTakes tells whether f is of each kind in e.Also, and has a test that e.Match takes.
func (e *Engine) alsoTakes(f *fixture) bool {
	for _, s := range e.Also {
		if !slices.ContainsFunc(s.Names, func(name string) bool { return f.is(s.Type, name) }) {
			return false
		}
	}
	switch {
	case e.Match == nil:
		return true
	case f.class == nil:
		return e.Match(f.name)
	}
	return len(e.testsOf(f)) > 0
}
