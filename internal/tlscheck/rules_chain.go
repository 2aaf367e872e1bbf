package tlscheck

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// chainRules are about trust and what was sent to establish it. Sources:
//
//   - Order: RFC 5246, section 7.4.2; free since RFC 8446, section 4.4.2, but for
//     the first one. Clients of today sort by themselves.
//   - Intermediates that are not sent: Android and Java do not fetch them
//     (developer.android.com/privacy-and-security/security-ssl;
//     com.sun.security.enableAIAcaIssuers is off in Java).
//   - Java takes at most 10 certificates and 32 KiB
//     (jdk.tls.client.maxInboundCertificateChainLength, jdk.tls.maxHandshakeMessageSize).
var chainRules = []rule{
	{refuse: everyone, check: untrusted},
	{refuse: everyone, check: outdatedAbove},
	{refuse: everyone, check: notForServersAbove},
	{refuse: android | java, check: foundElsewhere},
	{level: Warning, check: endsBelowRoot},
	{refuse: java, check: tooLong},
	{level: Warning, check: badOrder},
	{level: Notice, check: needless},
	{level: Warning, check: outdatedNeedless},
	{level: Notice, check: differsByVersion},
}

func untrusted(f *facts) []remark {
	last := f.path[len(f.path)-1]
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](f.trust.err)
	switch {
	case f.trust.ok, slices.ContainsFunc(f.path, weaklySigned): // the latter has a rule of its own
		return nil
	case isInvalid && invalid.Reason != x509.Expired:
		return []remark{{fmt.Sprintf("the chain is not valid: %v", f.trust.err), "have the certificate issued anew"}}
	case last == f.leaf && selfSigned(last):
		return []remark{{"the certificate is self-signed, and it is not among those trusted here",
			"use one from an authority, or have clients trust this one"}}
	case selfSigned(last):
		return []remark{{fmt.Sprintf("the authority %q, which was sent, is not among those trusted here", title(last)),
			"install it at the clients; to check as if it were, name its file with --ca"}}
	case last == f.leaf && (len(f.leaf.IssuingCertificateURL) > 0 || claimsPublic(f.leaf)):
		return []remark{{fmt.Sprintf("the chain is incomplete: the intermediate certificate %q is missing", last.Issuer.String()),
			"append it to the file with the server's certificate" + offeredAt(f.leaf)}}
	}
	return []remark{{fmt.Sprintf("the chain ends at %q; its issuer %q was not sent and is not among those trusted here", title(last), last.Issuer.String()),
		"if that is an intermediate, append it to the file with the server's certificate; if it is an authority of your own, install it at the clients (to check as if it were, name its file with --ca)"}}
}

func offeredAt(c *x509.Certificate) string {
	if len(c.IssuingCertificateURL) == 0 {
		return ""
	}
	return fmt.Sprintf("; the issuer offers it at %q", c.IssuingCertificateURL[0])
}

func outdated(c *x509.Certificate, now time.Time) bool {
	return now.After(c.NotAfter) || now.Before(c.NotBefore)
}

// outdatedAbove is about a chain that only certificates out of date complete.
func outdatedAbove(f *facts) (found []remark) {
	if !f.trust.ok || f.trust.current {
		return nil
	}
	for _, c := range f.trust.chain[1:] {
		if outdated(c, f.now) {
			found = append(found, remark{fmt.Sprintf("the certificate of the authority %q is valid from %s to %s only",
				title(c), date(c.NotBefore), date(c.NotAfter)), "get the present one from the issuer"})
		}
	}
	return found
}

func notForServersAbove(f *facts) []remark {
	if !f.trust.ok || f.trust.servers || notForServers(f.leaf) {
		return nil
	}
	return []remark{{"an authority in the chain may not issue certificates for servers (extendedKeyUsage)",
		"have the certificate issued by one that may"}}
}

func (f *facts) wasSent(c *x509.Certificate) bool { return slices.ContainsFunc(f.sent, c.Equal) }

// foundElsewhere is about systems that keep or fetch intermediates.
func foundElsewhere(f *facts) (found []remark) {
	if !f.trust.ok {
		return nil
	}
	for _, c := range f.trust.chain[:len(f.trust.chain)-1] {
		if !f.wasSent(c) {
			found = append(found, remark{fmt.Sprintf("the intermediate certificate %q is not sent; this machine found it elsewhere", title(c)),
				"append it to the file with the server's certificate"})
		}
	}
	return found
}

func endsBelowRoot(f *facts) []remark {
	if !f.trust.ok {
		return nil
	}
	top := f.trust.chain[len(f.trust.chain)-1]
	if selfSigned(top) || f.wasSent(top) {
		return nil
	}
	return []remark{{fmt.Sprintf("%q is trusted here, but it is an intermediate and is not sent: clients that know its root only do not find the way", title(top)),
		"append it to the file with the server's certificate"}}
}

func tooLong(f *facts) []remark {
	const maxCertificates, maxBytes = 10, 32768
	all, bytes := f.best.state.PeerCertificates, 0
	for _, c := range all {
		bytes += len(c.Raw)
	}
	if len(all) <= maxCertificates && bytes <= maxBytes {
		return nil
	}
	return []remark{{fmt.Sprintf("it sends %d certificates, %d bytes", len(all), bytes),
		"send the server's certificate and its intermediates, nothing else"}}
}

func badOrder(f *facts) []remark {
	at := 0
	for _, c := range f.path[1:] {
		i := slices.IndexFunc(f.sent, c.Equal)
		if i < at {
			return []remark{{"the certificates are sent in the wrong order", "sort the file: the server's certificate first, then always the issuer of the one before"}}
		}
		at = i
	}
	return nil
}

func needless(f *facts) (found []remark) {
	last := f.path[len(f.path)-1]
	for i, c := range f.sent {
		switch {
		case slices.IndexFunc(f.sent, c.Equal) < i:
			found = append(found, remark{fmt.Sprintf("the certificate %q is sent more than once", title(c)), "remove it from the file"})
		case i > 0 && c.Equal(last) && selfSigned(c):
			found = append(found, remark{fmt.Sprintf("the root %q is sent; clients have it or do not trust it", title(c)), "remove it from the file"})
		case !slices.ContainsFunc(f.path, c.Equal):
			found = append(found, remark{fmt.Sprintf("the certificate %q is sent and does not belong to the chain", title(c)), "remove it from the file"})
		}
	}
	return found
}

// outdatedNeedless is about certificates out of date in a chain that is good
// without them.
func outdatedNeedless(f *facts) (found []remark) {
	if !f.trust.current {
		return nil
	}
	for _, c := range f.sent[1:] {
		if outdated(c, f.now) {
			found = append(found, remark{fmt.Sprintf("the certificate %q is sent, which is valid from %s to %s only",
				title(c), date(c.NotBefore), date(c.NotAfter)), "replace it with the present one of the issuer"})
		}
	}
	return found
}

func differsByVersion(f *facts) (found []remark) {
	for _, h := range f.versions {
		if h.reached && !h.state.PeerCertificates[0].Equal(f.leaf) {
			found = append(found, remark{"in " + h.version().Version + " it shows another certificate, which was not judged", ""})
		}
	}
	return found
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
