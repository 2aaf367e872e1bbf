package preproc

import (
	"strings"

	"appserver/internal/advpl/source"
)

// Lex reads the tokens of f without directives: a # is a token wherever it
// stands. Each line that ends a statement gives an EOL, and the last token is an
// EOF. Faulty text still gives tokens; a byte that begins none is an Illegal
// token, which is for the reader of the tokens to report.
func Lex(f *source.File) ([]Token, source.Findings) {
	l := newLexer(f)
	tokens := make([]Token, 0, len(f.Text)/tokenSize+1)
	var found source.Findings
	for l.next() {
		tokens = append(tokens, l.tokens...)
		found = append(found, l.found...)
	}
	return append(tokens, l.eof()), append(found, l.found...)
}

// tokenSize is how many bytes of a source make one token, or fewer.
const tokenSize = 4

// lexer reads a file line by line, where lines that end with ; are one with the
// next.
type lexer struct {
	file       *source.File
	text       string
	directives bool // # at the beginning of a line begins a directive

	pos   int   // of the next byte
	line  int32 // its line
	begin int   // where that line begins
	sql   bool  // the next lines are SQL

	// The line read last.
	directive directive // noDirective for text
	name      Token     // the directive's name
	tokens    []Token   // the text or what follows the directive's name; the last is an EOL
	found     source.Findings

	space  bool // white space stands before the next token
	joined bool // the line before ended with ;, and no token followed yet
	rule   bool // in the text of a rule: \ and markers
	marker bool // within a marker of a rule
}

func newLexer(f *source.File) *lexer {
	return &lexer{file: f, text: f.Text, line: 1}
}

func (l *lexer) eof() Token { return Token{Kind: EOF, Space: true, Pos: l.posAt(l.pos)} }

// posAt returns the place of an offset in the line being read.
func (l *lexer) posAt(offset int) source.Pos {
	return source.Pos{File: l.file, Line: l.line, Col: int32(offset - l.begin + 1)}
}

// next reads the next line that is not empty into l, and tells whether there was
// one. SQL lines come together as one line. If there was none, l.found still has
// what was found on the way to the end.
func (l *lexer) next() bool {
	l.directive, l.tokens, l.found = noDirective, l.tokens[:0], nil
	if l.sql {
		l.sql = false
		l.sqlLines()
		if len(l.tokens) > 0 {
			return true
		}
	}
	l.space, l.joined, l.rule, l.marker = true, false, false, false
	if !l.rest() {
		return false
	}
	l.sql = l.directive == noDirective && beginsSQL(l.tokens)
	return true
}

// rest reads tokens up to the end of the line and tells whether there were any,
// or a directive.
func (l *lexer) rest() bool {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; class[c] {
		case blank:
			l.pos++
			l.space = true
		case newline:
			if l.ended() || l.cut() {
				l.add(EOL, l.pos)
				l.newline()
				return true
			}
			l.newline()
		case letter:
			l.ident()
		case digit:
			l.number()
		case quote:
			l.str(c)
		default:
			l.punct(c)
		}
	}
	if len(l.tokens) == 0 && l.directive == noDirective {
		return false
	}
	l.add(EOL, l.pos)
	return true
}

// ended tells whether the end of a line is the end of what is being read.
func (l *lexer) ended() bool {
	return !l.joined && (len(l.tokens) > 0 || l.directive != noDirective)
}

// cut tells whether a directive or BeginSql begins the line after this one. No ;
// joins it: headers end their rules with one, and some end all statements so.
func (l *lexer) cut() bool {
	if len(l.tokens) == 0 && l.directive == noDirective {
		return false
	}
	i := l.skipBlanks(l.pos + 1)
	if l.at(i)|0x20 == 'b' {
		return equalFold(l.text[i:l.identEnd(i)], "BEGINSQL")
	}
	if l.at(i) != '#' || !l.directives {
		return false
	}
	i = l.skipBlanks(i + 1)
	return directiveOf(l.text[min(i, len(l.text)):l.identEnd(i)]) != unknownDirective
}

func (l *lexer) newline() {
	l.pos++
	l.line++
	l.begin = l.pos
	l.space = true
}

// add appends the token of the kind from l.pos to end, and goes there.
func (l *lexer) add(kind Kind, end int) {
	l.tokens = append(l.tokens, Token{
		Kind: kind, Space: l.space, Text: l.text[l.pos:end],
		Pos: source.Pos{File: l.file, Line: l.line, Col: int32(l.pos - l.begin + 1)},
	})
	l.pos, l.space, l.joined = end, false, false
}

