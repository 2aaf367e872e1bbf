package lib

import (
	"strings"
	"unicode"

	"appserver/internal/advpl/vm"
)

// charge asks for the memory of what the document is about to hold.
func (m *xmlManager) charge(t *vm.Thread, n int) error {
	if err := t.Charge(n); err != nil {
		return err
	}
	m.size += n
	return nil
}

// isXMLName tells whether s is a name without a prefix.
func isXMLName(s string) bool {
	for i, r := range s {
		first := r == '_' || unicode.IsLetter(r)
		if !first && (i == 0 || r != '-' && r != '.' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// newName returns prefix and name in an argument, which is optional if it may be empty. It
// records a fault and reports false if there is no such name.
func (m *xmlManager) newName(fn string, a vm.Args, i int, empty bool) (prefix, name string, ok bool, err error) {
	s, err := optText(fn, a, i, "")
	if err != nil {
		return "", "", false, err
	}
	s = intoXML(s)
	if s == "" && empty {
		return "", "", true, nil
	}
	prefix, name, found := strings.Cut(s, ":")
	if !found {
		prefix, name = "", s
	}
	if found && !isXMLName(prefix) || !isXMLName(name) {
		m.fail(fn + ": " + fromXML(s) + " is no name of XML")
		return "", "", false, nil
	}
	return prefix, name, true, nil
}

// newText returns the text in an argument, with its entities resolved.
func (m *xmlManager) newText(t *vm.Thread, fn string, a vm.Args, i int) (string, error) {
	s, err := optText(fn, a, i, "")
	if err != nil {
		return "", err
	}
	return entityText(intoXML(s)), t.CheckString(2 * len(s))
}

// assign gives n the name and text in the arguments from i on.
func (m *xmlManager) assign(t *vm.Thread, fn string, n *domNode, a vm.Args, i int) (vm.Value, error) {
	prefix, name, ok, err := m.newName(fn, a, i, true)
	if err != nil || !ok {
		return vm.Bool(false), err
	}
	text, err := m.newText(t, fn, a, i+1)
	if err != nil {
		return vm.Value{}, err
	}
	if err := m.charge(t, len(name)+textSize(text)); err != nil {
		return vm.Value{}, err
	}
	if name != "" {
		m.size -= len(n.name)
		n.name = name
		if prefix != "" {
			n.prefix = prefix
		}
	}
	m.release(n)
	n.setText(text)
	return vm.Bool(true), n.qualify(t)
}

// setText makes a text all that n holds.
func (n *domNode) setText(text string) {
	n.clear()
	if text != "" {
		n.append(&domNode{kind: domText, text: text})
	}
}

// textSize returns about how many bytes setText takes.
func textSize(text string) int {
	if text == "" {
		return 0
	}
	return domNodeBytes + len(text)
}

// release counts what is in n as gone. If the current element is there, n is current.
func (m *xmlManager) release(n *domNode) {
	if m.current.within(n) {
		m.current = n
	}
	for c := range n.tree() {
		if c != n {
			m.size -= c.size()
		}
	}
}

// addElement adds an element with the name and text in the arguments from i on to n.
func (m *xmlManager) addElement(t *vm.Thread, fn string, n *domNode, a vm.Args, i int) (vm.Value, error) {
	prefix, name, ok, err := m.newName(fn, a, i, false)
	if err != nil || !ok {
		return vm.Bool(false), err
	}
	text, err := m.newText(t, fn, a, i+1)
	if err != nil {
		return vm.Value{}, err
	}
	if n.depth() >= xmlDepth {
		m.fail(fn + ": elements are nested too deep")
		return vm.Bool(false), nil
	}
	if prefix == "" {
		prefix = n.prefix
	}
	made := &domNode{kind: domElement, name: name, prefix: prefix}
	if err := m.charge(t, made.size()+textSize(text)); err != nil {
		return vm.Value{}, err
	}
	made.setText(text)
	n.append(made)
	return vm.Bool(true), made.qualify(t)
}

// dropElement removes an element.
func (m *xmlManager) dropElement(fn string, n *domNode) (vm.Value, error) {
	if n.parent == m.document {
		m.fail(fn + ": the root element cannot be removed")
		return vm.Bool(false), nil
	}
	m.release(n)
	m.size -= n.size()
	if m.current == n {
		m.current = n.parent
	}
	n.remove()
	return vm.Bool(true), nil
}

// assignAtt gives n the attribute with the name and value in the arguments from i on.
func (m *xmlManager) assignAtt(t *vm.Thread, fn string, n *domNode, a vm.Args, i int) (vm.Value, error) {
	prefix, name, ok, err := m.newName(fn, a, i, false)
	if err != nil || !ok {
		return vm.Bool(false), err
	}
	value, err := optText(fn, a, i+1, "")
	if err != nil {
		return vm.Value{}, err
	}
	value = intoXML(value)
	if prefix == "xmlns" || prefix == "" && name == "xmlns" {
		return vm.Bool(true), m.declare(t, n, domAttr{name: strings.TrimPrefix(name, "xmlns"), value: value})
	}
	if at := n.attribute(qualified(prefix, name)); at >= 0 {
		return vm.Bool(true), m.replace(t, &n.attrs[at].value, value)
	}
	if len(n.attrs) == xmlAttributes {
		m.fail(fn + ": the element has too many attributes")
		return vm.Bool(false), nil
	}
	if err := m.charge(t, domAttrBytes+len(name)+len(value)); err != nil {
		return vm.Value{}, err
	}
	n.attrs = append(n.attrs, domAttr{name: name, prefix: prefix, value: value})
	return vm.Bool(true), n.qualify(t)
}

// replace sets a text of the document.
func (m *xmlManager) replace(t *vm.Thread, text *string, with string) error {
	if err := m.charge(t, len(with)); err != nil {
		return err
	}
	m.size -= len(*text)
	*text = with
	return nil
}

// declare makes n declare a namespace, and finds those of all names in it anew.
func (m *xmlManager) declare(t *vm.Thread, n *domNode, d domAttr) error {
	if err := m.enter(t, n, d); err != nil {
		return err
	}
	for c := range n.tree() {
		if err := c.qualify(t); err != nil {
			return err
		}
	}
	return nil
}

// enter enters a declaration in n.
func (m *xmlManager) enter(t *vm.Thread, n *domNode, d domAttr) error {
	for i := range n.spaces {
		if n.spaces[i].name == d.name {
			return m.replace(t, &n.spaces[i].value, d.value)
		}
	}
	if err := m.charge(t, domAttrBytes+len(d.name)+len(d.value)); err != nil {
		return err
	}
	n.spaces = append(n.spaces, d)
	return nil
}

// dropAtt removes the attribute that an argument names.
func (m *xmlManager) dropAtt(fn string, n *domNode, a vm.Args, i int) (vm.Value, error) {
	name, err := argText(fn, a, i)
	if err != nil {
		return vm.Value{}, err
	}
	at := n.attribute(intoXML(name))
	if at < 0 {
		return vm.Bool(false), nil
	}
	m.size -= domAttrBytes + len(n.attrs[at].name) + len(n.attrs[at].value)
	n.attrs = append(n.attrs[:at], n.attrs[at+1:]...)
	return vm.Bool(true), nil
}
