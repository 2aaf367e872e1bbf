package lib

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"appserver/internal/advpl/vm"
)

// Bounds of documents, beside the size of a string and the thread's memory.
const (
	xmlDepth      = 1000   // how deep elements may be nested
	xmlAttributes = 10_000 // of one element
)

// xmlSink builds something of a document.
type xmlSink interface {
	// token takes the next part of the document: a StartElement or EndElement, whose
	// prefix is the name's Space, CharData, Comment, ProcInst or Directive, in UTF-8. What
	// it refers to is gone after the call. cdata tells text that stood in a CDATA section.
	// The error ends the native.
	token(part xml.Token, cdata bool) error
}

// xmlReport says how reading went.
type xmlReport struct {
	fault   string // where and why the text is no document; "" if it is one
	warning string
	code    int // of XMLError
}

// readXML hands the parts of a document to the sink. No entities are known but those of
// XML itself: a document type is passed on unread, nothing is fetched or expanded. The
// text is in the encoding that it declares or marks, in UTF-8 or in the code page. err
// ends the native.
func readXML(t *vm.Thread, s string, sink xmlSink) (xmlReport, error) {
	text, warning, fault, err := decodeXML(t, s)
	if err != nil || fault != "" {
		return xmlReport{fault: fault, code: xmlInvalid}, err
	}
	p := &xmlParser{source: xmlSource{thread: t, text: text}, sink: sink}
	p.decoder = xml.NewDecoder(&p.source)
	p.decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	err = p.run()
	if p.fault != "" {
		return xmlReport{fault: p.fault, code: xmlInvalid}, err
	}
	return xmlReport{warning: warning}, err
}

// xmlParser checks what the decoder does not: that elements nest and that there is one
// root.
type xmlParser struct {
	source  xmlSource
	decoder *xml.Decoder
	sink    xmlSink
	open    []xml.Name
	rooted  bool // the root has begun
	fault   string
}

func (p *xmlParser) run() error {
	for turn := 0; p.fault == ""; turn++ {
		if err := pollEvery(p.source.thread, turn); err != nil {
			return err
		}
		at := int(p.decoder.InputOffset())
		if !p.enter(at) {
			return nil
		}
		tok, err := p.decoder.RawToken()
		if err == io.EOF {
			p.finish(at)
			return nil
		}
		if err != nil {
			return p.broken(err)
		}
		if p.nest(tok, at); p.fault != "" {
			return nil
		}
		if err := p.sink.token(tok, strings.HasPrefix(p.source.text[at:], "<![CDATA[")); err != nil {
			return err
		}
	}
	return nil
}

// fail records a fault at an offset of the text.
func (p *xmlParser) fail(at int, format string, args ...any) {
	before := p.source.text[:at]
	line := 1 + strings.Count(before, "\n")
	column := at - strings.LastIndexByte(before, '\n')
	what := pageText(fmt.Sprintf(format, args...))
	if len(what) > 300 {
		what = what[:300] + "..."
	}
	p.fault = fmt.Sprintf("line %d, column %d: %s", line, column, what)
}

// broken tells a fault of the document from an error of the thread.
func (p *xmlParser) broken(err error) error {
	if p.source.err != nil {
		return p.source.err
	}
	what := err.Error()
	if syntax := new(xml.SyntaxError); errors.As(err, &syntax) {
		what = syntax.Msg
	}
	p.fail(min(int(p.decoder.InputOffset()), len(p.source.text)), "%s", what)
	return nil
}

// enter looks at the token that begins at an offset, before it is decoded: in a start tag
// line ends and tabs count as blanks, and too many attributes are a fault. It reports
// whether reading goes on.
func (p *xmlParser) enter(at int) bool {
	text := p.source.text[at:]
	if len(text) < 2 || text[0] != '<' || strings.IndexByte("!?/", text[1]) >= 0 {
		return true
	}
	length, attributes := scanTag(text)
	if attributes > xmlAttributes {
		p.fail(at, "an element has more than %d attributes", xmlAttributes)
		return false
	}
	p.source.tagEnd = at + length
	return true
}

// scanTag returns how long the tag is with which text begins, and how many attributes it
// has; it does not look further once these are too many.
func scanTag(text string) (length, attributes int) {
	quote := byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '=':
			attributes++
		case c == '>':
			return i, attributes
		}
		if attributes > xmlAttributes {
			break
		}
	}
	return len(text), attributes
}

// nest checks a token that begins at an offset.
func (p *xmlParser) nest(tok xml.Token, at int) {
	switch tok := tok.(type) {
	case xml.StartElement:
		p.start(tok, at)
	case xml.EndElement:
		p.end(tok.Name, at)
	case xml.CharData:
		if len(p.open) == 0 && len(strings.TrimLeft(string(tok), " \t\r\n")) > 0 {
			p.fail(at, "text outside of the root element")
		}
	}
}

func (p *xmlParser) start(tok xml.StartElement, at int) {
	switch {
	case len(p.open) == 0 && p.rooted:
		p.fail(at, "a second root element <%s>", xmlName(tok.Name))
	case len(p.open) == xmlDepth:
		p.fail(at, "elements are nested more than %d deep", xmlDepth)
	case repeats(tok.Attr):
		p.fail(at, "element <%s> has an attribute twice", xmlName(tok.Name))
	}
	p.rooted = true
	p.open = append(p.open, tok.Name)
}

