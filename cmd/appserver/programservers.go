package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/config"
	"appserver/internal/host"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
	nativerest "appserver/internal/natives/rest"
	"appserver/internal/rest"
)

// Bounds of the servers that programs start.
const (
	maxProgramServers = 64               // at the same time
	maxProgramMounts  = 1000             // names of what they serve, of all that ever were: metrics keep them
	startPatience     = 30 * time.Second // for a reload under way
)

// starts are the servers that programs have started. The zero value has none.
type starts struct {
	mu     sync.Mutex // guards what follows
	list   []*started
	ending []*started // those stopped whose requests have not ended
	closed bool       // none is added any more

	count  int             // of servers that ever were; guarded by apiServer.reloading, as the next
	mounts map[string]bool // names of what they serve
}

// started is a server that a program has started.
type started struct {
	start config.Start
	token any            // names it for a stop
	id    int            // its number for programs
	cfg   *config.Config // what start comes to; guarded by apiServer.reloading
	api   *apiListener
	ended chan struct{} // closed when it was stopped, and has ended what it had begun
}

func (s *starts) all() []*started {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list)
}

func (s *starts) listeners() []*apiListener { return apisOf(s.all()) }

// close has none be added any more, and returns the listeners of all that have not ended.
func (s *starts) close() []*apiListener {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return apisOf(s.unended())
}

func apisOf(servers []*started) (list []*apiListener) {
	for _, g := range servers {
		list = append(list, g.api)
	}
	return list
}

// unended returns those that there are, and those that are ending.
func (s *starts) unended() []*started {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.list, s.ending)
}

// add adds servers, unless none is added any more.
func (s *starts) add(more []*started) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.list = append(s.list, more...)
	}
	return !s.closed
}

// take removes those servers for which of is true, and returns them: they are ending.
func (s *starts) take(of func(*started) bool) (taken []*started) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rest []*started
	for _, g := range s.list {
		if of(g) {
			taken = append(taken, g)
		} else {
			rest = append(rest, g)
		}
	}
	s.list = rest
	s.ending = slices.Concat(s.ending, taken)
	return taken
}

// forget removes one that has ended.
func (s *starts) forget(g *started) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = slices.DeleteFunc(slices.Clone(s.ending), func(other *started) bool { return other == g })
}

// refused is the error of a start or a stop.
func refused(code nativerest.ServerCode, format string, args ...any) error {
	return &nativerest.ServerError{Code: code, Text: fmt.Sprintf(format, args...)}
}

// log is for what concerns servers of programs.
func (s *apiServer) log() *zap.Logger { return s.root.Named(partREST) }

// Start implements nativerest.Servers.
func (s *apiServer) Start(ctx context.Context, by *host.Thread, n nativerest.Start) error {
	who := fmt.Sprintf("%s, thread %d", by.Info().Function, by.ID())
	servers, err := s.startServers(ctx, by, n, who)
	if err != nil {
		s.log().Warn("a program could not start servers", zap.String("by", who), zap.Error(errors.New(oneLine(err.Error()))))
		return err
	}
	for _, g := range servers {
		for _, l := range g.api.ports {
			s.log().Info("a program has started a server of HTTP APIs", zap.String("section", g.api.boot.Section),
				zap.Stringer("address", l.Addr()), zap.Bool("tls", g.api.pair != nil), zap.String("by", who))
		}
	}
	return nil
}

func (s *apiServer) startServers(ctx context.Context, by *host.Thread, n nativerest.Start, who string) ([]*started, error) {
	if err := s.changing(ctx); err != nil {
		return nil, err
	}
	defer s.reloading.release()
	servers, tls, err := s.readServers(by, n, who)
	if err != nil {
		return nil, err
	}
	if err := s.listen(servers); err != nil {
		return nil, err
	}
	if err := s.serve(servers, tls); err != nil {
		closeServers(servers)
		return nil, err
	}
	return servers, nil
}

// changing takes the slot of reloads, which the caller is to release.
func (s *apiServer) changing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := s.reloading.acquire(ctx); err != nil {
		return refused(nativerest.GoingDown, "the server is being changed, which has not ended in time: %v", context.Cause(ctx))
	}
	return nil
}

