package lib

import (
	"strconv"
	"strings"

	"appserver/internal/advpl/vm"
)

// xmlManager is an object of TXmlManager: a document with a current element.
type xmlManager struct {
	self        vm.Value // what New returns
	document    *domNode // nil: none was read
	current     *domNode // an element of it
	declaration string
	size        int         // of the document, in bytes
	spaces      [][2]string // registered prefixes and URIs
	errors      []string    // of methods, in the code page
	warning     string
	decode      bool // results are converted to the code page
}

// managerBytes is about what an object without a document takes.
const managerBytes = 300

// TXmlManager():New() → an object that reads, searches and changes a document. Its methods:
//
//	Parse(cXml), ParseFile(cFile)                 whether it is a document, which the object now holds
//	Read(cXml[, cURL[, cEncoding[, nOptions]]])   is Parse; the option Parse_noblanks leaves out blanks
//	ReadFile(cFile[, cEncoding[, nOptions]])      is ParseFile, with the same options
//	Save2String()                                 the text of the document
//	Save2File(cFile)                              whether that could be written to the file
//	Error(), LastError(), Warning()               texts of what went wrong, "" if nothing did
//	ResetErrors()                                 .T.; forgets these
//
// One element is the current one, the root at first; cName, cPath and cText are its name, an
// expression for it, and its text. These methods move it, and tell whether there is such an
// element, which those with Has only look for:
//
//	DOMChildNode(), DOMParentNode(), DOMNextNode(), DOMPrevNode()
//	DOMHasChildNode(), DOMHasParentNode(), DOMHasNextNode(), DOMHasPrevNode()
//
// These belong to it:
//
//	DOMChildCount(), DOMSiblingCount()            how many elements it has, and its parent has
//	DOMGetChildArray()                            its elements: {cName, cText} each
//	DOMGetAttArray()                              its attributes: {cName, cValue} each
//	DOMHasAtt([cName]), DOMGetAtt(cName)          whether it has the attribute, or any; its value
//	DOMAddAtt(cName, cValue), DOMSetAtt(…)        set an attribute
//	DOMDelAtt(cName)                              whether it had the attribute, which is gone
//	DOMAddChildNode(cName, cValue)                adds an element behind those it has
//	DOMSetNode(cName, cValue)                     gives it a name, unless that is "", and a text
//	DOMDelNode()                                  removes it; its parent is the current one then
//
// And these to the first that the expression cPath selects:
//
//	XPathHasNode(cPath)                           whether it selects anything
//	XPathGetNodeValue(cPath[, lDecode])           the text, of attributes too
//	XPathChildCount(cPath)                        how many elements it has
//	XPathGetChildArray(cPath)                     its elements: {cName, cPath, cText} each
//	XPathGetAttArray(cPath)                       its attributes: {cName, cValue} each
//	XPathHasAtt(cPath[, cName])                   whether it has the attribute, or any
//	XPathGetAtt(cPath, cName)                     the value of the attribute
//	XPathAddAtt(cPath, cName, cValue)             sets an attribute, as XPathSetAtt does
//	XPathDelAtt(cPath, cName)                     whether it had the attribute, which is gone
//	XPathAddNode(cPath, cName, cValue)            adds an element behind those it has
//	XPathSetNode(cPath, cName, cValue)            gives it a name, unless that is "", and a text
//	XPathDelNode(cPath)                           removes it; the root stays
//	XPathAddNs(cPath, cPrefix, cURI)              declares a namespace in it
//	XPathRegisterNs(cPrefix, cURI)                lets a prefix stand for a namespace in expressions
//	XPathRegisteredNsList(), XPathGetRootNsList() {cPrefix, cURI} of what was so registered; of the
//	                                              root, whose default namespace has the prefix xmlns
//
// cPath is an expression of XPath 1.0, 4,096 bytes at most. A name without a prefix also
// selects elements of a default namespace; a prefix is one that is registered or that the
// root declares. Texts given are in the code page or UTF-8; results are in the code page,
// or stay UTF-8 if that lacks one of their characters or bDecodeUtf8 is .F. In cValue &amp;
// and the like stand for their characters. A method that finds nothing or fails gives .F.,
// "", 0 or an empty array; Error tells of texts that are no document, expressions that are
// none, and changes that cannot be made. Documents are read as XmlParser does, and saved in
// the encoding that they declare; schemas are not known. Source: TDN.
func newXMLManager(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(managerBytes); err != nil {
		return vm.Value{}, err
	}
	m := &xmlManager{decode: true}
	m.self = vm.NewNative(m)
	return m.self, nil
}

