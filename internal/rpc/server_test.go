package rpc

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/auth"
	"appserver/internal/host"
)

const program = `
Static nCalls := 0

User Function Echo(xValue)
Return xValue

User Function Twice(nValue, cText)
	nValue := nValue * 2
	cText += "!"
Return .T.

User Function Count()
	nCalls++
Return nCalls

User Function Fail()
	Local aList := {}
Return aList[3]

User Function Deny()
	UserException("not today: " + Chr(233))
Return

User Function Forever()
	While .T.
	EndDo
Return

User Function Things()
Return {{|| 1}, ErrorClass():New(), 7}

User Function Knot()
	Local aKnot := {1}
	aKnot[1] := aKnot
Return aKnot

User Function Big(nBytes)
Return Replicate("x", nBytes)

User Function Copies(nCopies)
	Local oJson := JsonObject():New()
	oJson["text"] := Replicate("x", 1000000)
Return AFill(Array(nCopies), oJson)

User Function Leave()
	__Quit()
Return

Function Internal()
Return "internal"

User Function Ask(cIP, cHost, cEnv, cUser, cFunction)
Return cEnv == "ENV" .And. cUser == "tester" .And. !(cFunction == "U_FAIL")

User Function AskText()
Return "yes"
`

func TestRefusedCallsLeaveNoThread(t *testing.T) {
	s := newSite(t, program, nil)
	for _, function := range []string{"U_NOWHERE", "MemoWrite", "U_ECHO"} {
		r := &rpcv1.CallRequest{Function: function, References: []uint32{7}}
		if _, err := s.client.Call(s.ctx(), r); err == nil {
			t.Errorf("%s with a reference to nothing is called", function)
		}
	}
	if list := s.host.Threads(); len(list) != 0 {
		t.Errorf("there are the threads %+v; want none", list)
	}
}

// A call whose time is over while the function for checks is asked was not refused by it.
func TestTimeoutOnCall(t *testing.T) {
	s := newSite(t, program, nil)
	s.change(func(set *Settings) { set.OnCall, set.Timeout = "U_FOREVER", 30*time.Millisecond })
	if _, err := s.call("U_ECHO"); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("Call() = %v; want DeadlineExceeded", err)
	}
	if list := s.noted(&s.refused); len(list) != 0 {
		t.Errorf("refused: %q; want nothing", list)
	}
}

func TestCall(t *testing.T) {
	s := newSite(t, program, nil)
	json := &rpcv1.Value{Kind: &rpcv1.Value_Json{Json: `{"a":[1,"é"],"b":null}`}}
	date := &rpcv1.Value{Kind: &rpcv1.Value_Date{Date: "2026-02-28"}}
	for _, v := range []*rpcv1.Value{
		{}, num(1.5), num(-0.25), str("Olá € “"), str(""), date, {Kind: &rpcv1.Value_Date{}},
		{Kind: &rpcv1.Value_Logical{Logical: true}}, list(), list(num(1), list(str("x")), json), json,
	} {
		got, err := s.call("u_echo", v)
		if err != nil || !proto.Equal(got.Result, v) {
			t.Errorf("U_ECHO(%v) = %v, %v; want the same", v, got.GetResult(), err)
		}
	}
}

func TestStringsAsBytes(t *testing.T) {
	s := newSite(t, program, nil)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	bytes := &rpcv1.Value{Kind: &rpcv1.Value_Cp1252{Cp1252: all}}
	got, err := s.client.Call(s.ctx(), &rpcv1.CallRequest{Environment: "env", Function: "U_Echo", Arguments: []*rpcv1.Value{bytes}})
	if err != nil || !proto.Equal(got.Result, bytes) {
		t.Fatalf("U_ECHO(all bytes) = %v, %v; want the same", got.GetResult(), err)
	}
	text, err := s.call("U_ECHO", bytes)
	if err != nil {
		t.Fatal(err)
	}
	got, err = s.client.Call(s.ctx(), &rpcv1.CallRequest{Function: "U_Echo", Arguments: []*rpcv1.Value{text.Result}})
	if err != nil || !proto.Equal(got.Result, bytes) {
		t.Errorf("U_ECHO(all bytes as text) = %v, %v; want the bytes", got.GetResult(), err)
	}
}