func (l *lexer) ident() {
	l.add(Ident, l.identEnd(l.pos))
}

// identEnd returns where the identifier that begins at i ends.
func (l *lexer) identEnd(i int) int {
	for i < len(l.text) && (class[l.text[i]] == letter || class[l.text[i]] == digit) {
		i++
	}
	return i
}

// number reads 12, 1.5, .5 and 0xFF. A dot without a digit after it belongs to
// the number unless something else begins with it: .AND., .OR., .., or a name.
func (l *lexer) number() {
	i := l.pos
	if l.text[i] == '0' && i+2 < len(l.text) && l.text[i+1]|0x20 == 'x' && isHex(l.text[i+2]) {
		for i += 2; i < len(l.text) && isHex(l.text[i]); i++ {
		}
		l.add(Number, i)
		return
	}
	i = l.digitsEnd(i)
	if i < len(l.text) && l.text[i] == '.' {
		switch next := l.at(i + 1); {
		case class[next] == digit:
			i = l.digitsEnd(i + 1)
		case next == '.':
			if k, _ := l.dotted(i + 1); k != Illegal {
				i++
			}
		case class[next] != letter:
			i++
		}
	}
	l.add(Number, i)
}

func (l *lexer) digitsEnd(i int) int {
	for i < len(l.text) && class[l.text[i]] == digit {
		i++
	}
	return i
}

// at returns the byte at i, or a line's end past the end of the text.
func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return '\n'
}

// UnclosedString is the Rule of the warning about a string without its closing
// quote.
const UnclosedString = "unclosed-string"

// str reads a string in quotes q. One that is not closed takes the rest of the
// line, with a warning: sources of the field are full of them, so the original takes
// them. After an operand, where no string can stand, a lone quote is left out.
func (l *lexer) str(q byte) {
	begin, end := l.pos+1, l.pos+1
	for end < len(l.text) && l.text[end] != q && l.text[end] != '\n' {
		end++
	}
	after := end + 1
	if l.at(end) != q {
		after = end
		l.found = append(l.found, source.Finding{
			Pos: l.posAt(l.pos), Severity: source.Warning, Rule: UnclosedString, Message: "string is not closed",
			Hint: "close it with " + string(q) + " before the end of the line",
		})
		if n := len(l.tokens); n > 0 && endsOperand(l.tokens[n-1].Kind) && strings.TrimSpace(l.text[begin:end]) == "" {
			l.pos = end
			return
		}
	}
	l.add(String, after)
	t := &l.tokens[len(l.tokens)-1]
	t.Quote, t.Text = q, l.text[begin:end]
}

// endsOperand tells whether a token of this kind can end an operand.
func endsOperand(k Kind) bool {
	switch k {
	case Ident, Number, String, RParen, RBracket, RBrace:
		return true
	}
	return false
}

// dotted returns the kind of the word in dots at i, such as .AND., and its end,
// or Illegal if there is none.
func (l *lexer) dotted(i int) (Kind, int) {
	end := i + 1
	for end < len(l.text) && end < i+4 && class[l.text[end]] == letter {
		end++
	}
	if end >= len(l.text) || l.text[end] != '.' {
		return Illegal, i
	}
	switch word := l.text[i+1 : end]; len(word) {
	case 1:
		switch word[0] | 0x20 {
		case 't', 'y':
			return True, end + 1
		case 'f', 'n':
			return False, end + 1
		}
	case 2:
		if equalFold(word, "OR") {
			return Or, end + 1
		}
	case 3:
		if equalFold(word, "AND") {
			return And, end + 1
		}
		if equalFold(word, "NOT") {
			return Not, end + 1
		}
	}
	return Illegal, i
}

// dot reads what begins with a dot.
func (l *lexer) dot() {
	if class[l.at(l.pos+1)] == digit && !l.afterOperand() {
		l.add(Number, l.digitsEnd(l.pos+1))
		return
	}
	kind, end := l.dotted(l.pos)
	switch {
	case l.marker, kind == Illegal, (kind == True || kind == False) && l.inPath(end):
		if strings.HasPrefix(l.text[l.pos:], "...") {
			l.add(Ellipsis, l.pos+3)
		} else {
			l.add(Dot, l.pos+1)
		}
	default:
		l.add(kind, end)
	}
}

// afterOperand tells whether the next token adjoins a name or a closing bracket,
// as in &name.5, where the dot ends the macro's name.
func (l *lexer) afterOperand() bool {
	if l.space || len(l.tokens) == 0 {
		return false
	}
	switch l.tokens[len(l.tokens)-1].Kind {
	case Ident, RParen, RBracket, RBrace:
		return true
	}
	return false
}

