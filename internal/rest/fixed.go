package rest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"appserver/internal/rest/openapi"
	"appserver/internal/rest/route"
)

// Paths below a mount with programs at which tokens are given out and revoked, and passwords
// changed.
const (
	pathToken      = "/api/oauth2/v1/token"
	pathTokenTLPP  = "/tlpp/oauth2/token"
	pathInvalidate = "/api/framework/v1/invalidateToken"
	pathPassword   = "/api/framework/v1/changepassworduserservice"
)

// FixedPaths returns the paths below a mount with programs that the server answers by itself
// whatever they have there.
func FixedPaths() []string {
	paths := []string{
		pathToken, pathTokenTLPP, pathInvalidate, pathPassword,
		openapi.DocumentPath, openapi.PagePath, openapi.StylePath, openapi.ScriptPath, openapi.ServicesPath,
	}
	return slices.AppendSeq(paths, maps.Keys(healthPaths(healthOptions{})))
}

// fixedPaths are what the server answers by itself below a mount with programs.
func (p *preparation) fixedPaths(m *mount, c *Config) map[string]fixedPath {
	o := p.server.o
	paths := healthPaths(healthOptions{Ready: o.Ready, Version: o.Version, Built: o.Built, Environment: m.o.Environment})
	if c.Door != nil {
		paths[pathToken] = fixedPath{Handler: c.Door.Token(), Open: true}
		paths[pathTokenTLPP] = paths[pathToken]
		paths[pathInvalidate] = fixedPath{Handler: c.Door.Invalidate(), Open: true}
		paths[pathPassword] = fixedPath{Handler: c.Door.Password(), Open: true}
	}
	if m.table == nil {
		return paths
	}
	for path, h := range openapi.Handlers(m.table, m.described(o, c.Door != nil)) {
		paths[path] = fixedPath{Handler: h}
	}
	for _, f := range m.table.Collisions(slices.Sorted(maps.Keys(paths))) {
		p.fault(m.o.Environment, f)
	}
	return paths
}

// described says how the mount is described to clients.
func (m *mount) described(o Options, tokens bool) openapi.Options {
	d := openapi.Options{
		Title: o.Name, Version: o.Version, Base: m.prefix, Only: m.o.Only,
		Secure: m.o.Security, Basic: m.o.AllowBasic || m.o.OnAuth != "", Public: m.isPublic, Hidden: m.hides,
	}
	if tokens && m.o.OnAuth == "" {
		d.TokenPath = pathToken
	}
	return d
}

// isPublic tells whether a route needs no credentials.
func (m *mount) isPublic(r *route.Route) bool {
	segments, _ := route.Split(r.Path)
	return m.public.Match(r.WebService(), segments, r.Method)
}

// own is what the server answers by itself at the path of the request; false if it is
// nothing.
func (q *request) own() (fixedPath, bool) {
	path, err := url.PathUnescape(q.below)
	if path == "/" {
		path = openapi.ListPath
	}
	own, ok := q.mount.fixed[path]
	return own, ok && err == nil
}

// open is what the server answers by itself to everybody; nil if it is nothing.
func (q *request) open() http.Handler {
	if own, ok := q.own(); ok && own.Open {
		return own
	}
	return nil
}

// describe answers with what the server tells of itself and its services, to those who may
// call; it reports whether it did. The list of services stands back if programs have a route
// in its place.
func (q *request) describe(w http.ResponseWriter, r *http.Request) (answered bool, _ *failure) {
	own, ok := q.own()
	if !ok || q.match.Route != nil && strings.Trim(q.below, "/") == openapi.ListPath {
		return false, nil
	}
	q.match = route.Match{}
	if f := q.authenticate(r); f != nil {
		return false, f
	}
	own.ServeHTTP(w, r)
	return true, nil
}
