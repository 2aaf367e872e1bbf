package lib

import (
	"strconv"

	"appserver/internal/advpl/vm"
)

// place returns the first place that the expression in the first argument selects, and
// whether there is one.
func (m *xmlManager) place(t *vm.Thread, fn string, a vm.Args) (domPlace, bool, error) {
	places, err := m.places(t, fn, a, 1)
	if err != nil || len(places) == 0 {
		return domPlace{}, false, err
	}
	return places[0], true, nil
}

// places returns what the expression in the first argument selects, limit places at most.
func (m *xmlManager) places(t *vm.Thread, fn string, a vm.Args, limit int) ([]domPlace, error) {
	expr, err := argText(fn, a, 0)
	if err != nil {
		return nil, err
	}
	if m.document == nil {
		m.fail(fn + ": no document was read")
		return nil, nil
	}
	found, fault, err := searchIn(t, m.document, m.spaces).find(intoXML(expr), limit)
	if fault != "" {
		m.fail(fromXML(fault))
	}
	return found, err
}

// element returns the element that the expression in the first argument selects first, or
// nil if what it selects first is none.
func (m *xmlManager) element(t *vm.Thread, fn string, a vm.Args) (*domNode, error) {
	p, ok, err := m.place(t, fn, a)
	if !ok || p.attr >= 0 || p.node.kind != domElement {
		return nil, err
	}
	return p.node, err
}

// XPathHasNode(cPath) → whether the expression selects anything. Source: TDN.
func (m *xmlManager) hasNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	_, ok, err := m.place(t, "XPATHHASNODE", a)
	return vm.Bool(ok), err
}

// XPathGetNodeValue(cPath[, lDecode]) → the text of the first node or attribute that the
// expression selects, with that of the nodes in it; "" if there is none. lDecode overrides
// bDecodeUtf8. Source: TDN.
func (m *xmlManager) getNodeValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	decode, err := optBool("XPATHGETNODEVALUE", a, 1, m.decode)
	if err != nil {
		return vm.Value{}, err
	}
	p, ok, err := m.place(t, "XPATHGETNODEVALUE", a)
	if err != nil || !ok {
		return vm.Str(""), err
	}
	return m.textOf(t, p, decode)
}

// XPathChildCount(cPath) → how many elements the first element has that the expression
// selects; 0 if there is none. Source: TDN.
func (m *xmlManager) childCount(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHCHILDCOUNT", a)
	if err != nil || n == nil {
		return vm.Int(0), err
	}
	return vm.Int(n.countElements()), nil
}

// countElements returns how many elements are in n.
func (n *domNode) countElements() int {
	count := 0
	for range n.elements() {
		count++
	}
	return count
}

// XPathGetChildArray(cPath) → an array of the elements in the first element that the
// expression selects: {cName, cPath, cText} each, cPath being an expression for it. Source: TDN.
func (m *xmlManager) getChildArray(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHGETCHILDARRAY", a)
	if err != nil {
		return vm.Value{}, err
	}
	return m.childArray(t, n, true)
}

// childArray returns an array of the elements in n, which may be nil: name, path and text.
func (m *xmlManager) childArray(t *vm.Thread, n *domNode, paths bool) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	if n == nil {
		return vm.ArrayOf(arr), nil
	}
	h := hold{thread: t}
	steps := newDOMSteps(n)
	for c := range n.elements() {
		if err := pollEvery(t, len(arr.Elems)); err != nil {
			return vm.Value{}, err
		}
		text, err := c.inner(&h)
		if err != nil {
			return vm.Value{}, err
		}
		parts := []string{c.name, text}
		if paths {
			parts = []string{c.name, steps.path(c), text}
		}
		if err := m.addRow(&h, arr, parts...); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// addRow appends an array of texts.
func (m *xmlManager) addRow(h *hold, arr *vm.ArrayValue, parts ...string) error {
	row := make([]vm.Value, len(parts))
	for i, s := range parts {
		if err := h.charge(len(s)); err != nil {
			return err
		}
		if m.decode {
			s = fromXML(s)
		}
		row[i] = vm.Str(s)
	}
	return h.addRow(arr, row...)
}

// domSteps gives the paths of the elements in one element, one after the other.
type domSteps struct {
	base   string
	total  map[string]int
	passed map[string]int
}

func newDOMSteps(n *domNode) *domSteps {
	s := &domSteps{base: n.path(), total: map[string]int{}, passed: map[string]int{}}
	for c := range n.elements() {
		s.total[qualified(c.prefix, c.name)]++
	}
	return s
}

// path returns what n.path does, for the next element.
func (s *domSteps) path(n *domNode) string {
	name := qualified(n.prefix, n.name)
	s.passed[name]++
	if s.total[name] == 1 {
		return s.base + "/" + name
	}
	return s.base + "/" + name + "[" + strconv.Itoa(s.passed[name]) + "]"
}

// XPathGetAttArray(cPath) → an array of the attributes of the first element that the
// expression selects: {cName, cValue} each. Source: TDN.
func (m *xmlManager) getAttArray(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHGETATTARRAY", a)
	if err != nil {
		return vm.Value{}, err
	}
	return m.attArray(t, n)
}

// attArray returns an array of the attributes of n, which may be nil.
func (m *xmlManager) attArray(t *vm.Thread, n *domNode) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	if n == nil {
		return vm.ArrayOf(arr), nil
	}
	h := hold{thread: t}
	for _, a := range n.attrs {
		if err := m.addRow(&h, arr, a.name, a.value); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// XPathHasAtt(cPath[, cAttribute]) → whether the first element that the expression selects
// has the attribute, or, without cAttribute, any. Source: TDN.
func (m *xmlManager) hasAtt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHHASATT", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	return n.has("XPATHHASATT", a, 1)
}

// has tells whether n has the attribute that an argument names, or any.
func (n *domNode) has(fn string, a vm.Args, i int) (vm.Value, error) {
	if a.Get(i).IsNil() {
		return vm.Bool(len(n.attrs) > 0), nil
	}
	name, err := argText(fn, a, i)
	return vm.Bool(n.attribute(intoXML(name)) >= 0), err
}

// XPathGetAtt(cPath, cAttribute) → the value of an attribute of the first element that the
// expression selects; "" if there is none. Source: TDN.
func (m *xmlManager) getAtt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHGETATT", a)
	if err != nil || n == nil {
		return vm.Str(""), err
	}
	return m.attValue(t, "XPATHGETATT", n, a, 1)
}

