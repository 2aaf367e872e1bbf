package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/netutil"

	"appserver/internal/auth"
	"appserver/internal/certs"
	"appserver/internal/config"
	"appserver/internal/datadir"
	"appserver/internal/host"
	"appserver/internal/httpport"
	"appserver/internal/license"
	"appserver/internal/logging"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
	"appserver/internal/rpc"
	"appserver/internal/store"
)

// logQueue is how many log records may wait for whoever reads them.
const logQueue = 8192

// serve is the daemon: it returns when a signal, the administrator or the end of
// stop has ended it. SIGINT and SIGTERM end it in order, a second one at once;
// SIGHUP has it reload.
func (a *app) serve(stop <-chan struct{}) error {
	signals := make(chan os.Signal, 2)
	if stop == nil { // a service of Windows would get SIGTERM when somebody logs off
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Ignore(syscall.SIGHUP) // one that comes late must not kill
	signal.Ignore(syscall.SIGPIPE)      // whoever reads the log may go away

	load, err := a.loader()
	if err != nil {
		return err
	}
	cfg, err := load()
	if err != nil {
		return err
	}
	if cfg.Err() != nil { // to be told with everything else that is wrong, and nothing touched
		return unusable(cfg, newSecurity(cfg, localFolder(cfg.General.DataPath)))
	}
	dir, err := openData(cfg)
	if err != nil {
		return err
	}
	defer dir.Close()
	renewed, renewErr := renewAtStart(localFolder(dir.Path("")))
	security := newSecurity(cfg, localFolder(dir.Path("")))
	if err := unusable(cfg, security); err != nil {
		return err
	}

	console := newConsole(a.stdout, zap.NewAtomicLevel())
	commit, err := console.prepare(cfg)
	if err != nil {
		return &exitError{exitConfig, err}
	}
	if err := commit(); err != nil {
		return err
	}
	defer console.close()
	out := logging.NewAsync(console.sink, logQueue, logging.LostRecord(cfg.General.LogFormat))
	defer out.Close(time.Second)
	log := logging.New(out, cfg.General.LogFormat, console.level)
	db, err := openStore(context.Background(), cfg)
	if err != nil {
		log.Named("server").Error("cannot start: " + oneLine(err.Error()))
		return err
	}
	defer db.Close()
	d := newDaemon(load, cfg, security, dir, db, console, log)
	d.logStart()
	d.logRenewal(renewed, renewErr)
	defer d.close()
	if err := d.open(); err != nil {
		// Also for whoever reads only the log; the terminal gets it from run.
		d.log.Error("cannot start: " + oneLine(err.Error()))
		return err
	}
	return d.serve(signals, hangups, stop)
}

// unusable is the error of a configuration that cannot be served with, nil if it
// can.
func unusable(cfg *config.Config, s *security) error {
	checkLogFile(cfg)
	err := cfg.Err()
	if err == nil {
		return nil
	}
	code := exitConfig
	if s.clock { // a service manager tries again: the clock may be set meanwhile
		code = exitFailed
	}
	return &exitError{code, fmt.Errorf("%w\nappserver config check lists all findings", err)}
}

// loader returns a function that reads the configuration, always from the same
// place: a file that is missing later must not be taken for one that nobody
// wanted, with defaults that guard less.
func (a *app) loader() (func() (*config.Config, error), error) {
	path, err := a.findConfig()
	if err == nil && path != "" {
		path, err = filepath.Abs(path)
	}
	return func() (*config.Config, error) { return a.loadFile(path) }, err
}

func openData(cfg *config.Config) (*datadir.Dir, error) {
	dir, err := datadir.Open(cfg.General.DataPath)
	if err != nil {
		return nil, fmt.Errorf("[General] DataPath: %w", err)
	}
	return dir, nil
}

// daemon is one run of the server: everything that is open.
type daemon struct {
	apiServer // HTTP APIs of programs, and what it shares with the rest

	load    func() (*config.Config, error) // the configuration anew
	console *console
	log     *zap.Logger
	started time.Time
	notify  *notifier

	dir        *datadir.Dir
	ports      []net.Listener
	inherited  bool         // the ports came from the service manager
	operations net.Listener // nil: switched off, or its default address is taken
	admin      *monitor.AdminListener
	closeAdmin func() error

	pair   *certs.Store // nil: the port is plain
	watch  *certs.Watcher
	misses certs.Misses

	host  *host.Host
	jobs  *host.Jobs
	store *store.Store
	users *auth.Users   // one for all, so that passwords are hashed within its bounds
	guess auth.Throttle // of credentials, whoever takes them

	grants   *auth.Grants     // tokens of users
	licenses *license.Control // of requests of HTTP APIs

	outbound outbound // HTTP requests of programs

	rpc *rpc.Server // calls of programs; nil until the port is made

	port  *mpp.Server
	http  []*httpport.Server
	pages atomic.Pointer[http.Handler]

	readiness monitor.Readiness
	stop      chan struct{} // closed when the administrator wants the end

	lastReload atomic.Pointer[monitor.ReloadState]
}

// state is what a reload replaces as a whole.
type state struct {
	cfg      *config.Config
	security *security
	tls      *tls.Config // of the port; nil: plain
	upstream *tls.Config // of connections to [MPP] Upstream as it was at the start; nil: plain
}

func newDaemon(load func() (*config.Config, error), cfg *config.Config, s *security, dir *datadir.Dir, db *store.Store, c *console, log *zap.Logger) *daemon {
	d := &daemon{
		apiServer: apiServer{boot: cfg, root: log, metrics: newMetrics(), reloading: newSlot()},
		load:      load, console: c, log: log.Named("server"), started: time.Now(),
		notify: newNotifier(os.Getenv), dir: dir, stop: make(chan struct{}),
	}
	d.exchanged = func() { d.metrics.SetCertificates(d.certificatesInUse()) }
	setEffectiveVersions(cfg, s.outgoing)
	first := &state{cfg: cfg, security: s, upstream: s.upstreamConfig(cfg)}
	if s.pair != nil {
		d.pair = certs.NewStore(s.pair)
		d.watch = d.newWatcher(s)
		first.tls = d.serverConfig(s)
	}
	d.now.Store(first)
	d.store = db
	d.users = d.newUsers(cfg)
	d.host = d.newHost()
	d.jobs = host.NewJobs(d.host)
	d.grants, d.licenses = d.newGrants(), d.newLicenses()
	d.rest = d.newREST()
	return d
}

// open opens everything that can fail for reasons outside, before any of it is
// served. What was opened is left for close.
func (d *daemon) open() (err error) {
	if err := d.firstUsers(context.Background()); err != nil {
		return err
	}
	if err := d.openPorts(); err != nil {
		return err
	}
	if err := d.openAPIs(); err != nil {
		return err
	}
	if err := d.openOperations(); err != nil {
		return err
	}
	d.admin, d.closeAdmin, err = monitor.ListenAdmin(d.dir.Path(""))
	return err
}

// openPorts opens the port, or takes it over from the service manager.
func (d *daemon) openPorts() (err error) {
	if d.ports, err = inheritedListeners(); err != nil {
		return err
	}
	if d.inherited = len(d.ports) > 0; d.inherited {
		for _, l := range d.ports {
			d.log.Info("the service manager opened the port; [TCP] Port and IP are not used", zap.Stringer("address", l.Addr()))
		}
		return nil
	}
	for _, address := range d.boot.Listen.Addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("[%s] Port and IP: %w%s", d.boot.Listen.Section, err, listenHint(err))
		}
		d.ports = append(d.ports, l)
	}
	return nil
}

