// Package auth says who calls and what they may: principals, the credentials that make them,
// and their permissions.
package auth

// Method says what a principal has shown who it is with.
type Method string

const (
	None   Method = ""       // nothing
	Server Method = "server" // the server itself: jobs, threads started by programs of such
	Token  Method = "token"  // a token made on this installation
	MTLS   Method = "mtls"   // a client certificate that was verified
	User   Method = "user"   // name and password
)

// Principal is who a thread works for. It is made from credentials, never from an
// address alone. The zero Principal is nobody.
type Principal struct {
	Name   string // of the user, token or certificate
	Method Method
	ID     string // of the user in the store; "" of all others

	version int64 // of that user when he was let in: with another one it may be another password
	since   int64 // of when his password was by then, in milliseconds of Unix time
}

// System is the principal of what the server does by itself.
var System = Principal{Name: "server", Method: Server}
