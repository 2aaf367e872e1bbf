package route

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/exchange"
	"appserver/internal/glob"
)

// logixBegin is what a router function calls first. Functions that do not are no routers,
// whatever their names are: they must not be run to find out.
const logixBegin = "_ADVPL_CREATE_REST_LOGIX_ROUTES"

// logixRoots are the paths below which Logix routes are.
var logixRoots = [...]string{"api", "restlogix"}

// routerName is the name of a router function without its namespace: module, version and
// resource. User functions have U_ before it.
var routerName = regexp.MustCompile(`^(?:U_)?([A-Z][A-Z0-9]*)_(V[0-9]+)_([A-Z0-9][A-Z0-9_]*)$`)

// routerKey is module, version and resource, in lower case.
type routerKey [3]string

// router is a router function with what it has declared, in its order.
type router struct {
	fn     *Route // without method: for its name and place
	routes []*logixRoute
}

type logixRoute struct {
	route  *Route
	method int
	path   string      // glob, without a slash at its end; "" for none. Source: TDN, function Match
	query  []condition // all must hold
}

// condition is one of the comma-separated parts of a query glob.
type condition struct {
	name, value string
	any         bool // only the name was given
}

// findLogix returns the Logix route for the search, whose segments are in lower case, and
// the segments after the resource.
func (t *Table) findLogix(s *search, segments []string, query []exchange.Pair) (*Route, []string) {
	if len(t.logix) == 0 || len(segments) < 4 || !slices.Contains(logixRoots[:], s.segments[0]) {
		return nil, nil
	}
	r := t.router(routerKey(s.segments[1:4]))
	if r == nil {
		return nil, nil
	}
	rest := segments[4:]
	return r.find(s, glued(rest), query), rest
}

// router returns the router with the key. A module is also reached if only functions of
// customers are there for it, whose names have an e after the module.
func (t *Table) router(key routerKey) *router {
	if r := t.logix[key]; r != nil {
		return r
	}
	key[0] += "e"
	return t.logix[key]
}

// glued returns the path of segments, in which a slash inside a segment is a NUL.
func glued(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(s, "/", "\x00"))
	}
	return b.String()
}

func (r *router) find(s *search, path string, query []exchange.Pair) *Route {
	var byGet *Route
	for _, l := range r.routes {
		if !l.takes(path, glob.Match) {
			continue
		}
		s.allow |= 1 << l.method
		switch {
		case l.method != s.method && (s.method != head || l.method != get), !l.asks(query):
		case l.method == s.method:
			return l.route
		case byGet == nil:
			byGet = l.route
		}
	}
	return byGet
}

// takes tells whether the glob of the path stands for the path: "/x/*" also for "/x".
func (l *logixRoute) takes(path string, match func(pattern, text string) bool) bool {
	return match(l.path, path) || strings.HasSuffix(l.path, "/*") && match(l.path, path+"/")
}

// asks tells whether the query has all that the route asks for.
func (l *logixRoute) asks(query []exchange.Pair) bool {
	for _, c := range l.query {
		if !slices.ContainsFunc(query, c.holds) {
			return false
		}
	}
	return true
}

func (c condition) holds(p exchange.Pair) bool {
	return p.Name == c.name && (c.any || glob.Match(c.value, p.Value))
}

// shadows tells whether the other route, which comes later, is never reached.
func (l *logixRoute) shadows(other *logixRoute) bool {
	return l.method == other.method && l.takes(other.path, glob.Covers) && l.isWeaker(other)
}

// isWeaker tells whether every query that the other route takes is one that l takes.
func (l *logixRoute) isWeaker(other *logixRoute) bool {
	for _, c := range l.query {
		if !slices.ContainsFunc(other.query, c.follows) {
			return false
		}
	}
	return true
}

// follows tells whether c holds where the other condition does.
func (c condition) follows(other condition) bool {
	return c.name == other.name && (c.any || !other.any && glob.Covers(c.value, other.value))
}

// isRouter tells whether fn is a router function, and of what.
func isRouter(u *code.Unit, fn *code.Func) (routerKey, bool) {
	name := routerName.FindStringSubmatch(strings.TrimPrefix(fn.Name, u.Namespace+"."))
	if name == nil || fn.Kind != code.Function || fn.NParams > 0 || fn.Variadic || !slices.Contains(fn.Names, logixBegin) {
		return routerKey{}, false
	}
	return routerKey{strings.ToLower(name[1]), strings.ToLower(name[2]), strings.ToLower(name[3])}, true
}

