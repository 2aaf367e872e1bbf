package preproc

import (
	"slices"
	"strings"

	"appserver/internal/advpl/source"
)

const (
	minAbbreviation = 4    // letters of a shortened word
	maxClauses      = 64   // nesting of [ ]
	maxMarkers      = 1024 // of one rule
)

// A rule is what one #command, #translate, #xcommand or #xtranslate says.
type rule struct {
	directive directive
	pos       source.Pos
	match     []element
	result    []piece
	markers   []marker
}

// marker is what a rule does with the values of a match marker.
type marker struct {
	name string
	use  use
}

// use tells how often a marker may match, which the result pattern decides.
type use uint8

const (
	unused   use = iota // not in the result: any number of times, nothing is kept
	repeated            // in optional parts of the result alone: any number of times
	single              // outside of them: once
)

// String names the rule for messages.
func (r *rule) String() string {
	var b strings.Builder
	b.WriteByte('#')
	for _, d := range directiveNames {
		if d.kind == r.directive {
			b.WriteString(strings.ToLower(d.name))
			break
		}
	}
	for i := range r.match {
		if e := &r.match[i]; e.kind == matchWord {
			b.WriteByte(' ')
			b.WriteString(sourceText(&e.token))
		} else if i == 0 {
			b.WriteString(" <marker>")
		} else {
			break
		}
	}
	return b.String()
}

func (r *rule) disable(s *symbols) { s.disable(r) }

// elementKind is the kind of a part of a match pattern.
type elementKind uint8

const (
	matchWord       elementKind = iota // the token itself
	matchRegular                       // <x>
	matchList                          // <x,...>
	matchRestricted                    // <x: A, B C, &>
	matchWild                          // <*x*>
	matchExtended                      // <(x)>
	matchName                          // <!x!>
	matchOptional                      // [ ]
)

// element is a part of a match pattern.
type element struct {
	kind    elementKind
	token   Token     // of a word; the text of names and strings is in upper case
	marker  int       // index into the markers of the rule
	stop    *Token    // the word that ends the text of a marker, or nil
	choices [][]Token // of a restricted marker
	clause  []element // of an optional part
	markers []int     // those in the clause
	open    bool      // the clause has nothing but markers that match any text
}

// ruleParser reads the tokens of a rule.
type ruleParser struct {
	rule   *rule
	tokens []Token // what is left; the last is an EOL
	found  *source.Findings
	failed bool
}

// parseRule reads a rule, or a match pattern to be removed. It returns nil if
// the rule is faulty.
func parseRule(d directive, pos source.Pos, tokens []Token, found *source.Findings) *rule {
	p := &ruleParser{rule: &rule{directive: d, pos: pos}, tokens: tokens, found: found}
	p.rule.match = p.clause(0)
	switch {
	case p.failed:
		return nil
	case len(p.rule.match) == 0:
		p.fail(pos, "rule has no match pattern")
		return nil
	case p.tokens[0].Kind == FatArrow:
		p.tokens = p.tokens[1:]
		p.rule.result = p.pieces(0, EOL)
	case !d.isRemoval():
		p.fail(p.tokens[0].Pos, "rule has no => between its match and its result pattern")
	}
	if p.failed {
		return nil
	}
	p.rule.setUses(p.rule.result, single)
	p.rule.match = arrange(p.rule.match, nil)
	return p.rule
}

// fail records the first fault of a rule.
func (p *ruleParser) fail(pos source.Pos, format string, args ...any) {
	if !p.failed {
		p.found.Errorf(pos, format, args...)
	}
	p.failed = true
}

func (p *ruleParser) kind(i int) Kind {
	if i < len(p.tokens) {
		return p.tokens[i].Kind
	}
	return EOL
}

// take removes and returns the next token. The EOL stays.
func (p *ruleParser) take() Token {
	t := p.tokens[0]
	if t.Kind != EOL {
		p.tokens = p.tokens[1:]
	}
	return t
}

