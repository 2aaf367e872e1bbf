package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"appserver/internal/auth"
	"appserver/internal/exchange"
	"appserver/internal/host"
	"appserver/internal/license"
	"appserver/internal/rest/access"
)

func TestAnswers(t *testing.T) {
	b := newBench(t, Options{}, Mount{Name: "M", Path: "/rest"}, Mount{Name: "READ", Path: "/read/only", Methods: []string{"GET"}})
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		answer, allow            string
	}{
		{"a route", "GET", "/rest/hello/ana", "", 200, "hello ana", ""},
		{"an encoded slash", "GET", "/rest/hello/a%2Fb", "", 200, "hello a/b", ""},
		{"the mount's letters encoded", "GET", "/%72est/hello/ana", "", 200, "hello ana", ""},
		{"a longer mount", "GET", "/read/only/hello/ana", "", 200, "hello ana", ""},
		{"HEAD through GET", "HEAD", "/rest/hello/ana", "", 200, "", ""},
		{"a body", "POST", "/rest/echo", "some text", 200, "some text", ""},
		{"which methods there are", "OPTIONS", "/rest/echo", "", 204, "", "POST, OPTIONS"},
		{"no route", "GET", "/rest/nothing", "", 404, `{"code":404,`, ""},
		{"which methods there are of nothing", "OPTIONS", "/rest/nothing", "", 404, `{"code":404,`, ""},
		{"dots are no way up", "GET", "/rest/x/../hello/ana", "", 404, `{"code":404,`, ""},
		{"slashes are not joined", "GET", "/rest//hello/ana", "", 404, `{"code":404,`, ""},
		{"another method", "DELETE", "/rest/echo", "", 405, `{"code":405,`, "POST"},
		{"a method that the mount does not allow", "POST", "/read/only/echo", "", 405, `{"code":405,`, "GET"},
		{"a query that is none", "GET", "/rest/hello/ana?a=%zz", "", 400, `{"code":400,`, ""},
		{"an error of the program", "GET", "/rest/fails", "", 500, `{"code":500,`, ""},
		{"a program that ends its worker", "GET", "/rest/quits", "", 200, "quit", ""},
		{"the list of services", "GET", "/rest", "", 200, "", ""},
		{"health", "GET", "/rest/healthcheck", "", 200, `{"status":"ok"}`, ""},
	} {
		got := b.ask(tt.method, tt.path, tt.body)
		got.check(t, tt.name, tt.status, tt.answer)
		if allow := got.header.Get("Allow"); allow != tt.allow {
			t.Errorf("%s: Allow %q; want %q", tt.name, allow, tt.allow)
		}
	}
	if got := b.ask("GET", "/restful/hello/ana", ""); got.status != 404 || got.header.Get(headerRequestID) != "" {
		t.Errorf("a path beside the mounts is answered %d by a mount", got.status)
	}
}

func TestMountsWithOnly(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/", Only: []string{"hello"}})
	b.ask("GET", "/hello/ana", "").check(t, "a segment that is named", 200, "hello ana")
	if got := b.ask("POST", "/echo", ""); got.status != 404 || got.header.Get(headerRequestID) != "" {
		t.Errorf("a segment that is not named is answered %d", got.status)
	}
}

func TestErrorsTellTheirReasonOnlyIfWanted(t *testing.T) {
	for _, detail := range []bool{false, true} {
		b := newBenchOf(t, Options{}, Config{ErrorDetail: detail}, Mount{Path: "/rest"})
		got := b.ask("GET", "/rest/fails", "", "X-Request-Id: mine")
		var body errorBody
		if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Code != 500 {
			t.Errorf("body %q, %v; want the error 500", got.body, err)
		}
		if told := strings.Contains(got.body, "TEST.TLPP"); told != detail {
			t.Errorf("with ErrorDetail %v the body is %q", detail, got.body)
		}
		records := b.logs.FilterMessage("request failed").All()
		if len(records) != 1 {
			t.Fatalf("the log has %d records; want 1", len(records))
		}
		fields := records[0].ContextMap()
		if stack, _ := fields["stack"].(string); !strings.Contains(stack, "U_FAILS") || fields["request_id"] != "mine" || fields["route"] != "U_FAILS" {
			t.Errorf("the log has %v; want report, request id and route", fields)
		}
	}
}

