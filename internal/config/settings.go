package config

import (
	"fmt"
	"slices"
)

// Setting is one key with its effective value.
type Setting struct {
	Section string `json:"section"`
	Key     string `json:"key"`
	Value   string `json:"value"`  // "********" if the key holds a secret
	Origin  string `json:"origin"` // "default", "FILE:LINE", "environment NAME" or "command line"
	Used    bool   `json:"used"`   // false if the server does not act on it
}

// Settings returns every key that the server acts on, in the order of the
// documentation, then every other key that is set, in the order of the file.
func (c *Config) Settings() []Setting {
	var acted, others []Setting
	for i := range schema {
		acted = append(acted, c.effective(&schema[i])...)
	}
	for _, s := range c.table.all() {
		for _, v := range s.values {
			if !s.acts(v.key) {
				others = append(others, c.setting(v, false))
			}
		}
	}
	return append(acted, others...)
}

// acts reports whether the server acts on the key in this section.
func (s *section) acts(key string) bool {
	k := index().find(s.class, key)
	return k != nil && k.state == used && !s.idle
}

// effective returns the settings of one key: several if several listeners are
// active, none if it means nothing here.
func (c *Config) effective(k *spec) []Setting {
	var list []Setting
	present := false
	for _, s := range c.table.all() {
		if s.class != k.section {
			continue
		}
		present = true
		if s.idle || !c.shows(k, s) {
			continue
		}
		if v := s.get(k.key); v != nil {
			list = append(list, c.setting(v, true))
		} else {
			list = append(list, c.setting(&value{section: s.name, key: k.key, text: c.defaultText(k)}, true))
		}
	}
	if !present && k.section != "SSL" && (k.section != "TCP" || fold(c.Listen.Section) == "tcp") {
		list = append(list, c.setting(&value{section: k.section, key: k.key, text: c.defaultText(k)}, true))
	}
	return list
}

// shows is false for an absent key that has no default of its own because
// others of its kind are set.
func (c *Config) shows(k *spec, s *section) bool {
	return !k.optional || s.get(k.key) != nil || !slices.ContainsFunc(s.values, func(v *value) bool {
		other := index().find(s.class, v.key)
		return other != nil && other.optional
	})
}

func (c *Config) defaultText(k *spec) string {
	if k.key == "DataPath" {
		return c.General.DataPath
	}
	return k.def
}

func (c *Config) setting(v *value, used bool) Setting {
	return Setting{v.section, v.key, mask(v.key, v.text), c.origin(v), used}
}

func (c *Config) origin(v *value) string {
	switch v.from {
	case fromFile:
		return fmt.Sprintf("%s:%d", c.fileName(), v.line)
	case fromEnvironment:
		return "environment " + v.variable
	case fromCommandLine:
		return "command line"
	}
	return "default"
}
