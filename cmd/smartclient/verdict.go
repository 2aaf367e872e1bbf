package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// verdictTrusted stands in a report where the codes of what is wrong would.
const verdictTrusted code = "trusted"

// finding is something that is wrong with a certificate.
type finding struct {
	code   code
	detail string
}

// judge returns all that is wrong with the certificates that a server sent, as
// seen by a client that wants to reach name at the time now and trusts roots, or
// the system's if nil. Unlike x509.Verify it does not stop at the first fault.
func judge(chain []*x509.Certificate, name string, roots *x509.CertPool, now time.Time) []finding {
	leaf := chain[0]
	at, found := judgeTime(leaf, now)
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: at})
	if err != nil {
		found = append(found, judgeChain(err))
	}
	if leaf.VerifyHostname(name) != nil {
		found = append(found, finding{codeNameMismatch, ""})
	}
	return found
}

// judgeTime checks the validity of leaf and returns a time within it, so that
// the rest of the chain can be judged apart from it.
func judgeTime(leaf *x509.Certificate, now time.Time) (time.Time, []finding) {
	switch {
	case now.After(leaf.NotAfter):
		return leaf.NotAfter, []finding{{codeExpired, "it ended on " + date(leaf.NotAfter)}}
	case now.Before(leaf.NotBefore):
		return leaf.NotBefore, []finding{{codeNotYetValid, "it begins on " + date(leaf.NotBefore)}}
	}
	return now, nil
}

func judgeChain(err error) finding {
	var (
		authority x509.UnknownAuthorityError
		noRoots   x509.SystemRootsError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return finding{codeUnknownAuthority, ""}
	case errors.As(err, &noRoots):
		return finding{codeNoRoots, ""}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return finding{codeExpired, fmt.Sprintf("that of its issuer, %s, is valid from %s to %s",
			clean(invalid.Cert.Subject.String()), date(invalid.Cert.NotBefore), date(invalid.Cert.NotAfter))}
	}
	return finding{codeInvalid, clean(strings.TrimPrefix(err.Error(), "x509: "))}
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// clean returns s without what a terminal would take for more than text, and
// of a length for one line: s comes from whoever answered.
func clean(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
