package preproc

import (
	"fmt"
	"slices"
	"time"

	"appserver/internal/advpl/source"
)

// Limits that keep hostile sources from using up time and memory.
const (
	maxIncludeDepth = 64
	maxIncludes     = 1_000
	maxLineTokens   = 1 << 19 // of what one line becomes
	lineBudget      = 1 << 18 // steps of the work on one line,
	tokenBudget     = 64      // and as many more for each of its tokens
	runBudget       = 8 << 20 // steps of the work on all lines,
	byteBudget      = 256     // and as many more for each byte of the source
	maxTokens       = 8 << 20 // of the result
)

// Options say how a source is preprocessed. The zero value has no headers.
type Options struct {
	// Open finds the file of an #include: name as the directive has it, from the
	// file with the directive. It may be called from several Runs at once. An
	// error that is fs.ErrNotExist says that there is no such file; its text
	// names the folders that were looked in.
	Open func(name string, from *source.File) (*source.File, error)

	// Defines are names that are defined before the first line, with the text
	// they stand for, which may be empty.
	Defines map[string]string

	// Known are names that #ifdef and its like find defined. In the text they
	// stand for themselves.
	Known []string

	// Prelude is the name of a header that is included before the first line; ""
	// is none.
	Prelude string

	// Cache keeps headers between sources; nil keeps none.
	Cache *Cache

	// Time is what __DATE__ and __TIME__ say; the zero Time is that of the call.
	Time time.Time
}

// Result is a preprocessed source.
type Result struct {
	Tokens   []Token // ends with an EOF
	Findings source.Findings
	Includes []*source.File // each file that was included, once, in order
}

// Run applies the directives of f to its text. The result has the tokens that are
// left; each statement ends with an EOL or, if another follows in the same line,
// a Semi. All faults are found, not just the first, and a faulty source still
// gives tokens.
func Run(f *source.File, o Options) *Result {
	p := &preprocessor{options: o, result: &Result{}, left: runBudget + byteBudget*len(f.Text)}
	p.matcher.budget = &p.budget
	if p.options.Time.IsZero() {
		p.options.Time = time.Now()
	}
	p.result.Tokens = make([]Token, 0, len(f.Text)/tokenSize+1)
	p.symbols = upon(p.beginning())
	p.prelude(f)
	eof := p.source(f)
	p.result.Tokens = append(p.result.Tokens, eof)
	return p.result
}

// prelude includes Options.Prelude, as if f began with it.
func (p *preprocessor) prelude(f *source.File) {
	if p.options.Prelude == "" {
		return
	}
	directive, _ := source.Decode(f.Name, fmt.Appendf(nil, "#include %q\n", p.options.Prelude))
	p.files = append(p.files, f)
	for _, n := range readHeader(directive).lines {
		p.line(&n)
	}
	p.files = p.files[:0]
}

type preprocessor struct {
	options Options
	symbols *symbols
	result  *Result

	files    []*source.File // being read, the source first
	includes int
	opened   []opening // by headers
	conds    []cond
	level    int  // the conds that were open where the file began
	full     bool // the result has maxTokens
	left     int  // steps; below 0 no rules are applied any more

	// For the work on one line.
	in      input
	out     []Token // of the pass that is running
	scratch []Token // of one replacement
	args    [][]Token
	matcher matcher
	budget  int
	clean   int      // the tokens at the end of the line that need no pass
	by      replacer // what was tried last, and where
	byPos   source.Pos
}

// source reads a file that is not kept and returns its EOF.
func (p *preprocessor) source(f *source.File) Token {
	p.files = append(p.files, f)
	l := newLexer(f)
	l.directives = true
	for l.next() && !p.full {
		n := line{directive: l.directive, name: l.name, tokens: l.tokens, found: l.found}
		if n.directive != noDirective && p.active() {
			if n.directive.isRule() || n.directive == dirDefine {
				n.tokens = slices.Clone(n.tokens)
			}
			n.parse()
		}
		p.line(&n)
	}
	p.result.Findings = append(p.result.Findings, l.found...)
	p.closeConds()
	return l.eof()
}

// line acts upon one line.
func (p *preprocessor) line(n *line) {
	if !p.active() && !n.directive.isConditional() {
		return
	}
	begin := len(p.result.Tokens)
	switch {
	case n.directive != noDirective:
		p.directive(n)
	case n.tokens[0].Kind == SQL:
		p.emit(n.tokens)
	default:
		p.text(n.tokens)
	}
	if n.found != nil {
		p.report(n, begin)
	}
}

// report reports what was found in a line, the tokens of which are in the result
// from begin on. What was found in a string that a rule took away or made part of
// another is of no account.
func (p *preprocessor) report(n *line, begin int) {
	for _, f := range n.found {
		here := func(t Token) bool { return t.Kind == String && t.Pos == f.Pos }
		if n.directive != noDirective || !slices.ContainsFunc(n.tokens, here) ||
			slices.ContainsFunc(p.result.Tokens[min(begin, len(p.result.Tokens)):], here) {
			p.result.Findings = append(p.result.Findings, f)
		}
	}
}

// emit appends tokens to the result.
func (p *preprocessor) emit(tokens []Token) {
	if len(p.result.Tokens)+len(tokens) > maxTokens {
		if !p.full {
			p.result.Findings.Errorf(tokens[0].Pos, "preprocessed source has more than %d tokens", maxTokens)
		}
		p.full = true
		return
	}
	p.result.Tokens = append(p.result.Tokens, tokens...)
}

// directive acts upon a directive.
func (p *preprocessor) directive(n *line) {
	switch d := n.directive; d {
	case dirInclude:
		p.include(n)
	case dirDefine:
		if n.define != nil {
			p.symbols.define(n.define)
		}
	case dirUndef:
		if name, ok := p.nameOf(n); ok {
			p.symbols.undefine(name)
		}
	case dirIfdef, dirIfndef, dirIf, dirElif, dirElse, dirEndif:
		p.conditional(n)
	case dirError:
		p.result.Findings.Errorf(n.name.Pos, "#error %s", n.tokens[0].Text)
	case dirStdout, dirWarning:
		p.result.Findings.Warnf(n.name.Pos, "note", "%s", n.tokens[0].Text)
	default:
		if d.isRule() && n.rule != nil {
			if d.isRemoval() {
				p.symbols.remove(n.rule)
			} else {
				p.symbols.add(n.rule)
			}
		}
	}
}

// nameOf returns the name that follows a directive; without one it is an error.
func (p *preprocessor) nameOf(n *line) (string, bool) {
	if n.tokens[0].Kind != Ident {
		p.result.Findings.Errorf(n.name.Pos, "#%s without a name", n.name.Text)
		return "", false
	}
	return n.tokens[0].Text, true
}
