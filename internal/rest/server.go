package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/host"
	"appserver/internal/license"
	"appserver/internal/rest/route"
)

// Options are what a Server works with; they stay as they are. Host, Dispatch and Log must
// be set.
type Options struct {
	Host     *host.Host
	Dispatch string // the function of the library that runs a route: host.Call.Via
	// Routes says how routes are found in a program that is not in force yet; nil: without
	// running any of it.
	Routes func(p *vm.Program) route.Options
	// Run runs a function of a program that is not in force yet. It must be set if a mount has
	// one of OnAllow and OnBlock.
	Run func(p *vm.Program, function string, args ...vm.Value) error
	// Optional tells of functions that a configuration may name and programs need not have.
	Optional func(function string) bool
	// Permit tells whether the principal may call; nil: everybody who shows who he is may.
	Permit func(context.Context, auth.Principal, auth.Right) error
	// Licenses are taken by requests; nil: none are needed.
	Licenses *license.Control
	// Secure tells whether the client's connection is encrypted; nil: whether the request came
	// over TLS.
	Secure func(*http.Request) bool
	// Ready returns nil while requests are served; or nil: always.
	Ready   func() error
	Name    string // of the server, for people
	Version string
	Built   time.Time // zero: not known
	// Observe gets what became of each request; or nil.
	Observe func(Outcome)
	// BodyMemory is how many bytes of bodies are held at the same time, and how many of
	// answers without their workers; 0: 256 MiB.
	BodyMemory int64
	Log        *zap.Logger
}

// Config is what a Server serves. It is put in force together with programs.
type Config struct {
	Listeners []Listener
	// Door lets callers in. Where it is nil every mount that asks who calls is closed.
	Door        Door
	ErrorDetail bool // answers tell what the log does: error texts and calls of programs
	// Partial has faults of routes written to the log instead of refusing all: for the start
	// of a server, where there is nothing that could stay in force.
	Partial bool
}

// Listener is what is served on one port.
type Listener struct {
	Name   string // no other listener has it; "" is the multiprotocol port
	Mounts []Mount
}

// Server answers HTTP APIs with programs. Its methods may be called from any goroutine.
type Server struct {
	o      Options
	bodies budget // of requests that are being answered
	out    budget // of long answers that clients are taking
	pools  pools

	now atomic.Pointer[state]

	mu   sync.Mutex // guards next
	next Config
}

// state is what is in force. It is immutable.
type state struct {
	listeners map[string]*listener
	door      Door
	detail    bool
}

// New makes a server that serves nothing: the first Prepare after Configure changes that.
func New(o Options) *Server {
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Secure == nil {
		o.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	s := &Server{o: o}
	memory := o.BodyMemory
	if memory <= 0 {
		memory = defaultBodyMemory
	}
	s.bodies.free.Store(memory)
	s.out.free.Store(memory)
	s.pools.host, s.pools.log = o.Host, o.Log
	s.now.Store(&state{})
	return s
}

// Configure has the next Prepare use c.
func (s *Server) Configure(c Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = c
}

// Prepare implements host.Dependent: the routes of all mounts are made from the programs
// beside those in force. What refuses them is a *host.FaultsError.
func (s *Server) Prepare(g *host.Generation) (commit func(), err error) {
	s.mu.Lock()
	c := s.next
	s.mu.Unlock()
	p := s.preparation(g)
	next := p.state(&c)
	if len(p.faults) > 0 && !c.Partial {
		return nil, &host.FaultsError{Faults: p.faults}
	}
	return func() {
		for _, f := range p.faults {
			s.o.Log.Error(f)
		}
		p.warn()
		s.commit(next)
	}, nil
}

func (s *Server) preparation(g *host.Generation) *preparation {
	return &preparation{server: s, generation: g, tables: map[tableKey]*route.Table{}, workers: map[string]Pool{}}
}

// warn writes the warnings to the log.
func (p *preparation) warn() {
	for _, w := range p.warnings {
		p.server.o.Log.Warn(w)
	}
}

// preparation is a state in the making.
type preparation struct {
	server     *Server
	generation *host.Generation
	tables     map[tableKey]*route.Table
	workers    map[string]Pool // by environment and name, upper case: those named first
	faults     []string
	warnings   []string
}

// tableKey is what makes a table of routes.
type tableKey struct {
	environment string        // upper case
	loaded      *route.Loaded // the first of those beside the programs'; nil: there are none
}

func (p *preparation) state(c *Config) *state {
	next := &state{listeners: map[string]*listener{}, door: c.Door, detail: c.ErrorDetail}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		next.listeners[l.Name] = p.listener(l, c)
	}
	return next
}

