package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"appserver/configs"
)

var (
	headerLine  = regexp.MustCompile(`^\[(.+)\]$`)
	settingLine = regexp.MustCompile(`^;?([A-Za-z0-9_]+)=(.*)$`)
)

// chosen are the settings of the file for the first run that are not defaults:
// its environment is there to be used, and a token opens remote calls.
var chosen = map[string]string{
	"General.App_Environment": "SAMPLE",
	"RPC.Enable":              "1",
	"RPC.Security":            "token",
	"RPC.Environment":         "SAMPLE",
}

// shownWhole are sections of which the file for the first run shows every key.
var shownWhole = []string{"General", "MPP", "RPC", "HTTPClient", "OnStart", "TDS", "Metrics", "WebApp", "Store", "Auth", "License"}

// The file for the first run shows defaults: each line with a key that we act
// on, live or commented out, must agree with the schema, but for those chosen.
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
			if section != "SAMPLE" && section != "HEARTBEAT" {
				t.Errorf("line %d: [%s] %s is not known", i+1, section, m[1])
			}
			continue
		}
		shown[s] = true
		want, ok := chosen[s.section+"."+s.key]
		if live := line[0] != ';'; !ok || !live {
			want = s.def
		}
		if s.state == used && m[2] != want {
			t.Errorf("line %d: [%s] %s=%s; want %q", i+1, section, s.key, m[2], want)
		}
	}
	for i := range schema {
		if s := &schema[i]; !shown[s] && slices.Contains(shownWhole, s.section) {
			t.Errorf("[%s] %s is not shown", s.section, s.key)
		}
	}
}

// Every key of environments, jobs and connections that the server acts on is documented,
// and no other.
func TestFamilyKeys(t *testing.T) {
	documented := 0
	for _, k := range Keys() {
		keys := familyKeys[k.Section]
		_, ok := keys[k.Key]
		if keys != nil && ok != (k.Status == "used") {
			t.Errorf("%s %s is %s, and documented: %v", k.Section, k.Key, k.Status, ok)
		}
		if ok {
			documented++
		}
	}
	for family, keys := range familyKeys {
		documented -= len(keys)
		if index().classes[fold(family)] == "" {
			t.Errorf("there is no family %s", family)
		}
	}
	if documented != 0 {
		t.Errorf("%d keys are documented that are not known", -documented)
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
