package lib

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

// Bounds of a pattern: its bytes, and about how many instructions it compiles to, its
// counted repetitions written out.
const (
	patternBytes  = 16 << 10
	patternWeight = 10_000
)

// pattern is a compiled regular expression. It matches the characters of strings in the
// code page in time linear in their length.
type pattern struct {
	text   string // of Go's syntax, in UTF-8, complete so that it can be part of another
	weight int
	first  *regexp.Regexp // at the beginning of the text
	later  *regexp.Regexp // after a character; group 1 is the match. nil: not yet used
	full   *regexp.Regexp // all of the text. nil: not yet used
}

// compilePattern compiles a regular expression, which is in the code page, with options of
// Go's syntax: "(?i)".
func compilePattern(text, options string) (*pattern, error) {
	if len(text) > patternBytes {
		return nil, fmt.Errorf("the regular expression has %d bytes, %d are allowed", len(text), patternBytes)
	}
	tree, err := syntax.Parse(options+toUTF8(text), syntax.Perl)
	if err != nil {
		return nil, patternError(err)
	}
	p := &pattern{text: tree.String(), weight: weigh(tree)}
	if p.weight > patternWeight {
		return nil, errors.New("the regular expression repeats too much: make its counts {n} smaller")
	}
	p.first, err = regexp.Compile(p.text)
	return p, err
}

// weigh returns about how many instructions the tree compiles to, patternWeight+1 if
// they are more.
func weigh(tree *syntax.Regexp) int {
	n := 1 + len(tree.Rune)/16
	for _, sub := range tree.Sub {
		n += weigh(sub)
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min, tree.Max, 1)
	}
	return min(n, patternWeight+1)
}

// patternError says what is wrong with a regular expression, in the code page.
func patternError(err error) error {
	e := new(syntax.Error)
	if !errors.As(err, &e) {
		return err
	}
	part := pageText(e.Expr)
	what := string(e.Code)
	switch {
	case needsBacktracking(e):
		what = "not supported, as it needs backtracking: " + part
	case part != "":
		what += ": " + part
	}
	return fmt.Errorf("invalid regular expression: %s", what)
}

// needsBacktracking tells whether the syntax error is one only because the engine takes
// linear time: looking around, atomic groups, possessive counts, back references.
func needsBacktracking(e *syntax.Error) bool {
	switch e.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture:
		return hasAnyPrefix(e.Expr, "(?=", "(?!", "(?<=", "(?<!", "(?>")
	case syntax.ErrInvalidRepeatOp:
		return strings.HasSuffix(e.Expr, "+")
	case syntax.ErrInvalidEscape:
		return len(e.Expr) == 2 && (isDigit(e.Expr[1]) || e.Expr[1] == 'k')
	}
	return false
}

// subject is a text to match, in the code page.
type subject struct {
	text  string
	ascii bool
	poll  func() error // called now and then
}

func newSubject(text string, poll func() error) subject {
	return subject{text, isASCII(text), poll}
}

// matchesAll tells whether all of s matches.
func (p *pattern) matchesAll(s subject) (bool, error) {
	if p.full == nil {
		re, err := regexp.Compile(`\A(?:` + p.text + `)\z`)
		if err != nil {
			return false, err
		}
		p.full = re
	}
	at, err := p.run(p.full, s, 0)
	return at != nil, err
}

// find returns where s first matches at from or after: start and end, or nil. The bytes
// before from count as what stands before the match.
func (p *pattern) find(s subject, from int) ([]int, error) {
	if from == 0 {
		return p.run(p.first, s, 0)
	}
	if p.later == nil {
		re, err := regexp.Compile(`\A(?s:.)(?s:.*?)(` + p.text + `)`)
		if err != nil {
			return nil, err
		}
		p.later = re
	}
	at, err := p.run(p.later, s, from-1)
	if at == nil {
		return nil, err
	}
	return []int{at[2] + from - 1, at[3] + from - 1}, nil
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// quickWork is the product of weight and length up to which a match takes no longer than
// a millisecond or so.
const quickWork = 64 << 10

// run matches re with what s holds from an index on, and returns the positions in that of
// the match and its groups, or nil.
func (p *pattern) run(re *regexp.Regexp, s subject, from int) ([]int, error) {
	text := s.text[from:]
	if s.ascii && product(p.weight, len(text)) <= quickWork {
		return re.FindStringSubmatchIndex(text), s.poll()
	}
	r := &pageReader{text: text, poll: s.poll}
	at := re.FindReaderSubmatchIndex(r)
	if r.err != nil {
		return nil, r.err
	}
	return at, nil
}

// pageReader reads the characters of text, which is in the code page. It ends early, with
// err set, if poll says so.
type pageReader struct {
	text string
	at   int
	poll func() error
	err  error
}

// ReadRune implements io.RuneReader.
func (r *pageReader) ReadRune() (rune, int, error) {
	if r.at == len(r.text) {
		return 0, 0, io.EOF
	}
	if r.err = r.poll(); r.err != nil {
		return 0, 0, r.err
	}
	c := runeOf[r.text[r.at]]
	r.at++
	return c, 1, nil
}

// poller returns a function that polls the thread now and then: each turn takes no longer
// than some ten microseconds.
func poller(t *vm.Thread) func() error {
	turn := 0
	return func() error {
		turn++
		return pollEvery(t, turn)
	}
}

// never is a poll of what takes no time worth mentioning.
func never() error { return nil }

// MatchRegex tells whether text, or a part of it if full is false, matches the regular
// expression. Both are strings of programs, in the code page. The error says what is
// wrong with the expression, or is that of Poll if the thread's call has to end.
func MatchRegex(t *vm.Thread, expression, text string, full bool) (bool, error) {
	p, err := compilePattern(expression, "")
	if err != nil {
		return false, err
	}
	if full {
		return p.matchesAll(newSubject(text, poller(t)))
	}
	at, err := p.find(newSubject(text, poller(t)), 0)
	return at != nil, err
}
