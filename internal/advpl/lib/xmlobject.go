package lib

import (
	"encoding/xml"
	"iter"
	"strings"

	"appserver/internal/advpl/vm"
)

// xmlObject is a part of a document as XmlParser shows it: an element, an attribute, or
// the document itself. Attributes and elements in it are members, in the order of the
// document. The name of a member is "_" and the name in upper case; elements of one name
// are one member, an array. Its own text and names are the members TEXT, REALNAME and TYPE.
type xmlObject struct {
	self     vm.Value
	parent   *xmlObject
	kind     string // "NOD" or "ATT"
	realName string
	text     string
	members  ordered[string] // of objects or arrays
	declared *xmlObject      // the declaration of a document, or nil
}

// xmlObjectBytes is about what an object takes, beside its texts and members.
const xmlObjectBytes = 300

// newXMLObject makes an object; it has a parent once it is a member of that.
func (h *hold) newXMLObject(kind, realName, text string) (*xmlObject, error) {
	if err := h.charge(xmlObjectBytes + len(realName) + len(text)); err != nil {
		return nil, err
	}
	o := &xmlObject{kind: kind, realName: realName, text: text}
	o.self = vm.NewNative(o)
	return o, nil
}

// xmlOf returns the XML object in v.
func xmlOf(v vm.Value) (*xmlObject, bool) {
	if v.Kind() != vm.Object {
		return nil, false
	}
	o, ok := v.Object().Native.(*xmlObject)
	return o, ok
}

func (o *xmlObject) ClassName() string { return "XMLNODE" }

// count returns how many members there are.
func (o *xmlObject) count() int { return o.members.len() }

// Walk visits what o holds: also its parent, which lives as long as o does.
func (o *xmlObject) Walk(visit func(vm.Value)) int {
	if o.parent != nil {
		visit(o.parent.self)
	}
	if o.declared != nil {
		visit(o.declared.self)
	}
	return xmlObjectBytes + len(o.realName) + len(o.text) + o.members.walk(visit)
}

// data walks the members as ClassDataArr shows them.
func (o *xmlObject) data() iter.Seq2[string, vm.Value] {
	return func(yield func(string, vm.Value) bool) {
		own := yield("REALNAME", vm.Str(o.realName)) && yield("TEXT", vm.Str(o.text)) && yield("TYPE", vm.Str(o.kind))
		if !own {
			return
		}
		for name, v := range o.members.all() {
			if !yield(name, v) {
				return
			}
		}
	}
}

// hasData tells whether o has the member, whose name is in upper case.
func (o *xmlObject) hasData(name string) bool {
	_, found := o.member(name)
	return found || name == "TEXT" || name == "REALNAME" || name == "TYPE"
}

// Get is o:name.
func (o *xmlObject) Get(_ *vm.Thread, name string) (vm.Value, error) {
	switch name {
	case "TEXT":
		return vm.Str(o.text), nil
	case "REALNAME":
		return vm.Str(o.realName), nil
	case "TYPE":
		return vm.Str(o.kind), nil
	}
	if v, ok := o.member(name); ok {
		return v, nil
	}
	return vm.Value{}, noMember(o, name)
}

// member returns the member with a name in upper case.
func (o *xmlObject) member(name string) (vm.Value, bool) {
	if v, ok := o.members.get(name); ok {
		return v, true
	}
	if name == "__XML" && o.declared != nil {
		return o.declared.self, true
	}
	return vm.Value{}, false
}

// Set is o:name := x. Text becomes what cValToChar makes of x; the members that are
// elements and attributes cannot be assigned.
func (o *xmlObject) Set(t *vm.Thread, name string, v vm.Value) error {
	switch name {
	case "TEXT", "REALNAME", "TYPE":
	default:
		if _, ok := o.member(name); ok {
			return vm.Errorf(vm.GenArg, name, "member %s of an XML node cannot be assigned: assign its Text, or use XmlNewNode and XmlDelNode", name)
		}
		return noMember(o, name)
	}
	text := plainText(t, v)
	if err := t.CheckString(len(text)); err != nil {
		return err
	}
	switch name {
	case "TEXT":
		o.text = text
	case "REALNAME":
		o.realName = text
	default:
		o.kind = text
	}
	return nil
}

