package rest

import (
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/host"
)

// poolMethods tell of what serves the request. Programs cannot change it.
var poolMethods = map[string]method{
	"GETTHREADPOOLNAME":                textOf(func(s *exchange.Service) string { return s.Pool }),
	"GETTHREADPOOLID":                  numberOf(func(s *exchange.Service) int { return s.PoolID }),
	"GETTHREADPOOLTYPE":                textOf(func(*exchange.Service) string { return "THREADPOOL" }),
	"GETTHREADPOOLSTATUS":              numberOf(func(*exchange.Service) int { return poolStarted }),
	"GETTHREADPOOLENVIRONMENT":         (*request).getEnvironment,
	"GETTHREADPOOLMINTHREADS":          numberOf(func(s *exchange.Service) int { return s.Min }),
	"GETTHREADPOOLMAXTHREADS":          numberOf(func(s *exchange.Service) int { return s.Max }),
	"GETTHREADPOOLMINFREETHREADS":      numberOf(func(s *exchange.Service) int { return s.MinFree }),
	"GETTHREADPOOLGROWTHFACTOR":        numberOf(func(s *exchange.Service) int { return s.Growth }),
	"GETTHREADPOOLINACTIVETIMEOUT":     numberOf(func(s *exchange.Service) int { return milliseconds(s.Inactive) }),
	"GETTHREADPOOLACCEPTTIMEOUT":       numberOf(func(s *exchange.Service) int { return milliseconds(s.Accept) }),
	"GETTHREADPOOLSLAVES":              (*request).getSlaves,
	"GETTHREADPOOLSERVICEID":           numberOf(func(s *exchange.Service) int { return s.ServerID }),
	"GETTHREADPOOLSERVICENAME":         textOf(func(s *exchange.Service) string { return s.Server }),
	"GETTHREADPOOLSERVICEPORT":         numberOf(func(s *exchange.Service) int { return s.Port }),
	"GETTHREADPOOLSERVICESSL":          (*request).getTLS,
	"GETTHREADPOOL_SVCID_TPTYPE":       textOf(func(s *exchange.Service) string { return s.Server + "_THREADPOOL" }),
	"GETTHREADPOOLAUTHORIZATIONSCHEME": textOf(func(s *exchange.Service) string { return s.Scheme }),
	"GETTHREADPOOLAUTHORIZATIONONAUTH": textOf(func(s *exchange.Service) string { return s.OnAuth }),
	"GETTHREADPOOLUSEREXITNAME":        textOf(func(s *exchange.Service) string { return s.Exits.Section }),
	"GETTHREADPOOLUSEREXITONSTART":     textOf(func(s *exchange.Service) string { return s.Exits.OnStart }),
	"GETTHREADPOOLUSEREXITONSTOP":      textOf(func(s *exchange.Service) string { return s.Exits.OnStop }),
	"GETTHREADPOOLUSEREXITONSELECT":    textOf(func(s *exchange.Service) string { return s.Exits.OnSelect }),
	"GETTHREADPOOLUSEREXITONERROR":     textOf(func(s *exchange.Service) string { return s.Exits.OnError }),
	"GETTHREADPOOLTLPPDATA":            dataOf(func(s *exchange.Service) string { return s.TlppData }),
	"GETTHREADPOOLUSERDATA":            dataOf(func(s *exchange.Service) string { return s.UserData }),
	"GETTHREADPOOLSERVERUSERDATA":      dataOf(func(s *exchange.Service) string { return s.ServerUserData }),
	"GETSERVERTLPPDATA":                dataOf(func(s *exchange.Service) string { return s.ServerTlppData }),

	"GETCENTRYPOINTAUTHORIZATIONONAUTH": textOf(func(s *exchange.Service) string { return s.OnAuth }),
	"GETCENTRYPOINTAUTHORIZATIONSCHEME": textOf(func(s *exchange.Service) string { return s.Scheme }),
	"GETCENTRYPOINTENVIRONMENT":         textOf(func(s *exchange.Service) string { return s.Exits.OnStart }),
	"GETCENTRYPOINTERROR":               textOf(func(s *exchange.Service) string { return s.Exits.OnError }),
	"GETCENTRYPOINTEXIT":                textOf(func(s *exchange.Service) string { return s.Exits.OnStop }),
	"GETCENTRYPOINTGRADER":              textOf(func(s *exchange.Service) string { return s.Exits.OnSelect }),
	"GETLENTRYPOINTAUTHORIZATION":       isSet(func(s *exchange.Service) string { return s.OnAuth }),
	"GETLENTRYPOINTENVIRONMENT":         isSet(func(s *exchange.Service) string { return s.Exits.OnStart }),
	"GETLENTRYPOINTERROR":               isSet(func(s *exchange.Service) string { return s.Exits.OnError }),
	"GETLENTRYPOINTEXIT":                isSet(func(s *exchange.Service) string { return s.Exits.OnStop }),
	"GETLENTRYPOINTGRADER":              isSet(func(s *exchange.Service) string { return s.Exits.OnSelect }),
}

// poolStarted is the status of a pool that runs: 0 is stopped, 1 starting, 3 stopping.
const poolStarted = 2

func milliseconds(d time.Duration) int { return int(d.Milliseconds()) }

// service returns what is known of what serves the request.
func (r *request) service() *exchange.Service {
	if r.x.Service != nil {
		return r.x.Service
	}
	return new(exchange.Service)
}

// textOf is a method that returns a text about the service.
func textOf(of func(*exchange.Service) string) method {
	return func(r *request, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
		return fromUTF8(t, of(r.service()))
	}
}

// numberOf is a method that returns a number about the service.
func numberOf(of func(*exchange.Service) int) method {
	return func(r *request, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
		return vm.Int(of(r.service())), nil
	}
}

// isSet is a method that tells whether the service has a function for something.
func isSet(of func(*exchange.Service) string) method {
	return func(r *request, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
		return vm.Bool(of(r.service()) != ""), nil
	}
}

// dataOf is a method that returns data of the configuration as a JSON object: a new one
// each time, so that no program changes what another one gets. Without data, and if it is
// no JSON, the object is empty.
func dataOf(of func(*exchange.Service) string) method {
	return func(r *request, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
		data := lib.FromUTF8(of(r.service()))
		if data == "" {
			return lib.NewJSON(t)
		}
		o, err := lib.ParseJSON(t, data)
		if stop := t.Poll(); stop != nil {
			return vm.Value{}, stop
		}
		if err != nil || o.Kind() != vm.Object {
			return lib.NewJSON(t)
		}
		return o, nil
	}
}

// getEnvironment returns the name of the environment.
func (r *request) getEnvironment(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	if th, ok := host.ThreadOf(t); ok {
		return fromUTF8(t, th.Environment())
	}
	return fromUTF8(t, r.service().Environment)
}

// getSlaves returns an empty array: pools have no slaves here.
func (r *request) getSlaves(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	return lib.NewHold(t).Array()
}

// getTLS tells whether the request came over TLS.
func (r *request) getTLS(*vm.Thread, string, vm.Args) (vm.Value, error) {
	return vm.Bool(r.x.Secure || r.service().TLS), nil
}

// getThreadID returns the number of the thread.
func (r *request) getThreadID(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	if th, ok := host.ThreadOf(t); ok {
		return vm.Num(float64(th.ID())), nil
	}
	return vm.Int(0), nil
}