// inPath tells whether the word in dots that ends at end is part of a name with
// dots, such as app.t.load.
func (l *lexer) inPath(end int) bool {
	return l.afterOperand() && class[l.at(end)] == letter
}

// punct reads a token that begins with none of letters, digits and quotes, or a
// comment.
func (l *lexer) punct(c byte) {
	next := l.at(l.pos + 1)
	switch c {
	case '/':
		if next == '/' {
			l.skipLine()
			return
		}
		if next == '*' {
			l.comment()
			return
		}
	case '&':
		if next == '&' {
			l.skipLine()
			return
		}
	case '*':
		if len(l.tokens) == 0 && !l.joined && l.directive == noDirective {
			l.skipLine()
			return
		}
	case '#':
		if l.directives && len(l.tokens) == 0 && !l.joined && l.directive == noDirective {
			l.readDirective()
			return
		}
	case ';':
		if l.continues() {
			l.pos++
			l.space, l.joined = true, true
			return
		}
	case '.':
		l.dot()
		return
	case '\\':
		if l.rule {
			l.escape()
			return
		}
	case '<', '>', '-', ':':
		if l.rule && l.markerPunct(c) {
			return
		}
	}
	kind, n := operator(c, next, l.at(l.pos+2))
	l.add(kind, l.pos+n)
}

// skipLine goes to the end of the line.
func (l *lexer) skipLine() {
	n := strings.IndexByte(l.text[l.pos:], '\n')
	if n < 0 {
		n = len(l.text) - l.pos
	}
	l.pos += n
	l.space = true
}

// comment skips a comment in /* */.
func (l *lexer) comment() {
	n := strings.Index(l.text[l.pos+2:], "*/")
	if n < 0 {
		l.found = append(l.found, source.Finding{
			Pos: l.posAt(l.pos), Message: "unterminated comment", Hint: "close it with */",
		})
		n = len(l.text) - l.pos - 4
	}
	end := l.pos + 2 + n + 2
	for {
		n := strings.IndexByte(l.text[l.pos:end], '\n')
		if n < 0 {
			break
		}
		l.pos += n
		l.newline()
	}
	l.pos, l.space = end, true
}

// continues tells whether nothing but white space and comments follows a ; in
// its line, so that the next line belongs to this one.
func (l *lexer) continues() bool {
	for i := l.pos + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case class[c] == blank:
		case c == '\n', c == '/' && l.at(i+1) == '/', c == '&' && l.at(i+1) == '&':
			return true
		case c == '/' && l.at(i+1) == '*':
			n := strings.Index(l.text[i+2:], "*/")
			if n < 0 || strings.IndexByte(l.text[i:i+2+n], '\n') >= 0 {
				return true
			}
			i += n + 3
		default:
			return false
		}
	}
	return true
}

// escape reads a \ of a rule and what it takes the meaning from: a quote is an
// Illegal token then, and < and ; stand for themselves.
func (l *lexer) escape() {
	l.add(Backslash, l.pos+1)
	switch c := l.at(l.pos); c {
	case '"', '\'':
		l.add(Illegal, l.pos+1)
	case '<':
		l.add(Less, l.pos+1)
	case ';':
		l.add(Semi, l.pos+1)
	}
}

// markerPunct reads < > - and : where they belong to a marker of a rule and so
// are tokens of one byte. It tells whether they do.
func (l *lexer) markerPunct(c byte) bool {
	switch {
	case c == '<' && l.isMarker(l.pos+1):
		l.marker = true
		l.add(Less, l.pos+1)
	case !l.marker || c == '<':
		return false
	case c == '>':
		l.marker = false
		l.add(Greater, l.pos+1)
	case c == '-':
		l.add(Minus, l.pos+1)
	case c == ':':
		if l.tokens[len(l.tokens)-1].Kind != Ident {
			return false
		}
		l.add(Colon, l.pos+1)
	}
	return true
}

// isMarker tells whether the text of a rule from i, just after a <, is a marker.
func (l *lexer) isMarker(i int) bool {
	i = l.skipBlanks(i)
	closer := byte('>')
	switch c := l.at(i); c {
	case '*', '!', '.', '-', '"', '\'':
		closer = c
	case '(':
		closer = ')'
	case '{':
		closer = '}'
	}
	if closer != '>' {
		i = l.skipBlanks(i + 1)
	}
	if class[l.at(i)] != letter {
		return false
	}
	i = l.skipBlanks(l.identEnd(i))
	if closer != '>' {
		return l.at(i) == closer && l.at(l.skipBlanks(i+1)) == '>'
	}
	switch l.at(i) {
	case '>', ':':
		return true
	case ',':
		i = l.skipBlanks(i + 1)
		return strings.HasPrefix(l.text[min(i, len(l.text)):], "...") && l.at(l.skipBlanks(i+3)) == '>'
	}
	return false
}

