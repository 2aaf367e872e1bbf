package route

import (
	"slices"
	"strings"

	"appserver/internal/exchange"
)

// Table holds the routes of a program. It is immutable; the nil Table has none. Use Build.
type Table struct {
	tlpp    node
	classic node // texts in lower case
	logix   map[routerKey]*router
	routes  []*Route
}

// Routes returns all routes, ordered by path and method. The list must not be changed.
func (t *Table) Routes() []*Route {
	if t == nil {
		return nil
	}
	return t.routes
}

// Find returns the route that a request means: the method in upper case, the segments of
// Split, the query for Logix routes. Of the models TLPP comes first, then classic, then
// Logix. HEAD is also answered by a route for GET.
//
// TLPP tells upper from lower case. Names in the paths of classic services and the module,
// version and resource of Logix do not, as names of AdvPL; globs of Logix do.
//
// If there is none Match.Route is nil, and the methods are those that other routes with the
// path have, sorted; nil if there are none: 404, else 405.
func (t *Table) Find(method string, segments []string, query []exchange.Pair) (Match, []string) {
	if t == nil {
		return Match{}, nil
	}
	s := search{segments: segments, method: methodNumber(method)}
	if l := t.tlpp.lookup(&s); l != nil {
		return l.match(segments), nil
	}
	s.segments, s.open = lower(segments), nil
	if l := t.classic.lookup(&s); l != nil {
		return l.match(segments), nil
	}
	if l, rest := t.findLogix(&s, segments, query); l != nil {
		return Match{Route: l, Segments: segments, Rest: rest, Params: unnamed(rest)}, nil
	}
	return Match{}, s.allow.names()
}

// lower returns the segments in lower case: themselves if they are.
func lower(segments []string) []string {
	for i, s := range segments {
		if l := strings.ToLower(s); l != s {
			list := slices.Clone(segments)
			for j := i; j < len(list); j++ {
				list[j] = strings.ToLower(list[j])
			}
			return list
		}
	}
	return segments
}

func unnamed(values []string) []exchange.Pair {
	if len(values) == 0 {
		return nil
	}
	pairs := make([]exchange.Pair, len(values))
	for i, v := range values {
		pairs[i].Value = v
	}
	return pairs
}
