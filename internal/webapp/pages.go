package webapp

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
)

// pages are the templates by the name of their page.
type pages map[string]*template.Template

func parsePages() pages {
	p := make(pages)
	for _, name := range [...]string{"home", "missing"} {
		p[name] = template.Must(template.ParseFS(files, "pages/layout.html", "pages/"+name+".html"))
	}
	return p
}

// frame is what every page shows around its content.
type frame struct {
	T         *texts
	Languages [len(languages)]languageLink
	Name      string
	Title     string
	Style     string // version of the style sheet
	Icon      string
	Home      *home // nil on other pages
}

type languageLink struct {
	Tag, Name string
	Current   bool
}

func (s *site) servePage(w http.ResponseWriter, r *http.Request, name string, status int) {
	t := chooseTexts(r)
	f := frame{
		T: t, Name: s.options.Name, Title: t.MissingTitle,
		Style: s.style.version, Icon: s.icon.version,
	}
	for i := range languages {
		f.Languages[i] = languageLink{languages[i].Tag, languages[i].Language, &languages[i] == t}
	}
	if name == "home" {
		f.Title = t.Title
		f.Home = newHome(s.options, r, t)
	}
	s.render(w, r, name, status, f)
}

// render sends the page whole or not at all: an error of a template is a fault
// of ours, and the server in front turns the panic into an answer.
func (s *site) render(w http.ResponseWriter, r *http.Request, name string, status int, f frame) {
	var page bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&page, "layout", f); err != nil {
		panic(fmt.Errorf("webapp: page %s: %w", name, err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", f.T.Tag)
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	h.Set("Cache-Control", "no-store") // it tells of this connection
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = page.WriteTo(w) // the peer may be gone: nobody is left to tell
	}
}