// repeats tells whether an attribute stands twice.
func repeats(attrs []xml.Attr) bool {
	if len(attrs) < 2 {
		return false
	}
	seen := make(map[xml.Name]bool, len(attrs))
	for _, a := range attrs {
		if seen[a.Name] {
			return true
		}
		seen[a.Name] = true
	}
	return false
}

func (p *xmlParser) end(name xml.Name, at int) {
	n := len(p.open) - 1
	switch {
	case n < 0:
		p.fail(at, "</%s> closes no element", xmlName(name))
	case p.open[n] != name:
		p.fail(at, "element <%s> is closed by </%s>", xmlName(p.open[n]), xmlName(name))
	default:
		p.open = p.open[:n]
	}
}

// finish checks the document at its end.
func (p *xmlParser) finish(at int) {
	switch {
	case len(p.open) > 0:
		p.fail(at, "element <%s> is not closed", xmlName(p.open[len(p.open)-1]))
	case !p.rooted:
		p.fail(at, "there is no root element")
	}
}

// xmlName returns a name as the document writes it.
func xmlName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// xmlSource is what the decoder reads. It polls, so that also one very long part of a
// document can be given up.
type xmlSource struct {
	thread *vm.Thread
	text   string
	pos    int
	tagEnd int // up to here a start tag goes
	err    error
}

// ReadByte returns the next byte.
func (s *xmlSource) ReadByte() (byte, error) {
	if s.pos == len(s.text) {
		return 0, io.EOF
	}
	if s.pos&0xFFFF == 0xFFFF {
		if s.err = s.thread.Poll(); s.err != nil {
			return 0, s.err
		}
	}
	c := s.text[s.pos]
	if s.pos < s.tagEnd && (c == '\n' || c == '\t') {
		c = ' '
	}
	s.pos++
	return c, nil
}

// Read makes s an io.Reader, as which decoders take it; they prefer ReadByte.
func (s *xmlSource) Read(p []byte) (int, error) {
	for i := range p {
		c, err := s.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = c
	}
	return len(p), nil
}

// xmlEncodings are the encodings of documents beside UTF-8, by the name that they declare.
var xmlEncodings = map[string]encoding.Encoding{
	"iso-8859-1": page, "latin1": page, "windows-1252": page, "cp1252": page,
	"iso-8859-2": charmap.ISO8859_2, "iso-8859-15": charmap.ISO8859_15,
	"windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251,
	"ibm437": charmap.CodePage437, "ibm850": charmap.CodePage850, "cp437": charmap.CodePage437, "cp850": charmap.CodePage850,
}

// decodeXML returns a document in UTF-8, with the line ends of XML.
func decodeXML(t *vm.Thread, s string) (text, warning, fault string, err error) {
	if err := t.CheckString(len(s)); err != nil {
		return "", "", "", err
	}
	if err := t.Charge(2 * len(s)); err != nil {
		return "", "", "", err
	}
	text, warning, fault = xmlUTF8(s)
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return text, warning, fault, nil
}

func xmlUTF8(s string) (text, warning, fault string) {
	switch {
	case strings.HasPrefix(s, "\xFF\xFE") || strings.HasPrefix(s, "\xFE\xFF"):
		text, _ = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().String(s)
		return text, "", ""
	case strings.HasPrefix(s, "\uFEFF"):
		return strings.TrimPrefix(s, "\uFEFF"), "", ""
	}
	label := strings.ToLower(declaredEncoding(s))
	switch label {
	case "":
		if utf8.ValidString(s) {
			return s, "", ""
		}
		return toUTF8(s), "", ""
	case "utf-8", "utf8", "utf-16", "us-ascii", "ascii":
		if utf8.ValidString(s) {
			return s, "", ""
		}
		return toUTF8(s), "the document declares " + label + " but is not; it was read as windows-1252", ""
	}
	enc, ok := xmlEncodings[label]
	if !ok {
		return "", "", "the encoding " + label + " is not known"
	}
	if enc == page {
		return toUTF8(s), "", ""
	}
	text, _ = enc.NewDecoder().String(s)
	return text, "", ""
}

// declaredEncoding returns the encoding in the XML declaration at the beginning of s.
func declaredEncoding(s string) string {
	s = strings.TrimLeft(s, " \t\r\n")
	if !strings.HasPrefix(s, "<?xml") {
		return ""
	}
	declaration, _, _ := strings.Cut(s[:min(len(s), 200)], "?>")
	return pseudoAttribute(declaration, "encoding")
}

// pseudoAttribute returns the value of name="…" in an XML declaration.
func pseudoAttribute(declaration, name string) string {
	_, rest, found := strings.Cut(declaration, name)
	rest = strings.TrimLeft(rest, " \t\r\n=")
	if !found || rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	value, _, _ := strings.Cut(rest[1:], rest[:1])
	return value
}

// fromXML returns UTF-8 as a string of programs: in the code page, or as it is if that
// lacks one of its characters.
func fromXML(s string) string {
	if text, ok := fromUTF8(s); ok {
		return text
	}
	return s
}

// intoXML returns a string of programs, in the code page or UTF-8, as UTF-8.
func intoXML(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return toUTF8(s)
}
