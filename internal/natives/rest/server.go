package rest

import (
	"context"
	"errors"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

// Options are what the functions reach the outside with.
type Options struct {
	Servers Servers // nil: programs start none
}

// Servers starts and stops HTTP servers for programs. Any goroutine may call it.
type Servers interface {
	// Start starts the servers of s for a thread, all or none. They outlive it.
	Start(ctx context.Context, by *host.Thread, s Start) error
	// Stop stops the servers with the names, in any case, or all that are there of those that
	// the token started: their ports are free when it returns, and what they answer is finished
	// in the background. The error of a name that no server of programs has is one, the rest
	// stops.
	Stop(ctx context.Context, token any, names []string) error
}

// Start is what a program says of servers that it starts.
type Start struct {
	JSON  []byte // the sections of [HTTPSERVER], as config.Start has them
	Also  string // a path at which the services are found too, or ""
	Token any    // names these servers for Stop; comparable
}

// ServerError is why servers were not started or stopped.
type ServerError struct {
	Code ServerCode
	Text string // for people, in UTF-8
}

// ServerCode is the kind of a ServerError: what nErr says.
type ServerCode int

// The codes of VdrCtrl and wsRestfulStart; 0 is success.
const (
	NotAllowed  ServerCode = iota + 1 // nobody starts servers here
	BadConfig                         // the JSON cannot be used
	NoAddress                         // the port cannot be had
	NameTaken                         // there is a server of that name
	TooMany                           // servers
	BadPrograms                       // the routes cannot be served
	NoServer                          // there is none of that name
	GoingDown                         // the server, or the thread
)

// Error returns the text.
func (e *ServerError) Error() string { return e.Text }

var serverClasses = map[string]class{
	"VDRCTRL": newVdrCtrl,
}

// serverFuncs are the functions about servers.
var serverFuncs = table{
	"TLPP.REST.WSRESTFULSTART": wsRestfulStart,
	"TLPP.REST.WSRESTFULSTOP":  wsRestfulStop,
}

// serversKey is where a thread keeps what starts servers for it.
type serversKey struct{}

// bind returns f for threads with the options.
func bind(o Options, f vm.Native) vm.Native {
	return func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		t.Local(serversKey{}, func() any { return o.Servers })
		return f(t, a)
	}
}

// serversOf returns what starts servers for the thread; nil if nothing does.
func serversOf(t *vm.Thread) Servers {
	v, _ := t.Existing(serversKey{})
	s, _ := v.(Servers)
	return s
}

// vdrCtrl is an object of the class VdrCtrl.
type vdrCtrl struct {
	self vm.Value
	code ServerCode // of the last call
	text string     // in UTF-8
}

// vdrCtrlBytes is about what the object takes.
const vdrCtrlBytes = 512

// VdrCtrl():New() → an object that starts and stops HTTP servers. Its methods:
//
//	Start(jConfig)   starts the servers that a JSON object describes, all or none: it has the
//	                 sections of [HTTPSERVER] and of what it names, each a JSON object of the same
//	                 keys. The servers go on when the object and its thread have ended
//	Stop([cServer])  stops the server with the name, whoever started it, or without one those
//	                 that the object has started
//
// Both give 0, or a number that is then in the property nErr too, with the reason in cErr: 1
// programs may not start servers, 2 the JSON cannot be used, 3 the port cannot be had, 4 there
// is a server of the name, 5 there are too many servers, 6 the routes cannot be served, 7 there
// is no such server, 8 the server is going down. Source: TDN; Stop and the numbers, decided
// here.
func newVdrCtrl(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(vdrCtrlBytes); err != nil {
		return vm.Value{}, err
	}
	c := new(vdrCtrl)
	c.self = vm.NewNative(c)
	return c.self, nil
}

// ClassName implements vm.NativeObject.
func (c *vdrCtrl) ClassName() string { return "VDRCTRL" }

// Walk visits no values.
func (c *vdrCtrl) Walk(func(vm.Value)) int { return vdrCtrlBytes + len(c.text) }

// Get is o:name.
func (c *vdrCtrl) Get(t *vm.Thread, name string) (vm.Value, error) {
	switch name {
	case "NERR":
		return vm.Int(int(c.code)), nil
	case "CERR":
		return fromUTF8(t, c.text)
	}
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "class VDRCTRL has no property %s", name)
}