// readServers reads and checks what is to be started, and returns what it comes to, with the
// TLS of each, nil if it has none.
func (s *apiServer) readServers(by *host.Thread, n nativerest.Start, who string) (list []*started, tls []*listenerSecurity, err error) {
	now := s.now.Load()
	start := config.Start{JSON: n.JSON, Environment: by.Environment(), Also: n.Also, Anybody: s.anybody}
	if files := by.Surroundings().Files; files != nil {
		start.Root = files.Dir()
	}
	cfg := now.cfg.ReadStart(start)
	tls = s.checkStart(cfg, now.security)
	s.logStartFindings(cfg)
	if cfg.Err() != nil {
		return nil, nil, refused(codeOfFindings(cfg), "%s", faultLines(cfg))
	}
	for _, l := range cfg.REST.Listeners {
		if err := s.room(l, len(list)); err != nil {
			return nil, nil, err
		}
		s.programmed.count++
		g := &started{start: start, token: n.Token, id: len(s.boot.REST.Listeners) + s.programmed.count, cfg: cfg, ended: make(chan struct{})}
		g.start.Running = l.Section
		g.api = &apiListener{name: fmt.Sprintf("%s, start %d", l.Section, s.programmed.count), boot: l, by: who}
		list = append(list, g)
	}
	return list, tls, nil
}

// codeOfFindings tells apart that nobody may start servers.
func codeOfFindings(cfg *config.Config) nativerest.ServerCode {
	if cfg.MayNotStart() {
		return nativerest.NotAllowed
	}
	return nativerest.BadConfig
}

// checkStart reports to cfg, which was read from a start, what else is wrong with it, and
// returns the TLS of its listeners.
func (s *apiServer) checkStart(cfg *config.Config, now *security) []*listenerSecurity {
	checkFolders(cfg, slices.Concat(secretFiles(cfg), secretFiles(s.cfg())))
	list := make([]*listenerSecurity, len(cfg.REST.Listeners))
	for i, l := range cfg.REST.Listeners {
		if l.TLS != nil && !sectionRefused(cfg, l.Section) {
			list[i] = now.newListenerSecurity(cfg, l)
		}
	}
	return list
}

// logStartFindings says what to think of what is to be started; faults are the program's.
func (s *apiServer) logStartFindings(cfg *config.Config) {
	log := s.root.Named("config")
	for _, f := range cfg.Findings() {
		switch f.Severity {
		case config.Warning:
			log.Warn(f.String())
		case config.Notice:
			log.Debug(f.String())
		}
	}
}

// faultLines are the errors in cfg, one a line.
func faultLines(cfg *config.Config) string {
	if err := cfg.Err(); err != nil {
		return err.Error()
	}
	return ""
}

// room checks whether the listener can be there beside those that are, and more that are about
// to be.
func (s *apiServer) room(l config.RESTListener, more int) error {
	all := s.listeners()
	for _, other := range all {
		if strings.EqualFold(other.boot.Section, l.Section) {
			return refused(nativerest.NameTaken, "there is a server %s already, on %s; stop it, or give this one another name", other.boot.Section, strings.Join(other.boot.Addresses, ", "))
		}
	}
	if len(s.programmed.all())+more >= maxProgramServers {
		return refused(nativerest.TooMany, "programs have started %d servers, which is the most: stop one", maxProgramServers)
	}
	if s.programmed.mounts == nil {
		s.programmed.mounts = map[string]bool{}
	}
	for _, m := range l.Mounts {
		s.programmed.mounts[m.Section] = true
		if len(s.programmed.mounts) > maxProgramMounts {
			delete(s.programmed.mounts, m.Section)
			return refused(nativerest.TooMany, "servers that programs have started had %d different locations, which is the most: use their names again", maxProgramMounts)
		}
	}
	return nil
}

// listen opens the addresses of all servers, or none.
func (s *apiServer) listen(servers []*started) error {
	for _, g := range servers {
		for _, address := range g.api.boot.Addresses {
			l, err := net.Listen("tcp", address)
			if err != nil {
				closeServers(servers)
				return refused(nativerest.NoAddress, "[%s] Port: %v%s", g.api.boot.Section, err, listenHint(err))
			}
			g.api.ports = append(g.api.ports, &noticedListener{Listener: l, closed: make(chan struct{})})
		}
	}
	return nil
}

func closeServers(servers []*started) {
	for _, g := range servers {
		for _, l := range g.api.ports {
			l.Close()
		}
	}
}

// serve has the servers answer. It is called while nothing else changes what is served.
func (s *apiServer) serve(servers []*started, tls []*listenerSecurity) error {
	var listeners []rest.Listener
	for i, g := range servers {
		if err := s.newAPIPort(g.api, tls[i], 1+len(s.listeners())+len(servers)); err != nil {
			return refused(nativerest.BadConfig, "[%s]: %v", g.api.boot.Section, err)
		}
		listeners = append(listeners, g.restListener(g.cfg))
	}
	if err := s.rest.Add(listeners...); err != nil {
		return refused(nativerest.BadPrograms, "%v", err)
	}
	if !s.programmed.add(servers) {
		s.remove(servers)
		return refused(nativerest.GoingDown, "the server is going down")
	}
	for _, g := range servers {
		go s.run(g)
	}
	return nil
}

