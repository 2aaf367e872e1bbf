// Package tlscheck judges a TLS server as its clients would.
//
// [Check] connects a few times, once for every protocol version, verifies by
// hand what the server shows, so that all faults come to light and not only the
// first, and holds the result against a table of what clients are documented to
// require (rules.go names the sources). It changes nothing, sends nothing but
// handshakes, and needs no cooperation of the server.
package tlscheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"time"
)

// defaultTimeout bounds a whole check unless Options say otherwise.
const defaultTimeout = 30 * time.Second

// Options say what to check.
type Options struct {
	Address    string         // host:port to connect to
	ServerName string         // DNS name or IP address that the certificate must be for; "" = the host of Address
	Roots      *x509.CertPool // authorities that clients trust; nil = those of this system
	Timeout    time.Duration  // of the whole check; 0 = 30 s
	Now        func() time.Time
}

// Level says how grave a [Finding] is.
type Level string

// The levels.
const (
	Error   Level = "error"   // at least one kind of client refuses because of it
	Warning Level = "warning" // works, and is unsafe or will not work for long
	Notice  Level = "notice"  // harmless
)

// Report is the result of a check.
type Report struct {
	Address    string        `json:"address"`    // as it was asked for
	Remote     string        `json:"remote"`     // IP address and port that it led to
	ServerName string        `json:"serverName"` // that the certificate was held against
	ALPN       string        `json:"alpn"`       // chosen of h2 and http/1.1; empty if none was
	Trust      Trust         `json:"trust"`
	Versions   []Version     `json:"versions"` // the newest first
	Chain      []Certificate `json:"chain"`    // as sent
	Findings   []Finding     `json:"findings"` // the gravest first
	Clients    []Verdict     `json:"clients"`
}

// Trust says by whom the certificate is trusted.
type Trust string

// The kinds of trust.
const (
	Public    Trust = "public"  // an authority that clients know from the factory
	Private   Trust = "private" // an authority that was named or installed here
	Untrusted Trust = "none"
)

// Version is one protocol version.
type Version struct {
	Version string `json:"version"` // "TLS 1.3"
	Spoken  bool   `json:"spoken"`
	Cipher  string `json:"cipher,omitempty"` // that the server chose, in the spelling of IANA
	ALPN    string `json:"alpn,omitempty"`
	Error   string `json:"error,omitempty"` // why the handshake failed
}

// Certificate is one certificate that the server sent. Its texts come from the
// certificate and can hold anything.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Serial    string    `json:"serial"` // hexadecimal
	Names     []string  `json:"names"`  // DNS names and IP addresses in subjectAltName
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	Key       string    `json:"key"`       // "ECDSA P-256"
	Signature string    `json:"signature"` // "ECDSA-SHA256"
	CA        bool      `json:"ca"`
	SHA256    string    `json:"sha256"` // fingerprint, hexadecimal with colons
}

// Finding is one remark on the server.
type Finding struct {
	Level   Level    `json:"level"`
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`      // how to mend it
	Refused []string `json:"refusedBy,omitempty"` // clients that refuse because of it, as in Verdict.Client
}

// Verdict is what one kind of client does.
type Verdict struct {
	Client   string   `json:"client"`
	Accepts  bool     `json:"accepts"`
	Reasons  []string `json:"reasons,omitempty"`  // why it refuses
	Provided []string `json:"provided,omitempty"` // what must have been done at the client for it to accept
}

// Accepted reports whether every kind of client accepts the server.
func (r *Report) Accepted() bool {
	for _, v := range r.Clients {
		if !v.Accepts {
			return false
		}
	}
	return true
}

// Check judges the server at o.Address. The error says that there is nothing to
// judge: it wraps [ErrUnreachable] or [ErrNoTLS], or is about o. A server that
// speaks TLS in a way that no client accepts is no error.
func Check(ctx context.Context, o Options) (*Report, error) {
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return nil, fmt.Errorf("the address must be host:port: %w", err)
	}
	if o.ServerName == "" {
		o.ServerName = host
	}
	if o.ServerName == "" {
		o.ServerName = "localhost"
	}
	o.ServerName = strings.TrimSuffix(o.ServerName, ".")
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	best, versions, err := probe(ctx, o.Address, o.ServerName)
	if err != nil {
		return nil, err
	}
	f := newFacts(o.ServerName, o.Now(), best, versions, o.Roots)
	return f.report(o.Address), nil
}

// report puts what was found into words.
func (f *facts) report(address string) *Report {
	r := &Report{
		Address: address, Remote: f.best.remote, ServerName: f.host, Trust: Untrusted,
		ALPN: f.best.state.NegotiatedProtocol, Chain: []Certificate{},
	}
	switch {
	case f.trust.ok && f.public:
		r.Trust = Public
	case f.trust.ok:
		r.Trust = Private
	}
	for _, h := range f.versions {
		r.Versions = append(r.Versions, h.version())
	}
	for _, c := range f.sent {
		r.Chain = append(r.Chain, describe(c))
	}
	r.Findings, r.Clients = f.judge()
	return r
}

func (h handshake) version() Version {
	v := Version{Version: tls.VersionName(h.asked), Spoken: h.reached}
	if h.reached {
		v.Cipher, v.ALPN = tls.CipherSuiteName(h.state.CipherSuite), h.state.NegotiatedProtocol
	}
	if h.err != nil {
		v.Error = h.err.Error()
	}
	return v
}
