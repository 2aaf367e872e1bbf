package preproc

import (
	"slices"
	"strings"

	"appserver/internal/advpl/source"
)

// form is what a part of a result pattern becomes.
type form uint8

const (
	resultToken   form = iota // the token itself
	resultPlain               // <x>: the text of the marker
	resultDumb                // #<x>: its text as one string
	resultQuoted              // <"x">: each of its expressions as a string
	resultSmart               // <(x)>: the same but for strings and what is in parentheses
	resultBlock               // <{x}>: each of its expressions as a code block
	resultLogical             // <.x.>: .T. if it matched, else .F.
	resultNothing             // <-x->: nothing
	resultRepeat              // [ ]: once for each match
	resultJoined              // \" \": the text of the pieces as one string
)

// piece is a part of a result pattern.
type piece struct {
	form   form
	token  Token   // of a token; of the others the first, for its place and Space
	marker int     // index into the markers of the rule
	pieces []piece // of [ ] and \" \"
}

// pieces reads a result pattern up to a token of the kind until.
func (p *ruleParser) pieces(depth int, until Kind) []piece {
	var out []piece
	for !p.failed {
		switch t := p.tokens[0]; {
		case t.Kind == EOL, t.Kind == until:
			return out
		case t.Kind == LBracket:
			out = append(out, p.group(depth+1))
		case t.Kind == Backslash && p.kind(1) == Illegal && isQuote(p.tokens[1].Text):
			if until == Backslash {
				return out
			}
			out = append(out, p.joined(depth+1))
		case t.Kind == Backslash && p.kind(1) != EOL:
			p.take()
			next := p.take()
			next.Space = t.Space
			out = append(out, piece{token: next})
		case t.Kind == Hash && p.kind(1) == Less && resultForm(p.tokens[1:]) != resultToken:
			p.take()
			out = append(out, p.resultMarker(resultForm(p.tokens)))
			last := &out[len(out)-1]
			last.token.Space = t.Space
			if last.form == resultPlain {
				last.form = resultDumb
			}
		case t.Kind == Less && resultForm(p.tokens) != resultToken:
			out = append(out, p.resultMarker(resultForm(p.tokens)))
		default:
			out = append(out, piece{token: p.take()})
		}
	}
	return nil
}

func isQuote(s string) bool { return s == `"` || s == "'" }

// group reads a repeated part of a result.
func (p *ruleParser) group(depth int) piece {
	open := p.take()
	if depth > maxClauses {
		p.fail(open.Pos, "optional clauses are nested deeper than %d", maxClauses)
	}
	g := piece{form: resultRepeat, token: open, pieces: p.pieces(depth, RBracket)}
	if p.kind(0) != RBracket {
		p.fail(open.Pos, "[ without ] in the result pattern")
	}
	p.take()
	return g
}

// joined reads the pieces between \" and \".
func (p *ruleParser) joined(depth int) piece {
	open := p.take()
	quote := p.take()
	if depth > maxClauses {
		p.fail(open.Pos, "optional clauses are nested deeper than %d", maxClauses)
	}
	g := piece{form: resultJoined, token: open, pieces: p.pieces(depth, Backslash)}
	if p.kind(0) != Backslash || p.tokens[1].Text != quote.Text {
		p.fail(open.Pos, `\%s without another in the result pattern`, quote.Text)
	}
	p.take()
	p.take()
	return g
}

// resultForm returns the form of the marker that the tokens begin with, or
// resultToken if they begin with none.
func resultForm(t []Token) form {
	kind := func(i int) Kind {
		if i < len(t) {
			return t[i].Kind
		}
		return EOL
	}
	form, closer := resultPlain, Greater
	switch kind(1) {
	case Ident:
		if kind(2) == Greater {
			return resultPlain
		}
		return resultToken
	case String:
		if kind(2) == Greater {
			return resultQuoted
		}
		return resultToken
	case LParen:
		form, closer = resultSmart, RParen
	case LBrace:
		form, closer = resultBlock, RBrace
	case Dot:
		form, closer = resultLogical, Dot
	case Minus:
		form, closer = resultNothing, Minus
	default:
		return resultToken
	}
	if kind(2) == Ident && kind(3) == closer && kind(4) == Greater {
		return form
	}
	return resultToken
}

