package config

import (
	"slices"
	"time"
)

// Bounds of keys of HTTP APIs.
const (
	maxQueue   = 100_000
	maxBodyMiB = 2047
)

// mountKeys are the keys of [REST] and of sections of URIs.
func mountKeys(section string, mount func(*Config) *RESTMount) []spec {
	pool := func(c *Config) *RESTPool { return &mount(c).Pool }
	cors := func(c *Config) *RESTCORS { return &mount(c).CORS }
	return []spec{
		{section, "Security", "1", live, flag(func(c *Config) boolField { return &mount(c).Security }),
			"1: callers must show who they are. 0: nobody is asked."},
		{section, "AllowBasic", "1", live, flag(func(c *Config) boolField { return &mount(c).AllowBasic }),
			"1: callers may show name and password in each request. 0: only tokens and client certificates count."},
		{section, "OnAuth", "", live, function(func(c *Config) stringField { return &mount(c).OnAuth }),
			"Function that checks name and password, instead of the users of this server; tokens do not count then."},
		{section, "Public", "", live, callPatterns(func(c *Config) listField { return &mount(c).Public }),
			"What nobody needs to show who he is for: paths below that of the mount, or class/path/method."},
		{section, "NoTenant", "", live, callPatterns(func(c *Config) listField { return &mount(c).NoTenant }),
			"What company and branch of the tenantId header do not matter for, written as in Public."},
		{section, "BareRefusals", "/api/rh/v1/login/auth/*", live, callPatterns(func(c *Config) listField { return &mount(c).Bare }),
			"What is refused (401) without a body, as clients of some services expect, written as in Public."},
		{section, "Instances", "1,20,1,1", live, instances(func(c *Config) *Instances { return &pool(c).Instances }),
			"Worker threads: how many there are at least and at most, how many are kept free, how many are started at a time."},
		{section, "PrepareIn", "", live, prepareIn(func(c *Config) stringField { return &pool(c).PrepareIn }),
			"Company and branch that programs begin with where the tenantId header names none; ALL: any."},
		{section, "Stateless", "0", live, flag(func(c *Config) boolField { return &mount(c).Stateless }),
			"1: a licence is held while a request runs. 0: by each worker thread, for its life."},
		{section, "AllowMethods", "", live, methods(func(c *Config) listField { return &mount(c).Methods }), "Methods that are answered. If empty: all."},
		{section, "CORSEnable", "0", live, flag(func(c *Config) boolField { return &cors(c).Enable }),
			"1: pages of other origins may call, those of AllowOrigin."},
		{section, "AllowOrigin", "", live, origins(func(c *Config) listField { return &cors(c).Origins }),
			"The origins of those pages, such as https://portal.example.com, http://localhost:4200 or ionic://localhost; * for any. The answer repeats the origin of the request."},
		{section, "CORSCredentials", "1", live, flag(func(c *Config) boolField { return &cors(c).Credentials }),
			"1: those pages may send credentials that the browser keeps."},
		{section, "CORSMaxAge", "120", live, seconds(0, 86_400, func(c *Config) timeField { return &cors(c).MaxAge }),
			"Time for which a browser remembers that they may call."},
		{section, "OnStart", "", live, function(func(c *Config) stringField { return &pool(c).OnStart }), "Function that a worker begins with."},
		{section, "OnConnect", "", live, function(func(c *Config) stringField { return &pool(c).OnConnect }), "Function that is called before each request."},
		{section, "OnExit", "", live, function(func(c *Config) stringField { return &pool(c).OnExit }), "Function that a worker ends with."},
		{section, "ExpirationTime", "0", live, seconds(0, maxSeconds, func(c *Config) timeField { return &pool(c).Expire }), "Life of a worker; 0: any."},
		{section, "ExpirationDelta", "0", live, seconds(0, maxSeconds, func(c *Config) timeField { return &pool(c).Spread }), "Time by which lives of workers differ at random."},
		{section, "InactiveTimeout", "300", live, seconds(0, maxSeconds, func(c *Config) timeField { return &pool(c).Idle }),
			"Time after which a worker beyond the least number ends that got no work; 0: never."},
		{section, "Timeout", "600", live, seconds(0, maxSeconds, func(c *Config) timeField { return &mount(c).Timeout }), "Time that a request may take; 0: any."},
		{section, "Wait", "10", live, seconds(1, 3600, func(c *Config) timeField { return &pool(c).Wait }),
			"Time that a request waits for a worker, before it is answered with 503."},
		{section, "Queue", "1000", live, number(1, maxQueue, func(c *Config) intField { return &pool(c).Queue }), "Requests that may wait for a worker."},
		{section, "MaxBody", "32", live, bytesMiB(1, maxBodyMiB, func(c *Config) sizeField { return &mount(c).MaxBody }), "Largest body of a request, in MiB."},
	}
}

