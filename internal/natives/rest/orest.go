package rest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
)

// requestBytes is about what the object of a request takes without what it holds.
const requestBytes = 1024

// method is a method of an object of this package; fn is its name, for errors.
type method func(r *request, t *vm.Thread, fn string, a vm.Args) (vm.Value, error)

// methods are those of oRest, by upper-case name.
var methods = join(requestMethods, responseMethods, headerMethods, poolMethods)

func join(tables ...map[string]method) map[string]method {
	all := map[string]method{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

func (r *request) ClassName() string { return "REST" }

// Walk visits the values that the object holds; its size is that with the answer.
func (r *request) Walk(visit func(vm.Value)) int {
	for _, v := range []vm.Value{r.body, r.query, r.params, r.header} {
		visit(v)
	}
	return requestBytes + cap(r.x.Answer()) + r.fault.walk(visit)
}

// Get is oRest:name. There are no such members.
func (r *request) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "class REST has no property %s", name)
}

// Set is oRest:name := x.
func (r *request) Set(_ *vm.Thread, name string, _ vm.Value) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "class REST has no property %s", name)
}

// Send calls a method. What requests bring may be secret: errors do not show it.
func (r *request) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	m, ok := methods[name]
	if !ok {
		return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "class REST has no method %s", name)
	}
	v, err := m(r, t, name, a)
	return v, lib.WithoutArguments(err)
}

// requestMethods tell of the request.
var requestMethods = map[string]method{
	"GETBODYREQUEST":        (*request).getBody,
	"GETPATHPARAMSREQUEST":  (*request).getPathParams,
	"GETQUERYREQUEST":       (*request).getQuery,
	"GETHEADERREQUEST":      (*request).getHeader,
	"EXISTKEYHEADERREQUEST": (*request).existHeader,
	"GETXHRREQUEST":         (*request).getXHR,
	"GETMETHODREQUEST":      tellText(func(x *exchange.Exchange) string { return x.Method }),
	"GETCLIENTIP":           tellText(func(x *exchange.Exchange) string { return x.ClientIP }),
	"GETPATHREQUEST":        tellText(pathOf),
	"GETURLREQUEST":         tellText(pathOf),
	"GETFULLURLREQUEST":     tellText(fullURL),
	"GETPROTOCOLREQUEST":    tellText(func(x *exchange.Exchange) string { return strings.ToUpper(scheme(x)) }),
	"GETCONNECTIONREQUEST":  tellNumber(func(x *exchange.Exchange) int { return int(x.Connection) }),
	"GETTHREADIDREQUEST":    (*request).getThreadID,
}

// tellText is a method that returns a text about the request.
func tellText(of func(*exchange.Exchange) string) method {
	return func(r *request, t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
		return fromUTF8(t, of(r.x))
	}
}

// tellNumber is a method that returns a number about the request.
func tellNumber(of func(*exchange.Exchange) int) method {
	return func(r *request, _ *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
		return vm.Int(of(r.x)), nil
	}
}

// pathOf returns the path of the request as it was sent.
func pathOf(x *exchange.Exchange) string {
	path, _, _ := strings.Cut(x.URI, "?")
	return path
}

func scheme(x *exchange.Exchange) string {
	if x.Secure {
		return "https"
	}
	return "http"
}

// fullURL returns the URL of the request with its query.
func fullURL(x *exchange.Exchange) string { return scheme(x) + "://" + x.Host + x.URI }

// getBody returns the body, byte for byte.
func (r *request) getBody(t *vm.Thread, fn string, _ vm.Args) (vm.Value, error) {
	if r.body.IsStr() {
		return r.body, nil
	}
	body, err := r.read(t)
	if err != nil {
		if stop := t.Poll(); stop != nil {
			return vm.Value{}, stop
		}
		if errors.Is(err, exchange.ErrTooLarge) {
			err = fmt.Errorf("%w: MaxBody, or MaxStringSize of the environment", err)
		}
		return vm.Value{}, vm.Errorf(vm.GenRead, fn, "reading the body of the request: %w", err)
	}
	if err := t.CheckString(len(body)); err != nil {
		return vm.Value{}, err
	}
	r.body = vm.Str(string(body))
	return r.body, nil
}

// read returns the body; the thread may have to wait for the client to send it.
func (r *request) read(t *vm.Thread) (body []byte, err error) {
	if !r.x.Waits() {
		return r.x.ReadBody()
	}
	t.Blocked(func() { body, err = r.x.ReadBody() })
	return body, err
}

// getPathParams returns the parameters of the path.
func (r *request) getPathParams(t *vm.Thread, _ string, _ vm.Args) (v vm.Value, err error) {
	if r.params.IsNil() {
		r.params, err = objectOf(t, r.x.Params)
	}
	return r.params, err
}

// getQuery returns the parameters of the query; of those with one name the first counts.
func (r *request) getQuery(t *vm.Thread, _ string, _ vm.Args) (v vm.Value, err error) {
	if r.query.IsNil() {
		r.query, err = objectOf(t, r.x.Query)
	}
	return r.query, err
}

// objectOf makes a JSON object of pairs: of those with one name the first counts, and
// those without a name do not.
func objectOf(t *vm.Thread, pairs []exchange.Pair) (vm.Value, error) {
	o, err := lib.NewJSON(t)
	if err != nil {
		return vm.Value{}, err
	}
	for _, p := range pairs {
		name := lib.FromUTF8(p.Name)
		if _, dup := lib.JSONMember(o, name); dup || name == "" {
			continue
		}
		if err := putText(t, o, name, p.Value); err != nil {
			return vm.Value{}, err
		}
	}
	return o, nil
}

// putText sets a name of a JSON object to text of the request.
func putText(t *vm.Thread, o vm.Value, name, value string) error {
	v, err := fromUTF8(t, value)
	if err != nil {
		return err
	}
	return lib.SetJSON(t, o, name, v)
}

// getHeader returns the header. Names are found in any case.
func (r *request) getHeader(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	if !r.header.IsNil() {
		return r.header, nil
	}
	o, err := headerObject(t, r.x.Request.Header)
	if err != nil {
		return vm.Value{}, err
	}
	if len(r.x.Request.Header["Host"]) == 0 && r.x.Host != "" {
		if err := putText(t, o, "Host", r.x.Host); err != nil {
			return vm.Value{}, err
		}
	}
	r.header = o
	return o, nil
}

// headerObject makes a JSON object of a header, in the order of the names, which are
// found in any case.
func headerObject(t *vm.Thread, header map[string][]string) (vm.Value, error) {
	o, err := lib.NewHeaderJSON(t)
	if err != nil {
		return vm.Value{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if err := putText(t, o, name, joined(name, header[name])); err != nil {
			return vm.Value{}, err
		}
	}
	return o, nil
}

// existHeader tells whether the request has the header.
func (r *request) existHeader(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if strings.EqualFold(name, "Host") {
		return vm.Bool(r.x.Host != ""), nil
	}
	return vm.Bool(len(r.x.Request.Header.Values(name)) > 0), nil
}

// getXHR tells whether a page sent the request with XMLHttpRequest and says so.
func (r *request) getXHR(*vm.Thread, string, vm.Args) (vm.Value, error) {
	return vm.Bool(strings.EqualFold(r.x.Request.Header.Get("X-Requested-With"), "XMLHttpRequest")), nil
}
