// Package access finds out who sends an HTTP request: by name and password, by a token that
// it gives out itself, or by a client certificate.
package access
