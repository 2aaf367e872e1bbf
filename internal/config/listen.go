package config

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// listen finds the sections that open the port, and their addresses.
func (c *Config) listen() {
	named := c.activeListeners()
	secure, enabled := c.secureListener()
	active := c.dropDisabled(named, secure)
	use := active
	if enabled {
		use = c.preferSecure(secure, active)
	}
	c.markIdle(use)
	checked := map[*section]bool{} // whose IP has been looked at
	for _, s := range use {
		if c.Listen.Section == "" {
			c.Listen.Section = s.name
		}
		ips := s
		if s.get("IP") == nil && len(active) > 0 && !slices.Contains(active, s) {
			ips = active[0] // an SSL section without IP must not open more interfaces
		}
		c.checkType(s)
		c.addAddresses(c.ips(ips), c.ports(s))
		checked[ips] = true
	}
	for _, s := range c.table.sections {
		if transport(s) || slices.Contains(named, s) {
			c.checkUnopened(s, slices.Contains(use, s), checked[s])
		}
	}
}

// transport reports whether s describes a listener, also if none is opened. A
// section that merely looks like one is none: other programs keep theirs here.
func transport(s *section) bool {
	return fold(s.name) == "tcp" || s.class == "SSL" || (s.class == "TCP" || s.class == "") && fold(s.text("Type")) == "tcpip"
}

// checkUnopened looks at the values of a listener that opening the port has not
// looked at, so that all faults are told at once.
func (c *Config) checkUnopened(s *section, opened, addressed bool) {
	if !opened {
		c.checkType(s)
		if s.text("Port") != "" {
			c.ports(s)
		}
	}
	if !addressed {
		c.ips(s)
	}
}

