package preproc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl/source"
)

// A define is a name that stands for tokens.
type define struct {
	name   string
	pos    source.Pos
	call   bool // has a parameter list
	params []string
	body   []Token
	bare   bool    // for #ifdef and its like only; stands for itself
	args   []int16 // for each token of the body, the parameter that it is, or -1; nil without parameters
}

const maxParams = 255

// parseDefine reads what follows #define, or returns nil.
func parseDefine(pos source.Pos, tokens []Token, found *source.Findings) *define {
	if tokens[0].Kind != Ident {
		found.Errorf(pos, "#define without a name")
		return nil
	}
	d := &define{name: tokens[0].Text, pos: pos}
	rest := tokens[1:]
	if rest[0].Kind == LParen && !rest[0].Space {
		if rest = d.parseParams(rest[1:], found); rest == nil {
			return nil
		}
	}
	d.body = rest[:len(rest)-1]
	if len(d.params) > 0 {
		d.args = make([]int16, len(d.body))
		for i := range d.body {
			d.args[i] = d.param(&d.body[i])
		}
	}
	return d
}

// parseParams reads the parameter list after its opening parenthesis and
// returns the tokens after it, or nil if it is faulty.
func (d *define) parseParams(tokens []Token, found *source.Findings) []Token {
	d.call = true
	if tokens[0].Kind == RParen {
		return tokens[1:]
	}
	for {
		if tokens[0].Kind != Ident {
			found.Errorf(tokens[0].Pos, "parameter expected in #define %s", d.name)
			return nil
		}
		d.params = append(d.params, tokens[0].Text)
		switch after := tokens[1].Kind; {
		case after == RParen:
			return tokens[2:]
		case after != Comma:
			found.Errorf(tokens[1].Pos, ", or ) expected in the parameters of #define %s", d.name)
			return nil
		case len(d.params) == maxParams:
			found.Errorf(tokens[1].Pos, "#define %s has more than %d parameters", d.name, maxParams)
			return nil
		}
		tokens = tokens[2:]
	}
}

// param returns the number of the parameter that t names, or -1.
func (d *define) param(t *Token) int16 {
	if t.Kind == Ident {
		for i, name := range d.params {
			if name == t.Text {
				return int16(i)
			}
		}
	}
	return -1
}

// String names the define for messages.
func (d *define) String() string { return "#define " + d.name }

func (d *define) disable(s *symbols) { s.undefine(d.name) }

// expand appends what the define stands for at the token, with the arguments of
// its call.
func (d *define) expand(out []Token, at *Token, args [][]Token) []Token {
	first := len(out)
	for i := range d.body {
		if d.args != nil && d.args[i] >= 0 {
			from := len(out)
			out = append(out, args[d.args[i]]...)
			if from < len(out) {
				out[from].Space = d.body[i].Space
			}
			continue
		}
		t := d.body[i]
		t.Pos = at.Pos
		out = append(out, t)
	}
	if first < len(out) {
		out[first].Space = at.Space
	}
	return out
}

// beginning returns what is in force before the first line: the names that are
// always there and those of the options.
func (p *preprocessor) beginning() *symbols {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.options.Defines)) {
		fmt.Fprintf(&key, "%q=%q ", name, p.options.Defines[name])
	}
	fmt.Fprintf(&key, "%q", p.options.Known)
	cache := p.options.Cache
	if cache != nil {
		if s, ok := cache.beginning.Load(key.String()); ok {
			return s.(*symbols)
		}
	}
	s := newSymbols()
	for _, name := range []string{nameFile, nameLine, nameDate, nameTime} {
		s.define(&define{name: name})
	}
	s.define(&define{name: "__APPSERVER__", body: []Token{{Kind: Number, Text: "1"}}})
	for _, name := range p.options.Known {
		s.define(&define{name: name, bare: true})
	}
	for name, value := range p.options.Defines {
		s.define(&define{name: name, body: p.definition(name, value)})
	}
	if cache != nil && len(p.result.Findings) == 0 {
		kept, _ := cache.beginning.LoadOrStore(key.String(), s)
		return kept.(*symbols)
	}
	return s
}

// definition returns the tokens of a define of the options.
func (p *preprocessor) definition(name, value string) []Token {
	f, found := source.Decode("definition of "+name, []byte(value))
	tokens, more := Lex(f)
	p.result.Findings = append(append(p.result.Findings, found...), more...)
	return slices.DeleteFunc(tokens, func(t Token) bool { return t.Kind == EOF || t.Kind == EOL })
}

// Names of defines whose tokens depend on where they stand.
const (
	nameFile = "__FILE__"
	nameLine = "__LINE__"
	nameDate = "__DATE__"
	nameTime = "__TIME__"
)

// expandDefine replaces a define at the beginning of the input.
func (p *preprocessor) expandDefine() bool {
	t := &p.in.rest()[0]
	if t.Kind != Ident {
		return false
	}
	d := p.symbols.defined(t.Text)
	if d == nil || d.bare {
		return false
	}
	p.by, p.byPos = d, t.Pos
	n := 1
	if d.call {
		var ok bool
		if n, ok = p.arguments(d); !ok {
			return false
		}
	}
	p.scratch = p.scratch[:0]
	if d.body == nil && p.builtin(d.name, t) {
		return p.replace(n)
	}
	p.scratch = d.expand(p.scratch, t, p.args)
	return p.replace(n)
}

// builtin sets p.scratch to what a name stands for at the token that depends on
// the place or the time, and tells whether the name is such.
func (p *preprocessor) builtin(name string, at *Token) bool {
	t := Token{Kind: String, Quote: '"', Space: at.Space, Pos: at.Pos}
	switch name {
	case nameFile:
		t.Text = at.Pos.File.Name
	case nameLine:
		t.Kind, t.Quote, t.Text = Number, 0, strconv.Itoa(int(at.Pos.Line))
	case nameDate:
		t.Text = p.options.Time.Format("20060102")
	case nameTime:
		t.Text = p.options.Time.Format("15:04:05")
	default:
		return false
	}
	p.scratch = append(p.scratch, t)
	return true
}

// arguments reads the arguments of a call of d into p.args and returns the
// number of tokens of the call.
func (p *preprocessor) arguments(d *define) (int, bool) {
	rest := p.in.rest()
	if rest[1].Kind != LParen {
		return 0, false
	}
	p.args = p.args[:0]
	from, depth := 2, 0
	for i := 2; ; i++ {
		p.budget--
		switch rest[i].Kind {
		case EOL, Semi:
			return 0, false
		case LParen, LBracket, LBrace:
			depth++
		case Comma:
			if depth == 0 {
				p.args = append(p.args, rest[from:i])
				from = i + 1
			}
		case RParen, RBracket, RBrace:
			if depth > 0 {
				depth--
				continue
			}
			if i > 2 || len(d.params) > 0 {
				p.args = append(p.args, rest[from:i])
			}
			return i + 1, len(p.args) == len(d.params)
		}
	}
}
