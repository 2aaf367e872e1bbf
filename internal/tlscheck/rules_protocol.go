package tlscheck

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// protocolRules are about versions and cipher suites. Sources:
//
//   - TLS 1.0 and 1.1: deprecated by RFC 8996; removed from Chrome 98 and Firefox
//     78, refused by App Transport Security
//     (developer.apple.com/documentation/security/preventing-insecure-network-connections)
//     and disabled in Java since 16, 11.0.11 and 8u291 (jdk.tls.disabledAlgorithms).
//     Android still has them in apps made for Android 14 or older, its Chrome has not.
//   - RC4: RFC 7465. 3DES: gone from Chrome 93 and Firefox 93, and disabled in
//     Java like the versions above.
//   - Forward secrecy: App Transport Security.
//   - Suites of HTTP/2: RFC 9113, section 9.2.2 and appendix A.
var protocolRules = []rule{
	{refuse: everyone, check: onlyOldVersions},
	{level: Warning, check: oldVersions},
	{level: Notice, check: noNewVersion},
	{refuse: everyone, check: brokenCipher},
	{refuse: apple, check: noForwardSecrecy},
	{level: Warning, check: weakCiphers},
	{refuse: chrome | firefox | android, check: forbiddenHTTP2},
	{level: Warning, check: forbiddenHTTP2Older},
	{level: Notice, check: asksForCertificate},
}

func noHandshake(f *facts) []remark {
	return []remark{{fmt.Sprintf("it answers in TLS, but no handshake gets as far as its certificate: %v", f.best.err),
		"see the server's log for the reason"}}
}

func onlyOldVersions(f *facts) []remark {
	if f.best.state.Version >= tls.VersionTLS12 {
		return nil
	}
	return []remark{{"the newest version it speaks is " + tls.VersionName(f.best.state.Version) + ", which clients have given up",
		"enable TLS 1.2 and TLS 1.3"}}
}

func oldVersions(f *facts) (found []remark) {
	for _, h := range f.versions {
		if h.reached && h.asked < tls.VersionTLS12 {
			found = append(found, remark{"it speaks " + tls.VersionName(h.asked) + ", which is obsolete (RFC 8996)",
				"disable it unless an old client needs it"})
		}
	}
	return found
}

func noNewVersion(f *facts) []remark {
	if f.best.state.Version != tls.VersionTLS12 {
		return nil
	}
	return []remark{{"it does not speak TLS 1.3", "enable it"}}
}

func broken(id uint16) bool {
	name := tls.CipherSuiteName(id)
	return strings.Contains(name, "_RC4_") || strings.Contains(name, "_3DES_")
}

func brokenCipher(f *facts) []remark {
	if !broken(f.best.state.CipherSuite) {
		return nil
	}
	return []remark{{"the best cipher suite it has is " + tls.CipherSuiteName(f.best.state.CipherSuite) + ", which is broken",
		"enable suites with AES-GCM or ChaCha20-Poly1305"}}
}

func withoutForwardSecrecy(id uint16) bool {
	return strings.HasPrefix(tls.CipherSuiteName(id), "TLS_RSA_")
}

func noForwardSecrecy(f *facts) []remark {
	if !withoutForwardSecrecy(f.best.state.CipherSuite) || broken(f.best.state.CipherSuite) {
		return nil
	}
	return []remark{{"the best cipher suite it has is " + tls.CipherSuiteName(f.best.state.CipherSuite) + ", without forward secrecy",
		"enable suites with ECDHE"}}
}

// weakCiphers is about versions that a client of today does not end up with.
func weakCiphers(f *facts) (found []remark) {
	for _, h := range f.versions {
		id := h.state.CipherSuite
		if h.reached && h.asked != f.best.state.Version && (broken(id) || withoutForwardSecrecy(id)) {
			found = append(found, remark{fmt.Sprintf("in %s it chooses %s", tls.VersionName(h.asked), tls.CipherSuiteName(id)),
				"enable suites with ECDHE and AES"})
		}
	}
	return found
}

// allowedInHTTP2 reports whether HTTP/2 may be spoken over the connection. Of
// what crypto/tls speaks in TLS 1.2, the suites with ECDHE and an AEAD are left.
func allowedInHTTP2(s tls.ConnectionState) bool {
	name := tls.CipherSuiteName(s.CipherSuite)
	return s.NegotiatedProtocol != "h2" || s.Version >= tls.VersionTLS13 ||
		s.Version == tls.VersionTLS12 && strings.HasPrefix(name, "TLS_ECDHE_") &&
			(strings.Contains(name, "_GCM_") || strings.Contains(name, "_CHACHA20_"))
}

func forbiddenHTTP2(f *facts) []remark {
	if allowedInHTTP2(f.best.state) {
		return nil
	}
	return []remark{http2Remark(f.best.state)}
}

func forbiddenHTTP2Older(f *facts) (found []remark) {
	for _, h := range f.versions {
		if h.reached && h.asked != f.best.state.Version && !allowedInHTTP2(h.state) {
			found = append(found, http2Remark(h.state))
		}
	}
	return found
}

func http2Remark(s tls.ConnectionState) remark {
	return remark{fmt.Sprintf("it chooses HTTP/2 in %s with %s, which HTTP/2 forbids: clients end the connection",
		tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite)), "offer h2 only where HTTP/2 allows it"}
}

func asksForCertificate(f *facts) []remark {
	if !f.best.asks && !slices.ContainsFunc(f.versions, func(h handshake) bool { return h.asks }) {
		return nil
	}
	return []remark{{"it asks for a client certificate; whether it goes on without one was not tried", ""}}
}
