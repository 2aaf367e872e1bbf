package mpp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// alertHandshakeFailure is the record that tells a TLS client at once that
// there is no TLS here: fatal alert 40 (RFC 8446, section 6).
var alertHandshakeFailure = []byte{0x15, 0x03, 0x01, 0x00, 0x02, 2, 40}

// alertProtocolVersion is the alert that refuses a version.
const alertProtocolVersion = 70

// errNoSlot ends a handshake that found no free slot before its deadline.
var errNoSlot = fmt.Errorf("no handshake slot became free: %w", os.ErrDeadlineExceeded)

// tlsOffer is what one hello offered and what the policy had for it.
type tlsOffer struct {
	serverName     string
	versions       []uint16
	protocols      []string
	sharesVersion  bool
	sharesProtocol bool
	needsCert      bool // the policy requires a client certificate
}

// handshakeConfig returns cfg with a GetConfigForClient around its own that
// notes the hello. crypto/tls calls it once for each handshake, also where a
// second hello follows.
func (s *Server) handshakeConfig(cfg *tls.Config) *tls.Config {
	outer := cfg.Clone()
	choose := cfg.GetConfigForClient
	outer.GetConfigForClient = func(hello *tls.ClientHelloInfo) (own *tls.Config, err error) {
		c := hello.Conn.(*conn)
		s.addressed(c.addressed(hello.ServerName))
		if choose != nil {
			if own, err = choose(hello); err != nil {
				return nil, err
			}
		}
		chosen := own
		if chosen == nil {
			chosen = cfg
		}
		c.offer = newTLSOffer(hello, chosen)
		if c.set.TraceHandshakes {
			s.log.Info("TLS hello seen", c.offer.fields(c)...)
		}
		return own, nil
	}
	return outer
}

// maxHost bounds the name that a client looks for; a DNS name has at most 253
// bytes.
const maxHost = 255

