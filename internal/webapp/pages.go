package webapp

import (
	"embed"
	"html/template"
	"net/http"

	"appserver/internal/pages"
)

//go:embed assets pages
var files embed.FS

// readAsset returns an embedded file.
func readAsset(name string) []byte {
	content, err := files.ReadFile("assets/" + name)
	if err != nil { // embedded: it is there or the program was not built
		panic(err)
	}
	return content
}

func parsePage(name string) *template.Template {
	return pages.Parse(files, "pages/frame.html", "pages/"+name+".html")
}

// frame is what a page is made of.
type frame struct {
	pages.Frame
	T    *texts
	Icon string // URL
	Home *home  // nil on other pages
}

func (s *site) newFrame(l pages.Language) frame {
	return frame{
		Frame: pages.Frame{Language: l, Site: s.options.Name, Start: "/webapp", Style: s.style.URL("/webapp/style.css")},
		T:     &languages[l],
		Icon:  s.icon.URL("/webapp/icon.svg"),
	}
}

func (s *site) serveHome(w http.ResponseWriter, r *http.Request) {
	f := s.newFrame(pages.Choose(r))
	f.Home = newHome(s.options, r, f.T)
	s.serve(w, r, http.StatusOK, s.home, f)
}

func (s *site) serveMissing(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, http.StatusNotFound, s.missing, s.newFrame(pages.Choose(r)))
}

func (s *site) serve(w http.ResponseWriter, r *http.Request, status int, page *template.Template, f frame) {
	w.Header().Set("Cache-Control", "no-store") // it tells of this connection
	pages.Write(w, r, status, page, f.Language, f)
}
