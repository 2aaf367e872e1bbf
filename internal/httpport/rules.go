package httpport

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// allowedMethods is the allow-list, in the order in which Allow names it.
var allowedMethods = [...]string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
	http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

var allowHeader = strings.Join(allowedMethods[:], ", ")

// A refusal is the answer to a request that breaks a rule.
type refusal struct {
	status int
	allow  string // the Allow header, or empty
	detail string
}

// check returns nil if r keeps the rules. It strips the target of r to its
// origin form: an absolute one is legal from any client, and its authority has
// already replaced the Host header (RFC 9112, 3.2.2).
func (g *gate) check(r *http.Request) *refusal {
	if no := checkMethod(r.Method); no != nil && g.methods {
		return no
	}
	if no := checkTarget(r); no != nil {
		return no
	}
	if no := checkHost(r); no != nil {
		return no
	}
	if r.ContentLength > g.cfg.MaxBodyBytes {
		return &refusal{
			status: http.StatusRequestEntityTooLarge,
			detail: fmt.Sprintf("The body of a request may have %d bytes.", g.cfg.MaxBodyBytes),
		}
	}
	r.URL.Scheme, r.URL.Host, r.URL.User = "", "", nil
	return nil
}

// checkMethod refuses TRACE and CONNECT, which are known and never allowed
// (405), and whatever else is not on the list (501). Methods are
// case-sensitive (RFC 9110, 9.1).
func checkMethod(method string) *refusal {
	if slices.Contains(allowedMethods[:], method) {
		return nil
	}
	if method == http.MethodTrace || method == http.MethodConnect {
		return &refusal{
			status: http.StatusMethodNotAllowed,
			allow:  allowHeader,
			detail: method + " is not allowed on this server.",
		}
	}
	return &refusal{
		status: http.StatusNotImplemented,
		detail: "This server knows the methods " + allowHeader + ".",
	}
}

func checkTarget(r *http.Request) *refusal {
	u := r.URL
	switch {
	case r.RequestURI == "*" && r.Method == http.MethodOptions:
		return nil
	case r.Method == http.MethodConnect: // its target is an authority
		return nil
	case u.Opaque != "", u.Path != "" && u.Path[0] != '/',
		u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return &refusal{
			status: http.StatusBadRequest,
			detail: "The target of a request must be a path, or an http or https URL.",
		}
	}
	return nil
}

// checkHost demands a well-formed authority. Only an HTTP/1.0 client may leave
// it out.
func checkHost(r *http.Request) *refusal {
	if r.Host == "" && !r.ProtoAtLeast(1, 1) || validHost(r.Host) {
		return nil
	}
	return &refusal{
		status: http.StatusBadRequest,
		detail: "The host of a request must be a name or an IP address, with or without a port.",
	}
}

// generalOptions answers "OPTIONS *", which asks about the server and no
// resource, and hands all else to next.
func generalOptions(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI != "*" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", allowHeader)
		w.WriteHeader(http.StatusNoContent)
	})
}
