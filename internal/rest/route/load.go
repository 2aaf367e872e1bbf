package route

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
)

// Loaded is a route that a configuration declares, without an annotation. Its texts are
// UTF-8.
type Loaded struct {
	From   string // who declares it, for people
	Method string // upper case
	// Path is that below where the route is mounted: a segment :id is a parameter, and so is
	// * whose name is that with a colon at its place in EndPoint; without one it is param1,
	// param2 and so on.
	Path     string
	EndPoint []string
	Class    string // of the method that answers, or ""
	Function string // that answers, as a program would call it, or the name of the method
}

// loaded adds a route that the configuration declares.
func (b *builder) loaded(l Loaded) {
	r := &Route{Model: TLPP, Loaded: true, Method: l.Method, File: l.From}
	if !b.handler(r, l) {
		return
	}
	declared := l.path()
	list, err := steps(declared, colon)
	switch {
	case err != nil:
		b.errorf(r, "%s: the path %q of %s %v", l.From, declared, r.Handler(), err)
		return
	case methodNumber(r.Method) < 0:
		b.errorf(r, "%s: the path %q of %s has the method %q, which no route can have", l.From, declared, r.Handler(), r.Method)
		return
	}
	r.Path = written(list, ":", "")
	names := slices.Clone(list)
	if n := b.table.tlpp.at(list); n != nil {
		if first := n.exact[methodNumber(r.Method)]; first != nil && first.route.Handler() == r.Handler() {
			return // it has the annotation too
		}
	}
	if b.register(entry{route: r, tree: &b.table.tlpp, steps: list, base: -1}) {
		b.renamed(r, names, list)
	}
}

// handler completes r with what answers, and tells whether the programs have that.
func (b *builder) handler(r *Route, l Loaded) bool {
	name := lib.FromUTF8(l.Function)
	if l.Class != "" {
		class, ok := b.program.ClassNamed(lib.FromUTF8(l.Class))
		if !ok || !class.HasMethod(name) {
			b.errorf(r, "the programs have no class %s with a method %s", l.Class, l.Function)
			return false
		}
		r.Class, r.Name = class.Name(), strings.ToUpper(name)
		r.File, r.Line, r.Service = methodPlace(class.Unit(), class.Def, r.Name)
		return true
	}
	fn, _, ok := b.program.Lookup(name, nil)
	if !ok || fn == nil {
		b.errorf(r, "the programs have no function %s", l.Function)
		return false
	}
	r.Func = fn.Name
	for _, u := range b.program.Units() {
		if slices.Contains(u.Funcs, fn) {
			r.File, r.Line, r.Service = file(u, fn), int(fn.Line), serviceOf(u)
			break
		}
	}
	return true
}

// methodPlace returns where a method is, which may be a parent's, and the name of its class.
func methodPlace(u *code.Unit, c *code.Class, method string) (path string, line int, service string) {
	path, line, service = file(u, nil), int(c.Line), cmp.Or(c.Written, c.Name)
	for i := range c.Methods {
		if m := &c.Methods[i]; strings.EqualFold(m.Name, method) && m.Func != nil {
			return file(u, m.Func), int(m.Func.Line), service
		}
	}
	return path, line, service
}

// path returns the declared path with the names of its parameters.
func (l Loaded) path() string {
	segments := strings.Split(strings.Trim(strings.TrimSpace(l.Path), "/"), "/")
	stars := 0
	for i, s := range segments {
		if s != "*" {
			continue
		}
		stars++
		segments[i] = ":param" + strconv.Itoa(stars)
		if i < len(l.EndPoint) && strings.HasPrefix(strings.TrimSpace(l.EndPoint[i]), ":") {
			segments[i] = strings.TrimSpace(l.EndPoint[i])
		}
	}
	return "/" + strings.Join(segments, "/")
}