// listenHint says how to mend the common reasons why an address cannot be had.
func listenHint(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "; another program listens there (ss -ltnp tells which): stop it, or choose another port"
	case errors.Is(err, syscall.EACCES):
		return "; ports below 1024 need a privilege: choose another port, or give the service CAP_NET_BIND_SERVICE"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "; it is no address of this machine: correct IP, or leave it empty for all"
	default:
		return ""
	}
}

// maxOperations bounds the connections for metrics, whose descriptors the port
// would miss.
const maxOperations = 32

// openOperations opens the listener for metrics. If nobody chose its address, a
// second server on the same machine must not fail for it.
func (d *daemon) openOperations() (err error) {
	if !d.boot.Metrics.Enable {
		return nil
	}
	d.operations, err = net.Listen("tcp", d.boot.Metrics.Listen)
	switch {
	case err == nil:
		d.operations = netutil.LimitListener(d.operations, maxOperations)
		return nil
	case d.boot.Metrics.Explicit:
		return fmt.Errorf("[Metrics] Listen: %w%s", err, listenHint(err))
	default:
		d.operations = nil
		d.log.Warn("no metrics and readiness: the default address is taken; set [Metrics] Listen to another, or Enable=0", zap.Error(err))
		return nil
	}
}

// close closes what open has opened; whatever has served it is done.
func (d *daemon) close() {
	d.told(d.notify.Close())
	for _, l := range d.ports {
		l.Close()
	}
	for _, api := range d.apis {
		for _, l := range api.ports {
			l.Close()
		}
	}
	if d.operations != nil {
		d.operations.Close()
	}
	if d.closeAdmin != nil {
		d.logError("closing the administration socket", d.closeAdmin())
	}
}

