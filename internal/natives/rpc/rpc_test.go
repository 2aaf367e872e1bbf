package rpc

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/advpl/vm"
	"appserver/internal/rpc"
)

// newThread makes a thread with the functions of the package.
func newThread(t *testing.T, o Options) *vm.Thread {
	t.Helper()
	p, err := vm.Link(nil, Library(o))
	if err != nil {
		t.Fatal(err)
	}
	return p.NewThread(vm.Options{Now: func() time.Time { return time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC) }})
}

func call(t *testing.T, th *vm.Thread, name string, args ...vm.Value) vm.Value {
	t.Helper()
	v, err := th.Call(name, args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// memVars are the publics of RpcSetEnv, NIL being "NIL" and one that is not there "-".
func memVars(th *vm.Thread) string {
	var list []string
	for _, name := range environmentVars {
		text := "-"
		if v, ok := th.MemVar(name); ok {
			text = v.String()
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func TestRpcSetEnv(t *testing.T) {
	th := newThread(t, Options{User: func(_ context.Context, _, name, password string) error {
		if name == "José" && password == "sénha" {
			return nil
		}
		return errors.New("no")
	}})
	s := vm.Str
	for _, c := range []struct {
		args []vm.Value
		ok   bool
		want string
	}{
		{[]vm.Value{s("99"), s("01"), s("x"), s("y")}, false, "- - - - - -"},
		{[]vm.Value{s("99"), s("01"), s("Jos\xe9"), s("s\xe9nha"), s("SIGAFIN"), s("FINA050"), vm.NewArray(nil)}, true,
			`"99" "01" "FIN" "Jos` + "\xe9" + `" "" SToD("20261122")`},
		{[]vm.Value{s("02"), s("03"), s("Ana")}, true, `"02" "03" "FAT" "Ana" "" SToD("20261122")`},
		{nil, true, `"" "" "FAT" "" "" SToD("20261122")`},
	} {
		if got := call(t, th, "RPCSETENV", c.args...); got.Truth() != c.ok {
			t.Errorf("RpcSetEnv(%v) = %v; want %v", c.args, got, c.ok)
		}
		if got := memVars(th); got != c.want {
			t.Errorf("RpcSetEnv(%v): %s; want %s", c.args, got, c.want)
		}
	}
	call(t, th, "RPCSETTYPE", vm.Int(3))
	call(t, th, "RPCCLEARENV")
	if got := memVars(th); got != "NIL NIL NIL NIL NIL NIL" {
		t.Errorf("after RpcClearEnv: %s", got)
	}
	if _, err := th.Call("RPCSETENV", vm.Int(1)); err == nil {
		t.Error("a company that is a number was taken")
	}
	if got := call(t, newThread(t, Options{}), "RPCSETENV", s("1"), s("1"), s("a"), s("b")); got.Truth() {
		t.Error("without users any password is right")
	}
}

func TestConnectFails(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	free := c.LocalAddr().(*net.TCPAddr).Port // nothing listens on it, nor can
	o := Options{Dialer: &rpc.Dialer{}, Peer: func(server string, port int, secure *bool) (rpc.Peer, error) {
		if server == "broken" {
			return rpc.Peer{}, errors.New("the file of the token is empty")
		}
		return rpc.Peer{Host: server, Port: port, Secure: secure != nil && *secure}, nil
	}}
	for _, c := range []struct {
		o    Options
		args []vm.Value
		want string
	}{
		{Options{}, []vm.Value{vm.Str("a"), vm.Int(1)}, "reach no other servers"},
		{o, []vm.Value{vm.Str(" "), vm.Int(1)}, "no server is named"},
		{o, []vm.Value{vm.Str("a"), vm.Int(0)}, "from 1 to 65535, but is 0"},
		{o, []vm.Value{vm.Str("a"), vm.Str("70000")}, "from 1 to 65535, but is 70000"},
		{o, []vm.Value{vm.Str("a\nb"), vm.Int(1)}, "cannot be the name of a server"},
		{o, []vm.Value{vm.Str(strings.Repeat("a", maxServer+1)), vm.Int(1)}, "cannot be the name of a server"},
		{o, []vm.Value{vm.Str("broken"), vm.Int(1)}, "the file of the token is empty"},
		{o, []vm.Value{vm.Str("127.0.0.1"), vm.Int(free), vm.Num(30), vm.Bool(false)}, "nothing listens on this port"},
	} {
		th := newThread(t, c.o)
		object := call(t, th, "TRPC")
		v, err := th.Send(object, "CONNECT", c.args...)
		if err != nil || v.Kind() != vm.Logical || v.Truth() {
			t.Errorf("Connect(%v) = %v, %v; want .F.", c.args, v, err)
		}
		if text, _ := th.Send(object, "GETERROR"); !strings.Contains(text.Text(), c.want) {
			t.Errorf("Connect(%v): GetError() = %q; want %q", c.args, text.Text(), c.want)
		}
		if _, err := th.Send(object, "CALLPROC", vm.Str("U_X")); err == nil || !strings.Contains(err.Error(), "there is no connection") {
			t.Errorf("CallProc without a connection: %v", err)
		}
		if _, err := th.Send(object, "DISCONNECT"); err != nil {
			t.Errorf("Disconnect without a connection: %v", err)
		}
		if len(c.args) == 2 && c.args[1].IsNum() {
			if v := call(t, th, "RPCCONNECT", c.args...); !v.IsNil() {
				t.Errorf("RpcConnect(%v) = %v; want NIL", c.args, v)
			}
		}
	}
}

func TestOddArguments(t *testing.T) {
	th := newThread(t, Options{})
	object := call(t, th, "TRPC")
	for _, c := range []struct {
		method string
		args   []vm.Value
	}{
		{"NEW", []vm.Value{vm.Int(1)}},
		{"CONNECT", nil},
		{"CONNECT", []vm.Value{vm.Str("a")}},
		{"CONNECT", []vm.Value{vm.Str("a"), vm.Str("port")}},
		{"CONNECT", []vm.Value{vm.Str("a"), vm.Int(1), vm.Str("x")}},
		{"CONNECT", []vm.Value{vm.Str("a"), vm.Int(1), vm.Int(1), vm.Int(1)}},
		{"CALLPROC", nil},
		{"SETTIMEOUT", []vm.Value{vm.Str("x")}},
		{"NOSUCHMETHOD", nil},
	} {
		var raised *vm.Error
		if _, err := th.Send(object, c.method, c.args...); !errors.As(err, &raised) {
			t.Errorf("%s(%v): %v; want an error", c.method, c.args, err)
		}
	}
	for _, v := range []vm.Value{vm.Int(1), vm.NewArray(nil)} {
		if _, err := th.Call("RPCDISCONNECT", v); err == nil {
			t.Errorf("RpcDisconnect(%v) raises nothing", v)
		}
	}
	call(t, th, "RPCDISCONNECT")
	call(t, th, "RPCDISCONNECT", object)
	if _, err := th.Get(object, "X"); err == nil {
		t.Error("a member that is not there can be read")
	}
	if err := th.Set(object, "X", vm.Int(1)); err == nil {
		t.Error("a member that is not there can be set")
	}
}

func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		v    vm.Value
		want time.Duration
	}{
		{vm.Value{}, 0}, {vm.Int(0), 0}, {vm.Int(-1), 0}, {vm.Num(0.25), 250 * time.Millisecond}, {vm.Int(90), 90 * time.Second},
		{vm.Num(1e300), maxSeconds * time.Second},
	} {
		if got, err := optSeconds("F", vm.Args{c.v}, 0); got != c.want || err != nil {
			t.Errorf("%v: %v, %v; want %v", c.v, got, err, c.want)
		}
	}
}

// willing is a server that opens every session, and tells when one ends.
type willing struct {
	rpcv1.UnimplementedRPCServer
	ended chan string // gets the environment
}

func (w willing) Session(stream grpc.BidiStreamingServer[rpcv1.SessionRequest, rpcv1.SessionResponse]) error {
	m, err := stream.Recv()
	if err != nil {
		return err
	}
	if err := stream.Send(&rpcv1.SessionResponse{Message: &rpcv1.SessionResponse_Opened{Opened: &rpcv1.Opened{}}}); err != nil {
		return err
	}
	for err == nil {
		_, err = stream.Recv()
	}
	w.ended <- m.GetOpen().GetEnvironment()
	return nil
}

// served starts the server and returns options that reach it by any name and port.
func (w willing) served(t *testing.T) Options {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	rpcv1.RegisterRPCServer(server, w)
	go server.Serve(ln)
	t.Cleanup(server.Stop)
	return Options{Dialer: &rpc.Dialer{}, Peer: func(string, int, *bool) (rpc.Peer, error) {
		return rpc.Peer{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port}, nil
	}}
}

// connected makes an object that has a session in the environment.
func connected(t *testing.T, th *vm.Thread, environment string) {
	t.Helper()
	object := call(t, th, "TRPC")
	if _, err := th.Send(object, "NEW", vm.Str(environment)); err != nil {
		t.Fatal(err)
	}
	if v, err := th.Send(object, "CONNECT", vm.Str("a"), vm.Int(1)); err != nil || !v.Truth() {
		text, _ := th.Send(object, "GETERROR")
		t.Fatalf("Connect = %v, %v: %s", v, err, text)
	}
}

// A worker keeps the connections that its start has made, and no others.
func TestConnectionsOfWorkers(t *testing.T) {
	for _, early := range []bool{false, true} {
		server := willing{ended: make(chan string, 10)}
		th := newThread(t, server.served(t))
		if early {
			connected(t, th, "start")
		}
		th.Keep()
		for range 2 {
			connected(t, th, "call")
			th.Reset()
			if got := <-server.ended; got != "call" {
				t.Errorf("the session %q ended; want that of the call", got)
			}
		}
		kept := len(stateOf(th).open)
		if want := map[bool]int{true: 1}[early]; kept != want {
			t.Errorf("%d connections stay; want %d", kept, want)
		}
		stateOf(th).closeAll()
	}
}

func TestHostOf(t *testing.T) {
	for server, want := range map[string]string{" erp ": "erp", "[::1]": "::1", "::1": "::1", "[": "", "fe80::1%eth0": "fe80::1%eth0"} {
		if got := hostOf(server); got != want {
			t.Errorf("hostOf(%q) = %q; want %q", server, got, want)
		}
	}
}

// Errors show no arguments: they may be passwords.
func TestErrorsHaveNoArguments(t *testing.T) {
	th := newThread(t, Options{})
	object := call(t, th, "TRPC")
	_, function := th.Call("RPCSETENV", vm.Int(1), vm.Str(""), vm.Str("ana"), vm.Str("secret"))
	_, method := th.Send(object, "CONNECT", vm.Int(1), vm.Str("secret"))
	for _, err := range []error{function, method} {
		if e, ok := errors.AsType[*vm.Error](err); !ok || len(e.Args) > 0 {
			t.Errorf("%v with arguments; want an error without", err)
		}
	}
}