// Send calls a method. There are none; but TEXT() and the like read the member.
func (o *xmlObject) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	if len(a) == 0 {
		if v, err := o.Get(t, name); err == nil {
			return v, nil
		}
	}
	return vm.Value{}, noMethod(o, name)
}

// add makes child a member of o; the second of a name makes the member an array.
func (o *xmlObject) add(h *hold, name string, child *xmlObject) error {
	child.parent = o
	old, ok := o.members.get(name)
	switch {
	case !ok:
		return o.members.put(h.thread, name, len(name), child.self)
	case old.Kind() == vm.Array:
		return h.add(old.Array(), child.self)
	}
	arr, err := h.array(old, child.self)
	if err != nil {
		return err
	}
	return o.members.put(h.thread, name, len(name), arr)
}

// drop takes child out of o's members.
func (o *xmlObject) drop(child *xmlObject) bool {
	for name, v := range o.members.all() {
		if v == child.self {
			return o.members.remove(name)
		}
		if v.Kind() != vm.Array {
			continue
		}
		arr := v.Array()
		for i, elem := range arr.Elems {
			if elem == child.self {
				arr.Elems = append(arr.Elems[:i], arr.Elems[i+1:]...)
				return len(arr.Elems) > 0 || o.members.remove(name)
			}
		}
	}
	return false
}

// nameOf returns the name of the member that v is or stands in.
func (o *xmlObject) nameOf(v vm.Value) (string, bool) {
	for name, member := range o.members.all() {
		if member == v {
			return name, true
		}
		if member.Kind() == vm.Array {
			for _, elem := range member.Array().Elems {
				if elem == v {
					return name, true
				}
			}
		}
	}
	return "", false
}

// xmlEach walks the XML objects that a member is: itself, or the elements of an array.
func xmlEach(member vm.Value) iter.Seq[*xmlObject] {
	return func(yield func(*xmlObject) bool) {
		if o, ok := xmlOf(member); ok {
			yield(o)
			return
		}
		if member.Kind() != vm.Array {
			return
		}
		for _, elem := range member.Array().Elems {
			if o, ok := xmlOf(elem); ok && !yield(o) {
				return
			}
		}
	}
}

