package config

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// A restReader fills Config.REST from the sections of HTTP APIs.
type restReader struct {
	*Config
	port RESTListener   // the multiprotocol port
	own  []RESTListener // the others
	also []RESTMount    // of the others, of the environment whose programs the port serves
	seen map[*section]bool
	left int // names of sections that may still be followed
}

// maxNamed is how many names of sections are followed in all: files have a handful.
const maxNamed = 2000

// finishREST fills REST.
func (c *Config) finishREST() {
	for _, s := range c.table.all() {
		s.idle = s.idle || ofREST(s.class)
	}
	r := &restReader{Config: c, seen: map[*section]bool{}, left: maxNamed}
	r.readSockets()
	r.readServers()
	r.mountOnPort()
	r.checkAddresses()
	r.checkBodies()
	if len(r.port.Mounts) > 0 && c.Drivers.MultiProtocolPort {
		c.REST.Listeners = append(c.REST.Listeners, r.port)
	}
	c.REST.Listeners = append(c.REST.Listeners, r.own...)
	for i := range c.REST.Listeners {
		sortMounts(c.REST.Listeners[i].Mounts)
	}
}

// ofREST reports whether sections of the class have a part in HTTP APIs.
func ofREST(class string) bool {
	switch class {
	case familySocket, familyURI, familyTLPPServer, familyLocation, familyPool, familyExits, familyCORS:
		return true
	}
	return false
}

// sortMounts puts the longest paths first.
func sortMounts(mounts []RESTMount) {
	slices.SortStableFunc(mounts, func(a, b RESTMount) int { return len(b.Path) - len(a.Path) })
}

// sectionsOf returns the sections of a class that a key of the section names, each once.
func (r *restReader) sectionsOf(by, key, class string, names []string) []*section {
	var list []*section
	for _, name := range names {
		if r.left--; r.left < 0 {
			r.Report(Error, by, key, fmt.Sprintf("with this more than %d sections of HTTP APIs are named", maxNamed), "name fewer")
			break
		}
		s := r.table.section(name)
		switch {
		case s == nil:
			r.Report(Error, by, key, "there is no section ["+clip(name)+"]", r.nearestSection(name))
			continue
		case slices.Contains(list, s):
			r.Report(Notice, by, key, "["+s.name+"] is named more than once", "")
			continue
		case s.class != class:
			r.Report(Warning, by, key, "["+s.name+"] is a section of another kind too ("+strings.Trim(s.class, "<>")+")", "write a section of its own")
		}
		s.idle = s.idle && !ofREST(s.class)
		list = append(list, s)
	}
	return list
}

// sectionOf returns the section of a class that a key names, nil if there is none.
func (r *restReader) sectionOf(by, key, class, name string) *section {
	if name == "" {
		return nil
	}
	if list := r.sectionsOf(by, key, class, []string{name}); len(list) == 1 {
		return list[0]
	}
	return nil
}

// read fills what keys point at with their defaults and then from s. What is wrong in a
// section that several others name is told once.
func (r *restReader) read(s *section, keys []spec) {
	r.preset(keys)
	r.overlay(s, keys)
}

// overlay fills what keys point at from s.
func (r *restReader) overlay(s *section, keys []spec) {
	told, dropped := len(r.findings), r.dropped
	r.fill(s, keys)
	if r.seen[s] {
		r.findings, r.dropped = r.findings[:told], dropped
	}
	r.seen[s] = true
}

// place adds a listener: its mounts to the multiprotocol port if it has no port of its own.
func (r *restReader) place(l RESTListener) {
	if !r.onPort(l.Port) {
		r.own = append(r.own, l)
		return
	}
	if l.Port != 0 && !r.Drivers.MultiProtocolPort {
		r.Report(Error, l.Section, "Port", "this port carries no HTTP: [Drivers] MultiProtocolPort is 0", "give the section a port of its own, or set MultiProtocolPort=1")
		return
	}
	if l.Port != 0 {
		r.Report(Notice, l.Section, "Port", "that of the multiprotocol port: served there, with its TLS", "")
	}
	for _, m := range l.Mounts {
		r.port.Mounts = r.mount(r.port.Mounts, m)
	}
	if len(l.ContentTypes) > 0 {
		r.port.ContentTypes = l.ContentTypes
	}
}

