package openapi

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/rest/route"
)

// policy forbids the pages everything that they do not need.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var pages = map[string]*template.Template{"list.html": parse("list.html"), "docs.html": parse("docs.html")}

func parse(name string) *template.Template {
	return template.Must(template.ParseFS(files, "assets/layout.html", "assets/"+name))
}

// frame is what a page is made of.
type frame struct {
	T             *texts
	Languages     []texts
	Title, Base   string
	Style, Script string // versions
	TokenPath     string // "" if there is no endpoint for tokens
	Secure        bool
	Content       any
}

// render sends a page whole or not at all: an error of a template is a fault of ours, and
// the server in front turns the panic into an answer.
func (s *site) render(w http.ResponseWriter, r *http.Request, name string, content any) {
	t := chooseTexts(r)
	f := frame{
		T: t, Languages: languages[:], Title: s.title(), Base: s.options.Base, Style: style.version, Script: script.version,
		TokenPath: s.options.TokenPath, Secure: s.options.Secure, Content: content,
	}
	var page bytes.Buffer
	if err := pages[name].ExecuteTemplate(&page, "layout", f); err != nil {
		panic(fmt.Errorf("openapi: page %s: %w", name, err))
	}
	setHeaders(w.Header(), t)
	w.Header().Set("Content-Length", strconv.Itoa(page.Len()))
	if r.Method != http.MethodHead {
		_, _ = page.WriteTo(w) // the peer may be gone: nobody is left to tell
	}
}

func (s *site) title() string {
	if s.options.Title != "" {
		return s.options.Title
	}
	return "REST"
}

func setHeaders(h http.Header, t *texts) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", t.Tag)
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Language")
}

// section is a service in the documentation.
type section struct {
	Name, About string
	Operations  []view
}

// view is an operation in the documentation.
type view struct {
	entry
	Template  string // its path below the base
	Params    []route.Param
	Body      bool
	Responses []route.Response
	Public    bool
	Error     []string // members of errors
}

// servePage answers with the documentation.
func (s *site) servePage(w http.ResponseWriter, r *http.Request) {
	views := map[string]view{}
	for _, o := range s.operations {
		views[o.id] = s.view(o)
	}
	var sections []section
	for _, v := range s.services() {
		sec := section{Name: v.Name, About: v.Description}
		for _, e := range v.Routes {
			op := views[e.ID]
			op.entry = e
			sec.Operations = append(sec.Operations, op)
		}
		sections = append(sections, sec)
	}
	s.render(w, r, "docs.html", sections)
}

func (s *site) view(o *operation) view {
	r := o.first()
	v := view{
		Template: o.path.String(), Params: o.params, Body: hasBody(r.Method), Public: o.public,
		Responses: slices.Clone(r.Responses), Error: errorSchema["required"].([]string),
	}
	if errorName(r) == "ClassicError" {
		v.Error = classicErrorSchema["required"].([]string)
	}
	slices.SortStableFunc(v.Responses, func(a, b route.Response) int { return a.Status - b.Status })
	return v
}

// Errors returns the members of errors as a text.
func (v view) Errors() string { return strings.Join(v.Error, ", ") }
