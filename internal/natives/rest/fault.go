package rest

import (
	"html"
	"net/http"
	"strconv"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/rest/route"
)

// fault is an error that a program or the server tells the client of. Text is that of
// programs.
type fault struct {
	code    vm.Value // number or string
	message string
	detail  string
	help    string
	details []fault
	status  int
	html    bool // the answer is a page
}

// Bounds of the faults that programs describe.
const (
	maxFaultDepth   = 8
	maxFaultDetails = 100 // altogether
	faultBytes      = 128 // about what a fault takes without its texts
)

// internalFault is that of a method that fails and does not say why.
func internalFault() *fault {
	return &fault{
		code:    vm.Int(http.StatusInternalServerError),
		message: http.StatusText(http.StatusInternalServerError),
		status:  http.StatusInternalServerError,
	}
}

// badParameter is the fault of a parameter that has no value of its type.
func badParameter(name, want string) *fault {
	return &fault{
		code:    vm.Int(http.StatusBadRequest),
		message: "the parameter " + lib.FromUTF8(name) + " must be " + want,
		status:  http.StatusBadRequest,
	}
}

// SetRestFault(nCode, cMessage[, lJson[, nStatus[, cDetail[, cHelpUrl[, aDetails]]]]]) → NIL;
// the method of the REST service that the thread runs fails with this error once it returns
// .F., and the answer is {"errorCode": nCode, "errorMessage": cMessage}; of a service with
// TTALK "v1" {"code", "message", "detailedMessage"[, "helpUrl"][, "details"]}, of which aDetails
// is the last: arrays {nCode, cMessage, cDetail, cHelpUrl, aDetails}, up to 8 deep and 100 in
// all. The status is nStatus, else nCode, and 500 if that is no status of an error.
// lJson .F. makes the answer a page of HTML. In TLPP and Logix services the function makes
// the error the answer at once, as {"code", "message", "detailedMessage"}. Outside of a request
// it does nothing. Source: TDN; TLPP and Logix, and the bounds, decided here.
func setRestFault(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := faultOf(a)
	if err != nil {
		return vm.Value{}, err
	}
	r := requestOf(t)
	if r == nil {
		return vm.Value{}, nil
	}
	r.fault = f
	if r.model != route.Classic {
		return vm.Value{}, r.setAnswer(t, f, &route.Route{Model: r.model})
	}
	return vm.Value{}, nil
}

func faultOf(a vm.Args) (*fault, error) {
	message, err := lib.OptText("SETRESTFAULT", a, 1, "")
	if err != nil {
		return nil, err
	}
	asJSON, err := lib.OptBool("SETRESTFAULT", a, 2, true)
	if err != nil {
		return nil, err
	}
	room := maxFaultDetails
	f := &fault{code: codeOf(a.Get(0)), message: message, html: !asJSON, detail: textIn(a.Get(4)), help: textIn(a.Get(5))}
	f.details = detailsOf(a.Get(6), 1, &room)
	f.status = errorStatus(a.Get(3), a.Get(0))
	return f, nil
}

// walk visits the values of the fault and of those within it, and returns about how many
// bytes they take without them.
func (f *fault) walk(visit func(vm.Value)) int {
	if f == nil {
		return 0
	}
	visit(f.code)
	size := faultBytes + len(f.message) + len(f.detail) + len(f.help)
	for i := range f.details {
		size += f.details[i].walk(visit)
	}
	return size
}

// codeOf is the code of an error: a number or a string.
func codeOf(v vm.Value) vm.Value {
	if v.IsNum() || v.IsStr() {
		return v
	}
	return vm.Int(http.StatusInternalServerError)
}

// textIn returns the string in v, "" if it is none.
func textIn(v vm.Value) string {
	if v.IsStr() {
		return v.Text()
	}
	return ""
}

// errorStatus returns the first of the values that is the status of an error, or 500.
func errorStatus(values ...vm.Value) int {
	for _, v := range values {
		if n := intIn(v); n >= http.StatusBadRequest && n <= 599 {
			return n
		}
	}
	return http.StatusInternalServerError
}

// intIn returns the whole number in v, a number or a string of digits; 0 if it is none.
func intIn(v vm.Value) int {
	switch {
	case v.IsNum() && v.Float() > 0 && v.Float() < 1e6:
		return int(v.Float())
	case v.IsStr():
		n, err := strconv.Atoi(strings.TrimSpace(v.Text()))
		if err == nil {
			return n
		}
	}
	return 0
}

// detailsOf reads errors of errors.
func detailsOf(v vm.Value, depth int, room *int) []fault {
	if v.Kind() != vm.Array || depth > maxFaultDepth {
		return nil
	}
	var list []fault
	for _, e := range v.Array().Elems {
		if e.Kind() != vm.Array || *room == 0 {
			continue
		}
		*room--
		a := vm.Args(e.Array().Elems)
		f := fault{code: codeOf(a.Get(0)), message: textIn(a.Get(1)), detail: textIn(a.Get(2)), help: textIn(a.Get(3))}
		f.details = detailsOf(a.Get(4), depth+1, room)
		list = append(list, f)
	}
	return list
}

// setAnswer makes the fault the answer, in the form that the route's service has.
func (r *request) setAnswer(t *vm.Thread, f *fault, to *route.Route) error {
	if r.x.Started() || r.x.Ended() {
		return nil
	}
	body, kind, err := f.body(t, to)
	if err != nil {
		return err
	}
	r.x.Reset()
	r.x.Status = f.status
	r.x.Header.Set("Content-Type", kind)
	return r.add(t, body)
}

// body returns the text and the type of the answer.
func (f *fault) body(t *vm.Thread, to *route.Route) (text, kind string, err error) {
	if f.html {
		return "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><p>" + html.EscapeString(wire(f.message)) + "</p></body></html>\n",
			"text/html; charset=utf-8", nil
	}
	var o vm.Value
	if to.Model == route.Classic && !to.TTalk {
		o, err = jsonWith(t, member{"errorCode", f.code}, member{"errorMessage", vm.Str(f.message)})
	} else {
		o, err = f.object(t)
	}
	if err != nil {
		return "", "", err
	}
	text, err = jsonBody(t, o)
	return text, typeJSON, err
}

// object returns the fault as the guide to APIs has it.
func (f *fault) object(t *vm.Thread) (vm.Value, error) {
	o, err := jsonWith(t, member{"code", f.code}, member{"message", vm.Str(f.message)}, member{"detailedMessage", vm.Str(f.detail)})
	if err != nil {
		return vm.Value{}, err
	}
	if f.help != "" {
		if err := lib.SetJSON(t, o, "helpUrl", vm.Str(f.help)); err != nil {
			return vm.Value{}, err
		}
	}
	if len(f.details) == 0 {
		return o, nil
	}
	elems := make([]vm.Value, len(f.details))
	for i := range f.details {
		if elems[i], err = f.details[i].object(t); err != nil {
			return vm.Value{}, err
		}
	}
	return o, lib.SetJSON(t, o, "details", vm.NewArray(elems))
}

// member is a name of a JSON object with its value.
type member struct {
	name  string
	value vm.Value
}

// jsonWith makes a JSON object with the members.
func jsonWith(t *vm.Thread, members ...member) (vm.Value, error) {
	o, err := lib.NewJSON(t)
	if err != nil {
		return vm.Value{}, err
	}
	for _, m := range members {
		if err := lib.SetJSON(t, o, m.name, m.value); err != nil {
			return vm.Value{}, err
		}
	}
	return o, nil
}
