package rpc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/rpc"
)

var rpcClasses = map[string]class{
	"TRPC": newTRpc,
}

// connection is an object of TRpc.
type connection struct {
	self        vm.Value // what New returns
	state       *state   // of the thread
	environment string   // at the server, UTF-8
	session     *rpc.Session
	timeout     time.Duration // of each call; 0: none
	fault       string        // why the last Connect or call failed, in cp1252
}

// objectBytes is about what an object takes, in bytes.
const objectBytes = 256

// TRpc():New([cEnv]) → an object that calls functions at another server, in its environment
// cEnv; without cEnv in the one that its [RPC] Environment names. Its methods:
//
//	Connect(cServer, nPort[, nTimeOut[, lSSL]])  whether there is a connection now; time in seconds
//	CallProc(cFunction[, x…])                    what the function returned there
//	CallProcEx(cFunction[, x…])                  the same
//	SetTimeOut(nSeconds)                         bounds the wait of each CallProc from now on; 0: no bound
//	Disconnect()                                 ends the connection
//	GetError()                                   why Connect gave .F. or a call failed; "" if it did not
//
// All calls over a connection run in one thread there: its statics and publics stay from
// one to the next. That thread ends with Disconnect, and with the thread of this program.
// Arrays, strings, numbers, dates, logicals, NIL and JSON objects cross, by value; an
// argument that is passed by reference (@) is set to what the function left in it. Code
// blocks and other objects as arguments are an error.
//
// An error of the function there is raised here, with the stack of there in its
// description. When the time of SetTimeOut is over an error is raised, and the function
// there is told to end.
//
// The connection is by TLS if lSSL is .T.; without lSSL as a section of [RPC] Connections
// says, else exactly if the port of this server is. [RPC] Token, or that of the section, is
// what shows there who calls. Connect, with 10 seconds unless nTimeOut says otherwise, tries once;
// the log says too why it gave .F. An object that is connected already is disconnected
// first. The functions of the library there cannot be called, but for RpcSetEnv and its like:
// a function of the programs there can start a job. Source: TDN; GetError, the units of time
// and what happens to references, decided here.
func newTRpc(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(objectBytes); err != nil {
		return vm.Value{}, err
	}
	c := &connection{state: stateOf(t)}
	c.self = vm.NewNative(c)
	return c.self, nil
}

func (c *connection) ClassName() string { return "TRPC" }

// Walk visits no values; the size is that of the object.
func (c *connection) Walk(func(vm.Value)) int { return objectBytes + len(c.fault) }

// Get is o:name. A connection has no such members.
func (c *connection) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "class TRPC has no property %s", name)
}

// Set is o:name := x.
func (c *connection) Set(_ *vm.Thread, name string, _ vm.Value) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "class TRPC has no property %s", name)
}

// Send calls a method; newTRpc says which. What it passes on may be secret.
func (c *connection) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	v, err := c.send(t, name, a)
	return v, lib.WithoutArguments(err)
}

func (c *connection) send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "NEW":
		environment, err := lib.OptText(name, a, 0, "")
		c.environment = lib.ToUTF8(strings.TrimSpace(environment))
		return c.self, err
	case "CONNECT":
		return c.connect(t, name, a)
	case "CALLPROC", "CALLPROCEX":
		return c.callProc(t, name, a)
	case "SETTIMEOUT":
		return c.setTimeOut(name, a)
	case "DISCONNECT":
		c.disconnect()
		return vm.Value{}, nil
	case "GETERROR":
		return vm.Str(c.fault), nil
	}
	return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "class TRPC has no method %s", name)
}

// disconnect ends the connection, if there is one.
func (c *connection) disconnect() {
	if c.session != nil {
		c.state.close(c.session)
		c.session = nil
	}
}

