package config

import (
	"net/netip"
	"reflect"
	"strings"
)

// Change is one key whose effective value differs between two configurations.
type Change struct {
	Section string `json:"section"`
	Key     string `json:"key"`
	Old     string `json:"old"`  // effective value; "********" if the key holds a secret
	New     string `json:"new"`  // likewise
	Live    bool   `json:"live"` // a reload makes it take effect; else it waits for a restart
}

// Changes returns the keys that the server acts on and whose effective values
// differ, in the order of the documentation, and those of sections with free names
// that are in use in the order of the file; keys of a listener that only one of
// the configurations has are listed if they are set there. Values are compared by
// what they mean, so that 1 and yes, or a default and the same value in the file,
// are equal; secrets are compared by what they are and shown masked. "" stands for
// a key without value, for one of a listener that is not there, and for one whose
// default other keys decide unless [Config.SetEffective] told it.
//
// Both configurations must be without errors. Changes reads them only.
func Changes(old, new *Config) []Change {
	before, after := old.inForce(), new.inForce()
	at := map[place]*effect{}
	for _, e := range before {
		at[e.place()] = e
	}
	var list []*pair
	paired := map[place]bool{}
	for _, e := range after {
		list = append(list, &pair{at[e.place()], e})
		paired[e.place()] = true
	}
	for _, e := range before {
		if !paired[e.place()] {
			list = append(list, &pair{e, nil})
		}
	}
	var changes []Change
	for i := range schema { // the order of both lists, and of what is listed
		for _, p := range list {
			if p.spec() == &schema[i] && p.differs() {
				changes = append(changes, p.change())
			}
		}
	}
	return append(changes, sectionChanges(old, new)...)
}

// An effect is what one key comes to in one configuration.
type effect struct {
	spec    *spec
	section string // as written, or as documented
	text    string // the effective value
	meaning any    // of text: equal for equal effects
	set     bool   // the key stands somewhere
}

func (e *effect) place() place { return place{fold(e.section), fold(e.spec.key)} }

// inForce returns the effects of every key that c acts on.
func (c *Config) inForce() []*effect {
	var list []*effect
	for i := range schema {
		k := &schema[i]
		if k.state != used {
			continue
		}
		for _, s := range c.acting(k) {
			list = append(list, c.effectOf(k, s))
		}
	}
	return list
}

func (c *Config) effectOf(k *spec, s *section) *effect {
	e := &effect{spec: k, section: s.name, text: k.def}
	v := s.get(k.key)
	told, derived := c.derived[place{fold(s.name), fold(k.key)}]
	switch {
	case v != nil:
		e.set = true
		e.text = v.effectiveText(k)
	case k.optional && !derived:
		e.text = ""
		return e
	}
	if derived {
		e.text = told.value
	}
	e.meaning = c.meaning(k, e.text)
	return e
}

// effectiveText is the value that an empty one stands for, else the value itself.
func (v *value) effectiveText(k *spec) string {
	switch {
	case v.text != "":
		return v.text
	case k.strict:
		return k.def
	case k.optional && k.numeric:
		return "0"
	}
	return ""
}

// meaning returns what text makes of the key's field, or, of a key without one,
// the text without what makes no difference.
func (c *Config) meaning(k *spec, text string) any {
	if k.set != nil && k.key != "Active" { // names of sections: case makes no difference
		scratch := &Config{Dir: c.Dir, work: c.work}
		if k.set(scratch, &value{section: k.section, key: k.key, text: text}) == "" {
			scratch.findings, scratch.dropped, scratch.Dir, scratch.work = nil, 0, "", ""
			return scratch
		}
	}
	if k.section == "Service" {
		return text
	}
	items := splitList(fold(text), ",")
	for i, item := range items {
		if a, err := netip.ParseAddr(strings.Trim(item, "[]")); err == nil {
			items[i] = a.String()
		}
	}
	return strings.Join(items, ",")
}

// A pair is one key in two configurations; one of them may be nil.
type pair struct{ old, new *effect }

// one returns the later effect of those that are there.
func (p *pair) one() *effect {
	if p.new != nil {
		return p.new
	}
	return p.old
}

func (p *pair) spec() *spec { return p.one().spec }

// differs reports whether the key is to be listed. Where the section is in one of
// the configurations only, its defaults say nothing.
func (p *pair) differs() bool {
	if p.old == nil || p.new == nil {
		return p.one().set && p.one().text != ""
	}
	return !reflect.DeepEqual(p.old.meaning, p.new.meaning)
}

func (p *pair) change() Change {
	e := p.one()
	c := Change{Section: e.section, Key: e.spec.key, Live: e.spec.live}
	if p.old != nil {
		c.Old = mask(c.Key, p.old.text)
	}
	if p.new != nil {
		c.New = mask(c.Key, p.new.text)
	}
	return c
}