func TestReferences(t *testing.T) {
	s := newSite(t, program, nil)
	call := func(refs ...uint32) (*rpcv1.CallResponse, error) {
		return s.client.Call(s.ctx(), &rpcv1.CallRequest{
			Function: "U_TWICE", Arguments: []*rpcv1.Value{num(21), str("hi")}, References: refs, Strings: rpcv1.Strings_STRINGS_UTF8,
		})
	}
	got, err := call(1, 0)
	if err != nil || len(got.References) != 2 || !proto.Equal(got.References[0], str("hi!")) || !proto.Equal(got.References[1], num(42)) {
		t.Errorf("references 1, 0 = %v, %v; want hi! and 42", got.GetReferences(), err)
	}
	if got, err = call(); err != nil || len(got.References) != 0 {
		t.Errorf("without references = %v, %v; want none", got.GetReferences(), err)
	}
	for _, refs := range [][]uint32{{2}, {0, 0}, {math.MaxUint32}} {
		if _, err := call(refs...); status.Code(err) != codes.InvalidArgument {
			t.Errorf("references %v = %v; want InvalidArgument", refs, err)
		}
	}
}

func TestFailures(t *testing.T) {
	s := newSite(t, program, nil)
	tests := []struct {
		name string
		r    *rpcv1.CallRequest
		want codes.Code
		text string
	}{
		{"unknown function", &rpcv1.CallRequest{Function: "U_NOWHERE"}, codes.NotFound, "U_NOWHERE"},
		{"unknown environment", &rpcv1.CallRequest{Environment: "elsewhere", Function: "U_ECHO"}, codes.NotFound, "elsewhere"},
		{"function without U_", &rpcv1.CallRequest{Function: "Internal"}, codes.PermissionDenied, "AllowFunctions"},
		{"native", &rpcv1.CallRequest{Function: "MemoWrite"}, codes.PermissionDenied, "AllowFunctions"},
		{"class of the library", &rpcv1.CallRequest{Function: "JsonObject"}, codes.PermissionDenied, "AllowFunctions"},
		{"program error", &rpcv1.CallRequest{Function: "U_FAIL"}, codes.Unknown, "array out of bounds"},
		{"end of the thread", &rpcv1.CallRequest{Function: "U_LEAVE"}, codes.Aborted, "quit"},
		{"knot", &rpcv1.CallRequest{Function: "U_KNOT"}, codes.Unknown, "hold each other"},
		{"NaN", &rpcv1.CallRequest{Function: "U_ECHO", Arguments: []*rpcv1.Value{num(math.NaN())}}, codes.InvalidArgument, "finite"},
		{"infinity", &rpcv1.CallRequest{Function: "U_ECHO", Arguments: []*rpcv1.Value{num(math.Inf(-1))}}, codes.InvalidArgument, "finite"},
		{"character", &rpcv1.CallRequest{Function: "U_ECHO", Arguments: []*rpcv1.Value{str("日")}}, codes.InvalidArgument, "U+65E5"},
		{"JSON", &rpcv1.CallRequest{Function: "U_ECHO", Arguments: []*rpcv1.Value{{Kind: &rpcv1.Value_Json{Json: `{"a":`}}}}, codes.InvalidArgument, "JSON"},
		{"date", &rpcv1.CallRequest{Function: "U_ECHO", Arguments: []*rpcv1.Value{{Kind: &rpcv1.Value_Date{Date: "2025-02-29"}}}}, codes.InvalidArgument, "YYYY-MM-DD"},
		{"long answer", &rpcv1.CallRequest{Function: "U_BIG", Arguments: []*rpcv1.Value{num(1 << 20)}}, codes.ResourceExhausted, "MaxMessageSize"},
	}
	for _, tt := range tests {
		_, err := s.client.Call(s.ctx(), tt.r)
		if status.Code(err) != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: Call() = %v; want %v with %q", tt.name, err, tt.want, tt.text)
		}
	}
	s.change(func(set *Settings) { set.Environment = "" })
	if _, err := s.call("U_ECHO"); status.Code(err) != codes.InvalidArgument {
		t.Errorf("no environment at all: Call() = %v; want InvalidArgument", err)
	}
}