func TestExits(t *testing.T) {
	b := newBench(t, Options{},
		Mount{Path: "/masked", Exits: Exits{OnError: "U_MASK"}},
		Mount{Path: "/unmasked", Exits: Exits{OnError: "U_NOANSWER"}},
		Mount{Path: "/sent", Exits: Exits{OnSend: "U_SENT"}},
		Mount{Path: "/chosen", Exits: Exits{OnSelect: "U_REFUSE"}},
		Mount{Path: "/refused", OnConnect: "U_NEVER"},
	)
	b.ask("GET", "/masked/fails", "").check(t, "OnError answers", 500, "masked: ")
	if b.logs.FilterMessage("request failed").Len() != 1 {
		t.Error("what OnError got is not in the log")
	}
	b.ask("GET", "/masked/halves", "").check(t, "OnError answers after half an answer", 500, "masked: ")
	b.ask("GET", "/unmasked/fails", "").check(t, "OnError does not answer", 500, `{"code":500,`)
	b.ask("GET", "/unmasked/halves", "").check(t, "OnError does not answer after half an answer", 500, `{"code":500,`)
	if resp, err := b.http.Client().Get(b.http.URL + "/masked/parts"); err != nil {
		t.Error(err)
	} else {
		if text, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("an answer that broke off seems whole: %q", text)
		}
		resp.Body.Close()
	}
	b.ask("GET", "/sent/hello/ana", "").check(t, "OnSend", 200, "hello ana!")
	b.ask("GET", "/chosen/hello/ana", "").check(t, "OnSelect lets in", 200, "hello ana")
	b.ask("POST", "/chosen/echo", "").check(t, "OnSelect refuses", 403, `{"code":403,`)
	b.ask("GET", "/refused/hello/ana", "").check(t, "OnConnect refuses", 403, `{"code":403,`)
}

func TestListsOfAPIs(t *testing.T) {
	b := newBench(t, Options{},
		Mount{Path: "/allowed", Exits: Exits{OnAllow: "U_ONLYHELLO", OnBlock: "U_NEVER"}}, Mount{Path: "/blocked", Exits: Exits{OnBlock: "U_NOECHO"}})
	b.ask("GET", "/allowed/hello/ana", "").check(t, "what is allowed", 200, "hello ana")
	b.ask("POST", "/allowed/echo", "x").check(t, "what is not allowed", 404, `{"code":404,`)
	b.ask("GET", "/blocked/hello/ana", "").check(t, "what is not blocked", 200, "hello ana")
	b.ask("POST", "/blocked/echo", "x").check(t, "what is blocked", 404, `{"code":404,`)
	if path := <-b.note; path != "/hello/:name" && path != "/echo" {
		t.Errorf("the first of the list is %q", path)
	}
	if got := b.ask("GET", "/allowed/openapi.json", ""); strings.Contains(got.body, "/hello") || strings.Contains(got.body, "/echo") {
		t.Errorf("the description has what is hidden: %s", got.body)
	}
	if got := b.ask("GET", "/blocked/openapi.json", ""); !strings.Contains(got.body, "/hello") || strings.Contains(got.body, "/echo") {
		t.Errorf("the description has what is blocked, or lacks the rest: %s", got.body)
	}
	err := b.load(program, Mount{Path: "/rest", Exits: Exits{OnAllow: "U_BADLIST"}})
	if err == nil || !strings.Contains(err.Error(), "OnAllow: U_BADLIST") {
		t.Errorf("a list that fails: %v; want a refusal", err)
	}
	soft := Mount{Path: "/rest", Exits: Exits{OnAllow: "U_BADLIST"}, Service: &exchange.Service{TlppData: `{"OnAllowSoft":true}`}}
	if err := b.load(program, soft); err != nil {
		t.Fatal(err)
	}
	b.ask("GET", "/rest/hello/ana", "").check(t, "soft, and allowed", 200, "hello ana")
	b.ask("POST", "/rest/echo", "x").check(t, "soft, and not allowed", 404, `{"code":404,`)
	b.config.Partial = true
	if err := b.load(program, Mount{Path: "/rest", Exits: Exits{OnAllow: "U_BADLIST"}}); err != nil {
		t.Fatal(err)
	}
	b.ask("GET", "/rest/hello/ana", "").check(t, "at the start", 503, `{"code":503,`)
}

func TestFunctionsThatAreMissing(t *testing.T) {
	optional := func(name string) bool { return name == "REST_START" }
	b := newBench(t, Options{Optional: optional}, Mount{Path: "/rest", Pool: Pool{OnStart: "REST_START"}})
	b.ask("GET", "/rest/hello/ana", "").check(t, "of the original", 200, "hello ana")
	err := b.load(program, Mount{Path: "/rest", Name: "HTTPURI", Exits: Exits{OnError: "U_NOWHERE"}})
	if err == nil || !strings.Contains(err.Error(), "[HTTPURI] OnError") || !strings.Contains(err.Error(), "U_NOWHERE") {
		t.Errorf("an exit that is nowhere: %v; want section, key and function", err)
	}
}

