package probat

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Names of annotations, in lower case. The last two are what the commands SUITE and
// COVERAGE of tlpp-probat.th leave behind.
const (
	annotFixture  = "testfixture"
	annotTest     = "test"
	annotOnce     = "onetimesetup"
	annotBefore   = "setup"
	annotAfter    = "teardown"
	annotEnd      = "onetimeteardown"
	annotSkip     = "skip"
	annotErrorLog = "errorlog"
	annotSuite    = "probatsuite"
	annotCoverage = "probatcoverage"
)

// allSuite is the suite of fixtures that name none.
const allSuite = "all"

// Priorities, of which the lowest runs first.
const (
	defaultPriority = 100
	lastPriority    = 999
)

// fixture is a function or class that is annotated with @TestFixture.
type fixture struct {
	unit       *code.Unit
	name       string    // link name
	written    string    // as messages show it
	class      *vm.Class // nil: a function
	line       int
	suite      string
	owner      string
	target     string
	folder     string
	text       string // description
	priority   int
	sameThread bool // runs in the engine's own thread
	apart      bool // not among all
	routine    routine
}

// routine is a function or method with what its annotations say.
type routine struct {
	name     string // link name of a function; of a method as written
	line     int
	text     string     // description
	skip     *condition // nil: it is not skipped
	errorLog *string    // what the error that it must raise contains; nil: it must not
}

// catalog is what a program holds for the engine.
type catalog struct {
	fixtures  []*fixture      // in the order of the sources and lines
	exclusive map[string]bool // suites that run only if they are named, in lower case
	goals     []coverageGoal
}

// coverageGoal is a COVERAGE PERCENTAGE command.
type coverageGoal struct {
	percent   float64
	source    string // "SAMPLE.TLPP"
	namespace string // upper case, or ""
}

// discover finds the fixtures and declarations of a program.
func discover(p *vm.Program) *catalog {
	c := &catalog{exclusive: map[string]bool{}}
	classes := map[*code.Unit][]*vm.Class{}
	for _, class := range p.Classes() {
		classes[class.Unit()] = append(classes[class.Unit()], class)
	}
	for _, u := range p.Units() {
		first := len(c.fixtures)
		for _, fn := range u.Funcs {
			c.function(u, fn)
		}
		for _, class := range classes[u] {
			c.class(u, class)
		}
		slices.SortStableFunc(c.fixtures[first:], func(a, b *fixture) int { return cmp.Compare(a.line, b.line) })
	}
	return c
}

func (c *catalog) function(u *code.Unit, fn *code.Func) {
	if fn.Kind == code.Static {
		c.declaration(fn)
	}
	if a := find(fn.Annots, annotFixture); a != nil && fn.Kind == code.Function {
		f := newFixture(u, fn.Name, int(fn.Line), a)
		f.written = local(fn.Name, u)
		f.routine = newRoutine(fn.Name, f.line, f.text, fn.Annots)
		c.fixtures = append(c.fixtures, f)
	}
}

func (c *catalog) class(u *code.Unit, class *vm.Class) {
	a := find(class.Def.Annots, annotFixture)
	if a == nil || class.Def.Abstract || class.Def.Interface {
		return
	}
	f := newFixture(u, class.Name(), int(class.Def.Line), a)
	f.class = class
	f.written = cmp.Or(class.Def.Written, local(class.Name(), u))
	f.routine = newRoutine(class.Name(), f.line, f.text, class.Def.Annots)
	c.fixtures = append(c.fixtures, f)
}

// declaration notes what a command of tlpp-probat.th declares.
func (c *catalog) declaration(fn *code.Func) {
	if a := find(fn.Annots, annotSuite); a != nil {
		c.exclusive[strings.ToLower(a.text(0, "name"))] = true
	}
	if a := find(fn.Annots, annotCoverage); a != nil {
		c.goals = append(c.goals, coverageGoal{
			percent:   a.number("percent", 0),
			source:    strings.ToUpper(a.text(-1, "source") + "." + a.text(-1, "type")),
			namespace: strings.ToUpper(a.text(-1, "namespace")),
		})
	}
}

// newFixture reads the properties of @TestFixture.
func newFixture(u *code.Unit, name string, line int, a *annotation) *fixture {
	priority := a.number("priority", defaultPriority)
	return &fixture{
		unit:       u,
		name:       name,
		line:       line,
		suite:      cmp.Or(a.text(0, "suite"), allSuite),
		owner:      a.text(-1, "owner"),
		target:     a.text(-1, "target"),
		folder:     cmp.Or(a.text(-1, "folder"), strings.ReplaceAll(strings.ToLower(u.Namespace), ".", "/")),
		text:       a.text(-1, "description"),
		priority:   int(min(max(priority, 0), lastPriority)),
		sameThread: strings.EqualFold(a.text(-1, "thread"), "no"),
		apart:      a.isFalse("runwithall") || a.isFalse("rwa"),
	}
}

