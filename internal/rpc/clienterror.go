package rpc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errSilent is the cause of the end of a wait for a server that says nothing.
var errSilent = errors.New("no answer in time")

// A ConnectError says why there is no session, or none any more.
type ConnectError struct {
	Address string // host and port
	Err     error  // what is wrong, and how to mend it
}

func (e *ConnectError) Error() string { return e.Address + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *ConnectError) Unwrap() error { return e.Err }

func (p Peer) fail(format string, args ...any) *ConnectError {
	return &ConnectError{p.Address(), fmt.Errorf(format, args...)}
}

// refusedOnWindows is what Windows says (WSAECONNREFUSED) where others say ECONNREFUSED.
const refusedOnWindows = syscall.Errno(10061)

// unreachable is the error of a connection that was not made.
func (p Peer) unreachable(err error) error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return p.fail("the name %s is not known: %w", p.Host, dns)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, refusedOnWindows):
		return p.fail("nothing listens on this port, or a firewall refuses it: check name and port, and whether that server runs")
	}
	return p.fail("cannot connect: %w", err)
}

// silent is the error of a peer that said nothing until the time was over.
func (p Peer) silent(err error) error {
	var known *ConnectError
	if errors.As(err, &known) && !errors.Is(err, context.DeadlineExceeded) {
		return known // found out meanwhile
	}
	return p.fail("no answer in time: a firewall swallows the connection, that server is overloaded, or something else than an appserver listens there")
}

// This side and the other one, in errors of mismatched security.
const (
	securely = "this side speaks TLS"
	plainly  = "this side speaks gRPC without TLS"
)

// why says what decides on Secure.
func (p Peer) why() string {
	if p.SecuredBy == "" {
		return ""
	}
	return " (" + p.SecuredBy + ")"
}

func (p Peer) change() string {
	if p.Change == "" {
		return ""
	}
	return p.Change + ", or "
}

// noHandshake is the error of a TLS handshake that failed.
func (p Peer) noHandshake(ctx context.Context, err error) error {
	var wrong *tls.CertificateVerificationError
	if errors.As(err, &wrong) {
		return p.certificate(wrong)
	}
	if mismatch := p.securedInVain(ctx); mismatch != nil {
		return mismatch
	}
	return p.fail("no TLS connection: %w; compare the versions and ciphers of [SSLConfigure] here with those that server speaks", err)
}

// securedInVain is the error of a peer that has no TLS, nil if it seems to have.
func (p Peer) securedInVain(ctx context.Context) error {
	switch p.probePlain(ctx) {
	case http2:
		return p.fail("%s%s, that port speaks without TLS: %sgive that server TLS ([Drivers] MultiProtocolPortSecure=1 there)", securely, p.why(), p.change())
	case http1:
		return p.noRPC("an HTTP server without TLS listens there")
	case unknown:
		return p.noRPC("it speaks neither TLS nor gRPC")
	}
	return nil
}

// certificate is the error of a certificate that does not verify.
func (p Peer) certificate(err *tls.CertificateVerificationError) error {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	shown := "its certificate"
	if len(err.UnverifiedCertificates) > 0 {
		shown = fmt.Sprintf("its certificate (for %s, from %q)", names(err.UnverifiedCertificates[0]), limited(err.UnverifiedCertificates[0].Issuer.String(), maxName))
	}
	switch {
	case errors.As(err, &name):
		return p.fail("%s is not for %s: call the server by a name that is in it, or make one for that name there (appserver certs create)", shown, p.Host)
	case errors.As(err, &unknown):
		return p.fail("%s is from an authority that is not trusted here: name a file with that authority in [SSLConfigure] CertificateCA", shown)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return p.fail("%s is out of date, or the clock of one side is wrong: %w", shown, err)
	}
	return p.fail("%s does not verify: %w", shown, err)
}

// names lists what a certificate is for, as far as people want to know.
func names(c *x509.Certificate) string {
	var all []string
	for _, name := range c.DNSNames {
		all = append(all, printable(name, maxName))
	}
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	const most = 4
	if len(all) > most {
		all = append(all[:most], "…")
	}
	return strings.Join(all, ", ")
}

// printable is what a stranger says: at most limit bytes of it, and nothing that would look
// like something else where people read it.
func printable(s string, limit int) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, limited(s, limit))
}

// noRPC is the error of a peer that is something else.
func (p Peer) noRPC(what string) error {
	return p.fail("%s: check name and port, which is the multiprotocol port of an appserver", what)
}

// explain makes the error of a session that was not opened over c, for which it may look at
// the peer once more.
func (c *firstConn) explain(ctx context.Context, p Peer, err error) error {
	var known *ConnectError
	if errors.As(err, &known) {
		return err
	}
	s, _ := status.FromError(err)
	switch said := languageOf(c.said()); {
	case said == http2:
		return p.refused(s)
	case said == tlsRecord:
		return p.plainInVain()
	case said == http1:
		if !p.Secure && p.probeTLS(ctx) {
			return p.plainInVain()
		}
		return p.noRPC("an HTTP server that speaks no HTTP/2 listens there")
	case said == silence && !p.Secure && s.Code() == codes.Unavailable && p.probeTLS(ctx):
		return p.plainInVain()
	case said == silence:
		return p.fail("it closed the connection before it said anything: %s", printable(s.Message(), maxMessage))
	}
	return p.noRPC("it does not speak gRPC")
}

// plainInVain is the error of a peer that demands TLS.
func (p Peer) plainInVain() error {
	return p.fail("%s%s, that port speaks TLS: %shave that server serve calls without TLS, which others can read", plainly, p.why(), p.change())
}

// refused is the error of a server that did not open the session.
func (p Peer) refused(s *status.Status) error {
	text := printable(s.Message(), maxMessage)
	switch {
	case s.Code() == codes.Unauthenticated && p.Token == "":
		text = fmt.Sprintf("it wants to know who calls (%s): make a token there (appserver rpc token make NAME) and put it in [RPC] Token or TokenFile here, or in a section of [RPC] Connections", text)
	case s.Code() == codes.Unauthenticated:
		text = fmt.Sprintf("it did not take the token of this server (%s): make a new one there (appserver rpc token make NAME)", text)
	case s.Code() == codes.Unimplemented:
		text = fmt.Sprintf("it serves no calls of programs (%s): if it is an appserver, it is an old one", text)
	case s.Code() == codes.PermissionDenied:
		text = "it refuses: " + text
	default:
		text = fmt.Sprintf("it refuses: %s (%s)", text, s.Code())
	}
	if !p.Secure && (s.Code() == codes.Unauthenticated || s.Code() == codes.PermissionDenied) {
		text += "; " + plainly + p.why() + p.otherwise()
	}
	return p.fail("%s", text)
}

// otherwise says how to have it the other way.
func (p Peer) otherwise() string {
	if p.Change == "" {
		return ""
	}
	return ": to change that, " + p.Change
}

// broken is the error of a session that ended by itself.
func (p Peer) broken(err error) error {
	s, ok := status.FromError(err)
	if !ok {
		return p.fail("the connection broke: %w", err)
	}
	return p.fail("the connection broke: %s (%s)", printable(s.Message(), maxMessage), s.Code())
}