func TestPublics(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest", PrepareIn: "T1,D MG 01"}, Mount{Path: "/all", PrepareIn: "ALL"})
	b.ask("GET", "/rest/publics", "").check(t, "PrepareIn", 200, "T1|D MG 01|")
	b.ask("GET", "/rest/publics", "", "tenantId: 99,01").check(t, "tenantId", 200, "99|01|")
	b.ask("GET", "/all/publics", "").check(t, "neither", 200, "||")
	b.ask("GET", "/rest/publics", "", "tenantId: 99,01,02,<script>").check(t, "a tenantId that is none", 400, `{"code":400,`)
}

// doorFor lets those in who bear its text.
type doorFor string

func (d doorFor) Authenticate(_ context.Context, r *http.Request, _ netip.Addr, _ access.Rules) (auth.Principal, error) {
	if r.Header.Get("Authorization") != "Bearer "+string(d) {
		return auth.Principal{}, &access.Refusal{Status: 401, Challenges: []string{"Bearer"}, Detail: "Show who you are."}
	}
	return auth.Principal{Name: "ana", Method: auth.User}, nil
}

func (doorFor) Token() http.Handler      { return answerWith("token") }
func (doorFor) Invalidate() http.Handler { return answerWith("invalidate") }
func (doorFor) Password() http.Handler   { return answerWith("password") }

func answerWith(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

func TestWhoMayCall(t *testing.T) {
	permit := func(_ context.Context, p auth.Principal, right auth.Right) error {
		if right.Function == "U_HELLO" && right.Path == "/rest/hello/evil%2Fx" && right.Below == "/hello/evil%2Fx" {
			return auth.ErrForbidden
		}
		return nil
	}
	cors := CORS{Enable: true, Origins: []string{"*"}, Credentials: true}
	b := newBenchOf(t, Options{Permit: permit}, Config{Door: doorFor("secret")},
		Mount{Path: "/rest", Security: true, Public: []string{"/hello/bob"}, Bare: []string{"/hello/bare"}, CORS: cors})
	anonymous := b.ask("GET", "/rest/hello/ana", "", "Origin: https://a.example")
	anonymous.check(t, "nobody", 401, `{"code":401,`)
	if anonymous.header.Get("WWW-Authenticate") != "Bearer" || anonymous.header.Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("the refusal has %v; want a challenge, and what CORS wants", anonymous.header)
	}
	if got := b.outcome(1); got.Refused != refusedAccess || got.Status != 401 {
		t.Errorf("the refusal is counted as %+v", got)
	}
	b.ask("GET", "/rest/hello/bob", "").check(t, "what is public", 200, "hello bob")
	b.ask("GET", "/rest/publics", "", "Authorization: Bearer secret").check(t, "a user", 200, "||ana")
	b.ask("GET", "/rest/hello/evil%2Fx", "", "Authorization: Bearer secret").check(t, "what is forbidden", 403, `{"code":403,`)
	if got := b.ask("GET", "/rest/hello/bare", ""); got.status != 401 || got.body != "" || got.header.Get("WWW-Authenticate") == "" {
		t.Errorf("a bare refusal is %d %q %v", got.status, got.body, got.header)
	}
	b.ask("GET", "/rest/openapi.json", "").check(t, "the description", 401, `{"code":401,`)
	b.ask("GET", "/rest", "").check(t, "the list of services", 401, `{"code":401,`)
	b.ask("POST", "/rest/api/oauth2/v1/token", "").check(t, "the way to a token", 200, "token")
	b.ask("POST", "/rest/tlpp/oauth2/token", "").check(t, "the other way to a token", 200, "token")
	b.ask("POST", "/rest/api/framework/v1/invalidateToken", "").check(t, "the end of a token", 200, "invalidate")
	b.ask("OPTIONS", "/rest/hello/ana", "", "Origin: https://a.example", "Access-Control-Request-Method: GET").check(t, "a preflight", 204, "")
}

// doorOfPrograms asks programs about name and password.
type doorOfPrograms struct{ doorFor }

func (doorOfPrograms) Authenticate(ctx context.Context, r *http.Request, _ netip.Addr, rules access.Rules) (auth.Principal, error) {
	user, password, _ := r.BasicAuth()
	ok, err := rules.OnAuth(ctx, user, password)
	switch {
	case err != nil:
		return auth.Principal{}, err
	case !ok:
		return auth.Principal{}, &access.Refusal{Status: 403, Detail: "The program lets nobody in."}
	}
	return auth.Principal{Name: user, Method: auth.Program}, nil
}