func (m *xmlManager) ClassName() string { return "TXMLMANAGER" }

// Walk returns the size of the document too.
func (m *xmlManager) Walk(func(vm.Value)) int {
	size := managerBytes + m.size
	for _, pair := range m.spaces {
		size += domAttrBytes + len(pair[0]) + len(pair[1])
	}
	for _, text := range m.errors {
		size += valueBytes + len(text)
	}
	return size
}

// Options of Read and ReadFile.
const (
	parseNoBlanks = 256
	parseNsClean  = 8192
)

// Get is o:name: cName, cPath and cText are those of the current element; bDecodeUtf8 says
// whether results are in the code page; Parse_noblanks and Parse_nsclean are options of Read.
func (m *xmlManager) Get(t *vm.Thread, name string) (vm.Value, error) {
	switch name {
	case "BDECODEUTF8":
		return vm.Bool(m.decode), nil
	case "PARSE_NOBLANKS":
		return vm.Int(parseNoBlanks), nil
	case "PARSE_NSCLEAN":
		return vm.Int(parseNsClean), nil
	case "CNAME", "CPATH", "CTEXT":
	default:
		return vm.Value{}, noMember(m, name)
	}
	if m.current == nil {
		return vm.Str(""), nil
	}
	switch name {
	case "CNAME":
		return m.result(t, m.current.name, m.decode)
	case "CPATH":
		return m.result(t, m.current.path(), m.decode)
	}
	return m.textOf(t, domPlace{m.current, -1}, m.decode)
}

// Set is o:name := x. Only bDecodeUtf8 can be assigned, a logical.
func (m *xmlManager) Set(_ *vm.Thread, name string, v vm.Value) error {
	if name != "BDECODEUTF8" {
		return noMember(m, name)
	}
	if v.Kind() != vm.Logical {
		return vm.ArgError(name, vm.Args{v}, 0, "a logical")
	}
	m.decode = v.Truth()
	return nil
}

// xmlMethod is a method of TXmlManager.
type xmlMethod func(*xmlManager, *vm.Thread, vm.Args) (vm.Value, error)

var xmlMethods = map[string]xmlMethod{
	"NEW":         func(m *xmlManager, _ *vm.Thread, _ vm.Args) (vm.Value, error) { return m.self, nil },
	"PARSE":       (*xmlManager).parse,
	"PARSEFILE":   (*xmlManager).parseFile,
	"READ":        (*xmlManager).read,
	"READFILE":    (*xmlManager).readFile,
	"SAVE2STRING": (*xmlManager).save2String,
	"SAVE2FILE":   (*xmlManager).save2File,
	"ERROR":       (*xmlManager).errorText,
	"LASTERROR":   (*xmlManager).lastError,
	"WARNING":     (*xmlManager).warningText,
	"LASTWARNING": (*xmlManager).warningText,
	"RESETERRORS": (*xmlManager).resetErrors,

	"XPATHREGISTERNS":       (*xmlManager).registerNs,
	"XPATHREGISTEREDNSLIST": (*xmlManager).registeredNsList,
	"XPATHGETROOTNSLIST":    (*xmlManager).rootNsList,
	"XPATHHASNODE":          (*xmlManager).hasNode,
	"XPATHGETNODEVALUE":     (*xmlManager).getNodeValue,
	"XPATHSETNODE":          (*xmlManager).setNode,
	"XPATHADDNODE":          (*xmlManager).addNode,
	"XPATHDELNODE":          (*xmlManager).delNode,
	"XPATHADDNS":            (*xmlManager).addNs,
	"XPATHHASATT":           (*xmlManager).hasAtt,
	"XPATHGETATT":           (*xmlManager).getAtt,
	"XPATHADDATT":           (*xmlManager).setAtt,
	"XPATHSETATT":           (*xmlManager).setAtt,
	"XPATHDELATT":           (*xmlManager).delAtt,
	"XPATHCHILDCOUNT":       (*xmlManager).childCount,
	"XPATHGETCHILDARRAY":    (*xmlManager).getChildArray,
	"XPATHGETATTARRAY":      (*xmlManager).getAttArray,

	"DOMCHILDNODE":     (*xmlManager).domChildNode,
	"DOMPARENTNODE":    (*xmlManager).domParentNode,
	"DOMNEXTNODE":      (*xmlManager).domNextNode,
	"DOMPREVNODE":      (*xmlManager).domPrevNode,
	"DOMHASCHILDNODE":  (*xmlManager).domHasChildNode,
	"DOMHASPARENTNODE": (*xmlManager).domHasParentNode,
	"DOMHASNEXTNODE":   (*xmlManager).domHasNextNode,
	"DOMHASPREVNODE":   (*xmlManager).domHasPrevNode,
	"DOMCHILDCOUNT":    (*xmlManager).domChildCount,
	"DOMSIBLINGCOUNT":  (*xmlManager).domSiblingCount,
	"DOMGETCHILDARRAY": (*xmlManager).domGetChildArray,
	"DOMGETATTARRAY":   (*xmlManager).domGetAttArray,
	"DOMHASATT":        (*xmlManager).domHasAtt,
	"DOMGETATT":        (*xmlManager).domGetAtt,
	"DOMADDATT":        (*xmlManager).domSetAtt,
	"DOMSETATT":        (*xmlManager).domSetAtt,
	"DOMDELATT":        (*xmlManager).domDelAtt,
	"DOMADDCHILDNODE":  (*xmlManager).domAddChildNode,
	"DOMSETNODE":       (*xmlManager).domSetNode,
	"DOMDELNODE":       (*xmlManager).domDelNode,
}

