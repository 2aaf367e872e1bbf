package rest

import (
	"net/http"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/rest/route"
)

var classicFuncs = table{
	"SETRESTFAULT":  setRestFault,
	"HTTPHEADER":    httpHeader,
	"HTTPGETHEADER": httpGetHeader,
	"HTTPSETSTATUS": httpSetStatus,
}

// service is what an object of a WSRESTFUL class inherits: the request that it answers.
type service struct {
	*request
	urlParms    vm.Value // arrays; NIL until they are asked for
	queryString vm.Value
	format      vm.Value
	rest        []string // of the path
}

// serviceMethods are those beside the methods of oRest, by upper-case name.
var serviceMethods = map[string]func(s *service, t *vm.Thread, fn string, a vm.Args) (vm.Value, error){
	"SETSTATUS":      (*service).setStatusOf,
	"SETCONTENTTYPE": (*service).setContentType,
	"GETCONTENT":     (*service).getContent,
	"GETHEADER":      (*service).getHeaderField,
	"SETHEADER":      (*service).setHeader,
}

func (s *service) ClassName() string { return "WSRESTFUL" }

// Walk visits the values of the object and of the request.
func (s *service) Walk(visit func(vm.Value)) int {
	for _, v := range []vm.Value{s.urlParms, s.queryString, s.format} {
		visit(v)
	}
	return s.request.Walk(visit)
}

// Get is ::name of what the class does not declare.
func (s *service) Get(t *vm.Thread, name string) (v vm.Value, err error) {
	switch name {
	case "AURLPARMS":
		if s.urlParms.IsNil() {
			s.urlParms, err = textArray(t, s.rest)
		}
		return s.urlParms, err
	case "AQUERYSTRING":
		if s.queryString.IsNil() {
			s.queryString, err = pairArray(t, s.x.Query)
		}
		return s.queryString, err
	case "CFORMAT":
		if s.format.IsNil() {
			s.format = vm.Str(acceptedFormat(s.x.Request.Header))
		}
		return s.format, nil
	}
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "the REST service has no property %s", name)
}

// Set is ::name := x.
func (s *service) Set(_ *vm.Thread, name string, v vm.Value) error {
	switch name {
	case "AURLPARMS":
		s.urlParms = v
	case "AQUERYSTRING":
		s.queryString = v
	case "CFORMAT":
		s.format = v
	default:
		return vm.Errorf(vm.GenNoVarMethod, name, "the REST service has no property %s", name)
	}
	return nil
}

// Send calls a method that the class does not have: one of every service, or of oRest.
func (s *service) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	if m, ok := serviceMethods[name]; ok {
		v, err := m(s, t, name, a)
		return v, lib.WithoutArguments(err)
	}
	if _, ok := methods[name]; ok {
		return s.request.Send(t, name, a)
	}
	return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "the REST service has no method %s", name)
}

// textArray makes an array of texts of the request.
func textArray(t *vm.Thread, texts []string) (vm.Value, error) {
	h := lib.NewHold(t)
	elems := make([]vm.Value, len(texts))
	for i, s := range texts {
		v, err := h.Text(lib.FromUTF8(s))
		if err != nil {
			return vm.Value{}, err
		}
		elems[i] = v
	}
	return h.Array(elems...)
}

// pairArray makes an array of arrays of a name and its value.
func pairArray(t *vm.Thread, pairs []exchange.Pair) (vm.Value, error) {
	h := lib.NewHold(t)
	elems := make([]vm.Value, len(pairs))
	for i, p := range pairs {
		v, err := textArray(t, []string{p.Name, p.Value})
		if err != nil {
			return vm.Value{}, err
		}
		elems[i] = v
	}
	return h.Array(elems...)
}

// acceptedFormat is "xml" if the client takes that and not JSON, else "json".
func acceptedFormat(h http.Header) string {
	accept := strings.ToLower(strings.Join(h.Values("Accept"), ","))
	if strings.Contains(accept, "xml") && !strings.Contains(accept, "json") && !strings.Contains(accept, "*/*") {
		return "xml"
	}
	return "json"
}

// setStatusOf sets the status.
func (s *service) setStatusOf(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	return s.request.setStatus(t, fn, a)
}

// setContentType sets the type of the answer's content; "" leaves it to the server.
func (s *service) setContentType(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	kind, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if kind = strings.TrimSpace(kind); kind == "" {
		s.x.Header.Del("Content-Type")
		return yes, nil
	}
	return s.changed(fn, "Content-Type", kind, func() { s.x.Header.Set("Content-Type", kind) })
}

// getContent returns the body, byte for byte.
func (s *service) getContent(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	return s.getBody(t, fn, a)
}

// getHeaderField returns a field of the request's header; "" if there is none.
func (s *service) getHeaderField(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return fromUTF8(t, s.requestField(name))
}

// requestField returns a field of the request's header; "" if there is none.
func (r *request) requestField(name string) string {
	if strings.EqualFold(name, "Host") {
		return r.x.Host
	}
	return joined(name, r.x.Request.Header.Values(name))
}

// setHeader sets a field of the answer's header.
func (s *service) setHeader(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	return s.updateHeader(t, fn, a)
}

// runClassic makes an object of the service's class, gives its data what the request
// says, and calls the method.
func (r *request) runClassic(t *vm.Thread, m *route.Match) error {
	o, err := t.Instance(m.Route.Class)
	if err != nil {
		return err
	}
	o.Object().Native = &service{request: r, rest: m.Rest}
	args, fault, err := r.receive(t, o, m)
	if err != nil {
		return err
	}
	if fault != nil {
		return r.setAnswer(t, fault, m.Route)
	}
	v, err := t.Send(o, m.Route.Name, args...)
	if err != nil {
		return err
	}
	if (v.Kind() == vm.Logical && !v.Truth()) || (v.IsNil() && r.fault != nil) {
		return r.failed(t, m.Route)
	}
	return nil
}

// failed makes the answer of a method that returned .F.: what SetRestFault said; if it
// said nothing, an error status and body that the method has set; else a fault without
// more about it.
func (r *request) failed(t *vm.Thread, to *route.Route) error {
	switch {
	case r.fault != nil:
		return r.setAnswer(t, r.fault, to)
	case r.x.StatusCode() >= http.StatusBadRequest:
		return nil
	}
	return r.setAnswer(t, internalFault(), to)
}

// HTTPHeader(cName) → the value of a field of the header of the request that the thread
// answers, "" if there is none. Source: public programs.
func httpHeader(t *vm.Thread, a vm.Args) (vm.Value, error) {
	r, err := needRequest(t, "HTTPHEADER")
	if err != nil {
		return vm.Value{}, err
	}
	name, err := lib.ArgText("HTTPHEADER", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return fromUTF8(t, r.requestField(name))
}

// HTTPGetHeader() → the header of the request that the thread answers: an array of arrays
// {cName, cValue}, ordered by name. Source: public programs; the order, decided here.
func httpGetHeader(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	r, err := needRequest(t, "HTTPGETHEADER")
	if err != nil {
		return vm.Value{}, err
	}
	return pairArray(t, r.fields())
}

// HTTPSetStatus(nStatus[, cReason]) → .T.; the answer to the request of the thread has the
// status, 200 to 599, else the function gives .F. The reason is not sent: HTTP has a fixed
// one for each status. Source: public programs; what odd arguments do, decided here.
func httpSetStatus(t *vm.Thread, a vm.Args) (vm.Value, error) {
	r, err := needRequest(t, "HTTPSETSTATUS")
	if err != nil {
		return vm.Value{}, err
	}
	return r.setStatus(t, "HTTPSETSTATUS", a)
}
