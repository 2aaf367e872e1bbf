package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"time"

	bundled "appserver/certs"
	"appserver/internal/keyfile"
)

// Request is what [Select] chooses from.
type Request struct {
	Default      bool      // [MPP] SSL_Default=1: the bundled pair whatever else is set
	MPP          Files     // [MPP] SSL_Certificate, SSL_Key, SSL_PassPhrase
	SSLConfigure Files     // [SSLConfigure] CertificateServer, KeyServer, PassPhrase
	Local        string    // folder of a local authority, see [OpenLocal]; "" = none
	Command      string    // as Local.Command, for hints
	Dir          string    // folder searched for the bundled files first; "" = only those built in
	Now          time.Time // zero = the present
}

var (
	mppNames = Names{"MPP", "SSL_Certificate", "SSL_Key", "SSL_PassPhrase"}
	sslNames = Names{"SSLConfigure", "CertificateServer", "KeyServer", "PassPhrase"}
)

// Select returns the pair that the server shows. The first of these that is
// configured decides, and if it cannot be used there is no other: [MPP]
// SSL_Default=1, the pair of [MPP], the pair of [SSLConfigure], the pair of the
// local authority, the bundled pair. A section is configured as soon as it names
// a certificate or a key, and the local authority as soon as something was
// created in its folder. Select mends nothing: whoever wants a local pair that
// is due or damaged to be renewed calls [Local.RenewIfDue] before.
//
// The bundled pair is taken from Dir if its files are there, else from the
// program. If the program's own has expired, a self-signed pair for the same
// names is made in its place, with a warning.
//
// The error joins one or more [*Fault]; findings are notices and warnings, and
// may come with an error too.
func Select(r Request) (*Pair, []Finding, error) {
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	if r.Default {
		p, findings, err := r.bundled()
		if r.MPP.named() {
			findings = append(findings, mppNames.finding(Notice, mppNames.Cert, "remove SSL_Default, or the certificate",
				"not used, because SSL_Default=1 asks for the bundled certificate"))
		}
		if l, ok := r.local(); ok && l.enterable() == nil {
			findings = append(findings, mppNames.finding(Notice, "SSL_Default", "remove it to use that certificate",
				"the bundled certificate is used, and not the one made here, in %s", l.dir))
		}
		return p, findings, err
	}
	for _, c := range []struct {
		files  Files
		names  Names
		origin Origin
	}{{r.MPP, mppNames, FromMPP}, {r.SSLConfigure, sslNames, FromSSLConfigure}} {
		if !c.files.named() {
			continue
		}
		c.files.Names = c.names
		p, findings, err := c.files.load(r.Now)
		if err != nil {
			return nil, findings, err
		}
		p.Origin = c.origin
		return p, append(findings, serverRemarks(p, c.names)...), nil
	}
	if l, ok := r.local(); ok {
		return l.Load(r.Now)
	}
	return r.bundled()
}

// local returns the local authority, if there is one.
func (r Request) local() (*Local, bool) {
	if r.Local == "" {
		return nil, false
	}
	l := OpenLocal(r.Local)
	l.Command = r.Command
	return l, l.Exists()
}

// bundled returns the bundled pair: from Dir, from the program, or, in place of
// an expired one, self-signed.
func (r Request) bundled() (*Pair, []Finding, error) {
	own, err := embedded()
	if err != nil {
		return nil, nil, err
	}
	p, findings, err := r.besideConfiguration(own)
	if err != nil {
		return nil, findings, err
	}
	if p == nil {
		p = own
	}
	err = checkDates(p, mppNames, r.Now)
	switch {
	case err == nil:
		return p, append(findings, expiryRemarks(p, mppNames, r.Now)...), nil
	case p.Certificate.Leaf.Equal(own.Certificate.Leaf):
		return r.replacement(p)
	}
	return nil, findings, err
}

// embedded returns the pair in the program, whatever its dates.
func embedded() (*Pair, error) {
	p, _, err := parsePair(bundled.Certificate(), bundled.Key(), "", time.Time{}, keyfile.ForOperators)
	if err != nil {
		return nil, err
	}
	p.Origin, p.CA = FromEmbedded, bundled.CA()
	return p, nil
}

// besideConfiguration returns the bundled pair that lies in Dir, whatever its
// dates; nil if there is none. An operator may have put another pair there
// under the same names, so what cannot be used is an error.
func (r Request) besideConfiguration(own *Pair) (*Pair, []Finding, error) {
	if r.Dir == "" {
		return nil, nil, nil
	}
	f := Files{
		Cert:       filepath.Join(r.Dir, bundled.CertificateFile),
		Key:        filepath.Join(r.Dir, bundled.KeyFile),
		PassPhrase: r.MPP.PassPhrase,
		Names:      mppNames,
	}
	const hint = "add the missing file, or remove the other to use the built-in pair"
	switch cert, key := present(f.Cert), present(f.Key); {
	case !cert && !key:
		return nil, nil, nil
	case !cert:
		return nil, nil, mppNames.fault(mppNames.Cert, hint, "%s is there, but %s, which belongs to it, is not", f.Key, f.Cert)
	case !key:
		return nil, nil, mppNames.fault(mppNames.Key, hint, "%s is there, but %s, which belongs to it, is not", f.Cert, f.Key)
	}
	p, findings, err := f.read(r.Now)
	if err != nil {
		return nil, findings, err
	}
	p.Origin = FromBundledFile
	if p.Certificate.Leaf.Equal(own.Certificate.Leaf) {
		p.CA = own.CA
		return p, findings, nil
	}
	ca, warning := caBeside(filepath.Join(r.Dir, bundled.CAFile), p)
	if ca != nil {
		p.CA = ca
	}
	return p, append(append(findings, warning...), serverRemarks(p, mppNames)...), nil
}

// caBeside reads the CA that belongs to p from file. It is for users to
// download, so one that is missing or does not fit is no error.
func caBeside(file string, p *Pair) (ca []byte, warning []Finding) {
	data, _, err := readFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	certs, _ := parseCertificates(data)
	for _, c := range certs {
		if issuedBelow(p, c) {
			return data, nil
		}
	}
	return nil, []Finding{mppNames.finding(Warning, mppNames.Cert, "replace or remove it",
		"%s is not the authority of %s; it is not offered to users", file, p.CertFile)}
}

// issuedBelow reports whether root is the authority of p.
func issuedBelow(p *Pair, root *x509.Certificate) bool {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	for _, der := range p.Certificate.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			intermediates.AddCert(c)
		}
	}
	_, err := p.Certificate.Leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: p.Certificate.Leaf.NotBefore,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil || bytes.Equal(root.Raw, p.Certificate.Leaf.Raw)
}

// replacement stands in for the bundled pair old, which is out of date.
func (r Request) replacement(old *Pair) (*Pair, []Finding, error) {
	p, err := selfSigned(r.Now)
	if err != nil {
		return nil, nil, err
	}
	leaf := old.Certificate.Leaf
	return p, []Finding{mppNames.finding(Warning, mppNames.Cert,
		"name your own certificate in [MPP] SSL_Certificate and SSL_Key, or install a newer release",
		"the bundled certificate is valid from %s to %s only; a self-signed one for localhost, which no client trusts, is used until the server stops",
		leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))}, nil
}

// present reports whether path exists in whatever form.
func present(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