// Send calls a method; New() returns the object itself.
func (m *xmlManager) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	method, ok := xmlMethods[name]
	if !ok {
		return vm.Value{}, noMethod(m, name)
	}
	return method(m, t, a)
}

// errorsKept is how many texts of errors are kept.
const errorsKept = 100

// fail records why a method fails.
func (m *xmlManager) fail(fault string) {
	if len(m.errors) == errorsKept {
		m.errors = append(m.errors[:0], m.errors[1:]...)
	}
	m.errors = append(m.errors, fault)
}

// result returns UTF-8 as a result.
func (m *xmlManager) result(t *vm.Thread, s string, decode bool) (vm.Value, error) {
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	if decode {
		s = fromXML(s)
	}
	return vm.Str(s), nil
}

// textOf returns the text of a place, with all that stands below it.
func (m *xmlManager) textOf(t *vm.Thread, p domPlace, decode bool) (vm.Value, error) {
	if p.attr >= 0 {
		return m.result(t, p.node.attrs[p.attr].value, decode)
	}
	h := hold{thread: t}
	s, err := p.node.inner(&h)
	if err != nil {
		return vm.Value{}, err
	}
	return m.result(t, s, decode)
}

// Parse(cXml) → whether cXml is a document, which the object now holds; its root is the
// current element. The encoding is found as XmlParser does. Source: TDN.
func (m *xmlManager) parse(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("PARSE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return m.load(t, s, 0)
}

// ParseFile(cFile) → Parse of the content of a file below RootPath. Source: TDN.
func (m *xmlManager) parseFile(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return m.loadFile(t, "PARSEFILE", a, 0)
}

// Read(cXml[, cURL[, cEncoding[, nOptions]]]) → Parse of cXml. nOptions Parse_noblanks leaves
// out texts of blanks; the others, cURL and cEncoding have no effect. Source: TDN.
func (m *xmlManager) read(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("READ", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	options, err := optInt("READ", a, 3, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return m.load(t, s, options)
}

// ReadFile(cFile[, cEncoding[, nOptions]]) → Read of the content of a file below RootPath.
// Source: TDN.
func (m *xmlManager) readFile(t *vm.Thread, a vm.Args) (vm.Value, error) {
	options, err := optInt("READFILE", a, 2, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return m.loadFile(t, "READFILE", a, options)
}

func (m *xmlManager) loadFile(t *vm.Thread, fn string, a vm.Args, options int) (vm.Value, error) {
	name, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s, report, err := xmlFileText(t, name)
	if err != nil {
		return vm.Value{}, err
	}
	if report.fault != "" {
		m.fail(report.fault)
		return vm.Bool(false), nil
	}
	return m.load(t, s, options)
}

// load reads a document. The one before and its namespaces are gone also if it fails.
func (m *xmlManager) load(t *vm.Thread, s string, options int) (vm.Value, error) {
	*m = xmlManager{self: m.self, decode: m.decode}
	b, report, err := buildDOM(t, s, options&parseNoBlanks != 0)
	if err != nil {
		return vm.Value{}, err
	}
	m.warning = report.warning
	if report.fault != "" {
		m.fail(report.fault)
		return vm.Bool(false), nil
	}
	m.document, m.current, m.declaration, m.size = b.top, b.top.root(), b.declaration, b.held
	return vm.Bool(true), nil
}

// Error() → the texts of the errors since the document was read or ResetErrors was called,
// each on its own line; "" if there are none. Source: TDN.
func (m *xmlManager) errorText(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	s := strings.Join(m.errors, "\n")
	return vm.Str(s), t.CheckString(len(s))
}

// LastError() → the text of the last error, or "". Source: TDN.
func (m *xmlManager) lastError(*vm.Thread, vm.Args) (vm.Value, error) {
	if n := len(m.errors); n > 0 {
		return vm.Str(m.errors[n-1]), nil
	}
	return vm.Str(""), nil
}

// Warning() → the text of a warning about the document, or "". Source: TDN.
func (m *xmlManager) warningText(*vm.Thread, vm.Args) (vm.Value, error) {
	return vm.Str(m.warning), nil
}

// ResetErrors() → .T.; Error, LastError and Warning are "". Source: public programs.
func (m *xmlManager) resetErrors(*vm.Thread, vm.Args) (vm.Value, error) {
	m.errors, m.warning = nil, ""
	return vm.Bool(true), nil
}

// Save2String() → the text of the document, which begins with an XML declaration. It is in
// the encoding that the document declares; if that is none the text is ASCII, and other
// characters are written as numbers. "" if there is no document. Source: TDN.
func (m *xmlManager) save2String(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	s, err := m.text(t)
	return vm.Str(s), err
}

// Save2File(cFile) → whether the text that Save2String gives could be written to a file
// below RootPath. Source: TDN.
func (m *xmlManager) save2File(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("SAVE2FILE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	s, err := m.text(t)
	if err != nil {
		return vm.Value{}, err
	}
	if err := writeFile(t, name, s); err != nil {
		m.fail(fromXML(err.Error()))
		return vm.Bool(false), nil
	}
	return vm.Bool(true), nil
}

// text returns the text of the document.
func (m *xmlManager) text(t *vm.Thread) (string, error) {
	if m.document == nil {
		return "", nil
	}
	w := &domWriter{xmlWriter{thread: t}}
	return w.write(func() {
		w.declaration(pseudoAttribute(m.declaration, "encoding"), pseudoAttribute(m.declaration, "standalone"))
		w.markup("\n")
		for c := range m.document.children() {
			w.node(c)
			w.markup("\n")
		}
	})
}

// domWriter writes nodes as they were read.
type domWriter struct{ xmlWriter }

func (w *domWriter) node(n *domNode) {
	switch n.kind {
	case domElement:
		w.element(n)
	case domText:
		w.escaped(n.text, xmlTextSpecial)
	case domCData:
		w.markup("<![CDATA[", strings.ReplaceAll(n.text, "]]>", "]]]]><![CDATA[>"), "]]>")
	case domComment:
		w.markup("<!--", n.text, "-->")
	case domDirective:
		w.markup("<!", n.text, ">")
	case domInstruction:
		w.markup("<?", n.name, " ", n.text, "?>")
	}
}

// element writes an element. Depth is bounded when nodes are added.
func (w *domWriter) element(n *domNode) {
	name := qualified(n.prefix, n.name)
	w.markup("<", name)
	for _, s := range n.spaces {
		w.attribute(strings.TrimSuffix("xmlns:"+s.name, ":"), s.value)
	}
	for _, a := range n.attrs {
		w.attribute(qualified(a.prefix, a.name), a.value)
	}
	if n.first == nil {
		w.markup("/>")
		return
	}
	w.markup(">")
	for c := range n.children() {
		w.node(c)
	}
	w.markup("</", name, ">")
}

func (w *domWriter) attribute(name, value string) {
	w.markup(" ", name, `="`)
	w.escaped(value, xmlValueSpecial)
	w.markup(`"`)
}

// entityText returns text in which the entities of XML and numbers of characters are
// resolved; an & that begins none stays.
func entityText(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest[:min(len(rest), 12)], ";")
		r, ok := entityRune(name)
		if !closed || !ok {
			b.WriteByte('&')
			s = rest
			continue
		}
		b.WriteRune(r)
		s = rest[len(rest[:min(len(rest), 12)])-len(after):]
	}
}

// entityRune returns the character of an entity.
func entityRune(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, isNumber := strings.CutPrefix(name, "#")
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), isNumber && err == nil && isXMLChar(rune(n))
}
