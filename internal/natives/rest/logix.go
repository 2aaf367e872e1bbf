package rest

import (
	"errors"
	"mime"
	"net/http"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/rest/route"
)

var logixFuncs = table{
	"_ADVPL_CREATE_REST_LOGIX_ROUTES": createLogixRoutes,
	"_ADVPL_ADD_REST_LOGIX_ROUTES":    addLogixRoutes,
	"_ADVPL_CREATE_COMPONENT":         createComponent,
	"_ADVPL_GET_PROPERTY":             getProperty,
	"_ADVPL_SET_PROPERTY":             setProperty,
}

// declarer takes what a router function declares.
type declarer interface {
	Reset()
	Declare(method, path, query, function string) error
}

// declarerOf returns what takes the routes that the thread's program declares; false if
// nothing does.
func declarerOf(t *vm.Thread) (declarer, bool) {
	if d := stateOf(t).declares; d != nil {
		return d, true
	}
	return capOf[declarer](t)
}

// _ADVPL_create_rest_logix_routes() → NIL; a router function (module_version_resource)
// begins to declare its routes. The server runs router functions when programs are loaded;
// at other times the function does nothing. Source: TDN; the last, decided here.
func createLogixRoutes(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if d, ok := declarerOf(t); ok {
		d.Reset()
	}
	return vm.Value{}, nil
}

// _ADVPL_add_rest_logix_routes(cMethod, cPath, cQuery, cFunction) → NIL; a route of the router
// function: requests with the method, whose path after the resource is as cPath and whose
// query has all of cQuery, call cFunction. In cPath and in the values of cQuery ? stands for
// one character and * for any number of them; cQuery lists name=value with commas between
// them, all of which must be there. Letters count in case. Of several routes that a request
// fits the one declared first counts. cPath and cQuery may be "". When no router function is
// being run for its routes nothing happens. Source: TDN.
func addLogixRoutes(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "_ADVPL_ADD_REST_LOGIX_ROUTES"
	method, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	path, err := lib.OptText(fn, a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	query, err := lib.OptText(fn, a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	function, err := lib.ArgText(fn, a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	d, ok := declarerOf(t)
	if !ok {
		return vm.Value{}, nil
	}
	if err := d.Declare(lib.ToUTF8(method), lib.ToUTF8(path), lib.ToUTF8(query), lib.ToUTF8(function)); err != nil {
		return vm.Value{}, vm.Errorf(vm.GenLimit, fn, "%s: %v", fn, err)
	}
	return vm.Value{}, nil
}

// runLogix calls the function of the route with the request as a JSON object, and makes
// what it returns the answer.
func (r *request) runLogix(t *vm.Thread, m *route.Match) error {
	ask, f, err := r.message(t, m)
	if err != nil {
		return err
	}
	if f != nil {
		return r.setAnswer(t, f, m.Route)
	}
	v, err := t.Call(m.Route.Func, ask)
	if err != nil {
		return err
	}
	return r.returned(t, m.Route.Func, v)
}

// returned makes what a Logix function has returned the answer: the answer that a
// LRestLogixResponse generates, text, or a value as JSON. NIL and logicals leave the
// answer as the program made it otherwise.
func (r *request) returned(t *vm.Thread, fn string, v vm.Value) error {
	if v.IsNil() || v.Kind() == vm.Logical || r.x.Started() || r.x.Ended() {
		return nil
	}
	if c, ok := componentOf(v); ok {
		s, err := c.text(t)
		if err != nil {
			return err
		}
		v = vm.Str(s)
	}
	s, err := bodyText(t, fn, vm.Args{v})
	if err != nil {
		return err
	}
	r.x.Reset()
	return r.add(t, s)
}

// message is what a Logix function is told of the request:
//
//	{uri, method, headers: {…}, pathParams: […], queryParams: {…}, payload: …}
//
// Payload is the body: an empty object if there is none, what it says if it is JSON,
// whatever its type of content is called, else a string. The fault is that of a body that
// is called JSON, or nothing, and is none.
func (r *request) message(t *vm.Thread, m *route.Match) (ask vm.Value, f *fault, err error) {
	headers, err := r.getHeader(t, "", nil)
	if err != nil {
		return vm.Value{}, nil, err
	}
	params, err := textArray(t, m.Rest)
	if err != nil {
		return vm.Value{}, nil, err
	}
	query, err := r.getQuery(t, "", nil)
	if err != nil {
		return vm.Value{}, nil, err
	}
	payload, f, err := r.payload(t)
	if f != nil || err != nil {
		return vm.Value{}, f, err
	}
	uri, err := fromUTF8(t, r.x.URI)
	if err != nil {
		return vm.Value{}, nil, err
	}
	ask, err = jsonWith(t, member{"uri", uri}, member{"method", vm.Str(r.x.Method)}, member{"headers", headers},
		member{"pathParams", params}, member{"queryParams", query}, member{"payload", payload})
	return ask, nil, err
}

// payload returns the body as a value, with its text in the code page.
func (r *request) payload(t *vm.Thread) (v vm.Value, f *fault, err error) {
	body, err := r.getBody(t, "payload", nil)
	if err != nil {
		return vm.Value{}, nil, err
	}
	if body.Len() == 0 {
		v, err = lib.NewJSON(t)
		return v, nil, err
	}
	if err := t.CheckString(body.Len()); err != nil {
		return vm.Value{}, nil, err
	}
	s := lib.FromUTF8(body.Text())
	v, err = lib.ParseJSON(t, s)
	switch kind := r.x.Request.Header.Get("Content-Type"); {
	case err == nil:
		return v, nil, nil
	case fatal(t, err):
		return vm.Value{}, nil, err
	case kind != "" && !jsonType(kind):
		return vm.Str(s), nil, nil
	}
	return vm.Value{}, &fault{
		code:    vm.Int(http.StatusBadRequest),
		message: "the body of the request is not JSON",
		detail:  err.Error(),
		status:  http.StatusBadRequest,
	}, nil
}

// fatal tells whether an error of reading JSON is the thread's, and not about the text.
func fatal(t *vm.Thread, err error) bool {
	var e *vm.Error
	return errors.As(err, &e) || t.Poll() != nil
}

// jsonType tells whether a type of content is JSON, in whatever character set.
func jsonType(header string) bool {
	kind, _, err := mime.ParseMediaType(header)
	return err == nil && isJSON(kind)
}
