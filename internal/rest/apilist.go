package rest

import (
	"encoding/json"
	"fmt"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/rest/route"
)

// apiList is what OnAllow and OnBlock get: with it they say which routes of a mount are
// served and which are shown.
type apiList struct {
	mount   *mount
	routes  []*route.Route
	blocked map[*route.Route]bool
	hidden  map[*route.Route]bool
}

// choose has the programs say which routes of the mount are served, where the configuration
// names a function for that. OnAllow counts before OnBlock.
func (p *preparation) choose(m *mount, program *vm.Program) {
	key, name := "OnAllow", m.o.Exits.OnAllow
	if name == "" {
		key, name = "OnBlock", m.o.Exits.OnBlock
	}
	if name == "" || m.table == nil {
		return
	}
	l := &apiList{mount: m, routes: m.table.Routes(), blocked: map[*route.Route]bool{}, hidden: map[*route.Route]bool{}}
	for _, r := range l.routes {
		l.blocked[r] = key == "OnAllow"
	}
	m.list = l
	err := p.server.o.Run(program, name, vm.NewNative(l))
	switch {
	case err == nil:
	case l.soft(key):
		p.tell(false, l.text(key, name, err))
	default:
		m.table = nil // rather nothing than what was not to be served
		p.tell(true, l.text(key, name, err))
	}
}

func (l *apiList) text(key, name string, err error) string {
	return fmt.Sprintf("[%s] %s: %s, which says what is served, has failed: %s", l.mount.o.Name, key, name, lib.ToUTF8(err.Error()))
}

// soft tells whether the pool's TlppData has a failed function be of no consequence.
func (l *apiList) soft(key string) bool {
	var data map[string]any
	if s := l.mount.o.Service; s == nil || json.Unmarshal([]byte(s.TlppData), &data) != nil {
		return false
	}
	return data[key+"Soft"] == true
}

// blocks tells whether the mount does not serve the route.
func (m *mount) blocks(r *route.Route) bool { return m.list != nil && m.list.blocked[r] }

// hides tells whether the mount does not show the route.
func (m *mount) hides(r *route.Route) bool {
	return m.list != nil && (m.list.blocked[r] || m.list.hidden[r])
}

// ClassName implements vm.NativeObject.
func (l *apiList) ClassName() string { return "RESTAPILIST" }

// Get implements vm.NativeObject: there are no properties.
func (l *apiList) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "the list of APIs has no property %s", name)
}

// Set implements vm.NativeObject: there are no properties.
func (l *apiList) Set(_ *vm.Thread, name string, _ vm.Value) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "the list of APIs has no property %s", name)
}

// Send implements vm.NativeObject.
func (l *apiList) Send(t *vm.Thread, name string, args vm.Args) (vm.Value, error) {
	service := l.mount.o.Service
	switch {
	case name == "ALLOW":
		return l.mark(l.blocked, args, false), nil
	case name == "BLOCK":
		return l.mark(l.blocked, args, true), nil
	case name == "HIDE":
		return l.mark(l.hidden, args, true), nil
	case name == "GETAPILIST":
		return l.list(t)
	case service == nil:
	case name == "GETSERVICENAME":
		return vm.Str(lib.FromUTF8(service.Server)), nil
	case name == "GETTHREADPOOLNAME":
		return vm.Str(lib.FromUTF8(service.Pool)), nil
	case name == "GETSERVICEPORT":
		return vm.Int(service.Port), nil
	case name == "GETUSERDATA":
		return vm.Str(lib.FromUTF8(service.UserData)), nil
	}
	return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "the list of APIs has no method %s", name)
}

// mark sets what is said of the routes with a path and a method, or all methods; it returns
// whether there are any.
func (l *apiList) mark(marks map[*route.Route]bool, args vm.Args, to bool) vm.Value {
	path, method := argText(args, 0), argText(args, 1)
	found := false
	for _, r := range l.routes {
		if strings.EqualFold(trimSlash(r.Path), trimSlash(path)) && (method == "" || method == "*" || strings.EqualFold(method, r.Method)) {
			marks[r] = to
			found = true
		}
	}
	return vm.Bool(found)
}

// argText returns an argument that is a string, in UTF-8, else "".
func argText(args vm.Args, i int) string {
	if v := args.Get(i); v.Kind() == vm.String {
		return strings.TrimSpace(lib.ToUTF8(v.Text()))
	}
	return ""
}

func trimSlash(path string) string { return strings.Trim(path, "/") }

// list returns the routes as an array of JSON objects with endpoint and method.
func (l *apiList) list(t *vm.Thread) (vm.Value, error) {
	if err := t.CheckArray(len(l.routes)); err != nil {
		return vm.Value{}, err
	}
	elements := make([]vm.Value, len(l.routes))
	for i, r := range l.routes {
		o, err := lib.NewJSON(t)
		if err != nil {
			return vm.Value{}, err
		}
		for _, member := range [][2]string{{"endpoint", r.Path}, {"method", r.Method}} {
			if err := lib.SetJSON(t, o, member[0], vm.Str(lib.FromUTF8(member[1]))); err != nil {
				return vm.Value{}, err
			}
		}
		elements[i] = o
	}
	return vm.NewArray(elements), nil
}