// copy returns a copy of o, without a parent. blank leaves all texts empty and one element
// in each array.
func (o *xmlObject) copy(h *hold, blank bool, depth int) (*xmlObject, error) {
	if depth > xmlDepth {
		return nil, vm.Errorf(vm.GenComplexity, "XML", "nodes are nested more than %d deep, or hold each other", xmlDepth)
	}
	if err := h.thread.Poll(); err != nil {
		return nil, err
	}
	text := o.text
	if blank {
		text = ""
	}
	made, err := h.newXMLObject(o.kind, o.realName, text)
	if err != nil {
		return nil, err
	}
	for name, member := range o.members.all() {
		if err := made.copyMember(h, name, member, blank, depth+1); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// copyMember adds copies of what a member holds; what was an array is one again.
func (o *xmlObject) copyMember(h *hold, name string, member vm.Value, blank bool, depth int) error {
	if member.Kind() == vm.Array {
		arr, err := h.array()
		if err != nil {
			return err
		}
		if err := o.members.put(h.thread, name, len(name), arr); err != nil {
			return err
		}
	}
	for child := range xmlEach(member) {
		made, err := child.copy(h, blank, depth)
		if err != nil {
			return err
		}
		if err := o.add(h, name, made); err != nil {
			return err
		}
		if blank {
			return nil
		}
	}
	return nil
}

// xmlBuilder makes the objects of a document.
type xmlBuilder struct {
	hold
	replace string
	root    *xmlObject // the document
	open    []xmlFrame
	names   map[xml.Name]xmlNames
}

// xmlFrame is an element that is being read.
type xmlFrame struct {
	object *xmlObject
	text   []byte
	nested bool // it has elements
}

// xmlNames are the names of an element or attribute.
type xmlNames struct {
	real   string // in the document
	member string // of the object that holds it
}

// buildXML returns the object of a document.
func buildXML(t *vm.Thread, s, replace string) (*xmlObject, xmlReport, error) {
	b := &xmlBuilder{hold: hold{thread: t}, replace: replace, names: map[xml.Name]xmlNames{}}
	root, err := b.newXMLObject("NOD", "", "")
	if err != nil {
		return nil, xmlReport{}, err
	}
	b.root = root
	b.open = append(b.open, xmlFrame{object: root, nested: true})
	report, err := readXML(t, s, b)
	return root, report, err
}

// token implements xmlSink.
func (b *xmlBuilder) token(part xml.Token, _ bool) error {
	top := &b.open[len(b.open)-1]
	switch part := part.(type) {
	case xml.StartElement:
		top.nested = true
		return b.start(top.object, part)
	case xml.EndElement:
		return b.end(top)
	case xml.CharData:
		if err := b.charge(2 * len(part)); err != nil {
			return err
		}
		top.text = append(top.text, part...)
	case xml.ProcInst:
		if part.Target == "xml" && b.root.count() == 0 {
			return b.declare(string(part.Inst))
		}
	}
	return nil
}

func (b *xmlBuilder) start(parent *xmlObject, part xml.StartElement) error {
	o, err := b.child(parent, "NOD", part.Name, "")
	if err != nil {
		return err
	}
	for _, a := range part.Attr {
		if _, err := b.child(o, "ATT", a.Name, fromXML(a.Value)); err != nil {
			return err
		}
	}
	b.open = append(b.open, xmlFrame{object: o})
	return nil
}

// child makes a member of parent.
func (b *xmlBuilder) child(parent *xmlObject, kind string, name xml.Name, text string) (*xmlObject, error) {
	names, err := b.namesOf(name)
	if err != nil {
		return nil, err
	}
	o, err := b.newXMLObject(kind, names.real, text)
	if err != nil {
		return nil, err
	}
	return o, parent.add(&b.hold, names.member, o)
}

// end gives the element its text. Blanks alone are none if there are elements.
func (b *xmlBuilder) end(top *xmlFrame) error {
	text := fromXML(string(top.text))
	if !top.nested || trimLeft(text) != "" {
		top.object.text = text
	}
	b.open[len(b.open)-1] = xmlFrame{}
	b.open = b.open[:len(b.open)-1]
	return nil
}

// declare makes the object of the XML declaration.
func (b *xmlBuilder) declare(text string) error {
	o, err := b.newXMLObject("NOD", "?xml", "")
	if err != nil {
		return err
	}
	o.parent, b.root.declared = b.root, o
	for _, name := range []string{"version", "encoding", "standalone"} {
		if value := pseudoAttribute(text, name); value != "" {
			if _, err := b.child(o, "ATT", xml.Name{Local: name}, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesOf returns the names of a part of the document.
func (b *xmlBuilder) namesOf(name xml.Name) (xmlNames, error) {
	if names, ok := b.names[name]; ok {
		return names, nil
	}
	realName := fromXML(xmlName(name))
	names := xmlNames{real: realName, member: memberName(realName, b.replace)}
	b.names[name] = names
	return names, b.charge(entryBytes + 3*len(realName))
}

// memberName returns the name of the member for a name of a document: what cannot stand
// in a name of the language becomes replace.
func memberName(name, replace string) string {
	var b strings.Builder
	b.WriteByte('_')
	for i := range len(name) {
		if c := name[i]; isLetter(c) || isDigit(c) || c == '_' {
			b.WriteByte(upperOf[c])
		} else {
			b.WriteString(replace)
		}
	}
	return b.String()
}
