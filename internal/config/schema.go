package config

import (
	"net/netip"
	"slices"
	"time"
)

// A spec is one key that the server acts on.
type spec struct {
	section, key string
	def          string // the value if the key is absent
	live         bool   // a change takes effect at a reload; else at a restart
	binding
	help string
}

// When a change of a key takes effect: words for spec.live.
const (
	live    = true
	restart = false
)

// Shorthands for the types of fields that the schema points at.
type (
	boolField    = *bool
	switchField  = **bool
	stringField  = *string
	listField    = *[]string
	intField     = *int
	countField   = **int
	sizeField    = *int64
	timeField    = *time.Duration
	networkField = *[]netip.Prefix
)

// pairFile is what a certificate or a private key is in.
const pairFile = "a PEM or PKCS#12 file"

// schema is the one place of every key that we act on: name, default, what it
// may hold, the field it fills, and its documentation. Keys that are only known
// are in known.go.
var schema = slices.Concat([]spec{
	{"General", "DataPath", "", restart, path(allowedFolder, func(c *Config) stringField { return &c.General.DataPath }),
		"Folder of everything the server writes. If absent: $STATE_DIRECTORY, else data beside the file."},
	{"General", "LogFormat", "text", restart, choice(func(c *Config) stringField { return &c.General.LogFormat }, "text", "json", "classic"),
		"Shape of log lines: for people, for collectors, or like the lines that scripts written for the original match."},
	{"General", "LogLevel", "info", live, choice(func(c *Config) stringField { return &c.General.LogLevel }, "debug", "info", "warn", "error"),
		"The least weight that is logged."},
	{"General", "ConsoleFile", "", live, path(allowedFile, func(c *Config) stringField { return &c.General.ConsoleFile }),
		"File that the log is written to, instead of standard output. Its folder must exist. If empty: none."},
	{"General", "ConsoleMaxSize", "104857600", live, size(func(c *Config) sizeField { return &c.General.ConsoleMaxSize }),
		"Size at which ConsoleFile is set aside and begun anew, rounded up to whole MiB; 0: never. The original's files hold bytes, but guides speak of MB, so a number below 10,000 is taken as MB, with a notice."},
	{"General", "ConsoleMaxFiles", "5", live, number(0, 10_000, func(c *Config) intField { return &c.General.ConsoleMaxFiles }),
		"How many of the files set aside are kept; 0: all."},
	{"General", "ConsoleLog", "1", live, flag(func(c *Config) boolField { return &c.General.ConsoleLog }), "0: ConsoleFile is not written."},

	{"General", "App_Environment", "", live, text(func(c *Config) stringField { return &c.General.AppEnvironment }), "Environment that HTTP requests run in."},
	{"General", "Watch", "0", live, flag(func(c *Config) boolField { return &c.General.Watch }),
		"1: programs are loaded anew when the files of an environment's SourcePath change."},
	{"General", "CanAcceptRPC", "1", live, flag(func(c *Config) boolField { return &c.General.CanAcceptRPC }), "0: no remote calls are served, whatever [RPC] Enable says."},
	{"General", "CanRunJobs", "1", live, flag(func(c *Config) boolField { return &c.General.CanRunJobs }), "0: the jobs of [OnStart] are not run."},
	{"General", "AllowIniWrite", "0", live, flag(func(c *Config) boolField { return &c.General.AllowIniWrite }),
		"1: programs may change this file with WritePProString."},
	{"General", "InactiveTimeout", "0", live, seconds(0, 31_536_000, func(c *Config) timeField { return &c.General.InactiveTimeout }),
		"Time after which a thread that waits for its peer ends; 0: never. An environment may say otherwise."},
	{"General", "MaxStringSize", "64", live, mebibytes(1, 2047, func(c *Config) intField { return &c.General.MaxStringSize }),
		"Longest string of a program, in MiB. An environment may say otherwise."},
	{"General", "ThreadMemLimit", "512", live, mebibytes(1, 1<<20, func(c *Config) intField { return &c.General.ThreadMemLimit }),
		"Memory that a thread's values may take, in MiB. An environment may say otherwise."},
	{"General", "MaxThreads", "0", live, limit(func(c *Config) intField { return &c.General.MaxThreads }),
		"Threads at the same time. An environment may have a bound of its own."},
	{"General", "ServerMemoryLimit", "0", live, mebibytes(0, 1<<24, func(c *Config) intField { return &c.General.ServerMemoryLimit }),
		"Memory of the whole server in MiB, beyond which no thread begins; 0: no bound."},
	{"General", "RestErrorDetail", "0", live, flag(func(c *Config) boolField { return &c.General.RestErrorDetail }),
		"1: the answer to an HTTP request whose program failed says where and why. Meant for development: it shows sources and data."},
	{"General", "RunSlots", "0", restart, limit(func(c *Config) intField { return &c.General.RunSlots }),
		"Threads that compute at the same time; the others take turns with them."},

	{"Service", "Name", "", restart, elsewhere("text"), "Name of the server if DisplayName is absent."},
	{"Service", "DisplayName", "", restart, text(func(c *Config) stringField { return &c.General.ServerName }),
		"Name of the server, shown on its pages and in its answers."},

	{"Drivers", "Active", "TCP", restart, list("a comma list of sections", ",", func(c *Config) listField { return &c.Drivers.Active }),
		"The sections with the listeners."},
	{"Drivers", "Secure", "", restart, elsewhere("a section"),
		"Section of the SSL transport. If set, Port (and IP, if it has one) of that section open the port and Port of the active section is ignored."},
	{"Drivers", "MultiProtocolPort", "1", restart, flag(func(c *Config) boolField { return &c.Drivers.MultiProtocolPort }),
		"1: all protocols on one port. 0: the port carries SmartClient, RPC and locks only."},
	{"Drivers", "MultiProtocolPortSecure", "1", restart, flag(func(c *Config) boolField { return &c.Drivers.MultiProtocolPortSecure }),
		"1: TLS on the port. 0: everything in clear text."},

	{"TCP", "Type", "TCPIP", restart, elsewhere("TCPIP"), "Transport."},
	{"TCP", "Port", "5012", restart, binding{allowed: portsAllowed, numeric: true, strict: true}, "Port; 0 lets the system choose a free one."},
	{"TCP", "IP", "", restart, elsewhere("a comma list of IP addresses"), "Addresses to listen on. If empty: all interfaces."},
	{"SSL", "Enable", "", restart, binding{allowed: flagAllowed, numeric: true}, "1: this section opens the port, as with [Drivers] Secure. 0: it does not, whatever [Drivers] Secure and Active say."},
	{"SSL", "Type", "TCPIP", restart, elsewhere("TCPIP"), "Transport."},
	{"SSL", "Port", "", restart, binding{allowed: portsAllowed, numeric: true}, "Port; [TCP] Port is ignored if this counts."},
	{"SSL", "IP", "", restart, elsewhere("a comma list of IP addresses"), "Addresses to listen on. If absent: those of the active section."},

	{"MPP", "SSL_Default", "0", live, flag(func(c *Config) boolField { return &c.MPP.Default }),
		"1: use the bundled certificate, valid for localhost only, whatever else is set."},
	{"MPP", "SSL_Certificate", "", live, path(pairFile, func(c *Config) stringField { return &c.MPP.Certificate }),
		"Certificate of the port, with its chain, and perhaps its key. If set, the pair of [SSLConfigure] is not used for it."},
	{"MPP", "SSL_Key", "", live, path(pairFile, func(c *Config) stringField { return &c.MPP.Key }), "Private key of SSL_Certificate. May be left out if that file holds it."},
	{"MPP", "SSL_PassPhrase", "", live, secret(func(c *Config) stringField { return &c.MPP.PassPhrase }), "Pass phrase of the private key and of PKCS#12."},
	{"MPP", "SSL_Method", "", live, text(func(c *Config) stringField { return &c.MPP.Method }),
		"TLS versions of the port. If empty: those of [SSLConfigure]."},
	{"MPP", "ClientCA", "", live, path("a PEM file", func(c *Config) stringField { return &c.MPP.ClientCA }),
		"Certificate authorities whose client certificates are trusted."},
	{"MPP", "SSLClientAuth", "none", live, choice(func(c *Config) stringField { return &c.MPP.ClientAuth }, "none", "optional", "required").neverEmpty(),
		"Whether clients are asked for a certificate."},
	{"MPP", "Plaintext", "redirect", restart, choice(func(c *Config) stringField { return &c.MPP.Plaintext }, "redirect", "allow", "refuse").neverEmpty(),
		"What a client without TLS gets on the secure port: HTTP is sent to https, is served, or is refused."},
	{"MPP", "Upstream", "", restart, hostPort(func(c *Config) stringField { return &c.MPP.Upstream }),
		"Server that unknown binary traffic is passed on to, such as that of the original's desktop client."},
	{"MPP", "UpstreamSecure", "0", restart, flag(func(c *Config) boolField { return &c.MPP.UpstreamSecure }), "1: TLS towards Upstream."},
	{"MPP", "UpstreamCA", "", live, path("a PEM file", func(c *Config) stringField { return &c.MPP.UpstreamCA }),
		"Certificate authorities that Upstream's certificate is checked with. If empty: those of the system."},
	{"MPP", "ProxyProtocol", "", live, proxies(func(c *Config) networkField { return &c.MPP.ProxyProtocol }),
		"Peers whose connections begin with a PROXY protocol header."},
	{"MPP", "TrustedProxies", "", live, proxies(func(c *Config) networkField { return &c.MPP.TrustedProxies }),
		"Peers whose X-Forwarded-* headers are believed."},
	{"MPP", "MaxConnections", "0", live, limit(func(c *Config) intField { return &c.MPP.MaxConnections }), "Most connections at a time."},
	{"MPP", "MaxConnectionsPerAddress", "0", live, limit(func(c *Config) intField { return &c.MPP.MaxConnectionsPerAddress }), "Most connections of one address."},
	{"MPP", "MaxSniffing", "0", live, limit(func(c *Config) intField { return &c.MPP.MaxSniffing }),
		"Most connections that have not said yet what they are; beyond it the oldest silent one is closed."},
	{"MPP", "MaxSniffingPerAddress", "0", live, limit(func(c *Config) intField { return &c.MPP.MaxSniffingPerAddress }), "The same for one address."},
	{"MPP", "MaxHandshakes", "0", live, limit(func(c *Config) intField { return &c.MPP.MaxHandshakes }), "Most TLS handshakes at a time."},
	{"MPP", "SniffTimeout", "5", live, seconds(1, 600, func(c *Config) timeField { return &c.MPP.SniffTimeout }),
		"Time until a connection must have said what it is, TLS handshake included."},
	{"MPP", "DrainTimeout", "30", live, seconds(0, 3600, func(c *Config) timeField { return &c.MPP.DrainTimeout }),
		"Time that connections get to finish when the server stops."},
	{"MPP", "HeaderTimeout", "10", restart, seconds(1, 600, func(c *Config) timeField { return &c.MPP.HeaderTimeout }), "Time for the header of an HTTP request."},
	{"MPP", "IdleTimeout", "120", restart, seconds(1, 86400, func(c *Config) timeField { return &c.MPP.IdleTimeout }),
		"Time that an HTTP connection may stay open between requests."},
	{"MPP", "LeastPace", "512", restart, bytesPerSecond(0, 1_000_000, func(c *Config) intField { return &c.MPP.LeastPace }),
		"What a client must send of a body, or take of an answer, in each half minute that the server waits for it; 0: any."},

	{"SSLConfigure", "SSL2", "0", live, optionalFlag(func(c *Config) switchField { return &c.SSL.SSL2 }), "Cannot be offered: 1 is warned about."},
	{"SSLConfigure", "SSL3", "0", live, optionalFlag(func(c *Config) switchField { return &c.SSL.SSL3 }), "Cannot be offered: 1 is warned about."},
	{"SSLConfigure", "TLS1", "", live, optionalNumber(0, 3, func(c *Config) countField { return &c.SSL.TLS1 }),
		"Old selector of one version: 1, 2, 3 mean TLS 1.0, 1.1, 1.2 alone. Void if any TLS1_x is there."},
	{"SSLConfigure", "TLS1_0", "0", live, optionalFlag(func(c *Config) switchField { return &c.SSL.TLS10 }), "TLS 1.0. The defaults of TLS1_x hold only while none of them is set; then the others are off."},
	{"SSLConfigure", "TLS1_1", "0", live, optionalFlag(func(c *Config) switchField { return &c.SSL.TLS11 }), "TLS 1.1."},
	{"SSLConfigure", "TLS1_2", "1", live, optionalFlag(func(c *Config) switchField { return &c.SSL.TLS12 }), "TLS 1.2."},
	{"SSLConfigure", "TLS1_3", "1", live, optionalFlag(func(c *Config) switchField { return &c.SSL.TLS13 }), "TLS 1.3."},
	{"SSLConfigure", "TryProtocols", "0", live, optionalFlag(func(c *Config) switchField { return &c.SSL.TryProtocols }).ignored(), "Without effect, as in the original since 13.1.3.26."},
	{"SSLConfigure", "Bugs", "0", live, optionalFlag(func(c *Config) switchField { return &c.SSL.Bugs }).ignored(), "Accepted, without effect."},
	{"SSLConfigure", "CacheSize", "0", live, optionalNumber(0, 1<<30, func(c *Config) countField { return &c.SSL.CacheSize }).ignored(), "Accepted, without effect."},
	{"SSLConfigure", "CertificateServer", "", live, path(pairFile, func(c *Config) stringField { return &c.SSL.CertificateServer }),
		"Certificate of the server, with its chain, and perhaps its key, unless [MPP] has one."},
	{"SSLConfigure", "KeyServer", "", live, path(pairFile, func(c *Config) stringField { return &c.SSL.KeyServer }), "Private key of CertificateServer. May be left out if that file holds it."},
	{"SSLConfigure", "CertificateClient", "", live, path(pairFile, func(c *Config) stringField { return &c.SSL.CertificateClient }),
		"Certificate that the server shows when it is a client, and perhaps its key."},
	{"SSLConfigure", "KeyClient", "", live, path(pairFile, func(c *Config) stringField { return &c.SSL.KeyClient }), "Private key of CertificateClient. May be left out if that file holds it."},
	{"SSLConfigure", "PassPhrase", "", live, secret(func(c *Config) stringField { return &c.SSL.PassPhrase }), "Pass phrase of KeyServer and KeyClient."},
	{"SSLConfigure", "DisableCipher", "", live, list("a list of cipher names separated by colons or commas", ":,", func(c *Config) listField { return &c.SSL.DisableCipher }),
		"Cipher suites that are not offered, by OpenSSL's or IANA's names."},
	{"SSLConfigure", "HSM", "0", live, flag(func(c *Config) boolField { return &c.SSL.HSM }), "Keys in a hardware module; 1 is refused at start."},
	{"SSLConfigure", "Verbose", "0", live, flag(func(c *Config) boolField { return &c.SSL.Verbose }),
		"1: log version, cipher, server name and protocol of each connection."},
	{"SSLConfigure", "State", "0", live, flag(func(c *Config) boolField { return &c.SSL.State }), "1: log the steps of each handshake."},

	{"SSLConfigure", "VerifyServer", "1", live, flag(func(c *Config) boolField { return &c.SSL.VerifyServer }),
		"0: the certificates of servers that programs call are not verified. Anybody in between can then read and change what is sent."},
	{"SSLConfigure", "CertificateCA", "", live, path("a PEM file", func(c *Config) stringField { return &c.SSL.CertificateCA }),
		"Authorities that servers which programs call may have their certificate from, beside the system's."},

	{"RPC", "Enable", "0", live, flag(func(c *Config) boolField { return &c.RPC.Enable }), "1: remote calls of programs are served."},
	{"RPC", "Security", "token,mtls", live, words(func(c *Config) listField { return &c.RPC.Security }, "mtls", "token", "user").neverEmpty(),
		"What a caller can show who it is with: a client certificate of [MPP] ClientCA, a token made by appserver rpc token, the name and password of a user. One suffices."},
	{"RPC", "AllowFunctions", "", live, patterns(func(c *Config) listField { return &c.RPC.AllowFunctions }),
		"The functions that may be called. If empty: the user functions (U_*) and those of namespaces."},
	{"RPC", "DenyFunctions", "", live, patterns(func(c *Config) listField { return &c.RPC.DenyFunctions }),
		"The functions that may not be called, whatever AllowFunctions says."},
	{"RPC", "AllowFrom", "", live, networks(func(c *Config) networkField { return &c.RPC.AllowFrom }),
		"Networks that calls may come from. If empty: any. It is a bound, and no credential."},
	{"RPC", "OnCall", "", live, function(func(c *Config) stringField { return &c.RPC.OnCall }),
		"Function that is called before each remote call and may refuse it."},
	{"RPC", "Environment", "", live, text(func(c *Config) stringField { return &c.RPC.Environment }), "Environment of calls that name none."},
	{"RPC", "MaxMessageSize", "16", restart, mebibytes(1, 512, func(c *Config) intField { return &c.RPC.MaxMessageSize }),
		"Largest message of a call or its answer, in MiB."},
	{"RPC", "CallTimeout", "0", live, seconds(0, 31_536_000, func(c *Config) timeField { return &c.RPC.CallTimeout }),
		"Time that a call may take whose client sets no deadline; 0: any."},
	{"RPC", "Connections", "", live, elsewhere("a comma list of sections"), "The sections that say how other servers are called."},
	{"RPC", "Token", "", live, secret(func(c *Config) stringField { return &c.RPC.Token }), "Token that programs here show to other servers."},
	{"RPC", "TokenFile", "", live, path(allowedFile, func(c *Config) stringField { return &c.RPC.TokenFile }), "File that holds it, instead of Token."},
	{"RPC", "AllowPlain", "0", restart, flag(func(c *Config) boolField { return &c.RPC.AllowPlain }), "1: gRPC also over connections without TLS."},

	{"HTTPClient", "AllowTo", "", live, networks(func(c *Config) networkField { return &c.HTTPClient.AllowTo }),
		"Networks that HTTP requests of programs may go to. If empty: all that DenyTo leaves."},
	{"HTTPClient", "DenyTo", "", live, networks(func(c *Config) networkField { return &c.HTTPClient.DenyTo }),
		"Networks that they may not go to. If absent: link-local addresses and those of cloud metadata services. The listeners for administration and measurements of this server are never reached."},
	{"HTTPClient", "Proxy", "", live, secret(func(c *Config) stringField { return &c.HTTPClient.Proxy }),
		"URL of the proxy for them; system: that of the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY."},
	{"HTTPClient", "MaxResponse", "32", live, mebibytes(1, 2047, func(c *Config) intField { return &c.HTTPClient.MaxResponse }), "Largest answer in MiB, after decompression."},
	{"HTTPClient", "Timeout", "120", live, seconds(1, 86_400, func(c *Config) timeField { return &c.HTTPClient.Timeout }), "Time of a request that sets none."},

	{"OnStart", "Jobs", "", live, list("a comma list of sections", ",", func(c *Config) listField { return &c.OnStart.Jobs }), "The jobs that are run from the start on."},
	{"OnStart", "RefreshRate", "0", live, seconds(0, 86_400, func(c *Config) timeField { return &c.OnStart.RefreshRate }),
		"How often those that do not run are started again; 0: never."},
	{"OnStart", "DebugMsg", "0", live, flag(func(c *Config) boolField { return &c.OnStart.DebugMsg }), "1: log how many workers each pool has at each RefreshRate."},
	{"SMARTJOB", "memload", "60", live, number(1, 100, func(c *Config) intField { return &c.SmartJob.MemLoad }),
		"Part of the machine's memory in use, in per cent, above which SmartJob starts none beyond minjobs."},
	{"SMARTJOB", "minjobs", "2", live, number(1, 10_000, func(c *Config) intField { return &c.SmartJob.MinJobs }), "Jobs of SmartJob that may always run at the same time."},
	{"SMARTJOB", "maxjobs", "16", live, number(1, 10_000, func(c *Config) intField { return &c.SmartJob.MaxJobs }), "Jobs of SmartJob that run at the same time at most."},

	{"TDS", "AllowMonitor", "", live, peers(func(c *Config) listField { return &c.TDS.AllowMonitor }), "Who may see threads, jobs and remote calls."},
	{"TDS", "EnableDisconnectUser", "", live, peers(func(c *Config) listField { return &c.TDS.EnableDisconnectUser }), "Who may end threads."},
	{"TDS", "EnableSendMessage", "", live, peers(func(c *Config) listField { return &c.TDS.EnableSendMessage }), "Who may send messages to threads."},
	{"TDS", "EnableStopServer", "", live, peers(func(c *Config) listField { return &c.TDS.EnableStopServer }), "Who may stop the server."},

	{"Metrics", "Enable", "1", restart, flag(func(c *Config) boolField { return &c.Metrics.Enable }), "1: listener for measurements (Prometheus) and readiness."},
	{"Metrics", "Listen", "127.0.0.1:5013", restart, loopback(func(c *Config) stringField { return &c.Metrics.Listen }), "Its address."},

	{"WebApp", "Enable", "1", live, flag(func(c *Config) boolField { return &c.WebApp.Enable }), "1: the pages below /webapp are served."},
}, portKeys, serverKeys, accountKeys)
