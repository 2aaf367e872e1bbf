package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/net/netutil"

	"appserver/internal/config"
	"appserver/internal/datadir"
	"appserver/internal/logging"
	"appserver/internal/monitor"
	"appserver/internal/mpp"
)

// logQueue is how many log records may wait for whoever reads them.
const logQueue = 8192

// serve is the daemon: it returns when a signal, or the administrator, has ended
// it. SIGINT and SIGTERM end it in order, a second one at once.
func (a *app) serve() error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	signal.Ignore(syscall.SIGPIPE) // whoever reads the log may go away

	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	security := newSecurity(cfg)
	if err := cfg.Err(); err != nil {
		return &exitError{exitConfig, fmt.Errorf("%w\nappserver config check lists all findings", err)}
	}
	level, err := zap.ParseAtomicLevel(cfg.General.LogLevel)
	if err != nil {
		return &exitError{exitConfig, err}
	}
	out := logging.NewAsync(a.stdout, logQueue, logging.LostRecord(cfg.General.LogFormat))
	defer out.Close(time.Second)
	log := logging.New(out, cfg.General.LogFormat, level)
	d := &daemon{cfg: cfg, security: security, log: log.Named("server"), root: log, started: time.Now()}
	d.logStart()
	defer d.close()
	if err := d.open(); err != nil {
		// Also for whoever reads only the log; the terminal gets it from run.
		d.log.Error("cannot start", zap.Error(err))
		return err
	}
	return d.serve(signals)
}

// daemon is one run of the server: everything that is open.
type daemon struct {
	cfg      *config.Config
	security *security
	root     *zap.Logger // without a name
	log      *zap.Logger
	started  time.Time

	dir        *datadir.Dir
	ports      []net.Listener
	operations net.Listener // nil: switched off, or its default address is taken
	admin      *monitor.AdminListener
	closeAdmin func() error

	readiness monitor.Readiness
	stop      chan struct{} // closed when the administrator wants the end
}

// logStart says what is being started, and what to think of the configuration:
// warnings one by one, and the number of notices, which a file from the field
// has dozens of.
func (d *daemon) logStart() {
	d.log.Info("appserver starts", zap.String("version", programVersion()), zap.String("go", runtime.Version()),
		zap.Int("pid", os.Getpid()), zap.String("configuration", fileName(d.cfg)))
	configuration := d.root.Named("config")
	notices := 0
	for _, f := range d.cfg.Findings() {
		if f.Severity == config.Warning {
			configuration.Warn(f.String())
			continue
		}
		notices++
		configuration.Debug(f.String())
	}
	if notices > 0 {
		configuration.Info("there are notices on the configuration; appserver config check lists them", zap.Int("notices", notices))
	}
	if policy := d.security.server; policy != nil {
		ssl := d.root.Named("ssl")
		if d.cfg.General.LogFormat == logging.Classic {
			ssl.Info("[tSSLSocketAPI][Initialize] " + policy.Classic())
		} else {
			ssl.Info("TLS policy", zap.String("versions", policy.Classic()))
		}
	}
}

// open opens everything that can fail for reasons outside, before any of it is
// served. What was opened is left for close.
func (d *daemon) open() (err error) {
	d.stop = make(chan struct{})
	if d.dir, err = datadir.Open(d.cfg.General.DataPath); err != nil {
		return fmt.Errorf("[General] DataPath: %w", err)
	}
	if notice := d.dir.Notice(); notice != "" {
		d.log.Warn(notice)
	}
	for _, address := range d.cfg.Listen.Addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("[%s] Port and IP: %w%s", d.cfg.Listen.Section, err, listenHint(err))
		}
		d.ports = append(d.ports, l)
	}
	if err := d.openOperations(); err != nil {
		return err
	}
	d.admin, d.closeAdmin, err = monitor.ListenAdmin(d.dir.Path(""))
	return err
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
	if !d.cfg.Metrics.Enable {
		return nil
	}
	d.operations, err = net.Listen("tcp", d.cfg.Metrics.Listen)
	switch {
	case err == nil:
		d.operations = netutil.LimitListener(d.operations, maxOperations)
		return nil
	case d.cfg.Metrics.Explicit:
		return fmt.Errorf("[Metrics] Listen: %w%s", err, listenHint(err))
	default:
		d.operations = nil
		d.log.Warn("no metrics and readiness: the default address is taken; set [Metrics] Listen to another, or Enable=0", zap.Error(err))
		return nil
	}
}

