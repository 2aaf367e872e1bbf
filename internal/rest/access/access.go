// Package access finds out who sends an HTTP request: by name and password, by a token that
// it gives out itself, or by a client certificate.
package access

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"appserver/internal/auth"
	"appserver/internal/jwt"
)

// Realm is what challenges name.
const Realm = "Access to REST"

const (
	// maxBasic bounds the header Authorization with name and password, in bytes.
	maxBasic = 4 << 10
	// maxBearer bounds it with a token.
	maxBearer = jwt.MaxToken + len("Bearer ")
	// maxCertificateName bounds the name that a certificate gives, in bytes.
	maxCertificateName = 256
)

// Schemes are the ways to show who one is, as Options.Observe names them.
const (
	schemeNone        = "none"
	schemeBasic       = "basic"
	schemeBearer      = "bearer"
	schemeCertificate = "certificate"
	schemeProgram     = "program" // Basic, checked by a program
	schemePassword    = "password_grant"
	schemeRefresh     = "refresh_grant"
	schemeRevoke      = "revoke"
	schemeChange      = "password_change"
)

// Schemes and Results return all that Options.Observe is ever called with.
func Schemes() []string {
	return []string{schemeNone, schemeBasic, schemeBearer, schemeCertificate, schemeProgram, schemePassword, schemeRefresh, schemeRevoke, schemeChange}
}

// Options are what a Door is made of.
type Options struct {
	// Check checks name and password against the store: auth.Users.Check.
	Check func(context.Context, auth.Attempt) (auth.Principal, error)
	// ChangePassword gives whoever makes the attempt another password: auth.Users.ChangePassword.
	// Nil: users cannot do that.
	ChangePassword func(ctx context.Context, a auth.Attempt, password string) error
	// Grants gives out and takes tokens; nil: there are none.
	Grants *auth.Grants
	// Throttle slows down guesses at passwords that a program checks.
	Throttle *auth.Throttle
	// PasswordGrant says that tokens are given for name and password.
	PasswordGrant bool
	// TokenStatus is that of an answer with tokens; 0: 200.
	TokenStatus int
	// Secure tells whether the client's connection is encrypted; nil: whether the request
	// came over TLS.
	Secure func(*http.Request) bool
	// Forwarded tells whether a proxy passed the request on, so that the certificate of the
	// connection is not that of the client; nil: never.
	Forwarded func(*http.Request) bool
	// Observe counts attempts, by scheme and result; it may be nil.
	Observe func(scheme, result string)
	Log     *zap.Logger // nil: none
}

// Door lets those in who show who they are. Any goroutine may use it.
type Door struct {
	o           Options
	inURL, bare sync.Once // warned
	unchecked   sync.Map  // scheme to *lograte.Gate, of what could not be checked
}