// resultMarker reads a marker of the result pattern.
func (p *ruleParser) resultMarker(f form) piece {
	less := p.take()
	if f != resultPlain && f != resultQuoted {
		p.take()
	}
	t := p.take()
	if f != resultPlain && f != resultQuoted {
		p.take()
	}
	p.take()
	marker := p.rule.marker(strings.TrimSpace(t.Text))
	if marker < 0 && !p.failed {
		var names []string
		for _, m := range p.rule.markers {
			names = append(names, m.name)
		}
		*p.found = append(*p.found, source.Finding{
			Pos: t.Pos, Message: "marker " + t.Text + " is not in the match pattern",
			Hint: `write \< if a comparison is meant`, Near: source.Near(t.Text, names),
		})
		p.failed = true
	}
	return piece{form: f, token: less, marker: max(marker, 0)}
}

// expander makes the tokens that a match becomes.
type expander struct {
	m     *matcher
	pos   source.Pos // of what was matched
	out   []Token
	first int  // the first token of out that is of this result
	blank bool // white space stands before the next token
}

// expand appends the result of a match to out.
func (m *matcher) expand(out []Token) []Token {
	first := len(out)
	x := expander{m: m, pos: m.tokens[0].Pos, out: out, first: first}
	x.pieces(m.rule.result, -1)
	if first < len(x.out) {
		x.out[first].Space = m.tokens[0].Space
	}
	*m.budget -= len(x.out) - first
	return x.out
}

// pieces appends what pieces become. In a repeated part, turn is its number;
// else it is negative.
func (x *expander) pieces(pieces []piece, turn int) {
	for i := range pieces {
		if *x.m.budget < 0 || len(x.out) > maxLineTokens {
			return
		}
		switch p := &pieces[i]; p.form {
		case resultToken:
			t := p.token
			t.Pos = x.pos
			x.paste(t)
		case resultRepeat:
			x.repeat(p, turn)
		case resultJoined:
			inner := expander{m: x.m, pos: x.pos}
			inner.pieces(p.pieces, turn)
			x.str(p.token.Space, text(inner.out))
		default:
			x.marker(p, turn)
		}
	}
}

// repeat appends a repeated part: as often as one of its markers matched, and
// within another such part if one of its markers has a value in that turn. Markers
// that also stand outside of such parts match once and do not count, unless there
// are no others: [; AAdd(<list>, <more>)] depends on <more> if <list> is also
// elsewhere.
func (x *expander) repeat(p *piece, turn int) {
	all := !x.repeats(p.pieces)
	if turn >= 0 {
		x.turn(p, turn, all)
		return
	}
	for i := range x.turns(p.pieces, all) {
		*x.m.budget--
		x.turn(p, i, all)
	}
}

// turn appends a repeated part once if one of the markers that count has a value.
func (x *expander) turn(p *piece, turn int, all bool) {
	if x.has(p.pieces, turn, all) {
		x.blank = p.token.Space
		x.pieces(p.pieces, turn)
		x.blank = false
	}
}

// counts tells whether a marker decides about a repeated part.
func (x *expander) counts(marker int, all bool) bool {
	return all || x.m.rule.markers[marker].use == repeated
}

// repeats tells whether pieces have a marker that may match repeatedly.
func (x *expander) repeats(pieces []piece) bool {
	return slices.ContainsFunc(pieces, func(p piece) bool {
		switch p.form {
		case resultToken:
			return false
		case resultRepeat, resultJoined:
			return x.repeats(p.pieces)
		}
		return x.counts(p.marker, false)
	})
}

