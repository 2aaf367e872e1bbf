package config

import (
	"slices"
	"strings"
)

// references says which keys name other sections, and what those then are.
var references = []struct{ class, key, names string }{
	{"Drivers", "Secure", "SSL"}, // before Active: an SSL section that both name has an Enable
	{"Drivers", "Active", "TCP"},
	{"General", "App_Environment", familyEnvironment},
	{"ServerNetwork", "Servers", familyServer},
	{"HTTPV11", "Sockets", familySocket},
	{familySocket, "URIs", familyURI},
	{"HTTPSERVER", "Servers", familyTLPPServer},
	{familyTLPPServer, "Locations", familyLocation},
	{familyTLPPServer, "ContentTypes", familyHeaders},
	{familyLocation, "ThreadPool", familyPool},
	{familyLocation, "CORS", familyCORS},
	{familyPool, "UserExits", familyExits},
	{"OnStart", "Jobs", familyJob},
	{"RPC", "Connections", familyConnection},
	{familyHost, "ResponseJob", familyJob},
	{"WebApp", "HttpHeaders", familyHeaders},
}

// customary are names that sections of a family usually have.
var customary = map[string]string{
	"httprest":     familySocket,
	"httpuri":      familyURI,
	"httpenv":      familyURI,
	"cors":         familyCORS,
	"contenttypes": familyHeaders,
}

// contents says by which keys a section shows what it is; the first row counts.
var contents = []struct{ keys, class string }{
	{"SourcePath", familyEnvironment},
	{"StartPath", familyEnvironment},
	{"RpoDb", familyEnvironment},
	{"RpoVersion", familyEnvironment},
	{"RpoLanguage", familyEnvironment},
	{"RpoCustom", familyEnvironment},
	{"LOCAL_SERVER_PORT", familyBroker},
	{"Main", familyJob},
	{"URIs", familySocket},
	{"PrepareIn URL", familyURI},
	{"URL Instances", familyURI},
	{"Locations", familyTLPPServer},
	{"ThreadPool", familyLocation},
	{"MinThreads MaxThreads", familyPool},
	{"Path DefaultPage", familyLocation},
	{"Type Server Port", familyServer},
	{"Type Port", "TCP"},
	{"Type Instances", familyJob},
	{"RootPath", familyEnvironment},
}

// modest are sections that files for the original can have under these names for something
// else, such as an environment: then they are that.
var modest = []string{"rest", "store", "auth", "license"}

// classify sets the class of every section: by its own name, by who names it,
// by the shape of its name, by what it holds.
func (t *table) classify() {
	for _, s := range t.sections {
		if s.class = index().classes[fold(s.name)]; family(s.class) || slices.Contains(modest, fold(s.name)) {
			s.class = "" // so too a section that is really called "<job>"
		}
	}
	for _, recognise := range []func(*section) string{nil, byName, byContent} {
		for _, s := range t.sections {
			if recognise != nil && s.class == "" {
				s.class = recognise(s)
			}
		}
		for t.follow() {
		}
	}
	for _, s := range t.sections {
		if s.class == "" && slices.Contains(modest, fold(s.name)) {
			s.class = index().classes[fold(s.name)]
		}
	}
}

// follow classifies the sections that classified ones name. It reports whether
// it found any.
func (t *table) follow() (found bool) {
	for _, s := range t.sections {
		for _, r := range references {
			if s.class != r.class {
				continue
			}
			for _, name := range splitList(s.text(r.key), ",") {
				if to := t.section(name); to != nil && to.class == "" {
					to.class = r.names
					found = true
				}
			}
		}
	}
	return found
}

func byName(s *section) string {
	name := fold(s.name)
	switch {
	case customary[name] != "":
		return customary[name]
	case strings.HasPrefix(name, "balance_"):
		return familyBroker
	case strings.HasSuffix(name, "-headers"):
		return familyHeaders
	case strings.ContainsAny(name, ":/"):
		return familyHost
	}
	return ""
}

func byContent(s *section) string {
next:
	for _, c := range contents {
		for key := range strings.FieldsSeq(c.keys) {
			if s.get(key) == nil {
				continue next
			}
		}
		return c.class
	}
	return ""
}
