package access

import (
	"net/http"
	"slices"
	"strings"

	"appserver/internal/glob"
)

// Patterns are what Public or NoTenant names. The zero value fits nothing.
type Patterns []pattern

// pattern is one element of such a list.
type pattern struct {
	class  string   // lower case; "": any service, or none
	paths  []string // globs without the slash in front, as written: one must fit
	folded []string // the same in lower case
	method string   // upper case; "": any
}

// httpMethods are what the last part of a pattern is taken for.
var httpMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// ParsePatterns makes patterns of the elements of a list of the configuration. Each names
// services as CLASS, CLASS/METHOD, CLASS/PATH or CLASS/PATH/METHOD, or a path as /PATH or
// /PATH/METHOD; * stands for any characters. Classes and methods count in any case.
//
// What ends with the name of a method is never good for another one, even where that name is
// a part of the path: "/orders/*/GET" must not open "DELETE /orders/7/GET".
func ParsePatterns(list []string) Patterns {
	var p Patterns
	for _, text := range list {
		if text = strings.TrimRight(strings.TrimSpace(text), "/"); text != "" {
			p = append(p, newPattern(text))
		}
	}
	return p
}

func newPattern(text string) pattern {
	class, path, more := strings.Cut(text, "/")
	p := pattern{class: strings.ToLower(class), paths: []string{path}}
	last := path[strings.LastIndexByte(path, '/')+1:]
	if method := strings.ToUpper(last); slices.Contains(httpMethods, method) {
		p.method = method
		path = strings.TrimSuffix(strings.TrimSuffix(path, last), "/")
		p.paths = append(p.paths, path)
	}
	if class != "" && (!more || path == "") {
		p.paths = []string{"*"}
	}
	for _, path := range p.paths {
		p.folded = append(p.folded, strings.ToLower(path))
	}
	return p
}

// Match tells whether a pattern fits a request. Class is that of a classic service, or "";
// segments are those of the path below where the service is mounted, each decoded by itself.
// One that holds a slash fits nothing: to a route it is one segment, to a pattern it would be
// two.
//
// The letters of a path count as they do for its route: in any case for a classic service,
// else as written, since in another case it may be the path of another route. Slashes at its
// end do not count. A path fits only by itself, not with what is below it.
func (p Patterns) Match(class string, segments []string, method string) bool {
	if len(p) == 0 || slices.ContainsFunc(segments, func(s string) bool { return strings.Contains(s, "/") }) {
		return false
	}
	path := strings.TrimRight(strings.Join(segments, "/"), "/")
	if class != "" {
		class, path = strings.ToLower(class), strings.ToLower(path)
	}
	return slices.ContainsFunc(p, func(one pattern) bool { return one.fits(class, path, method) })
}

// fits tells whether the pattern is of the class, the path and the method. The path of a
// service may or may not begin with the name of its class.
func (p *pattern) fits(class, path, method string) bool {
	switch {
	case p.method != "" && p.method != method:
		return false
	case class == "":
		return p.class == "" && matchesOne(p.paths, path)
	case p.class == "":
		return matchesOne(p.folded, path)
	case !glob.MatchStars(p.class, class):
		return false
	}
	own, ok := strings.CutPrefix(path+"/", class+"/")
	return matchesOne(p.folded, path) || ok && matchesOne(p.folded, strings.TrimSuffix(own, "/"))
}

func matchesOne(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return glob.MatchStars(pattern, path) })
}
