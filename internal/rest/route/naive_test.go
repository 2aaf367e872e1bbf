package route

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// made is a route of a table that was made up.
type made struct {
	route *Route
	steps []step
	open  bool
}

// fits tells whether the route's path is that of the segments, or one above it if the
// route is open; rank orders those that fit: texts before parameters, from the left.
func (m *made) fits(segments []string) (rank string, ok bool) {
	if len(m.steps) > len(segments) || !m.open && len(m.steps) < len(segments) {
		return "", false
	}
	for i, s := range m.steps {
		switch {
		case s.param:
			rank += "b"
		case s.text == segments[i]:
			rank += "a"
		default:
			return "", false
		}
	}
	return rank, true
}

// naive looks at every route: the paths that fit wholly go before the open ones, of which
// the longest counts, and HEAD before GET.
func naive(list []made, method string, segments []string) *Route {
	var best *made
	var key string
	for i := range list {
		m := &list[i]
		rank, ok := m.fits(segments)
		if !ok || m.route.Method != method && (method != "HEAD" || m.route.Method != "GET") {
			continue
		}
		this := "0" + rank
		if m.open {
			this = fmt.Sprintf("1%02d", 99-len(m.steps)) + rank
		}
		if this += "|" + fmt.Sprint(m.route.Method != method); best == nil || this < key {
			best, key = m, this
		}
	}
	if best == nil {
		return nil
	}
	return best.route
}

// tree makes a table of routes: each line is a method and a path; "*" after it makes the
// route open.
func tree(routes string) (*Table, []made) {
	b := &builder{table: &Table{}}
	var list []made
	for line := range strings.SplitSeq(routes, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || methodNumber(fields[0]) < 0 || len(list) == 50 {
			continue
		}
		path, err := steps(fields[1], colon)
		if err != nil {
			continue
		}
		m := made{&Route{Model: TLPP, Method: fields[0], Path: fields[1]}, path, len(fields) > 2}
		if b.register(entry{route: m.route, tree: &b.table.tlpp, steps: slices.Clone(path), base: -1, open: m.open}) {
			list = append(list, m)
		}
	}
	return b.table, list
}

// compare asks for a path in a table of routes, and looks at every route as well.
func compare(t *testing.T, routes, method, path string) {
	t.Helper()
	table, list := tree(routes)
	segments, ok := Split(path)
	if !ok {
		return
	}
	m, allow := table.Find(method, segments, nil)
	if want := naive(list, method, segments); m.Route != want {
		t.Fatalf("%s %s is for %+v; want %+v, of\n%s", method, path, m.Route, want, routes)
	}
	var others []string
	for _, other := range methods {
		if naive(list, other, segments) != nil {
			others = append(others, other)
		}
	}
	if m.Route == nil && !slices.Equal(allow, others) {
		t.Fatalf("%s %s: allowed are %v; want %v, of\n%s", method, path, allow, others, routes)
	}
}

// TestTrees compares in tables that are made up of few names, so that much of them meets.
func TestTrees(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for range 1000 {
		var routes strings.Builder
		for range 1 + r.IntN(12) {
			routes.WriteString(pick("GET ", "HEAD ", "PUT "))
			routes.WriteString("/" + pick("", "a", ":w") + "/" + pick("a", "b", ":x") + "/" + pick("a", "b", ":y", ":z"))
			routes.WriteString(pick("", " *") + "\n")
		}
		made := strings.ReplaceAll(routes.String(), "//", "/")
		for range 10 {
			compare(t, made, pick("GET", "HEAD", "PUT", "POST"), "/"+pick("a", "b", "c")+pick("", "/a", "/b", "/c")+pick("", "/a", "/b/c"))
		}
	}
}

// FuzzTrees is TestTrees for any tables.
func FuzzTrees(f *testing.F) {
	f.Add("GET /a/:x\nPOST /a/b\nGET /a *\nHEAD /:x/b", "HEAD", "/a/b")
	f.Add("GET / *\nGET /a *\nGET /:x *\nPUT /:x/:y/c\nGET /a/b/c", "PUT", "/a/b/c")
	f.Add("HEAD /a\nGET /:x *\nHEAD /:x", "HEAD", "/a/b")
	f.Fuzz(compare)
}
