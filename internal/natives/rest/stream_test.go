package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/host"
)

// parts is where a test's answers go in parts.
type parts struct {
	list []string
	fail bool
}

func (p *parts) Start(status int, h http.Header) error {
	p.list = append(p.list, fmt.Sprint(status, " ", h.Get("Content-Type")))
	return nil
}

func (p *parts) Write(b []byte) (int, error) {
	if p.fail {
		return 0, io.ErrClosedPipe
	}
	p.list = append(p.list, string(b))
	return len(b), nil
}

func (p *parts) Flush() error { return nil }

const chunks = `
@Get("/chunks")
User Function chunks()
	Local a := {}
	oRest:setStatusCode(201)
	aAdd(a, oRest:setChunkedResponse('{"n":1}'))
	aAdd(a, oRest:setChunkedResponse(""))
	aAdd(a, oRest:setStatusCode(500))
	aAdd(a, oRest:setKeyHeaderResponse("X", "1"))
	aAdd(a, oRest:setFault("late"))
	aAdd(a, oRest:resetResponse())
	aAdd(a, oRest:setLastChunkedResponse('{"n":2}'))
	aAdd(a, oRest:setChunkedResponse("3"))
	aAdd(a, oRest:setResponse("4"))
	U_Result(a)
Return

@Get("/end")
User Function theEnd()
	oRest:setResponse("first")
	U_Result({oRest:httpCallEnd(), oRest:httpCallEnd(), oRest:setResponse("second")})
Return

@Get("/quit")
User Function quits()
	oRest:setResponse("done")
	oRest:setUserExit(.T.)
Return oRest:setResponse(cValToChar(oRest:getUserExit()))

@Get("/leave")
User Function leave()
	oRest:setResponse('"` + "\xe7" + `"')
	oRest:setKeyHeaderResponse("Content-Type", "application/json")
	__Quit()
Return

@Get("/error")
User Function fails()
	oRest:setResponse("half")
	UserException("broken")
Return

@Get("/loop")
User Function loop()
	While .T.
		oRest:setResponse(Replicate("x", 1000))
	EndDo
Return

@Post("/body")
User Function body()
	oRest:getBodyRequest()
Return

User Function Result(a)
	Local j := JsonObject():New()
	j:Set(a)
	ConOut(j:ToJson())
Return
`

func serveChunks(t *testing.T) *server {
	t.Helper()
	return serveTLPP(t, chunks)
}

func TestChunks(t *testing.T) {
	s := serveChunks(t)
	p := &parts{}
	x := exchange.New(s.ask("GET /chunks"), nil, 0, p)
	if err := s.answer(x); err != nil {
		t.Fatal(err)
	}
	want(t, "parts", strings.Join(p.list, "|"), `201 application/json|{"n":1}|{"n":2}`)
	want(t, "results", s.out.String(), "[true,true,false,false,false,false,true,false,false]\n")
	if !x.Started() || !x.Ended() || x.Header.Get("X") != "" || len(x.Answer()) != 0 {
		t.Errorf("started %v, ended %v, header %v, left %q", x.Started(), x.Ended(), x.Header, x.Answer())
	}
	want(t, "without a sink", s.get(200, "GET /chunks"), `{"n":2}`)
	x = exchange.New(s.ask("GET /chunks"), nil, 0, &parts{fail: true})
	if err := s.answer(x); err != nil {
		t.Errorf("a client that is gone: %v", err)
	}
}

func TestHTTPCallEnd(t *testing.T) {
	s := serveChunks(t)
	p := &parts{}
	x := exchange.New(s.ask("GET /end"), nil, 0, p)
	if err := s.answer(x); err != nil {
		t.Fatal(err)
	}
	want(t, "parts", strings.Join(p.list, "|"), "200 text/plain; charset=utf-8|first")
	want(t, "results", s.out.String(), "[true,false,false]\n")
	want(t, "without a sink", s.get(200, "GET /end"), "first")
}

func TestQuit(t *testing.T) {
	s := serveChunks(t)
	x, err := s.do("", "GET /quit")
	if !errors.Is(err, vm.ErrQuit) || string(x.Answer()) != "done.T." {
		t.Errorf("setUserExit: %v, %q; want ErrQuit with the answer", err, x.Answer())
	}
	x, err = s.do("", "GET /leave")
	if !errors.Is(err, vm.ErrQuit) || string(x.Answer()) != `"ç"` {
		t.Errorf("__Quit: %v, %q; want ErrQuit with the answer", err, x.Answer())
	}
}

func TestErrorsOfPrograms(t *testing.T) {
	s := serveChunks(t)
	_, err := s.do("", "GET /error")
	var e *vm.Error
	if !errors.As(err, &e) || e.GenCode != vm.GenUser || len(e.Stack) == 0 {
		t.Errorf("error %#v; want that of the program, with its stack", err)
	}
	_, err = s.do("", "GET /loop")
	if !errors.As(err, &e) || e.GenCode != vm.GenStrOverflow {
		t.Errorf("an answer without end: %v", err)
	}
	_, err = s.do(strings.Repeat("x", 1<<20+1), "POST /body")
	if !errors.Is(err, exchange.ErrTooLarge) {
		t.Errorf("a body that is too long: %v", err)
	}
	th, err := s.host.Open(context.Background(), host.Call{Env: "P", Func: Dispatch, Library: true})
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	for _, name := range []string{Dispatch, "HTTPHEADER", "HTTPGETHEADER", "HTTPSETSTATUS"} {
		if _, err := th.Call(t.Context(), name); !strings.Contains(fmt.Sprint(err), "for programs that answer an HTTP request") {
			t.Errorf("%s without a request: %v", name, err)
		}
	}
	if _, err := th.Call(t.Context(), "SETRESTFAULT", vm.Int(1), vm.Str("x")); err != nil {
		t.Errorf("SetRestFault without a request: %v", err)
	}
}

// surround notes what happens around a request.
type surround struct{ seen string }

func (s *surround) Around(t *vm.Thread, run func() error) error {
	_, ok := t.MemVar("OREST")
	err := run()
	s.seen = fmt.Sprint(ok, err)
	return nil
}

func TestAround(t *testing.T) {
	s := serveChunks(t)
	around := &surround{}
	x := exchange.New(s.ask("GET /error"), nil, 0, nil)
	if err := s.answer(x, around); err != nil {
		t.Fatal(err)
	}
	want(t, "around", around.seen, "true broken")
}

func TestRequestsDoNotSeeEachOther(t *testing.T) {
	s := serveTLPP(t, `
@Get("/a/:id")
User Function a()
	oRest:getPathParamsRequest()["id"] := "changed"
	oRest:setKeyHeaderResponse("X-" + ValType(oRest:getQueryRequest()["x"]), "1")
Return oRest:setResponse(oRest:getPathParamsRequest()["id"])
`)
	want(t, "first", s.get(200, "GET /a/1?x=1"), "changed")
	x, err := s.do("", "GET /a/2")
	if err != nil || x.Header.Get("X-U") != "1" {
		t.Errorf("second: %v, %v", err, x.Header)
	}
}
