//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileOf returns a descriptor of its own for a connection or listener, as one
// that was inherited.
func fileOf(t *testing.T, c any, err error) *os.File {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		c.(interface{ Close() error }).Close()
	})
	return f
}

func TestListenersOf(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	a := fileOf(t, first, err)
	second, err := net.Listen("tcp", "[::1]:0")
	b := fileOf(t, second, err)
	got, err := listenersOf([]*os.File{a, b})
	if err != nil || len(got) != 2 || got[0].Addr().String() != first.Addr().String() || got[1].Addr().String() != second.Addr().String() {
		t.Fatalf("listenersOf = %v, %v; want listeners on %v and %v", got, err, first.Addr(), second.Addr())
	}
	for _, l := range got {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		accepted.Close()
		l.Close()
	}
	if err := a.Close(); err == nil {
		t.Error("listenersOf leaves the inherited file open; want it closed")
	}
}

func TestListenersOfRefuses(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	good := fileOf(t, tcp, err)
	conn, err := net.Dial("tcp", tcp.Addr().String())
	connected := fileOf(t, conn, err)
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	udp := fileOf(t, datagrams, err)
	local, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	unixSocket := fileOf(t, local, err)
	plain, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	// Every fault is named, also beside a good listener.
	_, err = listenersOf([]*os.File{good, connected, udp, unixSocket, plain})
	if err == nil {
		t.Fatal("listenersOf(TCP, connected, UDP, Unix, file) = nil; want an error")
	}
	for _, want := range []string{"a TCP socket that does not listen", "a UDP socket", "a Unix socket", "no socket", "ListenStream="} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("listenersOf = %v; want it to name %q", err, want)
		}
	}
}

// Without a service manager, or with sockets for another process, there are none,
// and the variables are gone.
func TestInheritedListenersNone(t *testing.T) {
	for _, pid := range []string{"", "1"} {
		t.Setenv("LISTEN_PID", pid)
		t.Setenv("LISTEN_FDS", "1")
		t.Setenv("LISTEN_FDNAMES", "port")
		if l, err := inheritedListeners(); l != nil || err != nil {
			t.Errorf("LISTEN_PID=%q: inheritedListeners = %v, %v; want none", pid, l, err)
		}
		for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
			if value, ok := os.LookupEnv(name); ok {
				t.Errorf("%s is still %q", name, value)
			}
		}
	}
}
