package config

import (
	"regexp"
	"slices"
	"strings"
)

// check looks at what the file asks for beyond the schema: names that nobody
// knows, keys that are not acted on, and functions that are not there.
func (c *Config) check() {
	c.checkEmpty()
	c.checkEncryption()
	c.checkConsole()
	c.checkPrograms()
	if !c.Drivers.MultiProtocolPort {
		c.Report(Warning, "Drivers", "MultiProtocolPort", "NOT IN EFFECT: HTTP has no listener of its own, so no pages, REST or gRPC over HTTP are served; the port carries SmartClient and RPC only",
			"remove the line, or set it to 1")
	}
	c.checkSections(c.alarm())
}

// checkSections looks at what the sections say beyond the schema, but for values that are
// told of already.
func (c *Config) checkSections(told map[*value]bool) {
	for _, s := range c.table.sections {
		switch {
		case s.class == "":
			c.unknownSection(s)
		case family(s.class):
			c.checkFamily(s)
		case slices.Contains(unlisted, s.class):
			c.reportSection(s, Notice, "known, but not used by this version", "")
		default:
			for _, v := range s.values {
				if !told[v] {
					c.checkKey(s, v)
				}
			}
		}
	}
}

func (c *Config) checkEmpty() {
	if c.Empty() {
		c.add(Finding{Severity: Warning, File: c.fileName(), Message: "the file is empty: every default applies",
			Hint: "write the settings into it, or [General] alone if the defaults are meant"}, fromFile)
	}
}

// checkEncryption looks for settings that promise more than the port keeps.
func (c *Config) checkEncryption() {
	required := c.MPP.ClientAuth == "required"
	switch {
	case !c.Drivers.MultiProtocolPortSecure:
		c.Report(Warning, "Drivers", "MultiProtocolPortSecure", "the port is not encrypted: passwords and data cross the network in clear text", "remove the line, or set it to 1")
		if required {
			c.Report(Error, "MPP", "SSLClientAuth", "required, but the port has no TLS: no client would be asked for a certificate",
				"set [Drivers] MultiProtocolPortSecure=1, or SSLClientAuth=none")
		}
		c.checkUnencrypted()
	case c.MPP.Plaintext != "allow":
	case required:
		c.Report(Error, "MPP", "SSLClientAuth", "required, but Plaintext=allow: clients without TLS would be served without a certificate",
			"set Plaintext=redirect or refuse, or SSLClientAuth=optional")
	default:
		c.Report(Warning, "MPP", "Plaintext", "clients without TLS are served: their passwords and data cross the network in clear text",
			"set Plaintext=redirect or refuse")
	}
}

// checkUnencrypted names what is set for TLS on a port without it.
func (c *Config) checkUnencrypted() {
	for _, k := range []struct {
		section, key string
		set          bool
	}{
		{"MPP", "SSLClientAuth", c.MPP.ClientAuth == "optional"},
		{"MPP", "ClientCA", c.MPP.ClientCA != ""},
		{"MPP", "SSL_Default", c.MPP.Default},
		{"MPP", "SSL_Certificate", c.MPP.Certificate != ""},
		{"MPP", "SSL_Key", c.MPP.Key != ""},
		{"MPP", "SSL_Method", c.MPP.Method != ""},
		{"SSLConfigure", "CertificateServer", c.SSL.CertificateServer != ""},
		{"SSLConfigure", "KeyServer", c.SSL.KeyServer != ""},
	} {
		if k.set {
			c.Report(Warning, k.section, k.key, "not used: the port has no TLS", "set [Drivers] MultiProtocolPortSecure=1, or remove the line")
		}
	}
}

// checkConsole names what is said of a log file without effect. In the original
// ConsoleLog alone makes a file.
func (c *Config) checkConsole() {
	switch g := c.General; {
	case g.ConsoleFile != "" && !g.ConsoleLog:
		c.Report(Notice, "General", "ConsoleFile", "not written: ConsoleLog is 0", "set ConsoleLog=1, or remove both lines")
	case g.ConsoleFile == "" && g.ConsoleLog && c.table.get("General", "ConsoleLog") != nil:
		c.Report(Notice, "General", "ConsoleLog", "no file is written: ConsoleFile names none", "the log goes to standard output")
	}
}

