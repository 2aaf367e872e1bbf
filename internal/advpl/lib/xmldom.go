package lib

import (
	"encoding/xml"
	"iter"
	"strconv"
	"strings"

	"appserver/internal/advpl/vm"
)

// domKind is what a domNode is.
type domKind uint8

const (
	domDocument domKind = iota
	domElement
	domText
	domCData
	domComment
	domInstruction // its name is the target
	domDirective   // <!…>
)

// domNode is a part of a document as it stands there. All its strings are UTF-8.
type domNode struct {
	kind                            domKind
	name, prefix                    string
	space                           string // URI of the namespace
	text                            string // but of elements
	spaces                          []domAttr
	attrs                           []domAttr // but the declarations of namespaces
	parent, first, last, prev, next *domNode
}

// domAttr is an attribute, or in spaces the declaration of a namespace: its name is the
// prefix, "" for the default, and its value the URI.
type domAttr struct {
	name, prefix string
	space        string
	value        string
}

// About what they take, beside their strings.
const (
	domNodeBytes = 220
	domAttrBytes = 80
)

// The namespace that needs no declaration.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// qualified returns a name with its prefix.
func qualified(prefix, name string) string { return xmlName(xml.Name{Space: prefix, Local: name}) }

// size returns about how many bytes the node takes, without those in it.
func (n *domNode) size() int {
	size := domNodeBytes + len(n.name) + len(n.text)
	for _, list := range [][]domAttr{n.spaces, n.attrs} {
		for _, a := range list {
			size += domAttrBytes + len(a.name) + len(a.value)
		}
	}
	return size
}

// append makes child the last node in n.
func (n *domNode) append(child *domNode) {
	child.parent, child.prev = n, n.last
	if n.last != nil {
		n.last.next = child
	} else {
		n.first = child
	}
	n.last = child
}

// remove takes n out of its parent.
func (n *domNode) remove() {
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		n.parent.first = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		n.parent.last = n.prev
	}
	n.parent, n.prev, n.next = nil, nil, nil
}

// clear takes all nodes out of n.
func (n *domNode) clear() { n.first, n.last = nil, nil }

// children walks the nodes in n.
func (n *domNode) children() iter.Seq[*domNode] {
	return func(yield func(*domNode) bool) {
		for c := n.first; c != nil; c = c.next {
			if !yield(c) {
				return
			}
		}
	}
}

// elements walks the elements in n.
func (n *domNode) elements() iter.Seq[*domNode] {
	return func(yield func(*domNode) bool) {
		for c := range n.children() {
			if c.kind == domElement && !yield(c) {
				return
			}
		}
	}
}

// tree walks n and all below it, in the order of the document.
func (n *domNode) tree() iter.Seq[*domNode] {
	return func(yield func(*domNode) bool) {
		for c := n; c != nil; c = c.after(n) {
			if !yield(c) {
				return
			}
		}
	}
}

// after returns the node that follows n in the order of the document, below top.
func (n *domNode) after(top *domNode) *domNode {
	if n.first != nil {
		return n.first
	}
	for ; n != top; n = n.parent {
		if n.next != nil {
			return n.next
		}
	}
	return nil
}

// root returns the root element of a document, or nil.
func (n *domNode) root() *domNode {
	for e := range n.elements() {
		return e
	}
	return nil
}

// sibling returns the next element, or with back the one before; nil if there is none.
func (n *domNode) sibling(back bool) *domNode {
	for {
		if n = n.next1(back); n == nil || n.kind == domElement {
			return n
		}
	}
}

func (n *domNode) next1(back bool) *domNode {
	if back {
		return n.prev
	}
	return n.next
}

// depth returns how deep n stands below its document.
func (n *domNode) depth() int {
	depth := 0
	for n = n.parent; n != nil; n = n.parent {
		depth++
	}
	return depth
}

// within tells whether n is top or stands below it.
func (n *domNode) within(top *domNode) bool {
	for ; n != nil; n = n.parent {
		if n == top {
			return true
		}
	}
	return false
}

// resolve returns the URI that a prefix stands for in n, and whether it is declared.
func (n *domNode) resolve(prefix string) (string, bool) {
	if prefix == "xml" {
		return xmlSpace, true
	}
	for ; n != nil; n = n.parent {
		for _, s := range n.spaces {
			if s.name == prefix {
				return s.value, true
			}
		}
	}
	return "", false
}

// content returns the text in n and all below it, in pieces.
func (n *domNode) content() iter.Seq[string] {
	return func(yield func(string) bool) {
		for c := range n.tree() {
			if (c.kind == domText || c.kind == domCData || c == n) && c.text != "" && !yield(c.text) {
				return
			}
		}
	}
}

// inner returns the text in n and all below it.
func (n *domNode) inner(h *hold) (string, error) {
	size, pieces, last := 0, 0, ""
	for s := range n.content() {
		size, pieces, last = size+len(s), pieces+1, s
		if err := pollEvery(h.thread, pieces); err != nil {
			return "", err
		}
	}
	if pieces < 2 {
		return last, nil
	}
	if err := h.charge(size); err != nil {
		return "", err
	}
	var b strings.Builder
	b.Grow(size)
	for s := range n.content() {
		b.WriteString(s)
	}
	return b.String(), nil
}

