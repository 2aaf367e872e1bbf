//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// A server is a running contender.
type server struct {
	name string
	addr string // host:port

	bench *bench
	cmd   *exec.Cmd
	dir   string
	port  *reservation  // nil if it chose its port itself
	ended chan struct{} // closed when the process has; nil before its start
	once  sync.Once     // stops it
	pids  []int         // of all its processes, once they were looked for
}

// startTimeout is how long a server may take to open its port.
const startTimeout = 20 * time.Second

// start starts c on the server's processors and waits until it answers.
func (b *bench) start(c contender, l launch) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, "server-")
	if err != nil {
		return nil, err
	}
	s := &server{name: c.name, bench: b, dir: dir}
	l.dir = dir
	if c.needsPort {
		if s.port, err = reservePort(); err != nil {
			return nil, err
		}
		l.address, s.addr = s.port.address, s.port.address
	}
	argv, err := c.command(l)
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	if err := s.launch(argv); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	if err := s.awaitPort(); err != nil {
		said := s.output()
		s.stop()
		return nil, fmt.Errorf("%s: %w; it said:\n%s", c.name, err, said)
	}
	return s, nil
}

// launch starts the process in a group of its own, so that the whole of it can be
// killed. The kernel ends it if this process dies.
func (s *server) launch(argv []string) error {
	out, err := os.Create(s.outputFile())
	if err != nil {
		return err
	}
	defer out.Close()
	s.cmd = exec.Command(s.bench.self, append([]string{rolePinned, s.bench.cores.serverList()}, argv...)...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, out, out
	s.cmd.Env = append(os.Environ(), "HOME="+s.dir, "XDG_DATA_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	s.bench.mu.Lock()
	defer s.bench.mu.Unlock()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	if s.bench.running == nil {
		s.bench.running = make(map[*server]struct{})
	}
	s.bench.running[s] = struct{}{}
	s.ended = make(chan struct{})
	go func() {
		s.cmd.Wait()
		close(s.ended)
	}()
	return nil
}

func (s *server) outputFile() string { return filepath.Join(s.dir, "output") }

func (s *server) output() []byte {
	out, _ := os.ReadFile(s.outputFile())
	return out[:min(len(out), 4<<10)]
}

// portLine is how appserver and the bare server say where they listen.
var portLine = regexp.MustCompile(`port is open address=(\S+)`)

// awaitPort waits until the server takes connections.
func (s *server) awaitPort() error {
	deadline := time.After(startTimeout)
	for {
		if m := portLine.FindSubmatch(s.output()); m != nil && s.port == nil {
			s.addr = string(m[1])
		}
		if s.addr != "" {
			if c, err := net.Dial("tcp", s.addr); err == nil {
				return c.Close()
			}
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-s.ended:
			return errors.New("it has ended")
		case <-deadline:
			return fmt.Errorf("no port after %v", startTimeout)
		}
	}
}

// stop kills the processes of s and removes its files. It may be called again.
func (s *server) stop() {
	s.once.Do(func() {
		if s.ended != nil {
			syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
			<-s.ended
			s.bench.mu.Lock()
			delete(s.bench.running, s)
			s.bench.mu.Unlock()
		}
		if s.port != nil {
			s.port.release()
		}
		os.RemoveAll(s.dir)
	})
}

// stopAll stops what runs.
func (b *bench) stopAll() {
	b.mu.Lock()
	var all []*server
	for s := range b.running {
		all = append(all, s)
	}
	b.mu.Unlock()
	for _, s := range all {
		s.stop()
	}
}