// attValue returns the value of the attribute that an argument names.
func (m *xmlManager) attValue(t *vm.Thread, fn string, n *domNode, a vm.Args, i int) (vm.Value, error) {
	name, err := argText(fn, a, i)
	if err != nil {
		return vm.Value{}, err
	}
	at := n.attribute(intoXML(name))
	if at < 0 {
		return vm.Str(""), nil
	}
	return m.result(t, n.attrs[at].value, m.decode)
}

// XPathAddAtt(cPath, cAttribute, cValue), XPathSetAtt(…) → .T. after the first element that the
// expression selects has the attribute with the value. Source: TDN.
func (m *xmlManager) setAtt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHSETATT", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	return m.assignAtt(t, "XPATHSETATT", n, a, 1)
}

// XPathDelAtt(cPath, cAttribute) → whether the first element that the expression selects had
// the attribute, which it has no more. Source: TDN.
func (m *xmlManager) delAtt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHDELATT", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	return m.dropAtt("XPATHDELATT", n, a, 1)
}

// XPathSetNode(cPath, cName, cValue) → .T. after the first element that the expression
// selects has the name, if that is not empty, and the text instead of all in it. In
// cValue &amp; and the like stand for their characters. Source: TDN.
func (m *xmlManager) setNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHSETNODE", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	return m.assign(t, "XPATHSETNODE", n, a, 1)
}

// XPathAddNode(cPath, cName, cValue) → .T. after the first element that the expression
// selects has one more element, the last, with the name and text. Without a prefix it is
// of the same namespace. In cValue &amp; and the like stand for their characters. Source: TDN.
func (m *xmlManager) addNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHADDNODE", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	return m.addElement(t, "XPATHADDNODE", n, a, 1)
}

// XPathDelNode(cPath) → whether the expression selects an element, which is removed with all
// in it; the root element cannot be. If the current element goes, its parent is current. Source: TDN.
func (m *xmlManager) delNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHDELNODE", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	return m.dropElement("XPATHDELNODE", n)
}

// XPathRegisterNs(cPrefix, cURI) → .T.; in expressions the prefix stands for the namespace. Source: TDN.
func (m *xmlManager) registerNs(t *vm.Thread, a vm.Args) (vm.Value, error) {
	pair, err := m.namePair("XPATHREGISTERNS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if !isXMLName(pair[0]) {
		m.fail("XPATHREGISTERNS: " + fromXML(pair[0]) + " is no prefix")
		return vm.Bool(false), nil
	}
	for i := range m.spaces {
		if m.spaces[i][0] == pair[0] {
			m.spaces[i] = pair
			return vm.Bool(true), nil
		}
	}
	if err := t.Charge(domAttrBytes + len(pair[0]) + len(pair[1])); err != nil {
		return vm.Value{}, err
	}
	m.spaces = append(m.spaces, pair)
	return vm.Bool(true), nil
}

// namePair returns two texts from the arguments, in UTF-8.
func (m *xmlManager) namePair(fn string, a vm.Args, i int) ([2]string, error) {
	first, err := argText(fn, a, i)
	if err != nil {
		return [2]string{}, err
	}
	second, err := argText(fn, a, i+1)
	return [2]string{intoXML(first), intoXML(second)}, err
}

// XPathRegisteredNsList() → an array of {cPrefix, cURI} of what XPathRegisterNs has registered. Source: TDN.
func (m *xmlManager) registeredNsList(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return m.pairs(t, m.spaces)
}

// XPathGetRootNsList() → an array of {cPrefix, cURI} of the namespaces that the root element
// declares; the prefix of the default namespace is "xmlns". Source: TDN.
func (m *xmlManager) rootNsList(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	var list [][2]string
	if m.document != nil {
		for _, d := range m.document.root().spaces {
			list = append(list, [2]string{rootPrefix(d), d.value})
		}
	}
	return m.pairs(t, list)
}

func (m *xmlManager) pairs(t *vm.Thread, list [][2]string) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for _, pair := range list {
		if err := m.addRow(&h, arr, pair[0], pair[1]); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// XPathAddNs(cPath, cPrefix, cURI) → .T. after the first element that the expression selects
// declares the prefix, "" for the default namespace. Source: public programs.
func (m *xmlManager) addNs(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := m.element(t, "XPATHADDNS", a)
	if err != nil || n == nil {
		return vm.Bool(false), err
	}
	pair, err := m.namePair("XPATHADDNS", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	if pair[0] != "" && !isXMLName(pair[0]) {
		m.fail("XPATHADDNS: " + fromXML(pair[0]) + " is no prefix")
		return vm.Bool(false), nil
	}
	if len(n.spaces) >= xmlAttributes {
		m.fail("XPATHADDNS: the element declares too many namespaces")
		return vm.Bool(false), nil
	}
	return vm.Bool(true), m.declare(t, n, domAttr{name: pair[0], value: pair[1]})
}
