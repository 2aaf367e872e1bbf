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
	"runtime"
	"strings"
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
	"appserver/internal/rest"
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
	load    func() (*config.Config, error) // the configuration anew
	boot    *config.Config                 // what it was at the start; it holds for keys that need a restart
	now     atomic.Pointer[state]          // what is in force for the others
	console *console
	root    *zap.Logger // without a name
	log     *zap.Logger
	started time.Time
	metrics *monitor.Metrics
	notify  *notifier

	dir        *datadir.Dir
	ports      []net.Listener
	apis       []*apiListener // of HTTP APIs, beside the port
	inherited  bool           // the ports came from the service manager
	operations net.Listener   // nil: switched off, or its default address is taken
	admin      *monitor.AdminListener
	closeAdmin func() error

	pair   *certs.Store // nil: the port is plain
	watch  *certs.Watcher
	misses certs.Misses

	host  *host.Host
	rest  *rest.Server // HTTP APIs of programs
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

	reloading  slot // taken by the reload under way
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
		load: load, boot: cfg, console: c, root: log, log: log.Named("server"), started: time.Now(),
		metrics: newMetrics(), notify: newNotifier(os.Getenv), dir: dir, stop: make(chan struct{}), reloading: newSlot(),
	}
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

// cfg is the configuration in force for keys that a reload changes.
func (d *daemon) cfg() *config.Config { return d.now.Load().cfg }

// logStart says what is being started, and what to think of the configuration:
// warnings one by one, and the number of notices, which a file from the field
// has dozens of.
func (d *daemon) logStart() {
	d.log.Info("appserver starts", zap.String("version", programVersion()), zap.String("go", runtime.Version()),
		zap.Int("pid", os.Getpid()), zap.String("configuration", fileName(d.boot)))
	if notice := d.dir.Notice(); notice != "" {
		d.log.Warn(notice)
	}
	d.logFindings(d.boot)
	d.logPolicy(d.now.Load().security)
}

// logFindings says what to think of cfg.
func (d *daemon) logFindings(cfg *config.Config) {
	log := d.root.Named("config")
	notices := 0
	for _, f := range cfg.Findings() {
		if f.Severity == config.Warning {
			log.Warn(f.String())
			continue
		}
		notices++
		log.Debug(f.String())
	}
	if notices > 0 {
		log.Info("there are notices on the configuration; appserver config check lists them", zap.Int("notices", notices))
	}
}

