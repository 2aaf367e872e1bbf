package config

import (
	"cmp"
	"mime"
	"net"
	"strconv"
	"strings"
)

// readSockets reads what [HTTPV11] names.
func (r *restReader) readSockets() {
	if !r.http11.enable {
		return
	}
	if r.table.section("HTTPV11") != nil && len(r.http11.names) == 0 {
		r.Report(Warning, "HTTPV11", "Enable", "NOT IN EFFECT: no REST service is started: Sockets names no section", "name the sections with Port and URIs")
	}
	for _, s := range r.sectionsOf("HTTPV11", "Sockets", familySocket, r.http11.names) {
		r.readSocket(s)
	}
}

// readSocket reads a section that Sockets names, with its URIs.
func (r *restReader) readSocket(s *section) {
	var socket restSocket
	r.read(s, socketKeys(&socket))
	l := r.listener(s, &socket, tlsNames{"CERTIFICATE", "KEY", "PASSPHRASE", "IPsBind"})
	for _, uri := range r.sectionsOf(s.name, "URIs", familyURI, socket.mounts) {
		if m, ok := r.readURI(uri, s, &socket); ok {
			l.Mounts = r.mount(l.Mounts, m)
		}
	}
	if len(socket.mounts) == 0 {
		r.Report(Warning, s.name, "URIs", "NOT IN EFFECT: nothing is served here: URIs names no section", "name a section with URL")
	}
	if !r.onPort(l.Port) {
		r.offerToPort(&l, &socket)
	}
	r.place(l)
}

// offerToPort adds the mounts of the environment of the multiprotocol port to what is served
// there too, but for those that fewer callers reach at their own listener and that do not ask
// who these are.
func (r *restReader) offerToPort(l *RESTListener, socket *restSocket) {
	environment, ok := r.environmentNamed(r.General.AppEnvironment)
	for _, m := range l.Mounts {
		open := !m.Security || len(m.Public) > 0
		switch {
		case !ok || m.Environment != environment:
		case socket.tls.checkClient || open && len(socket.ips) > 0:
			r.Report(Notice, m.Section, "URL", "not served on the multiprotocol port too: more callers than those of its own listener would reach it there", "")
		default:
			r.also = append(r.also, m)
		}
	}
}

// readURI reads a section that URIs of the socket names; false if it has no environment.
func (r *restReader) readURI(s, by *section, socket *restSocket) (RESTMount, bool) {
	var uri restURI
	keys := uriKeys(&uri)
	r.preset(keys)
	uri.mount.limitedBy(r.Config)
	uri.mount.Timeout = cmp.Or(socket.timeout, r.http11.timeout, uri.mount.Timeout)
	uri.mount.Security, uri.mount.AllowBasic = socket.mount.Security, socket.mount.AllowBasic
	r.overlay(s, keys)
	m := uri.mount
	m.Public, m.NoTenant = union(socket.mount.Public, m.Public), union(socket.mount.NoTenant, m.NoTenant)
	m.Section, m.Line, m.Path, m.Pool.Name, m.Server = s.name, s.line, uri.url, s.name, by.name
	r.checkMount(by.name, &m)
	ok := false
	m.Environment, ok = r.environmentOf(s, uri.environment)
	return m, ok
}

// environmentOf returns the environment of a section that names it, or of that which files
// for the original have for all.
func (r *restReader) environmentOf(s *section, name string) (spelled string, ok bool) {
	section, key := s.name, "Environment"
	if name == "" {
		if job := r.startJob(); job != nil {
			section, name = job.name, job.text("Environment")
		}
	}
	if name == "" {
		section, key, name = "General", "App_Environment", r.General.AppEnvironment
	}
	if name == "" {
		r.Report(Error, s.name, "Environment", "no environment: nobody has said whose programs answer", "add Environment= with the name of one, or set [General] App_Environment")
		return "", false
	}
	spelled, ok = r.environmentNamed(name)
	if !ok {
		r.checkEnvironmentNamed(Error, section, key, name, noEnvironment)
	}
	return spelled, ok
}

