package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
)

// probe looks again at a server that gave a SmartClient no answer, as a client
// of another kind would, and returns c or what it turned out to be. Servers of
// HTTP wait for the end of a line that a SmartClient never sends, and many of
// TLS close without a word.
func (p *pinger) probe(ctx context.Context, c code) code {
	if p.report.Server != nil || c != codeAnswerTimeout && c != codeClosed {
		return c
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	switch {
	case p.plain && c == codeClosed && p.speaksTLS(ctx):
		return codeTLSServer
	case p.speaksHTTP(ctx):
		return codeHTTPServer
	}
	return c
}

func (p *pinger) speaksTLS(ctx context.Context) bool {
	nc, err := p.dialTLS(ctx)
	if err != nil {
		return false
	}
	nc.Close()
	return true
}

func (p *pinger) dialTLS(ctx context.Context) (net.Conn, error) {
	return (&tls.Dialer{Config: &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         p.name(),
		InsecureSkipVerify: true, // to see whether there is TLS at all
	}}).DialContext(ctx, "tcp", p.target())
}

func (p *pinger) speaksHTTP(ctx context.Context) bool {
	dial := p.dialTLS
	if p.plain {
		dial = func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", p.target())
		}
	}
	nc, err := dial(ctx)
	if err != nil {
		return false
	}
	defer nc.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = nc.SetDeadline(deadline) // fails only if nc is closed, and then so does what follows
	}
	const start = "HTTP/"
	if _, err := io.WriteString(nc, "HEAD / HTTP/1.0\r\n\r\n"); err != nil {
		return false
	}
	answer := make([]byte, len(start))
	_, err = io.ReadFull(nc, answer)
	return err == nil && string(answer) == start
}
