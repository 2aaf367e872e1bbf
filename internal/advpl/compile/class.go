package compile

import (
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// class is a class of the source. Its methods are filled in as their bodies are
// found.
type class struct {
	decl  *syntax.ClassDecl
	out   *code.Class
	specs map[string]int       // by upper-case name: the first method so called
	done  []*syntax.MethodDecl // of each method: its body
}

// dataInit is a member with an initial value.
type dataInit struct {
	name  string
	pos   source.Pos
	value syntax.Expr
}

// visibilities of members that say theirs.
var visibilities = [...]code.Visibility{
	syntax.Public:    code.Public,
	syntax.Protected: code.Protected,
	syntax.Private:   code.Private,
}

// classKinds names the kinds of classes.
var classKinds = [...]string{
	syntax.WSRestful: "WSRESTFUL",
	syntax.WSService: "WSSERVICE",
	syntax.WSStruct:  "WSSTRUCT",
	syntax.WSClient:  "WSCLIENT",
}

// newClass enters a class by its name and tells whether it is the first of it.
func (u *unit) newClass(name string, pos source.Pos, c *class) bool {
	key := upper(name)
	if first := u.classes[key]; first != nil {
		u.findings.Errorf(pos, "class %s is declared twice, first at line %d", name, first.out.Line)
		return false
	}
	c.out.Name, c.out.Written, c.out.Line = u.qualified(key), name, pos.Line
	u.classes[key] = c
	u.out.Classes = append(u.out.Classes, c.out)
	return true
}

func (u *unit) collectClass(d *syntax.ClassDecl) {
	c := &class{decl: d, specs: make(map[string]int), out: &code.Class{
		Parent:    upper(d.Parent),
		Abstract:  d.Abstract,
		Final:     d.Final,
		LongNames: d.LongNames,
		Kind:      classKinds[d.Kind],
		Annots:    u.annotations(d.Annots),
		Meta:      u.meta(d.Options),
	}}
	for _, n := range d.Interfaces {
		c.out.Interfaces = append(c.out.Interfaces, upper(n.Text))
	}
	if !u.newClass(d.Name, d.NamePos, c) {
		return
	}
	for _, data := range d.Data {
		c.out.Data = append(c.out.Data, u.data(d, data))
	}
	u.checkData(d)
	u.collectMethods(c)
}

// checkData reports members that are declared twice.
func (u *unit) checkData(d *syntax.ClassDecl) {
	lines := make(map[string]int32)
	for _, data := range d.Data {
		name := upper(data.Name)
		if first, ok := lines[name]; ok {
			u.findings.Errorf(data.Pos, "data %s is declared twice, first at line %d", data.Name, first)
			continue
		}
		lines[name] = data.Pos.Line
	}
}

func (u *unit) data(c *syntax.ClassDecl, d *syntax.DataDecl) code.Data {
	out := code.Data{
		Name:       d.Name,
		Type:       typeName(d.Type),
		Visibility: u.visibility(d.Visibility, code.Private),
		Static:     d.Static,
		ReadOnly:   d.ReadOnly || d.Final,
		Annots:     u.annotations(d.Annots),
	}
	if d.Visibility == syntax.NoVisibility && (d.Web || c.Kind != syntax.Class) {
		out.Visibility = code.Public
	}
	if d.Optional {
		out.Meta = append(out.Meta, code.Meta{Key: "OPTIONAL"})
	}
	if d.Array {
		out.Meta = append(out.Meta, code.Meta{Key: "ARRAY"})
	}
	return out
}

// visibility returns that of a member; one that says none is public in AdvPL and
// what tlpp says in TLPP.
func (u *unit) visibility(v syntax.Visibility, tlpp code.Visibility) code.Visibility {
	switch {
	case v != syntax.NoVisibility:
		return visibilities[v]
	case u.tlpp:
		return tlpp
	}
	return code.Public
}

func (u *unit) collectMethods(c *class) {
	for _, s := range c.decl.Methods {
		name := upper(s.Name)
		if first, ok := c.specs[name]; ok {
			if old := c.decl.Methods[first]; old.Verb == s.Verb {
				u.findings.Errorf(s.Pos, "method %s is declared twice, first at line %d", s.Name, old.Pos.Line)
			}
		} else {
			c.specs[name] = len(c.out.Methods)
		}
		c.out.Methods = append(c.out.Methods, u.method(s))
	}
	c.done = make([]*syntax.MethodDecl, len(c.out.Methods))
}

func (u *unit) method(s *syntax.MethodSpec) code.MethodRef {
	return code.MethodRef{
		Name:        s.Name,
		Visibility:  u.visibility(s.Visibility, code.Public),
		Static:      s.Static,
		Abstract:    s.Abstract,
		Final:       s.Final,
		Constructor: s.Constructor,
		Verb:        s.Verb,
		Annots:      u.annotations(s.Annots),
		Meta:        u.meta(s.Options),
	}
}

func (u *unit) collectInterface(d *syntax.InterfaceDecl) {
	c := &class{decl: &syntax.ClassDecl{}, out: &code.Class{
		Parent:    upper(d.Parent),
		Interface: true,
		Annots:    u.annotations(d.Annots),
	}}
	if !u.newClass(d.Name, d.Pos, c) {
		return
	}
	for _, s := range d.Methods {
		m := u.method(s)
		m.Abstract = true
		c.out.Methods = append(c.out.Methods, m)
	}
}

// methodDecl compiles the body of a method and gives it to its class.
func (u *unit) methodDecl(d *syntax.MethodDecl) {
	c := u.findClass(d.Class)
	if c == nil || c.out.Interface {
		u.unknown(d.NamePos, "method "+d.Name+" is of class "+d.Class+", which this source does not declare",
			"declare it with Class … EndClass", d.Class, u.classNames())
		return
	}
	i := c.find(u, d)
	if i < 0 {
		u.unknown(d.NamePos, "class "+c.out.Written+" declares no method "+d.Name,
			"add Method "+d.Name+"() to the class", d.Name, c.methodNames())
		return
	}
	if first := c.done[i]; first != nil {
		u.findings.Errorf(d.NamePos, "method %s of class %s has two bodies, the first at line %d", d.Name, c.out.Written, first.NamePos.Line)
		return
	}
	c.done[i] = d
	u.methodBody(c, &c.out.Methods[i], d, c.decl.Methods[i].Params)
}

// withDefaults returns params with the defaults that the class declares for those of
// the same names, where the body says none.
func withDefaults(params, declared []*syntax.Param) []*syntax.Param {
	for i, p := range params {
		if i < len(declared) && p.Default == nil && declared[i].Default != nil && strings.EqualFold(p.Name, declared[i].Name) {
			q := *p
			q.Default = declared[i].Default
			params = slices.Clone(params)
			params[i] = &q
		}
	}
	return params
}

func (u *unit) methodBody(c *class, ref *code.MethodRef, d *syntax.MethodDecl, declared []*syntax.Param) {
	s := subject{
		name:        upper(ref.Name),
		class:       c.out.Name,
		pos:         d.Pos,
		kind:        code.Method,
		params:      withDefaults(webParams(d), declared),
		variadic:    d.Variadic,
		constructor: ref.Constructor,
		self:        !ref.Static,
		body:        d.Body,
	}
	ref.Func = u.compile(&s)
	ref.Annots = append(ref.Annots, u.annotations(d.Annots)...)
	ref.Meta = append(ref.Meta, paramMeta("RECEIVE", d.Receive)...)
	ref.Meta = append(ref.Meta, paramMeta("PATHPARAM", d.Path)...)
	ref.Meta = append(ref.Meta, paramMeta("HEADERPARAM", d.Header)...)
	ref.Meta = append(ref.Meta, paramMeta("SEND", d.Send)...)
}

// webParams returns the parameters of a method: of one of a web service also what
// it receives and sends.
func webParams(d *syntax.MethodDecl) []*syntax.Param {
	if len(d.Receive)+len(d.Send) == 0 {
		return d.Params
	}
	var list []*syntax.Param
	seen := make(map[string]bool)
	for _, group := range [][]*syntax.Param{d.Params, d.Receive, d.Send} {
		for _, p := range group {
			if name := upper(p.Name); !seen[name] {
				seen[name] = true
				list = append(list, p)
			}
		}
	}
	return list
}

// paramMeta returns a fact that lists the names of parameters, if there are any.
func paramMeta(key string, params []*syntax.Param) []code.Meta {
	if len(params) == 0 {
		return nil
	}
	text := ""
	for i, p := range params {
		if i > 0 {
			text += ","
		}
		text += p.Name
	}
	return []code.Meta{{Key: key, Value: text}}
}

// findClass returns the class of the source with the name; in AdvPL ten letters
// are enough if no name is the same in full.
func (u *unit) findClass(name string) *class {
	key := upper(name)
	if c := u.classes[key]; c != nil {
		return c
	}
	if c := u.classes[afterDot(key)]; c != nil && c.out.Name == key {
		return c
	}
	if u.tlpp {
		return nil
	}
	for _, c := range u.out.Classes {
		if sameTen(upper(c.Written), key) {
			return u.classes[upper(c.Written)]
		}
	}
	return nil
}

// afterDot returns what follows the last dot of a name.
func afterDot(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}

// sameTen tells whether two names have the same first ten letters.
func sameTen(a, b string) bool {
	return len(a) >= significant && len(b) >= significant && a[:significant] == b[:significant]
}

// find returns the number of the method that the body is of, or -1.
func (c *class) find(u *unit, d *syntax.MethodDecl) int {
	name := upper(d.Name)
	if first, ok := c.specs[name]; ok {
		for i := first; i < len(c.decl.Methods); i++ {
			if s := c.decl.Methods[i]; s.Verb == d.Verb && upper(s.Name) == name {
				return i
			}
		}
		return first
	}
	if u.tlpp {
		return -1
	}
	for i, s := range c.decl.Methods {
		if sameTen(upper(s.Name), name) {
			return i
		}
	}
	return -1
}

func (c *class) methodNames() []string {
	var list []string
	for _, s := range c.decl.Methods {
		list = append(list, s.Name)
	}
	return list
}

func (u *unit) classNames() []string {
	var list []string
	for _, c := range u.out.Classes {
		if !c.Interface {
			list = append(list, c.Written)
		}
	}
	return list
}

// unknown reports a name that is not there.
func (u *unit) unknown(pos source.Pos, message, hint, name string, among []string) {
	u.findings = append(u.findings, source.Finding{Pos: pos, Message: message, Hint: hint, Near: source.Near(name, among)})
}

// finishClasses compiles the initial values of members and warns about methods
// without bodies.
func (u *unit) finishClasses() {
	for _, out := range u.out.Classes {
		c := u.classes[upper(out.Written)]
		c.out.Init = u.dataInit(c, false)
		c.out.StaticInit = u.dataInit(c, true)
		for i, d := range c.done {
			if s := c.decl.Methods[i]; d == nil && !s.Abstract {
				u.findings.Warnf(s.Pos, "method-without-body", "method %s of class %s has no body", s.Name, out.Written)
			}
		}
	}
}

// dataInit compiles what sets the members that have initial values, or nil.
func (u *unit) dataInit(c *class, static bool) *code.Func {
	s := subject{
		name:  "{" + c.out.Name + "}",
		class: c.out.Name,
		pos:   c.decl.Pos,
		kind:  code.Initializer,
		self:  true,
	}
	for _, d := range c.decl.Data {
		if d.Static == static && d.Init != nil {
			s.data = append(s.data, dataInit{d.Name, d.Pos, d.Init})
		}
	}
	if s.data == nil {
		return nil
	}
	return u.compile(&s)
}

// dataInits emits the initial values of members.
func (g *gen) dataInits(list []dataInit) {
	for _, d := range list {
		top := g.top
		g.at(d.pos)
		g.emit(code.SETPROP, g.self, g.name(d.name), g.operand(d.value))
		g.top = top
	}
}
