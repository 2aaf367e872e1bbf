package syntax

import (
	"strings"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// webKinds maps the words of web services.
var webKinds = map[keyword]struct {
	kind ClassKind
	word string
}{
	kwWSRestful: {WSRestful, "wsrestful"},
	kwWSService: {WSService, "wsservice"},
	kwWSStruct:  {WSStruct, "wsstruct"},
	kwWSClient:  {WSClient, "wsclient"},
}

// webClass parses WSRESTFUL, WSSERVICE, WSSTRUCT or WSCLIENT from its name on.
func (p *parser) webClass(first source.Pos, kw keyword, annots []*Annotation) *ClassDecl {
	name, kind := p.dotted(), webKinds[kw]
	c := &ClassDecl{Pos: first, NamePos: name.Pos, Name: name.Text, Kind: kind.kind, Annots: annots}
	c.Options = p.options()
	c.Description = optionText(c.Options, "DESCRIPTION")
	c.Format = optionText(c.Options, "FORMAT")
	c.Namespace = optionText(c.Options, "NAMESPACE")
	p.endStmt()
	for {
		p.blank()
		if p.classEnd(c, kind.word) {
			return c
		}
		var m modifiers
		p.classMember(c, m, p.memberModifiers(&m), p.annotations())
	}
}

// optionText returns the text of the option, if it is a string or one name.
func optionText(list []Option, name string) string {
	for _, o := range list {
		if o.Name != name {
			continue
		}
		switch x := o.Value.(type) {
		case *Literal:
			return x.Str
		case *Ident:
			return x.Name
		}
	}
	return ""
}

// optionWords are the clauses of web services; true if a value follows.
var optionWords = map[string]bool{
	"DESCRIPTION": true, "FORMAT": true, "NAMESPACE": true, "SECURITY": true, "WSSYNTAX": true,
	"PATH": true, "PRODUCES": true, "CONSUMES": true, "TTALK": true, "RESPONSE": true, "REQUEST": true,
	"DOCUMENTATION": true, "LOCATION": true, "SOAPACTION": true, "URL": true, "ROLE": true,
	"SSL": false, "OPTIONAL": false, "DISABLE": false, "NOAUTH": false, "HIDDEN": false,
}

// options parses clauses such as DESCRIPTION "x" and SSL up to the end of the
// statement. A clause whose word is unknown has a value if one follows.
func (p *parser) options() []Option {
	var list []Option
	for p.kind() == preproc.Ident && !p.bad {
		t := p.next()
		o := Option{Pos: t.Pos, Name: strings.ToUpper(t.Text)}
		if value, known := optionWords[o.Name]; value || !known && !p.atEnd() && !p.atOption() {
			o.Value = p.expr()
		}
		list = append(list, o)
		p.accept(preproc.Comma)
	}
	return list
}

// atOption tells whether the current token is the word of a clause.
func (p *parser) atOption() bool {
	if p.kind() != preproc.Ident {
		return false
	}
	_, ok := optionWords[strings.ToUpper(p.tok().Text)]
	return ok
}

// webData parses WSDATA name As [Array Of] type [Optional] from the name on.
func (p *parser) webData(c *ClassDecl, annots []*Annotation) {
	from := len(c.Data)
	p.data(c, modifiers{}, annots)
	for _, d := range c.Data[from:] {
		d.Web = true
		d.Array = d.Type != nil && d.Type.Array
	}
}

// verb goes past the verb of a REST method and returns it in upper case, or "".
func (p *parser) verb() string {
	t := p.tok()
	if t.Kind != preproc.Ident || p.peek(1).Kind == preproc.LParen {
		return ""
	}
	switch verb := strings.ToUpper(t.Text); verb {
	case "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS":
		p.next()
		return verb
	}
	return ""
}

// webName parses [verb] [name]. A method without a name has its verb's.
func (p *parser) webName() (verb string, name *preproc.Token) {
	name = p.tok()
	verb = p.verb()
	if verb == "" || p.kind() == preproc.Ident && !p.atOption() && !p.atReceive() && !isWebOwner(p.tok()) {
		name = p.name("the name of a method")
	}
	return verb, name
}

// webMethodSpec parses WSMETHOD in a class from its name on.
func (p *parser) webMethodSpec(kind ClassKind, annots []*Annotation) *MethodSpec {
	verb, name := p.webName()
	s := &MethodSpec{Pos: name.Pos, Name: name.Text, Verb: verb, Web: true, Annots: annots}
	s.Params, s.Variadic, s.HasParams = p.parenParams()
	s.Options = p.options()
	return s
}

// isWebOwner tells whether the word names the kind of the class that a web
// method belongs to.
func isWebOwner(t *preproc.Token) bool {
	if t.Kind != preproc.Ident {
		return false
	}
	kw := lookup(t.Text)
	return kwWSRestful <= kw && kw <= kwWSClient || equalFold(t.Text, "wsrest")
}

// atReceive tells whether the current word begins a list of names in the head of
// a web method's body.
func (p *parser) atReceive() bool {
	for _, word := range []string{"wsreceive", "wssend", "pathparam", "queryparam", "headerparam", "bodyparam"} {
		if p.isWord(word) {
			return true
		}
	}
	return false
}

// webParams parses the names of a list such as WSSEND a, BYREF b.
func (p *parser) webParams() []*Param {
	var list []*Param
	for {
		if p.isWord("byref") && p.peek(1).Kind == preproc.Ident {
			p.next()
		}
		list = append(list, p.param())
		if p.bad || !p.accept(preproc.Comma) {
			return list
		}
	}
}

// webReceive parses a list of names from its word on.
func (p *parser) webReceive(m *MethodDecl) {
	word := strings.ToLower(p.next().Text)
	if isWebOwner(p.tok()) { // no names
		return
	}
	list := p.webParams()
	switch word {
	case "wssend":
		m.Send = append(m.Send, list...)
		return
	case "pathparam":
		m.Path = append(m.Path, list...)
	case "headerparam":
		m.Header = append(m.Header, list...)
	}
	m.Receive = append(m.Receive, list...)
}

// webMethod parses a web method's body from its name on: [verb] [name]
// [WSRECEIVE a, b] [WSSEND c] WSSERVICE class.
func (p *parser) webMethod(first source.Pos, annots []*Annotation) *MethodDecl {
	verb, name := p.webName()
	m := &MethodDecl{Pos: first, NamePos: name.Pos, Name: name.Text, Verb: verb, Web: true, Annots: annots}
	m.Params, m.Variadic, _ = p.parenParams()
	for p.kind() == preproc.Ident && !p.bad {
		switch {
		case isWebOwner(p.tok()):
			p.next()
			m.Class = p.dottedName("the name of the class").Text
		case p.atReceive():
			p.webReceive(m)
		case p.atOption():
			p.options()
		default:
			p.unexpected("WSRECEIVE, WSSEND or WSSERVICE")
		}
	}
	if m.Class == "" {
		p.errorf(m.NamePos, "method %s names no class: expected WSSERVICE, WSRESTFUL or WSCLIENT and its name", m.Name)
	}
	p.endStmt()
	m.Body = p.body()
	m.End = p.end
	return m
}
