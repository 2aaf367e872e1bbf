package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A Start is what a program says of HTTP servers that it starts.
type Start struct {
	// JSON is an object with the sections of [HTTPSERVER] and of what it names, each an object
	// of keys, in UTF-8.
	JSON []byte
	// Environment is that of the program, and so of thread pools that name none; Root is its
	// root path, below which the files lie that are named, or "".
	Environment, Root string
	// Also is a path at which the services of each server are found too, or "".
	Also string
	// Anybody says that who calls need not show who he is where nothing else is said of it, as
	// long as the servers listen on loopback addresses only: nobody is known.
	Anybody bool
	// Running, if it is not "", is the only server that is read: it runs, and this is how it goes
	// on. Whether it may be started is not asked.
	Running string
}

// starting is a Start while it is read.
type starting struct {
	Start
	refused bool // nobody may start servers
}

// maxStarted is how many servers one Start can have.
const maxStarted = 32

// ReadStart returns a configuration that differs from c in its HTTP APIs: they are those
// of s. They are read, checked and told of as those of the file are. Findings, in which
// the file is called jConfig, are only about them; if its Err is not nil nothing of it is to
// be used. c is only read.
func (c *Config) ReadStart(s Start) *Config {
	next := *c
	next.starting = &starting{Start: s}
	next.findings, next.dropped, next.derived = nil, 0, nil
	next.REST, next.httpServer = REST{}, httpServers{start: c.httpServer.start}
	next.General.AppEnvironment = s.Environment
	next.table = &table{index: map[string]*section{}}
	if problem := next.fillTable(s.JSON); problem != "" {
		next.startFault("", "the servers cannot be read: "+problem, `pass a JSON object such as {"HTTPSERVER":{"Servers":["HTTP_REST"]},"HTTP_REST":{"Port":8080,"Locations":["HTTP_ROOT"]}}`)
		return &next
	}
	next.readStarted()
	return &next
}

// MayNotStart tells whether c, which ReadStart has returned, is in error since programs may not
// start servers, or not there.
func (c *Config) MayNotStart() bool { return c.starting != nil && c.starting.refused }

// startFault reports an error of the servers that a program starts.
func (c *Config) startFault(key, message, hint string) {
	c.Report(Error, "HTTPSERVER", key, message, hint)
}

// readStarted reads the servers in the table.
func (c *Config) readStarted() {
	c.table.classify()
	for i := range serverKeys {
		if k := &serverKeys[i]; k.section == "HTTPSERVER" && k.key != "AllowStart" {
			c.apply(k)
		}
	}
	if c.table.get("HTTPSERVER", "AllowStart") != nil {
		c.Report(Warning, "HTTPSERVER", "AllowStart", "ignored: whether programs may start servers is the configuration's to say", "")
	}
	if !c.checkServers() {
		return
	}
	if name := c.starting.Running; name != "" {
		c.httpServer.names = []string{name}
	}
	for _, s := range c.table.all() {
		s.idle = ofREST(s.class)
	}
	r := &restReader{Config: c, seen: map[*section]bool{}, left: maxNamed}
	r.readServers()
	r.checkAddresses()
	for i := range r.own {
		r.addAlso(&r.own[i])
		sortMounts(r.own[i].Mounts)
	}
	c.REST.Listeners = r.own
	c.checkSections(nil)
}

// checkServers reports whether servers may be started, and some are named.
func (c *Config) checkServers() bool {
	switch servers := c.httpServer; {
	case servers.start == startNever && c.starting.Running == "":
		c.starting.refused = true
		c.startFault("", "programs may not start servers here", "the operator can set [HTTPSERVER] AllowStart=local or 1 in the configuration")
	case !servers.enable:
		c.startFault("Enable", "nothing is started: Enable is 0", "set it to 1, or leave it out")
	case len(servers.names) == 0:
		c.startFault("Servers", "no server is named", "name the sections with Port and Locations")
	case len(servers.names) > maxStarted:
		c.startFault("Servers", fmt.Sprintf("more than %d servers", maxStarted), "name fewer")
	default:
		return true
	}
	return false
}