// clause reads a match pattern up to the => or, within brackets, the ].
func (p *ruleParser) clause(depth int) []element {
	var out []element
	for !p.failed {
		switch t := &p.tokens[0]; {
		case t.Kind == EOL, t.Kind == FatArrow && depth == 0, t.Kind == RBracket && depth > 0:
			return out
		case t.Kind == LBracket:
			out = append(out, p.optional(depth+1))
		case t.Kind == Less && isMarkerAt(p.tokens):
			out = append(out, p.marker())
		case t.Kind == Backslash && p.kind(1) != EOL:
			p.take()
			out = append(out, element{kind: matchWord, token: upperWord(p.take())})
		default:
			out = append(out, element{kind: matchWord, token: upperWord(p.take())})
		}
	}
	return nil
}

// optional reads a part in brackets.
func (p *ruleParser) optional(depth int) element {
	open := p.take()
	if depth > maxClauses {
		p.fail(open.Pos, "optional clauses are nested deeper than %d", maxClauses)
		return element{}
	}
	e := element{kind: matchOptional, clause: p.clause(depth)}
	switch {
	case p.failed:
	case p.kind(0) != RBracket:
		p.fail(open.Pos, "[ without ] in the match pattern")
	case len(e.clause) == 0:
		p.fail(open.Pos, "empty optional clause")
	default:
		p.take()
	}
	e.markers = clauseMarkers(e.clause)
	return e
}

func clauseMarkers(clause []element) []int {
	var markers []int
	for i := range clause {
		switch clause[i].kind {
		case matchWord:
		case matchOptional:
			markers = append(markers, clause[i].markers...)
		default:
			markers = append(markers, clause[i].marker)
		}
	}
	slices.Sort(markers)
	return slices.Compact(markers)
}

// isMarkerAt tells whether the tokens begin with a marker of a match pattern.
func isMarkerAt(t []Token) bool {
	kind := func(i int) Kind {
		if i < len(t) {
			return t[i].Kind
		}
		return EOL
	}
	switch kind(1) {
	case Ident:
		switch kind(2) {
		case Greater, Colon:
			return true
		case Comma:
			return kind(3) == Ellipsis && kind(4) == Greater
		}
	case Star:
		return kind(2) == Ident && kind(3) == Star && kind(4) == Greater
	case Not:
		return kind(2) == Ident && kind(3) == Not && kind(4) == Greater
	case LParen:
		return kind(2) == Ident && kind(3) == RParen && kind(4) == Greater
	}
	return false
}

// marker reads a marker of the match pattern.
func (p *ruleParser) marker() element {
	p.take()
	var e element
	switch p.kind(0) {
	case Star:
		e.kind = matchWild
	case Not:
		e.kind = matchName
	case LParen:
		e.kind = matchExtended
	default:
		e.kind = matchRegular
	}
	if e.kind != matchRegular {
		p.take()
	}
	e.marker = p.declare(p.take())
	switch {
	case e.kind != matchRegular:
		p.take()
	case p.kind(0) == Comma:
		e.kind = matchList
		p.take()
		p.take()
	case p.kind(0) == Colon:
		e.kind = matchRestricted
		e.choices = p.choices(p.take())
	}
	p.take()
	return e
}

// choices reads the alternatives of a restricted marker up to its >.
func (p *ruleParser) choices(colon Token) [][]Token {
	var all [][]Token
	var one []Token
	for {
		t := p.tokens[0]
		switch t.Kind {
		case EOL:
			p.fail(colon.Pos, "restricted marker is not closed with >")
			return nil
		case Greater, Comma:
			if len(one) > 0 {
				all = append(all, one)
			}
			one = nil
			if t.Kind == Greater {
				if len(all) == 0 {
					p.fail(colon.Pos, "restricted marker without words")
				}
				return all
			}
			p.take()
		case Backslash:
			p.take()
			if p.kind(0) != EOL {
				one = append(one, upperWord(p.take()))
			}
		default:
			one = append(one, upperWord(p.take()))
		}
	}
}

