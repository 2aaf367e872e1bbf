// Package openapi describes the routes of a mount to its clients: as an OpenAPI 3.1 document,
// as a page that documents it, and as the list of services. Nothing of it needs the internet.
package openapi

import (
	"net/http"
	"slices"
	"strings"

	"appserver/internal/pages"
	"appserver/internal/rest/route"
)

// Paths below a mount that Handlers answers.
const (
	ListPath     = ""
	DocumentPath = "/openapi.json"
	PagePath     = "/openapi"
	StylePath    = "/openapi/page.css"
	ScriptPath   = "/openapi/page.js"
	// ServicesPath is where clients of the original look for what it serves.
	ServicesPath = "/tlpp/rest/list/service"
)

// Options say what the description of a mount depends on besides its routes.
type Options struct {
	Title   string   // of the API, for people; "" for "REST"
	Version string   // of the API; "" for "1"
	Base    string   // path of the mount: "" or "/rest"
	Only    []string // if not empty, only routes with these first segments

	Secure    bool                    // callers must show who they are
	Basic     bool                    // they may do so by name and password in each request
	Public    func(*route.Route) bool // routes that need no credentials all the same; nil: none
	Hidden    func(*route.Route) bool // routes that are not shown; nil: none
	TokenPath string                  // below Base, of the endpoint for tokens; "" if there is none
}

// Handlers returns what answers the paths of this package, by the path below the mount. They
// answer GET and HEAD, tell so to OPTIONS, and refuse other methods. What programs say of themselves is shown as text;
// where their sources are is not shown.
func Handlers(t *route.Table, o Options) map[string]http.Handler {
	s := newSite(t, o)
	return map[string]http.Handler{
		ListPath:     reading(s.serveList),
		DocumentPath: reading(s.document.ServeHTTP),
		PagePath:     reading(s.servePage),
		StylePath:    reading(style.ServeHTTP),
		ScriptPath:   reading(script.ServeHTTP),
		ServicesPath: reading(newJSON(encode(s.endpoints())).ServeHTTP),
	}
}

// reading answers GET and HEAD with h.
func reading(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			h(w, r)
		case http.MethodOptions:
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This address knows GET and HEAD.", http.StatusMethodNotAllowed)
		}
	})
}

// site is what the handlers of a mount share. It is immutable.
type site struct {
	options    Options
	operations []*operation // ordered by path and method
	document   *pages.Asset // in JSON
}

func newSite(t *route.Table, o Options) *site {
	var routes []*route.Route
	for _, r := range t.Routes() {
		if o.shows(r) {
			routes = append(routes, r)
		}
	}
	s := &site{options: o, operations: operations(routes, o)}
	s.document = newJSON(encode(newDocument(s.operations, o)))
	return s
}

// shows tells whether the route can be reached through the mount, and is shown.
func (o *Options) shows(r *route.Route) bool {
	if o.Hidden != nil && o.Hidden(r) {
		return false
	}
	if len(o.Only) == 0 {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	return slices.Contains(o.Only, first)
}

// open tells whether callers of the route need not show who they are.
func (o *Options) open(r *route.Route) bool {
	return !o.Secure || o.Public != nil && o.Public(r)
}
