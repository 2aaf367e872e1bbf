package compile

import (
	"errors"
	"fmt"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// text emits the text of a macro, its parts joined, and returns its register, as
// operandIn does.
func (g *gen) text(m *syntax.Macro, dest reg) reg {
	if len(m.Parts) == 0 {
		return g.operand(&syntax.Literal{Pos: m.Pos, Kind: syntax.StrLit})
	}
	if len(m.Parts) == 1 {
		return g.operandIn(m.Parts[0], dest)
	}
	dest = g.temp(dest)
	top := g.top
	a := g.protect(g.operandIn(m.Parts[0], dest), m.Parts[1:]...)
	for _, p := range m.Parts[1:] {
		g.apply(preproc.Plus, dest, a, p)
		a = dest
		g.top = top
	}
	return dest
}

// MacroMode is what the text of a macro is compiled to.
type MacroMode = uint8

const (
	MacroExpr     MacroMode = iota // a function without parameters that returns the value
	MacroAssign                    // a function that assigns its one parameter to what the text names
	MacroTemplate                  // a function with a parameter for each literal that a mark stands for
)

// maxMacro is the length of the longest text of a macro: what compiles in a fraction of a
// second, in which a thread cannot be ended.
const maxMacro = 1 << 18

// Macro compiles the text of a macro. Its names mean memory variables and fields
// but for parameters of its own code blocks. The error is a syntax error that says
// what is wrong and in which column.
func Macro(text string, mode MacroMode) (*code.Func, error) {
	if mode == MacroTemplate {
		return templateMacro(text)
	}
	if isName(text) {
		return nameMacro(text, mode), nil
	}
	if len(text) > maxMacro {
		return nil, fmt.Errorf("macro of %d characters; at most %d are allowed", len(text), maxMacro)
	}
	f := &source.File{Name: "macro", Text: text}
	tokens, findings := preproc.Lex(f)
	if err := firstError(findings); err != nil {
		return nil, err
	}
	x, findings := syntax.ParseExpr(f, tokens)
	if err := firstError(findings); err != nil {
		return nil, err
	}
	return macro(f, x, mode)
}

func macro(f *source.File, x syntax.Expr, mode MacroMode) (*code.Func, error) {
	if mode == MacroAssign {
		return macroOf(f, subject{target: x})
	}
	return macroOf(f, subject{exprs: []syntax.Expr{x}})
}

// macroOf compiles what s says of a macro.
func macroOf(f *source.File, s subject) (*code.Func, error) {
	u := newUnit(f)
	u.out = &code.Unit{}
	s.name, s.pos, s.kind = macroName, source.Pos{File: f}, code.Macro
	out := u.compile(&s)
	out.Text = f.Text
	return out, firstError(u.findings)
}

// macroName is the name of functions made of macros.
const macroName = "{&}"

// firstError returns the first error among findings.
func firstError(list source.Findings) error {
	for _, f := range list {
		if f.Severity == source.Error || f.Rule == preproc.UnclosedString {
			return errors.New(macroError(f))
		}
	}
	return nil
}

func macroError(f source.Finding) string {
	if f.Pos.Col == 0 {
		return f.Message
	}
	return fmt.Sprintf("%s in column %d", f.Message, f.Pos.Col)
}

// isName tells whether the text is a name that needs no parser.
func isName(text string) bool {
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		return false
	}
	for i := range len(text) {
		c := text[i] | 0x20
		if !(c >= 'a' && c <= 'z' || text[i] == '_' || text[i] >= '0' && text[i] <= '9') {
			return false
		}
	}
	switch upper(text) {
	case "NIL", "SELF", "_SUPER", "SUPER":
		return false
	}
	return true
}

// The code of macros that are names.
var (
	readName   = []code.Instr{{Op: code.GETVAR}, {Op: code.RET}}
	assignName = []code.Instr{{Op: code.SETVAR}, {Op: code.RETNIL}}
)

// nameMacro returns the function for a text that is a name.
func nameMacro(text string, mode MacroMode) *code.Func {
	f := &code.Func{Name: macroName, Kind: code.Macro, NRegs: 1, Names: []string{upper(text)}, Text: text}
	if mode == MacroAssign {
		f.NParams, f.Params, f.Code = 1, []code.Param{{}}, assignName
	} else {
		f.Code = readName
	}
	return f
}