// connect is the method Connect.
func (c *connection) connect(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	server, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	port, err := argPort(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	timeout, err := optSeconds(fn, a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	var secure *bool
	if !a.Get(3).IsNil() {
		on, err := lib.OptBool(fn, a, 3, false)
		if err != nil {
			return vm.Value{}, err
		}
		secure = &on
	}
	c.disconnect()
	err = c.open(t, hostOf(lib.ToUTF8(server)), port, timeout, secure)
	return c.outcome(t, err)
}

// hostOf is the name or address of a server as a program writes it: one of IPv6 may be in
// brackets.
func hostOf(server string) string {
	server = strings.TrimSpace(server)
	if inner, ok := strings.CutPrefix(server, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}
	return server
}

// outcome is what Connect returns.
func (c *connection) outcome(t *vm.Thread, err error) (vm.Value, error) {
	c.fault = ""
	if stop := t.Poll(); stop != nil {
		return vm.Value{}, stop
	}
	if err != nil {
		c.fault = lib.FromUTF8(err.Error())
		logFailure(t, err)
	}
	return vm.Bool(err == nil), nil
}

// maxServer is the longest name of a server, in bytes.
const maxServer = 255

// open opens a session.
func (c *connection) open(t *vm.Thread, server string, port int, timeout time.Duration, secure *bool) error {
	o := c.state.options
	switch {
	case o.Dialer == nil || o.Peer == nil:
		return errors.New("programs that are run this way reach no other servers")
	case server == "":
		return errors.New("no server is named")
	case len(server) > maxServer || strings.ContainsFunc(server, unicode.IsControl):
		return errors.New("this cannot be the name of a server")
	case port < 1 || port > 65535:
		return fmt.Errorf("the port must be one from 1 to 65535, but is %d", port)
	case c.state.full():
		return errConnections
	}
	peer, err := o.Peer(server, port, secure)
	if err != nil {
		return err
	}
	peer.Timeout = timeout
	var session *rpc.Session
	ctx := t.Context()
	t.Blocked(func() { session, err = o.Dialer.Open(ctx, peer, c.environment) })
	if err != nil {
		return err
	}
	c.session = session
	c.state.keep(t, session)
	return nil
}

// setTimeOut is the method SetTimeOut.
func (c *connection) setTimeOut(fn string, a vm.Args) (vm.Value, error) {
	timeout, err := optSeconds(fn, a, 0)
	if err == nil {
		c.timeout = timeout
	}
	return vm.Value{}, err
}

// callProc is the method CallProc.
func (c *connection) callProc(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	function, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return c.call(t, strings.TrimSpace(function), a[1:])
}

// call calls the function at the server.
func (c *connection) call(t *vm.Thread, function string, a vm.Args) (vm.Value, error) {
	c.fault = ""
	if c.session == nil {
		return vm.Value{}, c.failed(function, errors.New("there is no connection: Connect() makes one"))
	}
	request, references, err := newRequest(lib.ToUTF8(function), a)
	if err != nil {
		return vm.Value{}, err
	}
	var answer *rpc.Answer
	ctx := t.Context()
	t.Blocked(func() { answer, err = c.session.Do(ctx, request, c.timeout) })
	if stop := t.Poll(); stop != nil {
		return vm.Value{}, stop
	}
	if err != nil {
		return vm.Value{}, c.failed(function, err)
	}
	return c.accept(t, function, answer, a, references)
}

// newRequest makes a call with the arguments, of which it returns those that are passed by
// reference.
func newRequest(function string, a vm.Args) (*rpc.Request, []int, error) {
	values := make([]vm.Value, a.Len())
	var references []int
	for i := range values {
		values[i] = a.Get(i)
		if a.Set(i, values[i]) {
			references = append(references, i)
		}
	}
	request, err := rpc.NewRequest(function, values, references)
	return request, references, err
}

// valueBytes is about how much more a value takes than what stands for it on the wire.
const valueBytes = 16

// accept takes over what a call has returned.
func (c *connection) accept(t *vm.Thread, function string, answer *rpc.Answer, a vm.Args, references []int) (vm.Value, error) {
	if err := t.Charge(answer.Size() + valueBytes*answer.Count()); err != nil {
		return vm.Value{}, err
	}
	result, back, err := answer.Values()
	if err == nil && len(back) != len(references) {
		err = fmt.Errorf("the server gave %d arguments back, and %d were passed by reference", len(back), len(references))
	}
	if err != nil {
		return vm.Value{}, c.failed(function, err)
	}
	for i, position := range references {
		a.Set(position, back[i])
	}
	return result, nil
}

// failed raises what went wrong with a call.
func (c *connection) failed(function string, err error) error {
	raised := c.raise(function, err)
	c.fault = raised.Description
	if c.session != nil && c.session.Over() {
		c.disconnect()
	}
	return raised
}

func (c *connection) raise(function string, err error) *vm.Error {
	var remote *rpc.RemoteError
	switch {
	case errors.As(err, &remote):
		return remote.Raise(c.session.Peer(), function)
	case errors.Is(err, rpc.ErrCallTimeout) && c.timeout > 0:
		return vm.Errorf(vm.GenLimit, function, "%s at %s: no answer within %v (SetTimeOut)", function, c.session.Peer().Address(), c.timeout)
	case errors.Is(err, context.Canceled):
		return vm.Errorf(vm.GenLimit, function, "%s: the call was ended", function)
	}
	raised := vm.Errorf(vm.GenUnsupported, function, "%s: %s", function, lib.FromUTF8(err.Error()))
	raised.Cause = err
	return raised
}

// argPort returns argument i, a port: a number, or one as text.
func argPort(fn string, a vm.Args, i int) (int, error) {
	if v := a.Get(i); v.IsStr() {
		if n, err := strconv.Atoi(strings.TrimSpace(v.Text())); err == nil {
			return n, nil
		}
	}
	return lib.ArgInt(fn, a, i)
}

// maxSeconds is the longest time that programs can ask for: a year.
const maxSeconds = 31_536_000

// optSeconds returns argument i, a time in seconds; 0 if it is NIL, not given, or not
// positive.
func optSeconds(fn string, a vm.Args, i int) (time.Duration, error) {
	if a.Get(i).IsNil() {
		return 0, nil
	}
	seconds, err := lib.ArgNum(fn, a, i)
	if err != nil || !(seconds > 0) {
		return 0, err
	}
	return time.Duration(math.Min(seconds, maxSeconds) * float64(time.Second)), nil
}
