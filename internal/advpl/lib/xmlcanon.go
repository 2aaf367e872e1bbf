package lib

import (
	"cmp"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

// XmlC14N(cXml, cOption, @cError, @cWarning) → the canonical form of a document, in UTF-8
// (Canonical XML 1.0); "" if it is none, and cError says where and why. With "exc" in
// cOption, in any case, it is the exclusive form (Exclusive XML Canonicalization 1.0), with
// "comments" comments stay; so the identifiers of signatures can be given, as
// "http://www.w3.org/2001/10/xml-exc-c14n#WithComments". Source: TDN; the options are our own.
func xmlC14N(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("XMLC14N", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return canonical(t, "XMLC14N", a, s)
}

// XmlC14NFile(cFile, cOption, @cError, @cWarning) → what XmlC14N gives for the content of a
// file below RootPath; "" if it cannot be read, and cError says why. Source: TDN.
func xmlC14NFile(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("XMLC14NFILE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s, report, err := xmlFileText(t, name)
	if err != nil {
		return vm.Value{}, err
	}
	if report.fault != "" {
		a.Set(2, vm.Str(report.fault))
		return vm.Str(""), nil
	}
	return canonical(t, "XMLC14NFILE", a, s)
}

func canonical(t *vm.Thread, fn string, a vm.Args, s string) (vm.Value, error) {
	option, err := optText(fn, a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	b, report, err := buildDOM(t, s, false)
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(2, vm.Str(report.fault))
	a.Set(3, vm.Str(report.warning))
	if report.fault != "" {
		return vm.Str(""), nil
	}
	option = strings.ToLower(option)
	w := &canonWriter{
		xmlWriter: xmlWriter{thread: t},
		exclusive: strings.Contains(option, "exc"),
		comments:  strings.Contains(option, "comments"),
	}
	w.document(b.top)
	return vm.Str(w.text.String()), w.err
}

// canonWriter writes the canonical form of documents.
type canonWriter struct {
	xmlWriter
	exclusive bool
	comments  bool
	shown     []domAttr // the namespaces that the open elements have declared, innermost last
}

// What is escaped in the canonical form.
const (
	canonTextSpecial  = "&<>\r"
	canonValueSpecial = "&<\"\t\n\r"
)

// document writes the nodes of a document; those beside the root stand on lines of their own.
func (w *canonWriter) document(top *domNode) {
	rooted := false
	for c := range top.children() {
		switch {
		case c.kind == domElement:
			w.element(c)
			rooted = true
		case c.kind == domInstruction || c.kind == domComment && w.comments:
			if rooted {
				w.markup("\n")
			}
			w.node(c)
			if !rooted {
				w.markup("\n")
			}
		}
	}
}

func (w *canonWriter) node(n *domNode) {
	switch n.kind {
	case domElement:
		w.element(n)
	case domText, domCData:
		w.canonical(n.text, canonTextSpecial)
	case domComment:
		if w.comments {
			w.markup("<!--", n.text, "-->")
		}
	case domInstruction:
		w.markup("<?", n.name)
		if n.text != "" {
			w.markup(" ", n.text)
		}
		w.markup("?>")
	}
}

func (w *canonWriter) element(n *domNode) {
	name, shown := qualified(n.prefix, n.name), len(w.shown)
	w.markup("<", name)
	for _, s := range w.declarations(n) {
		w.attribute(strings.TrimSuffix("xmlns:"+s.name, ":"), s.value)
		w.shown = append(w.shown, s)
	}
	for _, a := range sortedAttributes(n.attrs) {
		w.attribute(qualified(a.prefix, a.name), a.value)
	}
	w.markup(">")
	for c := range n.children() {
		w.node(c)
	}
	w.markup("</", name, ">")
	w.shown = w.shown[:shown]
}

func (w *canonWriter) attribute(name, value string) {
	w.markup(" ", name, `="`)
	w.canonical(value, canonValueSpecial)
	w.markup(`"`)
}

// sortedAttributes returns attributes by namespace and name.
func sortedAttributes(attrs []domAttr) []domAttr {
	return slices.SortedFunc(slices.Values(attrs), func(a, b domAttr) int {
		return cmp.Or(cmp.Compare(a.space, b.space), cmp.Compare(a.name, b.name))
	})
}

// declarations returns the namespaces that n has to declare, by prefix.
func (w *canonWriter) declarations(n *domNode) []domAttr {
	var list []domAttr
	for _, s := range w.candidates(n) {
		if !w.room(0) {
			return nil
		}
		old, found := w.declared(s.name)
		if s.name != "xml" && (found || s.value != "") && old != s.value {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b domAttr) int { return cmp.Compare(a.name, b.name) })
	return slices.Compact(list)
}

// candidates returns the namespaces that n declares; in the exclusive form those of its own
// name and its attributes' names.
func (w *canonWriter) candidates(n *domNode) []domAttr {
	if !w.exclusive {
		return n.spaces
	}
	uri, _ := n.resolve(n.prefix)
	list := []domAttr{{name: n.prefix, value: uri}}
	for _, a := range n.attrs {
		if a.prefix != "" {
			list = append(list, domAttr{name: a.prefix, value: a.space})
		}
	}
	return list
}

// declared returns what a prefix stands for in what is written, and whether it was declared.
func (w *canonWriter) declared(prefix string) (string, bool) {
	for i := len(w.shown) - 1; i >= 0; i-- {
		if w.shown[i].name == prefix {
			return w.shown[i].value, true
		}
	}
	return "", false
}

// canonical writes text with the escapes of the canonical form.
func (w *canonWriter) canonical(s, special string) {
	for s != "" {
		i := strings.IndexAny(s, special)
		if i < 0 {
			w.markup(s)
			return
		}
		w.markup(s[:i], canonEscapes[s[i]])
		s = s[i+1:]
	}
}

var canonEscapes = map[byte]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\t': "&#x9;", '\n': "&#xA;", '\r': "&#xD;",
}
