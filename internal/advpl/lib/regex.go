package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var regexClasses = map[string]class{
	"REGEX":            newRegex,
	"TLPP.REGEX.REGEX": newRegex,
}

// regexObject is an object of tlpp.regex.Regex.
type regexObject struct {
	self          vm.Value // what New returns
	text          string
	caseSensitive bool
	multiline     bool
}

// Regex():New([cPattern]) → an object of a regular expression. Its methods, of which those
// that set something give the object:
//
//	SetPattern(cPattern)                        sets the expression
//	SetCaseSensitive([l]), SetMultiline([l])    at first .T. and .F.; multiline: ^ and $ match at lines
//	FullMatch(cText), PartialMatch(cText)       whether all of the text matches, or a part of it
//	Matches([cPattern, ]cText)                  is FullMatch
//	Tokenizer(cText[, @aTokens[, @aPositions]]) whether a part matches; sets what matched, and where
//	ReplaceFirst(@cText, cWith)                 replaces in cText; gives how often; cWith stands for itself
//	ReplaceAll(@cText, cWith)                   the same, with each match
//	Split(cText)                                an array of what stands between matches
//
// The syntax is Perl's without what needs backtracking (looking around, back references,
// atomic groups), which is an error: time is linear in the length of the text. Source: TDN,
// public programs; what they say nothing of, decided here.
func newRegex(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(entryBytes); err != nil {
		return vm.Value{}, err
	}
	r := &regexObject{caseSensitive: true}
	r.self = vm.NewNative(r)
	return r.self, nil
}

func (r *regexObject) ClassName() string { return "TLPP.REGEX.REGEX" }

// Walk visits no values; the size is that of the pattern.
func (r *regexObject) Walk(func(vm.Value)) int { return entryBytes + len(r.text) }

// Get is o:name. A regular expression has no such members.
func (r *regexObject) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, noMember(r, name)
}

// Set is o:name := x.
func (r *regexObject) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(r, name) }

// Send calls a method; newRegex says which.
func (r *regexObject) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "NEW":
		return r.setPattern(t, name, a, "")
	case "SETPATTERN":
		return r.setPattern(t, name, a, r.text)
	case "SETCASESENSITIVE":
		return r.setOption(name, a, &r.caseSensitive)
	case "SETMULTILINE":
		return r.setOption(name, a, &r.multiline)
	case "FULLMATCH":
		return r.fullMatch(t, name, a)
	case "MATCHES":
		return r.matches(t, a)
	case "PARTIALMATCH":
		return r.partialMatch(t, a)
	case "TOKENIZER":
		return r.tokenizer(t, a)
	case "REPLACEFIRST":
		return r.replace(t, name, a, 1)
	case "REPLACEALL":
		return r.replace(t, name, a, -1)
	case "SPLIT":
		return r.split(t, a)
	}
	return vm.Value{}, noMethod(r, name)
}

// setPattern sets the pattern to the first argument, or def, if it compiles.
func (r *regexObject) setPattern(t *vm.Thread, fn string, a vm.Args, def string) (vm.Value, error) {
	text, err := optText(fn, a, 0, def)
	if err != nil {
		return vm.Value{}, err
	}
	old := r.text
	r.text = text
	if _, err := r.compiled(t, fn); err != nil {
		r.text = old
		return vm.Value{}, err
	}
	return r.self, nil
}

// setOption sets an option to the first argument, .T. if there is none.
func (r *regexObject) setOption(fn string, a vm.Args, option *bool) (vm.Value, error) {
	set, err := optBool(fn, a, 0, true)
	if err == nil {
		*option = set
	}
	return r.self, err
}

// patternKey is what a thread finds its compiled patterns by.
type patternKey struct{ text, options string }

// patternCache holds the patterns that a thread has used of late.
type patternCache map[patternKey]*pattern

// Bounds of what a thread keeps: a pattern above heavyPattern drives out the others.
const (
	cachedPatterns = 16
	heavyPattern   = 1000
)

type patternCacheKey struct{}

// cachedPattern compiles a pattern, or finds it among those of the thread.
func cachedPattern(t *vm.Thread, fn string, k patternKey) (*pattern, error) {
	cache := t.Local(patternCacheKey{}, func() any { return make(patternCache, cachedPatterns) }).(patternCache)
	if p := cache[k]; p != nil {
		return p, nil
	}
	p, err := compilePattern(k.text, k.options)
	if err != nil {
		return nil, vm.Errorf(vm.GenArg, fn, "%w", err)
	}
	if len(cache) == cachedPatterns || p.weight > heavyPattern {
		clear(cache)
	}
	cache[k] = p
	return p, nil
}

// compiled returns the pattern with its options.
func (r *regexObject) compiled(t *vm.Thread, fn string) (*pattern, error) {
	options := ""
	if !r.caseSensitive {
		options += "i"
	}
	if r.multiline {
		options += "m"
	}
	if options != "" {
		options = "(?" + options + ")"
	}
	return cachedPattern(t, fn, patternKey{r.text, options})
}