// activeListeners returns the sections that [Drivers] Active names.
func (c *Config) activeListeners() []*section {
	if len(c.Drivers.Active) == 0 {
		c.Report(Error, "Drivers", "Active", "no listener is active, as in the file of a broker; this server is none", "name the section with Port: Active=TCP")
	}
	var list []*section
	for _, name := range c.Drivers.Active {
		s := c.table.section(name)
		switch {
		case s == nil && fold(name) == "tcp":
			s = &section{name: "TCP", class: "TCP"}
		case s == nil:
			c.Report(Error, "Drivers", "Active", "there is no section ["+name+"]", c.nearestSection(name))
			continue
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// dropDisabled returns the active sections without the SSL transport if that is
// switched off by Enable=0 of its own.
func (c *Config) dropDisabled(active []*section, secure *section) []*section {
	var list []*section
	for _, s := range active {
		if (s.class == "SSL" || s == secure) && s.disabled() {
			s.idle = true
			c.reportAt(s.get("Enable"), Notice, "switched off: no port is opened for this section, although [Drivers] Active names it", "set it to 1, or take the name out of Active")
			continue
		}
		list = append(list, s)
	}
	if len(list) == 0 && len(active) > 0 {
		c.Report(Error, "Drivers", "Active", "no listener is left: Enable=0 switches off what is named here", "name the section with Port: Active=TCP")
	}
	return list
}

// disabled reports whether the section has Enable=0.
func (s *section) disabled() bool {
	v := s.get("Enable")
	return v != nil && v.text != "" && !on(v.text)
}

// secureListener returns the section of the SSL transport, nil if there is none,
// and whether it is enabled: by [Drivers] Secure, or by Enable=1 of its own.
// Enable=0 always switches it off.
func (c *Config) secureListener() (s *section, enabled bool) {
	s = c.table.section("SSL")
	named := c.table.get("Drivers", "Secure")
	if named != nil && named.text != "" {
		if !c.take(index().find("Drivers", "Secure"), named) {
			return nil, false
		}
		if s = c.table.section(named.text); s == nil {
			c.reportAt(named, Error, "there is no section ["+named.text+"]", c.nearestSection(named.text))
			return nil, false
		}
	}
	enabled = named != nil && named.text != ""
	if v := s.get("Enable"); v != nil && c.take(index().find("SSL", "Enable"), v) && v.text != "" {
		on, ok := c.parseFlag(v)
		if !ok {
			c.reportBad(v, "is not a switch", flagAllowed)
		}
		enabled = on
	}
	return s, enabled
}

// preferSecure returns the sections that open the port if s is enabled.
func (c *Config) preferSecure(s *section, active []*section) []*section {
	port := s.get("Port")
	if port == nil || port.text == "" {
		c.reportSection(s, Notice, "the SSL transport is enabled but has no Port: that of the active section is used", "")
		return active
	}
	for _, other := range active {
		if v := other.get("Port"); v != nil && other != s {
			c.reportAt(v, Notice, fmt.Sprintf("ignored: the SSL transport is enabled, so Port %s of [%s] (%s) is opened instead", port.text, s.name, c.origin(port)), "")
		}
	}
	return []*section{s}
}

// markIdle names listeners that are described but not opened.
func (c *Config) markIdle(use []*section) {
	secured := len(use) == 1 && use[0].class == "SSL"
	for _, s := range c.table.sections {
		if s.class != "TCP" && s.class != "SSL" || slices.Contains(use, s) || s.idle {
			continue
		}
		s.idle = true
		port := s.get("Port")
		switch {
		case port == nil:
		case s.class == "SSL":
			c.reportAt(port, Notice, "the SSL transport is not enabled: this port is not opened", enabling(s))
		case !secured:
			c.reportAt(port, Notice, "[Drivers] Active does not name this section: this port is not opened", "")
		}
	}
}

func enabling(s *section) string {
	if s.disabled() {
		return "enable it with Enable=1 in the section"
	}
	return "enable it with [Drivers] Secure=" + s.name
}

func (c *Config) checkType(s *section) {
	if v := s.get("Type"); v != nil && c.take(index().find("TCP", "Type"), v) && v.text != "" && fold(v.text) != "tcpip" {
		c.reportBad(v, "is not a transport of this server", "TCPIP")
	}
}

// ports returns the ports of a listener.
func (c *Config) ports(s *section) []int {
	k := index().find("TCP", "Port")
	v := s.get("Port")
	if v == nil || !c.take(k, v) {
		v = &value{text: k.def}
	}
	var list []int
	for _, item := range splitList(v.text, ",") {
		n, problem := parseNumber(item, 0, 65535)
		if problem != "" {
			c.reportBad(v, problem, k.allowed)
			return nil
		}
		list = append(list, n)
	}
	if len(list) == 0 {
		c.reportBad(v, "names no port", k.allowed)
	}
	return list
}

// ips returns the addresses of a listener as hosts; "" means all interfaces.
func (c *Config) ips(s *section) []string {
	k := index().find("TCP", "IP")
	v := s.get("IP")
	if v == nil || !c.take(k, v) {
		return []string{""}
	}
	var list []string
	for _, item := range splitList(v.text, ",") {
		if len(item) > 2 && item[0] == '[' && item[len(item)-1] == ']' {
			item = item[1 : len(item)-1]
		}
		a, err := netip.ParseAddr(item)
		if err != nil {
			c.reportBad(v, fmt.Sprintf("holds %q, which is not an IP address", clip(item)), k.allowed+", such as 192.168.0.10 or ::1; empty for all interfaces")
			continue
		}
		list = append(list, a.String())
	}
	switch {
	case len(list) > 0:
		return list
	case v.text != "" && !v.bad:
		c.reportBad(v, "names no address", k.allowed+"; empty for all interfaces")
	}
	return []string{""}
}

func (c *Config) addAddresses(ips []string, ports []int) {
	for _, ip := range ips {
		for _, port := range ports {
			a := net.JoinHostPort(ip, strconv.Itoa(port))
			if port == 0 || !slices.Contains(c.Listen.Addresses, a) {
				c.Listen.Addresses = append(c.Listen.Addresses, a)
			}
		}
	}
}

func (c *Config) nearestSection(name string) string {
	var names []string
	for _, s := range c.table.sections {
		names = append(names, s.name)
	}
	if near := nearest(name, names); near != "" {
		return "did you mean [" + near + "]?"
	}
	return "add the section, or name one that exists"
}
