package preproc

import (
	"slices"

	"appserver/internal/advpl/source"
)

// text applies defines and rules to a line of text. A line that they would make
// endless stays as it is.
func (p *preprocessor) text(tokens []Token) {
	if p.left < 0 || !p.concerns(tokens) {
		p.emit(tokens)
		return
	}
	begin := len(p.result.Tokens)
	p.budget = lineBudget + tokenBudget*len(tokens)
	p.in.set(tokens)
	p.clean = 0
	for p.in.rest()[0].Kind != EOL && p.budget > 0 {
		p.statement()
	}
	if p.budget > 0 {
		p.emit(p.in.rest())
	} else {
		p.result.Tokens = p.result.Tokens[:begin]
		p.emit(tokens)
		p.endless()
	}
	p.spend(lineBudget+tokenBudget*len(tokens)-p.budget, tokens[0].Pos)
}

// spend takes the steps that a line needed from those that are left.
func (p *preprocessor) spend(steps int, pos source.Pos) {
	if p.left -= steps; p.left < 0 {
		p.result.Findings.Errorf(pos, "defines and rules take too many steps; none is applied after this line")
	}
}

// endless reports the rule or define that was busy with a line when that had used
// up its budget, and takes it out of force.
func (p *preprocessor) endless() {
	p.result.Findings = append(p.result.Findings, source.Finding{
		Pos: p.byPos, Message: p.by.String() + " does not come to an end in this line",
		Hint: "what it stands for must not lead to it again",
	})
	p.by.disable(p.symbols)
}

// concerns tells whether a define or a rule may apply to a line.
func (p *preprocessor) concerns(tokens []Token) bool {
	s := p.symbols
	if s.any != noSymbol {
		return true
	}
	first := true
	for i := range tokens {
		t := &tokens[i]
		exact, prefix := s.at(t)
		if exact != nil && (len(exact.translates) > 0 || exact.defined(t.Text) != nil || first && len(exact.commands) > 0) ||
			prefix != nil && (len(prefix.translates) > 0 || first && len(prefix.commands) > 0) {
			return true
		}
		first = t.Kind == Semi
	}
	return false
}

// statement replaces what is to be replaced in the rest of the line, until
// nothing is, and moves the first statement to the result.
func (p *preprocessor) statement() {
	for again := true; again; {
		if p.in.rest()[0].Kind == Hash && p.generated() {
			return
		}
		for p.pass(p.expandDefine) {
		}
		if again = p.pass(p.translate); again {
			continue
		}
		p.clean = len(p.in.rest())
		again = p.command()
	}
	if p.budget <= 0 {
		return
	}
	rest := p.in.rest()
	n := slices.IndexFunc(rest, func(t Token) bool { return endsStatement(t.Kind) })
	if rest[n].Kind == Semi {
		n++
	}
	p.emit(rest[:n])
	p.in.at += n
}

// generated acts upon a directive that a rule made, at the beginning of the
// input up to the end of the statement, and tells whether there is one.
func (p *preprocessor) generated() bool {
	rest := p.in.rest()
	if rest[1].Kind != Ident {
		return false
	}
	n := line{directive: directiveOf(rest[1].Text), name: rest[1]}
	if n.directive == unknownDirective {
		return false
	}
	end := slices.IndexFunc(rest, func(t Token) bool { return endsStatement(t.Kind) })
	n.tokens = append(slices.Clone(rest[2:end]), Token{Kind: EOL, Pos: rest[end].Pos})
	if n.directive.isText() {
		n.tokens[0] = Token{Kind: String, Text: text(n.tokens[:len(n.tokens)-1]), Pos: n.name.Pos}
	}
	if rest[end].Kind == Semi {
		end++
	}
	p.in.at += end
	n.parse()
	if n.directive == dirInclude { // it uses the input for lines of its own
		rest = slices.Clone(p.in.rest())
		budget := p.budget
		p.line(&n)
		p.budget = budget
		p.in.set(rest)
	} else {
		p.line(&n)
	}
	p.clean = 0
	return true
}

// pass goes through the line and lets replace act upon each token, again upon
// what it put there. It tells whether anything was replaced.
func (p *preprocessor) pass(replace func() bool) bool {
	start := p.in.at
	replaced := false
	for len(p.in.rest()) > max(p.clean, 1) && p.budget > 0 {
		if n := len(p.out); n > 0 && p.out[n-1].Kind == Semi && p.in.rest()[0].Kind == Hash {
			break // a directive that a rule made is not for the rules
		}
		p.budget--
		if replace() {
			replaced = true
			continue
		}
		p.out = append(p.out, p.in.rest()[0])
		p.in.at++
	}
	if replaced {
		p.in.replace(0, p.out)
	} else {
		p.in.at = start
	}
	p.out = p.out[:0]
	return replaced && p.budget > 0
}

// translate applies a #translate or #xtranslate at the beginning of the input.
func (p *preprocessor) translate() bool { return p.rule(false) }

// command applies a #command or #xcommand at the beginning of the input: one that
// matches, else one that does if clauses that stand there twice are ignored.
func (p *preprocessor) command() bool {
	if p.budget <= 0 || p.rule(true) {
		return p.budget > 0
	}
	p.matcher.lenient = true
	defer func() { p.matcher.lenient = false }()
	return p.rule(true)
}

// rule applies a command or a translation at the beginning of the input.
func (p *preprocessor) rule(commands bool) bool {
	rest := p.in.rest()
	return p.symbols.latest(&rest[0], commands, func(r *rule) bool {
		p.by, p.byPos = r, rest[0].Pos
		n, ok := p.matcher.run(r, rest)
		if !ok {
			return false
		}
		p.scratch = p.matcher.expand(p.scratch[:0])
		return p.replace(n)
	})
}

// replacer is what puts tokens in the place of others: a define or a rule.
type replacer interface {
	String() string   // for messages
	disable(*symbols) // takes it out of force
}

// replace puts p.scratch in the place of the first n tokens of the input, unless
// the line has used up its budget.
func (p *preprocessor) replace(n int) bool {
	p.budget -= 1 + len(p.scratch)
	if len(p.in.rest())+len(p.out)+len(p.scratch) > maxLineTokens {
		p.budget = 0
	}
	if p.budget <= 0 {
		return false
	}
	p.in.replace(n, p.scratch)
	p.clean = min(p.clean, len(p.in.rest())-len(p.scratch))
	return true
}

// input is a list of tokens that is read from its beginning, where tokens can be
// replaced by others.
type input struct {
	tokens []Token
	at     int
}

// rest returns the tokens that are left.
func (in *input) rest() []Token { return in.tokens[in.at:] }

// set makes the input a copy of tokens.
func (in *input) set(tokens []Token) {
	in.tokens = append(in.tokens[:0], tokens...)
	in.at = 0
}

// replace puts tokens in the place of the first n.
func (in *input) replace(n int, tokens []Token) {
	in.at += n
	if in.at < len(tokens) {
		rest := in.rest()
		room := 2*len(tokens) + len(rest)
		grown := make([]Token, room+len(rest))
		copy(grown[room:], rest)
		in.tokens, in.at = grown, room
	}
	in.at -= len(tokens)
	copy(in.rest(), tokens)
}
