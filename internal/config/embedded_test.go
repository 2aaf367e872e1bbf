package config

import (
	"regexp"
	"strings"
	"testing"

	"appserver/configs"
)

var (
	headerLine  = regexp.MustCompile(`^\[(.+)\]$`)
	settingLine = regexp.MustCompile(`^;?([A-Za-z0-9_]+)=(.*)$`)
)

// The file for the first run shows defaults: each line with a key that we act
// on, live or commented out, must agree with the schema, and [MPP] shows all.
func TestBuiltInFileShowsDefaults(t *testing.T) {
	section := ""
	shown := map[*spec]bool{}
	for i, line := range strings.Split(string(configs.Default()), "\n") {
		if m := headerLine.FindStringSubmatch(line); m != nil {
			section = m[1]
		}
		m := settingLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		s := index().find(section, m[1])
		if s == nil {
			if section != "SAMPLE" {
				t.Errorf("line %d: [%s] %s is not known", i+1, section, m[1])
			}
			continue
		}
		shown[s] = true
		if s.state == used && m[2] != s.def {
			t.Errorf("line %d: [%s] %s=%s; the default is %q", i+1, section, s.key, m[2], s.def)
		}
	}
	for i := range schema {
		if s := &schema[i]; !shown[s] && (s.section == "MPP" || s.section == "General" || s.section == "Metrics" || s.section == "RPC") {
			t.Errorf("[%s] %s is not shown", s.section, s.key)
		}
	}
}

// A default must be a value that may stand in the file, and every key that is
// acted on must be documented.
func TestSchema(t *testing.T) {
	seen := map[[2]string]bool{}
	for _, name := range index().sections {
		for _, s := range index().specs[name] {
			id := [2]string{fold(s.section), fold(s.key)}
			if seen[id] {
				t.Errorf("[%s] %s is there twice", s.section, s.key)
			}
			seen[id] = true
		}
	}
	for _, s := range schema {
		if s.help == "" || s.allowed == "" {
			t.Errorf("[%s] %s is not documented", s.section, s.key)
		}
		c := &Config{Dir: "/etc"}
		if s.set != nil && (s.def != "" || !s.optional) {
			if problem := s.set(c, &value{section: s.section, key: s.key, text: s.def}); problem != "" {
				t.Errorf("[%s] %s: the default %q %s", s.section, s.key, s.def, problem)
			}
		}
	}
}