func (p *preparation) listener(l *Listener, c *Config) *listener {
	made := &listener{name: l.Name}
	for i := range l.Mounts {
		made.add(p.mount(&l.Mounts[i], c))
	}
	return made
}

// mount prepares a mount. One whose programs cannot be used answers 503.
func (p *preparation) mount(o *Mount, c *Config) *mount {
	m := newMount(o)
	if o.Environment != "" {
		m.table = p.table(o.Environment, o.Routes)
		if program, ok := p.generation.Program(o.Environment); ok {
			m.program = program
			p.functions(m, program)
			p.choose(m, program)
		}
		m.fixed = p.fixedPaths(m, c)
		m.o.Pool = p.sharedPool(m)
	}
	return m
}

// functions checks that the programs have the functions that the mount names.
func (p *preparation) functions(m *mount, program *vm.Program) {
	for _, f := range m.functions() {
		if *f.name == "" {
			continue
		}
		if _, native, ok := program.Lookup(*f.name, nil); ok && !native {
			continue
		}
		if optional := p.server.o.Optional; optional != nil && optional(*f.name) {
			*f.name = ""
			continue
		}
		p.tell(true, fmt.Sprintf("[%s] %s: the programs of environment %s have no function %s: correct the name, or leave the key out", m.o.Name, f.key, m.o.Environment, *f.name))
	}
}

// sharedPool is the pool of the mount: of several with one name the first says what it is.
func (p *preparation) sharedPool(m *mount) Pool {
	key := strings.ToUpper(m.o.Environment + "\x00" + m.o.Pool.Name)
	if _, ok := p.workers[key]; !ok {
		p.workers[key] = m.o.Pool
	}
	return p.workers[key]
}

// table returns the routes of an environment with others beside them, nil if it has no usable
// programs: about that the host complains.
func (p *preparation) table(environment string, loaded []route.Loaded) *route.Table {
	key := tableKey{environment: strings.ToUpper(environment)}
	if len(loaded) > 0 {
		key.loaded = &loaded[0]
	}
	if t, ok := p.tables[key]; ok {
		return t
	}
	p.tables[key] = nil
	program, ok := p.generation.Program(environment)
	if !ok {
		return nil
	}
	options := p.routeOptions(program)
	options.Load = loaded
	table, faults := route.Build(program, options)
	for _, f := range faults {
		p.fault(environment, f)
	}
	p.tables[key] = table
	return table
}

// fault notes what is wrong with the routes of an environment.
func (p *preparation) fault(environment string, f route.Fault) {
	p.tell(f.Error, fmt.Sprintf("[%s] %v", environment, f))
}

// tell notes a fault or a warning, once: several mounts can serve the same routes.
func (p *preparation) tell(fault bool, text string) {
	list := &p.warnings
	if fault {
		list = &p.faults
	}
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

func (p *preparation) routeOptions(program *vm.Program) route.Options {
	if p.server.o.Routes == nil {
		return route.Options{}
	}
	return p.server.o.Routes(program)
}

// commit puts next in force. Requests under way finish with what they began with.
func (s *Server) commit(next *state) {
	var wanted []poolKey
	for _, l := range next.listeners {
		for _, m := range l.mounts {
			if m.o.Environment != "" {
				wanted = append(wanted, m.poolKey())
			}
		}
	}
	retired := s.pools.use(wanted)
	for _, l := range next.listeners {
		for _, m := range l.mounts {
			if m.pool == nil { // else it is in use
				m.pool = s.pools.get(m.poolKey())
			}
		}
	}
	s.now.Store(next)
	retired()
}

// Listener returns what the listener of the name serves, whatever is in force at the time
// of a request; what no mount has is next's.
func (s *Server) Listener(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st := s.now.Load()
		if l := st.listeners[name]; l != nil {
			if m, below := l.find(r.URL.EscapedPath()); m != nil {
				s.serve(w, r, &request{state: st, listener: name, mount: m, below: below})
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Close waits until the workers that reloads have replaced have ended, or ctx has. Those in
// force end with the host.
func (s *Server) Close(ctx context.Context) error { return s.pools.wait(ctx) }

// drainTime is how long what runs on workers that are replaced may take, whatever the mount
// allows.
const drainTime = 24 * time.Hour
