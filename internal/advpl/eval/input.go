package eval

import (
	"strings"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// Input collects the lines of a text until it can be evaluated. The zero value has
// none.
type Input struct {
	text    strings.Builder
	pending string // what joins the next line to the text
}

// Add adds a line and tells whether the text is complete: brackets, strings, comments
// and blocks of statements are closed, and no ; stands at its end. A string that goes on
// in the next line has a line feed there.
func (in *Input) Add(line string) bool {
	in.text.WriteString(in.pending)
	in.text.WriteString(line)
	in.pending = "\n"
	return !in.open()
}

// Empty tells whether there are no lines.
func (in *Input) Empty() bool { return in.text.Len() == 0 && in.pending == "" }

// Take returns the text and leaves the input empty.
func (in *Input) Take() string {
	text := in.text.String()
	*in = Input{}
	return text
}

// end is a name that stands for the next line.
const end = "\x80end"

// open tells whether the text needs another line, and prepares for it.
func (in *Input) open() bool {
	text := in.text.String()
	tokens, findings := preproc.Lex(&source.File{Name: sourceName, Text: text + "\n" + end})
	last := len(tokens) - 3 // before EOL and EOF
	if last < 0 || tokens[last].Text != end {
		return true // in a comment or SQL
	}
	tokens = tokens[:last]
	if last > 0 && tokens[last-1].Kind != preproc.EOL {
		return true // ; joins the next line
	}
	if n := len(findings); n > 0 && findings[n-1].Rule == preproc.UnclosedString && unclosedAtEnd(tokens) {
		quote := string(tokens[last-2].Quote)
		in.pending = quote + "+Chr(10)+" + quote
		return true
	}
	if depth(tokens) > 0 {
		in.cut(tokens[:last-1])
		return true
	}
	return blocks(tokens) > 0
}

// unclosedAtEnd tells whether a string is the last token before the EOL.
func unclosedAtEnd(tokens []preproc.Token) bool {
	n := len(tokens)
	return n > 1 && tokens[n-2].Kind == preproc.String
}

// cut leaves out what follows the last token, which may be a comment, and joins the
// next line with a ;.
func (in *Input) cut(tokens []preproc.Token) {
	text := in.text.String()
	t := tokens[len(tokens)-1]
	begin := 0
	for range t.Pos.Line - 1 {
		begin += strings.IndexByte(text[begin:], '\n') + 1
	}
	stop := begin + int(t.Pos.Col) - 1 + len(t.Text)
	if t.Kind == preproc.String {
		stop += 2 // the quotes
	}
	in.text.Reset()
	in.text.WriteString(text[:min(stop, len(text))])
	in.pending = ";\n"
}

// depth returns how many brackets are open.
func depth(tokens []preproc.Token) int {
	n := 0
	for _, t := range tokens {
		switch t.Kind {
		case preproc.LParen, preproc.LBracket, preproc.LBrace:
			n++
		case preproc.RParen, preproc.RBracket, preproc.RBrace:
			n--
		}
	}
	return n
}

// blocks returns how many blocks of statements are open.
func blocks(tokens []preproc.Token) int {
	n := 0
	for len(tokens) > 0 {
		i := 0
		for i < len(tokens) && tokens[i].Kind != preproc.EOL && tokens[i].Kind != preproc.Semi {
			i++
		}
		n += opens(tokens[:i])
		tokens = tokens[min(i+1, len(tokens)):]
	}
	return n
}

// opens returns 1 if a statement begins a block, -1 if it ends one, else 0.
func opens(line []preproc.Token) int {
	if len(line) == 0 || line[0].Kind != preproc.Ident {
		return 0
	}
	word, next := strings.ToUpper(line[0].Text), ""
	if len(line) > 1 {
		if isAssigned(line[1].Kind) {
			return 0
		}
		next = strings.ToUpper(line[1].Text)
	}
	switch word {
	case "IF":
		return opensIf(line)
	case "WHILE", "TRY", "FOR":
		return 1
	case "DO":
		return boolToInt(next == "CASE" || next == "WHILE")
	case "BEGIN":
		return boolToInt(next == "SEQUENCE" || next == "TRANSACTION" || next == "CASE")
	case "END", "ENDIF", "ENDDO", "ENDCASE", "ENDTRY", "ENDFOR", "ENDSEQUENCE", "ENDTRANSACTION", "NEXT":
		return -1
	}
	return 0
}

// isAssigned tells whether what stands before the operator is a variable or an object.
func isAssigned(k preproc.Kind) bool {
	switch k {
	case preproc.Colon, preproc.Assign, preproc.Eq, preproc.PlusPlus, preproc.MinusMinus:
		return true
	}
	return k >= preproc.PlusAssign && k <= preproc.PowAssign
}

// opensIf returns 1 if the If begins a block: it is no call If(x, y, z).
func opensIf(line []preproc.Token) int {
	level := 0
	for _, t := range line[1:] {
		switch t.Kind {
		case preproc.LParen, preproc.LBracket, preproc.LBrace:
			level++
		case preproc.RParen, preproc.RBracket, preproc.RBrace:
			level--
		case preproc.Comma:
			if level == 1 && line[1].Kind == preproc.LParen {
				return 0
			}
		}
	}
	return 1
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
