package syntax

import (
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// class parses a class from its name on.
func (p *parser) class(first source.Pos, h head, annots []*Annotation) *ClassDecl {
	name := p.dotted()
	c := &ClassDecl{Pos: first, NamePos: name.Pos, Name: name.Text, Abstract: h.mods.abstract,
		Final: h.mods.final, LongNames: h.longNames, Annots: annots}
	p.emptyParens()
	p.classClauses(c)
	p.endStmt()
	p.members(c)
	return c
}

// emptyParens goes past () behind a name of a class.
func (p *parser) emptyParens() {
	if p.kind() == preproc.LParen && p.peek(1).Kind == preproc.RParen {
		p.next()
		p.next()
	}
}

// setParent sets the parent. LongNameClass is none, but the way to say that
// names have more than ten letters.
func (c *ClassDecl) setParent(n *Name) {
	if lookup(n.Text) == kwLongClass {
		c.LongNames = true
		return
	}
	c.Parent, c.ParentPos = n.Text, n.Pos
}

// classClauses parses From parent, Implements a, b and their like.
func (p *parser) classClauses(c *ClassDecl) {
	for p.kind() == preproc.Ident && !p.bad {
		switch {
		case p.acceptWord("from"), p.acceptWord("inherit"), p.acceptWord("inherits"),
			p.acceptWord("extends"), p.acceptWord("of"):
			c.setParent(p.dottedName("the name of the parent class"))
			p.emptyParens()
		case p.acceptWord("implements"):
			c.Interfaces = append(c.Interfaces, p.dottedName("the name of an interface"))
			for p.accept(preproc.Comma) {
				c.Interfaces = append(c.Interfaces, p.dottedName("the name of an interface"))
			}
		case p.acceptWord("abstract"):
			c.Abstract = true
		case p.acceptWord("final"):
			c.Final = true
		default:
			p.unexpected("From, Implements or the end of the line")
		}
	}
}

// members parses the members of a class up to EndClass.
func (p *parser) members(c *ClassDecl) {
	var section Visibility
	for {
		p.blank()
		if p.classEnd(c, "class") {
			return
		}
		annots := p.annotations()
		if len(annots) > 0 && p.classWord("class") {
			p.unexpected("Data or Method after the annotation")
			p.bad = false
			continue
		}
		if p.bad {
			p.closeStmt()
			continue
		}
		if v, ok := p.section(); ok {
			section = v
			continue
		}
		m := modifiers{visibility: section}
		modified := p.memberModifiers(&m)
		p.classMember(c, m, modified, annots)
	}
}

// classEnd goes past the word that ends the class, such as EndClass, End Class
// or End. A class that the next declaration or the source's end cuts off is an
// error.
func (p *parser) classEnd(c *ClassDecl, word string) bool {
	t := p.tok()
	switch {
	case t.Kind == preproc.EOF || p.atDecl() && !p.inClass():
		p.errorf(c.Pos, "%s %s of line %d has no %s", word, c.Name, c.Pos.Line, classEnds[word])
		p.bad = false
		c.End = t.Pos
		return true
	case p.classWord(word):
		c.End = t.Pos
		p.closeStmt()
		return true
	}
	return false
}

// classWord tells whether the word stands here that ends a class.
func (p *parser) classWord(word string) bool {
	return p.isWord("end"+word) || p.isWord("end") && p.peek(1).Kind != preproc.Colon
}

// classEnds holds the words that end classes as they are written.
var classEnds = map[string]string{
	"class": "EndClass", "interface": "EndInterface", "wsrestful": "END WSRESTFUL",
	"wsservice": "ENDWSSERVICE", "wsstruct": "ENDWSSTRUCT", "wsclient": "ENDWSCLIENT",
}

// inClass tells whether the declaration that begins here may stand in a class: a
// method without a class of its own.
func (p *parser) inClass() bool {
	i := 0
	if p.kind() == preproc.At {
		i = p.skipAnnotations()
	}
	h := p.headerAt(i)
	if h.kind != kwMethod && h.kind != kwWSMethod {
		return false
	}
	for i += h.words; !endsStmt(p.peek(i).Kind); i++ {
		switch t := p.peek(i); {
		case h.kind == kwMethod && wordIs(t, "class") && p.peek(i+1).Kind == preproc.Ident:
			return false
		case h.kind == kwWSMethod && isWebOwner(t):
			return false
		}
	}
	return true
}

// section parses Public: and its like.
func (p *parser) section() (Visibility, bool) {
	if p.kind() != preproc.Ident || p.peek(1).Kind != preproc.Colon {
		return NoVisibility, false
	}
	var m modifiers
	text := p.tok().Text
	switch {
	case equalFold(text, "hidden"):
		m.visibility = Private
	case equalFold(text, "export"), equalFold(text, "exported"):
		m.visibility = Public
	case !m.set(text) || m.visibility == NoVisibility:
		return NoVisibility, false
	}
	p.next()
	p.next()
	return m.visibility, true
}

// memberModifiers parses the words before a member's kind.
func (p *parser) memberModifiers(m *modifiers) (any bool) {
	for p.kind() == preproc.Ident && p.peek(1).Kind == preproc.Ident && m.set(p.tok().Text) {
		p.next()
		any = true
	}
	return any
}

// classMember parses one member from its kind on: Data or Method. A modifier
// alone makes data, which TLPP allows.
func (p *parser) classMember(c *ClassDecl, m modifiers, modified bool, annots []*Annotation) {
	t := p.tok()
	switch {
	case t.Kind != preproc.Ident:
		p.unexpected("Data, Method or EndClass")
	case equalFold(t.Text, "method"), equalFold(t.Text, "message"):
		p.next()
		c.Methods = append(c.Methods, p.methodSpec(m, annots))
	case equalFold(t.Text, "data"), equalFold(t.Text, "var"), equalFold(t.Text, "property"):
		p.next()
		p.data(c, m, annots)
	case equalFold(t.Text, "classdata"), equalFold(t.Text, "classvar"):
		p.next()
		m.static = true
		p.data(c, m, annots)
	case equalFold(t.Text, "wsdata"):
		p.next()
		p.webData(c, annots)
	case equalFold(t.Text, "wsmethod"):
		p.next()
		c.Methods = append(c.Methods, p.webMethodSpec(c.Kind, annots))
	case modified:
		p.data(c, m, annots)
	default:
		p.fail(source.Finding{Pos: t.Pos,
			Message: "found " + t.Text + " in class " + c.Name + ", expected Data, Method or EndClass",
			Near:    source.Near(t.Text, []string{"data", "method", "endclass", "public", "private", "protected", "static"})})
	}
	p.endStmt()
}

// data parses a, b [As type] [Init x] and options.
func (p *parser) data(c *ClassDecl, m modifiers, annots []*Annotation) {
	from := len(c.Data)
	for {
		t := p.name("the name of a member")
		d := &DataDecl{Pos: t.Pos, Name: t.Text, Static: m.static, Final: m.final,
			Visibility: m.visibility, Annots: annots}
		c.Data = append(c.Data, d)
		p.dataClauses(d)
		if p.bad || !p.accept(preproc.Comma) {
			break
		}
	}
	last := c.Data[len(c.Data)-1]
	for _, d := range c.Data[from:] { // Data a, b As type: the type is that of all
		if d.Type == nil {
			d.Type = last.Type
		}
	}
}

// dataClauses parses what follows the name of a member.
func (p *parser) dataClauses(d *DataDecl) {
	for !p.bad {
		switch {
		case p.isWord("as"):
			d.Type = p.optionalType()
		case p.acceptWord("init"), p.acceptWord("default"), p.accept(preproc.Assign), p.accept(preproc.Eq):
			d.Init = p.expr()
		case p.acceptWord("readonly"):
			d.ReadOnly = true
		case p.acceptWord("optional"):
			d.Optional = true
		case p.acceptWord("hidden"):
			d.Visibility = Private
		case p.acceptWord("export"), p.acceptWord("exported"):
			d.Visibility = Public
		case p.kind() == preproc.Ident:
			m := modifiers{visibility: d.Visibility, static: d.Static, final: d.Final}
			if !m.set(p.tok().Text) {
				p.unexpected("As, Init or the end of the line")
				return
			}
			p.next()
			d.Visibility, d.Static, d.Final = m.visibility, m.static, m.final
		default:
			return
		}
	}
}

// methodSpec parses a method of a class from its name on.
func (p *parser) methodSpec(m modifiers, annots []*Annotation) *MethodSpec {
	p.methodWord()
	t := p.name("the name of a method")
	s := &MethodSpec{Pos: t.Pos, Name: t.Text, Static: m.static, Abstract: m.abstract,
		Final: m.final, Override: m.override, Visibility: m.visibility, Annots: annots}
	s.Params, s.Variadic, s.HasParams = p.parenParams()
	for p.kind() == preproc.Ident && !p.bad {
		p.methodClause(s)
	}
	return s
}

// methodWord goes past Function or Procedure between Method and a name.
func (p *parser) methodWord() {
	if (p.isWord("function") || p.isWord("procedure")) && p.peek(1).Kind == preproc.Ident {
		p.next()
	}
}

// methodClause parses one word behind the parameters of a method.
func (p *parser) methodClause(s *MethodSpec) {
	m := modifiers{visibility: s.Visibility, static: s.Static, abstract: s.Abstract,
		final: s.Final, override: s.Override}
	switch {
	case p.isWord("as"):
		s.Result = p.optionalType()
	case p.acceptWord("constructor"):
		s.Constructor = true
	case p.acceptWord("virtual"), p.acceptWord("deferred"):
		s.Abstract = true
	case m.set(p.tok().Text):
		p.next()
		s.Visibility, s.Static, s.Abstract = m.visibility, m.static, m.abstract
		s.Final, s.Override = m.final, m.override
	default:
		p.unexpected("Constructor, As or the end of the line")
	}
}

// method parses a method's body from its name on: name(params) [As type] Class
// class, or class:name(params).
func (p *parser) method(first source.Pos, h head, annots []*Annotation) *MethodDecl {
	p.methodWord()
	name := p.next()
	m := &MethodDecl{Pos: first, NamePos: name.Pos, Name: name.Text, Static: h.mods.static, Annots: annots}
	if p.accept(preproc.Colon) {
		name = p.name("the name of a method")
		m.Class, m.NamePos, m.Name = m.Name, name.Pos, name.Text
	}
	m.Params, m.Variadic, _ = p.parenParams()
	for !p.bad && p.kind() == preproc.Ident {
		switch {
		case p.isWord("as"):
			m.Result = p.optionalType()
		case p.acceptWord("constructor"):
		case p.acceptWord("class"), p.acceptWord("from"):
			m.Class = p.dottedName("the name of the class").Text
		default:
			p.unexpected("Class and the name of its class")
		}
	}
	if m.Class == "" {
		p.errorf(m.NamePos, "method %s names no class: expected Class and its name", m.Name)
	}
	p.endStmt()
	m.Body = p.body()
	m.End = p.end
	return m
}

// interfaceDecl parses an interface from its name on.
func (p *parser) interfaceDecl(first source.Pos, annots []*Annotation) *InterfaceDecl {
	name := p.dotted()
	c := &ClassDecl{Pos: first, NamePos: name.Pos, Name: name.Text}
	p.classClauses(c)
	p.endStmt()
	for {
		p.blank()
		if p.classEnd(c, "interface") {
			break
		}
		annots := p.annotations()
		m := modifiers{}
		p.memberModifiers(&m)
		if !p.acceptWord("method") {
			p.unexpected("Method or EndInterface")
		}
		if !p.bad {
			c.Methods = append(c.Methods, p.methodSpec(m, annots))
		}
		p.endStmt()
	}
	return &InterfaceDecl{Pos: first, Name: c.Name, Parent: c.Parent, Methods: c.Methods, Annots: annots, End: c.End}
}
