package lib

import (
	"fmt"
	"strings"

	"github.com/antchfx/xpath"

	"appserver/internal/advpl/vm"
)

// xpathLength is how long an expression may be.
const xpathLength = 4096

// domPlace is what an expression selects: a node, or one of its attributes.
type domPlace struct {
	node *domNode
	attr int // of node.attrs; -1: the node itself
}

// xpathSearch evaluates expressions over a document.
type xpathSearch struct {
	hold
	document *domNode
	spaces   map[string]string // URIs by prefix
	turns    int
}

// xpathStop is the panic with which a navigator ends an evaluation: the library has no
// other way out.
type xpathStop struct{ err error }

// find returns what the expression selects, limit places at most. fault says why it is no
// expression; err ends the native.
func (s *xpathSearch) find(expr string, limit int) (found []domPlace, fault string, err error) {
	if fault := checkXPath(expr); fault != "" {
		return nil, fault, nil
	}
	// The library panics with texts and errors if an expression makes no sense to it, also
	// while it evaluates one, and with xpathStop for us.
	defer func() {
		switch r := recover().(type) {
		case nil:
		case xpathStop:
			found, err = nil, r.err
		default:
			found, fault = nil, fmt.Sprintf("%s: %v", expr, r)
		}
	}()
	compiled, err := xpath.CompileWithNS(expr, s.spaces)
	if err != nil {
		return nil, expr + ": " + err.Error(), nil
	}
	nodes := compiled.Select(&domNavigator{search: s, place: domPlace{s.document, -1}})
	for len(found) < limit && nodes.MoveNext() {
		found = append(found, nodes.Current().(*domNavigator).place)
	}
	return found, "", nil
}

// step counts the work of an evaluation: it polls, and asks for the memory of the places
// that the library keeps.
func (s *xpathSearch) step() {
	const batch = 1024
	if s.turns++; s.turns%batch != 0 && !s.thread.Stopping() {
		return
	}
	s.must(s.thread.Poll())
	s.must(s.thread.Charge(batch * 64))
}

func (s *xpathSearch) must(err error) {
	if err != nil {
		panic(xpathStop{err})
	}
}

// xpathFunctions are the functions and node tests of XPath 1.0 that the library knows.
// Others that it knows, as matches, are not of XPath 1.0.
var xpathFunctions = map[string]bool{
	"last": true, "position": true, "count": true, "local-name": true, "namespace-uri": true, "name": true,
	"string": true, "concat": true, "starts-with": true, "contains": true, "substring-before": true,
	"substring-after": true, "substring": true, "string-length": true, "normalize-space": true, "translate": true,
	"boolean": true, "not": true, "true": true, "false": true, "number": true, "sum": true, "floor": true,
	"ceiling": true, "round": true, "node": true, "text": true, "comment": true,
	"and": true, "or": true, "div": true, "mod": true, // operators before a bracket
}

