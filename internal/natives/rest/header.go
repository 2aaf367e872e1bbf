package rest

import (
	"net/http"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
)

// headerMethods are about the header of the answer.
var headerMethods = map[string]method{
	"SETKEYHEADERRESPONSE":    (*request).addHeader,
	"UPDATEKEYHEADERRESPONSE": (*request).updateHeader,
	"APPENDKEYHEADERRESPONSE": (*request).appendHeader,
	"DELETEKEYHEADERRESPONSE": (*request).deleteHeader,
	"EXISTKEYHEADERRESPONSE":  (*request).existAnswerHeader,
	"GETKEYHEADERRESPONSE":    (*request).getAnswerHeader,
	"GETHEADERRESPONSE":       (*request).answerHeader,
	"SETHEADERRESPONSE":       (*request).setHeaders,
}

// maxHeaderFields is how many fields the header of an answer may have.
const maxHeaderFields = 200

// headerArgs returns the name and value that a method was given.
func headerArgs(t *vm.Thread, fn string, a vm.Args) (name, value string, err error) {
	if name, err = lib.ArgText(fn, a, 0); err != nil {
		return "", "", err
	}
	switch v := a.Get(1); v.Kind() {
	case vm.String:
		value = v.Text()
	case vm.Number, vm.Logical, vm.Date:
		value = lib.PlainText(t, v)
	default:
		return "", "", vm.ArgError(fn, a, 1, "a string")
	}
	return strings.TrimSpace(name), strings.Trim(value, " \t"), nil
}

// check returns an error if the header cannot have the field.
func (r *request) check(fn, name, value string) error {
	if err := exchange.CheckHeader(name, value); err != nil {
		return vm.Errorf(vm.GenArg, fn, "%s: %v", fn, err)
	}
	size, fields := len(name)+len(value), 1
	for name, values := range r.x.Header {
		for _, v := range values {
			size += len(name) + len(v)
			fields++
		}
	}
	if size > exchange.MaxHeader || fields > maxHeaderFields {
		return vm.Errorf(vm.GenLimit, fn, "%s: the header of the answer would have %d fields of %d bytes: %d and %d are the limits", fn, fields, size, maxHeaderFields, exchange.MaxHeader)
	}
	return nil
}

// changed is what a method returns that has changed the header; .F. if that is sent
// already.
func (r *request) changed(fn, name, value string, change func()) (vm.Value, error) {
	if r.x.Started() {
		return vm.Bool(false), nil
	}
	if err := r.check(fn, name, value); err != nil {
		return vm.Value{}, err
	}
	change()
	return yes, nil
}

// addHeader adds a field, beside others of the name.
func (r *request) addHeader(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, value, err := headerArgs(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return r.changed(fn, name, value, func() { addField(r.x.Header, name, value) })
}

// addField adds a field; of those that an answer has once the new one counts.
func addField(h http.Header, name, value string) {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Type", "Content-Disposition", "Content-Encoding", "Etag", "Location":
		h.Set(name, value)
	default:
		h.Add(name, value)
	}
}

// updateHeader sets a field, in place of those of the name.
func (r *request) updateHeader(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, value, err := headerArgs(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return r.changed(fn, name, value, func() { r.x.Header.Set(name, value) })
}

// appendHeader adds to the value of a field.
func (r *request) appendHeader(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, value, err := headerArgs(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	old := r.x.Header.Values(name)
	if len(old) > 0 {
		value = joined(name, []string{joined(name, old), value})
	}
	return r.changed(fn, name, value, func() { r.x.Header.Set(name, value) })
}

// joined returns the values of a field as one.
func joined(name string, values []string) string {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Type", "Content-Disposition", "Cookie":
		return strings.Join(values, "; ")
	}
	return strings.Join(values, ", ")
}

// deleteHeader takes a field away; it returns whether there was one.
func (r *request) deleteHeader(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	had := len(r.x.Header.Values(name)) > 0 && !r.x.Started()
	if had {
		r.x.Header.Del(name)
	}
	return vm.Bool(had), nil
}

// existAnswerHeader tells whether there is a field.
func (r *request) existAnswerHeader(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, err := lib.ArgText(fn, a, 0)
	return vm.Bool(err == nil && len(r.x.Header.Values(name)) > 0), err
}

// getAnswerHeader sets its second argument to the value of a field, and returns whether
// there is one.
func (r *request) getAnswerHeader(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	name, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	values := r.x.Header.Values(name)
	if len(values) == 0 {
		return vm.Bool(false), nil
	}
	v, err := text(t, joined(name, values))
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(1, v)
	return yes, nil
}

// answerHeader returns the fields as a JSON object.
func (r *request) answerHeader(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	return headerObject(t, r.x.Header)
}

// setHeaders sets the fields that a JSON object names, and returns all.
func (r *request) setHeaders(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	members, ok := lib.JSONMembers(a.Get(0))
	if !ok {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a JSON object")
	}
	for name, v := range members {
		name, value, err := headerArgs(t, fn, vm.Args{vm.Str(name), v})
		if err != nil {
			return vm.Value{}, err
		}
		if _, err := r.changed(fn, name, value, func() { r.x.Header.Set(name, value) }); err != nil {
			return vm.Value{}, err
		}
	}
	return r.answerHeader(t, fn, a)
}
