package config

import (
	"net/netip"
	"time"
)

// FileName is the customary name of the file.
const FileName = "appserver.ini"

// Config is the effective configuration. Fields are filled even where a Finding
// of severity Error exists (with the default), so that a check can go on; do not
// serve with a Config whose Err is not nil.
//
// A Config holds pass phrases in clear: print Settings, never the Config itself.
// It is safe for concurrent reading; Report and SetEffective must not run beside
// other methods.
type Config struct {
	File string // the INI file as given; "" is the one embedded in the program
	Dir  string // absolute folder that relative paths in the file start from

	General      General
	Drivers      Drivers
	Listen       Listen
	MPP          MPP
	SSL          SSLConfigure
	RPC          RPC
	HTTPClient   HTTPClient
	Metrics      Metrics
	WebApp       WebApp
	OnStart      OnStart
	SmartJob     SmartJob
	TDS          TDS
	Environments []Environment // in the order of the file
	Jobs         []Job         // the sections of [OnStart] Jobs, in its order
	Connections  []Connection  // the sections of [RPC] Connections, in its order
	REST         REST
	Store        Store
	Auth         Auth
	License      License

	restPort           restPort
	http11, httpServer httpServers
	starting           *starting // what a program starts that this is read from; nil: nothing

	work     string // absolute folder that paths from environment and flags start from
	empty    bool   // the file was named, and nothing is in it
	table    *table
	findings []ranked
	dropped  int
	derived  map[place]derived // by folded names
}

// General is [General], and the server's name from [Service].
type General struct {
	DataPath   string // absolute folder of everything the server writes
	LogFormat  string // text, json or classic
	LogLevel   string // debug, info, warn or error
	ServerName string // [Service] DisplayName, else Name, else ""

	ConsoleFile     string // absolute path of the log file, or ""
	ConsoleMaxSize  int64  // bytes at which it is set aside; 0: never
	ConsoleMaxFiles int    // how many of those set aside are kept; 0: all
	ConsoleLog      bool   // ConsoleFile is written

	AppEnvironment    string        // environment of HTTP requests, or ""
	Watch             bool          // programs are loaded anew when their files change
	CanAcceptRPC      bool          // remote calls are served, if [RPC] Enable
	CanRunJobs        bool          // the jobs of [OnStart] are run
	AllowIniWrite     bool          // programs may change the configuration file
	RestErrorDetail   bool          // answers to HTTP requests show why a program failed
	InactiveTimeout   time.Duration // after which a thread that waits for its peer ends; 0: never
	MaxStringSize     int           // of a program's string, MiB
	ThreadMemLimit    int           // of a thread, MiB
	MaxThreads        int           // at the same time; 0: automatic
	ServerMemoryLimit int           // of the process, MiB, beyond which no thread begins; 0: none
	RunSlots          int           // how many threads compute at the same time; 0: automatic
}

// Drivers is [Drivers].
type Drivers struct {
	Active                  []string // names of the sections with the listeners
	MultiProtocolPort       bool     // one port for all protocols
	MultiProtocolPortSecure bool     // TLS on it
}

// Listen says where the port is opened.
type Listen struct {
	Addresses []string // host:port; every IP with every Port; host is empty for all interfaces
	Section   string   // the section that the port came from, as written
}

// MPP is [MPP], the settings of the multiprotocol port.
type MPP struct {
	Certificate, Key string // absolute paths, or ""
	PassPhrase       string
	Default          bool   // use the bundled certificate whatever else is set
	Method           string // SSL_Method as written; "" leaves versions to [SSLConfigure]
	ClientCA         string // absolute path of a PEM file, or ""
	ClientAuth       string // none, optional or required
	Plaintext        string // redirect, allow or refuse
	Upstream         string // host:port, or ""
	UpstreamSecure   bool
	UpstreamCA       string // absolute path of a PEM file, or ""; "" trusts the system's authorities

	ProxyProtocol, TrustedProxies []netip.Prefix

	// 0 leaves the number to the program.
	MaxConnections, MaxConnectionsPerAddress, MaxSniffing, MaxSniffingPerAddress, MaxHandshakes int

	SniffTimeout, DrainTimeout, HeaderTimeout, IdleTimeout time.Duration

	LeastPace int // bytes a second of a body or an answer; 0: any
}

// SSLConfigure is [SSLConfigure]. Where nil is possible it means that the key is
// absent; a key that is present without a value counts as 0.
type SSLConfigure struct {
	SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, Bugs, TryProtocols *bool
	TLS1, CacheSize                                            *int // TLS1 is 0 to 3

	CertificateServer, KeyServer, CertificateClient, KeyClient string // absolute paths, or ""

	PassPhrase          string
	DisableCipher       []string
	HSM, Verbose, State bool

	VerifyServer  bool   // certificates of servers that programs call are verified
	CertificateCA string // absolute path of a PEM file with authorities trusted beside the system's, or ""
}

// RPC is [RPC].
type RPC struct {
	Enable         bool     // remote calls are served
	Security       []string // the credentials that count: mtls, token, user
	AllowPlain     bool     // gRPC also over connections without TLS
	AllowFunctions []string // patterns of what may be called; none: everything that DenyFunctions leaves
	DenyFunctions  []string // patterns of what may not be called
	AllowFrom      []netip.Prefix
	OnCall         string        // function that may veto a call, or ""
	Environment    string        // of calls that name none, or ""
	MaxMessageSize int           // MiB
	CallTimeout    time.Duration // of a call whose client sets no deadline; 0: none
	Token          string        // shown to other servers, or ""
	TokenFile      string        // absolute path of a file with it, or ""
}

// HTTPClient is [HTTPClient]: the HTTP requests of programs.
type HTTPClient struct {
	AllowTo, DenyTo []netip.Prefix
	DenyToSet       bool   // DenyTo stands in place of the default
	Proxy           string // URL of the proxy of all requests, "system" for that of the process's environment, or ""
	MaxResponse     int    // MiB
	Timeout         time.Duration
}

// OnStart is [OnStart].
type OnStart struct {
	Jobs        []string
	RefreshRate time.Duration // of the watchdog; 0: jobs are started once
	DebugMsg    bool
}

// SmartJob is [SMARTJOB].
type SmartJob struct {
	MemLoad          int // per cent of the machine's memory in use above which none is started
	MinJobs, MaxJobs int
}

// TDS is [TDS]: for each verb of administration the peers that may use it; nil: the
// key is absent, and whoever may open the administration socket may.
type TDS struct {
	AllowMonitor, EnableDisconnectUser, EnableSendMessage, EnableStopServer []string
}

// Metrics is [Metrics], the listener for measurements and readiness.
type Metrics struct {
	Enable   bool
	Listen   string // host:port on a loopback address
	Explicit bool   // Listen was set by the operator
}

// WebApp is [WebApp].
type WebApp struct {
	Enable bool
}