func (c *Config) unknownSection(s *section) {
	if strings.Contains(s.name, "${") {
		c.reportSection(s, Warning, "unknown section; placeholders are not expanded in names either", "write the name itself")
		return
	}
	var names []string
	for _, name := range index().sections {
		if !family(name) {
			names = append(names, name)
		}
	}
	for name := range customary {
		names = append(names, strings.ToUpper(name))
	}
	slices.Sort(names)
	hint := ""
	if near := nearest(s.name, names); near != "" {
		hint = "did you mean [" + near + "]?"
	}
	c.reportSection(s, Warning, "unknown section: its keys are ignored", hint)
}

func (c *Config) checkKey(s *section, v *value) {
	k := index().find(s.class, v.key)
	switch {
	case k == nil:
		c.reportUnknown(v, Warning, "unknown key: ignored", hintFor(s.class, v.key))
	case k.set != nil: // acted on, or ignored with a finding of the TLS policy
	case k.state == planned:
		c.reportAt(v, Notice, "known, but not used by this version", "")
	case k.state == unused:
		c.reportAt(v, Notice, "known, but not used by this server", "")
	}
}

// checkFamily treats a section with a free name. Customers keep keys of their
// own there, so only what looks like a slip of the pen is named; environments
// are wholly theirs.
func (c *Config) checkFamily(s *section) {
	switch s.class {
	case familyBroker:
		c.reportSection(s, Warning, "NOT IN EFFECT: this server is no broker: no port is opened for this section and nothing is balanced", "")
	case familyEnvironment:
		c.reportSection(s, Notice, "recognised by its use or content (environment); programs may read its keys, of which the server uses those that it documents", "")
	case familyConnection:
		c.reportSection(s, Notice, "recognised by its use ([RPC] Connections): how programs call another server", "")
	case familyJob:
		c.checkJobSection(s)
	case familySocket, familyURI, familyTLPPServer, familyLocation, familyPool, familyExits, familyCORS:
		c.checkRESTSection(s)
	case familyHeaders:
		c.checkTypesSection(s)
	default:
		c.reportSection(s, Notice, "recognised by its use or content ("+strings.Trim(s.class, "<>")+"); not used by this version", "")
	}
	if s.class == familyEnvironment || s.class == familyHeaders {
		return
	}
	for _, v := range s.values {
		if index().find(s.class, v.key) != nil || s.class == familyJob && parameter.MatchString(v.key) {
			continue
		}
		if near := nearest(v.key, keysOf(s.class)); near != "" && len(v.key) > 3 {
			c.reportUnknown(v, Warning, "unknown key", "did you mean "+near+"?")
		}
	}
}

// checkJobSection says what becomes of a section that is one of a job.
func (c *Config) checkJobSection(s *section) {
	run := slices.ContainsFunc(c.Jobs, func(j Job) bool { return j.Name == s.name })
	main, _ := parseFunction(s.text("Main"))
	switch {
	case run:
		c.reportSection(s, Notice, "recognised by its use ([OnStart] Jobs): a job that is run from the start on", "")
	case c.runsJob(s.name) && OriginalFunction(main):
		c.reportSection(s, Notice, "recognised by its use ([OnStart] Jobs): the server does by itself what this job is for", "")
	case c.runsJob(s.name):
		c.reportSection(s, Notice, "recognised by its use ([OnStart] Jobs): a job that cannot be run", "")
	default:
		c.reportSection(s, Notice, "recognised by its use or content (job); not run: [OnStart] Jobs does not name it", "")
	}
}

// checkRESTSection says what becomes of a section that has a part in HTTP APIs.
func (c *Config) checkRESTSection(s *section) {
	kind := strings.Trim(s.class, "<>")
	if !s.idle {
		c.reportSection(s, Notice, "recognised by its use ("+kind+")", "")
		for _, v := range s.values {
			if k := index().find(s.class, v.key); k != nil && k.state == unused {
				c.reportAt(v, Notice, "known, but not used by this server", "")
			}
		}
		return
	}
	c.reportSection(s, Notice, "recognised by its use or content ("+kind+"); not in use: no section that is in use names it", "")
	by, ok := listenerKeys[s.class]
	if v := s.get("Port"); ok && v != nil && on(v.text) && !c.switchedOff(s, by.section) {
		c.reportAt(v, Warning, "NOT IN EFFECT: no listener is opened on this port", "name the section in ["+by.section+"] "+by.key)
	}
}

