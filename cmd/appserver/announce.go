package main

import (
	"net"
	"os"
	"runtime"
	"strings"

	"go.uber.org/zap"

	"appserver/internal/config"
	"appserver/internal/logging"
)

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
	for _, api := range d.listeners() {
		for _, l := range api.ports {
			addresses = append(addresses, l.Addr().String())
		}
	}
	return "serving on " + strings.Join(addresses, ", ")
}

// told takes the outcome of telling the service manager something.
func (d *daemon) told(err error) { d.logError("the service manager cannot be told", err) }

func (d *daemon) logError(doing string, err error) {
	if err != nil {
		d.log.Error(doing, zap.Error(err))
	}
}
