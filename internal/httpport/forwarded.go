package httpport

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

type forwardedKey struct{}

// Scheme returns the scheme of the URL that the client of r used: "https" if r
// came over TLS, or if a trusted proxy said so, else "http".
func Scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	if scheme, _ := Forwarded(r); scheme != "" {
		return scheme
	}
	return "http"
}

// Forwarded reports whether r came through a trusted proxy that named its
// client, and the scheme, "http" or "https", that the proxy saw; the scheme is
// empty if the proxy did not say. It is false for a request that did not come
// through a [Server].
func Forwarded(r *http.Request) (scheme string, ok bool) {
	scheme, ok = r.Context().Value(forwardedKey{}).(string)
	return scheme, ok
}

// applyForwarded makes r say what trusted proxies know about it: RemoteAddr,
// with port 0 if the port is not known, and Host become those of the client.
// The headers of any other peer are removed. It returns the request to serve
// and the address of the proxy, or "".
//
// Of X-Forwarded-For the right-most address outside trusted wins: what stands
// to its left was written by nobody we know. What is malformed is ignored.
func applyForwarded(r *http.Request, trusted []netip.Prefix) (_ *http.Request, proxy string) {
	if len(trusted) == 0 || !trustedPeer(r.RemoteAddr, trusted) {
		removeForwarded(r.Header)
		return r, ""
	}
	hops := headerList(r.Header, "X-Forwarded-For")
	protos := headerList(r.Header, "X-Forwarded-Proto")
	hosts := headerList(r.Header, "X-Forwarded-Host")
	if len(hops)+len(protos)+len(hosts) == 0 {
		return r, ""
	}
	proxy = r.RemoteAddr
	client, at := clientHop(hops, trusted)
	if client.IsValid() {
		r.RemoteAddr = client.String()
	}
	if host := entry(hosts, at, len(hops)); validHost(host) {
		r.Host = host
	}
	scheme := strings.ToLower(entry(protos, at, len(hops)))
	if scheme != "http" && scheme != "https" {
		scheme = ""
	}
	return r.WithContext(context.WithValue(r.Context(), forwardedKey{}, scheme)), proxy
}

// removeForwarded removes every header by which a proxy speaks for its client,
// honoured by us or not, so that no route believes one by mistake.
func removeForwarded(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" {
			delete(h, name)
		}
	}
}

func trustedPeer(remote string, trusted []netip.Prefix) bool {
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && contains(trusted, peer.Addr())
}

func contains(networks []netip.Prefix, ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, network := range networks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}

// headerList returns the elements of a header that is a list, over all its
// lines.
func headerList(h http.Header, name string) []string {
	lines := h[name]
	if len(lines) == 0 {
		return nil
	}
	list := strings.Split(strings.Join(lines, ","), ",")
	for i, s := range list {
		list[i] = strings.TrimSpace(s)
	}
	return list
}

// clientHop walks hops from the right, past trusted ones, and returns the
// client and its index. Where a malformed entry ends the walk, the last good
// one is the client; without any it returns the zero value and -1.
func clientHop(hops []string, trusted []netip.Prefix) (client netip.AddrPort, at int) {
	at = -1
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			return client, at
		}
		client, at = hop, i
		if !contains(trusted, hop.Addr()) {
			return client, at
		}
	}
	return client, at
}

// parseHop accepts the shapes that proxies write: an address, an address with
// a port, and IPv6 with brackets or without.
func parseHop(s string) (netip.AddrPort, bool) {
	if hop, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(hop.Addr().Unmap(), hop.Port()), true
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	ip, err := netip.ParseAddr(s)
	return netip.AddrPortFrom(ip.Unmap(), 0), err == nil
}

// entry returns the element of list that belongs to hop at of hops. Proxies
// that append do so to all their lists, and the indices agree; of others the
// last element is that of the nearest proxy.
func entry(list []string, at, hops int) string {
	switch {
	case len(list) == 0:
		return ""
	case len(list) == hops && at >= 0:
		return list[at]
	}
	return list[len(list)-1]
}
