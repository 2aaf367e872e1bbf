package syntax

import (
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// source parses the whole of a source.
func (p *parser) source(s *Source) {
	early := false // a statement before the first function is reported
	for {
		p.blank()
		if p.kind() == preproc.EOF {
			break
		}
		if p.atAnnotDecl() {
			s.Annotations = append(s.Annotations, p.annotDecl())
			continue
		}
		switch annots, head := p.annotations(), p.header(); {
		case head.kind != notKeyword:
			p.decl(s, head, annots)
		case p.bad:
			p.closeStmt()
		case len(annots) > 0:
			p.unexpected("a function, class or method after the annotation")
			p.closeStmt()
		case p.fileStatic(s):
		default:
			p.early(&early)
		}
	}
}

// early parses the statements before the first function, which is one error.
func (p *parser) early(reported *bool) {
	pos := p.tok().Pos
	n := len(p.findings)
	p.blocks = p.blocks[:0]
	list := p.body()
	if len(list) == 1 && len(p.findings) == n {
		if _, ok := list[0].(*ReturnStmt); ok {
			p.findings.Warnf(pos, oddForm, "Return outside of functions means nothing")
			return
		}
	}
	if len(p.findings) == n && !*reported {
		p.errorf(pos, "statement before the first function")
		p.bad = false
	}
	*reported = true
}

// fileStatic parses Static a := 1 before the first function, or tells that there
// is none.
func (p *parser) fileStatic(s *Source) bool {
	t := p.tok()
	if t.Kind != preproc.Ident || lookup(t.Text) != kwStatic || !p.isKeyword(kwStatic) {
		return false
	}
	p.next()
	s.Statics = append(s.Statics, p.varDecls()...)
	p.endStmt()
	return true
}

// head is the beginning of a declaration: its word and those before it.
type head struct {
	kind      keyword // kwFunction, kwClass, kwMethod … or notKeyword
	words     int     // tokens up to and with the declaration's word
	mods      modifiers
	fn        FuncKind
	procedure bool
	longNames bool
}

// modifiers are the words before a class or a member.
type modifiers struct {
	visibility                        Visibility
	static, abstract, final, override bool
}

// set sets the modifier that the word names, or returns false.
func (m *modifiers) set(word string) bool {
	switch lookup(word) {
	case kwPublic:
		m.visibility = Public
	case kwPrivate:
		m.visibility = Private
	case kwProtected:
		m.visibility = Protected
	case kwStatic:
		m.static = true
	case kwAbstract:
		m.abstract = true
	case kwFinal:
		m.final = true
	case kwOverride:
		m.override = true
	default:
		return false
	}
	return true
}

// funcKinds maps the words before Function.
var funcKinds = map[keyword]FuncKind{
	kwUser: UserFunc, kwStatic: StaticFunc, kwMain: MainFunc, kwTemplate: TemplateFunc,
	kwWeb: WebFunc, kwHTML: HTMLFunc, kwProject: ProjectFunc,
}

// header returns the head of the declaration that begins at the current token;
// its kind is notKeyword if none does. Nothing is gone past.
func (p *parser) header() head { return p.headerAt(0) }

// headerAt is header for the token that is n behind the current one.
func (p *parser) headerAt(n int) head {
	var h head
	for i := n; p.peek(i).Kind == preproc.Ident && p.namesDecl(i+1); i++ {
		kw := lookup(p.peek(i).Text)
		switch kw {
		case notKeyword:
			return head{}
		case kwFunction, kwProcedure:
			h.procedure = kw == kwProcedure
			kw = kwFunction
		case kwLongClass:
			h.longNames = true
			kw = kwClass
		case kwUsing:
			if !wordIs(p.peek(i+1), "namespace") {
				return head{}
			}
		}
		switch kw {
		case kwFunction, kwClass, kwMethod, kwInterface, kwNamespace, kwUsing,
			kwWSRestful, kwWSService, kwWSStruct, kwWSClient, kwWSMethod:
			h.kind, h.words = kw, i-n+1
			return h
		}
		kind, isKind := funcKinds[kw]
		if isKind {
			h.fn = kind
		}
		if !h.mods.set(p.peek(i).Text) && !isKind {
			return head{}
		}
	}
	return head{}
}

// namesDecl tells whether the token that is n behind the current one may be the
// name of a declaration, or a word before it. The name of a User Function, which
// is linked with U_ before it, may begin with a digit.
func (p *parser) namesDecl(n int) bool {
	switch p.peek(n).Kind {
	case preproc.Ident:
		return true
	case preproc.Number:
		return n > 1 && lookup(p.peek(n-1).Text) == kwFunction && lookup(p.peek(n-2).Text) == kwUser
	}
	return false
}

// atDecl tells whether a declaration of the source begins at the current token,
// perhaps with its annotations.
func (p *parser) atDecl() bool {
	switch t := p.tok(); t.Kind {
	case preproc.At:
		n := p.skipAnnotations()
		return n > 0 && p.headerAt(n).kind != notKeyword || p.atAnnotDecl()
	case preproc.Ident:
		kw := lookup(t.Text)
		return (kw >= kwFunction || kw == kwPrivate || kw == kwPublic || kw == kwStatic) &&
			p.header().kind != notKeyword
	}
	return false
}

// skipAnnotations returns the number of tokens of the annotations that begin
// here, or 0 if what stands here is none.
func (p *parser) skipAnnotations() int {
	i := 0
	for p.peek(i).Kind == preproc.At && p.peek(i+1).Kind == preproc.Ident {
		i += 2
		if p.peek(i).Kind == preproc.LParen {
			if i = p.skipParens(i); i == 0 {
				return 0
			}
		}
		for p.peek(i).Kind == preproc.EOL {
			i++
		}
	}
	return i
}

// maxScanned is how many tokens are looked at in vain, in a whole source, for the
// parentheses that close annotations.
const maxScanned = 1 << 22

// skipParens returns the number of the token behind the parenthesis that closes
// the one at i, or 0.
func (p *parser) skipParens(i int) int {
	if p.scanned > maxScanned {
		return 0
	}
	begin := i
	for depth := 0; ; i++ {
		switch p.peek(i).Kind {
		case preproc.LParen:
			depth++
		case preproc.RParen:
			if depth--; depth == 0 {
				return i + 1
			}
		case preproc.EOF:
			p.scanned += i - begin
			return 0
		}
	}
}

// decl parses the declaration that h begins.
func (p *parser) decl(s *Source, h head, annots []*Annotation) {
	first := p.tok().Pos
	for range h.words {
		p.next()
	}
	p.blocks, p.depth, p.forgiven = p.blocks[:0], 0, 0
	switch h.kind {
	case kwFunction:
		s.Decls = append(s.Decls, p.function(first, h, annots))
	case kwClass:
		s.Decls = append(s.Decls, p.class(first, h, annots))
	case kwInterface:
		s.Decls = append(s.Decls, p.interfaceDecl(first, annots))
	case kwMethod:
		s.Decls = append(s.Decls, p.method(first, h, annots))
	case kwNamespace:
		s.Namespace = p.namespace(s.Namespace)
	case kwUsing:
		p.next()
		s.Using = append(s.Using, p.dottedName("a namespace"))
		p.endStmt()
	case kwWSMethod:
		s.Decls = append(s.Decls, p.webMethod(first, annots))
	default:
		s.Decls = append(s.Decls, p.webClass(first, h.kind, annots))
	}
}

// namespace parses the name of the source's namespace, of which there is one.
func (p *parser) namespace(earlier *Name) *Name {
	n := p.dottedName("a namespace")
	if earlier != nil {
		p.errorf(n.Pos, "namespace %s after namespace %s of line %d: a source has one", n.Text, earlier.Text, earlier.Pos.Line)
	}
	p.endStmt()
	return n
}

// function parses a function from its name on.
func (p *parser) function(first source.Pos, h head, annots []*Annotation) *FuncDecl {
	pos := p.tok().Pos
	f := &FuncDecl{Pos: first, NamePos: pos, Kind: h.fn, Procedure: h.procedure,
		Name: p.funcName(), Annots: annots}
	f.Params, f.Variadic, _ = p.parenParams()
	f.Result = p.optionalType()
	p.endStmt()
	f.Body = p.body()
	f.End = p.end
	return f
}

// funcName goes past the name of a function; 2Name is a number and a name.
func (p *parser) funcName() string {
	t := p.next()
	name := t.Text
	if t.Kind == preproc.Number && p.kind() == preproc.Ident && !p.tok().Space {
		name += p.next().Text
	}
	return name
}

// parenParams parses (a, b), if it is there.
func (p *parser) parenParams() (list []*Param, variadic, has bool) {
	if !p.accept(preproc.LParen) {
		return nil, false, false
	}
	list, variadic = p.params(preproc.RParen)
	p.closing(preproc.RParen)
	return list, variadic, true
}

// params parses parameters up to stop, which may be ... at the end.
func (p *parser) params(stop preproc.Kind) (list []*Param, variadic bool) {
	if p.kind() == stop {
		return nil, false
	}
	for {
		if p.accept(preproc.Ellipsis) {
			return list, true
		}
		list = append(list, p.param())
		if p.bad || !p.accept(preproc.Comma) {
			return list, false
		}
		if p.kind() == stop {
			p.findings.Warnf(p.tok().Pos, oddForm, "the comma before %s means nothing", kindText(stop))
			return list, false
		}
	}
}

// param parses [annotations] [@]name [As type] [:= default].
func (p *parser) param() *Param {
	annots := p.paramAnnotations()
	a := &Param{Pos: p.tok().Pos, Annots: annots, ByRef: p.accept(preproc.At)}
	a.Name = p.name("the name of a parameter").Text
	a.Type = p.optionalType()
	if p.accept(preproc.Assign) || p.accept(preproc.Eq) {
		a.Default = p.expr()
	}
	if a.Type == nil {
		a.Type = p.optionalType()
	}
	return a
}

// optionalType parses As type, if it is there.
func (p *parser) optionalType() *Type {
	if !p.acceptWord("as") {
		return nil
	}
	return p.typeName()
}

// typeName parses a type behind As.
func (p *parser) typeName() *Type {
	n := p.dottedName("a type")
	t := &Type{Pos: n.Pos, Name: n.Text}
	for p.acceptWord("of") {
		t.Array = true
		t.Name = p.dottedName("the type of the elements").Text
	}
	return t
}

// annotations parses the annotations that begin here, each perhaps on a line of
// its own.
func (p *parser) annotations() []*Annotation {
	var list []*Annotation
	for p.kind() == preproc.At && p.peek(1).Kind == preproc.Ident {
		list = append(list, p.annotation())
		if p.bad {
			return list
		}
		p.blank()
	}
	return list
}

// annotation parses @name, @name(value) or @name(name=value, …).
func (p *parser) annotation() *Annotation {
	a := &Annotation{Pos: p.next().Pos}
	a.Name = p.dotted().Text
	p.joined = true
	if p.kind() == preproc.LParen {
		a.Args = p.annotArgs()
	}
	p.joined = false
	return a
}

// paramAnnotations parses the annotations before a parameter. They differ from
// the @ of a reference by what follows the name: arguments, or the parameter.
func (p *parser) paramAnnotations() []*Annotation {
	var list []*Annotation
	for p.kind() == preproc.At && p.peek(1).Kind == preproc.Ident && !p.bad {
		switch next := p.peek(2); {
		case next.Kind == preproc.LParen, next.Kind == preproc.At,
			next.Kind == preproc.Ident && !wordIs(next, "as"):
			list = append(list, p.annotation())
		default:
			return list
		}
	}
	return list
}

// annotArgs parses (name=value, …) or (value). Ends of lines do not count up to
// the closing parenthesis.
func (p *parser) annotArgs() []AnnotArg {
	p.next()
	var list []AnnotArg
	for p.kind() != preproc.RParen {
		a := AnnotArg{Pos: p.tok().Pos}
		if k := p.peek(1).Kind; p.kind() == preproc.Ident && (k == preproc.Eq || k == preproc.Assign) {
			a.Name = p.next().Text
			p.next()
		}
		a.Value = p.expr()
		list = append(list, a)
		if p.bad || !p.accept(preproc.Comma) {
			break
		}
	}
	p.joined = false
	p.closing(preproc.RParen)
	return list
}

// atAnnotDecl tells whether @annotation Name stands here.
func (p *parser) atAnnotDecl() bool {
	return p.kind() == preproc.At && wordIs(p.peek(1), "annotation") && p.peek(2).Kind == preproc.Ident
}

// annotDecl parses @annotation Name, properties on a line each, and @end.
func (p *parser) annotDecl() *AnnotDecl {
	a := &AnnotDecl{Pos: p.next().Pos}
	p.next()
	a.Name = p.dotted().Text
	p.endStmt()
	for p.blank(); p.kind() == preproc.Ident && p.header().kind == notKeyword; p.blank() {
		t := p.next()
		d := &DataDecl{Pos: t.Pos, Name: t.Text}
		p.dataClauses(d)
		a.Properties = append(a.Properties, d)
		p.endStmt()
	}
	if p.kind() != preproc.At || !wordIs(p.peek(1), "end") && !wordIs(p.peek(1), "endannotation") {
		p.errorf(a.Pos, "annotation %s of line %d has no @end", a.Name, a.Pos.Line)
		p.bad = false
		return a
	}
	p.closeStmt()
	return a
}
