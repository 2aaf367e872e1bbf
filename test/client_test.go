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

// raw [-tls] [-alpn NAME] [-hold] FILE TEXT sends TEXT, with Go's escapes, to
// ADDR, ends the stream unless -hold, and writes the quoted answer to FILE.
func cmdRaw(ts *testscript.TestScript, neg bool, args []string) {
	secure, hold, alpn := false, false, []string(nil)
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-tls":
			secure = true
		case "-hold":
			hold = true
		case "-alpn":
			args = args[1:]
			alpn = []string{args[0]}
		default:
			ts.Fatalf("raw: unknown flag %s", args[0])
		}
		args = args[1:]
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: raw [-tls] [-alpn name] [-hold] file text")
	}
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	c, err := net.Dial("tcp", ts.Getenv("ADDR"))
	ts.Check(err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if secure {
		tc := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: alpn})
		ts.Check(tc.Handshake())
		c = tc
	}
	_, err = io.WriteString(c, text)
	ts.Check(err)
	if !hold {
		c.(interface{ CloseWrite() error }).CloseWrite()
	}
	answer, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && len(answer) == 0 {
		answer = []byte("ERROR " + err.Error())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strconv.Quote(string(answer))+"\n"), 0o600))
}
