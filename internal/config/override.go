package config

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
)

// envPrefix begins the names of all environment variables that are settings.
const envPrefix = "APPSERVER_"

// reservedVariable names the file itself; the program's flags read it.
const reservedVariable = "APPSERVER_CONFIG"

// A place is a section and a key, as written or as documented.
type place struct {
	section, key string
}

// override puts the environment's settings and then the command line's into the
// table.
func (c *Config) override(environ, set []string) {
	c.table.classify() // what a section is decides which keys it can have
	places := c.table.places()
	c.overrideEnvironment(places, environ)
	c.overrideCommandLine(places, set)
}

// places returns every section and key that the schema or the file knows.
func (t *table) places() []place {
	var list []place
	seen := map[place]bool{}
	add := func(section, key string) {
		id := place{fold(section), fold(key)}
		if !seen[id] {
			seen[id] = true
			list = append(list, place{section, key})
		}
	}
	for _, name := range index().sections {
		for _, s := range index().specs[name] {
			if !family(name) {
				add(name, s.key)
			}
		}
	}
	for _, s := range t.sections {
		for _, k := range index().specs[s.class] {
			add(s.name, k.key)
		}
		for _, v := range s.values {
			add(s.name, v.key)
		}
	}
	return list
}

// envName returns the environment variable of a setting. Several settings can
// share one: [A_B] C and [A] B_C.
func envName(section, key string) string {
	return envPrefix + strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(section+"_"+key))
}

// given returns what a setting outside the file holds. Blanks at the ends are
// hardly ever meant, but they may belong to a secret.
func given(key, text string) string {
	if secretKey.MatchString(key) {
		return text
	}
	return trim(text)
}

// overrideEnvironment takes the settings of the environment. An empty variable is
// what a template leaves where it had nothing to fill in: it must not undo what
// the file says.
func (c *Config) overrideEnvironment(places []place, environ []string) {
	byName := map[string][]place{}
	var names []string
	for _, p := range places {
		name := envName(p.section, p.key)
		byName[name] = append(byName[name], p)
		names = append(names, name)
	}
	for _, assignment := range environ {
		name, text, _ := strings.Cut(assignment, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if !strings.HasPrefix(name, envPrefix) || name == reservedVariable {
			continue
		}
		found := byName[name]
		switch {
		case len(found) == 0:
			c.unknownVariable(name, names)
		case given(found[0].key, text) == "":
			c.add(Finding{Severity: Notice, File: "environment " + name, Message: "the variable is empty: it counts as not set, so what the file says or the default stays",
				Hint: "to empty a key, use the file or the command line"}, fromEnvironment)
		case len(found) == 1:
			c.table.put(value{section: found[0].section, key: found[0].key, text: given(found[0].key, text), from: fromEnvironment, variable: name})
		default:
			c.add(Finding{Severity: Error, File: "environment " + name,
				Message: fmt.Sprintf("the name means both [%s] %s and [%s] %s", found[0].section, found[0].key, found[1].section, found[1].key),
				Hint:    "set the one you mean on the command line: --set Section.Key=value"}, fromEnvironment)
		}
	}
}

// Kubernetes gives containers such variables for a Service named "appserver".
var serviceLink = regexp.MustCompile(`^APPSERVER_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)`)

func (c *Config) unknownVariable(name string, names []string) {
	f := Finding{Severity: Warning, File: "environment " + name, Message: "no setting has this name: ignored"}
	if serviceLink.MatchString(name) {
		f.Severity, f.Message = Notice, "not a setting; it looks like a service link of Kubernetes"
	} else if near := nearest(name, names); near != "" {
		f.Hint = "nearest: " + near
	}
	c.add(f, fromEnvironment)
}

func (c *Config) overrideCommandLine(places []place, set []string) {
	byName := map[string]place{}
	for _, p := range places {
		byName[fold(p.section+"."+p.key)] = p
	}
	for _, assignment := range set {
		name, text, _ := strings.Cut(assignment, "=")
		p, found := byName[fold(trim(name))]
		if !found {
			p, _ = splitName(name)
		}
		c.table.put(value{section: p.section, key: p.key, text: given(p.key, text), from: fromCommandLine})
	}
}

// ErrUsage is the fault of a setting on the command line that cannot be read.
var ErrUsage = errors.New("it is not of the form Section.Key=value")

// checkSet returns an error that wraps ErrUsage if one of the settings is
// malformed. Its text is not shown: it may be a pass phrase.
func checkSet(set []string) error {
	for i, assignment := range set {
		name, _, assigned := strings.Cut(assignment, "=")
		if _, ok := splitName(name); !assigned || !ok {
			return fmt.Errorf("config: setting %d of the command line: %w", i+1, ErrUsage)
		}
	}
	return nil
}

// splitName divides Section.Key at the last dot; names of sections have dots.
func splitName(name string) (p place, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return place{}, false
	}
	p = place{trim(name[:dot]), trim(name[dot+1:])}
	return p, p.section != "" && p.key != ""
}