// prepared returns the pattern and the text, the first argument.
func (r *regexObject) prepared(t *vm.Thread, fn string, a vm.Args) (*pattern, string, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return nil, "", err
	}
	p, err := r.compiled(t, fn)
	return p, s, err
}

func (r *regexObject) fullMatch(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	p, s, err := r.prepared(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	ok, err := p.matchesAll(newSubject(s, poller(t)))
	return vm.Bool(ok), err
}

// matches is FullMatch, with the pattern first if there are two arguments.
func (r *regexObject) matches(t *vm.Thread, a vm.Args) (vm.Value, error) {
	if len(a) < 2 {
		return r.fullMatch(t, "MATCHES", a)
	}
	if _, err := r.setPattern(t, "MATCHES", a, r.text); err != nil {
		return vm.Value{}, err
	}
	return r.fullMatch(t, "MATCHES", a[1:])
}

func (r *regexObject) partialMatch(t *vm.Thread, a vm.Args) (vm.Value, error) {
	p, s, err := r.prepared(t, "PARTIALMATCH", a)
	if err != nil {
		return vm.Value{}, err
	}
	at, err := p.find(newSubject(s, poller(t)), 0)
	return vm.Bool(at != nil), err
}

// each calls found with the matches in s, from left to right and apart from each other, at
// most n if that is not negative. An empty match right after another does not count.
func (p *pattern) each(t *vm.Thread, s string, n int, found func(start, end int) error) error {
	text := newSubject(s, poller(t))
	last := -1
	for pos := 0; pos <= len(s) && n != 0; {
		at, err := p.find(text, pos)
		if err != nil || at == nil {
			return err
		}
		if at[1] > at[0] || at[0] != last {
			if err := found(at[0], at[1]); err != nil {
				return err
			}
			n--
		}
		last = at[1]
		pos = at[1]
		if at[0] == at[1] {
			pos++
		}
	}
	return nil
}

// tokenizer sets the second argument to an array of what matched and the third to one of
// where, counted from 1.
func (r *regexObject) tokenizer(t *vm.Thread, a vm.Args) (vm.Value, error) {
	p, s, err := r.prepared(t, "TOKENIZER", a)
	if err != nil {
		return vm.Value{}, err
	}
	tokens, places := new(vm.ArrayValue), new(vm.ArrayValue)
	h := hold{thread: t}
	err = p.each(t, s, -1, func(start, end int) error {
		if err := h.addPiece(tokens, a.Get(0), s[start:end]); err != nil {
			return err
		}
		return h.add(places, vm.Int(start+1))
	})
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(1, vm.ArrayOf(tokens))
	a.Set(2, vm.ArrayOf(places))
	return vm.Bool(len(tokens.Elems) > 0), nil
}

// replace replaces n matches, or all, in the first argument, which is set.
func (r *regexObject) replace(t *vm.Thread, fn string, a vm.Args, n int) (vm.Value, error) {
	p, s, err := r.prepared(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	with, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	var b strings.Builder
	done, count := 0, 0
	err = p.each(t, s, n, func(start, end int) error {
		if err := growText(t, &b, start-done+len(with)); err != nil {
			return err
		}
		b.WriteString(s[done:start])
		b.WriteString(with)
		done, count = end, count+1
		return nil
	})
	if err != nil || count == 0 {
		return vm.Int(0), err
	}
	if err := growText(t, &b, len(s)-done); err != nil {
		return vm.Value{}, err
	}
	b.WriteString(s[done:])
	a.Set(0, vm.Str(b.String()))
	return vm.Int(count), nil
}

// growText asks for the memory of n more bytes in b.
func growText(t *vm.Thread, b *strings.Builder, n int) error {
	if b.Len()+n <= b.Cap() {
		return nil
	}
	size := max(b.Len()+n, min(2*b.Cap(), t.Limits().String))
	if err := t.CheckString(size); err != nil {
		return err
	}
	b.Grow(size - b.Len())
	return nil
}

// split returns the parts of a text between the matches.
func (r *regexObject) split(t *vm.Thread, a vm.Args) (vm.Value, error) {
	p, s, err := r.prepared(t, "SPLIT", a)
	if err != nil {
		return vm.Value{}, err
	}
	parts := new(vm.ArrayValue)
	h := hold{thread: t}
	done := 0
	err = p.each(t, s, -1, func(start, end int) error {
		if start == end && (start == 0 || start == len(s)) {
			return nil
		}
		part := s[done:start]
		done = end
		return h.addPiece(parts, a.Get(0), part)
	})
	if err != nil {
		return vm.Value{}, err
	}
	return vm.ArrayOf(parts), h.addPiece(parts, a.Get(0), s[done:])
}
