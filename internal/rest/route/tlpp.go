package route

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
)

// properties are those of the annotations, in lower case; the first two are also told by
// their position. Source: TDN.
var properties = []string{"endpoint", "description", "title", "params", "responses"}

// annotation is one of @Get, @Post, … with its properties.
type annotation struct {
	method string
	args   []code.AnnotArg
}

// annotations returns those of the list that declare routes.
func annotations(list []code.Annotation) []annotation {
	var found []annotation
	for _, a := range list {
		if method := strings.ToUpper(a.Name); methodNumber(method) >= 0 {
			found = append(found, annotation{method, a.Args})
		}
	}
	return found
}

// get returns a property; false if it is not there or no string.
func (a annotation) get(name string) (string, bool) {
	for i, arg := range a.args {
		if strings.EqualFold(arg.Name, name) || arg.Name == "" && i == slices.Index(properties[:2], name) {
			return arg.Value.Str, arg.Value.Kind == code.ConstStr && arg.List == nil
		}
	}
	return "", false
}

// annotated adds the routes of a function.
func (b *builder) annotated(u *code.Unit, fn *code.Func) {
	for _, a := range annotations(fn.Annots) {
		r := b.tlpp(u, a, fn)
		r.Func = fn.Name
		r.Service = serviceOf(u)
		if fn.Kind == code.Static {
			b.warnf(r, "%s has @%s but is static: no route can call it", r.Func, title(a.method))
			continue
		}
		b.tlppRoute(r, a)
	}
}

// serviceOf names what the functions of a unit belong to, for people.
func serviceOf(u *code.Unit) string {
	return strings.ToLower(cmp.Or(u.Namespace, strings.TrimSuffix(u.Name, path.Ext(u.Name))))
}

// annotatedMethod adds the routes of a method of a class.
func (b *builder) annotatedMethod(u *code.Unit, c *code.Class, m *code.MethodRef) {
	for _, a := range annotations(m.Annots) {
		r := b.tlpp(u, a, m.Func)
		r.Class, r.Name = c.Name, strings.ToUpper(m.Name)
		r.Line = cmp.Or(r.Line, int(c.Line))
		r.Service = cmp.Or(c.Written, c.Name)
		switch {
		case c.Interface, c.Abstract, m.Abstract, m.Func == nil:
			b.warnf(r, "%s has @%s but is abstract: no route can call it", r.Handler(), title(a.method))
		case m.Visibility != code.Public:
			b.warnf(r, "%s has @%s but is not public: no route can call it", r.Handler(), title(a.method))
		default:
			b.tlppRoute(r, a)
		}
	}
}

// tlpp begins a route of the annotation before fn, which is nil for an abstract method.
func (b *builder) tlpp(u *code.Unit, a annotation, fn *code.Func) *Route {
	r := &Route{Model: TLPP, Method: a.method, File: file(u, fn)}
	if fn != nil {
		r.Line = int(fn.Line)
	}
	return r
}

// tlppRoute adds a route with what its annotation says.
func (b *builder) tlppRoute(r *Route, a annotation) {
	endpoint, ok := a.get("endpoint")
	if !ok {
		b.errorf(r, "@%s of %s names no endpoint: write @%s(\"path\") with a constant path", title(a.method), r.Handler(), title(a.method))
		return
	}
	declared := strings.TrimSpace(lib.ToUTF8(endpoint))
	list, err := steps(declared, colon)
	if err != nil {
		b.errorf(r, "the path %q of %s %v", declared, r.Handler(), err)
		return
	}
	r.Path = written(list, ":", "")
	key := r.Method + " " + r.Path + " " + r.Handler()
	if b.seen[key] { // before the declaration of a method and before its body
		return
	}
	b.seen[key] = true
	if strings.ContainsAny(declared, "{}") {
		b.warnf(r, "the path %s of %s has braces, which stand for themselves: a parameter is written :id", declared, r.Handler())
	}
	b.describe(r, a)
	names := slices.Clone(list)
	if b.register(entry{route: r, tree: &b.table.tlpp, steps: list, base: -1}) {
		b.renamed(r, names, list)
	}
}

// renamed reports parameters that another route has given other names, which count, and
// gives them to the route.
func (b *builder) renamed(r *Route, declared, bound []step) {
	for i, s := range declared {
		if s.text != bound[i].text {
			b.warnf(r, "the parameter :%s of %s is :%s, as the first route with that beginning of the path names it: use that name in all of them",
				s.text, r.Handler(), bound[i].text)
		}
	}
	r.Path = written(bound, ":", "")
	r.Params = slices.Concat(pathParams(bound, r.Params), slices.DeleteFunc(slices.Clone(r.Params), isPathParam))
}

func isPathParam(p Param) bool { return p.In == "path" }

// pathParams returns the parameters of a path, with what is said about those of their names.
func pathParams(list []step, said []Param) []Param {
	var params []Param
	for _, s := range list {
		if !s.param {
			continue
		}
		p := Param{Name: s.text, In: "path", Type: "string"}
		for _, q := range said {
			if q.In == "path" && strings.EqualFold(q.Name, s.text) {
				p.Type, p.Title = cmp.Or(q.Type, p.Type), q.Title
			}
		}
		params = append(params, p)
	}
	return params
}

// title returns a method as its annotation is written.
func title(method string) string { return method[:1] + strings.ToLower(method[1:]) }
