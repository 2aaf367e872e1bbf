package preproc

import (
	"maps"
	"slices"
)

// symbols holds what the preprocessor acts upon by the first token of it: the
// defines and the rules in force. They may stand upon others, which are shared
// and not changed: a symbol that changes is copied from them first.
type symbols struct {
	base     *symbols                          // or nil
	names    map[string]*symbol                // by name in upper case
	prefixes map[[minAbbreviation]byte]*symbol // rules whose first word may be shortened, by its first letters
	kinds    [Illegal + 1]*symbol              // by the kind of a token that is no name
	any      *symbol                           // rules that begin with no word
	order    int                               // of the rule that came last
	changed  bool                              // since the base
}

// symbol holds what a token may begin.
type symbol struct {
	defines    []*define // names that are the same but for case; at most one each
	commands   []ranked  // in their order; later ones win
	translates []ranked
}

// ranked is a rule and its number in the order of definition.
type ranked struct {
	*rule
	order int
}

// noSymbol is the symbol of what begins nothing.
var noSymbol = &symbol{}

func newSymbols() *symbols {
	s := &symbols{names: map[string]*symbol{}, prefixes: map[[minAbbreviation]byte]*symbol{}, any: noSymbol}
	for k := range s.kinds {
		s.kinds[k] = noSymbol
	}
	return s
}

// upon returns symbols that stand upon base, which must not change any more.
func upon(base *symbols) *symbols {
	s := newSymbols()
	s.base, s.kinds, s.any, s.order = base, base.kinds, base.any, base.order
	return s
}

// flat returns symbols that are the same and have no base. Neither may be
// changed after that.
func (s *symbols) flat() *symbols {
	if s.base == nil {
		return s
	}
	flat := newSymbols()
	flat.kinds, flat.any, flat.order = s.kinds, s.any, s.order
	for _, layer := range []*symbols{s.base, s} {
		maps.Copy(flat.names, layer.names)
		maps.Copy(flat.prefixes, layer.prefixes)
	}
	return flat
}

// name returns the symbol of a name in upper case to change it, a new one if
// need be.
func (s *symbols) name(upper string) *symbol {
	n := s.names[upper]
	if n == nil {
		n = &symbol{}
		if s.base != nil {
			n = s.base.names[upper].copy()
		}
		s.names[upper] = n
	}
	return n
}

// copy returns a copy of n, which may be nil.
func (n *symbol) copy() *symbol {
	if n == nil {
		return &symbol{}
	}
	return &symbol{slices.Clip(n.defines), slices.Clip(n.commands), slices.Clip(n.translates)}
}

// lookup returns the symbol of a name in any case, or nil.
func (s *symbols) lookup(name string) *symbol {
	var buf [64]byte
	if len(name) > len(buf) {
		return s.find([]byte(upper(name)))
	}
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' {
			c -= 0x20
		}
		buf[i] = c
	}
	return s.find(buf[:len(name)])
}

// find returns the symbol of a name in upper case, or nil.
func (s *symbols) find(upper []byte) *symbol {
	if n := s.names[string(upper)]; n != nil || s.base == nil {
		return n
	}
	return s.base.names[string(upper)]
}

// prefix returns the symbol of the rules whose first word a name may shorten, or
// nil.
func (s *symbols) prefix(name string) *symbol {
	if len(name) < minAbbreviation {
		return nil
	}
	key := prefixKey(name)
	if n := s.prefixes[key]; n != nil || s.base == nil {
		return n
	}
	return s.base.prefixes[key]
}

func prefixKey(name string) (key [minAbbreviation]byte) {
	for i := range key {
		c := name[i]
		if 'a' <= c && c <= 'z' {
			c -= 0x20
		}
		key[i] = c
	}
	return key
}

// define puts a define in force, in the place of one with the same name.
func (s *symbols) define(d *define) {
	s.undefine(d.name)
	s.changed = true
	n := s.name(upper(d.name))
	n.defines = append(n.defines, d)
}

// undefine takes a define out of force.
func (s *symbols) undefine(name string) {
	if s.defined(name) != nil {
		s.changed = true
		n := s.name(upper(name))
		n.defines = without(n.defines, func(d *define) bool { return d.name == name })
	}
}

