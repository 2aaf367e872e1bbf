// Package sslconf turns the TLS keys of the configuration into one policy, and
// the policy into a [tls.Config] for each role: the server that accepts and the
// client that dials.
//
// It decides versions, cipher suites, protocols (ALPN) and client
// certificates. Where the server's own certificate comes from is not its
// business: it takes it as a function. The rules are described for operators in
// docs/tls.md.
package sslconf

import (
	"crypto/x509"
	"fmt"
)

// Settings are the keys as they stand in the configuration. The zero value
// means that no key is present; it yields TLS 1.2 and 1.3.
//
// Section [SSLConfigure] unless a field says otherwise.
type Settings struct {
	// Version switches; nil means absent. SSL2 and SSL3 cannot be honoured.
	// As soon as one of the TLS1x fields is set, TLS1 is void and every
	// version that is not named is off.
	SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 *bool

	// TLS1 is the selector that the TLS1_x keys replaced: 1, 2 and 3 mean TLS
	// 1.0, 1.1 and 1.2 alone; 0 selects nothing, as if the key were absent.
	TLS1 *int

	// Accepted, reported, and without effect.
	Bugs, TryProtocols *bool
	CacheSize          *int

	// HSM asks for keys in a hardware module, which is an error.
	HSM bool

	// Method is [MPP] SSL_Method: "SSL/TLS" for the default versions, or a list
	// of TLSv1.0, TLSv1.1, TLSv1.2 and TLSv1.3. If set, the version switches
	// above are not used; a caller that wants the policy of outgoing
	// connections, which [MPP] does not govern, leaves it empty.
	Method string

	// DisableCipher removes cipher suites of TLS 1.0 to 1.2. Elements are names
	// in OpenSSL's or IANA's spelling or keywords such as RC4 or CBC; each may
	// itself be a list with colons.
	DisableCipher []string

	// ClientAuth is [MPP] SSLClientAuth: none, optional or required; "" is none.
	ClientAuth string

	// ClientCAs ([MPP] ClientCA) are the issuers of client certificates; nil
	// means that no client certificate is trusted.
	ClientCAs *x509.CertPool
}

// Level says how grave a [Finding] is.
type Level uint8

const (
	Notice  Level = iota + 1 // a setting without effect, or with one that may surprise
	Warning                  // works, and is unsafe or probably not meant
	Error                    // the server must not start with it
)

// String returns "notice", "warning" or "error".
func (l Level) String() string {
	switch l {
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// Finding is one remark on the settings. Section and Key name the key at fault
// in the spelling of the documentation, without brackets. Message says what is
// the matter, Hint how to mend it; Hint may be empty.
type Finding struct {
	Level                       Level
	Section, Key, Message, Hint string
}

// The sections and keys that findings name.
const (
	secSSL = "SSLConfigure"
	secMPP = "MPP"

	keyMethod     = "SSL_Method"
	keySelector   = "TLS1"
	keyCipher     = "DisableCipher"
	keyClientAuth = "SSLClientAuth"
)

// report collects findings.
type report []Finding

func (r *report) add(l Level, section, key, hint, format string, args ...any) {
	*r = append(*r, Finding{Level: l, Section: section, Key: key, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (r report) failed() bool {
	for _, f := range r {
		if f.Level == Error {
			return true
		}
	}
	return false
}
