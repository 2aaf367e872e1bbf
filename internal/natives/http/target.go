package http

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"appserver/internal/advpl/lib"
)

// maxURL is the longest address of a request, in bytes.
const maxURL = 64 << 10

// tooLong is the failure of a request with a longer one.
const tooLong = "the address is longer than 64 KiB"

// noHost is the failure of one that nobody can be reached with.
const noHost = "the address has no valid host or port"

// target makes the URL of a request of the address that a program gives, and of
// parameters to add to its query. Both are bytes: what a URL cannot have, blanks and all
// that is not ASCII among it, is escaped byte for byte, and what is escaped already stays.
// A name of a host that is not ASCII is taken as cp1252 unless it is UTF-8.
//
// The error does not repeat the address, which may hold secrets.
func target(address, params string) (*url.URL, error) {
	address = strings.Trim(address, " \t\r\n")
	params = strings.TrimLeft(strings.Trim(params, " \t\r\n"), "?&")
	if len(address)+len(params) > maxURL {
		return nil, failure(tooLong)
	}
	if hasControl(address) || hasControl(params) {
		return nil, failure("the address has a control character, such as an end of line")
	}
	scheme, rest, ok := strings.Cut(address, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return nil, failure("the address does not begin with http:// or https://")
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority, path, query := splitTarget(rest)
	if strings.Contains(authority, `\`) { // some would read it as /
		return nil, failure(noHost)
	}
	u := &url.URL{Scheme: scheme, RawQuery: joinQuery(escape(query, inQuery), escape(params, inQuery))}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		u.User = userInfo(authority[:at])
		authority = authority[at+1:]
	}
	var err error
	if u.Host, err = hostPort(scheme, authority); err != nil {
		return nil, err
	}
	return setPath(u, escape(path, inPath))
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// splitTarget splits what follows the scheme, without a fragment.
func splitTarget(rest string) (authority, path, query string) {
	rest, query, _ = strings.Cut(rest, "?")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[:i], rest[i:], query
	}
	return rest, "", query
}

func joinQuery(query, params string) string {
	if query == "" || params == "" || strings.HasSuffix(query, "&") {
		return query + params
	}
	return query + "&" + params
}

// userInfo reads name:password, which may be escaped.
func userInfo(s string) *url.Userinfo {
	name, password, ok := strings.Cut(s, ":")
	if !ok {
		return url.User(unescape(name))
	}
	return url.UserPassword(unescape(name), unescape(password))
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// hostPort checks the host and the port of an address.
func hostPort(scheme, authority string) (string, error) {
	if !utf8.ValidString(authority) {
		authority = lib.ToUTF8(authority)
	}
	if strings.ContainsAny(authority, " \"<>^`{|}%") && !strings.HasPrefix(authority, "[") {
		return "", failure(noHost)
	}
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil || u.Hostname() == "" || strings.HasPrefix(authority, "[") && !isLiteral(u.Hostname()) {
		return "", failure(noHost)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", failure("the port of the address is not 1 to 65535")
		}
	}
	return u.Host, nil
}

// isLiteral tells whether host is an IPv6 address, with or without a zone.
func isLiteral(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && (a.Zone() == "" || isToken(a.Zone()))
}

// setPath gives u the path, which is escaped.
func setPath(u *url.URL, path string) (*url.URL, error) {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return nil, failure("the path of the address is not valid")
	}
	u.Path, u.RawPath = plain, path
	if u.EscapedPath() != path {
		return nil, failure("the path of the address is not valid")
	}
	return u, nil
}

// What stays as it is beside letters, digits and escapes (RFC 3986); brackets in queries
// are common, if not allowed.
const (
	inPath  = "-._~!$&'()*+,;=:@/"
	inQuery = inPath + "?[]"
)

// escape escapes the bytes of s that are neither letters, digits, escapes nor in keep.
func escape(s, keep string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case isAlnum(c), strings.IndexByte(keep, c) >= 0, c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(c)
		default:
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// failure is why a request has failed: the program gets NIL and can ask for the text.
type failure string

func (f failure) Error() string { return string(f) }

// isFailure tells whether err is one, and returns its text.
func isFailure(err error) (string, bool) {
	f, ok := errors.AsType[failure](err)
	return string(f), ok
}
