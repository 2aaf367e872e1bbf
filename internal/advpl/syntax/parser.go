package syntax

import (
	"fmt"
	"strings"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

const (
	// maxDepth is how deep statements and expressions may be nested in all.
	maxDepth = 1000
	// maxLinks is how many operators, indexes and members one statement may
	// have. They make the tree deep without nesting in the text, so that this
	// and maxDepth bound the stack of all who walk the tree.
	maxLinks = 100_000
	// maxErrors is the number of errors after which the rest is not read.
	maxErrors = 1000
)

// Parse parses the preprocessed tokens of f. It always returns a tree, which
// lacks what could not be parsed if the findings have errors. Each statement has
// one error at most.
func Parse(f *source.File, tokens []preproc.Token) (*Source, source.Findings) {
	p := newParser(f, tokens)
	s := &Source{File: f}
	p.source(s)
	return s, p.findings
}

// ParseExpr parses the whole of tokens as one expression, or as several with
// commas between them, which make a Paren. It is meant for the text of macros.
func ParseExpr(f *source.File, tokens []preproc.Token) (Expr, source.Findings) {
	p := newParser(f, tokens)
	pos := p.tok().Pos
	x := p.expr()
	if p.kind() == preproc.Comma {
		list := []Expr{x}
		for p.accept(preproc.Comma) {
			list = append(list, p.expr())
		}
		x = &Paren{Pos: pos, List: list}
	}
	for p.kind() == preproc.EOL {
		p.next()
	}
	if p.kind() != preproc.EOF {
		p.unexpected("an operator or the end")
	}
	return x, p.findings
}

// parser is the state of one parsing.
type parser struct {
	file     *source.File
	toks     []preproc.Token // ends with EOF
	i        int             // index of the current token
	findings source.Findings

	bad    bool // the current statement has its error
	joined bool // ends of lines are skipped: inside an annotation
	depth  int  // nesting of statements and expressions
	links  int  // see maxLinks, of the current statement
	blocks []block
	// forgiven is the number of closing words that need no opening one, since a
	// statement in error may have been it.
	forgiven int
	aborted  bool       // too deep or too many errors: the rest is not read
	scanned  int        // tokens looked at in vain for the end of an annotation
	end      source.Pos // of the token that ended the last statement

	sql    strings.Builder // text of embedded SQL that is not yet a part
	sqlPos source.Pos      // of its beginning

	// Lists under construction, used as stacks.
	stmts []Stmt
	exprs []Expr
	args  []Arg

	alloc arena
}

func newParser(f *source.File, tokens []preproc.Token) *parser {
	if n := len(tokens); n == 0 || tokens[n-1].Kind != preproc.EOF {
		end := source.Pos{File: f, Line: 1, Col: 1}
		if n > 0 {
			end = tokens[n-1].Pos
		}
		tokens = append(tokens[:n:n], preproc.Token{Kind: preproc.EOF, Pos: end})
	}
	return &parser{file: f, toks: tokens}
}

// tok returns the current token.
func (p *parser) tok() *preproc.Token { return &p.toks[p.i] }

func (p *parser) kind() preproc.Kind { return p.toks[p.i].Kind }

// peek returns the token that is n behind the current one, or the last.
func (p *parser) peek(n int) *preproc.Token {
	return &p.toks[min(p.i+n, len(p.toks)-1)]
}

// next goes to the next token and returns the one that was current.
func (p *parser) next() *preproc.Token {
	t := &p.toks[p.i]
	if t.Kind == preproc.EOF {
		return t
	}
	p.i++
	if p.joined {
		for p.kind() == preproc.EOL {
			p.i++
		}
	}
	return t
}

// accept goes past a token of kind k, if it is the current one.
func (p *parser) accept(k preproc.Kind) bool {
	if p.kind() != k {
		return false
	}
	p.next()
	return true
}

// expect goes past a token of kind k or reports that it is missing.
func (p *parser) expect(k preproc.Kind) bool {
	if p.accept(k) {
		return true
	}
	p.unexpected(kindText(k))
	return false
}

// isWord tells whether the current token is the word, which is in lower case.
func (p *parser) isWord(word string) bool { return wordIs(p.tok(), word) }

func wordIs(t *preproc.Token, word string) bool {
	return t.Kind == preproc.Ident && equalFold(t.Text, word)
}

// acceptWord goes past the word, if it is the current token.
func (p *parser) acceptWord(word string) bool {
	if !p.isWord(word) {
		return false
	}
	p.next()
	return true
}

// name goes past a name and returns its token, or reports that what is missing.
func (p *parser) name(what string) *preproc.Token {
	if p.kind() != preproc.Ident {
		p.unexpected(what)
		return p.tok()
	}
	return p.next()
}

// dotted goes past a name with dots. The current token must be a name.
func (p *parser) dotted() *Name {
	t := p.next()
	n := &Name{Pos: t.Pos, Text: t.Text}
	for p.kind() == preproc.Dot && p.peek(1).Kind == preproc.Ident {
		p.next()
		n.Text += "." + p.next().Text
	}
	return n
}

// dottedName is dotted, or reports that what is missing.
func (p *parser) dottedName(what string) *Name {
	if p.kind() != preproc.Ident {
		p.unexpected(what)
		return &Name{Pos: p.tok().Pos}
	}
	return p.dotted()
}

// fail reports an error, unless the statement has one already.
func (p *parser) fail(f source.Finding) {
	if p.bad || p.aborted {
		return
	}
	p.bad = true
	p.findings = append(p.findings, f)
	if len(p.findings) == maxErrors {
		p.findings.Errorf(f.Pos, "more than %d errors: the rest is not read", maxErrors)
		p.abort()
	}
}

// abort ends the parsing.
func (p *parser) abort() {
	p.bad, p.aborted = true, true
	p.i = len(p.toks) - 1
}

func (p *parser) errorf(pos source.Pos, format string, args ...any) {
	p.fail(source.Finding{Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// unexpected reports that the current token is not what was expected.
func (p *parser) unexpected(want string) {
	if !p.bad {
		p.errorf(p.tok().Pos, "found %s, expected %s", describe(p.tok()), want)
	}
}

// enter goes one level deeper. It returns false if that is too deep, which ends
// the parsing with an error; leave must be called in either case.
func (p *parser) enter() bool {
	if p.depth++; p.depth <= maxDepth {
		return true
	}
	p.errorf(p.tok().Pos, "nested more than %d deep", maxDepth)
	p.abort()
	return false
}

func (p *parser) leave() { p.depth-- }

// link counts an operator of the statement.
func (p *parser) link() {
	if p.links++; p.links > maxLinks {
		p.errorf(p.tok().Pos, "statement has more than %d operators", maxLinks)
	}
}

// atEnd tells whether the current token ends a statement.
func (p *parser) atEnd() bool { return endsStmt(p.kind()) }

func endsStmt(k preproc.Kind) bool { return k <= preproc.Semi }

// endStmt goes past the end of a statement or a clause. What stands before the
// end is an error, unless it stands on the next line, which a ; joined; after an
// error the rest of the statement is skipped.
func (p *parser) endStmt() {
	if !p.atEnd() {
		if p.endsLine() {
			return
		}
		p.unexpected("the end of the statement")
	}
	p.closeStmt()
}

// endsLine ends the statement at the end of its line where a needless ; joins the
// next one to it, with a warning, or returns false.
func (p *parser) endsLine() bool {
	if p.bad || p.i == 0 || p.joined {
		return false
	}
	last, next := p.toks[p.i-1].Pos, p.tok().Pos
	if last.File != next.File || next.File != p.file || last.Line >= next.Line {
		return false
	}
	p.findings.Warnf(last, oddForm, "; at the end of the line joins the next one, which seems to be a statement of its own")
	p.end = next
	p.links = 0
	return true
}

// closeStmt ends a statement and ignores what is left of it.
func (p *parser) closeStmt() {
	for !p.atEnd() {
		p.next()
	}
	p.end = p.tok().Pos
	if p.kind() != preproc.EOF {
		p.next()
	}
	p.bad = false
	p.links = 0
}

// blank goes past empty statements.
func (p *parser) blank() {
	for p.kind() == preproc.EOL || p.kind() == preproc.Semi {
		p.next()
	}
}

// describe names a token in messages.
func describe(t *preproc.Token) string {
	switch t.Kind {
	case preproc.Ident, preproc.Number, preproc.Illegal:
		return t.Text
	case preproc.String:
		return quoted(t.Text)
	}
	return kindText(t.Kind)
}

// quoted returns text in quotes, cut where it is too long for a message.
func quoted(text string) string {
	const most = 30
	if len(text) > most {
		text = text[:most] + "…"
	}
	return `"` + text + `"`
}

// kindTexts holds how the kinds are written.
var kindTexts = [...]string{
	preproc.EOF: "the end of the file", preproc.EOL: "the end of the line",
	preproc.Ident: "a name", preproc.Number: "a number", preproc.String: "a string",
	preproc.SQL: "a line of SQL", preproc.Semi: ";",
	preproc.LParen: "(", preproc.RParen: ")", preproc.LBracket: "[", preproc.RBracket: "]",
	preproc.LBrace: "{", preproc.RBrace: "}", preproc.Comma: ",", preproc.Colon: ":",
	preproc.DColon: "::", preproc.Dot: ".", preproc.Ellipsis: "...", preproc.Bar: "|",
	preproc.At: "@", preproc.Amp: "&", preproc.Question: "?", preproc.Hash: "#",
	preproc.Dollar: "$", preproc.Arrow: "->", preproc.FatArrow: "=>", preproc.Assign: ":=",
	preproc.Eq: "=", preproc.ExactEq: "==", preproc.NotEq: "!=", preproc.Less: "<",
	preproc.LessEq: "<=", preproc.Greater: ">", preproc.GreaterEq: ">=", preproc.Plus: "+",
	preproc.Minus: "-", preproc.Star: "*", preproc.Slash: "/", preproc.Percent: "%",
	preproc.Power: "^", preproc.PlusPlus: "++", preproc.MinusMinus: "--",
	preproc.PlusAssign: "+=", preproc.MinusAssign: "-=", preproc.StarAssign: "*=",
	preproc.SlashAssign: "/=", preproc.PctAssign: "%=", preproc.PowAssign: "^=",
	preproc.Not: "!", preproc.And: ".And.", preproc.Or: ".Or.", preproc.True: ".T.",
	preproc.False: ".F.", preproc.Backslash: `\`, preproc.Tilde: "~", preproc.Backquote: "`",
	preproc.Illegal: "an illegal character",
}

func kindText(k preproc.Kind) string {
	if int(k) < len(kindTexts) {
		return kindTexts[k]
	}
	return "an unknown token"
}
