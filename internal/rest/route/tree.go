package route

import "appserver/internal/exchange"

// node is a place in a tree of paths: the segments from the root to it.
type node struct {
	static map[string]*node // next segments by their text
	param  *node            // any other next segment
	name   string           // that the first route to come here gave the parameter of this node
	exact  leaves           // routes whose path ends here
	open   leaves           // routes that also answer everything below
}

// leaves are the routes of a node by the number of their method.
type leaves [len(methods)]*leaf

// leaf is a route at one of its paths.
type leaf struct {
	route  *Route
	params []place // of this path
	base   int     // segments before what Match.Rest holds; -1: it holds nothing
}

// place is where a parameter stands in a path.
type place struct {
	name  string
	index int // of the segment
}

// of returns the route for the method: HEAD is answered by that of GET if it has none.
func (l *leaves) of(method int) *leaf {
	if method < 0 {
		return nil
	}
	if l[method] == nil && method == head {
		return l[get]
	}
	return l[method]
}

func (l *leaves) set() methodSet {
	var s methodSet
	for i, e := range l {
		if e != nil {
			s |= 1 << i
		}
	}
	return s
}

// step is a segment of a declared path.
type step struct {
	text  string // or the name of the parameter
	param bool
}

// child returns the next node for the step, made if there is none.
func (n *node) child(s step) *node {
	if s.param {
		if n.param == nil {
			n.param = &node{name: s.text}
		}
		return n.param
	}
	next := n.static[s.text]
	if next == nil {
		if n.static == nil {
			n.static = map[string]*node{}
		}
		next = &node{}
		n.static[s.text] = next
	}
	return next
}

// at returns the node at the end of the steps, or nil.
func (n *node) at(steps []step) *node {
	for _, s := range steps {
		if s.param {
			n = n.param
		} else {
			n = n.static[s.text]
		}
		if n == nil {
			return nil
		}
	}
	return n
}

// search is one search in a tree.
type search struct {
	segments []string
	method   int
	allow    methodSet // of the routes with the path
	open     *leaf     // the deepest that answers everything below it
	openAt   int       // its depth
}

// find returns the route whose path is that of the search from segment i on. Where a text
// and a parameter fit, that with the text goes first; it must have the method.
func (n *node) find(s *search, i int) *leaf {
	if l := n.open.of(s.method); l != nil && (s.open == nil || i > s.openAt) {
		s.open, s.openAt = l, i
	}
	s.allow |= n.open.set()
	if i == len(s.segments) {
		s.allow |= n.exact.set()
		return n.exact.of(s.method)
	}
	if next := n.static[s.segments[i]]; next != nil {
		if l := next.find(s, i+1); l != nil {
			return l
		}
	}
	if n.param == nil {
		return nil
	}
	return n.param.find(s, i+1)
}

// lookup returns what the search finds, or nil. It goes at most once to each node.
func (n *node) lookup(s *search) *leaf {
	if l := n.find(s, 0); l != nil {
		return l
	}
	return s.open
}

// match returns the match of the leaf for the segments as the client wrote them.
func (l *leaf) match(segments []string) Match {
	m := Match{Route: l.route, Segments: segments}
	if len(l.params) > 0 {
		m.Params = make([]exchange.Pair, len(l.params))
		for i, p := range l.params {
			m.Params[i] = exchange.Pair{Name: p.name, Value: segments[p.index]}
		}
	}
	if l.base >= 0 {
		m.Rest = segments[min(l.base, len(segments)):]
	}
	return m
}