// startJob returns the job with which files for the original start REST, if it has an
// environment: one that [OnStart] names before others.
func (r *restReader) startJob() *section {
	var found *section
	for _, s := range r.table.all() {
		if main, _ := parseFunction(s.text("Main")); !strings.EqualFold(main, "HTTP_START") || s.text("Environment") == "" {
			continue
		}
		if r.runsJob(s.name) {
			return s
		}
		if found == nil {
			found = s
		}
	}
	return found
}

// readServers reads what [HTTPSERVER] names.
func (r *restReader) readServers() {
	if !r.httpServer.enable {
		return
	}
	if s := r.table.section("HTTPSERVER"); len(r.httpServer.names) == 0 && (s.get("Enable") != nil || s.get("Servers") != nil) {
		r.Report(Warning, "HTTPSERVER", "Enable", "NOT IN EFFECT: no HTTP server is started: Servers names no section", "name the sections with Port and Locations")
	}
	for _, s := range r.sectionsOf("HTTPSERVER", "Servers", familyTLPPServer, r.httpServer.names) {
		r.readServer(s)
	}
}

// readServer reads a section that Servers names, with its locations.
func (r *restReader) readServer(s *section) {
	var server restSocket
	r.read(s, tlppServerKeys(&server))
	r.bindStarted(s, &server)
	l := r.listener(s, &server, tlsNames{"SslCertificate", "SslCertificateKey", "SslCertificatePass", "IpAddress"})
	l.ContentTypes = r.contentTypes(s, server.types)
	server.mount.Server, server.mount.UserData = s.name, r.dataOf(s, "UserData", server.mount.UserData)
	r.authorize(s, &server)
	server.mount.Routes = r.readURNs(s, server.urns)
	for _, location := range r.sectionsOf(s.name, "Locations", familyLocation, server.mounts) {
		if m, ok := r.readLocation(location, s, &server); ok {
			l.Mounts = r.mount(l.Mounts, m)
		}
	}
	if len(server.mounts) == 0 {
		r.Report(Warning, s.name, "Locations", "NOT IN EFFECT: nothing is served here: Locations names no section", "name a section with Path and ThreadPool")
	}
	r.place(l)
}

// readLocation reads a section that Locations of the server names; false if it serves
// nothing.
func (r *restReader) readLocation(s, by *section, server *restSocket) (RESTMount, bool) {
	var location tlppLocation
	keys := locationKeys(&location)
	r.preset(keys)
	from := &server.mount
	m := &location.mount
	m.limitedBy(r.Config)
	m.Security, m.AllowBasic, m.OnAuth, m.Methods = from.Security, from.AllowBasic, from.OnAuth, from.Methods
	m.Server, m.TlppData, m.UserData, m.Routes = from.Server, from.TlppData, from.UserData, from.Routes
	r.overlay(s, keys)
	m.Section, m.Line, m.Path = s.name, s.line, location.path
	m.CORS = r.readCORS(s, location.cors)
	if location.pool == "" {
		return *m, r.filesOnly(s, by, m)
	}
	r.checkMount(by.name, m)
	switch {
	case server.authorizes || s.get("Security") != nil || by.get("Security") != nil:
	case r.forAnybody():
		m.Security = false
	default:
		r.Report(Warning, s.name, "ThreadPool", "callers must show who they are, where the original asks nobody", "set Security=0 if everybody may call, Security=1 if this is meant")
	}
	pool := r.sectionOf(s.name, "ThreadPool", familyPool, location.pool)
	return *m, pool != nil && r.readPool(pool, m)
}

// filesOnly makes m a mount that serves nothing but files; false if there is no folder of
// them. They are for everybody, unless somebody has said otherwise.
func (r *restReader) filesOnly(s, by *section, m *RESTMount) bool {
	if m.RootPath == "" {
		if v := s.get("RootPath"); v == nil || !v.bad {
			r.Report(Warning, s.name, "ThreadPool", "NOT IN EFFECT: nothing is served here: there is neither ThreadPool nor RootPath", "name the section of a thread pool, or a folder of files")
		}
		return false
	}
	if m.OnAuth == "" && s.get("Security") == nil && by.get("Security") == nil {
		m.Security = false
		r.Report(Notice, s.name, "RootPath", "the files of this folder are for everybody", "set Security=1 if callers are to show who they are")
	}
	return true
}

