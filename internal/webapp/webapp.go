// Package webapp serves the pages that a person sees at /webapp.
//
// They are rendered on the server, from html/template and one style sheet, and
// need no script. What they say is taken from the request at hand: how its
// connection is secured, and whether the certificate covers its address.
package webapp

import (
	"crypto/x509"
	"html/template"
	"net/http"
	"time"

	"appserver/internal/pages"
)

// Options are the values that the pages show.
type Options struct {
	// Name and Version are those of the server.
	Name, Version string

	// Started is when the server came up. The zero value leaves it out.
	Started time.Time

	// Certificate returns the certificate in use now; it may be called from
	// several goroutines at a time. Nil means that there is none.
	Certificate func() Certificate

	// Forwarded reports whether a request came through a trusted proxy, and
	// the scheme that the client used there ("http", "https", or "" if the
	// proxy did not say). Nil means that none does.
	Forwarded func(*http.Request) (scheme string, ok bool)

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Certificate describes the certificate that the server presents.
type Certificate struct {
	// Leaf is nil if the server presents none.
	Leaf *x509.Certificate

	// Origin says whose it is: "bundled" (localhost only), "local" (of this
	// server's own authority), "configured",
	// "self-signed", or "" if that is not known.
	Origin string

	// CA is the authority that a user may trust, in PEM, or nil.
	CA []byte
}

// New returns the handler of /webapp and everything below it. It answers any
// other path with a page that says that nothing is there, except "/", which it
// redirects to /webapp; so it may also be mounted at the root.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Certificate == nil {
		o.Certificate = func() Certificate { return Certificate{} }
	}
	if o.Forwarded == nil {
		o.Forwarded = func(*http.Request) (string, bool) { return "", false }
	}
	return &site{
		options: o,
		home:    parsePage("home"),
		missing: parsePage("missing"),
		style:   pages.StyleSheet(readAsset("style.css"), pages.Public),
		icon:    pages.NewAsset(readAsset("icon.svg"), "image/svg+xml", pages.Public),
	}
}

type site struct {
	options       Options
	home, missing *template.Template
	style, icon   *pages.Asset
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pages.SetHeaders(w.Header(), "img-src 'self'")
	answer := s.route(r.URL.Path)
	if answer == nil {
		s.serveMissing(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This page knows GET and HEAD.", http.StatusMethodNotAllowed)
		return
	}
	answer(w, r)
}

// route returns what answers path, or nil.
func (s *site) route(path string) http.HandlerFunc {
	switch path {
	case "/":
		return http.RedirectHandler("/webapp", http.StatusFound).ServeHTTP
	case "/webapp", "/webapp/":
		return s.serveHome
	case "/webapp/style.css":
		return s.style.ServeHTTP
	case "/webapp/icon.svg":
		return s.icon.ServeHTTP
	case "/webapp/ca.crt":
		if s.options.Certificate().CA != nil {
			return s.serveCA
		}
	}
	return nil
}

// caFileName is the name under which browsers keep the authority; the
// instructions on the page repeat it.
const caFileName = "appserver-ca.crt"

// serveCA sends the authority with the media type that makes phones and
// Firefox offer to install it; "inline" keeps that offer alive.
func (s *site) serveCA(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Disposition", `inline; filename="`+caFileName+`"`)
	pages.NewAsset(s.options.Certificate().CA, "application/x-x509-ca-cert", pages.Public).ServeHTTP(w, r)
}
