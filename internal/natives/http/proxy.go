package http

import (
	"net"
	"net/url"
	"strings"
)

// proxy is what requests go through.
type proxy struct {
	url    *url.URL
	chosen bool // by the program, with SetProxy
}

// proxyOf returns the proxy of a request to u; nil: none.
func (st *state) proxyOf(s *Settings, u *url.URL) (*proxy, error) {
	if st.proxy != nil {
		if isExcepted(u.Hostname(), st.noProxy) {
			return nil, nil
		}
		return st.proxy, nil
	}
	if s.Proxy == nil {
		return nil, nil
	}
	p, err := s.Proxy(u)
	if err != nil {
		return nil, failure("the proxy of [HTTPClient] Proxy is not usable")
	}
	if p == nil {
		return nil, nil
	}
	return &proxy{url: p}, nil
}

// newProxy makes the proxy of a server, which may be a URL, with a port, "" for that of
// the URL, and who to show oneself as to it, "" for nobody or who the URL says.
func newProxy(server, port, user, password string) (*proxy, error) {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	given, err := target(server, "")
	if err != nil {
		return nil, err
	}
	u := &url.URL{Scheme: given.Scheme, Host: given.Host, User: given.User}
	if port != "" {
		u.Host = net.JoinHostPort(given.Hostname(), port)
	}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	return &proxy{url: u, chosen: true}, nil
}

// isExcepted tells whether a host matches one of the patterns: names, in which * stands
// for other characters at the beginning or the end; ".example.org" is as "*.example.org".
func isExcepted(host string, patterns []string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, p := range patterns {
		if strings.HasPrefix(p, ".") {
			p = "*" + p
		}
		switch tail, anyHead := strings.CutPrefix(p, "*"); {
		case p == host, anyHead && strings.HasSuffix(host, tail):
			return true
		case strings.HasSuffix(p, "*") && strings.HasPrefix(host, strings.TrimSuffix(p, "*")):
			return true
		}
	}
	return false
}

// exceptions reads a list of patterns with commas or semicolons.
func exceptions(list string) []string {
	var patterns []string
	for _, p := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' }) {
		if p = strings.ToLower(strings.TrimSpace(p)); p != "" {
			patterns = append(patterns, p)
		}
	}
	return patterns
}