// portKeys are the keys of [REST].
var portKeys = append([]spec{
	{"REST", "Enable", "1", live, flag(func(c *Config) boolField { return &c.restPort.enable }),
		"1: the programs of [General] App_Environment are served on the multiprotocol port, below /rest, /api and /restlogix, unless URIs of [HTTPV11] say where."},
}, mountKeys("REST", func(c *Config) *RESTMount { return &c.restPort.mount })...)

// restPort is what [REST] says.
type restPort struct {
	enable bool
	mount  RESTMount
}

// httpServers is what [HTTPV11] or [HTTPSERVER] says.
type httpServers struct {
	enable  bool
	names   []string // of sections
	timeout time.Duration
	start   string // AllowStart
}

// serverKeys are the keys of [HTTPV11] and [HTTPSERVER].
var serverKeys = []spec{
	{"HTTPV11", "Enable", "1", restart, flag(func(c *Config) boolField { return &c.http11.enable }), "0: none of Sockets is served."},
	{"HTTPV11", "Sockets", "", restart, list("a comma list of sections", ",", func(c *Config) listField { return &c.http11.names }),
		"The sections that say where WSRESTFUL, TLPP and Logix services are served."},
	{"HTTPV11", "TimeOut", "", live, seconds(0, maxSeconds, func(c *Config) timeField { return &c.http11.timeout }).maybeEmpty(), "Timeout of URIs. If absent or 0: that of [REST]."},
	{"HTTPSERVER", "Enable", "1", restart, flag(func(c *Config) boolField { return &c.httpServer.enable }), "0: none of Servers is served."},
	{"HTTPSERVER", "Servers", "", restart, list("a comma list of sections", ",", func(c *Config) listField { return &c.httpServer.names }),
		"The sections that say where TLPP, WSRESTFUL and Logix services and files are served."},
	{"HTTPSERVER", "AllowStart", startLocal, live, choice(func(c *Config) stringField { return &c.httpServer.start }, startNever, startLocal, startAny),
		"Whether programs may start servers of their own (VdrCtrl, wsRestfulStart). local: on loopback addresses only, which is where one without IpAddress then listens. 1: on any. 0: no."},
}

// Values of [HTTPSERVER] AllowStart.
const (
	startNever = "0"
	startLocal = "local"
	startAny   = "1"
)

// maybeEmpty is b for a key without a default.
func (b binding) maybeEmpty() binding {
	set := b.set
	b.strict = false
	b.set = func(c *Config, v *value) string {
		if v.text == "" {
			return ""
		}
		return set(c, v)
	}
	return b
}

// limits are keys of mounts whose default, in sections with free names, is what [REST] says.
var limits = []string{"Timeout", "Wait", "Queue", "MaxBody"}

// limitedBy gives m the limits of [REST].
func (m *RESTMount) limitedBy(c *Config) {
	from := &c.restPort.mount
	m.Timeout, m.Pool.Wait, m.Pool.Queue, m.MaxBody = from.Timeout, from.Pool.Wait, from.Pool.Queue, from.MaxBody
}

// freeMountKeys are mountKeys for sections with free names: those of keys that are named, or
// all.
func freeMountKeys(section string, into *RESTMount, named ...string) []spec {
	var rows []spec
	for _, k := range mountKeys(section, func(*Config) *RESTMount { return into }) {
		if len(named) > 0 && !slices.Contains(named, k.key) {
			continue
		}
		if slices.Contains(limits, k.key) {
			k.def = ""
			k.help += " If absent: as [REST] says."
			k.binding = k.binding.maybeEmpty()
		}
		rows = append(rows, k)
	}
	return rows
}

// tlsKeys is what the section of a listener says of TLS.
type tlsKeys struct {
	certificate, key, passPhrase string
	ssl2, ssl3                   bool
	tls10, tls11, tls12, tls13   *bool
	tls1                         *int
	method                       []string
	checkClient                  bool
}

// A restSocket is a section that [HTTPV11] Sockets or [HTTPSERVER] Servers names.
type restSocket struct {
	port        int // 0: that of the multiprotocol port
	ips         []string
	mounts      []string // names of sections
	tls         tlsKeys
	idle        time.Duration
	maxRequests int
	timeout     time.Duration
	mount       RESTMount // what its mounts begin with
	types       string    // name of a section
	urns        string    // LoadURNs
	authorizes  bool      // TlppData says how callers show who they are
}