// mount adds m to the mounts of a listener, unless its path is taken.
func (r *restReader) mount(mounts []RESTMount, m RESTMount) []RESTMount {
	if i := slices.IndexFunc(mounts, func(other RESTMount) bool { return other.Path == m.Path }); i >= 0 {
		other := mounts[i]
		r.Report(Error, m.Section, r.pathKey(m), fmt.Sprintf("the path %s is that of [%s] in line %d too", m.Path, other.Section, other.Line), "give one of them another path, or another listener")
		return mounts
	}
	return append(mounts, m)
}

// pathKey is the key that the path of a mount is in.
func (r *restReader) pathKey(m RESTMount) string {
	if r.table.section(m.Section).get("Path") != nil {
		return "Path"
	}
	return "URL"
}

// mountOnPort adds to the multiprotocol port the URIs of other listeners whose environment
// is that of the port, or else the mounts of [REST].
func (r *restReader) mountOnPort() {
	for _, m := range r.port.Mounts {
		if root := reservedRoot(m.Path); root != "" {
			r.Report(Error, m.Section, r.pathKey(m), "/"+root+" of the multiprotocol port is the server's own", "choose another path, or give the listener a port of its own")
		}
	}
	environment, found := r.environmentNamed(r.General.AppEnvironment)
	if !found {
		return
	}
	theirs := slices.ContainsFunc(r.port.Mounts, func(m RESTMount) bool { return m.Environment == environment })
	for _, m := range r.also {
		theirs = true
		if reservedRoot(m.Path) != "" || pathTaken(r.port.Mounts, m.Path) {
			r.Report(Notice, m.Section, r.pathKey(m), "not served on the multiprotocol port too: the path is taken there", "")
			continue
		}
		r.port.Mounts = append(r.port.Mounts, m)
	}
	if !theirs && r.restPort.enable {
		r.port.Mounts = append(r.port.Mounts, r.ownMounts(environment)...)
	}
}

func pathTaken(mounts []RESTMount, path string) bool {
	return slices.ContainsFunc(mounts, func(m RESTMount) bool { return m.Path == path })
}

// reservedRoot returns which of ReservedRoots the path is at or below, or "".
func reservedRoot(path string) string {
	first, _, _ := strings.Cut(fold(path)[1:], "/")
	if slices.Contains(ReservedRoots(), first) {
		return first
	}
	return ""
}

// ownMounts returns the mounts of [REST], but for paths that are taken.
func (r *restReader) ownMounts(environment string) []RESTMount {
	base := r.restPort.mount
	base.Section, base.Environment, base.Pool.Name = "REST", environment, "REST"
	if s := r.table.section("REST"); s != nil {
		base.Line = s.line
	}
	r.checkMount("REST", &base)
	everything, roots := base, base
	everything.Path = "/rest"
	roots.Path, roots.Only = "/", []string{"api", "restlogix"}
	return slices.DeleteFunc([]RESTMount{everything, roots}, func(m RESTMount) bool { return pathTaken(r.port.Mounts, m.Path) })
}

// environmentNamed returns the environment's name as its section has it.
func (c *Config) environmentNamed(name string) (spelled string, found bool) {
	for _, e := range c.Environments {
		if fold(e.Name) == fold(name) {
			return e.Name, true
		}
	}
	return name, false
}

// onPort reports whether n is a port that the multiprotocol port is opened on, or 0, which
// stands for it.
func (c *Config) onPort(n int) bool {
	return n == 0 || slices.ContainsFunc(c.Listen.Addresses, func(address string) bool {
		_, port, err := net.SplitHostPort(address)
		return err == nil && port == strconv.Itoa(n)
	})
}

// checkAddresses finds listeners that cannot both be opened.
func (r *restReader) checkAddresses() {
	for i, l := range r.own {
		for _, other := range r.own[:i] {
			if overlap(l.Addresses, other.Addresses) {
				r.Report(Error, l.Section, "Port", fmt.Sprintf("the port is that of [%s] in line %d too", other.Section, other.Line), "give one of them another port, or put what it names into the other section")
			}
		}
		if r.Metrics.Enable && overlap(l.Addresses, []string{r.Metrics.Listen}) {
			r.Report(Error, l.Section, "Port", "the port is that of [Metrics] Listen too", "give one of them another port")
		}
	}
}

// overlap reports whether one of a and one of b, each host:port, cannot both be listened on.
func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			xHost, xPort, _ := net.SplitHostPort(x)
			yHost, yPort, _ := net.SplitHostPort(y)
			if xPort == yPort && xPort != "0" && (xHost == yHost || anyAddress(xHost) || anyAddress(yHost)) {
				return true
			}
		}
	}
	return false
}

// anyAddress reports whether a host stands for all interfaces.
func anyAddress(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }
