package http

import (
	"net/http"
	"strconv"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

var httpClasses = map[string]class{
	"FWREST": newRest,
}

// rest is an object of FWRest.
type rest struct {
	client               *Client // as in state: a later call of a worker may know of none
	noClient             failure
	self                 vm.Value // what New returns
	host, path           string
	body                 string  // of SetPostParams
	seconds              float64 // of a request; 0: the default
	unchecked            bool    // every answer is a success
	modern               bool    // every status 2xx is a success, not only 200 and 201
	unverified           bool    // of lVerify
	result, fault, cause string  // what GetResult, GetLastError and cInternalError say
	answer               *restAnswer
}

// FWRest():New([cHost]) → an object that calls a server. Its methods:
//
//	SetPath(cPath)            NIL; what is added to cHost, which begins with http:// or https://
//	SetPostParams(cBody)      NIL; what Post sends, and Put and Delete without cBody
//	SetTimeOut(nSeconds)      NIL; the time of each request
//	SetChkStatus(lCheck)      NIL; with .F. every answer is a success, whatever its status
//	SetLegacySuccess(lOnly)   NIL; with .F. each status 2xx is a success, else only 200 and 201
//	Get([aHeadStr[, cGetParms]])  whether it was a success; aHeadStr and cGetParms are as of HttpGet
//	Post([aHeadStr])          the same, with POST
//	Put([aHeadStr[, cBody]])  the same, with PUT
//	Delete([aHeadStr[, cBody]])   the same, with DELETE
//	GetResult()               the body of the last answer, "" if there was none
//	GetLastError()            its status line, such as "404 Not Found", or why there was no answer
//	GetHTTPCode()             its status as a string, such as "200"; NIL if there was none
//
// Its data: cHost, cPath, cPostParams, nTimeOut, cResult (GetResult), cInternalError (why there was no
// answer, "" if there was one), lVerify (with .F. any certificate of the server is taken, as with
// HTTPSGet), and oResponseH with cStatusCode, cReason, aHeaderFields ({cName, cValue} each) and the
// method GetStatusCode(). HttpGetStatus tells the status too. Source: public programs; lVerify and
// redirects, which are those of HttpGet and HttpPost, are decided here.
func newRest(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(restBytes); err != nil {
		return vm.Value{}, err
	}
	st := stateOf(t)
	r := &rest{client: st.client, noClient: st.noClient, answer: newRestAnswer()}
	r.self = vm.NewNative(r)
	return r.self, nil
}

// restBytes is about what an object takes without its strings.
const restBytes = 400

func (r *rest) ClassName() string { return "FWREST" }

// Walk visits the values.
func (r *rest) Walk(visit func(vm.Value)) int {
	for _, s := range []string{r.host, r.path, r.body, r.result, r.fault, r.cause} {
		visit(vm.Str(s))
	}
	visit(r.answer.self)
	return restBytes
}

// HasData tells whether there is a property with the name, in upper case.
func (r *rest) HasData(name string) bool {
	_, ok := r.property(name)
	return ok
}

func (r *rest) property(name string) (vm.Value, bool) {
	switch name {
	case "CHOST":
		return vm.Str(r.host), true
	case "CPATH":
		return vm.Str(r.path), true
	case "CPOSTPARAMS":
		return vm.Str(r.body), true
	case "CRESULT":
		return vm.Str(r.result), true
	case "CINTERNALERROR":
		return vm.Str(r.cause), true
	case "NTIMEOUT":
		return vm.Num(r.seconds), true
	case "LVERIFY":
		return vm.Bool(!r.unverified), true
	case "ORESPONSEH":
		return r.answer.self, true
	}
	return vm.Value{}, false
}

// Get is o:name.
func (r *rest) Get(_ *vm.Thread, name string) (vm.Value, error) {
	if v, ok := r.property(name); ok {
		return v, nil
	}
	return vm.Value{}, noProperty(r, name)
}

// Set is o:name := v.
func (r *rest) Set(_ *vm.Thread, name string, v vm.Value) error {
	var err error
	switch args := (vm.Args{v}); name {
	case "CHOST":
		r.host, err = lib.OptText(name, args, 0, "")
	case "CPATH":
		r.path, err = lib.OptText(name, args, 0, "")
	case "CPOSTPARAMS":
		r.body, err = lib.OptText(name, args, 0, "")
	case "NTIMEOUT":
		r.seconds, err = lib.ArgNum(name, args, 0)
	case "LVERIFY":
		r.unverified, err = optNot(name, args, true)
	default:
		return noProperty(r, name)
	}
	return lib.WithoutArguments(err)
}

// optNot reads the first argument, a logical, and returns its opposite.
func optNot(fn string, a vm.Args, def bool) (bool, error) {
	b, err := lib.OptBool(fn, a, 0, def)
	return !b, err
}

func noProperty(o vm.NativeObject, name string) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "class %s has no property %s", o.ClassName(), name)
}

// Send calls a method.
func (r *rest) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	v, err := r.send(t, name, a)
	return v, lib.WithoutArguments(err)
}

