package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/host"
	nativerest "appserver/internal/natives/rest"
)

// startBench starts servers as programs of a command do.
type startBench struct {
	*commandServers
	t  *testing.T
	by *host.Thread
}

func newStartBench(t *testing.T) *startBench {
	t.Helper()
	cfg, err := config.Load(config.Options{WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	unit, findings := build.NewCompiler(build.Options{Unkept: true}).Source("a.tlpp", "#include \"tlpp-rest.th\"\n@Get(\"/hello\")\nUser Function hello()\n\toRest:setResponse(\"hello\")\nReturn\n")
	if unit == nil {
		t.Fatal(findings)
	}
	s := site{cfg: cfg, stderr: io.Discard, services: &testServices{}, servers: &commandServers{cfg: cfg}}
	program, err := s.link([]*code.Unit{unit})
	if err != nil {
		t.Fatal(err)
	}
	p, err := (&hosting{root: t.TempDir()}).begin(t.Context(), &app{stderr: io.Discard}, s, program, routeLimits, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	p.servers.log = zap.NewNop()
	by, err := p.Host.Open(context.Background(), host.Call{Env: localEnvironment, Func: "U_HELLO", Kind: host.Job, Principal: auth.System})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		by.Close()
		if err := p.end(); err != nil {
			t.Error(err)
		}
	})
	return &startBench{p.servers, t, by}
}

// start starts a server of the name; port 0 chooses one.
func (b *startBench) start(name string, port int, token any) error {
	text := fmt.Sprintf(`{"HTTPSERVER":{"Servers":[%q]},%[1]q:{"Port":%d,"Security":false,"Locations":["L"]},"L":{"Path":"/x","ThreadPool":"P"},"P":{"MinThreads":1}}`, name, port)
	return b.Start(context.Background(), b.by, nativerest.Start{JSON: []byte(text), Token: token})
}

// freeLocalPort returns a port that was free just now.
func freeLocalPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return tcpPort(l)
}

func codeOfStart(err error) nativerest.ServerCode {
	if refused := new(nativerest.ServerError); errors.As(err, &refused) {
		return refused.Code
	}
	return 0
}

func TestProgramServers(t *testing.T) {
	b := newStartBench(t)
	port := freeLocalPort(t)
	if err := b.start("ONE", port, "mine"); err != nil {
		t.Fatal(err)
	}
	get := func() (string, error) {
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/x/hello", port))
		if err != nil {
			return "", err
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		return string(text), err
	}
	if text, err := get(); text != "hello" {
		t.Errorf("the server answers %q, %v", text, err)
	}
	for _, tt := range []struct {
		what string
		err  error
		want nativerest.ServerCode
	}{
		{"the same name", b.start("one", freeLocalPort(t), nil), nativerest.NameTaken},
		{"the same port", b.start("TWO", port, nil), nativerest.NoAddress},
		{"no port", b.start("TWO", 0, nil), nativerest.BadConfig},
		{"a stop of another's servers", b.Stop(t.Context(), "theirs", nil), nativerest.NoServer},
		{"a stop of an unknown name", b.Stop(t.Context(), "mine", []string{"TWO"}), nativerest.NoServer},
	} {
		if codeOfStart(tt.err) != tt.want || tt.err == nil {
			t.Errorf("%s: %v; want code %d", tt.what, tt.err, tt.want)
		}
	}
	if err := b.Stop(t.Context(), "mine", nil); err != nil {
		t.Error(err)
	}
	if text, err := get(); err == nil {
		t.Errorf("the server that was stopped answers %q", text)
	}
	if err := b.start("ONE", port, "mine"); err != nil {
		t.Errorf("the server cannot be started again: %v", err)
	}
}

// Of several starts of one server, at the same time, one counts; what ends the process meets
// with starts and stops.
func TestProgramServersAtOnce(t *testing.T) {
	b := newStartBench(t)
	port := freeLocalPort(t)
	var all sync.WaitGroup
	var started atomic.Int32
	for range 8 {
		all.Go(func() {
			switch err := b.start("ONE", port, nil); {
			case err == nil:
				started.Add(1)
			case codeOfStart(err) != nativerest.NameTaken:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := started.Load(); n != 1 {
		t.Errorf("%d starts of one server succeed; want 1", n)
	}
	for i := range 4 {
		all.Go(func() { _ = b.start(fmt.Sprint("MORE", i), freeLocalPort(t), nil) })
		all.Go(func() { _ = b.Stop(context.Background(), nil, []string{"ONE"}) })
	}
	b.commandServers.close()
	all.Wait()
	if err := b.start("LATE", freeLocalPort(t), nil); codeOfStart(err) != nativerest.GoingDown {
		t.Errorf("a start after the end: %v", err)
	}
}

func TestProgramServersAreBounded(t *testing.T) {
	b := newStartBench(t)
	s := b.open()
	for i := range maxProgramServers {
		s.programmed.list = append(s.programmed.list, &started{api: &apiListener{boot: config.RESTListener{Section: fmt.Sprint("S", i)}}})
	}
	err := b.start("MORE", freeLocalPort(t), nil)
	s.programmed.list = nil // they were never open
	if codeOfStart(err) != nativerest.TooMany || !strings.Contains(err.Error(), "64 servers") {
		t.Errorf("one server more than the most: %v", err)
	}
}
