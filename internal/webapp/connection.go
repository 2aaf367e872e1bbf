package webapp

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
)

// judgeConnection says how the user's connection is secured. Behind a proxy
// that is what the proxy said; the connection at hand is then the proxy's.
func (v *visit) judgeConnection() verdict {
	t, state := v.t, v.r.TLS
	switch {
	case v.proxied && v.scheme == "https":
		return verdict{good, t.ProxySecure, t.ProxySecureText}
	case v.proxied && v.scheme == "":
		return verdict{neutral, t.ProxyUnknown, t.ProxyUnknownText}
	case v.proxied, state == nil:
		return verdict{bad, t.Plain, t.PlainText}
	case state.Version < tls.VersionTLS12:
		return verdict{warning, t.Outdated, fmt.Sprintf(t.OutdatedText, tls.VersionName(state.Version))}
	}
	return verdict{good, t.Secure, fmt.Sprintf(t.SecureText, tls.VersionName(state.Version))}
}

func (v *visit) connectionRows() []row {
	rows := []row{{Label: v.t.Address, Value: v.r.Host, Code: true}}
	if v.proxied {
		rows = append(rows, v.proxyRow())
	}
	if v.r.TLS != nil {
		rows = append(rows, tlsRows(v.t, v.r.TLS)...)
	} else {
		rows = append(rows, v.plainRow())
	}
	return append(rows, row{Label: v.t.HTTPVersion, Value: httpVersion(v.r)})
}

func (v *visit) proxyRow() row {
	if v.scheme == "" {
		return row{Label: v.t.ProxyScheme, Value: v.t.NotStated}
	}
	return row{Label: v.t.ProxyScheme, Value: v.scheme, Code: true}
}

func (v *visit) plainRow() row {
	if v.proxied { // a private network, perhaps
		return row{Label: v.t.Encryption, Value: v.t.NoEncryption, Grade: warning}
	}
	return row{Label: v.t.Encryption, Value: v.t.NoEncryption, Grade: bad}
}

func tlsRows(t *texts, state *tls.ConnectionState) []row {
	version := row{Label: t.Encryption, Value: tls.VersionName(state.Version)}
	if state.Version < tls.VersionTLS12 {
		version.Grade = warning
	}
	alpn := row{Label: t.ALPN, Value: state.NegotiatedProtocol, Code: true}
	if state.NegotiatedProtocol == "" {
		alpn = row{Label: t.ALPN, Value: t.NoALPN}
	}
	rows := []row{version, {Label: t.Cipher, Value: tls.CipherSuiteName(state.CipherSuite), Code: true}}
	if value := keyExchange(t, state); value != "" {
		rows = append(rows, row{Label: t.KeyExchange, Value: value})
	}
	return append(rows, alpn)
}

// keyExchange returns the empty string where the connection does not tell,
// which is so when an old session was resumed.
func keyExchange(t *texts, state *tls.ConnectionState) string {
	switch state.CurveID {
	case 0:
		if strings.HasPrefix(tls.CipherSuiteName(state.CipherSuite), "TLS_RSA_") {
			return "RSA"
		}
		return ""
	case tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024:
		return fmt.Sprintf(t.PostQuantum, state.CurveID)
	case tls.CurveP256:
		return "P-256"
	case tls.CurveP384:
		return "P-384"
	case tls.CurveP521:
		return "P-521"
	}
	return state.CurveID.String()
}

func httpVersion(r *http.Request) string {
	if r.ProtoMajor >= 2 {
		return fmt.Sprintf("HTTP/%d", r.ProtoMajor)
	}
	return r.Proto
}
