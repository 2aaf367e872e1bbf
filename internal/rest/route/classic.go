package route

import (
	"cmp"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
)

// maxOptional bounds the parameters after the path of a method.
const maxOptional = 16

// clause returns the value of a clause of a web service's declaration; false if it is not
// there.
func clause(list []code.Meta, key string) (string, bool) {
	for _, m := range list {
		if m.Key == key {
			return m.Value, true
		}
	}
	return "", false
}

// names returns the names that a clause lists.
func names(list []code.Meta, key string) []string {
	value, ok := clause(list, key)
	if !ok {
		return nil
	}
	return strings.Split(value, ",")
}

// service adds the routes of a WSRESTFUL class.
func (b *builder) service(u *code.Unit, c *code.Class) {
	for i := range c.Methods {
		if c.Methods[i].Verb != "" {
			b.webMethod(u, c, &c.Methods[i])
		}
	}
}

// webMethod adds the route of a WSMETHOD.
func (b *builder) webMethod(u *code.Unit, c *code.Class, m *code.MethodRef) {
	r := b.classic(u, c, m)
	if m.Func == nil {
		b.warnf(r, "WSMETHOD %s of %s has no body: it is not served", m.Verb, r.Handler())
		return
	}
	declared, has := clause(m.Meta, "PATH")
	declared, _, _ = strings.Cut(strings.TrimSpace(lib.ToUTF8(declared)), "?")
	list, err := steps(declared, braces)
	if err != nil {
		b.errorf(r, "the path %q of %s %v", declared, r.Handler(), err)
		return
	}
	list, base := whole(list, r.Service)
	r.Open = !has
	r.Path = written(list, "{", "}")
	b.classicParams(r, c, m, list)
	e := entry{route: r, tree: &b.table.classic, steps: folded(list), base: base, open: r.Open}
	if !b.register(e) {
		return
	}
	b.trailing(e, m, list)
	if !r.Open {
		e.steps = list
		b.paths = append(b.paths, e)
	}
}

// classic begins the route of a method.
func (b *builder) classic(u *code.Unit, c *code.Class, m *code.MethodRef) *Route {
	r := &Route{
		Model: Classic, Method: m.Verb, Class: c.Name, Name: strings.ToUpper(m.Name),
		Service: cmp.Or(c.Written, c.Name), File: file(u, m.Func), Line: int(c.Line),
	}
	if m.Func != nil {
		r.Line = int(m.Func.Line)
	}
	if class, ok := b.program.ClassNamed(c.Name); ok && class.HasMethod(m.Verb+" "+r.Name) {
		r.Name = m.Verb + " " + r.Name
	}
	about, _ := clause(c.Meta, "DESCRIPTION")
	r.About = text(about)
	description, _ := clause(m.Meta, "DESCRIPTION")
	r.Description = text(description)
	syntax, _ := clause(m.Meta, "WSSYNTAX")
	r.Syntax = text(syntax)
	r.Security, _ = clause(c.Meta, "SECURITY")
	ssl, _ := clause(c.Meta, "SSL")
	_, only := clause(c.Meta, "ONLY")
	r.SSLOnly = only || strings.EqualFold(ssl, "ONLY")
	talk, _ := clause(m.Meta, "TTALK")
	r.TTalk = strings.EqualFold(talk, "v1")
	produces, _ := clause(m.Meta, "PRODUCES")
	format, _ := clause(c.Meta, "FORMAT")
	r.Produces = mediaType(cmp.Or(produces, format))
	return r
}

// mediaType returns a media type that a clause names; "" if it is none.
func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ",")
	s = strings.ToLower(strings.TrimSpace(s))
	kind, subtype, ok := strings.Cut(s, "/")
	if !ok || kind == "" || subtype == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7F }) {
		return ""
	}
	return s
}

// whole returns a declared path of a service's method as it is below the mount, and how many
// segments stand before what aURLParms holds.
//
// A path with the name of its service in it is a whole one, and so is one of an API group,
// as "/api/qip/v1/list". Others follow the name of the service.
func whole(list []step, service string) (path []step, base int) {
	isName := func(s step) bool { return !s.param && strings.EqualFold(s.text, service) }
	if i := slices.IndexFunc(list, isName); i >= 0 {
		return list, i + 1
	}
	if len(list) < 2 || list[0].param || !strings.EqualFold(list[0].text, "api") {
		return slices.Insert(list, 0, step{text: service}), 1
	}
	if i := slices.IndexFunc(list, func(s step) bool { return s.param }); i >= 0 {
		return list, i
	}
	return list, len(list)
}

// folded returns the steps with their texts in lower case.
func folded(list []step) []step {
	list = slices.Clone(list)
	for i := range list {
		if !list[i].param {
			list[i].text = strings.ToLower(list[i].text)
		}
	}
	return list
}

// classicParams gives a route its parameters: what the path has, what its method receives.
func (b *builder) classicParams(r *Route, c *code.Class, m *code.MethodRef, list []step) {
	r.Receive = names(m.Meta, "RECEIVE")
	path, header := names(m.Meta, "PATHPARAM"), names(m.Meta, "HEADERPARAM")
	for _, s := range list {
		if s.param {
			r.Params = append(r.Params, webParam(c, s.text, "path"))
		}
	}
	for _, name := range r.Receive {
		in := "query"
		switch {
		case strings.EqualFold(name, "NULLPARAM"), slices.ContainsFunc(r.Params, named(name)):
			continue
		case containsFold(path, name):
			in = "path"
		case containsFold(header, name):
			in = "header"
		}
		r.Params = append(r.Params, webParam(c, name, in))
	}
}

// webParam returns a parameter with the type of the service's WSDATA.
func webParam(c *code.Class, name, in string) Param {
	p := Param{Name: text(name), In: in, Type: "string", Optional: in != "path"}
	for _, d := range c.Data {
		if strings.EqualFold(d.Name, name) {
			p.Name = d.Name
			p.Type = cmp.Or(types[d.Type], "string")
			about, _ := clause(d.Meta, "DESCRIPTION")
			p.Title = text(about)
		}
	}
	return p
}

func named(name string) func(Param) bool {
	return func(p Param) bool { return strings.EqualFold(p.Name, name) }
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}

// trailing enters the paths of a method whose PATHPARAM has names that its path does not
// have: these may follow it, in their order.
func (b *builder) trailing(e entry, m *code.MethodRef, list []step) {
	steps := e.steps
	for i, name := range names(m.Meta, "PATHPARAM") {
		if e.open || i == maxOptional || len(steps) == maxSegments {
			return
		}
		if slices.ContainsFunc(list, func(s step) bool { return s.param && strings.EqualFold(s.text, name) }) {
			continue
		}
		steps = append(slices.Clone(steps), step{name, true})
		next := e
		next.steps = steps
		b.later = append(b.later, next)
	}
}