// addAlso adds a mount like the first with programs at the path that a Start names.
func (r *restReader) addAlso(l *RESTListener) {
	if r.starting.Also == "" {
		return
	}
	path, problem := parsePath(r.starting.Also)
	if problem != "" {
		r.startFault("", fmt.Sprintf("the path %q %s", clip(r.starting.Also), problem), "write it as /rest")
		return
	}
	i := slices.IndexFunc(l.Mounts, func(m RESTMount) bool { return m.Environment != "" })
	if i < 0 || pathTaken(l.Mounts, path) {
		return
	}
	m := l.Mounts[i]
	m.Path, m.RootPath, m.DefaultPage = path, "", ""
	l.Mounts = append(l.Mounts, m)
}

// forAnybody reports whether callers need not show who they are where nothing is said of it.
func (r *restReader) forAnybody() bool {
	return r.starting != nil && r.starting.Anybody && r.httpServer.start == startLocal
}

// bindStarted says where a server that a program starts listens, and whether it may.
func (r *restReader) bindStarted(s *section, server *restSocket) {
	if r.starting == nil {
		return
	}
	if v := s.get("Port"); v == nil || !v.bad && r.onPort(server.port) {
		message := "a server of a program needs a port of its own"
		if v != nil {
			message += ": this is that of the multiprotocol port"
		}
		r.Report(Error, s.name, "Port", message, "set Port to another")
	}
	if r.httpServer.start != startLocal || s.get("IpAddress") != nil && s.get("IpAddress").bad {
		return
	}
	if len(server.ips) == 0 {
		server.ips = []string{"127.0.0.1"}
	}
	far := slices.ContainsFunc(server.ips, func(ip string) bool { return !netip.MustParseAddr(ip).IsLoopback() })
	if far && r.starting.Running == "" {
		r.starting.refused = true
		r.Report(Error, s.name, "IpAddress", "programs may listen on loopback addresses only", "the operator can set [HTTPSERVER] AllowStart=1 in the configuration")
	}
}

// fillTable makes a table of the sections of a JSON object. The problem is what is wrong
// with it.
func (c *Config) fillTable(text []byte) (problem string) {
	if len(text) > maxFile {
		return fmt.Sprintf("the JSON is larger than %d bytes", maxFile)
	}
	sections, err := jsonMembers(text)
	if err != nil {
		return "no JSON object of sections: " + err.Error()
	}
	left := maxKeys
	for _, s := range sections {
		keys, err := jsonMembers(s.value)
		if err != nil {
			return fmt.Sprintf("%q is no JSON object of keys: %v", clip(s.name), err)
		}
		if c.table.section(s.name) != nil {
			return fmt.Sprintf("%q is there twice, in another case", clip(s.name))
		}
		made := c.table.open(section{name: s.name, from: fromProgram})
		for _, k := range keys {
			if left--; left < 0 {
				return fmt.Sprintf("there are more than %d keys", maxKeys)
			}
			if problem := c.putKey(made, k); problem != "" {
				return fmt.Sprintf("%q of %q %s", clip(k.name), clip(s.name), problem)
			}
		}
	}
	return ""
}

// putKey enters a key with the text that would stand in the file.
func (c *Config) putKey(s *section, k jsonMember) (problem string) {
	text, problem := iniText(k.value)
	switch {
	case problem != "":
		return problem
	case s.get(k.name) != nil:
		return "is there twice, in another case"
	case bytes.Equal(k.value, []byte("null")):
		return ""
	}
	c.table.put(value{section: s.name, key: k.name, text: text, from: fromProgram})
	return ""
}

// iniText returns a JSON value as the file has it: 1 and 0 for true and false, arrays with
// commas, objects as their text.
func iniText(text json.RawMessage) (_, problem string) {
	switch text[0] {
	case 't':
		return "1", ""
	case 'f':
		return "0", ""
	case 'n':
		return "", ""
	case '"':
		var s string
		if json.Unmarshal(text, &s) != nil {
			return "", "is no text"
		}
		return trim(s), ""
	case '[':
		return iniList(text)
	}
	return string(text), "" // a number, or an object
}

// iniList returns an array of texts and numbers as a comma list.
func iniList(text json.RawMessage) (_, problem string) {
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil {
		return "", "is no list"
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		if list[i], problem = iniText(e); problem != "" || e[0] == '[' || e[0] == '{' || strings.Contains(list[i], ",") {
			return "", "is no list of texts"
		}
	}
	return strings.Join(list, ","), ""
}
