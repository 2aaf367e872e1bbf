package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for something that must happen. It is far
// more than it takes, so that a slow machine fails no test.
const patience = 60 * time.Second

// programs is the folder of the binaries under test.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	if os.Getenv("GORACE") == "" { // else each program waits for a second when it ends
		if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "appserver-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../cmd/...")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		return 1
	}
	programs = dir
	return m.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":   cmdServe,
			"other":   cmdOther,
			"signal":  cmdSignal,
			"exits":   cmdExits,
			"waitlog": cmdWaitLog,
			"metric":  cmdMetric,
			"until":   cmdUntil,
			"raw":     cmdRaw,
			"hold":    cmdHold,
		},
	})
}

func setup(env *testscript.Env) error {
	env.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("GORACE", os.Getenv("GORACE"))
	env.Setenv("APPSERVER_TCP_IP", "127.0.0.1")
	env.Setenv("APPSERVER_TCP_PORT", "0")
	env.Setenv("APPSERVER_METRICS_LISTEN", "127.0.0.1:0")
	env.Setenv("APPSERVER_GENERAL_DATAPATH", filepath.Join(env.WorkDir, "data"))
	browser, err := filepath.Abs("browser")
	if err != nil {
		return err
	}
	env.Setenv("BROWSER_TESTS", browser)
	openapi, err := filepath.Abs("openapi")
	if err != nil {
		return err
	}
	env.Setenv("OPENAPI_TESTS", openapi)
	samples, err := filepath.Abs(filepath.Join("..", "programs"))
	if err != nil {
		return err
	}
	env.Setenv("SAMPLES", samples)
	examples, err := filepath.Abs(filepath.Join("..", "examples"))
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	protocols, err := filepath.Abs(filepath.Join("..", "docs", "protocols"))
	if err != nil {
		return err
	}
	env.Setenv("PROTOCOLS", protocols)
	for _, name := range []string{"HAPROXY_PORT", "NGINX_PORT", "HTTPS_PORT", "API_PORT", "API_TLS_PORT"} {
		port, err := freePort()
		if err != nil {
			return err
		}
		env.Setenv(name, port)
	}
	d, other := &daemon{}, &daemon{prefix: "OTHER_"}
	env.Values[daemonKey{}] = d
	env.Values[otherKey{}] = other
	env.Defer(d.kill)
	env.Defer(other.kill)
	return nil
}

// The ports of freePort. The kernel chooses others, which begin with 32768.
const (
	firstPort = 20_000
	lastPort  = 31_999
)

// nextPort is where freePort goes on: somewhere, in case this program runs twice.
var nextPort = func() *atomic.Int64 {
	n := new(atomic.Int64)
	n.Store(rand.Int64N(lastPort - firstPort + 1))
	return n
}()

// freePort returns a port that is free, for programs that cannot choose one and tell it.
// Nobody else gets it from freePort, or from the kernel.
func freePort() (string, error) {
	for range lastPort - firstPort {
		port := strconv.FormatInt(firstPort+nextPort.Add(1)%(lastPort-firstPort+1), 10)
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			return port, l.Close()
		}
	}
	return "", errors.New("no port is free")
}

// condition knows [need:PROGRAM]: true if the program, or one of the npm modules
// playwright and openapi-ts, is there. Under CI=true its absence is a failure.
func condition(cond string) (bool, error) {
	program, ok := strings.CutPrefix(cond, "need:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	_, err := exec.LookPath(program)
	switch program {
	case "playwright":
		_, err = os.Stat(filepath.Join("browser", "node_modules", "playwright-core"))
	case "openapi-ts":
		_, err = os.Stat(filepath.Join("openapi", "node_modules", "@hey-api", "openapi-ts"))
	}
	if err != nil && os.Getenv("CI") == "true" {
		return false, fmt.Errorf("%s is not installed; make deps installs it", program)
	}
	return err == nil, nil
}

// daemon is the server that a script has started.
type daemon struct {
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{} // closed when the process has ended

	prefix  string // of the variables that it sets
	current *daemon
}

type (
	daemonKey struct{}
	otherKey  struct{}
)

// theDaemon is the server that the script speaks of: the other one while other runs.
func theDaemon(ts *testscript.TestScript) *daemon {
	d := ts.Value(daemonKey{}).(*daemon)
	if d.current != nil {
		return d.current
	}
	return d
}

// other COMMAND does serve, signal, exits or waitlog for a second server, whose variables
// begin with OTHER_. It needs a data folder of its own.
func cmdOther(ts *testscript.TestScript, neg bool, args []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"serve": cmdServe, "signal": cmdSignal, "exits": cmdExits, "waitlog": cmdWaitLog,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		ts.Fatalf("usage: [!] other serve|signal|exits|waitlog [args]")
	}
	d := theDaemon(ts)
	d.current = ts.Value(otherKey{}).(*daemon)
	defer func() { d.current = nil }()
	commands[args[0]](ts, neg, args[1:])
}

func (d *daemon) kill() {
	if d.cmd != nil {
		d.cmd.Process.Kill()
		<-d.done
	}
}

// logBuffer collects what the server prints, the last megabytes of it; waiters
// see every write.
type logBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	race    bool          // the race detector has spoken
	changed chan struct{} // closed and replaced at each write
}

const maxLog = 8 << 20

