// Package pages is what all HTML pages of the server have in common: the layout
// around their content and its style, their languages, and how they and their
// files are answered.
//
// Pages are rendered here, from html/template, and load nothing from elsewhere.
package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
)

//go:embed assets
var assets embed.FS

// Frame is what the layout shows around a page. The data of each page embeds it.
type Frame struct {
	Language Language
	Site     string // name of what the page belongs to
	Start    string // path of the page that the name leads to
	Style    string // URL of the style sheet
}

// Languages returns those that the reader can choose.
func (Frame) Languages() []Language { return all[:] }

// Parse returns the page that is made of the layout and the files, which
// define the templates "title" and "content", and "icon", "brand" and "footer" if those
// are to be other than the layout's. It panics if that is no template: the files are embedded.
func Parse(files fs.FS, names ...string) *template.Template {
	layout := template.Must(template.ParseFS(assets, "assets/layout.html"))
	return template.Must(layout.ParseFS(files, names...))
}

// Write answers with the page, whole or not at all: an error of a template is a fault of
// ours, and the server in front turns the panic into an answer. Data has Frame's fields.
// How long the page may be kept the caller says in the headers.
func Write(w http.ResponseWriter, r *http.Request, status int, page *template.Template, l Language, data any) {
	var text bytes.Buffer
	if err := page.ExecuteTemplate(&text, "layout", data); err != nil {
		panic(fmt.Errorf("pages: %w", err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", l.Tag())
	h.Set("Content-Length", strconv.Itoa(text.Len()))
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = text.WriteTo(w) // the peer may be gone: nobody is left to tell
	}
}

// SetHeaders forbids a page everything but its style sheet and the sources, which are
// directives of Content-Security-Policy. Referrer-Policy keeps the address of a private
// server out of other servers' logs.
func SetHeaders(h http.Header, sources string) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; "+sources+"; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
