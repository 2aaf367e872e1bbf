package sslconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// clientAuth is [MPP] SSLClientAuth.
type clientAuth uint8

const (
	authNone clientAuth = iota
	authOptional
	authRequired
)

func chooseClientAuth(s Settings, r *report) clientAuth {
	switch strings.ToLower(s.ClientAuth) {
	case "", "none":
		return authNone
	case "optional":
		if s.ClientCAs == nil {
			r.add(Warning, secMPP, keyClientAuth, "name the issuers' file in [MPP] ClientCA",
				"client certificates are requested, but without [MPP] ClientCA none is trusted")
		}
		return authOptional
	case "required":
		if s.ClientCAs == nil {
			r.add(Error, secMPP, keyClientAuth, "name the file with the issuers of client certificates in [MPP] ClientCA",
				"required, but [MPP] ClientCA is not set: no client could ever connect")
		}
		return authRequired
	}
	r.add(Error, secMPP, keyClientAuth, "use none, optional or required", "%q is not allowed", s.ClientAuth)
	return authNone
}

// applyClientAuth makes c ask for a client certificate if ask is set or the
// policy always asks. With ClientCAs a certificate that is shown must be valid
// or the handshake fails; without, it is passed on untrusted (VerifiedChains
// stays empty).
func (p *Policy) applyClientAuth(c *tls.Config, ask bool) {
	switch {
	case p.clientAuth == authRequired:
		c.ClientAuth = tls.RequireAndVerifyClientCert
	case p.clientAuth == authNone && !ask:
		return
	case p.clientCAs == nil:
		c.ClientAuth = tls.RequestClientCert
		return
	default:
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	c.ClientCAs = p.clientCAs
	c.VerifyConnection = p.verifyClient
}

// verifyClient holds the client's certificate against ClientCAs on every
// connection. crypto/tls has just done so in a full handshake, with the right
// alert; a resumed session brings a certificate that was checked when it began,
// maybe days ago, so it is checked again here.
func (p *Policy) verifyClient(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		if p.clientAuth == authRequired {
			return errors.New("sslconf: client sent no certificate, [MPP] SSLClientAuth=required demands one")
		}
		return nil
	}
	if !cs.DidResume {
		return nil
	}
	intermediates := x509.NewCertPool()
	for _, c := range cs.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots:         p.clientCAs,
		Intermediates: intermediates,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return fmt.Errorf("sslconf: client certificate of resumed session: %w", err)
	}
	return nil
}

// asked marks, inside the ticket, a session whose client was asked for a
// certificate.
const asked = "appserver client certificate requested"

// bindTickets makes c resume only sessions whose client was asked for a
// certificate, also if it had none to show. Without this a client could carry a
// session from a protocol that does not ask to one that does, and never be
// asked. Keys are those of outer, which rotates them.
func bindTickets(c, outer *tls.Config) {
	c.WrapSession = func(cs tls.ConnectionState, ss *tls.SessionState) ([]byte, error) {
		if !wasAsked(ss) {
			ss.Extra = append(ss.Extra, []byte(asked))
		}
		return outer.EncryptTicket(cs, ss)
	}
	c.UnwrapSession = func(identity []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
		ss, err := outer.DecryptTicket(identity, cs)
		if err != nil || ss == nil || !wasAsked(ss) {
			return nil, err
		}
		return ss, nil
	}
}

func wasAsked(ss *tls.SessionState) bool {
	for _, e := range ss.Extra {
		if string(e) == asked {
			return true
		}
	}
	return false
}