// checkXPath says why an expression is not evaluated, or "".
func checkXPath(expr string) string {
	if len(expr) > xpathLength {
		return fmt.Sprintf("an XPath expression of %d bytes: the longest has %d", len(expr), xpathLength)
	}
	word, quote := 0, byte(0) // where the word before i begins
	for i := range len(expr) {
		c := expr[i]
		switch {
		case quote != 0:
			if c == quote {
				quote, word = 0, i+1
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			if name := strings.TrimRight(expr[word:i], " "); name != "" && !xpathFunctions[name] {
				return expr + ": there is no function " + name
			}
			word = i + 1
		case c == ' ' && strings.TrimRight(expr[word:i], " ") != "" && nextByte(expr, i) == '(':
		case !isLetter(c) && !isDigit(c) && c != '-' && c != '_' && c != '.':
			word = i + 1
		}
	}
	return ""
}

// nextByte returns the first byte of s behind i that is no blank.
func nextByte(s string, i int) byte {
	rest := strings.TrimLeft(s[i:], " ")
	if rest == "" {
		return 0
	}
	return rest[0]
}

// domNavigator is a place in a document that the library moves.
type domNavigator struct {
	search *xpathSearch
	place  domPlace
}

// NodeType implements xpath.NodeNavigator, as the other methods do.
func (n *domNavigator) NodeType() xpath.NodeType {
	switch {
	case n.place.attr >= 0:
		return xpath.AttributeNode
	case n.place.node.kind == domDocument:
		return xpath.RootNode
	case n.place.node.kind == domElement:
		return xpath.ElementNode
	case n.place.node.kind == domComment:
		return xpath.CommentNode
	}
	return xpath.TextNode
}

func (n *domNavigator) attr() *domAttr { return &n.place.node.attrs[n.place.attr] }

func (n *domNavigator) LocalName() string {
	if n.place.attr >= 0 {
		return n.attr().name
	}
	return n.place.node.name
}

func (n *domNavigator) Prefix() string {
	if n.place.attr >= 0 {
		return n.attr().prefix
	}
	return n.place.node.prefix
}

// NamespaceURL is asked for when a name in the expression has a prefix.
func (n *domNavigator) NamespaceURL() string {
	if n.place.attr >= 0 {
		return n.attr().space
	}
	return n.place.node.space
}

func (n *domNavigator) Value() string {
	if n.place.attr >= 0 {
		return n.attr().value
	}
	s, err := n.place.node.inner(&n.search.hold)
	n.search.must(err)
	if len(s) > 4096 {
		n.search.must(n.search.charge(len(s)))
	}
	return s
}

func (n *domNavigator) Copy() xpath.NodeNavigator {
	n.search.step()
	made := *n
	return &made
}

func (n *domNavigator) MoveToRoot() { n.place = domPlace{n.search.document, -1} }

func (n *domNavigator) MoveToParent() bool {
	if n.place.attr >= 0 {
		n.place.attr = -1
		return true
	}
	return n.move(n.place.node.parent)
}

// move goes to a node, if there is one.
func (n *domNavigator) move(to *domNode) bool {
	n.search.step()
	if to == nil {
		return false
	}
	n.place = domPlace{to, -1}
	return true
}

func (n *domNavigator) MoveToNextAttribute() bool {
	if n.place.attr+1 >= len(n.place.node.attrs) {
		return false
	}
	n.search.step()
	n.place.attr++
	return true
}

func (n *domNavigator) MoveToChild() bool {
	return n.place.attr < 0 && n.move(selectable(n.place.node.first, false))
}

func (n *domNavigator) MoveToFirst() bool {
	first := n.place.node
	if n.place.attr >= 0 || first.parent == nil {
		return false
	}
	first = selectable(first.parent.first, false)
	return first != n.place.node && n.move(first)
}

func (n *domNavigator) MoveToNext() bool {
	return n.place.attr < 0 && n.move(selectable(n.place.node.next, false))
}

func (n *domNavigator) MoveToPrevious() bool {
	return n.place.attr < 0 && n.move(selectable(n.place.node.prev, true))
}

// selectable returns the node, or the nearest after it, or before it, that XPath knows:
// instructions and directives are none.
func selectable(n *domNode, back bool) *domNode {
	for n != nil && (n.kind == domInstruction || n.kind == domDirective) {
		n = n.next1(back)
	}
	return n
}

func (n *domNavigator) MoveTo(other xpath.NodeNavigator) bool {
	to, ok := other.(*domNavigator)
	if ok {
		n.place = to.place
	}
	return ok
}

// searchIn returns a search in a document. Prefixes are those of spaces, and those that
// the root element declares.
func searchIn(t *vm.Thread, document *domNode, spaces [][2]string) *xpathSearch {
	s := &xpathSearch{hold: hold{thread: t}, document: document, spaces: map[string]string{"xml": xmlSpace}}
	if root := document.root(); root != nil {
		for _, d := range root.spaces {
			s.spaces[rootPrefix(d)] = d.value
		}
	}
	for _, pair := range spaces {
		s.spaces[pair[0]] = pair[1]
	}
	return s
}

// rootPrefix returns the prefix of a declaration: "xmlns" for the default namespace.
func rootPrefix(d domAttr) string {
	if d.name == "" {
		return "xmlns"
	}
	return d.name
}