// turns returns the largest number of values of the markers that count.
func (x *expander) turns(pieces []piece, all bool) int {
	n := 0
	for i := range pieces {
		switch p := &pieces[i]; p.form {
		case resultToken:
		case resultRepeat, resultJoined:
			n = max(n, x.turns(p.pieces, all))
		default:
			if x.counts(p.marker, all) {
				n = max(n, len(x.m.values[p.marker]))
			}
		}
	}
	return n
}

// has tells whether one of the markers that count has a value in a turn.
func (x *expander) has(pieces []piece, turn int, all bool) bool {
	return slices.ContainsFunc(pieces, func(p piece) bool {
		switch p.form {
		case resultToken:
			return false
		case resultRepeat, resultJoined:
			return x.has(p.pieces, turn, all)
		}
		return x.counts(p.marker, all) && !x.value(p.marker, turn).isAbsent()
	})
}

// value returns what a marker matched: in a repeated part that of the turn if
// it matched more than once.
func (x *expander) value(marker, turn int) span {
	values := x.m.values[marker]
	switch {
	case len(values) == 0:
		return absent
	case len(values) == 1 || turn < 0:
		return values[0]
	case turn < len(values):
		return values[turn]
	}
	return absent
}

// marker appends what a marker of the result becomes.
func (x *expander) marker(p *piece, turn int) {
	s := x.value(p.marker, turn)
	switch p.form {
	case resultLogical:
		t := Token{Kind: True, Text: ".T.", Space: p.token.Space, Pos: x.pos}
		if s.isAbsent() {
			t.Kind, t.Text = False, ".F."
		}
		x.add(t)
	case resultDumb:
		var tokens []Token
		if !s.isAbsent() {
			tokens = x.m.tokens[s.from:s.to]
		}
		x.str(p.token.Space, text(tokens))
	case resultNothing:
	default:
		if !s.isAbsent() {
			x.expressions(p, x.m.tokens[s.from:s.to])
		}
	}
}

// expressions appends the text of a marker in a form that looks at each of its
// expressions.
func (x *expander) expressions(p *piece, tokens []Token) {
	if p.form == resultPlain {
		x.tokens(p.token.Space, tokens)
		return
	}
	space := p.token.Space
	for {
		n := firstExpression(tokens)
		x.expression(p.form, space, tokens[:n])
		if n == len(tokens) {
			return
		}
		x.add(tokens[n])
		tokens = tokens[n+1:]
		space = len(tokens) > 0 && tokens[0].Space
	}
}

