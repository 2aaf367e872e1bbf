package rest

import (
	"net/http"
	"slices"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// responseMethods make the answer.
var responseMethods = map[string]method{
	"SETRESPONSE":            (*request).setResponse,
	"SETJSONRESPONSE":        (*request).setJSON,
	"SETSTATUSCODE":          (*request).setStatus,
	"SETSTATUSRESPONSE":      (*request).setStatus,
	"SETFAULT":               (*request).setFault,
	"RESETRESPONSE":          (*request).resetResponse,
	"RESETMESSAGERESPONSE":   (*request).resetMessage,
	"RESETSTATUSCODE":        (*request).resetStatus,
	"GETBODYRESPONSE":        (*request).getAnswer,
	"GETRETMSGRESPONSE":      (*request).getAnswer,
	"GETSTATUSRESPONSE":      (*request).getStatus,
	"GETRETCODRESPONSE":      (*request).getStatus,
	"SETCHUNKEDRESPONSE":     (*request).setChunk,
	"SETLASTCHUNKEDRESPONSE": (*request).setLastChunk,
	"SENDZIPPED":             (*request).sendZipped,
	"HTTPCALLEND":            (*request).callEnd,
	"SETHTTPEND":             (*request).setHTTPEnd,
	"SETCLOSEAFTERSEND":      (*request).setClose,
	"GETCLOSEAFTERSEND":      (*request).getClose,
	"SETUSEREXIT":            (*request).setUserExit,
	"GETUSEREXIT":            (*request).getUserExit,
}

// yes is what methods return that have done what they are for.
var yes = vm.Bool(true)

// setResponse adds to the answer.
func (r *request) setResponse(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	s, err := partText(t, fn, a)
	if err != nil || r.x.Ended() {
		return vm.Bool(false), err
	}
	return yes, r.add(t, s)
}

// setJSON makes JSON the answer, with a status: an object or array as it is, a text as the
// message of what happened.
func (r *request) setJSON(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	code, err := lib.ArgInt(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	v := a.Get(1)
	if v.IsStr() {
		f := fault{code: vm.Int(code), message: v.Text()}
		if v, err = f.object(t); err != nil {
			return vm.Value{}, err
		}
	}
	s, err := bodyText(t, fn, vm.Args{v})
	if err != nil || r.x.Ended() || !r.status(code) {
		return vm.Bool(false), err
	}
	r.x.Reset()
	r.x.Header.Set("Content-Type", typeJSON)
	return yes, r.add(t, s)
}

// partText is bodyText, but JSON is in the character set of its strings: what is added to it
// may be in the same, and an answer is converted as a whole.
func partText(t *vm.Thread, fn string, a vm.Args) (string, error) {
	if k := a.Get(0).Kind(); k == vm.Array || k == vm.Object {
		return jsonText(t, a.Get(0))
	}
	return bodyText(t, fn, a)
}

// bodyText is what a value is in an answer: strings as they are, JSON objects and arrays
// as JSON in UTF-8, NIL as nothing, others as cValToChar.
func bodyText(t *vm.Thread, fn string, a vm.Args) (string, error) {
	switch v := a.Get(0); v.Kind() {
	case vm.Nil:
		return "", nil
	case vm.String:
		return v.Text(), nil
	case vm.Number, vm.Logical, vm.Date:
		return lib.PlainText(t, v), nil
	case vm.Array, vm.Object:
		return jsonBody(t, v)
	default:
		return "", vm.ArgError(fn, a, 0, "a string, a JSON object or an array")
	}
}

// jsonBody is the JSON text of a value for an answer, in UTF-8.
func jsonBody(t *vm.Thread, v vm.Value) (string, error) {
	s, err := jsonText(t, v)
	return wire(s), err
}

// jsonText is the JSON text of a value, in the character set of its strings.
func jsonText(t *vm.Thread, v vm.Value) (string, error) {
	s, err := lib.ValueJSON(t, v)
	if err != nil {
		return "", err
	}
	return s, t.CheckString(len(s))
}

// add adds to the answer, as far as the thread may have so long a string.
func (r *request) add(t *vm.Thread, s string) error {
	length := len(r.x.Answer()) + len(s)
	if limit := t.Limits().String; length > limit {
		return vm.Errorf(vm.GenStrOverflow, "setResponse", "the answer would have %d bytes: the limit of a string is %d, so send it in parts with setChunkedResponse", length, limit)
	}
	if err := t.Charge(2 * len(s)); err != nil {
		return err
	}
	r.x.AppendString(s)
	return nil
}

// setStatus sets the status.
func (r *request) setStatus(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	code, err := lib.ArgInt(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(r.status(code)), nil
}

// status sets the status of the answer; it returns false if that cannot be one, or is
// sent already.
func (r *request) status(code int) bool {
	if code < 200 || code > 599 || r.x.Started() {
		return false
	}
	r.x.Status = code
	return true
}

// setFault makes its argument the answer, of a request that failed.
func (r *request) setFault(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	s, err := bodyText(t, fn, a)
	if err != nil || r.x.Started() || r.x.Ended() {
		return vm.Bool(false), err
	}
	if r.x.StatusCode() < http.StatusBadRequest {
		r.x.Status = http.StatusInternalServerError
	}
	r.x.Reset()
	return yes, r.add(t, s)
}

// resetResponse takes back body and status.
func (r *request) resetResponse(*vm.Thread, string, vm.Args) (vm.Value, error) {
	r.x.Reset()
	if r.x.Started() {
		return vm.Bool(false), nil
	}
	r.x.Status = 0
	return yes, nil
}

// resetMessage takes back the body.
func (r *request) resetMessage(*vm.Thread, string, vm.Args) (vm.Value, error) {
	r.x.Reset()
	return vm.Bool(!r.x.Started()), nil
}

// resetStatus takes back the status.
func (r *request) resetStatus(*vm.Thread, string, vm.Args) (vm.Value, error) {
	if r.x.Started() {
		return vm.Bool(false), nil
	}
	r.x.Status = 0
	return yes, nil
}

// getAnswer returns what the answer holds so far.
func (r *request) getAnswer(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	if err := t.CheckString(len(r.x.Answer())); err != nil {
		return vm.Value{}, err
	}
	return vm.Str(string(r.x.Answer())), nil
}

// getStatus returns the status.
func (r *request) getStatus(*vm.Thread, string, vm.Args) (vm.Value, error) {
	return vm.Int(r.x.StatusCode()), nil
}

// setChunk sends a part of the answer.
func (r *request) setChunk(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	return r.chunk(t, fn, a, false)
}

// setLastChunk sends the last part of the answer.
func (r *request) setLastChunk(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	return r.chunk(t, fn, a, true)
}

func (r *request) chunk(t *vm.Thread, fn string, a vm.Args, last bool) (vm.Value, error) {
	s, err := bodyText(t, fn, a)
	if err != nil || r.x.Ended() {
		return vm.Bool(false), err
	}
	if err := r.add(t, s); err != nil {
		return vm.Value{}, err
	}
	if len(s) == 0 && !last {
		return yes, nil
	}
	return r.send(t, last)
}

// send sends what the answer holds; .F. if that fails.
func (r *request) send(t *vm.Thread, last bool) (vm.Value, error) {
	r.label()
	var err error
	t.Blocked(func() { err = r.x.Send(last) })
	if stop := t.Poll(); stop != nil {
		return vm.Value{}, stop
	}
	return vm.Bool(err == nil), nil
}

// sendZipped says that the answer is to be sent compressed, if the client takes that.
func (r *request) sendZipped(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	list, err := lib.ArgArray(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	var modes []string
	for _, v := range list.Elems {
		if !v.IsStr() {
			return vm.Bool(false), nil
		}
		switch mode := upper(strings.TrimSpace(v.Text())); mode {
		case "GZIP", "DEFLATE", "COMPRESS":
			if !slices.Contains(modes, mode) {
				modes = append(modes, mode)
			}
		default:
			return vm.Bool(false), nil
		}
	}
	r.x.Zip = modes
	return vm.Bool(len(modes) > 0), nil
}

// callEnd sends the answer as it is; what comes later does not count.
func (r *request) callEnd(t *vm.Thread, _ string, _ vm.Args) (vm.Value, error) {
	if r.x.Ended() {
		return vm.Bool(false), nil
	}
	if err := r.complete(t); err != nil {
		return vm.Value{}, err
	}
	return r.send(t, true)
}

// setHTTPEnd does nothing: a request ends with its function.
func (r *request) setHTTPEnd(*vm.Thread, string, vm.Args) (vm.Value, error) { return yes, nil }

// setClose says whether the connection ends with the answer.
func (r *request) setClose(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	on, err := lib.OptBool(fn, a, 0, true)
	if err != nil {
		return vm.Value{}, err
	}
	r.x.Close = on
	return yes, nil
}

// getClose tells whether the connection ends with the answer.
func (r *request) getClose(*vm.Thread, string, vm.Args) (vm.Value, error) {
	return vm.Bool(r.x.Close), nil
}

// setUserExit says whether the thread ends with the request.
func (r *request) setUserExit(_ *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	on, err := lib.OptBool(fn, a, 0, true)
	if err != nil {
		return vm.Value{}, err
	}
	r.exit = on
	return yes, nil
}

// getUserExit tells whether the thread ends with the request.
func (r *request) getUserExit(*vm.Thread, string, vm.Args) (vm.Value, error) {
	return vm.Bool(r.exit), nil
}
