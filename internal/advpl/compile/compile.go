// Package compile turns the tree of a source into bytecode.
//
// A function is compiled in two walks over its tree. The first (resolve.go) finds
// its variables and what is done to them: whether a code block captures them,
// whether they are passed by reference or assigned. It knows then which of them
// can live in plain registers, and the second walk emits the instructions, which
// use those registers as operands without copies. Temporary values are a stack
// above the variables; a call's window is its top.
//
// # Variables
//
// A name means, innermost first: a variable of the code block or function, or of
// those around the block; a static of the function, a static of the source; else
// a memory variable or field, which the virtual machine looks for. A variable is
// seen from its declaration on; its own initialiser sees it only inside code
// blocks. In AdvPL, as opposed to TLPP, a name without such a meaning that has ten
// letters or more means the variable with the same first ten letters, if there is
// one.
//
// # Embedded SQL
//
// BeginSql … EndSql is a call __EMBEDDEDSQL(cAlias, aColumns, aParts[, lNoParser]).
// A column is {cName, cType, nWidth, nPlaces}. A part is {cKind, cText, xValue}
// with the kind "TEXT" (the text as it stands), "TABLE", "FILIAL" (the text is the
// table), "EXP" (the value is that of the expression), "NOTDEL", or "ORDER" (the
// text is the table and, after a comma, the order).
package compile

import (
	"path"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// Compile compiles a source that was parsed without errors. The unit is nil if the
// findings have an error. It may be called from several goroutines at once.
func Compile(s *syntax.Source) (*code.Unit, source.Findings) {
	u := newUnit(s.File)
	u.out = &code.Unit{
		Name: unitName(s.File.Name),
		Path: s.File.Name,
		Hash: s.File.Hash,
		TLPP: u.tlpp,
	}
	u.namespace(s)
	u.collect(s.Decls)
	u.fileStatics(s.Statics)
	for _, d := range s.Decls {
		u.decl(d)
	}
	u.finishClasses()
	u.initializer()
	u.findings.Sort()
	u.findings = slices.CompactFunc(u.findings, sameFinding)
	if u.findings.Failed() {
		return nil, u.findings
	}
	return u.out, u.findings
}

// sameFinding tells whether two findings are the same. Statements that are emitted
// more than once are reported as often.
func sameFinding(a, b source.Finding) bool { return a.Pos == b.Pos && a.Message == b.Message }

// unit is the state of one compilation.
type unit struct {
	tlpp     bool
	file     *source.File
	out      *code.Unit
	findings source.Findings
	symbols  map[string]*symbol // by upper-case name and by each way it is written
	shorts   map[string]*short
	funcs    map[string]*syntax.FuncDecl
	classes  map[string]*class
	inits    []staticInit
	spare    []*gen // generators that are not in use
}

func newUnit(f *source.File) *unit {
	return &unit{file: f, tlpp: f.TLPP, symbols: make(map[string]*symbol), shorts: make(map[string]*short)}
}

// unitName returns the base name of a source in upper case. Both kinds of slashes
// separate folders.
func unitName(name string) string {
	return upper(path.Base(strings.ReplaceAll(name, `\`, "/")))
}

// upper returns s with the letters a to z in upper case. Other bytes, which may be
// of any code page, stay as they are.
func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if 'a' <= s[i] && s[i] <= 'z' {
			return upperFrom(s, i)
		}
	}
	return s
}

func upperFrom(s string, i int) string {
	b := []byte(s)
	for ; i < len(b); i++ {
		if 'a' <= b[i] && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// lower returns s with the letters A to Z in lower case.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (u *unit) namespace(s *syntax.Source) {
	if s.Namespace != nil {
		u.out.Namespace = upper(s.Namespace.Text)
	}
	for _, n := range s.Using {
		u.out.Using = append(u.out.Using, upper(n.Text))
	}
}

// qualified returns the name as it is linked in the unit's namespace.
func (u *unit) qualified(name string) string {
	if u.out.Namespace == "" {
		return name
	}
	return u.out.Namespace + "." + name
}

// collect learns the names of all functions and classes before any is compiled.
func (u *unit) collect(decls []syntax.Decl) {
	u.funcs = make(map[string]*syntax.FuncDecl)
	u.classes = make(map[string]*class)
	for _, d := range decls {
		switch d := d.(type) {
		case *syntax.FuncDecl:
			u.collectFunc(d)
		case *syntax.ClassDecl:
			u.collectClass(d)
		case *syntax.InterfaceDecl:
			u.collectInterface(d)
		}
	}
}

func (u *unit) collectFunc(d *syntax.FuncDecl) {
	name := linkName(d)
	if first, ok := u.funcs[name]; ok {
		u.findings.Errorf(d.NamePos, "function %s is declared twice, first at line %d", name, first.NamePos.Line)
		return
	}
	u.funcs[name] = d
}

func (u *unit) decl(d syntax.Decl) {
	switch d := d.(type) {
	case *syntax.FuncDecl:
		u.out.Funcs = append(u.out.Funcs, u.funcDecl(d))
	case *syntax.MethodDecl:
		u.methodDecl(d)
	}
}

// prefixes of link names by kind.
var prefixes = [...]string{
	syntax.UserFunc:     "U_",
	syntax.TemplateFunc: "T_",
	syntax.WebFunc:      "W_",
	syntax.HTMLFunc:     "H_",
	syntax.ProjectFunc:  "P_",
}

// linkName returns the name of a function with its prefix, without namespace.
func linkName(d *syntax.FuncDecl) string {
	return prefixes[d.Kind] + upper(d.Name)
}

func (u *unit) funcDecl(d *syntax.FuncDecl) *code.Func {
	s := subject{
		name:      linkName(d),
		pos:       d.Pos,
		kind:      code.Function,
		params:    d.Params,
		variadic:  d.Variadic,
		procedure: d.Procedure,
		body:      d.Body,
	}
	if d.Kind == syntax.StaticFunc {
		s.kind = code.Static
	} else {
		s.name = u.qualified(s.name)
	}
	f := u.compile(&s)
	f.Annots = u.annotations(d.Annots)
	return f
}
