package rest

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/rest/route"
)

// server answers requests with programs, without a network.
type server struct {
	t     *testing.T
	host  *host.Host
	table *route.Table
	out   strings.Builder // what programs print
}

// serve compiles sources, by file name.
func serve(t *testing.T, sources map[string]string) *server {
	t.Helper()
	return serveWith(t, Options{}, sources)
}

// serveWith is serve with options.
func serveWith(t *testing.T, o Options, sources map[string]string) *server {
	t.Helper()
	dir := t.TempDir()
	for name, text := range sources {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{t: t}
	s.host = host.New(host.Options{Release: lib.Release, Grace: time.Minute, Link: func(units []*code.Unit) (*vm.Program, error) {
		l := lib.Library()
		own := Library(o)
		maps.Copy(l.Funcs, own.Funcs)
		maps.Copy(l.Classes, own.Classes)
		return vm.Link(units, l)
	}})
	limits := vm.Limits{Steps: 1_000_000, Memory: 64 << 20, String: 1 << 20}
	commit, err := s.host.Prepare(t.Context(), host.Config{Environments: []host.Environment{{Name: "P", Source: dir, Limits: limits}}})
	if err != nil {
		t.Fatal(err)
	}
	commit()
	program, _ := s.host.Generation().Program("P")
	var faults []route.Fault
	s.table, faults = route.Build(program, route.Options{Declare: s.declare})
	for _, f := range faults {
		t.Errorf("route: %v", f)
	}
	t.Cleanup(func() { _ = s.host.Shutdown(context.Background()) })
	return s
}

// serveTLPP compiles one TLPP source.
func serveTLPP(t *testing.T, text string) *server {
	t.Helper()
	return serve(t, map[string]string{"a.tlpp": "#include \"tlpp-core.th\"\n#include \"tlpp-rest.th\"\n" + text})
}

// servePRW compiles one AdvPL source.
func servePRW(t *testing.T, text string) *server {
	t.Helper()
	return serve(t, map[string]string{"a.prw": "#include \"totvs.ch\"\n#include \"restful.ch\"\n" + text})
}

func (s *server) declare(function string) ([]route.Declaration, error) {
	var d route.Declarations
	th, err := s.host.Open(context.Background(), host.Call{Env: "P", Func: function, Kind: host.REST, Caps: host.Caps{&d}})
	if err != nil {
		return nil, err
	}
	defer th.Close()
	_, err = th.Call(context.Background(), function)
	return d.List(), err
}

// ask is a request of a test: the method and URL, header fields "Name: value", a body after
// an empty line.
func (s *server) ask(lines ...string) exchange.Request {
	s.t.Helper()
	method, target, _ := strings.Cut(lines[0], " ")
	u, err := url.ParseRequestURI(target)
	if err != nil {
		s.t.Fatal(err)
	}
	r := exchange.Request{Method: method, URI: target, Path: u.Path, Host: "api.example:8080", ClientIP: "192.0.2.7", Header: http.Header{}, Connection: 17}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		if value, err = url.QueryUnescape(value); err == nil && part != "" {
			r.Query = append(r.Query, exchange.Pair{Name: name, Value: value})
		}
	}
	r.Segments, _ = route.Split(u.EscapedPath())
	return r
}

// do answers a request that has the body.
func (s *server) do(body string, lines ...string) (*exchange.Exchange, error) {
	s.t.Helper()
	x := exchange.New(s.ask(lines...), strings.NewReader(body), 1<<30, nil)
	return x, s.answer(x)
}

// answer has the programs answer x in a thread of its own.
func (s *server) answer(x *exchange.Exchange, caps ...any) error {
	s.t.Helper()
	m, allow := s.table.Find(x.Method, x.Segments, x.Query)
	if m.Route == nil {
		s.t.Fatalf("no route for %s %s; %s are allowed", x.Method, x.Path, allow)
	}
	th, err := s.host.Open(s.t.Context(), s.call(Dispatch, append(caps, x, &m)...))
	if err != nil {
		s.t.Fatal(err)
	}
	defer th.Close()
	_, err = th.Call(s.t.Context(), Dispatch)
	return err
}

// call is a call of a function with what it brings.
func (s *server) call(function string, caps ...any) host.Call {
	return host.Call{Env: "P", Func: function, Kind: host.REST, Library: true, Output: &s.out, Caps: caps}
}

// get returns the body of the answer, which must have the status.
func (s *server) get(status int, lines ...string) string {
	s.t.Helper()
	return s.send(status, "", lines...)
}

// send is get for a request with a body.
func (s *server) send(status int, body string, lines ...string) string {
	s.t.Helper()
	x, err := s.do(body, lines...)
	if err != nil {
		s.t.Fatalf("%s: %v", lines[0], err)
	}
	if got := x.StatusCode(); got != status {
		s.t.Errorf("%s: status %d; want %d\n%s", lines[0], got, status, x.Answer())
	}
	return string(x.Answer())
}

// want compares texts.
func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n got %s\nwant %s", what, got, want)
	}
}

func TestDispatchIsForTheServer(t *testing.T) {
	s := serveTLPP(t, `
@Get("/again")
User Function again()
	oRest:setResponse("once")
	RestDispatch()
Return
`)
	x, err := s.do("", "GET /again")
	if err == nil || !strings.Contains(err.Error(), "is for the server") || string(x.Answer()) != "once" {
		t.Errorf("a program that dispatches its request again: %v, answer %q", err, x.Answer())
	}
}

// TestMemory is about what oRest and components keep alive by themselves.
func TestMemory(t *testing.T) {
	kept := fault{message: strings.Repeat("m", 1000), details: []fault{{code: vm.Str("inner"), detail: strings.Repeat("d", 2000)}}}
	r := &request{x: exchange.New(exchange.Request{}, nil, 0, nil), fault: &kept}
	c := &component{code: vm.Str("code")}
	var seen []string
	visit := func(v vm.Value) {
		if v.IsStr() {
			seen = append(seen, v.Text())
		}
	}
	if n := r.Walk(visit); n < 3000 {
		t.Errorf("a request with a fault of 3,000 bytes is said to have %d", n)
	}
	c.Walk(visit)
	want(t, "values", strings.Join(seen, " "), "inner code")
}