// serve runs all servers until a signal, the administrator or the end of stop
// ends them, or one of them fails.
func (d *daemon) serve(signals, hangups <-chan os.Signal, stop <-chan struct{}) error {
	d.startPrograms(context.Background())
	if err := d.newPort(); err != nil {
		return err
	}
	d.setJobs(d.boot) // before anybody can reload
	doors := d.doors()
	var running sync.WaitGroup
	failed := d.accept(&running, doors)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, work := range []func(context.Context){d.watchCertificates, d.maintainCertificates, d.watchPrograms, d.keepAlive, d.dismissCallers, d.paceCollector, d.licenses.Run} {
		running.Go(func() { work(ctx) })
	}
	running.Go(func() { d.reloadOn(ctx, hangups) })
	d.readiness.Set(true)
	d.logReady()

	err := d.await(signals, stop, failed)
	if drainErr := d.drain(signals); err == nil {
		err = drainErr
	}
	cancel()
	for _, door := range doors {
		door.close()
	}
	if !waitAtMost(endTimeout, &running) {
		d.log.Error("something hangs, such as a disk; the process ends without it")
	}
	d.log.Info("appserver has ended", zap.Duration("after", time.Since(d.started).Round(time.Millisecond)))
	return err
}

// doors are the listeners beside the port that are for the administrator.
func (d *daemon) doors() []*door {
	doors := []*door{{name: "administration", server: d.newAdmin(), l: d.admin}}
	if d.operations != nil {
		log := d.root.Named("operations")
		handler := monitor.OperationsHandler(d.metrics, d.readiness.Err, log)
		doors = append(doors, &door{name: "operations", server: monitor.Server(handler, log), l: d.operations})
	}
	return doors
}

// accept serves the port, the listeners of HTTP APIs and the doors in goroutines of running.
// Those that fail send why.
func (d *daemon) accept(running *sync.WaitGroup, doors []*door) <-chan error {
	failed := make(chan error, 1+len(d.apis)+len(doors))
	running.Go(func() {
		if err := d.port.Serve(d.ports...); !errors.Is(err, mpp.ErrServerClosed) {
			failed <- err
		}
	})
	for _, l := range d.apis {
		running.Go(func() {
			if err := l.port.Serve(l.ports...); !errors.Is(err, mpp.ErrServerClosed) {
				failed <- fmt.Errorf("[%s]: %w", l.boot.Section, err)
			}
		})
	}
	for _, door := range doors {
		running.Go(func() {
			if err := door.server.Serve(door.l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s listener: %w", door.name, err)
			}
		})
	}
	return failed
}

// keepAlive tells the service manager's watchdog, if there is one, that the port
// goes on accepting.
func (d *daemon) keepAlive(ctx context.Context) {
	interval, ok := d.notify.WatchdogInterval()
	if !ok {
		return
	}
	tick := time.NewTicker(interval / 4) // a hang is found out within one interval
	defer tick.Stop()
	for {
		if err := d.stuck(interval); err != nil {
			d.log.Error("the port hangs; the service manager will restart the server", zap.Error(err))
		} else {
			d.told(d.notify.Watchdog())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// stuck returns what has hung for longer than limit, of the port and of the listeners of
// their own.
func (d *daemon) stuck(limit time.Duration) error {
	faults := []error{d.port.Stuck(limit)}
	for _, l := range d.listeners() {
		faults = append(faults, l.port.Stuck(limit))
	}
	return errors.Join(faults...)
}

// door is one of the listeners beside the port.
type door struct {
	name   string
	server *http.Server
	l      net.Listener
}

// close ends the door after the answers under way, or without them.
func (d *door) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if d.server.Shutdown(ctx) != nil {
		d.server.Close()
	}
}

// localFolder is where the local authority is.
func (d *daemon) localFolder() string { return localFolder(d.dir.Path("")) }
