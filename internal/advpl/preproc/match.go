package preproc

// span is the text that a marker matched: tokens[from:to] of the matcher. It is
// absent if from is negative.
type span struct{ from, to int32 }

var absent = span{-1, -1}

func (s span) isAbsent() bool { return s.from < 0 }

// matcher matches the beginning of a line with a rule. Alternatives are taken
// greedily: what matched is never given back for the sake of what follows.
type matcher struct {
	rule   *rule
	tokens []Token  // the line; ends with an EOL
	budget *int     // of the line; negative when it is used up
	values [][]span // by marker
	log    []int    // the markers in the order of their matches, to undo them

	// lenient ignores what a marker matches again that may match once, as in
	// SAY x PIXEL COLOR c PIXEL.
	lenient bool
}

// run matches the rule and returns the number of tokens that it takes.
func (m *matcher) run(r *rule, tokens []Token) (int, bool) {
	m.rule, m.tokens, m.log = r, tokens, m.log[:0]
	for len(m.values) < len(r.markers) {
		m.values = append(m.values, nil)
	}
	for i := range r.markers {
		m.values[i] = m.values[i][:0]
	}
	end, ok := m.clause(r.match, 0)
	if !ok || end == 0 || r.directive.isCommand() && !endsStatement(tokens[end].Kind) {
		return 0, false
	}
	return end, true
}

func endsStatement(k Kind) bool { return k == EOL || k == Semi }

// clause matches a pattern at a token and returns where the match ends.
func (m *matcher) clause(clause []element, at int) (int, bool) {
	for i := 0; i < len(clause); i++ {
		e := &clause[i]
		if e.kind == matchOptional {
			end := optionals(clause, i)
			at = m.optionals(clause[i:end], at)
			i = end - 1
			continue
		}
		*m.budget--
		if e.kind == matchWord {
			if !m.rule.equal(&e.token, &m.tokens[at]) {
				return 0, false
			}
			at++
			continue
		}
		end := m.marker(e, at)
		if end < 0 || !m.record(e.marker, span{int32(at), int32(end)}) {
			return 0, false
		}
		at = end
	}
	return at, true
}

// optionals matches clauses in any order and as often as they match.
func (m *matcher) optionals(clauses []element, at int) int {
	for i := 0; i < len(clauses) && *m.budget > 0; i++ {
		mark, lenient := len(m.log), m.lenient
		m.lenient = lenient && !clauses[i].open
		end, ok := m.clause(clauses[i].clause, at)
		m.lenient = lenient
		if !ok || end == at {
			m.undo(mark)
			continue
		}
		m.align(clauses[i].markers, mark)
		at, i = end, -1
	}
	return at
}

// record adds a value of a marker. If the marker has one and may not have more,
// the value is ignored or, if m is not lenient, refused.
func (m *matcher) record(marker int, s span) bool {
	switch m.rule.markers[marker].use {
	case unused:
		return true
	case single:
		if len(m.values[marker]) > 0 {
			return m.lenient
		}
	}
	m.values[marker] = append(m.values[marker], s)
	m.log = append(m.log, marker)
	return true
}

// undo takes back the matches after mark.
func (m *matcher) undo(mark int) {
	for _, marker := range m.log[mark:] {
		m.values[marker] = m.values[marker][:len(m.values[marker])-1]
	}
	m.log = m.log[:mark]
}

// align gives an absent value to those markers of a clause that had none in the
// match of the clause that began at mark, so that the values of the clause's
// markers stay in step when it matches again.
func (m *matcher) align(markers []int, mark int) {
	if len(m.log) == mark {
		return
	}
	end := len(m.log)
next:
	for _, marker := range markers {
		if m.rule.markers[marker].use != repeated {
			continue
		}
		for _, had := range m.log[mark:end] {
			if had == marker {
				continue next
			}
		}
		m.record(marker, absent)
	}
}

// equal tells whether a token is the word w of a match pattern of r.
func (r *rule) equal(w, t *Token) bool {
	if w.Kind != t.Kind {
		return false
	}
	switch w.Kind {
	case Ident:
		if len(t.Text) < len(w.Text) && len(t.Text) >= minAbbreviation && r.directive.abbreviates() {
			return equalFold(t.Text, w.Text[:len(t.Text)])
		}
		return equalFold(t.Text, w.Text)
	case String:
		return equalFold(t.Text, w.Text)
	case Number, Illegal:
		return t.Text == w.Text
	}
	return true
}

// marker returns where the text of a marker ends that begins at a token, or -1
// if the marker does not match.
func (m *matcher) marker(e *element, at int) int {
	switch e.kind {
	case matchRegular:
		return positive(at, m.expression(e.stop, at))
	case matchList:
		return m.list(e.stop, at)
	case matchRestricted:
		return m.choice(e.choices, at)
	case matchWild:
		return positive(at, m.lineEnd(at))
	case matchExtended:
		return positive(at, m.extended(e.stop, at))
	}
	if m.tokens[at].Kind != Ident { // matchName
		return -1
	}
	return at + 1
}

// positive returns end, or -1 if nothing lies between at and end.
func positive(at, end int) int {
	if end == at {
		return -1
	}
	return end
}

func (m *matcher) lineEnd(at int) int {
	*m.budget -= len(m.tokens) - at
	return len(m.tokens) - 1
}

