package config

import (
	"fmt"
	"strings"
)

// Connection is a section that [RPC] Connections names: how another server is called.
// What is missing or does not fit has a finding, and the section is not in
// Config.Connections.
type Connection struct {
	Name      string
	Server    string // host name or address, without brackets
	Port      int    // 1 to 65535
	Secure    *bool  // SecureConnection; nil: as this server's own port
	Token     string // shown to that server, or ""
	TokenFile string // absolute path of a file with it, or ""
}

// Matches tells whether the section is about the server and port.
func (c *Connection) Matches(server string, port int) bool {
	return port == c.Port && strings.EqualFold(server, c.Server)
}

// connectionKeys are the keys of *into.
func connectionKeys(into *Connection) []spec {
	return []spec{
		{key: "Server", binding: text(func(*Config) stringField { return &into.Server })},
		{key: "Port", binding: number(1, 65535, func(*Config) intField { return &into.Port })},
		{key: "SecureConnection", binding: optionalFlag(func(*Config) switchField { return &into.Secure })},
		{key: "Token", binding: secret(func(*Config) stringField { return &into.Token })},
		{key: "TokenFile", binding: path(allowedFile, func(*Config) stringField { return &into.TokenFile })},
	}
}

// finishConnections fills Connections.
func (c *Config) finishConnections() {
	named := map[string]bool{}
	for _, name := range splitList(c.table.section("RPC").text("Connections"), ",") {
		if named[fold(name)] {
			continue
		}
		named[fold(name)] = true
		s := c.table.section(name)
		if s == nil {
			c.Report(Error, "RPC", "Connections", "there is no section ["+clip(name)+"]", c.nearestSection(name))
			continue
		}
		if connection, ok := c.connection(s); ok {
			c.Connections = append(c.Connections, connection)
		}
	}
}

// connection reads a section; false if it is not in effect.
func (c *Config) connection(s *section) (Connection, bool) {
	to := Connection{Name: s.name}
	good := c.fill(s, connectionKeys(&to))
	to.Server = strings.TrimSuffix(strings.TrimPrefix(to.Server, "["), "]")
	for _, missing := range []struct {
		key   string
		empty bool
	}{{"Server", to.Server == ""}, {"Port", to.Port == 0}} {
		if v := s.get(missing.key); missing.empty && (v == nil || !v.bad) {
			c.Report(Error, s.name, missing.key, "it does not say which server the connection is to", "Server and Port are what programs call it by")
			good = false
		}
	}
	c.checkConnection(s, &to)
	return to, good
}

// checkConnection looks at keys against each other and at other sections.
func (c *Config) checkConnection(s *section, to *Connection) {
	for _, other := range c.Connections {
		if to.Port != 0 && other.Matches(to.Server, to.Port) {
			c.Report(Warning, s.name, "Server", fmt.Sprintf("[%s] is about the same server and port, and comes first: this section is not in effect", other.Name), "")
		}
	}
	if to.Secure != nil && !*to.Secure && (to.Token != "" || to.TokenFile != "") {
		c.Report(Warning, s.name, "SecureConnection", "the token crosses the network readable by everybody on the way", "set it to 1, and give that server TLS")
	}
}