func (d *daemon) logPolicy(s *security) {
	if s.server == nil {
		return
	}
	ssl := d.root.Named("ssl")
	if d.boot.General.LogFormat == logging.Classic {
		ssl.Info("[tSSLSocketAPI][Initialize] " + s.server.Classic())
	} else {
		ssl.Info("TLS policy", zap.Stringer("versions", s.server))
	}
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

func (d *daemon) logError(doing string, err error) {
	if err != nil {
		d.log.Error(doing, zap.Error(err))
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
	doors := []*door{{name: "administration", server: d.newAdmin(), l: d.admin}}
	if d.operations != nil {
		log := d.root.Named("operations")
		handler := monitor.OperationsHandler(d.metrics, d.readiness.Err, log)
		doors = append(doors, &door{name: "operations", server: monitor.Server(handler, log), l: d.operations})
	}

	failed := make(chan error, 1+len(d.apis)+len(doors))
	var running sync.WaitGroup
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
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, work := range []func(context.Context){d.watchCertificates, d.maintainCertificates, d.watchPrograms, d.keepAlive, d.paceCollector, d.licenses.Run} {
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
	for _, l := range d.apis {
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

// endTimeout is how long the end waits for what ends by itself.
const endTimeout = 5 * time.Second

// waitAtMost waits for wg, and reports whether that has ended in time.
func waitAtMost(timeout time.Duration, wg *sync.WaitGroup) bool {
	ended := make(chan struct{})
	go func() {
		wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(timeout):
		return false
	}
}

// await waits for the reason to end; it is nil if somebody wants the end.
func (d *daemon) await(signals <-chan os.Signal, stop <-chan struct{}, failed <-chan error) error {
	atMost := func() zap.Field { return zap.Duration("at_most", d.cfg().MPP.DrainTimeout) }
	select {
	case sig := <-signals:
		d.log.Info("stopping: signal received", zap.Stringer("signal", sig), atMost())
		return nil
	case <-stop:
		d.log.Info("stopping: the service manager asked for it", atMost())
		return nil
	case <-d.stop:
		d.log.Info("stopping: the administrator asked for it", atMost())
		return nil
	case err := <-failed:
		d.log.Error("a listener has failed; stopping", zap.Error(err))
		return err
	}
}

// sameSignal is how long after the first signal another one counts as the same:
// wrappers signal a process and its group at once.
const sameSignal = time.Second

// drain shuts the port and the programs down within [MPP] DrainTimeout. A second signal cuts at
// once and is an error.
func (d *daemon) drain(signals <-chan os.Signal) error {
	d.readiness.Drain()
	timeout := d.cfg().MPP.DrainTimeout
	d.told(d.notify.Stopping(timeout + stopSlack))
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- d.shutDown(ctx) }()
	begun := time.Now()
	for {
		select {
		case err := <-ended:
			if err != nil {
				d.log.Warn("not everything ended in time and was cut; [MPP] DrainTimeout sets the time", zap.Error(err))
			}
			return nil
		case sig := <-signals:
			if time.Since(begun) < sameSignal {
				continue
			}
			d.log.Warn("cutting everything: second signal received", zap.Stringer("signal", sig))
			cancel()
			d.port.Close()
			for _, l := range d.apis {
				l.port.Close()
			}
			select {
			case <-ended:
			case <-time.After(cutTimeout): // a program hangs, in a system call for instance
			}
			return &exitError{code: exitInterrupted}
		}
	}
}

// cutTimeout is how long a cut waits for programs that were told to end at once.
const cutTimeout = 2 * time.Second

// shutDown ends the port and the programs, each in order until ctx ends.
func (d *daemon) shutDown(ctx context.Context) error {
	var port, programs error
	var all sync.WaitGroup
	all.Go(func() { port = d.port.Shutdown(ctx) })
	cut := make([]error, len(d.apis))
	for i, l := range d.apis {
		all.Go(func() { cut[i] = l.port.Shutdown(ctx) })
	}
	all.Go(func() { d.jobs.Close(ctx) })
	all.Go(func() { _ = d.rest.Close(ctx) }) // what is late the host ends
	all.Go(func() { programs = d.host.Shutdown(ctx) })
	all.Wait()
	return errors.Join(append(cut, port, programs)...)
}

// stopSlack is what the stop may take beside the drain.
const stopSlack = 10 * time.Second

// logReady says where to point clients, and tells the service manager.
func (d *daemon) logReady() {
	secure, scheme := d.boot.Drivers.MultiProtocolPortSecure, "http"
	if secure {
		scheme = "https"
	}
	for _, l := range d.ports {
		d.log.Info("port is open", zap.Stringer("address", l.Addr()), zap.Bool("tls", secure))
	}
	for _, api := range d.apis {
		for _, l := range api.ports {
			d.log.Info("listener of HTTP APIs is open", zap.String("section", api.boot.Section), zap.Stringer("address", l.Addr()), zap.Bool("tls", api.pair != nil))
		}
	}
	if d.operations != nil {
		d.log.Info("metrics and readiness are open", zap.Stringer("address", d.operations.Addr()))
	}
	_, port, err := net.SplitHostPort(d.ports[0].Addr().String())
	if err == nil && d.boot.Drivers.MultiProtocolPort && d.boot.WebApp.Enable {
		d.log.Info("ready; a browser may go to " + scheme + "://" + net.JoinHostPort("localhost", port) + "/webapp")
	} else {
		d.log.Info("ready")
	}
	d.told(d.notify.Ready(d.serving()))
}

// serving is the state that the service manager shows.
func (d *daemon) serving() string {
	var addresses []string
	for _, l := range d.ports {
		addresses = append(addresses, l.Addr().String())
	}
	for _, api := range d.apis {
		for _, l := range api.ports {
			addresses = append(addresses, l.Addr().String())
		}
	}
	return "serving on " + strings.Join(addresses, ", ")
}

// localFolder is where the local authority is.
func (d *daemon) localFolder() string { return localFolder(d.dir.Path("")) }

// told takes the outcome of telling the service manager something.
func (d *daemon) told(err error) { d.logError("the service manager cannot be told", err) }
