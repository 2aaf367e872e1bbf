package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Reason says for people why the handshake of a connection that [Policy.Client]
// configures failed, and how to mend it. It is "" if err is none of TLS.
func (p *Policy) Reason(err error) string {
	if e, ok := errors.AsType[*VersionError](err); ok {
		return fmt.Sprintf("the server chose %s, which [%s] %s disables; %s", tls.VersionName(e.Version), e.Section, e.Key, p.enableHint(e.Version))
	}
	if reason := certificateReason(err); reason != "" {
		return reason
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return p.alertReason(op.Err)
	}
	if id, ok := chosenVersion(err); ok {
		return p.chosenReason(id)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS on this port: name another port, or an address with http://"
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if text, ok := strings.CutPrefix(e.Error(), "tls: "); ok {
			return text
		}
	}
	return ""
}

// certificateReason is Reason for what is wrong with the server's certificate.
func certificateReason(err error) string {
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return unknownReason(err, e)
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the server's certificate is for %s and not for %s: use a name that it covers, or have a certificate issued for this one", coveredNames(e.Certificate), e.Host)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return invalidReason(e)
	}
	if _, ok := errors.AsType[x509.SystemRootsError](err); ok {
		return "this machine has no list of trusted authorities: install one (ca-certificates), or name a file in [SSLConfigure] CertificateCA"
	}
	return ""
}

func unknownReason(err error, e x509.UnknownAuthorityError) string {
	cert := e.Cert
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && cert == nil && len(v.UnverifiedCertificates) > 0 {
		cert = v.UnverifiedCertificates[0]
	}
	issuer := ""
	if cert != nil {
		issuer = fmt.Sprintf(" (%s)", clip(cert.Issuer.String()))
	}
	return "the server's certificate is from an unknown authority" + issuer + ": if you trust that, name a PEM file with its certificate in [SSLConfigure] CertificateCA"
}

func invalidReason(e x509.CertificateInvalidError) string {
	const mend = "the administrator of that server has to replace it"
	if e.Reason != x509.Expired || e.Cert == nil {
		return fmt.Sprintf("the server's certificate is not valid (%s): %s", clip(strings.TrimPrefix(e.Error(), "x509: ")), mend)
	}
	if time.Now().Before(e.Cert.NotBefore) {
		return "the server's certificate is not valid before " + e.Cert.NotBefore.UTC().Format(time.RFC3339) + ": check the clock of this machine"
	}
	return "the server's certificate has expired on " + e.Cert.NotAfter.UTC().Format(time.RFC3339) + ": " + mend
}

// coveredNames lists the names of a certificate for people.
func coveredNames(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no name (it has no subjectAltName)"
	case len(names) > 10:
		names = append(names[:10:10], "and others")
	}
	return clip(strings.Join(names, ", "))
}

// clip shortens what a peer has chosen, and makes it one line.
func clip(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// The alerts that mean more to people than their names, as TLS numbers them.
const (
	alertHandshakeFailure    = tls.AlertError(40)
	alertBadCertificate      = tls.AlertError(42)
	alertUnknownCA           = tls.AlertError(48)
	alertProtocolVersion     = tls.AlertError(70)
	alertCertificateRequired = tls.AlertError(116)
)

// alertReason is Reason for an alert that the server sent.
func (p *Policy) alertReason(alert error) string {
	text := strings.TrimPrefix(alert.Error(), "tls: ")
	switch alert.Error() {
	case alertProtocolVersion.Error():
		return fmt.Sprintf("the server speaks none of the TLS versions that %s leaves enabled (%s)%s", p.versionKeys(), p, p.otherVersions())
	case alertHandshakeFailure.Error():
		return fmt.Sprintf("the server refused the handshake (%s): it may want another TLS version than %s, other cipher suites, or a client certificate ([SSLConfigure] CertificateClient)", text, p)
	case alertBadCertificate.Error(), alertUnknownCA.Error(), alertCertificateRequired.Error():
		return fmt.Sprintf("the server refused the certificate of this one (%s): name one that it trusts in [SSLConfigure] CertificateClient and KeyClient, or in the call", text)
	}
	return "the server ended the handshake: " + text
}

// versionKeys names what chose the versions.
func (p *Policy) versionKeys() string {
	section, key := p.src.keyOf(versions[indexOf(p.min())])
	if strings.HasPrefix(key, "TLS1_") {
		key = "TLS1_x"
	}
	return "[" + section + "] " + key
}

// otherVersions is a hint that names the keys of the versions that are off.
func (p *Policy) otherVersions() string {
	var keys []string
	for _, v := range versions {
		if !p.allows(v.id) {
			keys = append(keys, v.key+"=1")
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return ": " + strings.Join(keys, " or ") + " would add another, beside those that are to stay"
}

// chosenVersion returns the version in the error with which crypto/tls refuses the choice
// of a server that knows no supported_versions. That error has no type of its own.
func chosenVersion(err error) (uint16, bool) {
	const prefix = "tls: server selected unsupported protocol version "
	for e := err; e != nil; e = errors.Unwrap(e) {
		var id uint16
		if text, ok := strings.CutPrefix(e.Error(), prefix); ok {
			_, scan := fmt.Sscanf(text, "%x", &id)
			return id, scan == nil
		}
	}
	return 0, false
}

// chosenReason is Reason for a version that was not offered.
func (p *Policy) chosenReason(id uint16) string {
	i := indexOf(id)
	if i < 0 {
		return "the server chose " + tls.VersionName(id) + ", which is broken and not supported: it has to be brought up to date"
	}
	section, key := p.src.keyOf(versions[i])
	return fmt.Sprintf("the server chose %s, which [%s] %s disables; %s", versions[i].name, section, key, p.enableHint(id))
}

// enableHint says how to have version id.
func (p *Policy) enableHint(id uint16) string {
	if i := indexOf(id); i >= 0 {
		return fmt.Sprintf("set %s=1, beside the keys of those that are to stay, if it cannot speak another", versions[i].key)
	}
	return "it has to be brought up to date"
}