// firstExpression returns the number of tokens before the first comma that is
// not in brackets.
func firstExpression(tokens []Token) int {
	depth := 0
	for i := range tokens {
		switch tokens[i].Kind {
		case LParen, LBracket, LBrace:
			depth++
		case RParen, RBracket, RBrace:
			depth--
		case Comma:
			if depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

// expression appends one expression as a string or a code block.
func (x *expander) expression(f form, space bool, e []Token) {
	switch {
	case f == resultBlock && len(e) > 1 && e[0].Kind == LBrace && e[1].Kind == Bar,
		f == resultSmart && len(e) > 0 && (e[0].Kind == String || e[0].Kind == LParen):
		x.tokens(space, e)
	case f == resultBlock:
		x.punct(space, LBrace, "{")
		x.punct(false, Bar, "|")
		x.punct(false, Bar, "|")
		x.tokens(len(e) > 0 && e[0].Space, e)
		x.punct(false, RBrace, "}")
	case len(e) > 1 && e[0].Kind == Amp && e[1].Kind == LParen,
		len(e) == 2 && e[0].Kind == Amp && e[1].Kind == Ident:
		x.tokens(space, e[1:])
	case len(e) == 3 && e[0].Kind == Amp && e[1].Kind == Ident && e[2].Kind == Dot:
		x.tokens(space, e[1:2])
	default:
		if len(e) > 1 && e[0].Kind == Amp {
			e = e[1:]
		}
		x.str(space, text(e))
	}
}

func (x *expander) punct(space bool, k Kind, s string) {
	x.add(Token{Kind: k, Text: s, Space: space, Pos: x.pos})
}

func (x *expander) str(space bool, s string) {
	*x.m.budget -= len(s) / tokenSize
	x.add(Token{Kind: String, Quote: '"', Text: s, Space: space, Pos: x.pos})
}

// tokens appends tokens of the source; space is the Space of the first.
func (x *expander) tokens(space bool, tokens []Token) {
	if len(tokens) == 0 {
		return
	}
	first := tokens[0]
	first.Space = space
	x.paste(first)
	x.out = append(x.out, tokens[1:]...)
}

// paste appends a token. It becomes one with a name that it adjoins.
func (x *expander) paste(t Token) {
	t.Space = t.Space || x.blank
	if n := len(x.out); n > x.first && adjoins(&t) && x.out[n-1].Kind == Ident {
		x.out[n-1].Text += t.Text
		*x.m.budget -= len(x.out[n-1].Text) / tokenSize
		return
	}
	x.add(t)
}

// add appends a token.
func (x *expander) add(t Token) {
	t.Space = t.Space || x.blank
	x.blank = false
	x.out = append(x.out, t)
}

// text returns the source text of tokens. White space between two of a line is
// kept; any other is one blank.
func text(tokens []Token) string {
	var b strings.Builder
	for i := range tokens {
		t := &tokens[i]
		if i > 0 && t.Space {
			b.WriteString(blanks(&tokens[i-1], t))
		}
		b.WriteString(written(t))
	}
	return b.String()
}

// written returns a token as its source has it: without a closing quote if that
// is missing there.
func written(t *Token) string {
	s := sourceText(t)
	if t.Kind == String && t.Pos.File != nil {
		line := t.Pos.File.Line(int(t.Pos.Line))
		if from := int(t.Pos.Col) - 1; from < len(line) && line[from:] == s[:len(s)-1] {
			return line[from:]
		}
	}
	return s
}

// blanks returns the white space between two tokens.
func blanks(a, b *Token) string {
	if a.Pos.File == b.Pos.File && a.Pos.File != nil && a.Pos.Line == b.Pos.Line {
		width := int32(len(a.Text))
		if a.Kind == String {
			width += 2
		}
		line := a.Pos.File.Line(int(a.Pos.Line))
		from, to := int(a.Pos.Col-1+width), int(b.Pos.Col-1)
		if from < to && to <= len(line) && strings.TrimSpace(line[from:to]) == "" {
			return strings.ReplaceAll(line[from:to], "\t", "    ")
		}
	}
	return " "
}

// sourceText returns a token as it is written.
func sourceText(t *Token) string {
	if t.Kind != String {
		return t.Text
	}
	return quoted(t.Text, t.Quote)
}

// quoted returns a string in quotes, the given ones if it does not contain them.
func quoted(s string, quote byte) string {
	if quote == 0 {
		quote = '"'
	}
	if strings.IndexByte(s, quote) < 0 {
		return string(quote) + s + string(quote)
	}
	other := byte('"' + '\'' - quote)
	if strings.IndexByte(s, other) < 0 {
		return string(other) + s + string(other)
	}
	return quoteParts(s)
}

// quoteParts returns a string that contains both quotes as an expression: the
// parts that lack one of them, added up.
func quoteParts(s string) string {
	var b strings.Builder
	b.WriteByte('(')
	for s != "" {
		n, quote := longestPart(s)
		if b.Len() > 1 {
			b.WriteString(" + ")
		}
		b.WriteByte(quote)
		b.WriteString(s[:n])
		b.WriteByte(quote)
		s = s[n:]
	}
	b.WriteByte(')')
	return b.String()
}

// longestPart returns the length of the longest beginning of s that lacks one of
// the quotes, and that quote.
func longestPart(s string) (int, byte) {
	single, double := strings.IndexByte(s, '\''), strings.IndexByte(s, '"')
	if single < 0 || double < 0 {
		if single < 0 {
			return len(s), '\''
		}
		return len(s), '"'
	}
	if single > double {
		return single, '\''
	}
	return double, '"'
}