func (l *logBuffer) raced() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.race
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.race = l.race || bytes.Contains(p, []byte("DATA RACE"))
	if l.b.Len() > maxLog {
		l.b.Next(maxLog / 2)
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return l.b.Write(p)
}

func (l *logBuffer) snapshot() (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String(), l.changed
}

// await returns the submatches of the first match of re, waiting for it.
func (d *daemon) await(re *regexp.Regexp) ([]string, error) {
	deadline := time.After(patience)
	for {
		text, changed := d.log.snapshot()
		if m := re.FindStringSubmatch(text); m != nil {
			return m, nil
		}
		select {
		case <-changed:
		case <-d.done:
			if text, _ := d.log.snapshot(); re.MatchString(text) {
				return re.FindStringSubmatch(text), nil
			}
			return nil, fmt.Errorf("the server ended without logging %v:\n%s", re, text)
		case <-deadline:
			return nil, fmt.Errorf("the server has not logged %v:\n%s", re, text)
		}
	}
}

var (
	readyLine   = regexp.MustCompile(`(server: |\[SERVER\] )ready`)
	portLine    = regexp.MustCompile(`port is open address=(\S+:(\d+))`)
	metricsLine = regexp.MustCompile(`metrics and readiness are open address=(\S+)`)
)

// serve [args] starts appserver serve and waits until it is ready. It sets ADDR,
// PORT and METRICS; the log goes to waitlog and to the file "log" at the end.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	d := theDaemon(ts)
	if neg || d.cmd != nil {
		ts.Fatalf("usage: serve [args], once until exits")
	}
	d.log = &logBuffer{changed: make(chan struct{})}
	d.done = make(chan struct{})
	d.cmd = exec.Command(filepath.Join(programs, "appserver"), append([]string{"serve"}, args...)...)
	d.cmd.Dir = ts.MkAbs(".")
	d.cmd.Env = environ(ts)
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	ts.Check(d.cmd.Start())
	go func() {
		d.cmd.Wait()
		close(d.done)
	}()
	_, err := d.await(readyLine)
	ts.Check(err)
	text, _ := d.log.snapshot()
	if m := portLine.FindStringSubmatch(text); m != nil {
		ts.Setenv(d.prefix+"ADDR", m[1])
		ts.Setenv(d.prefix+"PORT", m[2])
	}
	if m := metricsLine.FindStringSubmatch(text); m != nil {
		ts.Setenv(d.prefix+"METRICS", m[1])
	}
}

func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "APPSERVER_TCP_IP", "APPSERVER_TCP_PORT", "APPSERVER_METRICS_LISTEN",
		"APPSERVER_GENERAL_DATAPATH", "APPSERVER_CONFIG", "SSLKEYLOGFILE", "STATE_DIRECTORY"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// signal TERM|INT|HUP|KILL sends a signal to the server.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	d := theDaemon(ts)
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "KILL": os.Kill, "HUP": syscall.SIGHUP}
	if neg || len(args) != 1 || signals[args[0]] == nil || d.cmd == nil {
		ts.Fatalf("usage: signal TERM|INT|HUP|KILL, after serve")
	}
	ts.Check(d.cmd.Process.Signal(signals[args[0]]))
}

// exits CODE waits for the end of the server and checks its exit code; its log
// is then in the file "log".
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	d := theDaemon(ts)
	if neg || len(args) != 1 || d.cmd == nil {
		ts.Fatalf("usage: exits CODE, after serve")
	}
	select {
	case <-d.done:
	case <-time.After(patience):
		ts.Fatalf("the server has not ended")
	}
	text, _ := d.log.snapshot()
	ts.Check(os.WriteFile(ts.MkAbs(strings.ToLower(d.prefix)+"log"), []byte(text), 0o600))
	if d.log.raced() {
		ts.Fatalf("the race detector has found something:\n%s", text)
	}
	if got := strconv.Itoa(d.cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s; want %s\n%s", got, args[0], text)
	}
	d.cmd = nil
}

// waitlog REGEXP waits until the server's log matches. ! waitlog checks that it
// does not match now.
func cmdWaitLog(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] waitlog regexp")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	d := theDaemon(ts)
	if neg {
		if text, _ := d.log.snapshot(); re.MatchString(text) {
			ts.Fatalf("the log matches %v:\n%s", re, text)
		}
		return
	}
	_, err = d.await(re)
	ts.Check(err)
}

// metric SERIES VALUE waits until the server's metric has that value.
func cmdMetric(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: metric series value")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	last := ""
	for ctx.Err() == nil {
		text, err := getText(ctx, "http://"+ts.Getenv("METRICS")+"/metrics")
		ts.Check(err)
		for line := range strings.Lines(text) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), args[0]+" "); ok {
				if last = value; value == args[1] {
					return
				}
			}
		}
		pause(ctx, 20*time.Millisecond)
	}
	ts.Fatalf("metric %s is %q; want %q", args[0], last, args[1])
}

// until REGEXP COMMAND [args] runs a command until what it prints matches.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until regexp command [args]")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		if err = ts.Exec(args[1], args[2:]...); re.MatchString(ts.ReadFile("stdout")) {
			return
		}
		pause(ctx, 50*time.Millisecond)
	}
	ts.Fatalf("what the command prints never matches %v; in the end %v", re, err)
}