// Set is o:name := x: the properties are only read.
func (c *vdrCtrl) Set(_ *vm.Thread, name string, _ vm.Value) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "class VDRCTRL has no property %s that can be set", name)
}

// Send calls a method; newVdrCtrl says which.
func (c *vdrCtrl) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "NEW":
		return c.self, nil
	case "START":
		return c.outcome(start(t, "START", a, "", c))
	case "STOP":
		return c.outcome(stop(t, "STOP", a, c))
	}
	return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "class VDRCTRL has no method %s", name)
}

// outcome keeps what came of a call for nErr and cErr, and returns the number.
func (c *vdrCtrl) outcome(err error) (vm.Value, error) {
	c.code, c.text = 0, ""
	n, err := serverCode(err)
	if refused := new(ServerError); errors.As(err, &refused) {
		c.code, c.text = refused.Code, refused.Text
		return n, nil
	}
	return n, err
}

// serverCode returns the number of what came of a call; an error that is none of servers is the
// program's.
func serverCode(err error) (vm.Value, error) {
	if refused := new(ServerError); errors.As(err, &refused) {
		return vm.Int(int(refused.Code)), err
	}
	return vm.Int(0), err
}

// tlpp.rest.wsRestfulStart(jConfig[, cPath]) → 0, and the HTTP servers that the JSON object
// describes have been started, as VdrCtrl():Start() starts them; each answers below cPath
// too what it answers below the path of its first location. Else a number as of
// VdrCtrl, and the reason is in the log. Source: public programs.
func wsRestfulStart(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "TLPP.REST.WSRESTFULSTART"
	path, err := lib.OptText(fn, a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	return plain(serverCode(start(t, fn, a, strings.TrimSpace(lib.ToUTF8(path)), wsToken{})))
}

// tlpp.rest.wsRestfulStop([cServer]) → 0, and the server with the name is stopped, or without
// one all that tlpp.rest.wsRestfulStart has started; else 7, as there is none. Source: decided
// here.
func wsRestfulStop(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return plain(serverCode(stop(t, "TLPP.REST.WSRESTFULSTOP", a, wsToken{})))
}

// wsToken names the servers of tlpp.rest.wsRestfulStart.
type wsToken struct{}

// plain drops errors of servers, whose number says enough.
func plain(n vm.Value, err error) (vm.Value, error) {
	if refused := new(ServerError); errors.As(err, &refused) {
		err = nil
	}
	return n, err
}

// start starts the servers that the first argument describes. The error is a *ServerError,
// or the thread's.
func start(t *vm.Thread, fn string, a vm.Args, also string, token any) error {
	if _, ok := lib.JSONMembers(a.Get(0)); !ok {
		return vm.ArgError(fn, a, 0, "a JSON object")
	}
	text, err := lib.ValueJSON(t, a.Get(0))
	if err != nil {
		return err
	}
	servers, by, err := outside(t)
	if err != nil {
		return err
	}
	ctx, s := t.Context(), Start{JSON: []byte(lib.ToUTF8(text)), Also: also, Token: token}
	t.Blocked(func() { err = servers.Start(ctx, by, s) })
	return ended(t, err)
}

// stop stops the server that the first argument names, or those of the token.
func stop(t *vm.Thread, fn string, a vm.Args, token any) error {
	name, err := lib.OptText(fn, a, 0, "")
	if err != nil {
		return err
	}
	servers, _, err := outside(t)
	if err != nil {
		return err
	}
	var names []string
	if name = strings.TrimSpace(lib.ToUTF8(name)); name != "" {
		names = []string{name}
	}
	ctx := t.Context()
	t.Blocked(func() { err = servers.Stop(ctx, token, names) })
	return ended(t, err)
}

// outside returns what starts servers for the thread, and the host's thread.
func outside(t *vm.Thread) (Servers, *host.Thread, error) {
	servers := serversOf(t)
	by, ok := host.ThreadOf(t)
	if servers == nil || !ok {
		return nil, nil, &ServerError{NotAllowed, "nobody starts servers for programs here"}
	}
	return servers, by, nil
}

// ended returns err, unless the thread has to end.
func ended(t *vm.Thread, err error) error {
	if stop := t.Poll(); stop != nil {
		return stop
	}
	return err
}