func TestProgramsSayWhoMayCall(t *testing.T) {
	b := newBenchOf(t, Options{}, Config{Door: doorOfPrograms{}}, Mount{Path: "/rest", Security: true, OnAuth: "U_MAYCALL"})
	for _, tt := range []struct {
		user, password string
		status         int
	}{
		{"bob", "right", 200},
		{"bob", "wrong", 403},
		{"odd", "right", 403}, // the function returns a text
		{"fails", "right", 503},
	} {
		r, err := http.NewRequest("GET", b.http.URL+"/rest/hello/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(tt.user, tt.password)
		b.send(r).check(t, tt.user+" with "+tt.password, tt.status, "")
	}
	if err := b.load(program, Mount{Path: "/rest", Security: true, OnAuth: "U_MAYCALL", Timeout: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	b.ask("GET", "/rest/hello/x", "", "Authorization: Basic c3BpbnM6cmlnaHQ=").check(t, "a function that does not end", 503, `{"code":503,`)
	for _, e := range b.logs.All() {
		if text := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(text, "right") || strings.Contains(text, "wrong") {
			t.Errorf("the log has a password: %s", text)
		}
	}
}

// What configurations are checked by is what a mount answers.
func TestFixedPaths(t *testing.T) {
	b := newBenchOf(t, Options{}, Config{Door: doorFor("x")}, Mount{Path: "/rest"})
	want := append(FixedPaths(), "") // the list of services stands back
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(b.now.Load().listeners[""].mounts[0].fixed)); !slices.Equal(got, want) {
		t.Errorf("the server answers %q; want %q", got, want)
	}
}

// What a classic service says of who may call it counts.
func TestClassicServicesAreGuarded(t *testing.T) {
	const guarded = "#include \"totvs.ch\"\n#include \"restful.ch\"\nWSRESTFUL Guarded DESCRIPTION \"x\" SECURITY \"MATA410\"\n\tWSMETHOD GET DESCRIPTION \"x\"\nEND WSRESTFUL\n" +
		"WSMETHOD GET WSSERVICE Guarded\nReturn .T.\nWSRESTFUL Sealed DESCRIPTION \"x\" SSL ONLY\n\tWSMETHOD GET DESCRIPTION \"x\"\nEND WSRESTFUL\nWSMETHOD GET WSSERVICE Sealed\nReturn .T.\n"
	var secure atomic.Bool
	o := Options{
		Secure: func(*http.Request) bool { return secure.Load() },
		Permit: func(_ context.Context, _ auth.Principal, right auth.Right) error {
			if right.Routine == "MATA410" {
				return auth.ErrForbidden
			}
			return nil
		},
	}
	b := newBenchOf(t, o, Config{Door: doorFor("secret")}, Mount{Path: "/rest"})
	if err := b.load(guarded, Mount{Path: "/rest", Security: true}); err != nil {
		t.Fatal(err)
	}
	b.ask("GET", "/rest/guarded", "", "Authorization: Bearer secret").check(t, "the routine is denied", 403, `{"errorCode":403,`)
	b.ask("GET", "/rest/sealed", "", "Authorization: Bearer secret").check(t, "without TLS", 403, `{"errorCode":403,`)
	secure.Store(true)
	if got := b.ask("GET", "/rest/sealed", "", "Authorization: Bearer secret"); got.status == 403 {
		t.Errorf("over TLS: %s", got.body)
	}
}

func TestNobodyIsLetInWithoutDoor(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest", Security: true})
	b.ask("GET", "/rest/hello/ana", "").check(t, "no door", 503, `{"code":503,`)
}

func TestBodies(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest", MaxBody: 5 << 18})
	long := strings.Repeat("0123456789abcdef", 9<<13) // more than is small: the program reads it
	if got := b.ask("POST", "/rest/echo", long); got.status != 200 || got.body != long {
		t.Errorf("a long body: %d with %d bytes; want %d", got.status, len(got.body), len(long))
	}
	b.ask("POST", "/rest/echo", strings.Repeat("x", 5<<18+1)).check(t, "too long, announced", 413, `{"code":413,`)
	chunked := func(n int) answer {
		r, err := http.NewRequest("POST", b.http.URL+"/rest/echo", struct{ io.Reader }{strings.NewReader(strings.Repeat("y", n))})
		if err != nil {
			t.Fatal(err)
		}
		return b.send(r)
	}
	if got := chunked(9 << 17); got.status != 200 || len(got.body) != 9<<17 {
		t.Errorf("a long body in chunks: %d with %d bytes", got.status, len(got.body))
	}
	chunked(5<<18+1).check(t, "too long, in chunks", 413, `{"code":413,`)
	b.ask("POST", "/rest/echo", "x", "Content-Encoding: rot13").check(t, "a coding that is not known", 415, `{"code":415,`)
	if free := b.bodies.free.Load(); free != defaultBodyMemory {
		t.Errorf("%d bytes of the budget are free; want %d", free, defaultBodyMemory)
	}
}

func TestMemoryOfBodiesIsBounded(t *testing.T) {
	b := newBench(t, Options{BodyMemory: 1000}, Mount{Path: "/rest"})
	got := b.ask("POST", "/rest/echo", strings.Repeat("x", 2000))
	got.check(t, "too much at a time", 503, `{"code":503,`)
	if got.header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	b.ask("POST", "/rest/echo", "short").check(t, "a short one", 200, "short")
}

// stuck is the writer of a client that takes nothing until it may.
type stuck struct {
	*httptest.ResponseRecorder
	began chan struct{} // gets something when the body begins
	may   chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	select {
	case s.began <- struct{}{}:
	default:
	}
	<-s.may
	return s.ResponseRecorder.Write(p)
}

// Clients that do not take their long answers hold no worker while there is memory for the
// answers, and no more memory than there is.
func TestMemoryOfAnswersIsBounded(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	text := strings.Repeat("0123456789abcdef", 10<<10)
	for _, full := range []bool{false, true} {
		taken := int64(0)
		if full {
			taken = defaultBodyMemory - int64(len(text)) + 1
			b.out.take(taken)
		}
		w := &stuck{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.Listener("", http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("POST", "/rest/echo", strings.NewReader(text)))
		}()
		<-w.began
		if full {
			if busy := b.host.Pools()[0].Busy; busy != 1 {
				t.Errorf("%d workers hold answers for which there is no memory; want 1", busy)
			}
		} else { // its only worker answers others
			b.ask("GET", "/rest/hello/ana", "").check(t, "beside a client that takes nothing", 200, "hello ana")
		}
		close(w.may)
		<-done
		if got := w.Body.String(); w.Code != 200 || got != text || w.Header().Get("Content-Type") != defaultType {
			t.Errorf("memory used up %v: %d with %d bytes of %q; want %d", full, w.Code, len(got), w.Header().Get("Content-Type"), len(text))
		}
		b.out.give(taken)
		if free := b.out.free.Load(); free != defaultBodyMemory {
			t.Errorf("memory used up %v: %d bytes are free in the end; want all", full, free)
		}
	}
}

// A long Write ends soon after its request has.
func TestSinkEndsInsideOfAWrite(t *testing.T) {
	const parts = 1000
	w := &unhurried{httptest.NewRecorder(), make(chan struct{}, 1)}
	s := newSink(w, httptest.NewRequest("GET", "/", nil))
	done := make(chan error)
	sent := 0
	go func() {
		n, err := s.Write(make([]byte, parts*maxPart))
		sent = n
		done <- err
	}()
	<-w.began
	s.Close()
	if err := <-done; !errors.Is(err, errSinkClosed) || sent == parts*maxPart {
		t.Errorf("%v after %d bytes; want %v after some", err, sent, errSinkClosed)
	}
}

// unhurried takes its time for each part, so that others can have the sink between them.
type unhurried struct {
	*httptest.ResponseRecorder
	began chan struct{} // gets something when the body begins
}

func (u *unhurried) Write(p []byte) (int, error) {
	select {
	case u.began <- struct{}{}:
	default:
	}
	time.Sleep(2 * time.Millisecond) // a mutex goes to who has waited for one
	return len(p), nil
}

// Whoever only announces long bodies, and sends nothing, does not fill memory.
func TestAnnouncedBodiesCostNothing(t *testing.T) {
	s := New(Options{Log: zap.NewNop()})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const requests = 200
	for range requests {
		r := httptest.NewRequest("POST", "/", io.LimitReader(strings.NewReader("x"), 1))
		r.ContentLength = smallBody
		b, _ := s.body(r, defaultMaxBody)
		b.free()
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / requests; each > smallBody/8 {
		t.Errorf("a body of one byte that is announced as one of %d takes %d bytes", smallBody, each)
	}
}

// TestSlowSendersHoldNoWorker has as many slow senders as there are workers, and one more
// request. It does not help them to announce more than is read beforehand.
// Bodies in br take memory as soon as they announce that they need it.
func TestMemoryOfBrotliIsBounded(t *testing.T) {
	const memory = 20 << 20
	s := New(Options{BodyMemory: memory, Log: zap.NewNop()})
	read := func() *failure {
		// A window of 16 MiB, a part of as many bytes, and three of them.
		r := httptest.NewRequest("POST", "/", strings.NewReader("\xcf\xff\xff\xffabc"))
		r.Header.Set("Content-Encoding", "br")
		b, f := s.body(r, defaultMaxBody)
		b.free()
		return f
	}
	first := &body{share: share{budget: &s.bodies}}
	if err := first.take(16 << 20); err != nil { // as one that is being read
		t.Fatal(err)
	}
	if f := read(); f == nil || f.status != http.StatusServiceUnavailable {
		t.Errorf("a second one: %+v; want 503", f)
	}
	first.free()
	if f := read(); f == nil || f.status != http.StatusBadRequest { // it is cut off
		t.Errorf("after the first one: %+v; want 400", f)
	}
	if free := s.bodies.free.Load(); free != memory {
		t.Errorf("%d bytes are free; want all", free)
	}
}

func TestSlowSendersHoldNoWorker(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	for _, length := range []int{-1, 2 * smallBody} {
		body, send := io.Pipe()
		done := make(chan answer, 1)
		r, err := http.NewRequest("POST", b.http.URL+"/rest/echo", body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = int64(length)
		go func() { done <- b.send(r) }()
		_, _ = io.WriteString(send, "slow ")
		b.ask("GET", "/rest/hello/ana", "").check(t, "beside a slow sender", 200, "hello ana")
		_, _ = io.WriteString(send, "sender"+strings.Repeat(".", max(0, length-len("slow sender"))))
		send.Close()
		(<-done).check(t, "the slow sender", 200, "slow sender")
	}
}

// A program that is being ended can read on when its request is over.
func TestBodiesEndWithTheirRequests(t *testing.T) {
	s := New(Options{Log: zap.NewNop(), BodyMemory: 4 * smallBody})
	r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 3*smallBody)))
	b, f := s.body(r, defaultMaxBody)
	if f != nil {
		t.Fatal(f.detail)
	}
	if _, err := io.CopyN(io.Discard, b.r, 2*smallBody); err != nil {
		t.Fatal(err)
	}
	b.free()
	if _, err := io.ReadAll(b.r); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("reading after the end: %v; want ErrBodyReadAfterClose", err)
	}
	if free := s.bodies.free.Load(); free != 4*smallBody {
		t.Errorf("%d bytes of the budget are free in the end; want %d", free, 4*smallBody)
	}
}

