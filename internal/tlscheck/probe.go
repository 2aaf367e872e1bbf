package tlscheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// Errors of Check, to be told with errors.Is.
var (
	ErrUnreachable = errors.New("cannot be reached")
	ErrNoTLS       = errors.New("does not speak TLS")
)

// handshakeTimeout bounds one handshake, so that a server that stalls in one
// leaves time for the others.
const handshakeTimeout = 10 * time.Second

// allVersions are those that crypto/tls speaks, the newest first.
var allVersions = []uint16{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10}

// handshake is one attempt to connect.
type handshake struct {
	asked   uint16              // the version, or the newest of several
	reached bool                // the server chose a version and showed its certificate
	state   tls.ConnectionState // zero unless reached
	asks    bool                // the server asks for the client's certificate
	remote  string
	err     error // it may fail although reached
}

// probe finds out which versions the server speaks. Best is what a client that
// speaks all of them gets, and versions has one entry for each of allVersions.
func probe(ctx context.Context, address, name string) (best handshake, versions []handshake, err error) {
	best = connect(ctx, address, name, tls.VersionTLS10, tls.VersionTLS13)
	if err := unusable(address, best); err != nil {
		return best, nil, err
	}
	for _, v := range allVersions {
		h := best
		if !best.reached || best.state.Version != v {
			h = connect(ctx, address, name, v, v)
		}
		h.asked = v
		if h.reached && !best.reached {
			best = h
		}
		versions = append(versions, h)
	}
	return best, versions, nil
}

// connect makes one handshake and closes the connection. It accepts whatever the
// server shows: that is judged later.
func connect(ctx context.Context, address, name string, least, most uint16) handshake {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	h := handshake{asked: most}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		h.err = err
		return h
	}
	defer raw.Close()
	h.remote = raw.RemoteAddr().String()
	conn := tls.Client(raw, &tls.Config{
		ServerName: name, MinVersion: least, MaxVersion: most,
		CipherSuites: allSuites(), NextProtos: []string{"h2", "http/1.1"},
		InsecureSkipVerify: true,
		// Called even if the handshake fails later on, for instance for want of
		// a client certificate.
		VerifyConnection: func(s tls.ConnectionState) error {
			h.reached, h.state = true, s
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			h.asks = true
			return &tls.Certificate{}, nil
		},
	})
	if h.err = conn.HandshakeContext(ctx); h.err == nil {
		h.state = conn.ConnectionState()
		conn.Close() // says good-bye, so that the server logs no fault
	}
	return h
}

// allSuites are all that can be asked for, so that a server with none but bad
// ones is understood too.
func allSuites() (ids []uint16) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, s.ID)
	}
	return ids
}

// unusable returns an error if h, the first attempt, leaves nothing to judge.
func unusable(address string, h handshake) error {
	record, notTLS := errors.AsType[tls.RecordHeaderError](h.err)
	switch {
	case h.err == nil || h.reached:
		return nil
	case h.remote == "":
		return fmt.Errorf("%s %w: %w", address, ErrUnreachable, h.err)
	case notTLS:
		return fmt.Errorf("%s %w: %s", address, ErrNoTLS, plaintext(record.RecordHeader[:]))
	case errors.Is(h.err, context.DeadlineExceeded), errors.Is(h.err, context.Canceled):
		return fmt.Errorf("%s %w: it takes the connection and does not finish a handshake in time", address, ErrNoTLS)
	case errors.Is(h.err, io.EOF), errors.Is(h.err, syscall.ECONNRESET):
		return fmt.Errorf("%s %w: it closes the connection when it is offered TLS", address, ErrNoTLS)
	}
	return nil
}

// plaintext guesses by the first five bytes what a server speaks in place of
// TLS.
func plaintext(first []byte) string {
	text := string(first)
	switch {
	case strings.HasPrefix(text, "HTTP/"):
		return "it answers in plain HTTP"
	case strings.HasPrefix(text, "SSH-"):
		return "it is an SSH server"
	case strings.HasPrefix(text, "220 "), strings.HasPrefix(text, "220-"):
		return "it is a mail or FTP server, which would begin TLS later"
	}
	return fmt.Sprintf("its answer begins with %q", text)
}