// readPool reads a section that ThreadPool names; false if it has no environment.
func (r *restReader) readPool(s *section, m *RESTMount) (ok bool) {
	var pool tlppPool
	again := r.seen[s]
	r.read(s, poolKeys(&pool))
	in := Instances{Min: pool.least, Max: pool.most, MinFree: pool.free, Increment: pool.step}
	if in.Max == 0 {
		in.Max = max(r.restPort.mount.Pool.Instances.Max, in.Min)
	}
	if s.text("MinFreeThreads") == "" {
		in.MinFree = 1
	}
	fitting, problem := in.fit()
	if problem != "" && !again {
		r.reportBad(s.get("MaxThreads"), "is less than MinThreads", "MinThreads or more")
	}
	p := pool.pool
	p.Name, p.Instances, p.Queue, p.PrepareIn = s.name, fitting, m.Pool.Queue, m.Pool.PrepareIn
	p.TlppData, p.UserData = r.dataOf(s, "TlppData", p.TlppData), r.dataOf(s, "UserData", p.UserData)
	m.Pool = p
	m.Timeout = cmp.Or(pool.active, m.Timeout)
	if exits := r.sectionOf(s.name, "UserExits", familyExits, pool.exits); exits != nil {
		r.read(exits, exitKeys(&m.Exits))
		m.Pool.ExitsSection = exits.name
	}
	m.Environment, ok = r.environmentOf(s, pool.environment)
	return ok
}

// readCORS reads the section that CORS of a location names.
func (r *restReader) readCORS(by *section, name string) RESTCORS {
	var cors RESTCORS
	s := r.sectionOf(by.name, "CORS", familyCORS, name)
	if s == nil {
		return cors
	}
	r.read(s, corsKeys(&cors))
	cors.Enable = true
	r.checkOrigins(s, "AllowOrigins", "AllowCredentials", &cors)
	return cors
}

// contentTypes reads the section that ContentTypes of a server names.
func (r *restReader) contentTypes(by *section, name string) map[string]string {
	s := r.sectionOf(by.name, "ContentTypes", familyHeaders, name)
	if s == nil {
		return nil
	}
	types := map[string]string{}
	for _, v := range s.values {
		if _, _, err := mime.ParseMediaType(v.text); err != nil || !strings.Contains(v.text, "/") {
			if !r.seen[s] {
				r.reportAt(v, Warning, "this is no type of content: ignored", "write it as text/html or application/json; charset=utf-8")
			}
			continue
		}
		types[extension(v.key)] = v.text
	}
	r.seen[s], s.types = true, true
	return types
}

// extension returns a file extension with its dot; * stays, for any.
func extension(key string) string {
	if key == "*" {
		return key
	}
	return "." + strings.TrimLeft(fold(key), "*.")
}

// listener makes the listener of a section.
func (r *restReader) listener(s *section, socket *restSocket, names tlsNames) RESTListener {
	l := RESTListener{
		Section: s.name, Line: s.line,
		InactiveTimeout: cmp.Or(socket.idle, r.MPP.IdleTimeout), MaxRequests: socket.maxRequests,
	}
	if r.onPort(socket.port) {
		l.Port = socket.port
		r.checkUnusedOnPort(s, socket, names)
		return l
	}
	l.Port, l.Addresses = socket.port, addressesOf(socket.ips, socket.port)
	l.TLS = r.readTLS(s, &socket.tls, names)
	r.checkClearText(s, socket, l.TLS)
	return l
}

// addressesOf returns host:port for each IP, or for all interfaces.
func addressesOf(ips []string, port int) []string {
	if len(ips) == 0 {
		ips = []string{""}
	}
	list := make([]string, len(ips))
	for i, ip := range ips {
		list[i] = net.JoinHostPort(ip, strconv.Itoa(port))
	}
	return list
}