func TestQueues(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest", Pool: Pool{Queue: 1, Wait: 50 * time.Millisecond}})
	b.until("there is a worker", func() bool { return b.ask("GET", "/rest/hello/ana", "").status == 200 })
	b.until("it is free", func() bool { return b.host.Pools()[0].Free == 1 })
	before := b.counted()
	first := make(chan answer, 1)
	go func() { first <- b.ask("GET", "/rest/waits", "") }()
	<-b.note
	got := b.ask("GET", "/rest/hello/ana", "")
	got.check(t, "no worker in time", 503, `{"code":503,`)
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q; want 1", got.header.Get("Retry-After"))
	}
	if out := b.outcome(before + 1); out.Refused != refusedQueue {
		t.Errorf("it is counted as %+v", out)
	}
	close(b.gate)
	(<-first).check(t, "the first", 200, "waited")
}

func TestClientThatGoesAwayEndsItsProgram(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", b.http.URL+"/rest/spins", nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		_, err := b.http.Client().Do(r)
		gone <- err
	}()
	<-b.note
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	b.until("the program has ended", func() bool { return b.busy() == 0 })
	if out := b.outcome(1); out.Status != statusGone {
		t.Errorf("it is counted as %+v", out)
	}
	b.ask("GET", "/rest/hello/ana", "").check(t, "the next", 200, "hello ana")
}