// close closes what open has opened; whatever has served it is done.
func (d *daemon) close() {
	for _, l := range d.ports {
		l.Close()
	}
	if d.operations != nil {
		d.operations.Close()
	}
	if d.closeAdmin != nil {
		d.logError("closing the administration socket", d.closeAdmin())
	}
	if d.dir != nil {
		d.logError("giving up the data folder", d.dir.Close())
	}
}

func (d *daemon) logError(doing string, err error) {
	if err != nil {
		d.log.Error(doing, zap.Error(err))
	}
}

// serve runs all servers until a signal or the administrator ends them, or one
// of them fails.
func (d *daemon) serve(signals <-chan os.Signal) error {
	metrics := newMetrics()
	port, err := d.newPort(metrics)
	if err != nil {
		return err
	}
	admin := d.newAdmin(metrics)
	doors := []*door{
		{name: "administration", server: admin, l: d.admin},
	}
	if d.operations != nil {
		handler := monitor.OperationsHandler(metrics, d.readiness.Err)
		doors = append(doors, &door{name: "operations", server: monitor.Server(handler, d.root.Named("operations")), l: d.operations})
	}

	failed := make(chan error, 1+len(doors))
	var running sync.WaitGroup
	running.Go(func() {
		if err := port.Serve(d.ports...); !errors.Is(err, mpp.ErrServerClosed) {
			failed <- err
		}
	})
	for _, door := range doors {
		running.Go(func() {
			if err := door.server.Serve(door.l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s listener: %w", door.name, err)
			}
		})
	}
	d.readiness.Set(true)
	d.logReady()

	err = d.await(signals, failed)
	if drainErr := d.drain(port, signals); err == nil {
		err = drainErr
	}
	for _, door := range doors {
		door.server.Close()
	}
	running.Wait()
	d.log.Info("appserver has ended", zap.Duration("after", time.Since(d.started).Round(time.Millisecond)))
	return err
}

// door is one of the listeners beside the port.
type door struct {
	name   string
	server *http.Server
	l      net.Listener
}

// await waits for the reason to end; it is nil if somebody wants the end.
func (d *daemon) await(signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case sig := <-signals:
			if sig == syscall.SIGHUP { // asks other daemons to reload; must not end this one
				d.log.Warn("SIGHUP changes nothing: restart to apply changes")
				continue
			}
			d.log.Info("stopping: signal received", zap.Stringer("signal", sig), zap.Duration("at_most", d.cfg.MPP.DrainTimeout))
			return nil
		case <-d.stop:
			d.log.Info("stopping: the administrator asked for it", zap.Duration("at_most", d.cfg.MPP.DrainTimeout))
			return nil
		case err := <-failed:
			d.log.Error("a listener has failed; stopping", zap.Error(err))
			return err
		}
	}
}

// sameSignal is how long after the first signal another one counts as the same:
// wrappers signal a process and its group at once.
const sameSignal = time.Second

// drain shuts the port down within [MPP] DrainTimeout. A second signal cuts at
// once and is an error.
func (d *daemon) drain(port *mpp.Server, signals <-chan os.Signal) error {
	d.readiness.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), d.cfg.MPP.DrainTimeout)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- port.Shutdown(ctx) }()
	begun := time.Now()
	for {
		select {
		case err := <-ended:
			if err != nil {
				d.log.Warn("not everything ended in time and was cut; [MPP] DrainTimeout sets the time", zap.Error(err))
			}
			return nil
		case sig := <-signals:
			if sig == syscall.SIGHUP || time.Since(begun) < sameSignal {
				continue
			}
			d.log.Warn("cutting everything: second signal received", zap.Stringer("signal", sig))
			cancel()
			port.Close()
			<-ended
			return &exitError{code: exitInterrupted}
		}
	}
}

// logReady says where to point clients.
func (d *daemon) logReady() {
	secure, scheme := d.cfg.Drivers.MultiProtocolPortSecure, "http"
	if secure {
		scheme = "https"
	}
	for _, l := range d.ports {
		d.log.Info("port is open", zap.Stringer("address", l.Addr()), zap.Bool("tls", secure))
	}
	if d.operations != nil {
		d.log.Info("metrics and readiness are open", zap.Stringer("address", d.operations.Addr()))
	}
	_, port, err := net.SplitHostPort(d.ports[0].Addr().String())
	if err == nil && d.cfg.Drivers.MultiProtocolPort && d.cfg.WebApp.Enable {
		d.log.Info("ready; a browser may go to " + scheme + "://" + net.JoinHostPort("localhost", port) + "/webapp")
	} else {
		d.log.Info("ready")
	}
}