func socketKeys(into *restSocket) []spec {
	t := &into.tls
	const s = familySocket
	return []spec{
		{s, "Port", "", restart, number(1, 65535, func(*Config) intField { return &into.port }).maybeEmpty(),
			"Port of this listener. If absent, or that of the multiprotocol port: the URIs are served there."},
		{s, "IPsBind", "", restart, addresses(func(*Config) listField { return &into.ips }), "Addresses to listen on. If empty: all interfaces."},
		{s, "URIs", "", live, list("a comma list of sections", ",", func(*Config) listField { return &into.mounts }), "The sections that say what is served."},
		{s, "Security", "1", live, flag(func(*Config) boolField { return &into.mount.Security }), "As of a URI, for URIs that do not say."},
		{s, "AllowBasic", "1", live, flag(func(*Config) boolField { return &into.mount.AllowBasic }), "As of a URI, for URIs that do not say."},
		{s, "Public", "", live, callPatterns(func(*Config) listField { return &into.mount.Public }), "As of a URI, for all URIs."},
		{s, "NoTenant", "", live, callPatterns(func(*Config) listField { return &into.mount.NoTenant }), "As of a URI, for all URIs."},
		{s, "InactiveTimeout", "", restart, seconds(0, 86_400, func(*Config) timeField { return &into.idle }).maybeEmpty(),
			"Time that a connection may stay open between requests. If absent or 0: [MPP] IdleTimeout."},
		{s, "MaxRequests", "0", restart, number(0, 1_000_000, func(*Config) intField { return &into.maxRequests }), "Requests of a connection; 0: any number."},
		{s, "ResponseTimeOut", "", live, seconds(0, maxSeconds, func(*Config) timeField { return &into.timeout }).maybeEmpty(),
			"Timeout of its URIs. If absent or 0: [HTTPV11] TimeOut."},
		{s, "CERTIFICATE", "", live, path(pairFile, func(*Config) stringField { return &t.certificate }),
			"Certificate of this listener, and perhaps its key. The listener has TLS if this, TLS1 or a TLS1_x is set; without this one it shows the certificate of the multiprotocol port."},
		{s, "KEY", "", live, path(pairFile, func(*Config) stringField { return &t.key }), "Private key of CERTIFICATE. May be left out if that file holds it."},
		{s, "PASSPHRASE", "", live, secret(func(*Config) stringField { return &t.passPhrase }), "Pass phrase of the private key and of PKCS#12."},
		{s, "SSL2", "0", live, flag(func(*Config) boolField { return &t.ssl2 }), "Cannot be offered: 1 is warned about."},
		{s, "SSL3", "0", live, flag(func(*Config) boolField { return &t.ssl3 }), "Cannot be offered: 1 is warned about."},
		{s, "TLS1", "", live, optionalNumber(0, 3, func(*Config) countField { return &t.tls1 }),
			"1 to 3: the listener has TLS, of the versions of the multiprotocol port unless a TLS1_x is set."},
		{s, "TLS1_0", "", live, optionalFlag(func(*Config) switchField { return &t.tls10 }),
			"TLS 1.0. If one of TLS1_x is set, those not set are off; if none is, the versions are those of the multiprotocol port."},
		{s, "TLS1_1", "", live, optionalFlag(func(*Config) switchField { return &t.tls11 }), "TLS 1.1."},
		{s, "TLS1_2", "", live, optionalFlag(func(*Config) switchField { return &t.tls12 }), "TLS 1.2."},
		{s, "TLS1_3", "", live, optionalFlag(func(*Config) switchField { return &t.tls13 }), "TLS 1.3."},
		{s, "SSLCheckClientCert", "0", live, flag(func(*Config) boolField { return &t.checkClient }), "1: clients must show a certificate of [MPP] ClientCA."},
	}
}

// A restURI is a section that URIs names.
type restURI struct {
	url, environment string
	mount            RESTMount
}

func uriKeys(into *restURI) []spec {
	return append([]spec{
		{familyURI, "URL", "/", live, mountPath(func(*Config) stringField { return &into.url }), "Path that its services are below."},
		{familyURI, "Environment", "", live, text(func(*Config) stringField { return &into.environment }),
			"Environment whose programs answer. If absent: that of the job with Main=HTTP_START, else [General] App_Environment."},
	}, freeMountKeys(familyURI, &into.mount)...)
}

