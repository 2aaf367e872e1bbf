package lib

import "appserver/internal/advpl/vm"

// step makes an element the current one and reports whether there is one; with look it is
// only looked for.
func (m *xmlManager) step(to *domNode, look bool) (vm.Value, error) {
	if to == nil || to.kind != domElement {
		return vm.Bool(false), nil
	}
	if !look {
		m.current = to
	}
	return vm.Bool(true), nil
}

// The elements around the current one, or nil.

func (m *xmlManager) child() *domNode {
	if m.current == nil {
		return nil
	}
	return m.current.root()
}

func (m *xmlManager) parent() *domNode {
	if m.current == nil {
		return nil
	}
	return m.current.parent
}

func (m *xmlManager) sibling(back bool) *domNode {
	if m.current == nil {
		return nil
	}
	return m.current.sibling(back)
}

// DOMChildNode() → whether the current element has elements; the first is current now. Source: TDN.
func (m *xmlManager) domChildNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.child(), false)
}

// DOMParentNode() → whether the current element stands in another, which is current now. Source: TDN.
func (m *xmlManager) domParentNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.parent(), false)
}

// DOMNextNode() → whether an element follows the current one in their parent; it is current
// now. Source: TDN.
func (m *xmlManager) domNextNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.sibling(false), false)
}

// DOMPrevNode() → whether an element precedes the current one in their parent; it is current
// now. Source: TDN.
func (m *xmlManager) domPrevNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.sibling(true), false)
}

// DOMHasChildNode() → whether the current element has elements. Source: TDN.
func (m *xmlManager) domHasChildNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.child(), true)
}

// DOMHasParentNode() → whether the current element stands in another. Source: TDN.
func (m *xmlManager) domHasParentNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.parent(), true)
}

// DOMHasNextNode() → whether an element follows the current one in their parent. Source: TDN.
func (m *xmlManager) domHasNextNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.sibling(false), true)
}

// DOMHasPrevNode() → whether an element precedes the current one in their parent. Source: TDN.
func (m *xmlManager) domHasPrevNode(*vm.Thread, vm.Args) (vm.Value, error) {
	return m.step(m.sibling(true), true)
}

// DOMChildCount() → how many elements the current element has. Source: TDN.
func (m *xmlManager) domChildCount(*vm.Thread, vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Int(0), nil
	}
	return vm.Int(m.current.countElements()), nil
}

// DOMSiblingCount() → how many elements the parent of the current element has, with that
// itself. Source: TDN.
func (m *xmlManager) domSiblingCount(*vm.Thread, vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Int(0), nil
	}
	return vm.Int(m.current.parent.countElements()), nil
}

// DOMGetChildArray() → an array of the elements in the current element: {cName, cText} each. Source: TDN.
func (m *xmlManager) domGetChildArray(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return m.childArray(t, m.current, false)
}

// DOMGetAttArray() → an array of the attributes of the current element: {cName, cValue} each. Source: TDN.
func (m *xmlManager) domGetAttArray(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return m.attArray(t, m.current)
}

// DOMHasAtt([cAttribute]) → whether the current element has the attribute, or, without
// cAttribute, any. Source: TDN.
func (m *xmlManager) domHasAtt(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Bool(false), nil
	}
	return m.current.has("DOMHASATT", a, 0)
}

// DOMGetAtt(cAttribute) → the value of an attribute of the current element, or "". Source: TDN.
func (m *xmlManager) domGetAtt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Str(""), nil
	}
	return m.attValue(t, "DOMGETATT", m.current, a, 0)
}

// DOMAddAtt(cAttribute, cValue), DOMSetAtt(…) → .T. after the current element has the
// attribute with the value. Source: TDN.
func (m *xmlManager) domSetAtt(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Bool(false), nil
	}
	return m.assignAtt(t, "DOMSETATT", m.current, a, 0)
}

// DOMDelAtt(cAttribute) → whether the current element had the attribute, which it has no
// more. Source: TDN.
func (m *xmlManager) domDelAtt(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Bool(false), nil
	}
	return m.dropAtt("DOMDELATT", m.current, a, 0)
}

// DOMAddChildNode(cName, cValue) → .T. after the current element, which stays current, has
// one more element, as XPathAddNode adds it. Source: TDN.
func (m *xmlManager) domAddChildNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Bool(false), nil
	}
	return m.addElement(t, "DOMADDCHILDNODE", m.current, a, 0)
}

// DOMSetNode(cName, cValue) → .T. after the current element has the name and text, as
// XPathSetNode gives them. Source: TDN.
func (m *xmlManager) domSetNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Bool(false), nil
	}
	return m.assign(t, "DOMSETNODE", m.current, a, 0)
}

// DOMDelNode() → whether the current element could be removed with all in it: the root
// cannot. Its parent is current then. Source: TDN.
func (m *xmlManager) domDelNode(*vm.Thread, vm.Args) (vm.Value, error) {
	if m.current == nil {
		return vm.Bool(false), nil
	}
	return m.dropElement("DOMDELNODE", m.current)
}
