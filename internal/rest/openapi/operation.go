package openapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"appserver/internal/rest/route"
)

// operation is a route, or several Logix routes that differ in their queries only, at a
// path of a document.
type operation struct {
	path   pathTemplate
	routes []*route.Route // at least one; the first describes the operation
	id     string         // unique in the document
	params []route.Param  // those of the path first, in their order
	public bool           // callers need not show who they are
}

func (o *operation) first() *route.Route { return o.routes[0] }

func (o *operation) method() string { return o.first().Method }

// operations returns what a document has of the routes, ordered by path and method.
func operations(routes []*route.Route, o Options) []*operation {
	var list []*operation
	paths := map[string]pathTemplate{} // by shape: the first names its parameters
	known := map[string]*operation{}   // by method and shape
	for _, r := range ranked(routes) {
		for _, t := range templates(r) {
			shape := t.shape()
			if paths[shape] == nil {
				paths[shape] = t
			}
			op := known[r.Method+shape]
			if op == nil {
				op = &operation{path: paths[shape], public: o.open(r)}
				known[r.Method+shape] = op
				list = append(list, op)
			} else if r.Model != route.Logix || op.first().Model != route.Logix {
				continue // another route answers: the documented paths may overlap
			}
			op.add(r, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *operation) int {
		return cmp.Or(strings.Compare(a.path.String(), b.path.String()), strings.Compare(a.method(), b.method()))
	})
	name(list)
	return list
}

// ranked returns the routes in the order in which models answer; of one model they stay as
// they are.
func ranked(routes []*route.Route) []*route.Route {
	models := []route.Model{route.TLPP, route.Classic, route.Logix}
	return slices.SortedStableFunc(slices.Values(routes), func(a, b *route.Route) int {
		return cmp.Compare(slices.Index(models, a.Model), slices.Index(models, b.Model))
	})
}

// add adds a route, whose own path is t, with its parameters.
func (o *operation) add(r *route.Route, t pathTemplate) {
	o.routes = append(o.routes, r)
	for i, name := range t.params() {
		p := route.Param{Type: "string"}
		if j := slices.IndexFunc(r.Params, func(p route.Param) bool { return p.In == "path" && strings.EqualFold(p.Name, name) }); j >= 0 {
			p = r.Params[j]
		}
		p.Name, p.In, p.Optional = o.path.params()[i], "path", false
		o.param(p)
	}
	for _, p := range r.Params {
		if p.In != "path" && !reserved(p) {
			p.Optional = p.Optional || r.Model == route.Logix
			o.param(p)
		}
	}
}

// reserved tells headers that OpenAPI describes in another way.
func reserved(p route.Param) bool {
	return p.In == "header" && containsFold([]string{"Accept", "Content-Type", "Authorization"}, p.Name)
}

// param adds a parameter unless there is one of its name.
func (o *operation) param(p route.Param) {
	if !slices.ContainsFunc(o.params, func(q route.Param) bool {
		return q.In == p.In && (q.Name == p.Name || p.In == "header" && strings.EqualFold(q.Name, p.Name))
	}) {
		o.params = append(o.params, p)
	}
}

// name gives each operation an id that is made of its method and path: clients make names
// of functions of it.
func name(list []*operation) {
	used := map[string]bool{}
	for _, o := range list {
		id := identifier(o)
		for n := 2; used[strings.ToLower(id)]; n++ {
			id = fmt.Sprintf("%s%d", identifier(o), n)
		}
		used[strings.ToLower(id)] = true
		o.id = id
	}
}

// identifier returns "getOrdersById" for GET /orders/{id}.
func identifier(o *operation) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(o.method()))
	for _, p := range o.path {
		if p.param {
			b.WriteString("By")
		}
		capitalise(&b, p.text)
	}
	return b.String()
}

// capitalise appends the letters and digits of s; others begin a word.
func capitalise(b *strings.Builder, s string) {
	begin := true
	for _, r := range s {
		switch {
		case r > unicode.MaxASCII, !unicode.IsLetter(r) && !unicode.IsDigit(r):
			begin = true
			continue
		case begin:
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		begin = false
	}
}

// description returns what a route says of itself at length; of several Logix routes, what
// of the query they tell apart.
func (o *operation) description() string {
	var queries []string
	for _, r := range o.routes {
		if r.Query != "" {
			queries = append(queries, r.Query)
		}
	}
	if len(o.routes) == 1 || queries == nil {
		return o.first().Description
	}
	return "What is answered depends on the query: " + strings.Join(queries, "; ") + "."
}