// defined returns the define of a name, or nil.
func (s *symbols) defined(name string) *define {
	return s.lookup(name).defined(name)
}

func (s *symbol) defined(name string) *define {
	if s != nil {
		for _, d := range s.defines {
			if d.name == name {
				return d
			}
		}
	}
	return nil
}

// add puts a rule in force.
func (s *symbols) add(r *rule) {
	s.order++
	s.changed = true
	for _, n := range s.homes(r) {
		rules := n.rules(r.directive.isCommand())
		*rules = append(*rules, ranked{r, s.order})
	}
}

// remove takes the rule out of force that came last of those that match the same
// as r does.
func (s *symbols) remove(r *rule) {
	var last ranked
	for _, n := range s.homes(r) {
		for _, other := range *n.rules(r.directive.isCommand()) {
			if r.removes(other.rule) && (last.rule == nil || last.order < other.order) {
				last = other
			}
		}
	}
	if last.rule != nil {
		s.disable(last.rule)
	}
}

// removes tells whether the directive of r is to take other out of force.
func (r *rule) removes(other *rule) bool {
	return r.directive.abbreviates() == other.directive.abbreviates() && sameMatch(r.match, other.match)
}

// disable takes a rule out of force.
func (s *symbols) disable(r *rule) {
	s.changed = true
	for _, n := range s.homes(r) {
		rules := n.rules(r.directive.isCommand())
		*rules = without(*rules, func(other ranked) bool { return other.rule == r })
	}
}

// without returns a new list of those that are not dropped.
func without[T any](list []T, drop func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), drop)
}

func (s *symbol) rules(commands bool) *[]ranked {
	if commands {
		return &s.commands
	}
	return &s.translates
}

// homes returns the symbols of the tokens that a rule can begin with, to change
// them.
func (s *symbols) homes(r *rule) []*symbol {
	switch first := &r.match[0]; first.kind {
	case matchWord:
		return []*symbol{s.home(r, &first.token)}
	case matchRestricted:
		var homes []*symbol
		for _, words := range first.choices {
			if n := s.home(r, &words[0]); !slices.Contains(homes, n) {
				homes = append(homes, n)
			}
		}
		return homes
	}
	s.any = s.any.copy()
	return []*symbol{s.any}
}

// home returns the symbol of a word that a rule begins with, to change it.
func (s *symbols) home(r *rule, w *Token) *symbol {
	switch {
	case w.Kind != Ident:
		if s.kinds[w.Kind] == noSymbol || s.base != nil && s.kinds[w.Kind] == s.base.kinds[w.Kind] {
			s.kinds[w.Kind] = s.kinds[w.Kind].copy()
		}
		return s.kinds[w.Kind]
	case len(w.Text) > minAbbreviation && r.directive.abbreviates():
		key := prefixKey(w.Text)
		n := s.prefixes[key]
		if n == nil {
			n = &symbol{}
			if s.base != nil {
				n = s.base.prefixes[key].copy()
			}
			s.prefixes[key] = n
		}
		return n
	}
	return s.name(w.Text)
}

// at returns the symbols that a token may begin something of; each may be nil.
func (s *symbols) at(t *Token) (exact, prefix *symbol) {
	if t.Kind == Ident {
		return s.lookup(t.Text), s.prefix(t.Text)
	}
	return s.kinds[t.Kind], nil
}

// latest calls try for the rules that may begin with a token, the latest first,
// until it returns true, and tells whether it did.
func (s *symbols) latest(t *Token, commands bool, try func(*rule) bool) bool {
	exact, prefix := s.at(t)
	lists := [3][]ranked{*s.any.rules(commands)}
	if exact != nil {
		lists[1] = *exact.rules(commands)
	}
	if prefix != nil {
		lists[2] = *prefix.rules(commands)
	}
	for {
		last := -1
		for i, rules := range lists {
			if n := len(rules); n > 0 && (last < 0 || rules[n-1].order > lists[last][len(lists[last])-1].order) {
				last = i
			}
		}
		if last < 0 {
			return false
		}
		n := len(lists[last]) - 1
		if try(lists[last][n].rule) {
			return true
		}
		lists[last] = lists[last][:n]
	}
}
