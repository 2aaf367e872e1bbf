package main

import (
	"cmp"
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/exchange"
	"appserver/internal/httpport"
	"appserver/internal/license"
	nativerest "appserver/internal/natives/rest"
	"appserver/internal/rest"
	"appserver/internal/rest/access"
	"appserver/internal/rest/route"
)

// newREST makes the server of HTTP APIs, which serves nothing before programs are prepared.
func (d *daemon) newREST() *rest.Server {
	s := rest.New(rest.Options{
		Host: d.host, Dispatch: nativerest.Dispatch, Optional: config.OriginalFunction,
		Routes: routeOptions, Run: runBeforehand, Ready: d.readiness.Err, Name: d.serverName(), Version: programVersion(), Built: buildTime(),
		Permit: d.users.Permit, Secure: isSecure, Licenses: d.licenses, Observe: d.restAnswered, Log: d.root.Named(partREST),
	})
	d.host.Depend(s)
	return s
}

// runBeforehand runs a function of a program that is not in force yet.
func runBeforehand(p *vm.Program, function string, args ...vm.Value) error {
	_, err := runForRoutes(p, function, nil, args...)
	return err
}

// partREST is the part of the server that serves HTTP APIs, in logs.
const partREST = "rest"

// restAnswered counts a request.
func (d *daemon) restAnswered(o rest.Outcome) {
	d.metrics.RESTAnswered(o.Mount, o.Model, o.Status, o.Refused, o.Duration)
}

// newGrants makes what gives out tokens.
func (d *daemon) newGrants() *auth.Grants {
	return auth.NewGrants(auth.GrantOptions{
		Store: d.store, Keys: auth.OpenKeys(d.dir.Path("")), Users: d.users,
		GrantTimes: grantTimes(d.boot), Log: d.root.Named("auth"),
	})
}

func grantTimes(cfg *config.Config) auth.GrantTimes {
	return auth.GrantTimes{AccessTime: cfg.Auth.AccessTokenTime, RefreshTime: cfg.Auth.RefreshTokenTime, KeyAge: cfg.Auth.KeyAge}
}

// newLicenses makes what counts licences.
func (d *daemon) newLicenses() *license.Control {
	log := d.root.Named("license")
	c, err := license.New(license.Options{Settings: licenseSettings(d.boot), Dir: d.dir.Path(""), Log: log})
	if err != nil { // the configuration was checked
		log.DPanic("the settings of licences are refused", zap.Error(err))
	}
	return c
}

func licenseSettings(cfg *config.Config) license.Settings {
	l := cfg.License
	s := license.Settings{
		Enable: l.Enable, Slots: map[int]int{}, PublicKey: l.PublicKey, Refresh: l.Refresh, Algorithms: l.Algorithms, Issuer: l.Issuer,
	}
	for _, slot := range l.Slots {
		s.Slots[slot.Slot] = slot.Count
	}
	return s
}

// door lets callers in by the rules of cfg.
func (d *daemon) door(cfg *config.Config) *access.Door {
	return access.New(access.Options{
		Check: d.users.Check, ChangePassword: d.users.ChangePassword, Grants: d.grants, Throttle: &d.guess, PasswordGrant: cfg.Auth.PasswordGrant, TokenStatus: cfg.Auth.TokenStatus,
		Secure:    isSecure,
		Forwarded: func(r *http.Request) bool { _, ok := httpport.Forwarded(r); return ok },
		Observe:   d.metrics.Accessed,
		Log:       d.root.Named("auth"),
	})
}

// isSecure tells whether the client's connection is encrypted, be it up to a trusted proxy.
func isSecure(r *http.Request) bool { return httpport.Scheme(r) == "https" }

// useREST puts in force what cfg says of those who call, after mounts and programs.
func (d *daemon) useREST(cfg *config.Config) {
	d.grants.Update(grantTimes(cfg))
	if err := d.licenses.Update(licenseSettings(cfg)); err != nil { // the configuration was checked
		d.root.Named("license").DPanic("the settings of licences are refused", zap.Error(err))
	}
}

// configureREST has the programs that are prepared next be served as cfg says, and as the
// servers go on that programs have started.
func (d *daemon) configureREST(cfg *config.Config, partial bool, going []goingOn) {
	c := restConfig(cfg)
	c.Partial, c.Door = partial, d.door(cfg)
	for _, g := range going {
		c.Listeners = append(c.Listeners, g.restListener(g.next))
	}
	d.rest.Configure(c)
}

// restConfig is what cfg says of HTTP APIs.
func restConfig(cfg *config.Config) rest.Config {
	c := rest.Config{ErrorDetail: cfg.General.RestErrorDetail}
	for i, l := range cfg.REST.Listeners {
		c.Listeners = append(c.Listeners, restListener(cfg, l, i+1))
	}
	return c
}

