package config

import (
	"fmt"
	"slices"
)

// Setting is one key with its effective value.
type Setting struct {
	Section string `json:"section"`
	Key     string `json:"key"`
	Value   string `json:"value"`  // "********" if the key holds a secret, or might
	Origin  string `json:"origin"` // "default", "FILE:LINE", "environment NAME" or "command line"
	Used    bool   `json:"used"`   // false if the server does not act on it
}

// Hidden reports whether Value is not the key's: it holds a secret, or might.
func (s Setting) Hidden() bool { return s.Value == masked }

// IsSet reports whether somebody set the key, rather than that its default counts.
func (s Setting) IsSet() bool { return s.Origin != originDefault }

// derived is what the value of a key comes to where the key alone does not say.
type derived struct{ value, origin string }

// SetEffective makes Settings show value and origin for a key whose effect other
// keys or other packages decide, such as the TLS versions. Where the key is set,
// its own origin is shown behind this one; a value that is not allowed is shown
// as it stands.
func (c *Config) SetEffective(section, key, value, origin string) {
	if c.derived == nil {
		c.derived = map[place]derived{}
	}
	c.derived[place{fold(section), fold(key)}] = derived{value, origin}
}

// Settings returns every key that the server acts on, in the order of the
// documentation, then those that are set of which only compile, run, test, eval and
// programs make use, then every other key that is set, in the order of the file. A
// key that is not set shows the default of the documentation unless SetEffective
// was told better.
func (c *Config) Settings() []Setting {
	var acted, others []Setting
	for i := range schema {
		if schema[i].state == used {
			acted = append(acted, c.effective(&schema[i])...)
		}
	}
	for _, s := range c.table.all() {
		for _, v := range s.values {
			switch k := index().find(s.class, v.key); {
			case k == nil || k.state != used || s.idle:
				others = append(others, c.setting(v, false))
			case !k.inSchema():
				acted = append(acted, c.setting(v, true))
			}
		}
	}
	return append(acted, others...)
}

// inSchema reports whether k is of the schema, rather than a key of sections with free names
// or one that only programs and tools act on.
func (k *spec) inSchema() bool { return k.help != "" && !family(k.section) }

// effective returns the settings of one key: several if several listeners are
// active, none if it means nothing here.
func (c *Config) effective(k *spec) []Setting {
	var list []Setting
	for _, s := range c.acting(k) {
		if v := s.get(k.key); v != nil {
			list = append(list, c.setting(v, true))
		} else {
			list = append(list, c.setting(&value{section: s.name, key: k.key, text: k.def}, true))
		}
	}
	return list
}

// absentSilent are sections whose defaults mean nothing if they are absent.
var absentSilent = []string{"SSL", "HTTPV11", "HTTPSERVER"}

// acting returns the sections in which c acts on the key: several if several
// listeners are active, none if the key means nothing here.
func (c *Config) acting(k *spec) []*section {
	var list []*section
	present := false
	for _, s := range c.table.all() {
		if s.class == k.section {
			present = true
			if !s.idle {
				list = append(list, s)
			}
		}
	}
	if !present && !slices.Contains(absentSilent, k.section) && (k.section != "TCP" || fold(c.Listen.Section) == "tcp") {
		list = append(list, &section{name: k.section, class: k.section})
	}
	return list
}

func (c *Config) setting(v *value, used bool) Setting {
	s := Setting{v.section, v.key, v.text, c.origin(v), used}
	if d, ok := c.derived[place{fold(v.section), fold(v.key)}]; ok && !v.bad {
		s.Value, s.Origin = d.value, d.origin
		if v.from != fromDefault {
			s.Origin += " (" + c.origin(v) + ")"
		}
	}
	s.Value = mask(s.Key, s.Value)
	if s.Value != "" && index().likeSecret(s.Key) {
		s.Value = masked
	}
	return s
}

// originDefault is the origin of what nobody set.
const originDefault = "default"

func (c *Config) origin(v *value) string {
	switch v.from {
	case fromFile:
		return fmt.Sprintf("%s:%d", c.fileName(), v.line)
	case fromEnvironment:
		return "environment " + v.variable
	case fromCommandLine:
		return "command line"
	}
	return originDefault
}