func TestObjectsAndBlocksBecomeNil(t *testing.T) {
	s := newSite(t, program, nil)
	got, err := s.call("U_THINGS")
	if want := list(&rpcv1.Value{}, &rpcv1.Value{}, num(7)); err != nil || !proto.Equal(got.Result, want) {
		t.Errorf("U_THINGS() = %v, %v; want %v", got.GetResult(), err, want)
	}
}

func TestProgramErrors(t *testing.T) {
	s := newSite(t, program, nil)
	_, err := s.call("U_DENY")
	details := status.Convert(err).Details()
	if len(details) != 1 {
		t.Fatalf("U_DENY() = %v with %d details; want one", err, len(details))
	}
	e, ok := details[0].(*rpcv1.Error)
	if !ok || !strings.Contains(e.Description, "not today: é") || e.GenCode != 99 {
		t.Errorf("detail = %v; want the text of the exception and code 99", details[0])
	}
	f := e.GetStack()
	if len(f) == 0 || f[0].Function != "U_DENY" || !strings.EqualFold(f[0].Source, "program.prw") || f[0].Line != 21 {
		t.Errorf("stack = %v; want U_DENY in line 21 of program.prw", f)
	}
	s.eventually("in the log", func() bool {
		return s.logs.Filter(func(e observer.LoggedEntry) bool { return e.ContextMap()["stack"] != nil }).Len() > 0
	})
}

func TestStaticsDoNotCrossCalls(t *testing.T) {
	s := newSite(t, program, nil)
	for range 3 {
		if got, err := s.call("U_COUNT"); err != nil || got.Result.GetNumber() != 1 {
			t.Fatalf("U_COUNT() = %v, %v; want 1 in each call", got, err)
		}
	}
}

// TestEndOfClientEndsProgram demands that nothing of a call is left after its end.
func TestEndOfClientEndsProgram(t *testing.T) {
	s := newSite(t, program, nil)
	for _, tt := range []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		want codes.Code
	}{
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 50*time.Millisecond)
		}, codes.DeadlineExceeded},
		{"cancel", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			go func() {
				s.eventually("running", func() bool { return len(s.host.Threads()) == 1 })
				cancel()
			}()
			return ctx, cancel
		}, codes.Canceled},
	} {
		ctx, cancel := tt.end(s.ctx())
		_, err := s.client.Call(ctx, &rpcv1.CallRequest{Function: "U_FOREVER"})
		cancel()
		if status.Code(err) != tt.want {
			t.Errorf("%s: Call() = %v; want %v", tt.name, err, tt.want)
		}
		s.eventually("ended", func() bool { return len(s.host.Threads()) == 0 })
	}
	s.change(func(set *Settings) { set.Timeout = 50 * time.Millisecond })
	if _, err := s.call("U_FOREVER"); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("[RPC] CallTimeout: Call() = %v; want DeadlineExceeded", err)
	}
}

