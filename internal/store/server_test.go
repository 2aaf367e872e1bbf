package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// server is a PostgreSQL of the tests' own: without TCP, and without care for the disk.
type server struct {
	dir      string // of its socket and its data
	programs string // folder of initdb and pg_ctl
	account  string // that it runs as; "" = this one
}

var postgres = sync.OnceValues(startServer)

// started is the server, to be stopped in the end.
var started *server

// disk is where temporary files are by default.
var disk = os.TempDir()

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run has the SQLite databases of tests in memory, where there is such a place: each commit
// waits for the disk otherwise.
func run(m *testing.M) int {
	memory, err := os.MkdirTemp("/dev/shm", "store")
	if err == nil {
		defer os.RemoveAll(memory)
		err = os.Setenv("TMPDIR", memory)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the tests' databases are on the disk:", err)
	}
	code := m.Run()
	if started != nil {
		_ = started.control("stop", "-m", "immediate")
		os.RemoveAll(started.dir)
	}
	return code
}

// needServer returns the server, and skips the test where there is no PostgreSQL.
func needServer(t *testing.T) *server {
	t.Helper()
	s, err := postgres()
	switch {
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true":
		t.Skip("PostgreSQL is not installed")
	case err != nil:
		t.Fatal(err)
	}
	return s
}

func startServer() (*server, error) {
	programs, err := serverPrograms()
	if err != nil {
		return nil, err
	}
	s := &server{programs: programs}
	if s.dir, err = os.MkdirTemp(disk, "pg"); err != nil {
		return nil, err
	}
	started = s
	if os.Geteuid() == 0 { // PostgreSQL does not run as root
		s.account = "postgres"
		if err := chown(s.dir, s.account); err != nil {
			return nil, err
		}
	}
	if err := s.initialize(); err != nil {
		return nil, err
	}
	return s, s.start()
}

// initialize makes a cluster whose databases order text as a language does, like most that
// are in use; PostgreSQL has ICU for that from version 15 on.
func (s *server) initialize() error {
	args := []string{"-D", s.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"}
	err := s.run("initdb", append(args, "--locale-provider=icu", "--icu-locale=en-US")...)
	if err != nil {
		err = s.run("initdb", args...)
	}
	return err
}

func serverPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	return "", exec.ErrNotFound
}

func chown(path, account string) error {
	who, err := user.Lookup(account)
	if err != nil {
		return err
	}
	uid, uidErr := strconv.Atoi(who.Uid)
	gid, gidErr := strconv.Atoi(who.Gid)
	return errors.Join(uidErr, gidErr, os.Chown(path, uid, gid))
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

func (s *server) start() error {
	options := "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c deadlock_timeout=50 -c max_connections=60 -k " + s.dir
	return s.control("start", "-l", filepath.Join(s.dir, "log"), "-o", options)
}

func (s *server) control(verb string, args ...string) error {
	return s.run("pg_ctl", append([]string{"-D", s.data(), "-w", "-t", "30", verb}, args...)...)
}

func (s *server) run(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	line := append([]string{filepath.Join(s.programs, program)}, args...)
	if s.account != "" {
		line = append([]string{"runuser", "-u", s.account, "--"}, line...)
	}
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Dir = s.dir
	var out bytes.Buffer
	if program != "pg_ctl" { // what it starts would keep a pipe open
		cmd.Stdout, cmd.Stderr = &out, &out
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out.String())
	}
	return nil
}

var databases atomic.Int64

// url returns that of a new database.
func (s *server) url(t *testing.T) string {
	t.Helper()
	admin, err := connect(Options{URL: s.urlOf("postgres"), Most: 1})
	ok(t, err)
	defer admin.Close()
	name := fmt.Sprintf("test%d", databases.Add(1))
	_, err = admin.writer.ExecContext(t.Context(), "CREATE DATABASE "+name)
	ok(t, err)
	return s.urlOf(name)
}

func (s *server) urlOf(database string) string {
	return "postgres:///" + database + "?user=postgres&host=" + s.dir
}

// each runs test on every kind of database, each time with options of a new one.
func each(t *testing.T, test func(t *testing.T, o Options)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, Options{Dir: filepath.Join(t.TempDir(), "a ?#%20 b")})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, Options{URL: needServer(t).url(t)})
	})
}

// open opens a store until the end of the test.
func open(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	return s
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want checks that err is the one that is wanted.
func want(t *testing.T, what string, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%s: error %v; want %v", what, err, wanted)
	}
}
