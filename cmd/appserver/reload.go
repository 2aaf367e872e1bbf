package main

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
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
			d.reload()
		case <-ctx.Done():
			return
		}
	}
}

// reload reads the configuration and the certificates again. All of the new is
// built and checked before any of it is used; if something is wrong the old stays
// whole, and the error, a *monitor.ReloadError, lists every fault. Connections
// that exist go on.
func (d *daemon) reload() (monitor.Reload, error) {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	if d.readiness.Draining() {
		return monitor.Reload{}, monitor.ErrDraining
	}
	d.told(d.notify.Reloading())
	defer func() { d.told(d.notify.Ready(d.serving())) }()
	result, err := d.tryReload()
	at := time.Now()
	outcome := &monitor.ReloadState{At: at, OK: err == nil}
	if err != nil {
		outcome.Message = err.Error()
		d.log.Error("nothing was reloaded: the old configuration stays", zap.Error(err))
	}
	d.lastReload.Store(outcome)
	d.metrics.ConfigReloaded(err == nil, at)
	return result, err
}

func (d *daemon) tryReload() (monitor.Reload, error) {
	old := d.now.Load()
	cfg, err := d.load()
	if err != nil {
		return monitor.Reload{}, refusedBecause(err)
	}
	next := &state{cfg: cfg, security: newSecurity(cfg, localFolder(d.dir.Path("")))}
	if cfg.Err() != nil {
		return monitor.Reload{}, refusedByFindings(cfg)
	}
	setEffectiveVersions(cfg, next.security.outgoing)
	useLog, discardLog, err := d.console.prepare(cfg)
	if err != nil {
		return monitor.Reload{}, refusedBecause(err)
	}
	d.prepareTLS(next, old)
	next.upstream = next.security.upstreamConfig(d.boot)
	// The last that can fail, and the first that changes something.
	if err := d.port.Update(d.portSettings(next)); err != nil {
		discardLog()
		return monitor.Reload{}, refusedBecause(err)
	}
	logErr := useLog()
	d.now.Store(next)
	for _, server := range d.http {
		server.SetTrustedProxies(cfg.MPP.TrustedProxies)
	}
	d.setPages(cfg)
	if d.pair != nil && next.security.pair != nil {
		d.watch.SetSource(next.security.portSource(), next.security.pair)
	}
	result := d.changes(old.cfg, cfg)
	if logErr != nil {
		d.log.Warn("the log file cannot be written", zap.Error(logErr))
		result.Warnings = append(result.Warnings, logErr.Error())
	}
	d.logReload(result, cfg)
	return result, nil
}

// prepareTLS sets the TLS configuration of next. That of old goes on if it comes
// to the same, so that sessions can be resumed. Whether there is TLS at all needs
// a restart to change.
func (d *daemon) prepareTLS(next, old *state) {
	switch {
	case old.tls == nil || next.security.server == nil:
		next.tls = old.tls
	case next.security.terms.equal(old.security.terms):
		next.tls = old.tls
	default:
		next.tls = d.serverConfig(next.security)
	}
}

func (d *daemon) serverConfig(s *security) *tls.Config {
	return s.serverConfig(d.pair, alpnProtocols(d.boot.Drivers.MultiProtocolPort), alpnRPC)
}

// portSettings are what s comes to for the port.
func (d *daemon) portSettings(s *state) mpp.Settings {
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

// changes lists what differs between the configuration that was in force and
// cfg, and what differs from the start and waits for a restart.
func (d *daemon) changes(old, cfg *config.Config) monitor.Reload {
	result := monitor.Reload{Changed: []monitor.Change{}, Restart: d.pending(cfg), Warnings: []string{}}
	for _, c := range config.Changes(old, cfg) {
		if c.Live {
			result.Changed = append(result.Changed, monitorChange(c))
		}
	}
	for _, f := range cfg.Findings() {
		if f.Severity == config.Warning {
			result.Warnings = append(result.Warnings, f.String())
		}
	}
	return result
}

// pending lists what cfg says otherwise than the configuration at the start, and
// what only a restart can change.
func (d *daemon) pending(cfg *config.Config) []monitor.Change {
	list := []monitor.Change{}
	for _, c := range config.Changes(d.boot, cfg) {
		if !c.Live {
			list = append(list, monitorChange(c))
		}
	}
	return list
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

// reloadForAdmin is reload for the administration socket.
func (d *daemon) reloadForAdmin(context.Context) (monitor.Reload, error) {
	d.log.Info("reloading: the administrator asked for it")
	return d.reload()
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
