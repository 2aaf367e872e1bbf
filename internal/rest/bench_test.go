package rest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/rest/route"
)

// bench is a server with a host whose programs are texts, and functions for programs that
// stand for those of natives.
type bench struct {
	*Server
	t    testing.TB
	host *host.Host
	http *httptest.Server
	logs *observer.ObservedLogs
	note chan string   // from programs
	gate chan struct{} // lets programs go on

	config Config

	mu   sync.Mutex
	seen []Outcome
}

// program has a route for each way in which one can end.
const program = `
@Get("/hello/:name")
User Function Hello()
Return "hello " + Param(1)

@Post("/echo")
User Function Echo()
Return Body()

@Get("/fails")
User Function Fails()
Local x
Return x + 1

@Get("/spins")
User Function Spins()
Note("spins")
While .T.
EndDo
Return

@Get("/halves")
User Function Halves()
Local x
Reply("half")
Return x + 1

@Get("/parts")
User Function Parts()
Local x
Reply("part")
SendPart()
Return x + 1

@Get("/quits")
User Function Quits()
Reply("quit")
__Quit()
Return

@Get("/waits")
User Function Waits()
Note("waits")
Gate()
Return "waited"

@Get("/publics")
User Function Publics()
Return cEmpAnt + "|" + cFilAnt + "|" + cUserName

User Function NoAnswer(oError)
Return

User Function Mask(oError)
Reply("masked: " + oError:Description)
Return

User Function Sent()
Reply("!")
Return

User Function Refuse(cClass, cFunction, cType)
Return Iif(cFunction == "U_ECHO", -2, -1)

User Function MayCall(cUser, cPassword)
While cUser == "spins"
EndDo
If cUser == "fails"
	cUser := 1 + cUser
EndIf
Return Iif(cUser == "odd", "yes", cUser == "bob" .And. cPassword == "right")

User Function OnlyHello(oList)
oList:allow("/hello/:name", "GET")
oList:hide("/hello/:name")
Note(oList:getApiList()[1]["endpoint"])
Return

User Function NoEcho(oList)
oList:block("/echo", "POST")
Return

User Function BadList(oList)
oList:allow("/hello/:name", "GET")
Return oList:nothing()

User Function Never()
Return .F.
`

func newBench(t testing.TB, o Options, mounts ...Mount) *bench {
	t.Helper()
	return newBenchOf(t, o, Config{}, mounts...)
}