// path returns an XPath expression that selects n: the names from the root on, with the
// position among the elements of the same name if there are others.
func (n *domNode) path() string {
	var steps []string
	for ; n != nil && n.kind == domElement; n = n.parent {
		steps = append(steps, "/"+qualified(n.prefix, n.name)+n.position())
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteString(steps[i])
	}
	return b.String()
}

// position returns "[i]", or "" if n is the only element of its name.
func (n *domNode) position() string {
	before, others := 0, false
	for e := n.prev; e != nil; e = e.prev {
		if e.isNamed(n) {
			before++
		}
	}
	for e := n.next; e != nil && !others; e = e.next {
		others = e.isNamed(n)
	}
	if before == 0 && !others {
		return ""
	}
	return "[" + strconv.Itoa(before+1) + "]"
}

// isNamed tells whether n is an element with the name of e.
func (n *domNode) isNamed(e *domNode) bool {
	return n.kind == domElement && n.name == e.name && n.prefix == e.prefix
}

// attribute returns the index of an attribute, named with or without its prefix, or -1.
func (n *domNode) attribute(name string) int {
	for i, a := range n.attrs {
		if a.name == name || qualified(a.prefix, a.name) == name {
			return i
		}
	}
	return -1
}

// domBuilder makes the nodes of a document.
type domBuilder struct {
	hold
	top         *domNode
	open        *domNode
	declaration string // of the document: version="1.0" …
	noBlanks    bool   // leave out texts of blanks
	names       map[string]string
}

// buildDOM returns a document and about how many bytes it takes.
func buildDOM(t *vm.Thread, s string, noBlanks bool) (*domBuilder, xmlReport, error) {
	top := &domNode{kind: domDocument}
	b := &domBuilder{hold: hold{thread: t}, top: top, open: top, noBlanks: noBlanks, names: map[string]string{}}
	report, err := readXML(t, s, b)
	return b, report, err
}

// token implements xmlSink.
func (b *domBuilder) token(part xml.Token, cdata bool) error {
	switch part := part.(type) {
	case xml.StartElement:
		return b.start(part)
	case xml.EndElement:
		b.open = b.open.parent
	case xml.CharData:
		return b.characters(part, cdata)
	case xml.Comment:
		return b.add(&domNode{kind: domComment}, part)
	case xml.Directive:
		return b.add(&domNode{kind: domDirective}, part)
	case xml.ProcInst:
		if part.Target == "xml" {
			b.declaration = string(part.Inst)
			return b.charge(len(part.Inst))
		}
		return b.add(&domNode{kind: domInstruction, name: b.shared(part.Target)}, part.Inst)
	}
	return nil
}

// add appends a node with a text.
func (b *domBuilder) add(n *domNode, text []byte) error {
	if err := b.charge(domNodeBytes + len(n.name) + len(text)); err != nil {
		return err
	}
	n.text = string(text)
	b.open.append(n)
	return nil
}

func (b *domBuilder) characters(text []byte, cdata bool) error {
	if b.open == b.top || b.noBlanks && !cdata && trimLeft(string(text)) == "" {
		return nil
	}
	if cdata {
		return b.add(&domNode{kind: domCData}, text)
	}
	return b.add(&domNode{kind: domText}, text)
}

// shared returns one copy of equal names.
func (b *domBuilder) shared(name string) string {
	if s, ok := b.names[name]; ok {
		return s
	}
	b.names[name] = name
	return name
}

func (b *domBuilder) start(part xml.StartElement) error {
	n := &domNode{kind: domElement, name: b.shared(part.Name.Local), prefix: b.shared(part.Name.Space)}
	for _, a := range part.Attr {
		prefix, declares := declaredPrefix(a.Name)
		if declares {
			n.spaces = append(n.spaces, domAttr{name: b.shared(prefix), value: b.shared(a.Value)})
			continue
		}
		n.attrs = append(n.attrs, domAttr{name: b.shared(a.Name.Local), prefix: b.shared(a.Name.Space), value: a.Value})
	}
	if err := b.charge(n.size()); err != nil {
		return err
	}
	b.open.append(n)
	b.open = n
	return n.qualify(b.thread)
}

// declaredPrefix returns the prefix that an attribute declares, and whether it does.
func declaredPrefix(name xml.Name) (string, bool) {
	if name.Space == "xmlns" {
		return name.Local, true
	}
	return "", name.Space == "" && name.Local == "xmlns"
}

// qualify finds the namespaces of an element and its attributes, which must stand in their
// place.
func (n *domNode) qualify(t *vm.Thread) error {
	n.space, _ = n.resolve(n.prefix)
	for i := range n.attrs {
		if err := pollEvery(t, i); err != nil {
			return err
		}
		if a := &n.attrs[i]; a.prefix != "" {
			a.space, _ = n.resolve(a.prefix)
		}
	}
	return nil
}
