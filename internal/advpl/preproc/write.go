package preproc

import (
	"bufio"
	"io"
	"strings"
)

// Write prints tokens as a source, in cp1252, one statement a line, indented as
// the text that it came from. Reading what it prints gives the same tokens, but
// for these: a Semi becomes an EOL; statements without tokens are left out; a
// string that contains both quotes, which only a rule can make, becomes a sum in
// parentheses.
func Write(w io.Writer, tokens []Token) error {
	p := &printer{w: bufio.NewWriter(w)}
	for i := range tokens {
		p.token(&tokens[i])
	}
	if p.last != nil {
		p.w.WriteByte('\n')
	}
	return p.w.Flush()
}

// printer writes tokens with what has to stand between them.
type printer struct {
	w    *bufio.Writer
	last *Token // of the line; nil at its beginning
	semi bool   // a Semi follows last
}

func (p *printer) token(t *Token) {
	switch t.Kind {
	case EOF:
	case Semi:
		p.semi = p.last != nil
	case EOL:
		p.endLine()
	case SQL:
		p.endLine()
		p.w.WriteString(t.Text)
		p.w.WriteByte('\n')
	default:
		p.between(t)
		p.w.WriteString(sourceText(t))
		p.last = t
	}
}

func (p *printer) endLine() {
	if p.last != nil {
		p.w.WriteByte('\n')
	}
	p.last, p.semi = nil, false
}

// between writes what stands between the last token and t.
func (p *printer) between(t *Token) {
	if p.semi && t.Kind == Ident && equalFold(t.Text, "BEGINSQL") {
		p.w.WriteString(" ; ") // at the beginning of a line it would begin SQL
		p.semi = false
		return
	}
	if p.semi {
		p.endLine()
	}
	switch {
	case p.last == nil:
		p.indent(t)
	case t.Space || runsInto(p.last, t):
		p.w.WriteByte(' ')
	}
}

// indent begins a line with t.
func (p *printer) indent(t *Token) {
	blanks := leadingBlanks(t)
	p.w.WriteString(blanks)
	switch t.Kind {
	case Hash, Star, StarAssign, Power, PowAssign:
		p.w.WriteString(";\n" + blanks) // so that it begins no directive or comment
	}
}

// leadingBlanks returns the tabs and blanks that the line of t begins with.
func leadingBlanks(t *Token) string {
	if t.Pos.File == nil {
		return ""
	}
	line := t.Pos.File.Line(int(t.Pos.Line))
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// runsInto tells whether a and b, written without white space between them,
// could be read as other tokens.
func runsInto(a, b *Token) bool {
	from, to := sourceText(a), sourceText(b)
	if from == "" || to == "" || adjoined(a, b, len(from), written(b)) {
		return false
	}
	end, begin := from[len(from)-1], to[0]
	switch {
	case class[end] == letter || class[end] == digit || class[end] == quote:
		return class[begin] == letter || class[begin] == digit || class[begin] == quote || begin == '.'
	case end == '.':
		return begin == '.' || class[begin] == letter || class[begin] == digit
	case class[begin] != other || class[end] != other:
		return false
	}
	pair := string([]byte{end, begin})
	_, n := operator(end, begin, 0)
	return n > 1 || pair == "//" || pair == "/*" || pair == "&&" || pair == "**"
}

// adjoined tells whether b, written as text, follows a, which is width bytes
// long, in its source.
func adjoined(a, b *Token, width int, text string) bool {
	if a.Pos.File == nil || a.Pos.File != b.Pos.File || a.Pos.Line != b.Pos.Line || a.Pos.Col+int32(width) != b.Pos.Col {
		return false
	}
	line := b.Pos.File.Line(int(b.Pos.Line))
	return strings.HasPrefix(line[min(int(b.Pos.Col)-1, len(line)):], text)
}
