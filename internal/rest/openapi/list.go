package openapi

import (
	"cmp"
	"net/http"
	"strings"

	"appserver/internal/rest/route"
)

// service is a service in the list, with its operations.
type service struct {
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	Routes      []entry `json:"routes"`
}

// entry is an operation in the list.
type entry struct {
	Method      string `json:"method"`
	Path        string `json:"path"` // with the base of the mount
	Query       string `json:"query,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	ID          string `json:"operationId"`
}

// services returns the operations by service, in the order of their names.
func (s *site) services() []service {
	list := []service{}
	index := map[string]int{}
	for _, t := range tags(s.operations) {
		name := t["name"].(string)
		about, _ := t["description"].(string)
		index[name] = len(list)
		list = append(list, service{Name: name, Description: about})
	}
	for _, o := range s.operations {
		r := o.first()
		to := &list[index[r.Service]]
		e := entry{Method: r.Method, Path: s.options.Base + o.path.String(), Title: r.Title, Description: o.description(), ID: o.id}
		if len(o.routes) == 1 {
			e.Query = r.Query
		}
		to.Routes = append(to.Routes, e)
	}
	return list
}

// serveList answers with the list of services: as JSON if the client accepts that rather
// than HTML.
func (s *site) serveList(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if !prefersHTML(r.Header) {
		body := encode(map[string]any{"items": s.services(), "hasNext": false})
		newJSON(body).ServeHTTP(w, r)
		return
	}
	s.render(w, r, listPage, s.services())
}

// endpoint is a path in the list at ServicesPath, with its operations.
type endpoint struct {
	Path    string           `json:"endpoint"` // below the mount: "/orders/:id"
	Model   route.Model      `json:"type"`     // of the first of its routes
	Service string           `json:"doc"`      // description of the service, or its name
	Methods []endpointMethod `json:"methods"`
}

type endpointMethod struct {
	Method      string `json:"method"`
	Description string `json:"description"`
}

// endpoints returns the paths in their order.
func (s *site) endpoints() []endpoint {
	list := []endpoint{}
	for _, o := range s.operations {
		r := o.first()
		path := o.path.declared()
		if last := len(list) - 1; last < 0 || list[last].Path != path {
			list = append(list, endpoint{Path: path, Model: r.Model, Service: cmp.Or(r.About, r.Service)})
		}
		to := &list[len(list)-1]
		to.Methods = append(to.Methods, endpointMethod{r.Method, cmp.Or(o.description(), r.Title)})
	}
	return list
}

// prefersHTML tells whether a client accepts HTML, and did not name JSON before it: browsers
// do; clients of APIs that accept anything get JSON.
func prefersHTML(h http.Header) bool {
	accept := strings.ToLower(strings.Join(h.Values("Accept"), ","))
	html, json := strings.Index(accept, "text/html"), strings.Index(accept, "application/json")
	return html >= 0 && (json < 0 || html < json)
}

// heading is the title of a route in a page.
func (e entry) Heading() string { return cmp.Or(e.Title, firstLine(e.Description)) }

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
