package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"appserver/internal/smartclient"
)

// phase is how far a connection has come.
type phase int

const (
	phaseDial phase = iota
	phaseTLS
	phaseAnswer
)

// phaseError is an error with the phase that it happened in, which says most
// about what it means.
type phaseError struct {
	phase phase
	err   error
	// certAsked is set if the server asked for a client certificate, which it
	// was not given.
	certAsked bool
}

func (e *phaseError) Error() string { return e.err.Error() }
func (e *phaseError) Unwrap() error { return e.err }

// connect brings up the connection and reports what it learns on the way.
func (p *pinger) connect(ctx context.Context) (*smartclient.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", p.target())
	if err != nil {
		return nil, &phaseError{phase: phaseDial, err: err}
	}
	p.report.Address = nc.RemoteAddr().String()
	if !p.plain {
		if nc, err = p.secure(ctx, nc); err != nil {
			return nil, &phaseError{phaseTLS, err, p.certAsked}
		}
	}
	client, err := smartclient.NewClient(ctx, nc, smartclient.ClientOptions{
		Info:         smartclient.Info{Name: "smartclient", Version: programVersion()},
		HelloTimeout: p.timeout,
		WriteTimeout: p.timeout,
	})
	if err != nil {
		return nil, &phaseError{phaseAnswer, err, p.certAsked}
	}
	info := client.ServerInfo()
	p.report.Server = &serverReport{
		Name: info.Name, Version: info.Version, Protocol: client.Protocol(), IdleMs: client.IdleTimeout().Milliseconds(),
	}
	return client, nil
}

// secure does the TLS handshake over nc, which it closes if that fails. The
// certificate does not decide: judge looks at it afterwards.
func (p *pinger) secure(ctx context.Context, nc net.Conn) (net.Conn, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		MaxVersion: tls.VersionTLS13,
		ServerName: p.name(),
		// Not to skip the check, but to go on and report all there is: nothing
		// secret is sent, and the verdict below sets the exit code.
		InsecureSkipVerify: true,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			p.certAsked = true
			return new(tls.Certificate), nil // none
		},
	}
	if !p.noALPN {
		config.NextProtos = []string{smartclient.ALPN}
	}
	tc := tls.Client(nc, config)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	p.examine(tc.ConnectionState())
	return tc, nil
}

// examine reports how the connection is secured and what is wrong with it.
func (p *pinger) examine(state tls.ConnectionState) {
	p.report.TLS = &tlsReport{
		Version:     tls.VersionName(state.Version),
		CipherSuite: tls.CipherSuiteName(state.CipherSuite),
		KeyExchange: keyExchange(state.CurveID),
		ALPN:        state.NegotiatedProtocol,
		alpnOffered: !p.noALPN,
	}
	chain := state.PeerCertificates
	leaf := chain[0] // crypto/tls insists on one
	p.report.Certificate = describeCertificate(leaf, p.now())
	p.report.Certificate.ignored = p.insecure
	for _, f := range judge(chain, p.name(), p.roots, p.now()) {
		p.report.Certificate.Verdict = append(p.report.Certificate.Verdict, f.code)
		p.problem(f.code, f.detail)
	}
	if len(p.report.Certificate.Verdict) == 0 {
		p.report.Certificate.Verdict = []code{verdictTrusted}
	}
}

func keyExchange(id tls.CurveID) string {
	if id == 0 {
		return "" // RSA key exchange
	}
	return id.String()
}

func describeCertificate(c *x509.Certificate, now time.Time) *certificateReport {
	return &certificateReport{
		Subject:     clean(c.Subject.String()),
		Issuer:      clean(c.Issuer.String()),
		Names:       names(c),
		NotBefore:   c.NotBefore,
		NotAfter:    c.NotAfter,
		Fingerprint: fmt.Sprintf("%x", sha256.Sum256(c.Raw)),
		daysLeft:    int(c.NotAfter.Sub(now).Hours() / 24),
		over:        now.After(c.NotAfter),
	}
}

// names returns what a certificate is for.
func names(c *x509.Certificate) []string {
	list := make([]string, 0, len(c.DNSNames)+len(c.IPAddresses))
	for _, name := range c.DNSNames {
		list = append(list, clean(name))
	}
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	return list
}
