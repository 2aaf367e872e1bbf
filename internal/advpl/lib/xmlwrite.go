package lib

import (
	"cmp"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"appserver/internal/advpl/vm"
)

// xmlWriter writes XML, in UTF-8 unless code is set. The first error stays.
type xmlWriter struct {
	thread *vm.Thread
	text   strings.Builder
	asked  int // bytes that the thread has granted
	turns  int
	err    error
	code   func(rune) (byte, bool) // the encoding, if that is not UTF-8; what it lacks is written as a number
	lacks  bool                    // the encoding lacks a character that cannot be written as a number
	utf8   bool                    // write UTF-8 whatever is asked for
}

// write writes with f; once more, in UTF-8, if names or the like need that.
func (w *xmlWriter) write(f func()) (string, error) {
	if f(); w.lacks && w.err == nil {
		w.text.Reset()
		w.code, w.asked, w.utf8 = nil, 0, true
		f()
	}
	return w.text.String(), w.err
}

// room asks for the memory of n bytes more, and polls. It reports whether writing goes on.
func (w *xmlWriter) room(n int) bool {
	if w.err != nil {
		return false
	}
	w.turns++
	if w.err = pollEvery(w.thread, w.turns); w.err != nil {
		return false
	}
	need := w.text.Len() + n + 32
	if need > w.asked {
		w.err = w.thread.CheckString(need)
		w.asked = need + need/2
	}
	return w.err == nil
}

// markup writes names and punctuation.
func (w *xmlWriter) markup(parts ...string) {
	for _, s := range parts {
		if !w.room(len(s)) {
			return
		}
		if w.code == nil || isASCII(s) {
			w.text.WriteString(s)
			continue
		}
		for _, r := range s {
			if c, ok := w.code(r); ok || r < utf8.RuneSelf {
				w.text.WriteByte(cmp.Or(c, byte(r)))
			} else {
				w.lacks = true
			}
		}
	}
}

// What is escaped in the text of elements and in the values of attributes.
const (
	xmlTextSpecial  = "&<>\r"
	xmlValueSpecial = "&<>\"\t\n\r"
)

var xmlEscapes = map[rune]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\t': "&#9;", '\n': "&#10;", '\r': "&#13;",
}

// escaped writes text, which is UTF-8. Characters that XML forbids become question marks.
func (w *xmlWriter) escaped(s, special string) {
	for len(s) > 0 && w.room(6*min(len(s), 4096)) {
		n := min(len(s), 4096)
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n++
		}
		for _, r := range s[:n] {
			switch {
			case strings.ContainsRune(special, r):
				w.text.WriteString(xmlEscapes[r])
			case !isXMLChar(r):
				w.text.WriteByte('?')
			default:
				w.char(r)
			}
		}
		s = s[n:]
	}
}

// char writes a character.
func (w *xmlWriter) char(r rune) {
	if w.code == nil || r < utf8.RuneSelf {
		w.text.WriteRune(r)
		return
	}
	if c, ok := w.code(r); ok {
		w.text.WriteByte(c)
		return
	}
	fmt.Fprintf(&w.text, "&#x%X;", r)
}

// isXMLChar tells the characters that a document may hold.
func isXMLChar(r rune) bool {
	return r >= ' ' && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// encodeAs makes w write the encoding that a document declares and returns how to declare
// it. That is UTF-8 or one of those of single bytes; else w writes ASCII, which needs no
// declaration, and the result is "".
func (w *xmlWriter) encodeAs(label string) string {
	name := strings.ToLower(label)
	switch {
	case w.utf8 && name != "":
		return "UTF-8"
	case w.utf8 || name == "utf-8" || name == "utf8":
		return label
	}
	switch name {
	case "iso-8859-1", "latin1":
		w.code = func(r rune) (byte, bool) { return byte(r), r <= 0xFF }
		return label
	}
	if enc, ok := xmlEncodings[name].(interface{ EncodeRune(rune) (byte, bool) }); ok {
		w.code = enc.EncodeRune
		return label
	}
	w.code = func(rune) (byte, bool) { return 0, false }
	return ""
}

// declaration writes an XML declaration.
func (w *xmlWriter) declaration(encoding, standalone string) {
	w.markup(`<?xml version="1.0"`)
	if encoding = w.encodeAs(encoding); encoding != "" {
		w.markup(` encoding="`, encoding, `"`)
	}
	if standalone == "yes" || standalone == "no" {
		w.markup(` standalone="`, standalone, `"`)
	}
	w.markup("?>")
}

// xmlSaver writes the objects of XmlParser.
type xmlSaver struct {
	xmlWriter
	lines bool // one element a line
}

// document writes o with all that it holds. A document that has a declaration begins with
// it, and is in the encoding that it names.
func (s *xmlSaver) document(o *xmlObject) (string, error) {
	return s.write(func() {
		s.prolog(o)
		if o.realName != "" {
			s.element(o, 0)
		} else {
			s.elements(o, 0)
		}
	})
}

// prolog writes the declaration of a document, if it has one.
func (s *xmlSaver) prolog(o *xmlObject) {
	if o.declared == nil {
		s.encodeAs("")
		return
	}
	s.declaration(o.declared.value("_ENCODING"), o.declared.value("_STANDALONE"))
	s.newLine()
}

// value returns the text of a member, or "".
func (o *xmlObject) value(name string) string {
	if v, ok := o.members.get(name); ok {
		for child := range xmlEach(v) {
			return child.text
		}
	}
	return ""
}

func (s *xmlSaver) newLine() {
	if s.lines {
		s.markup("\r\n")
	}
}

// element writes an element.
func (s *xmlSaver) element(o *xmlObject, depth int) {
	if depth > xmlDepth && s.err == nil {
		s.err = vm.Errorf(vm.GenComplexity, "XML", "nodes are nested more than %d deep, or hold each other", xmlDepth)
	}
	if s.err != nil {
		return
	}
	name := intoXML(o.realName)
	s.markup("<", name)
	s.attributes(o)
	nested := o.hasElements()
	if o.text == "" && !nested {
		s.markup("/>")
		s.newLine()
		return
	}
	s.markup(">")
	s.escaped(intoXML(o.text), xmlTextSpecial)
	if nested {
		s.newLine()
		s.elements(o, depth)
	}
	s.markup("</", name, ">")
	s.newLine()
}

// hasElements tells whether o holds elements.
func (o *xmlObject) hasElements() bool {
	for range o.parts(false) {
		return true
	}
	return false
}

// parts walks the attributes, or the elements, that o holds.
func (o *xmlObject) parts(attributes bool) iter.Seq[*xmlObject] {
	return func(yield func(*xmlObject) bool) {
		for _, member := range o.members.all() {
			for child := range xmlEach(member) {
				if (child.kind == "ATT") == attributes && !yield(child) {
					return
				}
			}
		}
	}
}

func (s *xmlSaver) elements(o *xmlObject, depth int) {
	for child := range o.parts(false) {
		s.element(child, depth+1)
	}
}

func (s *xmlSaver) attributes(o *xmlObject) {
	for a := range o.parts(true) {
		s.markup(" ", intoXML(a.realName), `="`)
		s.escaped(intoXML(a.text), xmlValueSpecial)
		s.markup(`"`)
	}
}
