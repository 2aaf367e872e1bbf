package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS says which pages of other origins may call.
type CORS struct {
	Enable      bool
	Origins     []string // exact, in lower case, or * for any
	Methods     []string // empty: all that the mount allows
	Credentials bool     // pages may send credentials
	MaxAge      time.Duration
}

// allMethods are those that routes can have.
var allMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// exposed are the headers of answers that pages may read beside those that every page may.
const exposed = "Content-Type, Content-Disposition, Location, Retry-After, WWW-Authenticate, " + headerRequestID

// maxPreflight bounds the list of headers that a preflight asks for, in bytes.
const maxPreflight = 4 << 10

// cors sets the headers of the answer that pages of other origins need, and answers a
// preflight; it reports whether it did. Nobody has to show who he is for that.
func (m *mount) cors(w http.ResponseWriter, r *http.Request) (answered bool) {
	c := &m.o.CORS
	if !c.Enable {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin, sent := single(r.Header, "Origin")
	asked, preflight := single(r.Header, "Access-Control-Request-Method")
	preflight = preflight && sent && r.Method == http.MethodOptions
	allowed := sent && c.allows(origin)
	if allowed {
		c.admit(h, origin)
	}
	if !preflight {
		if allowed {
			h.Set("Access-Control-Expose-Headers", exposed)
		}
		return false
	}
	if allowed {
		c.grant(h, m.corsMethods(), asked, r.Header)
	}
	h.Add("Vary", "Access-Control-Request-Method")
	h.Add("Vary", "Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// single returns the value of a header that occurs once.
func single(h http.Header, name string) (string, bool) {
	values := h[name]
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// allows tells whether pages of the origin may call. Those without one of their own, which
// call themselves null, may never: anybody can make such a page.
func (c *CORS) allows(origin string) bool {
	if origin == "null" || origin == "" {
		return false
	}
	return slices.Contains(c.Origins, strings.ToLower(origin)) || slices.Contains(c.Origins, "*")
}

// admit lets the page of the origin read the answer. With credentials the origin has to be
// named: * would not do.
func (c *CORS) admit(h http.Header, origin string) {
	if !c.Credentials && slices.Contains(c.Origins, "*") {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

// grant answers what a preflight asks for: the methods, and the headers as they were asked
// for, if that is a list of names.
func (c *CORS) grant(h http.Header, methods []string, asked string, request http.Header) {
	if !slices.Contains(methods, asked) {
		return
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	if names, ok := headerNames(request["Access-Control-Request-Headers"]); ok && names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge/time.Second)))
	}
}

// corsMethods are those that pages of other origins may use.
func (m *mount) corsMethods() []string {
	methods := m.o.CORS.Methods
	if len(methods) == 0 {
		methods = allMethods
	}
	return slices.DeleteFunc(slices.Clone(methods), func(name string) bool { return !m.allows(name) })
}

// headerNames returns a list of header names, in any case and order, as one value; false if
// it is something else.
func headerNames(values []string) (string, bool) {
	list := strings.Join(values, ",")
	if len(list) > maxPreflight {
		return "", false
	}
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.Trim(name, " \t")
		if name == "" {
			continue
		}
		if !isToken(name) {
			return "", false
		}
		names = append(names, name)
	}
	return strings.Join(names, ", "), true
}

// isToken tells whether s is a token of RFC 9110.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
