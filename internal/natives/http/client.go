package http

import (
	"crypto/sha256"
	"crypto/tls"
	"net/url"
	"sync"
	"time"
)

// ClientOptions say what a Client is.
type ClientOptions struct {
	Agent string // product in the User-Agent of requests whose program names none

	// Settings returns what holds for a request that begins now. What it returns must stay
	// as it is: other settings are another value, with which connections begin anew.
	Settings func() *Settings

	// KeyPair makes a client's certificate of the contents of files, in PEM or PKCS#12. Its
	// error names what is wrong with them, and no secret. The pass phrase is in UTF-8.
	KeyPair func(cert, key []byte, passPhrase string) (*tls.Certificate, error)
}

// Settings are what the configuration says of requests.
type Settings struct {
	Guard       Guard
	Timeout     time.Duration // of a request that sets none
	MaxResponse int64         // bytes of an answer's body, decompressed
	Verify      bool          // servers' certificates, unless the program says otherwise

	// Proxy returns the URL of the proxy for a request to the URL; nil is none. A nil Proxy
	// always returns that.
	Proxy func(*url.URL) (*url.URL, error)

	// TLS returns a configuration for connections. Certificate is what is shown to servers
	// that ask; nil: the server's own.
	TLS func(verify bool, certificate *tls.Certificate) *tls.Config

	// Reason says for people why a handshake failed; "" if it is not known.
	Reason func(error) string

	// HandshakeBegins and HandshakeEnds are told of the TLS handshakes with servers; they
	// must be quick. nil: nobody is told.
	HandshakeBegins func(host string, verify bool)
	HandshakeEnds   func(host string, state tls.ConnectionState, err error)

	pool pool // of connections that were made under these settings
}

// Client makes the requests of programs. Connections are kept for later requests of the
// same settings, certificate and proxy. Its methods may be called from any goroutine.
type Client struct {
	o ClientOptions

	mu    sync.Mutex
	last  *Settings                   // of the last request
	pairs map[[sha256.Size]byte]*pair // of certificates that programs name
}

// NewClient makes a client without connections.
func NewClient(o ClientOptions) *Client { return &Client{o: o} }

// settings returns what holds for a request that begins now. Connections of settings that
// hold no more are closed as soon as they are idle.
func (c *Client) settings() *Settings {
	s := c.o.Settings()
	c.mu.Lock()
	before := c.last
	c.last = s
	c.mu.Unlock()
	if before != nil && before != s {
		before.pool.closeIdle()
	}
	return s
}