// restListener is what cfg, read from the start of g, says of it.
func (g *started) restListener(cfg *config.Config) rest.Listener {
	i := slices.IndexFunc(cfg.REST.Listeners, func(l config.RESTListener) bool { return l.Section == g.api.boot.Section })
	l := restListener(cfg, cfg.REST.Listeners[i], g.id)
	l.Name = g.api.name
	for j := range l.Mounts {
		m := &l.Mounts[j]
		m.Pool.Name += ", " + g.api.boot.Section // no pool of others
	}
	return l
}

// run serves until the end of g.
func (s *apiServer) run(g *started) {
	watching, cancel := context.WithCancel(context.Background())
	defer cancel()
	if g.api.watch != nil {
		go g.api.watch.Run(watching)
	}
	if err := g.api.port.Serve(g.api.ports...); !errors.Is(err, mpp.ErrServerClosed) {
		s.log().Error("a server that a program has started has failed", zap.String("section", g.api.boot.Section), zap.Error(err))
		if s.programmed.take(func(other *started) bool { return other == g }) != nil { // else it is being stopped
			s.finish(g)
		}
	}
}

// Stop implements nativerest.Servers.
func (s *apiServer) Stop(ctx context.Context, token any, names []string) error {
	if err := s.changing(ctx); err != nil {
		return err
	}
	defer s.reloading.release()
	taken := s.programmed.take(func(g *started) bool {
		if len(names) == 0 {
			return g.token == token
		}
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, g.api.boot.Section) })
	})
	if len(taken) == 0 {
		if len(names) == 0 {
			return refused(nativerest.NoServer, "there is no server to stop that was started here")
		}
		return refused(nativerest.NoServer, "programs have started no server %s", strings.Join(names, ", "))
	}
	for _, g := range taken {
		go s.finish(g)
	}
	return awaitClosed(ctx, taken)
}

// awaitClosed waits until the ports of the servers, which are being finished, are closed.
func awaitClosed(ctx context.Context, servers []*started) error {
	for _, g := range servers {
		for _, l := range g.api.ports {
			select {
			case <-l.(*noticedListener).closed:
			case <-ctx.Done():
				return refused(nativerest.GoingDown, "the thread ends before the server has: %v", context.Cause(ctx))
			}
		}
	}
	return nil
}

// finish ends a server that was taken from those that there are: requests under way have
// [MPP] DrainTimeout.
func (s *apiServer) finish(g *started) {
	defer close(g.ended)
	defer s.programmed.forget(g)
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg().MPP.DrainTimeout)
	defer cancel()
	section := zap.String("section", g.api.boot.Section)
	if err := g.api.port.Shutdown(ctx); err != nil {
		s.log().Warn("not everything ended in time and was cut; [MPP] DrainTimeout sets the time", section, zap.Error(err))
	}
	s.log().Info("a server that a program had started has ended", section)
	_ = s.reloading.acquire(context.Background()) // nothing ends that
	defer s.reloading.release()
	s.remove([]*started{g})
}

// remove has no more be served for servers.
func (s *apiServer) remove(servers []*started) {
	var names []string
	for _, g := range servers {
		names = append(names, g.api.name)
	}
	s.rest.Remove(names...)
}

// A noticedListener tells when it was closed.
type noticedListener struct {
	net.Listener
	once   sync.Once
	closed chan struct{}
}

// Close closes the listener.
func (l *noticedListener) Close() error {
	err := l.Listener.Close()
	l.once.Do(func() { close(l.closed) })
	return err
}

// goingOn is how a server goes on with another configuration, cfg.
type goingOn struct {
	*started
	next *config.Config
	tls  *listenerSecurity // nil: none
}

// going is how the servers go on with the configuration in force. The slot of reloads is the
// caller's.
func (s *apiServer) going() (list []goingOn) {
	for _, g := range s.programmed.all() {
		list = append(list, goingOn{started: g, next: g.cfg})
	}
	return list
}

// goOn is how the servers that programs have started go on with cfg. The error is the refusal
// of a reload.
func (s *apiServer) goOn(cfg *config.Config, fresh *security) ([]goingOn, error) {
	var list []goingOn
	var refusal monitor.ReloadError
	for _, g := range s.programmed.all() {
		next := cfg.ReadStart(g.start)
		tls := s.checkStart(next, fresh)
		for _, f := range next.Findings() {
			if f.Severity == config.Error {
				refusal.Findings = append(refusal.Findings, fmt.Sprintf("%v (started by %s; stop it, or keep what it needs)", f, g.api.by))
			}
		}
		if next.Err() == nil {
			list = append(list, goingOn{g, next, tls[0]})
		}
	}
	if len(refusal.Findings) > 0 {
		return nil, &refusal
	}
	return list, nil
}

// useGoing puts in force how servers go on.
func (s *apiServer) useGoing(list []goingOn, next *state) {
	for _, g := range list {
		g.cfg = g.next
		s.useAPI(g.api, next, g.tls)
	}
}