// restListener is what cfg says of a listener, which has the number id for programs.
func restListener(cfg *config.Config, l config.RESTListener, id int) rest.Listener {
	next := rest.Listener{Name: l.Section}
	loaded := map[*config.RESTRoute][]route.Loaded{} // once for all mounts that have them
	for j, m := range l.Mounts {
		mount := restMount(m, l.ContentTypes)
		mount.Routes = loadedRoutes(loaded, m.Routes)
		mount.Service = restService(cfg, l, m)
		mount.Service.ServerID, mount.Service.PoolID = id, j+1
		next.Mounts = append(next.Mounts, mount)
	}
	return next
}

// loadedRoutes are the routes without annotations of a mount, those in known if they are
// there.
func loadedRoutes(known map[*config.RESTRoute][]route.Loaded, routes []config.RESTRoute) []route.Loaded {
	if len(routes) == 0 {
		return nil
	}
	list := known[&routes[0]]
	if list != nil {
		return list
	}
	for _, r := range routes {
		list = append(list, route.Loaded{
			From: "[" + r.Section + "] LoadURNs", Method: r.Method, Path: r.Path, EndPoint: r.EndPoint, Class: r.Class, Function: r.Function,
		})
	}
	known[&routes[0]] = list
	return list
}

func restMount(m config.RESTMount, types map[string]string) rest.Mount {
	return rest.Mount{
		Name: m.Section, Path: m.Path, Only: m.Only, Environment: m.Environment, Pool: restPool(m),
		PrepareIn: m.Pool.PrepareIn, OnConnect: m.Pool.OnConnect,
		Security: m.Security, AllowBasic: m.AllowBasic, OnAuth: m.OnAuth,
		Public: m.Public, NoTenant: m.NoTenant, Bare: m.Bare, Methods: m.Methods, Stateless: m.Stateless,
		CORS:     rest.CORS(m.CORS),
		Exits:    rest.Exits{OnSelect: m.Exits.OnSelect, OnError: m.Exits.OnError, OnSend: m.Exits.OnSend, OnAllow: m.Exits.OnAllow, OnBlock: m.Exits.OnBlock},
		RootPath: m.RootPath, DefaultPage: m.DefaultPage, ContentTypes: types,
		Timeout: m.Timeout, MaxBody: m.MaxBody,
	}
}

// restService is what programs that a mount serves are told of it.
func restService(cfg *config.Config, l config.RESTListener, m config.RESTMount) *exchange.Service {
	p := m.Pool
	s := &exchange.Service{
		Server: m.Server, Port: l.Port, TLS: l.TLS != nil,
		Pool: p.Name, Environment: m.Environment,
		Min: p.Instances.Min, Max: p.Instances.Max, MinFree: p.Instances.MinFree, Growth: p.Instances.Increment,
		Inactive: p.Idle, Accept: p.Wait, OnAuth: m.OnAuth,
		Exits: exchange.Exits{
			Section: p.ExitsSection, OnStart: m.Exits.OnStart, OnStop: m.Exits.OnStop, OnSelect: m.Exits.OnSelect,
			OnError: m.Exits.OnError, OnBlock: m.Exits.OnBlock, OnAllow: m.Exits.OnAllow, OnSend: m.Exits.OnSend,
		},
		TlppData: p.TlppData, UserData: p.UserData, ServerTlppData: m.TlppData, ServerUserData: m.UserData,
	}
	if m.OnAuth != "" {
		s.Scheme = "basic"
	}
	if l.Section == "" {
		s.Port, s.TLS = listenPort(cfg), cfg.Drivers.MultiProtocolPortSecure
	}
	return s
}

// listenPort is the number of the multiprotocol port; 0 if it is not known before it is open.
func listenPort(cfg *config.Config) int {
	if len(cfg.Listen.Addresses) == 0 {
		return 0
	}
	_, port, _ := net.SplitHostPort(cfg.Listen.Addresses[0])
	n, _ := strconv.Atoi(port)
	return n
}

// restPool is the pool of a mount. User exits name what begins and ends its workers in their
// own way.
func restPool(m config.RESTMount) rest.Pool {
	p := m.Pool
	return rest.Pool{
		Name: "REST " + p.Name,
		Min:  p.Instances.Min, Max: p.Instances.Max, MinFree: p.Instances.MinFree, Increment: p.Instances.Increment,
		OnStart: cmp.Or(m.Exits.OnStart, p.OnStart), OnStop: cmp.Or(m.Exits.OnStop, p.OnExit),
		Idle: p.Idle, Wait: p.Wait, Queue: p.Queue, Expire: p.Expire, Spread: p.Spread,
	}
}

// restHandler is what a listener of HTTP APIs serves; what is mounted there changes with each
// reload.
func (d *apiServer) restHandler(listener string) http.Handler {
	return d.rest.Listener(listener, http.HandlerFunc(rest.NotFound))
}

// withREST puts what is mounted on the port in front of pages; the port's own paths stay.
func (d *daemon) withREST(pages http.Handler) http.Handler {
	mounted := d.rest.Listener("", pages)
	reserved := map[string]bool{}
	for _, root := range config.ReservedRoots() {
		reserved[root] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if reserved[first] {
			pages.ServeHTTP(w, r)
			return
		}
		mounted.ServeHTTP(w, r)
	})
}
