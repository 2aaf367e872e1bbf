package syntax

import (
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// sqlStmt parses BeginSql Alias x … EndSql, whose lines are SQL tokens.
func (p *parser) sqlStmt() {
	s := &SQLStmt{Pos: p.next().Pos}
	if !p.acceptWord("alias") {
		p.unexpected("Alias after BeginSql")
	}
	s.Alias = p.expr()
	p.endStmt()
	for p.blank(); p.kind() == preproc.SQL; p.blank() {
		p.sqlLine(s, p.next())
	}
	p.sqlFlush(s)
	p.bad = false
	p.add(s)
	s.End = p.tok().Pos
	if !p.acceptWord("endsql") {
		p.errorf(s.Pos, "BeginSql of line %d has no EndSql", s.Pos.Line)
		p.bad = false
		return
	}
	p.closeStmt()
}

// sqlLine divides one line into columns, text and what stands between percent
// signs. A comment after // is left out.
func (p *parser) sqlLine(s *SQLStmt, t *preproc.Token) {
	p.bad = false
	if p.sqlColumns(s, t) {
		return
	}
	line, begin, quote := t.Text, 0, byte(0) // begin: of the text not yet added
scan:
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '%':
			if mark, value, size := sqlMark(line[i:], quote != 0); size > 0 {
				p.sqlText(at(t, begin), line[begin:i])
				p.sqlFlush(s)
				if line[i+size-1] != '%' {
					p.errorf(at(t, i), "%%%s: has no closing %%", mark)
				}
				p.sqlPart(s, t, i, mark, value)
				i += size
				begin = i
				continue
			}
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0 && strings.HasPrefix(line[i:], "//"):
			line = line[:i]
			break scan
		}
		i++
	}
	p.sqlText(at(t, begin), line[begin:])
	p.sqlText(at(t, len(line)), "\n")
}

// at returns the place of the byte i of an SQL line.
func at(t *preproc.Token, i int) source.Pos {
	pos := t.Pos
	pos.Col += int32(i)
	return pos
}

// sqlText adds text that stands at pos to the text before the next part.
func (p *parser) sqlText(pos source.Pos, text string) {
	if p.sql.Len() == 0 {
		p.sqlPos = pos
	}
	p.sql.WriteString(text)
}

// sqlFlush makes a part of the text that was added.
func (p *parser) sqlFlush(s *SQLStmt) {
	if p.sql.Len() > 0 {
		s.Parts = append(s.Parts, SQLPart{Pos: p.sqlPos, Kind: SQLText, Text: p.sql.String()})
		p.sql.Reset()
	}
}

// sqlMarks are the words that a percent sign makes special.
var sqlMarks = []string{"table", "xfilial", "exp", "notdel", "order", "noparser"}

// sqlMark reads %word% or %word:value% at the beginning of text and returns the
// number of its bytes, 0 if there is none. A name between percent signs that is
// none of sqlMarks is an expression, but not inside a string of the SQL.
func sqlMark(text string, inString bool) (word, value string, size int) {
	n := 1
	for n < len(text) && isNameByte(text[n]) {
		n++
	}
	if n == len(text) || n == 1 || n > maxSQLName {
		return "", "", 0
	}
	word = strings.ToLower(text[1:n])
	switch known := slices.Contains(sqlMarks, word); {
	case text[n] == '%' && known:
		return word, "", n + 1
	case text[n] == '%' && !inString && !isDigit(text[1]):
		return "", text[1:n], n + 1
	case text[n] != ':' || !known:
		return "", "", 0
	}
	stop := sqlValue(text[n+1:])
	if stop < 0 && inString {
		return "", "", 0
	}
	if stop < 0 {
		return word, text[n+1:], len(text)
	}
	return word, text[n+1 : n+1+stop], n + stop + 2
}

// maxSQLName is the length of the longest name between percent signs.
const maxSQLName = 255

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameByte(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= lower(c) && lower(c) <= 'z'
}

// sqlValue returns where the percent sign stands that ends a value, or -1.
func sqlValue(text string) int {
	var quote byte
	depth := 0
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == '%' && depth <= 0:
			return i
		}
	}
	return -1
}

// sqlPart adds what %word:value% at the byte i of the line stands for.
func (p *parser) sqlPart(s *SQLStmt, t *preproc.Token, i int, word, value string) {
	part := SQLPart{Pos: at(t, i), Text: strings.TrimSpace(value)}
	switch word {
	case "noparser":
		s.NoParser = true
		return
	case "notdel":
		part.Kind = SQLNotDel
	case "table":
		part.Kind = SQLTable
	case "xfilial":
		part.Kind = SQLFilial
	case "order":
		part.Kind = SQLOrder
	case "exp":
		part.Kind, part.Text = SQLExp, ""
		part.X = p.sqlExpr(at(t, i+len("%exp:")), value)
	default: // %name%
		part.Kind, part.Text = SQLExp, ""
		part.X = &Ident{Pos: at(t, i+1), Name: value}
	}
	if part.Kind != SQLNotDel && part.Kind != SQLExp && part.Text == "" {
		p.errorf(part.Pos, "%%%s:%% names nothing", word)
	}
	s.Parts = append(s.Parts, part)
}

// sqlExpr parses the value of %exp: , which stands at pos.
func (p *parser) sqlExpr(pos source.Pos, value string) Expr {
	f := *p.file
	f.Text = value
	tokens, findings := preproc.Lex(&f)
	for i := range tokens {
		tokens[i].Pos = moved(tokens[i].Pos, pos)
	}
	x, more := ParseExpr(p.file, tokens)
	for _, f := range append(findings, more...) {
		if f.Pos.File != pos.File {
			f.Pos = moved(f.Pos, pos)
		}
		p.fail(f)
	}
	return x
}

// moved returns the place in the source of a place in a text of one line that
// stands at base.
func moved(pos, base source.Pos) source.Pos {
	base.Col += pos.Col - 1
	return base
}

// sqlColumns parses Column a As Date, b As Logical, c As Numeric(n, d). It
// returns false if the line is none or only begins like one.
func (p *parser) sqlColumns(s *SQLStmt, t *preproc.Token) bool {
	f := strings.FieldsFunc(t.Text, func(r rune) bool { return strings.ContainsRune(" \t(),", r) })
	if len(f) < 4 || !equalFold(f[0], "column") || !equalFold(f[2], "as") {
		return false
	}
	pos := at(t, strings.Index(t.Text, f[0]))
	for f = f[1:]; len(f) > 2 && equalFold(f[1], "as"); {
		c := SQLColumn{Pos: pos, Name: f[0]}
		kind, rest := strings.ToLower(f[2]), f[3:]
		switch {
		case strings.HasPrefix(kind, "date"):
			c.Type = 'D'
		case strings.HasPrefix(kind, "log"):
			c.Type = 'L'
		case strings.HasPrefix(kind, "num"):
			c.Type = 'N'
			c.Width, c.Places, rest = sqlSize(rest)
		default:
			p.errorf(pos, "column %s as %s: expected Date, Logical or Numeric(width, places)", c.Name, f[2])
		}
		s.Columns = append(s.Columns, c)
		f = rest
	}
	return true
}

// sqlSize reads the width and places of a numeric column, 0 where there is none,
// and returns what follows them.
func sqlSize(f []string) (width, places int, rest []string) {
	for _, n := range []*int{&width, &places} {
		if len(f) == 0 {
			break
		}
		v, err := strconv.Atoi(f[0])
		if err != nil {
			break
		}
		*n, f = v, f[1:]
	}
	return width, places, f
}
