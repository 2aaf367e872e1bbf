package syntax

import (
	"fmt"
	"strings"

	"appserver/internal/advpl/preproc"
)

// printer writes trees as text: one line for each declaration, member and
// statement, what they hold indented, expressions as source with parentheses
// around every operation.
type printer struct {
	strings.Builder
	indent int
}

// tree returns s as text.
func tree(s *Source) string {
	p := &printer{}
	if s.Namespace != nil {
		p.line("namespace %s", s.Namespace.Text)
	}
	for _, n := range s.Using {
		p.line("using %s", n.Text)
	}
	for _, a := range s.Annotations {
		p.line("annotation %s", a.Name)
		p.indent++
		for _, d := range a.Properties {
			p.line("%s%s%s", d.Name, typeText(d.Type), when("init "+exprText(d.Init), d.Init != nil))
		}
		p.indent--
	}
	for _, v := range s.Statics {
		p.line("static %s", varText(v))
	}
	for _, d := range s.Decls {
		p.decl(d)
	}
	return p.String()
}

func (p *printer) line(format string, args ...any) {
	p.WriteString(strings.Repeat("  ", p.indent))
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

func (p *printer) stmts(list []Stmt) {
	p.indent++
	for _, s := range list {
		p.stmt(s)
	}
	p.indent--
}

func when(text string, set bool) string {
	if set {
		return " " + text
	}
	return ""
}

func (p *printer) decl(d Decl) {
	switch d := d.(type) {
	case *FuncDecl:
		p.annots(d.Annots)
		kind := []string{"plain", "user", "static", "main", "template", "web", "html", "project"}[d.Kind]
		p.line("func %s %s(%s)%s%s", kind, d.Name, params(d.Params, d.Variadic), typeText(d.Result), when("procedure", d.Procedure))
		p.stmts(d.Body)
	case *MethodDecl:
		p.annots(d.Annots)
		text := fmt.Sprintf("method %s:%s(%s)%s", d.Class, d.Name, params(d.Params, d.Variadic), typeText(d.Result))
		text += when("static", d.Static) + when("web "+d.Verb, d.Web)
		text += when("receive "+params(d.Receive, false), d.Receive != nil)
		p.line("%s%s", text, when("send "+params(d.Send, false), d.Send != nil))
		p.stmts(d.Body)
	case *ClassDecl:
		p.class(d)
	case *InterfaceDecl:
		p.annots(d.Annots)
		p.line("interface %s%s", d.Name, when("from "+d.Parent, d.Parent != ""))
		p.methods(d.Methods)
	}
}

func (p *printer) class(d *ClassDecl) {
	p.annots(d.Annots)
	kind := []string{"class", "wsrestful", "wsservice", "wsstruct", "wsclient"}[d.Kind]
	text := kind + " " + d.Name + when("from "+d.Parent, d.Parent != "")
	for _, n := range d.Interfaces {
		text += " implements " + n.Text
	}
	text += when("abstract", d.Abstract) + when("final", d.Final) + when("longnames", d.LongNames)
	text += when(fmt.Sprintf("description %q", d.Description), d.Description != "")
	text += when("format "+d.Format, d.Format != "") + when("namespace "+d.Namespace, d.Namespace != "")
	p.line("%s%s", text, options(d.Options))
	p.indent++
	for _, m := range d.Data {
		p.annots(m.Annots)
		text := "data " + m.Name + typeText(m.Type) + when("init "+exprText(m.Init), m.Init != nil)
		text += when("static", m.Static) + when("final", m.Final) + when("readonly", m.ReadOnly)
		text += visibility(m.Visibility) + when("optional", m.Optional) + when("array", m.Array) + when("web", m.Web)
		p.line("%s", text)
	}
	p.indent--
	p.methods(d.Methods)
}

func (p *printer) methods(list []*MethodSpec) {
	p.indent++
	for _, m := range list {
		p.annots(m.Annots)
		text := "method " + m.Name
		if m.HasParams {
			text += "(" + params(m.Params, m.Variadic) + ")"
		}
		text += typeText(m.Result) + when("constructor", m.Constructor) + when("static", m.Static)
		text += when("abstract", m.Abstract) + when("final", m.Final) + when("override", m.Override)
		text += visibility(m.Visibility) + when("web "+m.Verb, m.Web) + options(m.Options)
		p.line("%s", text)
	}
	p.indent--
}

func visibility(v Visibility) string {
	return []string{"", " public", " protected", " private"}[v]
}

func options(list []Option) string {
	text := ""
	for _, o := range list {
		text += " " + o.Name
		if o.Value != nil {
			text += "=" + exprText(o.Value)
		}
	}
	return text
}

func (p *printer) annots(list []*Annotation) {
	for _, a := range list {
		p.line("%s", annotText(a))
	}
}

func annotText(a *Annotation) string {
	var args []string
	for _, arg := range a.Args {
		text := exprText(arg.Value)
		if arg.Name != "" {
			text = arg.Name + "=" + text
		}
		args = append(args, text)
	}
	return "@" + a.Name + "(" + strings.Join(args, ", ") + ")"
}

func params(list []*Param, variadic bool) string {
	var out []string
	for _, a := range list {
		text := a.Name + typeText(a.Type)
		if a.ByRef {
			text = "@" + text
		}
		if a.Default != nil {
			text += " := " + exprText(a.Default)
		}
		for i := len(a.Annots) - 1; i >= 0; i-- {
			text = annotText(a.Annots[i]) + " " + text
		}
		out = append(out, text)
	}
	if variadic {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

func typeText(t *Type) string {
	switch {
	case t == nil:
		return ""
	case t.Array:
		return " as array of " + t.Name
	}
	return " as " + t.Name
}

func varText(v *VarDecl) string {
	text := v.Name
	if v.Macro != nil {
		text = exprText(v.Macro)
	}
	for _, d := range v.Dims {
		text += "[" + exprText(d) + "]"
	}
	text += typeText(v.Type)
	if v.Init != nil {
		text += " := " + exprText(v.Init)
	}
	return text
}

// optional returns the word and x, or nothing for nil.
func optional(word string, x Expr) string {
	if x == nil {
		return ""
	}
	return word + exprText(x)
}

func (p *printer) arms(word string, list []CondArm) {
	for _, a := range list {
		p.line("%s %s", word, exprText(a.Cond))
		p.stmts(a.Body)
	}
}

func (p *printer) part(word string, has bool, body []Stmt) {
	if has {
		p.line("%s", word)
		p.stmts(body)
	}
}

func (p *printer) stmt(s Stmt) {
	switch s := s.(type) {
	case *DeclStmt:
		word := []string{"local", "private", "public", "static", "field", "memvar", "parameters"}[s.Scope]
		var list []string
		for _, v := range s.Vars {
			list = append(list, varText(v))
		}
		p.line("%s %s%s", word, strings.Join(list, ", "), when("in "+s.Alias, s.Alias != ""))
	case *DefaultStmt:
		p.line("default %s := %s", exprText(s.Target), exprText(s.Value))
	case *ExprStmt:
		p.line("%s", exprText(s.X))
	case *PrintStmt:
		word := "??"
		if s.Newline {
			word = "?"
		}
		p.line("%s %s", word, exprTexts(s.Args))
	case *ReturnStmt:
		p.line("return%s", optional(" ", s.X))
	case *BreakStmt:
		p.line("break%s", optional(" ", s.X))
	case *ThrowStmt:
		p.line("throw %s", exprText(s.X))
	case *ExitStmt:
		p.line("exit")
	case *LoopStmt:
		p.line("loop")
	case *SQLStmt:
		p.sql(s)
	default:
		p.compound(s)
	}
}

func (p *printer) compound(s Stmt) {
	switch s := s.(type) {
	case *IfStmt:
		p.arms("if", s.Arms)
		p.part("else", s.HasElse, s.Else)
	case *CaseStmt:
		p.line("do case")
		p.arms("case", s.Arms)
		p.part("otherwise", s.HasElse, s.Else)
	case *SwitchStmt:
		p.line("switch %s", exprText(s.X))
		p.arms("case", s.Arms)
		p.part("otherwise", s.HasElse, s.Else)
	case *WhileStmt:
		p.line("while %s", exprText(s.Cond))
		p.stmts(s.Body)
	case *ForStmt:
		p.line("for%s %s%s := %s to %s%s", when("local", s.Decl), exprText(s.Var), typeText(s.Type),
			exprText(s.From), exprText(s.To), optional(" step ", s.Step))
		p.stmts(s.Body)
	case *ForEachStmt:
		p.line("for each%s %s in %s", when("local", s.Decl), exprText(s.Var), exprText(s.X))
		p.stmts(s.Body)
	case *SequenceStmt:
		p.line("begin sequence%s", optional(" with ", s.With))
		p.stmts(s.Body)
		p.part("recover"+optional(" using ", s.Using), s.HasRecover, s.Recover)
		p.part("always", s.Always != nil, s.Always)
	case *TryStmt:
		p.line("try")
		p.stmts(s.Body)
		p.part("catch"+optional(" ", s.Catch)+typeText(s.Type), s.HasCatch, s.Handler)
		p.part("finally", s.Finally != nil, s.Finally)
	case *TransactionStmt:
		p.line("begin transaction")
		p.stmts(s.Body)
	default:
		p.line("unknown statement %T", s)
	}
}

func (p *printer) sql(s *SQLStmt) {
	p.line("sql %s%s", exprText(s.Alias), when("noparser", s.NoParser))
	p.indent++
	for _, c := range s.Columns {
		p.line("column %s %c %d %d", c.Name, c.Type, c.Width, c.Places)
	}
	for _, part := range s.Parts {
		kind := []string{"text", "table", "xfilial", "exp", "notdel", "order"}[part.Kind]
		switch {
		case part.X != nil:
			p.line("%s %s", kind, exprText(part.X))
		case part.Text != "":
			p.line("%s %q", kind, part.Text)
		default:
			p.line("%s", kind)
		}
	}
	p.indent--
}

func exprTexts(list []Expr) string {
	var out []string
	for _, x := range list {
		out = append(out, exprText(x))
	}
	return strings.Join(out, ", ")
}

func argTexts(list []Arg) string {
	var out []string
	for _, a := range list {
		text := exprText(a.X)
		if a.Name != "" {
			text = a.Name + " = " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// exprText returns x as source in which every operation has parentheses, so that
// parsing it gives a tree of the same text.
func exprText(x Expr) string {
	switch x := x.(type) {
	case nil:
		return ""
	case *Literal:
		return literalText(x)
	case *Ident:
		return x.Name
	case *Self:
		return "Self"
	case *Super:
		return "_Super"
	case *Rest:
		return "..."
	case *Bad:
		return "BAD"
	case *Ref:
		return "@" + exprText(x.X)
	case *Unary:
		op, text := kindText(x.Op), exprText(x.X)
		if text[0] == op[0] {
			op += " "
		}
		return "(" + op + text + ")"
	case *Binary:
		return "(" + exprText(x.X) + " " + kindText(x.Op) + " " + exprText(x.Y) + ")"
	case *AssignExpr:
		op := kindText(x.Op)
		if x.Old {
			op = "="
		}
		return exprText(x.X) + " " + op + " " + exprText(x.Y)
	case *IncDec:
		if x.Prefix {
			return kindText(x.Op) + exprText(x.X)
		}
		return exprText(x.X) + kindText(x.Op)
	case *Cond:
		return "IIf(" + exprText(x.C) + ", " + exprText(x.A) + ", " + exprText(x.B) + ")"
	case *Paren:
		if len(x.List) == 1 && isOperation(x.List[0]) {
			return exprText(x.List[0])
		}
		return "(" + exprTexts(x.List) + ")"
	case *ArrayLit:
		return "{" + exprTexts(x.List) + "}"
	case *JSONLit:
		var out []string
		for i := range x.Keys {
			out = append(out, exprText(x.Keys[i])+": "+exprText(x.Vals[i]))
		}
		return "{" + strings.Join(out, ", ") + "}"
	case *BlockLit:
		return "{|" + params(x.Params, x.Variadic) + "| " + exprTexts(x.Body) + "}"
	}
	return accessText(x)
}

func isOperation(x Expr) bool {
	switch x.(type) {
	case *Unary, *Binary:
		return true
	}
	return false
}

func accessText(x Expr) string {
	switch x := x.(type) {
	case *Index:
		return exprText(x.X) + "[" + exprTexts(x.List) + "]"
	case *Call:
		return x.Name + "(" + argTexts(x.Args) + ")"
	case *MacroCall:
		return macroText(x.Macro) + "(" + argTexts(x.Args) + ")"
	case *Member:
		return exprText(x.X) + ":" + nameText(x.Name, x.Dyn)
	case *Send:
		return exprText(x.X) + ":" + nameText(x.Name, x.Dyn) + "(" + argTexts(x.Args) + ")"
	case *Macro:
		return macroText(x)
	case *AliasField:
		return x.Alias + exprText(x.AliasX) + "->" + nameText(x.Field, x.FieldX)
	case *AliasExpr:
		return x.Alias + exprText(x.AliasX) + "->" + exprText(x.X)
	}
	return fmt.Sprintf("unknown expression %T", x)
}

func nameText(name string, m *Macro) string {
	if m != nil {
		return macroText(m)
	}
	return name
}

func macroText(m *Macro) string {
	text := ""
	for i, part := range m.Parts {
		switch x := part.(type) {
		case *Literal:
			text += x.Str
		case *Ident:
			text += "&" + x.Name
			if i+1 < len(m.Parts) {
				text += "."
			}
		default:
			text += "&" + exprText(x)
		}
	}
	return text
}

func literalText(x *Literal) string {
	switch x.Kind {
	case NumLit:
		return x.Text
	case StrLit:
		if strings.Contains(x.Str, `"`) {
			return "'" + x.Str + "'"
		}
		return `"` + x.Str + `"`
	case TrueLit:
		return kindText(preproc.True)
	case FalseLit:
		return kindText(preproc.False)
	}
	return "NIL"
}