func TestAuthenticate(t *testing.T) {
	s := newSite(t, program, nil)
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	tests := []struct {
		name, authorization string
		change              func(*Settings)
		want                codes.Code
		reason              string
	}{
		{name: "token", authorization: "Bearer " + goodToken},
		{name: "token in other letters", authorization: "bearer  " + goodToken},
		{name: "user", authorization: basic("ana:s:ecret")},
		{name: "closed", authorization: "Bearer " + goodToken, change: func(set *Settings) { *set = Settings{} }, want: codes.PermissionDenied, reason: "disabled"},
		{name: "nothing", want: codes.Unauthenticated, reason: "no_credentials"},
		{name: "wrong token", authorization: "Bearer x", want: codes.Unauthenticated, reason: "wrong_credentials"},
		{name: "wrong password", authorization: basic("ana:x"), want: codes.Unauthenticated, reason: "wrong_credentials"},
		{name: "no base64", authorization: "Basic !", want: codes.Unauthenticated, reason: "wrong_credentials"},
		{name: "long", authorization: "Bearer " + strings.Repeat("x", 5000), want: codes.Unauthenticated, reason: "wrong_credentials"},
		{name: "scheme", authorization: "Digest x", want: codes.Unauthenticated, reason: "credentials_not_accepted"},
		{name: "users do not count", authorization: basic("ana:s:ecret"), change: func(set *Settings) { set.Methods = []auth.Method{auth.Token} }, want: codes.Unauthenticated, reason: "credentials_not_accepted"},
		{name: "tokens do not count", authorization: "Bearer " + goodToken, change: func(set *Settings) { set.Methods = []auth.Method{auth.MTLS} }, want: codes.Unauthenticated, reason: "credentials_not_accepted"},
		{name: "plain", authorization: "Bearer " + goodToken, change: func(set *Settings) { set.Plain = false }, want: codes.Unauthenticated, reason: "plain"},
		{name: "network", authorization: "Bearer " + goodToken, change: func(set *Settings) { set.From = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }, want: codes.PermissionDenied, reason: "network"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.settings.Store(openSettings())
			if tt.change != nil {
				s.change(tt.change)
			}
			before := len(s.noted(&s.refused))
			ctx := t.Context()
			if tt.authorization != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "authorization", tt.authorization)
			}
			_, err := s.client.Call(ctx, &rpcv1.CallRequest{Function: "U_ECHO"})
			if status.Code(err) != tt.want {
				t.Errorf("Call() = %v; want %v", err, tt.want)
			}
			reasons := s.noted(&s.refused)[before:]
			if tt.reason != "" && !slices.Equal(reasons, []string{tt.reason}) || tt.reason == "" && len(reasons) > 0 {
				t.Errorf("refusals %v; want %q", reasons, tt.reason)
			}
		})
	}
	for _, entry := range s.logs.All() {
		if text := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(text, "ecret") || strings.Contains(text, goodToken) {
			t.Errorf("the log holds a secret: %v", entry)
		}
	}
}

func TestGuessingIsSlowed(t *testing.T) {
	s := newSite(t, program, nil)
	try := func(authorization string) codes.Code {
		_, err := s.client.Call(metadata.AppendToOutgoingContext(t.Context(), "authorization", authorization), &rpcv1.CallRequest{Function: "U_ECHO"})
		return status.Code(err)
	}
	right := "Basic " + base64.StdEncoding.EncodeToString([]byte("ana:s:ecret"))
	const burst = 10
	for range burst {
		if got := try("Basic " + base64.StdEncoding.EncodeToString([]byte("ana:guess"))); got != codes.Unauthenticated {
			t.Fatalf("a guess = %v; want Unauthenticated", got)
		}
	}
	if got := try(right); got != codes.ResourceExhausted {
		t.Errorf("after %d guesses = %v; want ResourceExhausted", burst, got)
	}
	if got := try("Bearer " + goodToken); got != codes.OK {
		t.Errorf("a token meanwhile = %v; want OK", got)
	}
}

