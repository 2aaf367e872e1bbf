package test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func getText(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// pause waits between two looks at something that changes by itself.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// target is how raw and hold connect.
type target struct {
	secure, hold bool
	alpn         []string
}

// flags takes -tls, -alpn NAME and -hold from args.
func (t *target) flags(ts *testscript.TestScript, args []string) []string {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "-tls":
			t.secure = true
		case args[0] == "-hold":
			t.hold = true
		case args[0] == "-alpn" && len(args) > 1:
			args = args[1:]
			t.alpn = []string{args[0]}
		default:
			ts.Fatalf("unknown flag %s", args[0])
		}
		args = args[1:]
	}
	return args
}

func (t *target) dial(ts *testscript.TestScript) net.Conn {
	c, err := net.Dial("tcp", ts.Getenv("ADDR"))
	ts.Check(err)
	c.SetDeadline(time.Now().Add(patience))
	if !t.secure {
		return c
	}
	tc := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: t.alpn})
	ts.Check(tc.Handshake())
	return tc
}

// hold [-tls] [-alpn NAME] opens a connection that stays until the server
// ends.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	var t target
	if neg || len(t.flags(ts, args)) != 0 {
		ts.Fatalf("usage: hold [-tls] [-alpn name]")
	}
	c := t.dial(ts)
	ts.Defer(func() { c.Close() })
}

// raw [-tls] [-alpn NAME] [-hold] FILE TEXT sends TEXT, with Go's escapes, to
// ADDR, ends the stream unless -hold, and writes the quoted answer to FILE.
func cmdRaw(ts *testscript.TestScript, neg bool, args []string) {
	var t target
	args = t.flags(ts, args)
	if neg || len(args) != 2 {
		ts.Fatalf("usage: raw [-tls] [-alpn name] [-hold] file text")
	}
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	c := t.dial(ts)
	defer c.Close()
	answer := converse(c, text, t.hold)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strconv.Quote(answer)+"\n"), 0o600))
}

// converse sends text and returns all that is answered; a connection that ends
// without an answer, cut or closed, answers nothing.
func converse(c net.Conn, text string, hold bool) string {
	if _, err := io.WriteString(c, text); err != nil {
		return ""
	}
	if !hold {
		c.(interface{ CloseWrite() error }).CloseWrite()
	}
	answer, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "the server has not closed the connection"
	}
	return string(answer)
}

// unixClient returns an HTTP client of the socket at path.
func unixClient(path string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}
