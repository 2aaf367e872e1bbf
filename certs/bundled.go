// Package bundled holds the certificate that the server shows until one is
// configured: for localhost, 127.0.0.1 and ::1 only.
//
// Its private key is in the program and in the repository, so it proves
// nothing to a stranger; it lets a new installation be reached with TLS from
// its own machine. Whoever trusts the CA risks nothing elsewhere: root and
// intermediate are limited to localhost by critical name constraints, and their
// private keys were never written anywhere. The files are made by
// appserver/certs/generate.
package bundled

import (
	_ "embed"
)

// File names of the bundled pair, as the original product ships them.
const (
	CertificateFile = "totvs_certificate.crt"     // leaf, then intermediate
	KeyFile         = "totvs_certificate_key.pem" // private key of the leaf
	CAFile          = "totvs_certificate_CA.crt"  // root, for trust stores
)

var (
	//go:embed totvs_certificate.crt
	certificate string
	//go:embed totvs_certificate_key.pem
	key string
	//go:embed totvs_certificate_CA.crt
	ca string
)

// Certificate returns the content of [CertificateFile], PEM.
func Certificate() []byte { return []byte(certificate) }

// Key returns the content of [KeyFile], PEM.
func Key() []byte { return []byte(key) }

// CA returns the content of [CAFile], PEM.
func CA() []byte { return []byte(ca) }
