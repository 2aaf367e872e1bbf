package monitor

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// tokenName is the file that announces the loopback port: its address and the
// token, each on a line. Only the folder's owner can read it.
const tokenName = "admin.token"

// tokenListener removes the token file when it is closed.
type tokenListener struct {
	net.Listener
	close func() error
}

func (l *tokenListener) Close() error { return l.close() }

func listenToken(dir string) (*AdminListener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("administration port: %w", err)
	}
	token := rand.Text()
	file := filepath.Join(dir, tokenName)
	if err := writeToken(file, ln.Addr().String()+"\n"+token+"\n"); err != nil {
		ln.Close()
		return nil, fmt.Errorf("administration port: %w", err)
	}
	closeOnce := sync.OnceValue(func() error {
		os.Remove(file) // a file that stays leads to a closed port, which AdminClient can tell
		return ln.Close()
	})
	return &AdminListener{Listener: &tokenListener{ln, closeOnce}, Token: token}, nil
}

// writeToken puts a file with mode 0600 in place at once, so that a reader finds
// the old one or the whole new one.
func writeToken(file, content string) error {
	f, err := os.CreateTemp(filepath.Dir(file), tokenName+"-*")
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, content)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// readToken returns what the file announces.
func readToken(file string) (addr netip.AddrPort, token string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return addr, "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return addr, "", err
	}
	first, rest, _ := strings.Cut(string(b), "\n")
	token, _, _ = strings.Cut(rest, "\n")
	addr, err = netip.ParseAddrPort(strings.TrimSpace(first))
	token = strings.TrimSpace(token)
	if err != nil || !addr.Addr().IsLoopback() || token == "" {
		return addr, "", fmt.Errorf("%s is damaged: restart the server, which writes it anew", file)
	}
	return addr, token, nil
}

// tokenEndpoint is the loopback port that the data folder of that name announces.
type tokenEndpoint string

func (e tokenEndpoint) token() (string, error) {
	_, token, err := readToken(filepath.Join(string(e), tokenName))
	return token, err
}

func (e tokenEndpoint) dial(ctx context.Context) (net.Conn, error) {
	addr, _, err := readToken(filepath.Join(string(e), tokenName))
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr.String())
}
