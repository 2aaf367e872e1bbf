package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"appserver/internal/auth"
	"appserver/internal/config"
	nativerpc "appserver/internal/natives/rpc"
	"appserver/internal/rpc"
)

// callers is how programs call other servers. Its functions are called by any
// goroutine.
type callers struct {
	config   func() *config.Config
	security func() *security                                            // without faults
	check    func(context.Context, auth.Attempt) (auth.Principal, error) // of name and password
}

// callers are those of the server's programs.
func (d *daemon) callers() callers {
	return callers{
		config:   d.cfg,
		security: func() *security { return d.now.Load().security },
		check:    d.users.Check,
	}
}

// options are what the functions for programs need.
func (c callers) options() nativerpc.Options {
	return nativerpc.Options{
		Dialer: &rpc.Dialer{
			TLS: func(host string, protocols []string) (*tls.Config, error) {
				return c.security().clientTLS(c.config(), host, protocols), nil
			},
			MaxMessage: c.config().RPC.MaxMessageSize << 20,
		},
		Peer: func(server string, port int, secure *bool) (rpc.Peer, error) {
			return peerOf(c.config(), server, port, secure)
		},
		User: c.user,
	}
}

// user returns an error if name and password are not those of a user. Programs try passwords
// for whoever called them: by the machine they are throttled as callers are; all that is no
// address, as that of jobs, counts as one.
func (c callers) user(ctx context.Context, machine, name, password string) error {
	from, _ := netip.ParseAddr(machine) // else the zero address
	_, err := c.check(ctx, auth.Attempt{Name: name, Password: password, From: from, Door: "program"})
	return err
}

// peerOf says how cfg has the server called by a program that asks for secure, nil if it
// does not care.
func peerOf(cfg *config.Config, server string, port int, secure *bool) (rpc.Peer, error) {
	p := rpc.Peer{Host: server, Port: port}
	section, keeper, token, file := "RPC", "RPC", cfg.RPC.Token, cfg.RPC.TokenFile
	var wanted *bool
	for _, c := range cfg.Connections {
		if !c.Matches(server, port) {
			continue
		}
		wanted, section = c.Secure, c.Name
		if c.Token != "" || c.TokenFile != "" {
			keeper, token, file = c.Name, c.Token, c.TokenFile
		}
		break
	}
	switch {
	case secure != nil:
		p.Secure, p.SecuredBy = *secure, "the program asks for it: Connect(…, "+logical(*secure)+")"
		p.Change = "pass " + logical(!*secure) + " to Connect"
	case wanted != nil:
		p.Secure, p.SecuredBy = *wanted, fmt.Sprintf("[%s] SecureConnection=%s", section, digit(*wanted))
		p.Change = fmt.Sprintf("set SecureConnection=%s in [%s]", digit(!*wanted), section)
	default:
		own := cfg.Drivers.MultiProtocolPortSecure
		p.Secure, p.SecuredBy = own, fmt.Sprintf("as the port of this server, [Drivers] MultiProtocolPortSecure=%s", digit(own))
		p.Change = fmt.Sprintf("set SecureConnection=%s in a section of [RPC] Connections for it", digit(!own))
	}
	var err error
	p.Token, err = tokenOf(token, file)
	if err != nil {
		return p, fmt.Errorf("[%s] %w", keeper, err)
	}
	return p, nil
}

func logical(on bool) string {
	if on {
		return ".T."
	}
	return ".F."
}

func digit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// maxToken is the longest token that is shown, in bytes.
const maxToken = 4 << 10

// tokenBelongs says where tokens come from.
const tokenBelongs = "appserver rpc token make NAME, on the server that is called, prints what belongs there"

// tokenOf returns a token that the configuration holds, or that is in the file. The error
// names the key that is wrong.
func tokenOf(token, file string) (string, error) {
	switch {
	case token != "" && !sendable(token):
		return "", fmt.Errorf("the value of Token is none: %s", tokenBelongs)
	case token != "" || file == "":
		return token, nil
	}
	token, err := tokenIn(file)
	if err != nil {
		return "", fmt.Errorf("TokenFile: %w", err)
	}
	return token, nil
}

// tokenIn returns the token in the file.
func tokenIn(file string) (string, error) {
	b, err := readBounded(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no file %s: %s", file, tokenBelongs)
	}
	if err != nil {
		return "", err
	}
	token := string(bytes.TrimSpace(b))
	switch {
	case token == "":
		return "", fmt.Errorf("%s is empty: %s", file, tokenBelongs)
	case !sendable(token):
		return "", fmt.Errorf("%s holds something else than a token: %s", file, tokenBelongs)
	}
	return token, nil
}

// sendable tells whether the token can be shown to a server.
func sendable(token string) bool {
	return len(token) <= maxToken && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}
