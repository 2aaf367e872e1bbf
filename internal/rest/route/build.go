package route

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Bounds of a table.
const (
	maxRoutes = 20_000
	maxFaults = 1000
	maxText   = 10_000 // bytes of a title or description
)

// Options say what Build may do.
type Options struct {
	// Declare runs a router function, given by the name that Program.Lookup takes, and
	// returns what it declares. nil: routers are found, and have no routes.
	Declare func(function string) ([]Declaration, error)
	// Describe runs a function that describes a route, and returns the JSON text that it
	// returns, in UTF-8. nil: such descriptions are left out.
	Describe func(function string) (string, error)
	// Load are routes without annotations. An annotation with the same method and path goes
	// before, if it is of the same function; else both are a fault.
	Load []Loaded
}

// Build finds the routes of a program. The table can be used whatever the faults are: of
// what contradicts itself the first counts, in the order of units and lines.
func Build(p *vm.Program, o Options) (*Table, []Fault) {
	b := &builder{
		program: p,
		options: o,
		table:   &Table{logix: map[routerKey]*router{}},
		seen:    map[string]bool{},
	}
	for _, u := range p.Units() {
		b.unit(u)
	}
	for _, l := range o.Load {
		b.loaded(l)
	}
	b.optional()
	b.overtaken()
	slices.SortStableFunc(b.table.routes, func(x, y *Route) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Method, y.Method))
	})
	return b.table, b.faults
}

// builder makes a table.
type builder struct {
	program *vm.Program
	options Options
	table   *Table
	faults  []Fault
	seen    map[string]bool // annotations that are there twice for one thing
	later   []entry         // paths that count only where no other route has them
	paths   []entry         // of classic methods with PATH, and of Logix routes without wildcards, as declared
}

// entry is a path of a route on its way into a tree.
type entry struct {
	route *Route
	tree  *node
	steps []step
	base  int
	open  bool
}

func (b *builder) unit(u *code.Unit) {
	routers := map[*code.Func]routerKey{}
	for _, fn := range u.Funcs {
		if key, ok := isRouter(u, fn); ok {
			routers[fn] = key
		}
	}
	for _, fn := range u.Funcs {
		b.annotated(u, fn)
		if key, ok := routers[fn]; ok {
			b.router(u, fn, key)
		}
	}
	for _, c := range u.Classes {
		b.class(u, c)
	}
}

func (b *builder) class(u *code.Unit, c *code.Class) {
	for i := range c.Methods {
		b.annotatedMethod(u, c, &c.Methods[i])
	}
	if c.Kind == "WSRESTFUL" {
		b.service(u, c)
	}
}

// add enters a route in the list, if there is room.
func (b *builder) add(r *Route) bool {
	if len(b.table.routes) == maxRoutes {
		b.errorf(r, "there are more than %d routes: this one and those that follow are left out", maxRoutes)
	}
	if len(b.table.routes) >= maxRoutes {
		return false
	}
	b.table.routes = append(b.table.routes, r)
	return true
}

// enter puts a path of a route into its tree. It returns the route that is there already
// for the method, or nil. In TLPP the first route that comes to a place names its
// parameter: the steps get the names that count.
func (e *entry) enter() *Route {
	l := &leaf{route: e.route, base: e.base}
	n := e.tree
	for i := range e.steps {
		s := &e.steps[i]
		n = n.child(*s)
		if !s.param {
			continue
		}
		if e.route.Model == TLPP {
			s.text = n.name
		}
		l.params = append(l.params, place{s.text, i})
	}
	at := &n.exact
	if e.open {
		at = &n.open
	}
	slot := &at[methodNumber(e.route.Method)]
	if *slot != nil {
		return (*slot).route
	}
	*slot = l
	return nil
}

// register adds a route with its path, and tells whether it did: no other has that.
func (b *builder) register(e entry) bool {
	if first := e.enter(); first != nil {
		b.errorf(e.route, "%s answers %s %s, which is the route of %s: give one of them another path or method",
			e.route.Handler(), e.route.Method, e.route.Path, where(first))
		return false
	}
	return b.add(e.route)
}

// optional enters the paths that count only where no other route has them.
func (b *builder) optional() {
	for _, e := range b.later {
		e.enter()
	}
}

// overtaken reports classic and Logix routes with the method and path of a route of a model
// that comes first.
func (b *builder) overtaken() {
	for _, e := range b.paths {
		if first := b.before(e); first != nil {
			b.warnf(e.route, "%s is not reached: %s answers %s %s, and %s goes before %s; give one of them another path or method",
				e.route.Handler(), where(first), e.route.Method, e.route.Path, kinds[first.Model], kinds[e.route.Model])
		}
	}
}

// kinds name the models, for people.
var kinds = map[Model]string{TLPP: "TLPP", Classic: "a classic service", Logix: "Logix"}

// before returns the route of a model that comes before that of e, with its method and
// path; nil if there is none.
func (b *builder) before(e entry) *Route {
	method := methodNumber(e.route.Method)
	if n := b.table.tlpp.at(e.steps); n != nil && n.exact[method] != nil {
		return n.exact[method].route
	}
	if e.route.Model == Classic {
		return nil
	}
	if n := b.table.classic.at(folded(e.steps)); n != nil && n.exact[method] != nil {
		return n.exact[method].route
	}
	return nil
}

func (b *builder) errorf(r *Route, format string, args ...any) { b.fault(true, r, format, args) }

func (b *builder) warnf(r *Route, format string, args ...any) { b.fault(false, r, format, args) }

func (b *builder) fault(isError bool, r *Route, format string, args []any) {
	if len(b.faults) < maxFaults {
		b.faults = append(b.faults, Fault{isError, fmt.Sprintf(format, args...), r.File, r.Line})
	}
}

// file returns the path of what declares fn, or of the unit if that is nil.
func file(u *code.Unit, fn *code.Func) string {
	if fn != nil && fn.File != "" {
		return filepath.ToSlash(fn.File)
	}
	return filepath.ToSlash(cmp.Or(u.Path, u.Name))
}

// text returns a text of a program for people.
func text(s string) string { return brief(lib.ToUTF8(s)) }

// brief returns a text in UTF-8 for people, of a bounded length.
func brief(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, ""))
}