func TestTimeout(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest", Timeout: 50 * time.Millisecond})
	b.ask("GET", "/rest/spins", "").check(t, "a program that does not end", 504, `{"code":504,`)
	b.until("the program has ended", func() bool { return b.busy() == 0 })
}

func TestKilledByTheAdministrator(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	done := make(chan answer, 1)
	go func() { done <- b.ask("GET", "/rest/spins", "") }()
	<-b.note
	for _, thread := range b.host.Threads() {
		if thread.Kind != host.REST || thread.Function != "U_SPINS" {
			t.Errorf("the thread is shown as %+v", thread)
		}
		_ = b.host.Kill(thread.ID, host.ErrKilled)
	}
	(<-done).check(t, "killed", 503, `{"code":503,`)
	b.ask("GET", "/rest/hello/ana", "").check(t, "the next", 200, "hello ana")
}

func TestStop(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	done := make(chan answer, 1)
	go func() { done <- b.ask("GET", "/rest/waits", "") }()
	<-b.note
	stopped := make(chan error, 1)
	go func() { stopped <- b.host.Shutdown(context.Background()) }()
	b.until("the server goes down", b.host.Stopping)
	got := b.ask("GET", "/rest/hello/ana", "")
	got.check(t, "while the server goes down", 503, `{"code":503,`)
	if got.header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	close(b.gate)
	(<-done).check(t, "what was under way", 200, "waited")
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestLicenses(t *testing.T) {
	for _, stateless := range []bool{true, false} {
		control, err := license.New(license.Options{Settings: license.Settings{Enable: true, Slots: map[int]int{license.DefaultSlot: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, Options{Licenses: control}, Mount{Path: "/rest", Stateless: stateless, Pool: Pool{Max: 2}})
		used := func() int { return control.State().Slots[0].Used }
		first := make(chan answer, 1)
		go func() { first <- b.ask("GET", "/rest/waits", "") }()
		<-b.note
		got := b.ask("GET", "/rest/hello/ana", "")
		got.check(t, "no licence is free", 503, `{"code":503,`)
		if !strings.Contains(got.body, "4093") || got.header.Get("Retry-After") == "" {
			t.Errorf("the refusal %q, %v does not name the slot, or when to try again", got.body, got.header)
		}
		if out := b.outcome(1); out.Refused != refusedLicense {
			t.Errorf("it is counted as %+v", out)
		}
		b.ask("GET", "/rest/hello/ana", "", "x-totvs-appcode: bad").check(t, "a code that is none", 403, `{"code":403,`)
		close(b.gate)
		(<-first).check(t, "with a licence", 200, "waited")
		if want := map[bool]int{true: 0, false: 1}[stateless]; used() != want {
			t.Errorf("stateless %v: %d licences are used after the request; want %d", stateless, used(), want)
		}
		if err := b.load(program); err != nil {
			t.Fatal(err)
		}
		b.until("the licence is given back", func() bool { return used() == 0 })
	}
}

// TestLicensesDoNotLeak ends requests in every way.
func TestLicensesDoNotLeak(t *testing.T) {
	control, err := license.New(license.Options{Settings: license.Settings{Enable: true, Slots: map[int]int{license.DefaultSlot: 8}}})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, Options{Licenses: control},
		Mount{Path: "/held", Timeout: 20 * time.Millisecond, Pool: Pool{Name: "HELD", Max: 4}},
		Mount{Path: "/rest", Stateless: true, Timeout: 20 * time.Millisecond, Pool: Pool{Name: "REST", Max: 4}})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			base := []string{"/held", "/rest"}[i%2]
			path := []string{"/hello/x", "/fails", "/spins", "/quits", "/nothing"}[i%5]
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+i%30)*time.Millisecond)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, "GET", b.http.URL+base+path, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if resp, err := b.http.Client().Do(r); err == nil {
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	b.until("nothing runs any more", func() bool { return b.busy() == 0 })
	if err := b.load(program); err != nil {
		t.Fatal(err)
	}
	b.until("all licences are given back", func() bool { return control.State().Slots[0].Used == 0 })
}

func TestReload(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	const changed = "@Get(\"/other\")\nUser Function Other()\nReturn \"other\"\n"
	before := b.host.Pools()
	if err := b.load(changed, Mount{Path: "/rest"}, Mount{Path: "/more"}); err != nil {
		t.Fatal(err)
	}
	b.ask("GET", "/rest/other", "").check(t, "a new route", 200, "other")
	b.ask("GET", "/more/other", "").check(t, "a new mount", 200, "other")
	b.ask("GET", "/rest/hello/ana", "").check(t, "a route that is gone", 404, `{"code":404,`)
	if after := b.host.Pools(); len(after) != 1 || len(before) != 1 || after[0].Served == 0 || after[0].Name != before[0].Name {
		t.Errorf("the pools are %v; want the one of before", after)
	}
	const twice = changed + "@Get(\"/other\")\nUser Function Again()\nReturn \"again\"\n"
	err := b.load(twice, Mount{Path: "/rest"})
	if err == nil || !strings.Contains(err.Error(), "/other") {
		t.Errorf("two routes of one path: %v; want a refusal that names it", err)
	}
	b.ask("GET", "/more/other", "").check(t, "after a refused reload", 200, "other")
}

// What waits for a worker when a reload takes away what it is for is told to try again.
func TestReloadTakesAway(t *testing.T) {
	const other = "@Get(\"/other\")\nUser Function Other()\nReturn \"other\"\n"
	for name, mount := range map[string]Mount{"the route": {Path: "/rest"}, "the mount": {Path: "/more", Pool: Pool{Name: "MORE"}}} {
		b := newBench(t, Options{}, Mount{Path: "/rest"})
		first, second := make(chan answer, 1), make(chan answer, 1)
		go func() { first <- b.ask("GET", "/rest/waits", "") }()
		<-b.note
		go func() { second <- b.ask("GET", "/rest/hello/ana", "") }()
		b.until("the second waits", func() bool { return b.host.Pools()[0].Queue == 1 })
		if err := b.load(other, mount); err != nil {
			t.Fatal(err)
		}
		close(b.gate)
		(<-first).check(t, name+", under way", 200, "waited")
		got := <-second
		if got.status == 200 && name == "the route" {
			continue // a worker with the programs before has taken it, as the new one was late
		}
		got.check(t, name, 503, `{"code":503,`)
		if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "replaced") {
			t.Errorf("%s: the answer is %v %s; want when to try again, and why", name, got.header, got.body)
		}
	}
}

// A fault of programs that several mounts serve is told once.
func TestFaultsAreToldOnce(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	const odd = program + "@Get(\"/healthcheck\")\nUser Function Check()\nReturn\n"
	err := b.load(odd, Mount{Path: "/rest"}, Mount{Path: "/more"})
	if err == nil || strings.Count(err.Error(), "U_CHECK") > 1 || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("a path of the server's own: %v; want one fault", err)
	}
}

