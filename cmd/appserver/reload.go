package main

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"appserver/internal/config"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
)

// reloadOn reloads at each hang-up signal until ctx ends.
func (d *daemon) reloadOn(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-hangups:
			d.log.Info("reloading: SIGHUP received")
			_, _ = d.reload(ctx) // it has logged what was wrong
		case <-ctx.Done():
			return
		}
	}
}

// reloadForAdmin is reload for the administration socket.
func (d *daemon) reloadForAdmin(ctx context.Context) (monitor.Reload, error) {
	d.log.Info("reloading: the administrator asked for it")
	return d.reload(ctx)
}

// reload reads the configuration, the certificates and the programs again. All of the new is
// built and checked before any of it is used; if something is wrong the old stays
// whole, and the error, a *monitor.ReloadError, lists every fault. Connections
// that exist go on. One reload at a time: others wait, until ctx ends.
func (d *daemon) reload(ctx context.Context) (monitor.Reload, error) {
	if err := d.reloading.acquire(ctx); err != nil {
		return monitor.Reload{}, err
	}
	defer d.reloading.release()
	if d.readiness.Draining() {
		return monitor.Reload{}, monitor.ErrDraining
	}
	d.told(d.notify.Reloading())
	defer func() { d.told(d.notify.Ready(d.serving())) }()
	result, err := d.tryReload(ctx)
	if err != nil {
		d.logRefused(err)
	}
	d.noteReload(err)
	return result, err
}

// noteReload remembers for status and metrics how a reload ended.
func (d *daemon) noteReload(err error) {
	outcome := &monitor.ReloadState{At: time.Now(), OK: err == nil}
	if err != nil {
		outcome.Message = err.Error()
	}
	d.lastReload.Store(outcome)
	d.metrics.ConfigReloaded(outcome.OK, outcome.At)
}

// slot lets one in at a time.
type slot chan struct{}

func newSlot() slot { return make(slot, 1) }

// acquire waits for the slot until ctx ends, whose error it then returns.
func (s slot) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slot) release() { <-s }

func (d *daemon) tryReload(ctx context.Context) (monitor.Reload, error) {
	old := d.now.Load()
	cfg, err := d.load()
	if err != nil {
		return monitor.Reload{}, refusedBecause(err)
	}
	if cfg.Empty() && !old.cfg.Empty() {
		return monitor.Reload{}, refusedBecause(errEmptyConfig)
	}
	fresh := newSecurity(cfg, d.localFolder())
	checkLogFile(cfg)
	if cfg.Err() != nil {
		return monitor.Reload{}, refusedByFindings(cfg)
	}
	going, err := d.goOn(cfg, fresh)
	if err != nil {
		return monitor.Reload{}, err
	}
	setEffectiveVersions(cfg, fresh.outgoing)
	begun := time.Now()
	usePrograms, err := d.preparePrograms(ctx, cfg, going)
	if err != nil {
		return monitor.Reload{}, err
	}
	useLog, err := d.console.prepare(cfg)
	if err != nil {
		return monitor.Reload{}, refusedBecause(err)
	}
	// Nothing from here on can fail.
	logErr := useLog()
	next := d.nextState(old, cfg, fresh)
	d.use(next)
	d.useGoing(going, next)
	usePrograms()
	d.setJobs(cfg)
	d.users.SetPolicy(policyOf(cfg))
	d.useREST(cfg)
	result := d.changes(old.cfg, next)
	d.addPrograms(&result)
	if logErr != nil {
		d.log.Warn("the log file cannot be written", zap.Error(logErr))
		result.Warnings = append(result.Warnings, logErr.Error())
	}
	d.logReload(result, cfg)
	d.logPrograms(begun)
	return result, nil
}

// errEmptyConfig is what an editor or a copy that was interrupted leaves.
var errEmptyConfig = errors.New("the configuration file is empty, and was not: write at least the header of a section if that is meant")

// nextState returns what cfg and its security come to after old. Whether the port
// has TLS needs a restart to change; until then everything about its TLS stays.
func (d *daemon) nextState(old *state, cfg *config.Config, fresh *security) *state {
	next := &state{cfg: cfg, security: fresh, tls: old.tls, upstream: fresh.upstreamConfig(d.boot)}
	switch {
	case (fresh.server == nil) != (old.tls == nil):
		next.security = old.security
	case old.tls == nil, fresh.terms.equal(old.security.terms):
		// The configuration that is there goes on, so that sessions can be resumed.
	default:
		next.tls = d.serverConfig(fresh)
	}
	return next
}

// use puts next in force.
func (d *daemon) use(next *state) {
	if d.pair != nil {
		// Before the policy: the new pair fits the old one, or was there before.
		d.watch.SetSource(next.security.portSource(), next.security.pair, next.security.digest)
	}
	if err := d.port.Update(d.portSettings(next)); err != nil {
		d.log.DPanic("the port refuses its settings", zap.Error(err)) // nextState keeps what it would refuse
	}
	d.now.Store(next)
	for _, server := range d.http {
		server.SetTrustedProxies(next.cfg.MPP.TrustedProxies)
	}
	for _, l := range d.apis {
		d.useAPI(l, next, next.security.listeners[l.boot.Section])
	}
	d.setPages(next.cfg)
}

func (d *daemon) serverConfig(s *security) *tls.Config {
	return s.serverConfig(d.pair, alpnProtocols(d.boot.Drivers.MultiProtocolPort), alpnRPC)
}