// declare returns the index of the marker of the name, a new one if need be.
func (p *ruleParser) declare(t Token) int {
	if i := p.rule.marker(t.Text); i >= 0 {
		return i
	}
	if len(p.rule.markers) == maxMarkers {
		p.fail(t.Pos, "rule has more than %d markers", maxMarkers)
	}
	p.rule.markers = append(p.rule.markers, marker{name: strings.ToUpper(t.Text)})
	return len(p.rule.markers) - 1
}

// marker returns the index of the marker of the name in any case, or -1.
func (r *rule) marker(name string) int {
	for i := range r.markers {
		if equalFold(name, r.markers[i].name) {
			return i
		}
	}
	return -1
}

// upperWord returns t as a word of a match pattern.
func upperWord(t Token) Token {
	if t.Kind == Ident || t.Kind == String {
		t.Text = upper(t.Text)
	}
	return t
}

// setUses finds how often the markers may match from the pieces of the result
// that they stand in: once outside of optional pieces, where u is single.
func (r *rule) setUses(pieces []piece, u use) {
	for i := range pieces {
		switch p := &pieces[i]; p.form {
		case resultToken:
		case resultRepeat:
			r.setUses(p.pieces, repeated)
		case resultJoined:
			r.setUses(p.pieces, u)
		default:
			r.markers[p.marker].use = max(r.markers[p.marker].use, u)
		}
	}
}

// arrange sets the words where markers stop and gives each run of optional
// clauses the order in which they are tried: those of nothing but markers for
// any text come last. Outer is the word after the clause, or nil.
func arrange(clause []element, outer *Token) []element {
	stop := outer
	for i := len(clause) - 1; i >= 0; i-- {
		e := &clause[i]
		switch e.kind {
		case matchWord:
			stop = &e.token
		case matchOptional:
			e.clause = arrange(e.clause, stop)
			e.open = anyText(e.clause)
		default:
			e.stop = stop
			stop = nil
		}
	}
	for i := 0; i < len(clause); i++ {
		end := optionals(clause, i)
		slices.SortStableFunc(clause[i:end], func(a, b element) int {
			switch {
			case a.open == b.open:
				return 0
			case b.open:
				return -1
			}
			return 1
		})
		i = max(i, end-1)
	}
	return clause
}

// optionals returns the end of the run of optional clauses that begins at i.
func optionals(clause []element, i int) int {
	for i < len(clause) && clause[i].kind == matchOptional {
		i++
	}
	return i
}

// anyText tells whether a clause has nothing but markers that match any text.
func anyText(clause []element) bool {
	return !slices.ContainsFunc(clause, func(e element) bool {
		return e.kind == matchWord || e.kind == matchRestricted || e.kind == matchOptional && !e.open
	})
}

// sameMatch tells whether two match patterns match the same text.
func sameMatch(a, b []element) bool {
	return slices.EqualFunc(a, b, func(a, b element) bool {
		return a.kind == b.kind && sameWord(&a.token, &b.token) && sameMatch(a.clause, b.clause) &&
			slices.EqualFunc(a.choices, b.choices, sameWords)
	})
}

func sameWords(a, b []Token) bool {
	return slices.EqualFunc(a, b, func(a, b Token) bool { return sameWord(&a, &b) })
}

// sameWord tells whether two words of match patterns are the same.
func sameWord(a, b *Token) bool {
	return a.Kind == b.Kind && (!hasText(a.Kind) || a.Text == b.Text)
}

// hasText tells whether tokens of the kind differ by their text.
func hasText(k Kind) bool {
	return k == Ident || k == String || k == Number || k == Illegal || k == SQL
}

// upper returns s with its ASCII letters in upper case.
func upper(s string) string {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}