func TestFaultsAtTheStartAreLogged(t *testing.T) {
	const twice = program + "@Get(\"/fails\")\nUser Function Again()\nReturn \"again\"\n"
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	b.config.Partial = true
	if err := b.load(twice, Mount{Path: "/rest"}); err != nil {
		t.Fatal(err)
	}
	b.ask("GET", "/rest/hello/ana", "").check(t, "the others", 200, "hello ana")
	found := slices.ContainsFunc(b.logs.All(), func(e logEntry) bool { return strings.Contains(e.Message, "/fails") })
	if !found {
		t.Error("the fault is not in the log")
	}
}

// TestReloadUnderLoad replaces the workers again and again while requests come.
func TestReloadUnderLoad(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest", Pool: Pool{Max: 4}})
	var stop atomic.Bool
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for !stop.Load() {
				if got := b.ask("GET", "/rest/hello/ana", ""); got.status != 200 || got.body != "hello ana" {
					t.Errorf("answer %d %q", got.status, got.body)
					return
				}
			}
		})
	}
	for i := range 10 {
		if err := b.load(program, Mount{Path: "/rest", Pool: Pool{Max: 2 + i%3}}); err != nil {
			t.Error(err)
		}
	}
	stop.Store(true)
	all.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		t.Errorf("replaced workers have not ended: %v", err)
	}
	if pools := b.host.Pools(); len(pools) != 1 {
		t.Errorf("there are %d pools; want 1", len(pools))
	}
	if err := b.load(program, Mount{Path: "/rest", Pool: Pool{Max: 9}}); err != nil { // as it meets with a stop
		t.Fatal(err)
	}
	b.until("the workers before have ended", func() bool { return len(b.host.Threads()) <= 1 })
}

func TestCompressedAnswers(t *testing.T) {
	b := newBenchOf(t, Options{}, Config{Door: doorFor("x")}, Mount{Path: "/rest"})
	long := strings.Repeat("text ", 1000)
	got := b.ask("POST", "/rest/echo", long, "Accept-Encoding: gzip")
	if got.header.Get("Content-Encoding") != "gzip" || len(got.body) > len(long)/10 || bytes.Contains([]byte(got.body), []byte("text text")) {
		t.Errorf("the answer has the header %v and %d bytes", got.header, len(got.body))
	}
	if got := b.ask("POST", "/rest/api/oauth2/v1/token", "", "Accept-Encoding: gzip"); got.header.Get("Content-Encoding") != "" {
		t.Error("a token is compressed")
	}
}

func TestErrorsOfClassicServices(t *testing.T) {
	want := fmt.Sprintf(`{"errorCode":404,"errorMessage":"%s GET /x has no route."}`, statusMessage(languages[0], 404))
	got, err := json.Marshal(classic(404, statusMessage(languages[0], 404), "GET /x has no route."))
	if err != nil || string(got) != want {
		t.Errorf("classic error %s, %v; want %s", got, err, want)
	}
}
