package compile

import (
	"errors"
	"strconv"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// The marks of templates: one byte in place of a number, two in place of a string with
// its quotes.
const (
	numberMark = '\x00'
	stringMark = '\x01'
)

// errTemplate says that a literal is more than a value where a mark stands, or that the
// value depends on more than the value of the literal.
var errTemplate = errors.New("not a template")

// unmarked makes of a template a text of which each mark is a literal of the same length.
var unmarked = strings.NewReplacer(string(numberMark), "0", string(stringMark), "'")

// templateMacro compiles a template. In the tokens of the text with any literals, names
// that no source can have take the place of those that are marked. If they are nothing
// but read, once each, they are the parameters.
func templateMacro(text string) (*code.Func, error) {
	f := &source.File{Name: "macro", Text: unmarked.Replace(text)}
	tokens, findings := preproc.Lex(f)
	if err := firstError(findings); err != nil {
		return nil, err
	}
	params := placeholders(text, tokens)
	x, findings := syntax.ParseExpr(f, tokens)
	if err := firstError(findings); err != nil {
		return nil, err
	}
	if params == nil || !readOnce(x, params) {
		return nil, errTemplate
	}
	out, err := macroOf(f, subject{params: params, exprs: []syntax.Expr{x}})
	if err == nil && out.RefParams != nil {
		return nil, errTemplate
	}
	out.Locals = nil
	return out, err
}

// placeholders replaces the tokens of marked literals by names and returns parameters of
// these names; nil if a mark is no token of its own.
func placeholders(text string, tokens []preproc.Token) []*syntax.Param {
	var params []*syntax.Param
	for i := range tokens {
		t := &tokens[i]
		if !isMarked(text, t) {
			continue
		}
		name := "#" + strconv.Itoa(len(params))
		t.Kind, t.Text = preproc.Ident, name
		params = append(params, &syntax.Param{Pos: t.Pos, Name: name})
	}
	if marks := strings.Count(text, string(numberMark)) + strings.Count(text, string(stringMark))/2; marks != len(params) {
		return nil
	}
	return params
}

// isMarked tells whether t is the literal of a mark.
func isMarked(text string, t *preproc.Token) bool {
	at := int(t.Pos.Col) - 1
	switch {
	case t.Pos.Line != 1:
		return false
	case t.Kind == preproc.Number:
		return t.Text == "0" && text[at] == numberMark
	}
	return t.Kind == preproc.String && t.Text == "" && text[at] == stringMark
}

// readOnce tells whether x has each of the parameters as one operand.
func readOnce(x syntax.Expr, params []*syntax.Param) bool {
	times := make(map[string]int)
	syntax.Walk(x, func(n any) bool {
		if id, ok := n.(*syntax.Ident); ok {
			times[id.Name]++
		}
		return true
	})
	for _, p := range params {
		if times[p.Name] != 1 {
			return false
		}
	}
	return true
}
