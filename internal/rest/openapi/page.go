package openapi

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"appserver/internal/pages"
	"appserver/internal/rest/route"
)

var listPage, docsPage = parse("list.html"), parse("docs.html")

func parse(name string) *template.Template { return pages.Parse(files, "assets/"+name) }

// sources are what the pages may load besides their style sheet.
const sources = "script-src 'self'; connect-src 'self'; img-src data:"

// frame is what a page is made of.
type frame struct {
	pages.Frame
	T       *texts
	Base    string // path of the mount
	Script  string // URL
	Secure  bool
	Content any
}

func (s *site) render(w http.ResponseWriter, r *http.Request, page *template.Template, content any) {
	l, base := pages.Choose(r), s.options.Base
	pages.SetHeaders(w.Header(), sources)
	w.Header().Set("Cache-Control", "no-cache")
	pages.Write(w, r, http.StatusOK, page, l, frame{
		Frame: pages.Frame{Language: l, Site: cmp.Or(s.options.Title, "REST"), Start: base + "/", Style: style.URL(base + StylePath)},
		T:     &languages[l], Base: base, Script: script.URL(base + ScriptPath), Secure: s.options.Secure, Content: content,
	})
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
	s.render(w, r, docsPage, sections)
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
