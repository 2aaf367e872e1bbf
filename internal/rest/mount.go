package rest

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/lograte"
	"appserver/internal/rest/access"
	"appserver/internal/rest/route"
)

// Mount is what is served below a path of a listener: the routes of the programs of an
// environment, files, or both.
type Mount struct {
	Name        string         // for people: of the section of the configuration
	Path        string         // "/rest", "/"; letters count in case
	Only        []string       // if not empty, only these first segments of the path below Path
	Environment string         // "": files only
	Routes      []route.Loaded // beside those that the programs declare
	Pool        Pool

	PrepareIn string // company,branch of requests that name none; ALL or "": none
	OnConnect string // function that runs before each request, or ""

	Security   bool     // callers must show who they are
	AllowBasic bool     // they may do so by name and password in each request
	OnAuth     string   // function of programs that checks name and password, or ""
	Public     []string // patterns of what needs no credentials
	NoTenant   []string // patterns of what needs no tenantId
	Bare       []string // patterns of what is refused without a body
	Methods    []string // that are allowed; empty: all
	Stateless  bool     // licences are held while a request runs, not by the worker
	CORS       CORS
	Exits      Exits

	Service *exchange.Service // what programs are told of the mount; or nil

	RootPath     string            // folder of files, or ""
	DefaultPage  string            // file for a folder
	ContentTypes map[string]string // of files, by extension with its dot
	Timeout      time.Duration     // of a request; 0: any
	MaxBody      int64             // bytes of a request; 0: 64 MiB
}

// Exits are functions of programs that are called around a request and, OnAllow and OnBlock,
// before programs are put in force; "" for none.
type Exits struct{ OnSelect, OnError, OnSend, OnAllow, OnBlock string }

// listener is a Listener in force.
type listener struct {
	name   string
	mounts []*mount // longest path first
}

func (l *listener) add(m *mount) {
	i, _ := slices.BinarySearchFunc(l.mounts, m, func(a, b *mount) int { return len(b.base) - len(a.base) })
	for i < len(l.mounts) && len(l.mounts[i].base) == len(m.base) {
		i++
	}
	l.mounts = slices.Insert(l.mounts, i, m)
}

// find returns the mount of an escaped path with what of it is below the mount, "" or with
// a slash in front; nil if there is none.
func (l *listener) find(path string) (m *mount, below string) {
	for _, m := range l.mounts {
		if below, ok := m.cut(path); ok {
			return m, below
		}
	}
	return nil, ""
}

// mount is a Mount in force.
type mount struct {
	o        *Mount
	base     []string    // segments of its path
	prefix   string      // the path without a slash at its end
	program  *vm.Program // in which the routes of table were found
	table    *route.Table
	pool     *pool
	public   access.Patterns
	noTenant access.Patterns
	bare     access.Patterns
	files    *fileServer
	list     *apiList                 // which routes are served, as OnAllow or OnBlock say; nil: all
	fixed    map[string]fixedPath     // what the server answers by itself, by the path below
	told     map[string]*lograte.Gate // of refusals, by reason
}

// functionKey is a function of programs that a mount names, with its key.
type functionKey struct {
	key  string
	name *string
}

func (m *mount) functions() []functionKey {
	o := m.o
	return []functionKey{
		{"OnStart", &o.Pool.OnStart}, {"OnStop, OnExit", &o.Pool.OnStop}, {"OnConnect", &o.OnConnect}, {"OnAuth", &o.OnAuth},
		{"OnSelect", &o.Exits.OnSelect}, {"OnError", &o.Exits.OnError}, {"OnSend", &o.Exits.OnSend},
		{"OnAllow", &o.Exits.OnAllow}, {"OnBlock", &o.Exits.OnBlock},
	}
}

// defaultMaxBody is how long a body may be if nothing is said.
const defaultMaxBody = 64 << 20

func newMount(o *Mount) *mount {
	own := *o
	if own.MaxBody <= 0 {
		own.MaxBody = defaultMaxBody
	}
	m := &mount{o: &own, prefix: strings.TrimRight(o.Path, "/"), told: map[string]*lograte.Gate{}}
	if m.prefix != "" {
		m.base = strings.Split(m.prefix[1:], "/")
	}
	for _, reason := range RefusalReasons() {
		m.told[reason] = new(lograte.Gate)
	}
	m.public, m.noTenant, m.bare = access.ParsePatterns(o.Public), access.ParsePatterns(o.NoTenant), access.ParsePatterns(o.Bare)
	if o.RootPath != "" {
		m.files = newFileServer(fileOptions{Root: o.RootPath, DefaultPage: o.DefaultPage, ContentTypes: o.ContentTypes})
	}
	return m
}

// cut returns what of an escaped path is below the mount; false if the path is not the
// mount's.
func (m *mount) cut(path string) (below string, ok bool) {
	below, ok = path, true
	for _, want := range m.base {
		var segment string
		if segment, below, ok = cutSegment(below); !ok || segment != want {
			return "", false
		}
	}
	if len(m.o.Only) > 0 {
		first, _, ok := cutSegment(below)
		if !ok || !slices.Contains(m.o.Only, first) {
			return "", false
		}
	}
	return below, true
}

// cutSegment returns the first segment of an escaped path, decoded, and what follows it.
func cutSegment(path string) (segment, rest string, ok bool) {
	if path == "" || path[0] != '/' {
		return "", "", false
	}
	segment, rest = path[1:], ""
	if i := strings.IndexByte(segment, '/'); i >= 0 {
		segment, rest = segment[:i], segment[i:]
	}
	if strings.IndexByte(segment, '%') < 0 {
		return segment, rest, true
	}
	segment, err := url.PathUnescape(segment)
	return segment, rest, err == nil
}

// allows tells whether the mount lets a method in.
func (m *mount) allows(method string) bool {
	return len(m.o.Methods) == 0 || slices.Contains(m.o.Methods, method)
}