// router adds a router function with what it declares.
func (b *builder) router(u *code.Unit, fn *code.Func, key routerKey) {
	self := &Route{Model: Logix, Func: fn.Name, File: file(u, fn), Line: int(fn.Line), Service: strings.Join(key[:], "_")}
	if first := b.table.logix[key]; first != nil {
		b.errorf(self, "%s is a second router of %s, after %s: take one away", self.Func, strings.Join(key[:], "/"), where(first.fn))
		return
	}
	r := &router{fn: self}
	b.table.logix[key] = r
	if b.options.Declare == nil {
		return
	}
	list, err := b.options.Declare(fn.Name)
	if err != nil {
		b.errorf(self, "%s could not declare its routes: %v", self.Func, err)
		return
	}
	if len(list) > maxDeclarations {
		b.errorf(self, "%s declares %d routes; %d are possible", self.Func, len(list), maxDeclarations)
		list = list[:maxDeclarations]
	}
	for _, d := range list {
		b.declared(u, r, key, d)
	}
}

// declared adds one route of a router.
func (b *builder) declared(u *code.Unit, r *router, key routerKey, d Declaration) {
	self := *r.fn
	self.Method = strings.ToUpper(strings.TrimSpace(d.Method))
	self.Func = strings.ToUpper(strings.TrimSpace(d.Func))
	pattern := "/" + strings.Trim(strings.TrimSpace(d.Path), "/")
	self.Query = strings.TrimSpace(d.Query)
	self.Path = "/" + logixRoots[0] + "/" + strings.Join(key[:], "/") + strings.TrimSuffix(pattern, "/")
	l := &logixRoute{route: &self, method: methodNumber(self.Method), path: strings.TrimSuffix(pattern, "/")}
	switch {
	case l.method < 0:
		b.errorf(r.fn, "%s declares a route with the method %q: %s are possible", r.fn.Func, self.Method, strings.Join(methods[:], ", "))
		return
	case len(pattern) > maxGlob, len(self.Query) > maxGlob:
		b.errorf(r.fn, "%s declares a route with more than %d bytes of path or query", r.fn.Func, maxGlob)
		return
	}
	fn, native, ok := b.program.Lookup(self.Func, u)
	switch {
	case !ok || native && fn == nil:
		b.errorf(r.fn, "%s declares %s %s for %s, a function that does not exist", r.fn.Func, self.Method, self.Path, cmp.Or(self.Func, `""`))
		return
	case fn != nil && fn.Kind == code.Static:
		b.errorf(r.fn, "%s declares %s %s for %s, which is static: no route can call it", r.fn.Func, self.Method, self.Path, self.Func)
		return
	}
	if fn != nil {
		self.Func = fn.Name
	}
	l.query = conditions(self.Query)
	self.Params = queryParams(l.query)
	b.shadowed(r, l)
	r.routes = append(r.routes, l)
	if b.add(&self) && !strings.ContainsAny(l.path, "*?") {
		b.paths = append(b.paths, entry{route: &self, steps: texts(self.Path)})
	}
}

// texts returns the steps of a path without parameters.
func texts(path string) []step {
	var list []step
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		list = append(list, step{text: s})
	}
	return list
}

// shadowed reports a route that never comes to its turn.
func (b *builder) shadowed(r *router, l *logixRoute) {
	for i, first := range r.routes {
		if first.shadows(l) {
			b.warnf(r.fn, "%s: route %d, %s %s?%s → %s, is never reached: route %d, %s?%s → %s, takes all of it; declare the more specific one first",
				r.fn.Func, len(r.routes)+1, l.route.Method, l.route.Path, l.route.Query, l.route.Func, i+1, first.route.Path, first.route.Query, first.route.Func)
			return
		}
	}
}

// conditions reads a query glob: "fields=*,order=name".
func conditions(text string) []condition {
	var list []condition
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if name != "" {
			list = append(list, condition{strings.TrimSpace(name), strings.TrimSpace(value), !ok})
		}
	}
	return list
}

func queryParams(list []condition) []Param {
	var params []Param
	for _, c := range list {
		params = append(params, Param{Name: c.name, In: "query", Type: "string"})
	}
	return params
}