func (l *lexer) skipBlanks(i int) int {
	for i < len(l.text) && class[l.text[i]] == blank {
		i++
	}
	return i
}

// operator returns the kind and length of the token that begins with the three
// bytes.
func operator(c, c2, c3 byte) (Kind, int) {
	if k := simple[c]; k != EOF {
		return k, 1
	}
	assign := c2 == '='
	switch c {
	case ':':
		switch c2 {
		case ':':
			return DColon, 2
		case '=':
			return Assign, 2
		}
		return Colon, 1
	case '=':
		switch c2 {
		case '=':
			return ExactEq, 2
		case '>':
			return FatArrow, 2
		}
		return Eq, 1
	case '!':
		return either(assign, NotEq, Not)
	case '<':
		if c2 == '>' {
			return NotEq, 2
		}
		return either(assign, LessEq, Less)
	case '>':
		return either(assign, GreaterEq, Greater)
	case '+':
		if c2 == '+' {
			return PlusPlus, 2
		}
		return either(assign, PlusAssign, Plus)
	case '-':
		switch c2 {
		case '-':
			return MinusMinus, 2
		case '>':
			return Arrow, 2
		}
		return either(assign, MinusAssign, Minus)
	case '*':
		if c2 == '*' {
			if c3 == '=' {
				return PowAssign, 3
			}
			return Power, 2
		}
		return either(assign, StarAssign, Star)
	case '/':
		return either(assign, SlashAssign, Slash)
	case '%':
		return either(assign, PctAssign, Percent)
	case '^':
		return either(assign, PowAssign, Power)
	}
	return Illegal, 1
}

// either returns the kind of an operator that ends with = or of that without.
func either(assign bool, with, without Kind) (Kind, int) {
	if assign {
		return with, 2
	}
	return without, 1
}

// simple holds the kinds of the tokens of one byte that begin no longer one.
var simple = [256]Kind{
	'(': LParen, ')': RParen, '[': LBracket, ']': RBracket, '{': LBrace, '}': RBrace,
	',': Comma, ';': Semi, '|': Bar, '@': At, '&': Amp, '?': Question, '#': Hash,
	'$': Dollar, '\\': Backslash, '~': Tilde, '`': Backquote,
}

// beginsSQL tells whether SQL follows the line: it begins with BeginSql and a
// name, most often Alias.
func beginsSQL(line []Token) bool {
	return len(line) > 1 && line[0].Kind == Ident && equalFold(line[0].Text, "BEGINSQL") &&
		(line[1].Kind == Ident || line[1].Kind == EOL)
}

// sqlLines reads the raw lines up to one that begins with EndSql, or to the end
// of the file, which the parser reports.
func (l *lexer) sqlLines() {
	for l.pos < len(l.text) {
		end := strings.IndexByte(l.text[l.pos:], '\n')
		if end < 0 {
			end = len(l.text) - l.pos
		}
		end += l.pos
		if first := l.skipBlanks(l.pos); equalFold(l.text[first:l.identEnd(first)], "ENDSQL") {
			return
		}
		l.space = true
		l.add(SQL, end)
		if l.pos < len(l.text) {
			l.newline()
		}
	}
}

// Classes of bytes.
const (
	other = iota
	blank
	newline
	letter // begins a name
	digit
	quote
)

// class tells what a byte is. The end of a DOS text, 0x1A, and the no-break
// space of cp1252 are blanks.
var class = func() (c [256]uint8) {
	for _, b := range "\t\v\f\r \x1A" {
		c[b] = blank
	}
	c['\n'], c['"'], c['\''], c['_'] = newline, quote, quote, letter
	for b := '0'; b <= '9'; b++ {
		c[b] = digit
	}
	for b := 'A'; b <= 'Z'; b++ {
		c[b], c[b|0x20] = letter, letter
	}
	for b := 0x80; b <= 0xFF; b++ {
		c[b] = letter
	}
	c[0xA0] = blank
	return c
}()

func isHex(c byte) bool {
	return class[c] == digit || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// equalFold tells whether s is upper but for the case of ASCII letters. Upper
// has none in lower case.
func equalFold(s, upper string) bool {
	if len(s) != len(upper) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 0x20
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}
