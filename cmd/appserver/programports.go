package main

import (
	"net"

	"appserver/internal/host"
)

// programPorts are the ports of the server as GetPort tells them to programs: one port
// answers everything, HTTP with TLS or without.
func (d *daemon) programPorts() host.Ports {
	if len(d.ports) == 0 {
		return host.Ports{}
	}
	p := host.Ports{Application: tcpPort(d.ports[0])}
	if d.now.Load().tls != nil {
		p.HTTPS = p.Application
	} else {
		p.HTTP = p.Application
	}
	return p
}

// tcpPort returns the number of the listener's port; 0 if it has none.
func tcpPort(l net.Listener) int {
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}
