package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/host"
	nativerest "appserver/internal/natives/rest"
	"appserver/internal/rest"
	"appserver/internal/rest/access"
)

// commandServers are the HTTP servers that the programs of a command start. Its methods may
// be called from any goroutine.
type commandServers struct {
	cfg     *config.Config
	anybody bool // may call, as apiServer has it

	mu   sync.Mutex // guards what follows
	host *host.Host
	log  *zap.Logger
	s    *apiServer // nil: no program has asked for one
}

// attach says whose programs start servers, and what their environment is.
func (c *commandServers) attach(h *host.Host, e host.Environment, log *zap.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.host, c.log = h, log
	known := slices.ContainsFunc(c.cfg.Environments, func(other config.Environment) bool { return strings.EqualFold(other.Name, e.Name) })
	if !known {
		cfg := *c.cfg
		cfg.Environments = append(slices.Clone(cfg.Environments), config.Environment{Name: e.Name, RootPath: e.Root})
		c.cfg = &cfg
	}
}

// Start implements nativerest.Servers.
func (c *commandServers) Start(ctx context.Context, by *host.Thread, n nativerest.Start) error {
	return c.open().Start(ctx, by, n)
}

// Stop implements nativerest.Servers.
func (c *commandServers) Stop(ctx context.Context, token any, names []string) error {
	return c.open().Stop(ctx, token, names)
}

// open returns what serves, made the first time.
func (c *commandServers) open() *apiServer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.s == nil {
		c.s = c.make()
	}
	return c.s
}

// make makes what serves: callers are the users of the configuration's store, who show name
// and password.
func (c *commandServers) make() *apiServer {
	s := &apiServer{boot: c.cfg, root: c.log, metrics: newMetrics(), anybody: c.anybody, reloading: newSlot(), exchanged: func() {}}
	scratch := *c.cfg // takes findings on TLS, which concern nobody who uses none
	s.now.Store(&state{cfg: c.cfg, security: newPortSecurity(&scratch, localFolder(c.cfg.General.DataPath))})
	users, log := lazyUsers(c.cfg), c.log.Named(partREST)
	s.rest = rest.New(rest.Options{
		Host: c.host, Dispatch: nativerest.Dispatch, Optional: config.OriginalFunction,
		Routes: routeOptions, Run: runBeforehand, Name: "appserver", Version: programVersion(), Built: buildTime(),
		Permit: users.permit, Secure: isSecure, Log: log,
	})
	s.rest.Configure(rest.Config{Door: access.New(access.Options{Check: users.check, Throttle: new(auth.Throttle), Secure: isSecure, Log: log})})
	if commit, err := s.rest.Prepare(c.host.Generation()); err == nil { // nothing is served yet that could be wrong
		commit()
	}
	return s
}

// running returns the servers that have not ended.
func (c *commandServers) running() []*started {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.s == nil {
		return nil
	}
	return c.s.programmed.unended()
}

// await waits until there is no server any more, or ctx ends; it tells people on stderr where
// the servers are.
func (c *commandServers) await(ctx context.Context, stderr io.Writer) {
	told := false
	for list := c.running(); len(list) > 0 && ctx.Err() == nil; list = c.running() {
		if !told {
			fmt.Fprintf(stderr, "serving %s; Ctrl-C ends it\n", strings.Join(addressesOf(list), ", "))
			told = true
		}
		select {
		case <-list[0].ended:
		case <-ctx.Done():
		}
	}
}

// addressesOf returns where the servers are, for people.
func addressesOf(list []*started) (addresses []string) {
	for _, g := range list {
		scheme := "http"
		if g.api.pair != nil {
			scheme = "https"
		}
		for _, l := range g.api.ports {
			addresses = append(addresses, scheme+"://"+l.Addr().String())
		}
	}
	return addresses
}

// close ends the servers with what they answer.
func (c *commandServers) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.s == nil {
		return
	}
	for _, l := range c.s.programmed.close() {
		_ = l.port.Close()
	}
}
