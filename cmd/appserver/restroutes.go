package main

import (
	"context"
	"fmt"
	"time"

	"appserver/internal/advpl"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/config"
	"appserver/internal/host"
	"appserver/internal/rest"
	"appserver/internal/rest/access"
	"appserver/internal/rest/route"
)

// Bounds of a function that is run to learn of routes, before its programs are in force. It
// sees no files and no settings.
var routeLimits = vm.Limits{Steps: 1_000_000, Time: 5 * time.Second, Memory: 64 << 20, String: 4 << 20}

// runForRoutes runs a function of a program apart from the server, which brings the caps.
func runForRoutes(p *vm.Program, function string, caps host.Caps, args ...vm.Value) (vm.Value, error) {
	ctx, cancel := context.WithTimeout(context.Background(), routeLimits.Time)
	defer cancel()
	t := advpl.NewThread(p, vm.Options{Limits: routeLimits, Data: caps, Context: ctx})
	defer func() { _ = advpl.Release(t) }() // it could open nothing
	return t.Call(function, args...)
}

// declaredBy runs a Logix router function and returns the routes that it declares.
func declaredBy(p *vm.Program, function string) ([]route.Declaration, error) {
	var d route.Declarations
	_, err := runForRoutes(p, function, host.Caps{&d})
	return d.List(), err
}

// describedBy runs a function that describes a route, and returns its JSON.
func describedBy(p *vm.Program, function string) (string, error) {
	if _, native, ok := p.Lookup(function, nil); !ok || native {
		return "", fmt.Errorf("the programs have no function %s", function)
	}
	v, err := runForRoutes(p, function, nil)
	switch {
	case err != nil:
		return "", err
	case v.Kind() != vm.String:
		return "", fmt.Errorf("it returned no string but %s", v.Kind().Type())
	}
	return lib.ToUTF8(v.Text()), nil
}

// routeOptions are those with which routes of a program are found outside of the server.
func routeOptions(p *vm.Program) route.Options {
	return route.Options{
		Declare:  func(function string) ([]route.Declaration, error) { return declaredBy(p, function) },
		Describe: func(function string) (string, error) { return describedBy(p, function) },
	}
}

// fixedPaths returns the paths below a mount that the server answers by itself.
func fixedPaths(m *config.RESTMount, multiprotocol bool) []string {
	paths := rest.FixedPaths()
	if multiprotocol && m.Path == "/" {
		for _, root := range config.ReservedRoots() {
			paths = append(paths, "/"+root+"/")
		}
	}
	return paths
}

// isPublic tells whether the route needs no credentials at the mount.
func isPublic(m *config.RESTMount, r *route.Route) bool {
	segments, ok := route.Split(r.Path)
	return !m.Security || ok && access.ParsePatterns(m.Public).Match(r.WebService(), segments, r.Method)
}