func TestFunctionRules(t *testing.T) {
	s := newSite(t, program, nil)
	tests := []struct {
		name, function string
		change         func(*Settings)
		want           codes.Code
	}{
		{"denied", "U_ECHO", func(set *Settings) { set.Deny = []string{"u_e*"} }, codes.PermissionDenied},
		{"deny wins", "U_ECHO", func(set *Settings) { set.Allow, set.Deny = []string{"*"}, []string{"?_echo"} }, codes.PermissionDenied},
		{"allowed by name", "internal", func(set *Settings) { set.Allow = []string{"Internal"} }, codes.OK},
		{"others are not", "U_ECHO", func(set *Settings) { set.Allow = []string{"Internal"} }, codes.PermissionDenied},
		{"star is no native", "MemoWrite", func(set *Settings) { set.Allow = []string{"*"} }, codes.PermissionDenied},
		{"a named native is none either", "MemoWrite", func(set *Settings) { set.Allow = []string{"MEMOWRITE"} }, codes.PermissionDenied},
		{"agreed", "U_ECHO", func(set *Settings) { set.OnCall = "u_ask" }, codes.OK},
		{"vetoed", "U_FAIL", func(set *Settings) { set.OnCall = "u_ask" }, codes.PermissionDenied},
		{"no logical", "U_ECHO", func(set *Settings) { set.OnCall = "u_asktext" }, codes.PermissionDenied},
		{"the question fails", "U_ECHO", func(set *Settings) { set.OnCall = "u_fail" }, codes.PermissionDenied},
		{"the question is nowhere", "U_ECHO", func(set *Settings) { set.OnCall = "u_nowhere" }, codes.PermissionDenied},
	}
	for _, tt := range tests {
		s.change(tt.change)
		if _, err := s.call(tt.function); status.Code(err) != tt.want {
			t.Errorf("%s: Call() = %v; want %v", tt.name, err, tt.want)
		}
	}
}

// What JSON objects take counts when they are read and when they are written, all together.
func TestJSONIsBounded(t *testing.T) {
	s := newSite(t, program, func(e *host.Environment) { e.Limits.Memory = 4 << 20 })
	object := &rpcv1.Value{Kind: &rpcv1.Value_Json{Json: "[" + strings.Repeat("[],", 1<<13) + "[]]"}}
	if _, err := s.call("U_ECHO", object); err != nil {
		t.Errorf("one object: %v", err)
	}
	if _, err := s.call("U_ECHO", slices.Repeat([]*rpcv1.Value{object}, 20)...); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "limit is 4 MB") {
		t.Errorf("many objects: %v; want InvalidArgument with the limit of the environment", err)
	}
	if _, err := s.call("U_COPIES", num(100)); status.Code(err) != codes.Unknown || !strings.Contains(err.Error(), errJSON.Error()) {
		t.Errorf("an object in a hundred places: %v; want %v", err, errJSON)
	}
}

func TestLimitOfThreads(t *testing.T) {
	s := newSite(t, program, func(e *host.Environment) { e.MaxThreads = 1 })
	ctx, cancel := context.WithCancel(s.ctx())
	defer cancel()
	go s.client.Call(ctx, &rpcv1.CallRequest{Function: "U_FOREVER"})
	s.eventually("running", func() bool { return len(s.host.Threads()) == 1 })
	if _, err := s.call("U_ECHO"); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("Call() beyond MaxThreads = %v; want ResourceExhausted", err)
	}
	if who := s.host.Threads()[0]; who.User != "tester" || who.Kind != host.RPC || who.Function != "U_FOREVER" {
		t.Errorf("thread = %+v; want the caller, RPC and the function", who)
	}
}

func TestCallsAreCounted(t *testing.T) {
	s := newSite(t, program, nil)
	s.call("U_ECHO")
	s.call("U_FAIL")
	if got, want := s.noted(&s.ended), []string{"Call OK", "Call Unknown"}; !slices.Equal(got, want) {
		t.Errorf("counted %v; want %v", got, want)
	}
	for _, counted := range s.noted(&s.ended) {
		method, code, _ := strings.Cut(counted, " ")
		if !slices.Contains(Methods(), method) || !slices.Contains(Codes(), code) {
			t.Errorf("%q is not among Methods() and Codes()", counted)
		}
	}
}
