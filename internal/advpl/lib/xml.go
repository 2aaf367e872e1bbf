package lib

import (
	"errors"
	"io/fs"
	"strings"

	"appserver/internal/advpl/vm"
)

var xmlFuncs = table{
	"XMLPARSER":       xmlParse,
	"XMLPARSERFILE":   xmlParseFile,
	"XMLERROR":        xmlError,
	"XMLERRORMESSAGE": xmlErrorMessage,
	"XMLCHILDEX":      xmlChildEx,
	"XMLCHILDCOUNT":   xmlChildCount,
	"XMLGETCHILD":     xmlGetChild,
	"XMLGETPARENT":    xmlGetParent,
	"XMLNODE2ARR":     xmlNode2Arr,
	"XMLNEWNODE":      xmlNewNode,
	"XMLCLONENODE":    xmlCloneNode,
	"XMLDELNODE":      xmlDelNode,
	"XMLC14N":         xmlC14N,
	"XMLC14NFILE":     xmlC14NFile,
	// What the commands of xmlxfun.ch call.
	"XMLSTR":     xmlStr,
	"XMLFILE":    xmlFile,
	"XMLSAVESTR": xmlSaveStr,
	"XMLSAVEFIL": xmlSaveFil,
	"XMLADDITEM": xmlAddItem,
	"XMLADDNODE": xmlAddNode,
	"XMLDLTNODE": xmlDltNode,
}

var xmlClasses = map[string]class{
	"TXMLMANAGER": newXMLManager,
}

// Codes of XMLError, as in xmlxfun.ch.
const (
	xmlFileNotFound = 1
	xmlOpenError    = 2
	xmlInvalid      = 3
)

// xmlState is how the last reading of the thread went.
type xmlState struct {
	code    int
	message string
}

type xmlStateKey struct{}

func xmlStateOf(t *vm.Thread) *xmlState {
	return t.Local(xmlStateKey{}, func() any { return new(xmlState) }).(*xmlState)
}

// XmlParser(cXml, cReplace, @cError, @cWarning) → an object of the document; NIL if cXml is
// no well-formed document, and cError says where and why. An element or attribute A in it
// is the member _A, in any case; of elements that repeat the member is an array. What
// cannot stand in a name, as the colon of a prefix, becomes cReplace, "_" if that is
// empty. Each has the members Text, RealName (the name in the document) and Type ("NOD" an
// element, "ATT" an attribute, also xmlns). Text is in the code page; if that lacks one of
// its characters it stays UTF-8. The document is in the encoding that it declares, UTF-8
// or the code page; if it declares UTF-8 and is not, it is read in the code page and
// cWarning says so. Entities of a document type are unknown, nothing is fetched; elements
// may be nested 1,000 deep. Source: TDN.
func xmlParse(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("XMLPARSER", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	replace, err := replacement("XMLPARSER", a)
	if err != nil {
		return vm.Value{}, err
	}
	root, report, err := buildXML(t, s, replace)
	if err != nil {
		return vm.Value{}, err
	}
	return xmlRead(t, a, root, report), nil
}

// replacement returns what the second argument says of characters that names lack.
func replacement(fn string, a vm.Args) (string, error) {
	s, err := optText(fn, a, 1, "")
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '_' {
			return "_", err
		}
	}
	if s == "" {
		s = "_"
	}
	return strings.Clone(mapBytes(s, upperOf)), err
}

// xmlRead sets what the arguments 2 and 3 refer to and returns the document, or NIL.
func xmlRead(t *vm.Thread, a vm.Args, root *xmlObject, report xmlReport) vm.Value {
	a.Set(2, vm.Str(report.fault))
	a.Set(3, vm.Str(report.warning))
	*xmlStateOf(t) = xmlState{report.code, report.fault}
	if report.fault != "" {
		return vm.Value{}
	}
	return root.self
}