// checkTypesSection says what becomes of a section with headers or content types.
func (c *Config) checkTypesSection(s *section) {
	if s.types {
		c.reportSection(s, Notice, "recognised by its use (content types)", "")
		return
	}
	c.reportSection(s, Notice, "recognised by its use or content (headers or types); not used by this version", "")
}

// listenerKeys are the keys that name sections with listeners, by the class of those.
var listenerKeys = map[string]place{
	familySocket:     {"HTTPV11", "Sockets"},
	familyTLPPServer: {"HTTPSERVER", "Servers"},
}

// parameter is the name of a job's argument.
var parameter = regexp.MustCompile(`(?i)^parm[0-9]+$`)

func keysOf(class string) []string {
	var names []string
	for _, k := range index().specs[class] {
		names = append(names, k.key)
	}
	return names
}

// hintFor returns the nearest key of the section, or the section that has it.
func hintFor(class, key string) string {
	if near := nearest(key, keysOf(class)); near != "" {
		return "did you mean " + near + "?"
	}
	var homes []string
	for _, name := range index().homes[fold(key)] {
		if !family(name) {
			homes = append(homes, "["+name+"]")
		}
	}
	if len(homes) > 0 && len(homes) <= 3 {
		return "a key of this name belongs to " + strings.Join(homes, ", ")
	}
	return ""
}

// alarms are settings of weight, for safety or for what people expect to work,
// that ask for something this version does not do. The first of the keys that is
// on gives the warning, once a section, unless Enable=0 in the section itself or
// in the master section.
var alarms = []struct{ class, keys, master, message, hint string }{
	{"ServerNetwork", "Servers", "", "no load is balanced and no slave is contacted: every user stays on this server", ""},
	{"LockServer", "Enable", "", "this server serves no locks: servers that expect it here run without a common lock table", "keep the lock server that you have"},
	{"LockServer", "Server", unconditional, "no locks are taken there: programs here and there could change the same record at the same time", ""},
	{"HTTP", "Port Enable", "", "no listener is opened for this section", "HTTP is answered on the multiprotocol port"},
	{"HTTPS", "Port Enable", "", "no listener is opened for this section", "HTTPS is answered on the multiprotocol port"},
	{familyHost, "Enable", "HTTP", "this virtual host is not served", ""},
	{"WebApp", "Port", "", "no listener of its own is opened for the WebApp", "it is served below /webapp on the multiprotocol port"},
	{"WebApp", "SSLClientAuth", "", "browsers are not asked for a certificate by this key", "use [MPP] SSLClientAuth and ClientCA"},
	{"WebAgent", "Port", "", "no listener is opened for the WebAgent", ""},
	{"APP_MONITOR", "Enable", "", "no listener is opened for this monitor", "measurements are at [Metrics] Listen"},
	{"LicenseServer", "Enable", "", "this server serves no licences: clients that expect them here find nothing", ""},
	{"FTP", "Port Enable", "", "no FTP listener is opened", ""},
	{"Telnet", "Port Enable", "", "no Telnet listener is opened: terminals cannot connect", ""},
	{"TDS", "AllowApplyPatch AllowEdit AllowBuildPatch AllowCompile AllowApplyTemplate EnableBlockNewConnection", "", "these access lists guard nothing: connections of the developer tools are not served", ""},
}

// unconditional, as a master, is a section that does not exist.
const unconditional = "-"

// alarm adds the warnings of alarms and returns the values that they are about.
func (c *Config) alarm() map[*value]bool {
	told := map[*value]bool{}
	for _, s := range c.table.sections {
		for _, a := range alarms {
			if s.class != a.class || c.switchedOff(s, a.master) {
				continue
			}
			if v := s.firstOn(a.keys); v != nil {
				told[v] = true
				c.reportAt(v, Warning, "NOT IN EFFECT: "+a.message, a.hint)
			}
		}
	}
	return told
}

func (c *Config) switchedOff(s *section, master string) bool {
	if master != "" {
		s = c.table.section(master)
	}
	v := s.get("Enable")
	return v != nil && !on(v.text)
}

// firstOn returns the first of the keys that is present and switches something on.
func (s *section) firstOn(keys string) *value {
	for key := range strings.FieldsSeq(keys) {
		if v := s.get(key); v != nil && on(v.text) {
			return v
		}
	}
	return nil
}

func on(text string) bool {
	number, _, _ := strings.Cut(text, ";")
	switch strings.ToLower(trim(number)) {
	case "", "0", "no", "off", "false", "none":
		return false
	}
	return true
}