// addressed returns what the client of c looks for us under: the server name of
// its hello, or where it connected to.
func (c *conn) addressed(serverName string) string {
	if len(serverName) > maxHost {
		return strings.Clone(serverName[:maxHost])
	}
	if serverName != "" {
		return serverName
	}
	ip := c.local
	if !ip.IsValid() {
		ip = addrOf(c.Conn.LocalAddr())
	}
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

func newTLSOffer(hello *tls.ClientHelloInfo, cfg *tls.Config) *tlsOffer {
	return &tlsOffer{
		serverName: hello.ServerName,
		versions:   hello.SupportedVersions,
		protocols:  hello.SupportedProtos,
		sharesVersion: slices.ContainsFunc(hello.SupportedVersions, func(v uint16) bool {
			return v >= max(cfg.MinVersion, tls.VersionTLS10) && (cfg.MaxVersion == 0 || v <= cfg.MaxVersion)
		}),
		sharesProtocol: len(hello.SupportedProtos) == 0 || len(cfg.NextProtos) == 0 ||
			slices.ContainsFunc(hello.SupportedProtos, func(p string) bool { return slices.Contains(cfg.NextProtos, p) }),
		needsCert: cfg.ClientAuth == tls.RequireAnyClientCert || cfg.ClientAuth == tls.RequireAndVerifyClientCert,
	}
}

// A peer chooses how long its hello is; the log does not grow with it.
const (
	maxLoggedNames = 8
	maxLoggedName  = 64
)

// fields describes an offer in the log.
func (o *tlsOffer) fields(c *conn) []zap.Field {
	versions := make([]string, 0, maxLoggedNames)
	for _, v := range o.versions[:min(len(o.versions), maxLoggedNames)] {
		versions = append(versions, tls.VersionName(v))
	}
	protocols := make([]string, 0, maxLoggedNames+1)
	for _, p := range o.protocols[:min(len(o.protocols), maxLoggedNames)] {
		protocols = append(protocols, clip(p))
	}
	if more := len(o.protocols) - maxLoggedNames; more > 0 {
		protocols = append(protocols, fmt.Sprintf("and %d more", more))
	}
	return []zap.Field{
		zap.Stringer("remote", c.remote), zap.String("server_name", clip(o.serverName)),
		zap.Strings("offered_versions", versions), zap.Strings("offered_protocols", protocols),
	}
}

func clip(s string) string {
	if len(s) <= maxLoggedName {
		return s
	}
	return s[:maxLoggedName] + "…"
}

// acquireSlot waits for one of the slots that bound how many handshakes compute
// at the same time, until the connection's deadline or shortly after the stop.
func (c *conn) acquireSlot() error {
	slots := c.set.slots
	select {
	case slots <- struct{}{}:
		c.hasSlot = true
		return nil
	default:
	}
	wait := time.NewTimer(time.Until(c.deadline()))
	defer wait.Stop()
	stop := c.srv.stop
	for {
		select {
		case slots <- struct{}{}:
			c.hasSlot = true
			return nil
		case <-wait.C:
			return errNoSlot
		case <-stop:
			stop = nil
			wait.Reset(stopGrace)
		}
	}
}

// releaseSlot gives the slot back, if there is one.
func (c *conn) releaseSlot() {
	if c.hasSlot {
		c.hasSlot = false
		<-c.set.slots
	}
}

// handshakeFailed names why, and closes.
func (s *Server) handshakeFailed(c *conn, tc *tls.Conn, err error) {
	reason := handshakeFailure(c.offer, tc.ConnectionState(), err)
	switch c.peerAlert {
	case 0:
	case alertProtocolVersion:
		reason = HandshakeVersion
	default:
		reason, err = HandshakeAlert, fmt.Errorf("the client sent: %w", tls.AlertError(c.peerAlert))
	}
	detail := []zap.Field{zap.Error(err)}
	if c.offer != nil {
		detail = append(detail, c.offer.fields(c)[1:]...)
	}
	c.fate.CompareAndSwap(nil, &fate{reason: reason, handshake: true, detail: detail})
	linger(c)
	tc.Close()
}

// handshakeFailure names why a handshake ended with err in state after offer,
// which is nil if no hello came. It goes by types, never by texts.
func handshakeFailure(offer *tlsOffer, state tls.ConnectionState, err error) string {
	var (
		op         *net.OpError
		header     tls.RecordHeaderError
		unverified *tls.CertificateVerificationError
		unknownCA  x509.UnknownAuthorityError
		invalid    x509.CertificateInvalidError
	)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return HandshakeTimeout
	case errors.As(err, &op) && op.Op == "remote error":
		return HandshakeAlert
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), op != nil && op.Op == "read":
		return HandshakeClosed
	case errors.As(err, &header):
		return HandshakeNotTLS
	case errors.As(err, &unverified), errors.As(err, &unknownCA), errors.As(err, &invalid):
		return HandshakeCertificate
	case offer != nil && !offer.sharesVersion:
		return HandshakeVersion
	case offer != nil && !offer.sharesProtocol:
		return HandshakeALPN
	case offer != nil && offer.needsCert && state.CipherSuite != 0 && len(state.PeerCertificates) == 0:
		return HandshakeCertificate
	default:
		return HandshakeOther
	}
}

// logHandshake logs what was negotiated.
func (s *Server) logHandshake(c *conn, state *tls.ConnectionState) {
	level := zap.DebugLevel
	if c.set.LogHandshakes || c.set.TraceHandshakes {
		level = zap.InfoLevel
	}
	if entry := s.log.Check(level, "TLS established"); entry != nil {
		entry.Write(
			zap.Stringer("remote", c.remote),
			zap.String("version", tls.VersionName(state.Version)),
			zap.String("cipher", tls.CipherSuiteName(state.CipherSuite)),
			zap.String("server_name", clip(state.ServerName)),
			zap.String("alpn", state.NegotiatedProtocol),
			zap.Bool("resumed", state.DidResume))
	}
	c.offer = nil
}
