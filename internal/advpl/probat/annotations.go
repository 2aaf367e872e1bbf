package probat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// The properties of annotations, in lower case. Source: TDN.
var (
	fixtureProperties = []string{"suite", "owner", "thread", "priority", "description", "runwithall", "rwa", "target", "folder"}
	testProperties    = []string{"description"}
)

// maxOddities is how many warnings about annotations are given.
const maxOddities = 1000

// oddities returns warnings about annotations that count for nothing: tests that are in
// no fixture, and properties that are not known.
func oddities(p *vm.Program) []Warning {
	o := inspection{inherited: inheritedTests(p)}
	for _, u := range p.Units() {
		o.unit = u
		first := len(o.warnings)
		for _, fn := range u.Funcs {
			o.function(fn)
		}
		for i := range u.Classes {
			o.class(u.Classes[i])
		}
		slices.SortStableFunc(o.warnings[first:], func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	}
	return o.warnings[:min(len(o.warnings), maxOddities)]
}

// inheritedTests returns the link names of the classes whose tests are those of a fixture:
// the fixture's and those of its ancestors.
func inheritedTests(p *vm.Program) map[string]bool {
	names := map[string]bool{}
	for _, class := range p.Classes() {
		if find(class.Def.Annots, annotFixture) == nil {
			continue
		}
		for _, c := range lineage(class) {
			names[c.Def.Name] = true
		}
	}
	return names
}

// inspection looks for odd annotations.
type inspection struct {
	inherited map[string]bool
	unit      *code.Unit
	warnings  []Warning
}

func (o *inspection) function(fn *code.Func) {
	line := int(fn.Line)
	name, fixture := local(fn.Name, o.unit), find(fn.Annots, annotFixture) != nil
	o.properties(fn.Annots, name, line)
	switch {
	case fixture && fn.Kind == code.Static:
		o.warn(line, "%s has @TestFixture but is static: it does not run", name)
	case !fixture && find(fn.Annots, annotTest) != nil:
		o.warn(line, "%s has @Test but not @TestFixture: it does not run", name)
	}
}

func (o *inspection) class(c *code.Class) {
	name := cmp.Or(c.Written, local(c.Name, o.unit))
	o.properties(c.Annots, name, int(c.Line))
	for i := range c.Methods {
		m := &c.Methods[i]
		line := int(c.Line)
		if m.Func != nil {
			line = int(m.Func.Line)
		}
		o.properties(m.Annots, name+":"+m.Name, line)
		if find(m.Annots, annotTest) != nil && !o.inherited[c.Name] {
			o.warn(line, "%s:%s has @Test but its class not @TestFixture: it does not run", name, m.Name)
		}
	}
}

// properties looks at the properties of the annotations before what is in the line.
func (o *inspection) properties(list []code.Annotation, name string, line int) {
	for i := range list {
		known := testProperties
		switch strings.ToLower(list[i].Name) {
		case annotFixture:
			known = fixtureProperties
		case annotTest:
		default:
			continue
		}
		for _, arg := range list[i].Args {
			if arg.Name != "" && !slices.Contains(known, strings.ToLower(arg.Name)) {
				o.warn(line, "%s: @%s has no property %s; it has %s", name, list[i].Name, arg.Name, strings.Join(known, ", "))
			}
		}
	}
}

func (o *inspection) warn(line int, format string, args ...any) {
	text := cut(lib.ToUTF8(fmt.Sprintf(format, args...)), maxText)
	o.warnings = append(o.warnings, Warning{Text: text, Source: o.unit.Name, Path: o.unit.Path, Line: line})
}