// New returns a Door.
func New(o Options) *Door {
	if o.Secure == nil {
		o.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	if o.Forwarded == nil {
		o.Forwarded = func(*http.Request) bool { return false }
	}
	if o.Observe == nil {
		o.Observe = func(string, string) {}
	}
	if o.Throttle == nil {
		o.Throttle = new(auth.Throttle)
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return &Door{o: o}
}

// Rules are what the section of a service says.
type Rules struct {
	Basic bool // name and password may come with each request
	// OnAuth asks a program about name and password, in place of the store; false: nobody is
	// let in. With it nothing but name and password counts. Nil: there is no such program.
	OnAuth func(ctx context.Context, user, password string) (bool, error)
}

// Authenticate returns who sends r from the address. The error is a *Refusal.
//
// What is in the header Authorization decides; without one a client certificate that was
// verified counts, whose principal has the common name of its subject, or all of the subject
// if there is none.
func (d *Door) Authenticate(ctx context.Context, r *http.Request, from netip.Addr, rules Rules) (auth.Principal, error) {
	who, scheme, err := d.authenticate(ctx, r, from, rules)
	if err != nil {
		refused := d.refuse(scheme, err, rules)
		d.o.Observe(scheme, refused.Result)
		return auth.Principal{}, refused
	}
	d.o.Observe(scheme, resultOK)
	return who, nil
}

func (d *Door) authenticate(ctx context.Context, r *http.Request, from netip.Addr, rules Rules) (who auth.Principal, scheme string, err error) {
	scheme, value, err := credentials(r.Header)
	if err != nil {
		return who, scheme, err
	}
	if scheme != schemeNone {
		d.warnBare(r)
	}
	switch {
	case rules.OnAuth != nil && scheme == schemeBasic:
		who, err = d.program(ctx, value, from, rules.OnAuth)
		return who, schemeProgram, err
	case rules.OnAuth != nil:
		return who, schemeProgram, errNone
	case scheme == schemeBearer && d.o.Grants != nil:
		who, err = d.o.Grants.Verify(ctx, value)
		return who, scheme, err
	case scheme == schemeBasic && rules.Basic:
		who, err = d.password(ctx, value, from)
		return who, scheme, err
	case scheme == schemeNone && !d.o.Forwarded(r) && r.TLS != nil && len(r.TLS.VerifiedChains) > 0:
		who, err = certificate(r.TLS.VerifiedChains[0][0])
		return who, schemeCertificate, err
	case scheme == schemeNone:
		return who, scheme, errNone
	}
	return who, scheme, errScheme
}

// warnBare writes to the log, once, that credentials can be read on their way.
func (d *Door) warnBare(r *http.Request) {
	if !d.o.Secure(r) {
		d.bare.Do(func() {
			d.o.Log.Warn("credentials come over connections that are not encrypted: anybody on the way can read them")
		})
	}
}

// credentials returns the scheme of the header Authorization and what follows it.
func credentials(h http.Header) (scheme, value string, err error) {
	lines := h.Values("Authorization")
	switch len(lines) {
	case 0:
		return schemeNone, "", nil
	case 1:
	default:
		return schemeNone, "", errSeveral
	}
	name, value, _ := strings.Cut(lines[0], " ")
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(name, "Basic"):
		if len(lines[0]) > maxBasic {
			return schemeBasic, "", errLong
		}
		return schemeBasic, value, nil
	case strings.EqualFold(name, "Bearer"):
		if len(lines[0]) > maxBearer {
			return schemeBearer, "", errLong
		}
		return schemeBearer, value, nil
	}
	return schemeNone, "", errScheme
}

// password checks name and password against the store.
func (d *Door) password(ctx context.Context, value string, from netip.Addr) (auth.Principal, error) {
	name, password, err := basic(value)
	if err != nil {
		return auth.Principal{}, err
	}
	return d.o.Check(ctx, auth.Attempt{Name: name, Password: password, From: from, Door: "rest"})
}

// program has a program check name and password.
func (d *Door) program(ctx context.Context, value string, from netip.Addr, ask func(context.Context, string, string) (bool, error)) (auth.Principal, error) {
	name, password, err := basic(value)
	if err != nil {
		return auth.Principal{}, err
	}
	var failed error
	err = d.o.Throttle.Check(ctx, from, func() error {
		good, err := ask(ctx, name, password)
		if failed = err; err == nil && !good {
			return auth.ErrNoUser
		}
		return nil
	})
	switch {
	case failed != nil:
		return auth.Principal{}, errors.Join(errProgram, failed)
	case errors.Is(err, auth.ErrNoUser):
		return auth.Principal{}, errForbidden
	case err != nil:
		return auth.Principal{}, err
	}
	return auth.Principal{Name: name, Method: auth.Program}, nil
}

// basic reads name and password (RFC 7617), in UTF-8 or, if it is not that, in ISO-8859-1.
func basic(value string) (name, password string, err error) {
	pair, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return "", "", errBasic
	}
	name, password, ok := strings.Cut(Text(pair), ":")
	if !ok || name == "" || strings.ContainsFunc(name+password, unicode.IsControl) {
		return "", "", errBasic
	}
	return name, password, nil
}

// Text returns b as text: it is UTF-8, or else ISO-8859-1.
func Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// certificate is the principal of a certificate that was verified.
func certificate(c *x509.Certificate) (auth.Principal, error) {
	name := c.Subject.CommonName
	if name == "" {
		name = c.Subject.String()
	}
	bad := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || len(name) > maxCertificateName || !utf8.ValidString(name) || strings.ContainsFunc(name, bad) {
		return auth.Principal{}, errCertificate
	}
	return auth.Principal{Name: name, Method: auth.MTLS}, nil
}

// From returns the address of the client of r, as r.RemoteAddr says it, with a port or
// without; the zero Addr if it says none.
func From(r *http.Request) netip.Addr {
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return at.Addr().Unmap()
	}
	a, _ := netip.ParseAddr(r.RemoteAddr)
	return a.Unmap()
}
