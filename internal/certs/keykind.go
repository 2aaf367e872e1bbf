package certs

import "crypto"

// KeyKind names the kind of a public key for people, for instance "ECDSA P-256".
func KeyKind(pub crypto.PublicKey) string { return keyKind(pub) }
