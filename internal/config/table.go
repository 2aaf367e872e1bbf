package config

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/ini.v1"
)

// source says where a value came from; a later one wins.
type source uint8

const (
	fromDefault source = iota
	fromFile
	fromEnvironment
	fromCommandLine
	fromProgram
)

// A value is the text of one key and where it came from.
type value struct {
	section, key string // as written
	text         string
	tail         string // the comment that was cut off
	from         source
	variable     string // its name, if it came from the environment
	line         int    // if it came from the file
	bad          bool   // it is not allowed, and there is a finding that says so
}

// A section is a merged section of the file, or one made by an override.
type section struct {
	name     string // as written first
	line     int    // of the first header; 0 if not in the file
	from     source
	variable string
	class    string // name of the schema section that it follows; "" if unknown
	idle     bool   // a listener, or a part of HTTP APIs, that is not in use
	types    bool   // content types of a server that is in use
	values   []*value
	index    map[string]*value
}

func (s *section) get(key string) *value {
	if s == nil {
		return nil
	}
	return s.index[fold(key)]
}

// text returns the value of key, "" if it is absent.
func (s *section) text(key string) string {
	if v := s.get(key); v != nil {
		return v.text
	}
	return ""
}

// A table holds all values by section and key. A nil table is empty.
type table struct {
	sections []*section
	index    map[string]*section
}

func (t *table) section(name string) *section {
	if t == nil {
		return nil
	}
	return t.index[fold(name)]
}

// all returns the sections in the order of the file.
func (t *table) all() []*section {
	if t == nil {
		return nil
	}
	return t.sections
}

func (t *table) get(section, key string) *value { return t.section(section).get(key) }

// open returns the section of that name, made if need be.
func (t *table) open(s section) *section {
	if old := t.section(s.name); old != nil {
		return old
	}
	s.index = map[string]*value{}
	t.sections = append(t.sections, &s)
	t.index[fold(s.name)] = &s
	return &s
}

// put sets a value, in the place of an earlier one of that key.
func (t *table) put(v value) {
	s := t.open(section{name: v.section, from: v.from, variable: v.variable})
	v.section = s.name
	if old := s.get(v.key); old != nil {
		v.key = old.key
		*old = v
		return
	}
	s.values = append(s.values, &v)
	s.index[fold(v.key)] = &v
}

// guard stands before every name and on both sides of every value that
// gopkg.in/ini.v1 gets to see. Without it a leading quote or backquote, the key "-"
// or a section named DEFAULT would have a meaning that this dialect does not know,
// and blanks at the end of a quoted value would be lost.
const guard = "\x01"

// normalised writes the document so that ini.v1 cannot misread it.
func (d *document) normalised() []byte {
	var b bytes.Buffer
	next := 0
	for i, h := range d.headers {
		fmt.Fprintf(&b, "[%s%s]\n", guard, h.name)
		for ; next < len(d.entries) && d.entries[next].header == i; next++ {
			e := &d.entries[next]
			fmt.Fprintf(&b, "%s%s=%s%s%[1]s\n", guard, e.key, guard, e.text)
		}
	}
	return b.Bytes()
}

// parse lets ini.v1 merge sections and pick values, and gives each value its
// place in the file back.
func (d *document) parse() (*table, error) {
	file, err := ini.LoadSources(ini.LoadOptions{
		Insensitive:                true,
		IgnoreContinuation:         true,
		IgnoreInlineComment:        true,
		SkipUnrecognizableLines:    true,
		PreserveSurroundedQuote:    true,
		KeyValueDelimiters:         "=",
		ChildSectionDelimiter:      "\x00", // no section inherits from another
		AllowShadows:               true,   // of equal keys Value is the first
		AllowDuplicateShadowValues: true,
	}, d.normalised())
	if err != nil {
		return nil, err
	}
	t := &table{index: map[string]*section{}}
	for _, h := range d.headers {
		t.open(section{name: h.name, line: h.line, from: fromFile})
	}
	for _, e := range d.entries {
		if e.duplicate {
			continue
		}
		s, err := file.GetSection(guard + e.section)
		if err != nil {
			return nil, err
		}
		key, err := s.GetKey(guard + e.key)
		if err != nil {
			return nil, err
		}
		v := e.value
		v.text = strings.TrimSuffix(strings.TrimPrefix(key.Value(), guard), guard)
		t.put(v)
	}
	return t, nil
}