func (r *rest) send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "GET":
		return r.call(t, a, http.MethodGet)
	case "POST":
		return r.call(t, a, http.MethodPost)
	case "PUT":
		return r.call(t, a, http.MethodPut)
	case "DELETE":
		return r.call(t, a, http.MethodDelete)
	case "GETRESULT":
		return vm.Str(r.result), nil
	case "GETLASTERROR":
		return vm.Str(r.fault), nil
	case "GETHTTPCODE":
		return r.answer.code(), nil
	}
	return r.setting(name, a)
}

// setting calls a method that sets something.
func (r *rest) setting(name string, a vm.Args) (vm.Value, error) {
	var err error
	switch name {
	case "NEW":
		r.host, err = lib.OptText(name, a, 0, "")
		return r.self, err
	case "SETPATH":
		r.path, err = lib.OptText(name, a, 0, "")
	case "SETPOSTPARAMS":
		r.body, err = lib.OptText(name, a, 0, "")
	case "SETTIMEOUT":
		r.seconds, err = lib.ArgNum(name, a, 0)
	case "SETCHKSTATUS":
		r.unchecked, err = optNot(name, a, true)
	case "SETLEGACYSUCCESS":
		r.modern, err = optNot(name, a, true)
	default:
		err = vm.Errorf(vm.GenNoMethod, name, "class %s has no method %s", r.ClassName(), name)
	}
	return vm.Value{}, err
}

// call makes a request and notes what comes of it.
func (r *rest) call(t *vm.Thread, a vm.Args, method string) (vm.Value, error) {
	st := stateOf(t)
	st.client, st.noClient = r.client, r.noClient
	q, err := r.request(t, a, method)
	if err == nil {
		var got *answer
		if got, err = st.do(t, q); err == nil {
			st.answered(got)
			return vm.Bool(r.isSuccess(got.status)), r.note(t, got)
		}
	}
	text, ok := st.failed(err)
	if !ok {
		return vm.Value{}, err
	}
	r.result, r.fault, r.cause, r.answer = "", text, text, newRestAnswer()
	return vm.Bool(false), nil
}

// request reads the arguments of a method.
func (r *rest) request(t *vm.Thread, a vm.Args, method string) (*request, error) {
	if len(r.host)+len(r.path) > maxURL {
		return nil, failure(tooLong)
	}
	q := &request{
		method: method, address: r.host + r.path, timeout: seconds(r.seconds),
		unverified: r.unverified, pair: stateOf(t).pair,
	}
	var err error
	if q.header, err = headerLines(method, a, 0); err != nil {
		return nil, err
	}
	switch method {
	case http.MethodGet:
		q.params, err = lib.OptText(method, a, 1, "")
	case http.MethodPost:
		q.body = r.body
	default:
		q.body, err = lib.OptText(method, a, 1, r.body)
	}
	return q, err
}

// note keeps an answer.
func (r *rest) note(t *vm.Thread, got *answer) error {
	r.result, r.fault, r.cause = got.body, got.text, ""
	kept := newRestAnswer()
	kept.status = strconv.Itoa(got.status)
	if len(got.text) > 4 {
		kept.reason = got.text[4:]
	}
	r.answer = kept
	memory := lib.NewHold(t)
	for _, f := range got.fields {
		row, err := memory.Array(vm.Str(f[0]), vm.Str(f[1]))
		if err != nil {
			return err
		}
		if err := memory.Add(kept.fields.Array(), row); err != nil {
			return err
		}
	}
	return nil
}

func (r *rest) isSuccess(status int) bool {
	switch {
	case r.unchecked, status == http.StatusOK, status == http.StatusCreated:
		return true
	}
	return r.modern && status >= 200 && status <= 299
}

// restAnswer is oResponseH of an FWRest.
type restAnswer struct {
	self           vm.Value
	status, reason string // "": there was no answer
	fields         vm.Value
}

func newRestAnswer() *restAnswer {
	r := &restAnswer{fields: vm.NewArray(nil)}
	r.self = vm.NewNative(r)
	return r
}

// code returns the status as a string, or NIL.
func (r *restAnswer) code() vm.Value {
	if r.status == "" {
		return vm.Value{}
	}
	return vm.Str(r.status)
}

func (r *restAnswer) ClassName() string { return "FWRESTRESPONSE" }

// Walk visits the values.
func (r *restAnswer) Walk(visit func(vm.Value)) int {
	visit(vm.Str(r.status))
	visit(vm.Str(r.reason))
	visit(r.fields)
	return restBytes
}

// HasData tells whether there is a property with the name, in upper case.
func (r *restAnswer) HasData(name string) bool {
	return name == "CSTATUSCODE" || name == "CREASON" || name == "AHEADERFIELDS"
}

// Get is o:name.
func (r *restAnswer) Get(_ *vm.Thread, name string) (vm.Value, error) {
	switch name {
	case "CSTATUSCODE":
		return vm.Str(r.status), nil
	case "CREASON":
		return vm.Str(r.reason), nil
	case "AHEADERFIELDS":
		return r.fields, nil
	}
	return vm.Value{}, noProperty(r, name)
}

// Set is o:name := v, which no property takes.
func (r *restAnswer) Set(_ *vm.Thread, name string, _ vm.Value) error { return noProperty(r, name) }

// Send calls the only method.
func (r *restAnswer) Send(_ *vm.Thread, name string, _ vm.Args) (vm.Value, error) {
	if name == "GETSTATUSCODE" {
		return vm.Str(r.status), nil
	}
	return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "class %s has no method %s", r.ClassName(), name)
}