func tlppServerKeys(into *restSocket) []spec {
	t := &into.tls
	const s = familyTLPPServer
	return []spec{
		{s, "Port", "", restart, number(1, 65535, func(*Config) intField { return &into.port }).maybeEmpty(),
			"Port of this listener. If absent, or that of the multiprotocol port: the locations are served there."},
		{s, "IpAddress", "", restart, addresses(func(*Config) listField { return &into.ips }), "Addresses to listen on. If empty: all interfaces."},
		{s, "Locations", "", live, list("a comma list of sections", ",", func(*Config) listField { return &into.mounts }), "The sections that say what is served."},
		{s, "ContentTypes", "", live, text(func(*Config) stringField { return &into.types }), "Section with the types of files: keys are their extensions."},
		{s, "AllowMethods", "", live, methods(func(*Config) listField { return &into.mount.Methods }), "Methods that are answered, for locations that do not say. If empty: all."},
		{s, "Security", "1", live, flag(func(*Config) boolField { return &into.mount.Security }),
			"1: callers must show who they are, for locations that do not say; those with files only are for everybody then. 0: nobody is asked."},
		{s, "AllowBasic", "1", live, flag(func(*Config) boolField { return &into.mount.AllowBasic }), "As of [REST], for locations that do not say."},
		{s, "TlppData", "", live, text(func(*Config) stringField { return &into.mount.TlppData }),
			"JSON, or the name of a file with it, such as {\"Authorization\":{\"scheme\":\"basic\",\"OnAuth\":\"U_MAY\"}}: the function that checks name and password."},
		{s, "UserData", "", live, text(func(*Config) stringField { return &into.mount.UserData }), "JSON that programs get, or the name of a file with it."},
		{s, "LoadURNs", "", live, text(func(*Config) stringField { return &into.urns }),
			"Routes without annotations: JSON, or the name of a file with it, such as {\"/users/:id\":{\"GET\":{\"Function\":\"U_GETUSER\"}}}."},
		{s, "MaxRequests", "0", restart, number(0, 1_000_000, func(*Config) intField { return &into.maxRequests }), "Requests of a connection; 0: any number."},
		{s, "SslCertificate", "", live, path(pairFile, func(*Config) stringField { return &t.certificate }),
			"Certificate of this listener, with its chain, and perhaps its key. The listener has TLS if this or SslMethod is set; without this one it shows the certificate of the multiprotocol port."},
		{s, "SslCertificateKey", "", live, path(pairFile, func(*Config) stringField { return &t.key }), "Private key of SslCertificate. May be left out if that file holds it."},
		{s, "SslCertificatePass", "", live, secret(func(*Config) stringField { return &t.passPhrase }), "Pass phrase of the private key and of PKCS#12."},
		{s, "SslMethod", "", live, tlsVersions(func(*Config) listField { return &t.method }), "TLS versions. If absent: those of the multiprotocol port."},
		{s, "SSLCheckClientCert", "0", live, flag(func(*Config) boolField { return &t.checkClient }), "1: clients must show a certificate of [MPP] ClientCA."},
	}
}

// A tlppLocation is a section that Locations names.
type tlppLocation struct {
	path, pool, cors string
	mount            RESTMount
}

func locationKeys(into *tlppLocation) []spec {
	const s = familyLocation
	return append([]spec{
		{s, "Path", "/", live, mountPath(func(*Config) stringField { return &into.path }), "Path that its services and files are below."},
		{s, "ThreadPool", "", live, text(func(*Config) stringField { return &into.pool }), "Section with the threads that run programs. If absent: only files are served."},
		{s, "RootPath", "", live, servedFolder(func(*Config) stringField { return &into.mount.RootPath }), "Folder of files that are served where no program answers."},
		{s, "DefaultPage", "", live, fileName(func(*Config) stringField { return &into.mount.DefaultPage }), "File for a folder, such as index.html."},
		{s, "CORS", "", live, text(func(*Config) stringField { return &into.cors }), "Section that says which pages of other origins may call. If absent: none."},
	}, freeMountKeys(s, &into.mount, "AllowMethods", "Security", "AllowBasic", "Public", "NoTenant", "BareRefusals", "PrepareIn", "Stateless", "Queue", "MaxBody")...)
}

// A tlppPool is a section that ThreadPool names.
type tlppPool struct {
	environment, exits string
	least, most, free  int // 0: not said
	step               int
	active             time.Duration
	pool               RESTPool
}