// portSettings are what s comes to for the port.
func (d *apiServer) portSettings(s *state) mpp.Settings {
	c := s.cfg.MPP
	return mpp.Settings{
		TLS:                      s.tls,
		ProxyProtocol:            c.ProxyProtocol,
		SharedAddresses:          c.TrustedProxies,
		MaxConnections:           c.MaxConnections,
		MaxConnectionsPerAddress: c.MaxConnectionsPerAddress,
		MaxSniffing:              c.MaxSniffing,
		MaxSniffingPerAddress:    c.MaxSniffingPerAddress,
		MaxHandshakes:            c.MaxHandshakes,
		SniffTimeout:             c.SniffTimeout,
		LogHandshakes:            s.cfg.SSL.Verbose,
		TraceHandshakes:          s.cfg.SSL.State,
	}
}

// changes lists what differs between the configuration that was in force and that
// of next, what waits for a restart, and what to think of it.
func (d *daemon) changes(old *config.Config, next *state) monitor.Reload {
	result := monitor.Reload{Changed: []monitor.Change{}, Restart: d.pending(next), Warnings: []string{}}
	for _, c := range config.Changes(old, next.cfg) {
		if d.live(c, next.cfg) {
			result.Changed = append(result.Changed, monitorChange(c))
		}
	}
	for _, f := range next.cfg.Findings() {
		if f.Severity == config.Warning {
			result.Warnings = append(result.Warnings, f.String())
		}
	}
	return result
}

// pending lists what the configuration of s says otherwise than that of the start,
// and what only a restart can change.
func (d *daemon) pending(s *state) []monitor.Change {
	list := []monitor.Change{}
	for _, c := range config.Changes(d.boot, s.cfg) {
		if !d.live(c, s.cfg) && !d.moot(c, s.cfg) {
			list = append(list, monitorChange(c))
		}
	}
	return list
}

// live reports whether the change has taken effect in the server that runs. What
// concerns the port's TLS has not if TLS itself waits for a restart.
func (d *daemon) live(c config.Change, cfg *config.Config) bool {
	if !d.apiLive(c, cfg) {
		return false
	}
	if cfg.Drivers.MultiProtocolPortSecure == d.boot.Drivers.MultiProtocolPortSecure {
		return c.Live
	}
	ofTLS := strings.EqualFold(c.Section, "SSLConfigure") ||
		strings.EqualFold(c.Section, "MPP") && (strings.HasPrefix(c.Key, "SSL") || c.Key == "ClientCA")
	return c.Live && !ofTLS
}

// moot reports whether the change is of an address that the service manager
// chooses.
func (d *daemon) moot(c config.Change, cfg *config.Config) bool {
	ofPort := strings.EqualFold(c.Section, d.boot.Listen.Section) || strings.EqualFold(c.Section, cfg.Listen.Section)
	return d.inherited && ofPort && (strings.EqualFold(c.Key, "Port") || strings.EqualFold(c.Key, "IP"))
}

func monitorChange(c config.Change) monitor.Change {
	return monitor.Change{Section: c.Section, Key: c.Key, Old: c.Old, New: c.New}
}

func (d *daemon) logReload(r monitor.Reload, cfg *config.Config) {
	fields := func(c monitor.Change) []zap.Field {
		return []zap.Field{zap.String("key", "["+c.Section+"] "+c.Key), zap.String("old", c.Old), zap.String("new", c.New)}
	}
	for _, c := range r.Changed {
		d.log.Info("changed", fields(c)...)
	}
	for _, c := range r.Restart {
		d.log.Warn("this change needs a restart", fields(c)...)
	}
	d.logFindings(cfg)
	d.log.Info("reloaded", zap.Int("changed", len(r.Changed)), zap.Int("need_restart", len(r.Restart)))
}

// logRefused says why nothing was reloaded, with one record for each fault.
func (d *daemon) logRefused(err error) {
	var refusal *monitor.ReloadError
	if !errors.As(err, &refusal) {
		d.log.Error("nothing was reloaded: the old configuration stays", zap.Error(err))
		return
	}
	for _, f := range refusal.Findings {
		d.root.Named("config").Error(oneLine(f))
	}
	d.log.Error("nothing was reloaded: the old configuration stays", zap.Int("faults", len(refusal.Findings)))
}

// oneLine joins the lines of a finding, whose hint is on a line of its own.
func oneLine(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "; ")
}

// refusedBecause is the refusal of a reload for one reason.
func refusedBecause(err error) error { return &monitor.ReloadError{Findings: []string{err.Error()}} }

// refusedByFindings is the refusal of a reload for the errors in cfg.
func refusedByFindings(cfg *config.Config) error {
	refusal := &monitor.ReloadError{}
	for _, f := range cfg.Findings() {
		if f.Severity == config.Error {
			refusal.Findings = append(refusal.Findings, f.String())
		}
	}
	return refusal
}

// setLogLevel changes the level until the next reload or start.
func (d *daemon) setLogLevel(level string) error {
	parsed, err := zap.ParseAtomicLevel(level)
	if err != nil {
		return errors.New("the level must be debug, info, warn or error")
	}
	d.console.level.SetLevel(parsed.Level())
	d.log.Warn("the log level was changed by the administrator; a reload sets it back", zap.String("level", level))
	return nil
}
