package config

import (
	"strings"
	"time"
)

// REST is what [HTTPV11], [HTTPSERVER], [REST] and the sections that they name say of HTTP
// APIs. What is missing or does not fit has a finding, and is left out.
type REST struct {
	Listeners []RESTListener // in the order of the file; the multiprotocol port's first, if anything is mounted there
}

// RESTListener is a port on which HTTP APIs are served: the multiprotocol port, a section
// that [HTTPV11] Sockets names, or one that [HTTPSERVER] Servers names.
type RESTListener struct {
	Section   string   // "" for the multiprotocol port
	Line      int      // of its header
	Port      int      // 0: the multiprotocol port
	Addresses []string // to listen on, host:port; empty for the multiprotocol port

	TLS *RESTTLS // nil: plain, or the multiprotocol port

	InactiveTimeout time.Duration     // of a connection between two requests
	MaxRequests     int               // of a connection; 0: any number
	ContentTypes    map[string]string // by file extension with its dot, lower case
	Mounts          []RESTMount       // longest path first
}

// RESTRoute is a route without annotation, as LoadURNs has it.
type RESTRoute struct {
	Section  string   // of the listener
	Method   string   // GET, POST, …
	Path     string   // "/users/:id", "/class/*"; * stands for one segment
	EndPoint []string // the same in segments: those with a colon name what * stands for
	Class    string   // of the method that answers, or ""
	Function string   // that answers, or the name of the method
}

// RESTTLS is the TLS of a listener. What is not set is that of the multiprotocol port.
type RESTTLS struct {
	Certificate, Key, PassPhrase string   // absolute paths; "" for the port's own pair
	Versions                     []string // names as of [MPP] SSL_Method; empty: the port's
	ClientCert                   string   // none, optional or required

	// The names of the keys that the files and the pass phrase come from.
	CertificateName, KeyName, PassPhraseName string
}

// RESTMount is what is served below a path: a section of URIs, or of Locations.
type RESTMount struct {
	Section     string // URI or location section, or REST for what is mounted by itself
	Line        int
	Path        string      // "/rest", "/"; letters count in case. Matches itself and all below it
	Only        []string    // if not empty, only these first segments of the path below Path
	Environment string      // whose programs answer; "": files only
	Routes      []RESTRoute // of LoadURNs of the server, beside those of the programs

	Pool       RESTPool
	Security   bool     // callers must show who they are
	AllowBasic bool     // they may do so by name and password in each request
	OnAuth     string   // function that checks name and password instead of the store, or ""
	Public     []string // class/path/method patterns that need no credentials
	NoTenant   []string // patterns of what needs no tenantId
	Bare       []string // patterns of what is refused without a body
	Methods    []string // that are allowed; empty: all
	Stateless  bool     // licences are held while a request runs, not by the worker
	CORS       RESTCORS
	Exits      RESTExits

	RootPath    string        // absolute folder of files that are served, or ""
	DefaultPage string        // file for a folder
	Timeout     time.Duration // of a request; 0: any
	MaxBody     int64         // bytes of a request

	Server             string // name of the section of the listener
	TlppData, UserData string // what that section says under these keys, that of a file if they name one
}

// RESTPool says what the workers of a mount are.
type RESTPool struct {
	Name      string // of the section; mounts with the same name share the pool
	Instances Instances

	PrepareIn                  string        // company,branch or ALL, or ""
	OnStart, OnConnect, OnExit string        // functions, or ""
	Idle                       time.Duration // InactiveTimeout: after which a worker above the least number ends; 0: never
	Wait                       time.Duration // AcceptTimeout: of a request for a worker
	Queue                      int           // requests that may wait
	Expire, Spread             time.Duration // life of a worker

	ExitsSection       string // name of the section of RESTExits, or ""
	TlppData, UserData string // as of RESTMount, for this pool
}

// RESTCORS says which pages of other origins may call.
type RESTCORS struct {
	Enable      bool
	Origins     []string // exact, or * for any
	Methods     []string // empty: all that a route has
	Credentials bool
	MaxAge      time.Duration
}

// RESTExits are the functions of a TLPP thread pool's UserExits; "" for none.
type RESTExits struct{ OnStart, OnStop, OnSelect, OnError, OnBlock, OnAllow, OnSend string }

// ReservedRoots returns the first segments of the paths of the multiprotocol port that are
// its own: nothing can be mounted there or below.
func ReservedRoots() []string { return []string{"webapp", "webmonitor", "healthz", "readyz"} }

// OriginalFunction reports whether name is that of a function of the original that files
// name (Main=HTTP_START, OnStart=REST_START) and whose work is the server's own here. If
// programs have no function of that name, there is nothing to call.
func OriginalFunction(name string) bool {
	switch strings.ToUpper(name) {
	case "HTTP_START", "REST_START", "REST_CONNECT", "REST_EXIT", "LOGIXRESTSTART", "LOGIXRESTCONNECT", "LOGIXRESTEXIT":
		return true
	}
	return false
}