// list matches expressions with commas between them, of which some may be empty
// but not the only one.
func (m *matcher) list(stop *Token, at int) int {
	begin := at
	for {
		at = m.expression(stop, at)
		if m.tokens[at].Kind != Comma || m.stops(stop, at) {
			return positive(begin, at)
		}
		at++
	}
}

// choice matches the longest of the alternatives of a restricted marker.
func (m *matcher) choice(choices [][]Token, at int) int {
	longest := -1
	for _, words := range choices {
		longest = max(longest, m.words(words, at))
	}
	return longest
}

// words matches one alternative of a restricted marker. A & at its end matches a
// macro.
func (m *matcher) words(words []Token, at int) int {
	for i := range words {
		*m.budget--
		if words[i].Kind == Amp && i == len(words)-1 {
			return m.macro(at)
		}
		if !m.rule.equal(&words[i], &m.tokens[at]) {
			return -1
		}
		at++
	}
	return at
}

// macro matches &name, &name.text or &(expression).
func (m *matcher) macro(at int) int {
	t := m.tokens[at:]
	switch {
	case t[0].Kind != Amp:
		return -1
	case t[1].Kind == LParen:
		return m.group(at + 1)
	case t[1].Kind != Ident:
		return -1
	}
	at += 2
	if m.tokens[at].Kind == Dot && !m.tokens[at].Space {
		if at++; adjoins(&m.tokens[at]) {
			at++
		}
	}
	return at
}

// adjoins tells whether t is a name or number right after the token before it.
func adjoins(t *Token) bool {
	return !t.Space && (t.Kind == Ident || t.Kind == Number)
}

// extended matches the text up to white space, a comma or a ; as file names have
// it, or an expression if it begins with a parenthesis.
func (m *matcher) extended(stop *Token, at int) int {
	switch m.tokens[at].Kind {
	case LParen:
		return m.expression(stop, at)
	case LBracket:
		return at
	}
	for i := at; ; i++ {
		*m.budget--
		t := &m.tokens[i]
		switch t.Kind {
		case EOL, Semi, Comma, RParen, RBracket:
			return i
		case LParen, LBracket, LBrace:
			i = m.group(i) - 1 // &(x), f(x), a[n]
			continue
		}
		if i > at && t.Space || m.stops(stop, i) {
			return i
		}
	}
}

// stops tells whether the token is the word that ends the text of a marker.
func (m *matcher) stops(stop *Token, at int) bool {
	return stop != nil && m.rule.equal(stop, &m.tokens[at])
}

// expression returns the end of the expression that begins at a token: before
// the stop word, a comma, a closing bracket, the statement's end, or an operand
// that follows an operand. It returns at if no expression can begin there.
func (m *matcher) expression(stop *Token, at int) int {
	if !beginsExpression(m.tokens[at].Kind) {
		return at
	}
	operand := false // the token before ends an operand
	for {
		*m.budget--
		t := &m.tokens[at]
		if m.stops(stop, at) {
			return at
		}
		switch roleOf(t.Kind) {
		case roleCloser:
			return at
		case roleOpener:
			if t.Kind == LBrace && operand {
				return at
			}
			if at = m.group(at); m.tokens[at-1].Kind != closing[t.Kind] {
				return at
			}
			operand = true
			continue
		case roleValue:
			if operand {
				return at
			}
			operand = true
		case rolePrefix:
			if operand && (t.Space || t.Kind == At || t.Kind == Not) {
				return at
			}
			operand = false
		case rolePostfix:
		case roleMacroDot:
			operand = operand && !adjoins(&m.tokens[at+1])
		default:
			operand = false
		}
		at++
	}
}

// group returns the end of what is in brackets, of which the token is the
// opening one: just after the closing one, or the statement's end.
func (m *matcher) group(at int) int {
	open := m.tokens[at].Kind
	depth := 0
	for ; ; at++ {
		*m.budget--
		switch k := m.tokens[at].Kind; {
		case k == open:
			depth++
		case k == closing[open]:
			if depth--; depth == 0 {
				return at + 1
			}
		case endsStatement(k):
			return at
		}
	}
}

var closing = [Illegal + 1]Kind{LParen: RParen, LBracket: RBracket, LBrace: RBrace}

// role is what a token does in an expression.
type role uint8

const (
	roleBinary role = iota // and all that expects an operand after it
	roleValue
	roleOpener
	roleCloser
	rolePrefix
	rolePostfix
	roleMacroDot
)

var roles = [Illegal + 1]role{
	EOF: roleCloser, EOL: roleCloser, Semi: roleCloser, Comma: roleCloser,
	RParen: roleCloser, RBracket: roleCloser, RBrace: roleCloser,
	LParen: roleOpener, LBracket: roleOpener, LBrace: roleOpener,
	Ident: roleValue, Number: roleValue, String: roleValue, True: roleValue, False: roleValue, Ellipsis: roleValue,
	Amp: rolePrefix, At: rolePrefix, Not: rolePrefix, DColon: rolePrefix,
	PlusPlus: rolePostfix, MinusMinus: rolePostfix,
	Dot: roleMacroDot,
}

func roleOf(k Kind) role { return roles[k] }

// beginsExpression tells whether an expression can begin with a token of the
// kind.
func beginsExpression(k Kind) bool {
	switch roleOf(k) {
	case roleCloser, roleMacroDot:
		return false
	case roleBinary:
		return k == Plus || k == Minus
	}
	return k != LBracket
}
