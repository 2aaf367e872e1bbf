package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

// XMLStr(cXml[, aArrays[, aOptional[, lOnlyFirst]]]) → an object of the document, as
// XmlParser gives; NIL if it is none. The members whose paths aArrays lists, as
// "_A:_B", are arrays also if there is one element only. The member __XML is the XML
// declaration, with _VERSION and _ENCODING. aOptional and lOnlyFirst have no effect.
// CREATE oXml XMLSTRING cXml calls it. Source: public programs.
func xmlStr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("XMLSTR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	root, report, err := buildXML(t, s, "_")
	if err != nil {
		return vm.Value{}, err
	}
	return xmlCreated(t, a, root, report)
}

// XMLFile(cFile[, aArrays[, aOptional[, lOnlyFirst]]]) → what XMLStr gives for the content of a
// file below RootPath. CREATE oXml XMLFILE cFile calls it. Source: public programs.
func xmlFile(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("XMLFILE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	root, report, err := buildXMLFile(t, name, "_")
	if err != nil {
		return vm.Value{}, err
	}
	return xmlCreated(t, a, root, report)
}

// xmlCreated makes the arrays that the second argument lists.
func xmlCreated(t *vm.Thread, a vm.Args, root *xmlObject, report xmlReport) (vm.Value, error) {
	made := xmlRead(t, nil, root, report)
	if made.IsNil() {
		return made, nil
	}
	return made, setAsArrays(t, root, a.Get(1))
}

// setAsArrays makes arrays of the members of o whose paths a list holds.
func setAsArrays(t *vm.Thread, o *xmlObject, list vm.Value) error {
	if list.Kind() != vm.Array {
		return nil
	}
	for _, path := range list.Array().Elems {
		if !path.IsStr() {
			continue
		}
		if err := setAsArray(t, o, mapBytes(path.Text(), upperOf)); err != nil {
			return err
		}
	}
	return nil
}

// setAsArray makes an array of the member that a path names.
func setAsArray(t *vm.Thread, o *xmlObject, path string) error {
	if err := t.Poll(); err != nil {
		return err
	}
	name, rest, nested := cutMember(path)
	member, ok := o.members.get(name)
	if !ok {
		return nil
	}
	if !nested {
		if child, ok := xmlOf(member); ok {
			_, err := child.intoArray(t, name)
			return err
		}
		return nil
	}
	for child := range xmlEach(member) {
		if err := setAsArray(t, child, rest); err != nil {
			return err
		}
	}
	return nil
}

// cutMember returns the first name of a path, and what follows its colon if it has one.
func cutMember(path string) (name, rest string, nested bool) {
	name, rest, nested = strings.Cut(path, ":")
	return trimRight(trimLeft(name)), rest, nested
}

// XMLSaveStr(oXml[, lNewLine = .F.]) → the text of a document or node, each element on its
// own line with lNewLine. A document begins with the XML declaration that it was read
// with and is in the encoding that this names; else the text is ASCII, and other
// characters are written as numbers. SAVE oXml XMLSTRING calls it. Source: public programs.
func xmlSaveStr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := savedXML(t, "XMLSAVESTR", a, 1)
	return vm.Str(text), err
}

func savedXML(t *vm.Thread, fn string, a vm.Args, lines int) (string, error) {
	o, err := argNode(fn, a, 0)
	if err != nil {
		return "", err
	}
	newLine, err := optBool(fn, a, lines, false)
	if err != nil {
		return "", err
	}
	s := &xmlSaver{xmlWriter: xmlWriter{thread: t}, lines: newLine}
	return s.document(o)
}

// XMLSaveFil(oXml, cFile[, lNewLine = .F.]) → whether the text that XMLSaveStr gives could be
// written to a file below RootPath. SAVE oXml XMLFILE calls it. Source: public programs.
func xmlSaveFil(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("XMLSAVEFIL", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	text, err := savedXML(t, "XMLSAVEFIL", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	if err := writeFile(t, name, text); err != nil {
		*xmlStateOf(t) = xmlState{xmlOpenError, fromXML(err.Error())}
		return vm.Bool(false), nil
	}
	return vm.Bool(true), nil
}

// XMLAddNode(xWhere, cName[, oXml[, aArrays]]) → a new node. xWhere is an array of nodes, which
// it joins as an empty copy of the first, with the same elements; or a node, of which it
// becomes the member cName. The members whose paths aArrays lists become arrays. ADDNODE
// xWhere NODE cName ON oXml calls it. Source: public programs.
func xmlAddNode(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("XMLADDNODE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	made, err := xmlJoin(t, a, mapBytes(name, upperOf), strings.TrimPrefix(name, "_"))
	if err != nil {
		return vm.Value{}, err
	}
	o, _ := xmlOf(made)
	return made, setAsArrays(t, o, a.Get(3))
}

// xmlJoin adds a node to the array or node in the first argument.
func xmlJoin(t *vm.Thread, a vm.Args, name, realName string) (vm.Value, error) {
	where := a.Get(0)
	if where.Kind() != vm.Array {
		parent, err := argNode("XMLADDNODE", a, 0)
		if err != nil {
			return vm.Value{}, err
		}
		return parent.addNew(t, name, realName, "NOD", "")
	}
	h := hold{thread: t}
	for first := range xmlEach(where) {
		made, err := first.copy(&h, true, 0)
		if err != nil {
			return vm.Value{}, err
		}
		made.parent = first.parent
		return made.self, h.add(where.Array(), made.self)
	}
	return vm.Value{}, vm.ArgError("XMLADDNODE", a, 0, "a node, or an array of nodes")
}

// XMLAddItem(oWhere, cTag[, oXml[, lArray = .F.[, cText = ""]]]) → a new node with a text, which
// is now the member of oWhere for the element cTag; an array with lArray. ADDITEM oWhere
// TAG cTag ON oXml calls it. Source: public programs.
func xmlAddItem(t *vm.Thread, a vm.Args) (vm.Value, error) {
	parent, err := argNode("XMLADDITEM", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	tag, err := argText("XMLADDITEM", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	asArray, err := optBool("XMLADDITEM", a, 3, false)
	if err != nil {
		return vm.Value{}, err
	}
	text := ""
	if v := a.Get(4); !v.IsNil() {
		text = plainText(t, v)
	}
	tag = strings.TrimPrefix(tag, "_")
	made, err := parent.addNew(t, memberName(tag, "_"), tag, "NOD", text)
	if err != nil || !asArray {
		return made, err
	}
	o, _ := xmlOf(made)
	_, err = o.intoArray(t, memberName(tag, "_"))
	return made, err
}

// XMLDltNode(xNode, oXml) → whether oXml had the node, which it has no more: xNode is the node
// itself, or the path of a member, as "_A:_B". DELETENODE xNode ON oXml calls it.
// Source: public programs.
func xmlDltNode(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	if o, ok := xmlOf(a.Get(0)); ok {
		return vm.Bool(o.parent != nil && o.parent.drop(o)), nil
	}
	path, err := argText("XMLDLTNODE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	o, err := argNode("XMLDLTNODE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	name, rest, nested := cutMember(mapBytes(path, upperOf))
	for ; nested; name, rest, nested = cutMember(rest) {
		member, _ := o.members.get(name)
		if o, _ = xmlOf(member); o == nil {
			return vm.Bool(false), nil
		}
	}
	return vm.Bool(o.members.remove(name)), nil
}