func poolKeys(into *tlppPool) []spec {
	const s = familyPool
	const longest = 2_000_000_000 // milliseconds, 23 days
	return []spec{
		{s, "Environment", "", live, text(func(*Config) stringField { return &into.environment }), "Environment whose programs answer. If absent: [General] App_Environment."},
		{s, "MinThreads", "1", live, number(1, maxInstances, func(*Config) intField { return &into.least }), "Worker threads that there are at least."},
		{s, "MaxThreads", "", live, number(1, maxInstances, func(*Config) intField { return &into.most }).maybeEmpty(), "Worker threads that there are at most. If absent: 20, or MinThreads."},
		{s, "MinFreeThreads", "", live, number(0, maxInstances, func(*Config) intField { return &into.free }).maybeEmpty(), "How many are kept free. If absent: 1."},
		{s, "GrowthFactor", "1", live, number(1, maxInstances, func(*Config) intField { return &into.step }), "How many are started at a time."},
		{s, "InactiveTimeout", "30000", live, units(time.Millisecond, "milliseconds", 0, longest, func(*Config) timeField { return &into.pool.Idle }),
			"Time after which a worker beyond the least number ends that got no work; 0: never."},
		{s, "AcceptTimeout", "10000", live, units(time.Millisecond, "milliseconds", 1, longest, func(*Config) timeField { return &into.pool.Wait }),
			"Time that a request waits for a worker, before it is answered with 503."},
		{s, "ActiveTimeout", "", live, units(time.Millisecond, "milliseconds", 0, longest, func(*Config) timeField { return &into.active }).maybeEmpty(),
			"Time that a request may take. If absent or 0: Timeout of [REST]."},
		{s, "UserExits", "", live, text(func(*Config) stringField { return &into.exits }), "Section with functions that are called at certain points."},
		{s, "TlppData", "", live, text(func(*Config) stringField { return &into.pool.TlppData }), "JSON that programs get, or the name of a file with it."},
		{s, "UserData", "", live, text(func(*Config) stringField { return &into.pool.UserData }), "JSON that programs get, or the name of a file with it."},
	}
}

func exitKeys(into *RESTExits) []spec {
	key := func(name string, field *string, help string) spec {
		return spec{familyExits, name, "", live, function(func(*Config) stringField { return field }), help}
	}
	return []spec{
		key("OnStart", &into.OnStart, "Function that is called when the pool begins."),
		key("OnStop", &into.OnStop, "Function that is called when the pool ends."),
		key("OnSelect", &into.OnSelect, "Function that is called when a request has come to a worker."),
		key("OnError", &into.OnError, "Function that is called when a program has failed."),
		key("OnBlock", &into.OnBlock, "Function that is called where it tells what may not be called."),
		key("OnAllow", &into.OnAllow, "Function that is called where it tells what may be called."),
		key("OnSend", &into.OnSend, "Function that is called before the answer is sent."),
	}
}

func corsKeys(into *RESTCORS) []spec {
	const s = familyCORS
	return []spec{
		{s, "AllowOrigins", "", live, origins(func(*Config) listField { return &into.Origins }),
			"The origins of pages that may call, such as https://portal.example.com; * for any. The answer repeats the origin of the request."},
		{s, "AllowMethods", "", live, methods(func(*Config) listField { return &into.Methods }), "Methods that they may use. If empty: all that a service has."},
		{s, "AllowCredentials", "1", live, flag(func(*Config) boolField { return &into.Credentials }), "1: those pages may send credentials that the browser keeps."},
		{s, "MaxAge", "120", live, seconds(0, 86_400, func(*Config) timeField { return &into.MaxAge }), "Time for which a browser remembers that they may call."},
	}
}

// restFamilies are the tables of keys of sections with free names.
var restFamilies = []func() []spec{
	func() []spec { return socketKeys(new(restSocket)) },
	func() []spec { return uriKeys(new(restURI)) },
	func() []spec { return tlppServerKeys(new(restSocket)) },
	func() []spec { return locationKeys(new(tlppLocation)) },
	func() []spec { return poolKeys(new(tlppPool)) },
	func() []spec { return exitKeys(new(RESTExits)) },
	func() []spec { return corsKeys(new(RESTCORS)) },
}

// preset fills what keys point at with their defaults.
func (c *Config) preset(keys []spec) {
	for i := range keys {
		if k := &keys[i]; k.def != "" {
			k.set(c, &value{section: k.section, key: k.key, text: k.def})
		}
	}
}

// fill takes the values of s over to what keys point at, and reports whether all fit. They
// stay as written in s, where programs read them.
func (c *Config) fill(s *section, keys []spec) bool {
	good := true
	for i := range keys {
		if v := s.get(keys[i].key); v != nil {
			given := *v
			c.take(&keys[i], &given)
			v.bad = given.bad
			good = good && !v.bad
		}
	}
	return good
}

// union is all of a, then what else is in b.
func union(a, b []string) []string {
	list := slices.Clone(a)
	for _, item := range b {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}