func newRoutine(name string, line int, text string, list []code.Annotation) routine {
	r := routine{name: name, line: line, text: text}
	if a := find(list, annotSkip); a != nil {
		r.skip = newCondition(a)
	}
	if a := find(list, annotErrorLog); a != nil {
		part := a.text(0, "description")
		r.errorLog = &part
	}
	return r
}

// local returns a link name without the namespace of its unit.
func local(name string, u *code.Unit) string { return strings.TrimPrefix(name, u.Namespace+".") }

// source returns the base name of the unit's source.
func (f *fixture) source() string { return path.Base(strings.ReplaceAll(f.unit.Name, `\`, "/")) }

// result returns the outcome of f before it has run.
func (f *fixture) result() *Fixture {
	return &Fixture{
		Name:      f.name,
		Source:    cmp.Or(f.unit.Path, f.unit.Name),
		Line:      f.line,
		Namespace: f.unit.Namespace,
		Folder:    f.folder,
		Suite:     f.suite,
		Owner:     f.owner,
		Target:    f.target,
	}
}

// methods are the methods of a class that the engine calls.
type methods struct {
	constructor              string // "" if there is none
	once, before, after, end []routine
	tests                    []routine
}

// methodsOf returns what the annotations of the class and of those that it inherits from
// say, those of the ancestors first. A method that is declared again takes the place of
// the inherited one, and its annotations too, if it has some.
func methodsOf(class *vm.Class) methods {
	var m methods
	place := map[string]int{}
	var list []*code.MethodRef
	for _, c := range lineage(class) {
		for i := range c.Def.Methods {
			ref := &c.Def.Methods[i]
			key := strings.ToUpper(ref.Name)
			at, again := place[key]
			switch {
			case !again:
				place[key] = len(list)
				list = append(list, ref)
			case len(ref.Annots) > 0:
				list[at] = ref
			}
			if ref.Constructor || key == "NEW" {
				m.constructor = ref.Name
			}
		}
	}
	for _, ref := range list {
		m.add(ref)
	}
	return m
}

// lineage returns the class and those that it inherits from, the first ancestor first.
func lineage(class *vm.Class) []*vm.Class {
	var list []*vm.Class
	for c := class; c != nil; c = c.Parent() {
		list = append(list, c)
	}
	slices.Reverse(list)
	return list
}

func (m *methods) add(ref *code.MethodRef) {
	for _, to := range []struct {
		annotation string
		list       *[]routine
	}{
		{annotOnce, &m.once}, {annotBefore, &m.before}, {annotTest, &m.tests}, {annotAfter, &m.after}, {annotEnd, &m.end},
	} {
		a := find(ref.Annots, to.annotation)
		if a == nil {
			continue
		}
		line := 0
		if ref.Func != nil {
			line = int(ref.Func.Line)
		}
		*to.list = append(*to.list, newRoutine(ref.Name, line, a.text(0, "description"), ref.Annots))
	}
}

// annotation is an annotation whose arguments are read.
type annotation struct{ args []code.AnnotArg }

// find returns the annotation with the name, in lower case, or nil.
func find(list []code.Annotation, name string) *annotation {
	for i := range list {
		if strings.EqualFold(list[i].Name, name) {
			return &annotation{list[i].Args}
		}
	}
	return nil
}

// arg returns the argument with the name, or the one at the position if that has no
// name; at -1 is none.
func (a *annotation) arg(at int, name string) (code.Const, bool) {
	for _, arg := range a.args {
		if strings.EqualFold(arg.Name, name) {
			return arg.Value, true
		}
	}
	if at >= 0 && at < len(a.args) && a.args[at].Name == "" {
		return a.args[at].Value, true
	}
	return code.Const{}, false
}

// text returns a string in UTF-8, or "".
func (a *annotation) text(at int, name string) string {
	c, _ := a.arg(at, name)
	return lib.ToUTF8(c.Str)
}

func (a *annotation) number(name string, def float64) float64 {
	if c, ok := a.arg(-1, name); ok && c.Kind == code.ConstNum {
		return c.Num
	}
	return def
}

func (a *annotation) isFalse(name string) bool {
	c, ok := a.arg(-1, name)
	return ok && c.Kind == code.ConstFalse
}