func newBenchOf(t testing.TB, o Options, c Config, mounts ...Mount) *bench {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	b := &bench{t: t, logs: logs, note: make(chan string, 100), gate: make(chan struct{})}
	b.host = host.New(host.Options{Release: lib.Release, Grace: time.Minute, Log: zap.New(core), Link: func(units []*code.Unit) (*vm.Program, error) {
		l := lib.Library()
		l.Funcs["DISPATCH"], l.Funcs["PARAM"], l.Funcs["BODY"] = dispatch, param, readBody
		l.Funcs["REPLY"], l.Funcs["SENDPART"] = reply, sendPart
		l.Funcs["NOTE"] = func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
			b.note <- strings.Clone(a.Get(0).Text())
			return vm.Value{}, nil
		}
		l.Funcs["GATE"] = func(t *vm.Thread, _ vm.Args) (vm.Value, error) {
			t.Blocked(func() {
				select {
				case <-b.gate:
				case <-t.Context().Done():
				}
			})
			return vm.Value{}, t.Poll()
		}
		return vm.Link(units, l)
	}})
	o.Run = func(p *vm.Program, function string, args ...vm.Value) error {
		_, err := p.NewThread(vm.Options{}).Call(function, args...)
		return err
	}
	o.Host, o.Dispatch, o.Log = b.host, "DISPATCH", zap.New(core)
	o.Observe = func(out Outcome) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen = append(b.seen, out)
	}
	b.Server, b.config = New(o), c
	b.host.Depend(b.Server)
	if err := b.load(program, mounts...); err != nil {
		t.Fatal(err)
	}
	b.http = httptest.NewServer(b.Listener("", http.NotFoundHandler()))
	t.Cleanup(func() {
		b.http.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.host.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

// load puts programs and mounts in force.
func (b *bench) load(text string, mounts ...Mount) error {
	b.t.Helper()
	unit, findings := build.Source("test.tlpp", text, build.Options{Unkept: true})
	if findings.Failed() {
		b.t.Fatal(findings)
	}
	for i := range mounts {
		m := &mounts[i]
		if m.Environment == "" && m.RootPath == "" {
			m.Environment = "P"
		}
		if m.Pool.Name == "" {
			m.Pool.Name = "POOL"
		}
		m.Pool.Max = max(m.Pool.Max, 1)
	}
	b.config.Listeners = []Listener{{Mounts: mounts}}
	b.Configure(b.config)
	commit, err := b.host.Prepare(context.Background(), host.Config{
		Environments: []host.Environment{{Name: "P"}},
		Units:        map[string][]*code.Unit{"P": {unit}},
	})
	if err != nil {
		return err
	}
	commit()
	return nil
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; headers are "Name: value".
func (b *bench) ask(method, path, body string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequest(method, b.http.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return b.send(r)
}

// logEntry is a record of the log.
type logEntry = observer.LoggedEntry

// send sends a request.
func (b *bench) send(r *http.Request) answer {
	b.t.Helper()
	resp, err := b.http.Client().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// outcome waits for what became of the last of n requests.
func (b *bench) outcome(n int) Outcome {
	b.t.Helper()
	var last Outcome
	b.until("requests are counted", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.seen) == n {
			last = b.seen[n-1]
		}
		return len(b.seen) >= n
	})
	return last
}

// counted returns how many requests have been counted.
func (b *bench) counted() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.seen)
}

// until waits until ok.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatal("it takes too long until " + what)
		}
	}
}

// busy returns how many workers work.
func (b *bench) busy() (n int) {
	for _, p := range b.host.Pools() {
		n += p.Busy
	}
	return n
}

// check compares what came back with the status and what its body begins with.
func (a answer) check(t *testing.T, name string, status int, body string) {
	t.Helper()
	if a.status != status || !strings.HasPrefix(a.body, body) {
		t.Errorf("%s: answer %d %q; want %d %q", name, a.status, a.body, status, body)
	}
	if a.header.Get(headerRequestID) == "" {
		t.Errorf("%s: the answer has no request id", name)
	}
}

// dispatch stands for the dispatcher of natives: it appends what the function returns to the
// answer.
func dispatch(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	own, _ := host.ThreadOf(t)
	x, _ := host.Cap[*exchange.Exchange](own)
	m, _ := host.Cap[*route.Match](own)
	around, _ := host.Cap[interface {
		Around(*vm.Thread, func() error) error
	}](own)
	return vm.Value{}, around.Around(t, func() error {
		v, err := t.Call(m.Route.Func)
		if err == nil && v.Kind() == vm.String {
			x.Append([]byte(v.Text()))
		}
		return err
	})
}

func exchangeOf(t *vm.Thread) *exchange.Exchange {
	own, _ := host.ThreadOf(t)
	x, _ := host.Cap[*exchange.Exchange](own)
	return x
}

func param(t *vm.Thread, a vm.Args) (vm.Value, error) {
	own, _ := host.ThreadOf(t)
	m, _ := host.Cap[*route.Match](own)
	return vm.Str(m.Params[int(a.Get(0).Float())-1].Value), nil
}

func readBody(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	b, err := exchangeOf(t).ReadBody()
	return vm.Str(string(b)), err
}

func reply(t *vm.Thread, a vm.Args) (vm.Value, error) {
	exchangeOf(t).Append([]byte(a.Get(0).Text()))
	return vm.Value{}, nil
}

func sendPart(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Value{}, exchangeOf(t).Send(false)
}