// XmlParserFile(cFile, cReplace, @cError, @cWarning) → what XmlParser gives for the content
// of a file below RootPath; NIL, and cError says why, if it cannot be read. Source: TDN.
func xmlParseFile(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("XMLPARSERFILE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	replace, err := replacement("XMLPARSERFILE", a)
	if err != nil {
		return vm.Value{}, err
	}
	root, report, err := buildXMLFile(t, name, replace)
	if err != nil {
		return vm.Value{}, err
	}
	return xmlRead(t, a, root, report), nil
}

// buildXMLFile returns the object of a document in a file, or the report that it cannot be
// read.
func buildXMLFile(t *vm.Thread, name, replace string) (*xmlObject, xmlReport, error) {
	s, report, err := xmlFileText(t, name)
	if err != nil || report.fault != "" {
		return nil, report, err
	}
	return buildXML(t, s, replace)
}

// xmlFileText returns the content of a file below RootPath. What keeps it from being read
// is the fault of the report; err ends the native.
func xmlFileText(t *vm.Thread, name string) (string, xmlReport, error) {
	text, err := readFile(t, name)
	var limit *vm.Error
	switch {
	case err == nil || errors.As(err, &limit):
		return text, xmlReport{}, err
	case errors.Is(err, fs.ErrNotExist):
		return "", xmlReport{fault: "there is no file " + name, code: xmlFileNotFound}, nil
	}
	return "", xmlReport{fault: "file " + name + " cannot be opened: " + fromXML(err.Error()), code: xmlOpenError}, nil
}

// XMLError() → how the last XmlParser, XmlParserFile or CREATE command of the thread went:
// 0 well, 1 there is no such file, 2 it cannot be opened, 3 it is no document. Source: public programs.
func xmlError(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Int(xmlStateOf(t).code), nil }

// XMLErrorMessage() → a text about what XMLError gives; "" if that is 0. Source: public programs.
func xmlErrorMessage(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Str(xmlStateOf(t).message), nil
}

// argNode returns an argument that must be an object of XmlParser.
func argNode(fn string, a vm.Args, i int) (*xmlObject, error) {
	if o, ok := xmlOf(a.Get(i)); ok {
		return o, nil
	}
	return nil, vm.ArgError(fn, a, i, "a node of XmlParser")
}

// argMember returns the name of a member in an argument, in upper case.
func argMember(fn string, a vm.Args, i int) (string, error) {
	name, err := argText(fn, a, i)
	return mapBytes(trimRight(trimLeft(name)), upperOf), err
}

// XmlChildEx(oNode, cName) → the member of the node with the name, in any case: a node, or
// an array of them; NIL if there is none. Source: TDN.
func xmlChildEx(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argNode("XMLCHILDEX", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argMember("XMLCHILDEX", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	v, _ := o.member(name)
	return v, nil
}

// XmlChildCount(oNode) → how many members the node has: its attributes, and its elements, of
// which those of one name count as one. Source: TDN.
func xmlChildCount(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argNode("XMLCHILDCOUNT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Int(o.count()), nil
}

// XmlGetChild(oNode, nChild) → the member nChild, from 1, in the order of the document,
// attributes first: a node, or an array of them; NIL if there is none. Source: TDN.
func xmlGetChild(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argNode("XMLGETCHILD", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt("XMLGETCHILD", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	o.members.compact()
	if n < 1 || n > o.count() {
		return vm.Value{}, nil
	}
	return o.members.entries[n-1].value, nil
}

// XmlGetParent(oNode) → the node that holds the node; NIL for the document. Source: TDN.
func xmlGetParent(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argNode("XMLGETPARENT", a, 0)
	if err != nil || o.parent == nil {
		return vm.Value{}, err
	}
	return o.parent.self, nil
}

// XmlNode2Arr(oNode, cName) → an array of the node, which is now the member cName of the
// node that holds it; oNode itself if it is an array already. Source: TDN.
func xmlNode2Arr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if v := a.Get(0); v.Kind() == vm.Array {
		return v, nil
	}
	o, err := argNode("XMLNODE2ARR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argMember("XMLNODE2ARR", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return o.intoArray(t, name)
}

// intoArray makes the member that o is an array. name is its name where o is no member.
func (o *xmlObject) intoArray(t *vm.Thread, name string) (vm.Value, error) {
	h := hold{thread: t}
	arr, err := h.array(o.self)
	if err != nil || o.parent == nil {
		return arr, err
	}
	if own, ok := o.parent.nameOf(o.self); ok {
		name = own
	}
	if v, _ := o.parent.members.get(name); v.Kind() == vm.Array {
		return v, nil
	}
	return arr, o.parent.members.put(t, name, len(name), arr)
}

// XmlNewNode(oParent, cName[, cRealName[, cType = "NOD"]]) → a new node without text, which is now the
// member cName of oParent; if it has that already the member becomes an array. cRealName is
// the name in the document, cName without "_" if it is empty. cType is "NOD" for an element,
// "ATT" for an attribute. Source: TDN.
func xmlNewNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	parent, err := argNode("XMLNEWNODE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argMember("XMLNEWNODE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	realName, err := optText("XMLNEWNODE", a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := optText("XMLNEWNODE", a, 3, "NOD")
	if err != nil {
		return vm.Value{}, err
	}
	if realName == "" {
		realName = strings.TrimPrefix(a.Get(1).Text(), "_")
	}
	return parent.addNew(t, name, realName, mapBytes(kind, upperOf), "")
}

// addNew adds a new member to o.
func (o *xmlObject) addNew(t *vm.Thread, name, realName, kind, text string) (vm.Value, error) {
	h := hold{thread: t}
	made, err := h.newXMLObject(kind, realName, text)
	if err != nil {
		return vm.Value{}, err
	}
	return made.self, o.add(&h, name, made)
}

// XmlCloneNode(oNode, cName) → a copy of the node with all that it holds, which is now also
// a member cName of the node that holds oNode: if cName is the name of oNode's own member,
// that becomes an array, or longer by one. Of an array the last node is copied. Source: public programs.
func xmlCloneNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if v := a.Get(0); v.Kind() == vm.Array && len(v.Array().Elems) > 0 {
		last := v.Array().Elems[len(v.Array().Elems)-1]
		a = vm.Args{last, a.Get(1)}
	}
	o, err := argNode("XMLCLONENODE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argMember("XMLCLONENODE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	h := hold{thread: t}
	made, err := o.copy(&h, false, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if o.parent == nil {
		return made.self, nil
	}
	return made.self, o.parent.add(&h, name, made)
}

// XmlDelNode(oParent, cName) → whether the node had the member cName, in any case, which it
// has no more: a node, or all nodes of an array. Source: TDN.
func xmlDelNode(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argNode("XMLDELNODE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argMember("XMLDELNODE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(o.members.remove(name)), nil
}
