package openapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"appserver/internal/rest/route"
)

// part is a segment of a path: a text, or a parameter.
type part struct {
	text  string // or the name of the parameter
	param bool
}

// pathTemplate is a path with parameters.
type pathTemplate []part

// String returns the template as OpenAPI writes it: "/orders/{id}".
func (t pathTemplate) String() string { return t.write("{", "}") }

// declared returns the template as annotations have it: "/orders/:id".
func (t pathTemplate) declared() string { return t.write(":", "") }

// write returns the template with what goes before and after the names of its parameters.
func (t pathTemplate) write(before, after string) string {
	if len(t) == 0 {
		return "/"
	}
	var b strings.Builder
	for _, p := range t {
		b.WriteByte('/')
		if p.param {
			b.WriteString(before + p.text + after)
		} else {
			b.WriteString(url.PathEscape(p.text))
		}
	}
	return b.String()
}

// shape returns the template without the names of its parameters: paths of one shape must
// not be in a document twice.
func (t pathTemplate) shape() string {
	t = slices.Clone(t)
	for i := range t {
		if t[i].param {
			t[i].text = ""
		}
	}
	return t.String()
}

// params returns the names of the parameters.
func (t pathTemplate) params() []string {
	var names []string
	for _, p := range t {
		if p.param {
			names = append(names, p.text)
		}
	}
	return names
}

// templates returns the paths that a route is documented with, at least one.
func templates(r *route.Route) []pathTemplate {
	switch r.Model {
	case route.TLPP:
		return []pathTemplate{split(r.Path, func(s string) (string, bool) { return strings.CutPrefix(s, ":") })}
	case route.Logix:
		return []pathTemplate{globbed(r.Path)}
	case route.Classic:
		if r.Open {
			return fromSyntax(r)
		}
	}
	return trailing(r)
}

// split reads a path; param tells which of its segments are parameters.
func split(path string, param func(string) (name string, ok bool)) pathTemplate {
	var t pathTemplate
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if s == "" {
			continue
		}
		name, ok := param(s)
		if ok {
			s = name
		}
		t = append(t, part{s, ok})
	}
	return t
}

// braced returns the name in "{id}".
func braced(s string) (string, bool) {
	name, open := strings.CutPrefix(s, "{")
	name, closed := strings.CutSuffix(name, "}")
	return strings.TrimSpace(name), open && closed
}

// globbed returns the path of a Logix route. OpenAPI has no segments that may be missing: a
// * at the end is left out; other segments with wildcards are parameters.
func globbed(path string) pathTemplate {
	t := split(strings.TrimSuffix(path, "/*"), func(s string) (string, bool) { return s, strings.ContainsAny(s, "*?") })
	n := 0
	for i := range t {
		if t[i].param {
			n++
			t[i].text = fmt.Sprintf("param%d", n)
		}
	}
	return t
}

// fromSyntax returns the paths that WSSYNTAX of a route that takes everything below its
// service says, else that of the service: "/Users || /Users/{id}".
func fromSyntax(r *route.Route) []pathTemplate {
	service := split(r.Path, braced)
	var list []pathTemplate
	for s := range strings.SplitSeq(r.Syntax, "||") {
		s, _, _ = strings.Cut(strings.TrimSpace(s), "?")
		t := split(s, braced)
		if len(t) < len(service) || !t.plain() || !strings.EqualFold(t[:len(service)].String(), service.String()) || list != nil && has(list, t) {
			continue
		}
		copy(t, service)
		list = append(list, t)
	}
	if list == nil {
		return []pathTemplate{service}
	}
	return list
}

func has(list []pathTemplate, t pathTemplate) bool {
	return slices.ContainsFunc(list, func(o pathTemplate) bool { return o.shape() == t.shape() })
}

// plain tells whether the template has only names that can be those of parameters, each once.
func (t pathTemplate) plain() bool {
	seen := map[string]bool{}
	for _, p := range t {
		if strings.ContainsAny(p.text, "{}[]<>| ,") || p.text == "" || p.param && seen[p.text] {
			return false
		}
		seen[p.text] = p.param
	}
	return len(t) > 0
}

// trailing returns the path of a classic route, and those with the parameters that may
// follow it.
func trailing(r *route.Route) []pathTemplate {
	t := split(r.Path, braced)
	list := []pathTemplate{t}
	known := t.params()
	for _, p := range r.Params {
		if p.In == "path" && !slices.Contains(known, p.Name) && !containsFold(known, p.Name) {
			t = append(slices.Clone(t), part{p.Name, true})
			list = append(list, t)
		}
	}
	return list
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}
