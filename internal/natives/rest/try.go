package rest

import (
	"net/http"
	"net/url"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/exchange"
	"appserver/internal/rest/route"
)

var tryFuncs = table{
	"RESTTEST": restTest,
}

// RestTest(cMethod, cUrl[, xBody[, jHeader]]) → the answer that the programs of the thread give to a
// request that nobody has sent, as a JSON object: "status", a number, "header", a JSON object, and
// "body", a string. It is for unit tests. cUrl is the path as the routes have it, with a query:
// "/orders/7?fields=name". xBody is a string, or a JSON object or array, which is sent as JSON
// in UTF-8. The function or method runs in this thread, with an oRest of its own; nobody's
// rights are asked for. Without a route the status is 404, or 405 with the header Allow. What
// the function raises is raised here. Source: decided here.
func restTest(t *vm.Thread, a vm.Args) (vm.Value, error) {
	ask, body, err := tried(t, a)
	if err != nil {
		return vm.Value{}, err
	}
	routes, err := stateOf(t).routes(t)
	if err != nil {
		return vm.Value{}, err
	}
	x := exchange.New(ask, strings.NewReader(body), int64(len(body)), nil)
	m, allow := routes.Find(x.Method, x.Segments, x.Query)
	switch {
	case m.Route != nil:
		if err := try(t, x, &m); err != nil {
			return vm.Value{}, err
		}
	case len(allow) > 0:
		x.Status = http.StatusMethodNotAllowed
		x.Header.Set("Allow", strings.Join(allow, ", "))
	default:
		x.Status = http.StatusNotFound
	}
	return outcome(t, x)
}

// tried returns the request that the arguments describe, and its body.
func tried(t *vm.Thread, a vm.Args) (r exchange.Request, body string, err error) {
	const fn = "RESTTEST"
	method, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return r, "", err
	}
	target, err := lib.ArgText(fn, a, 1)
	if err != nil {
		return r, "", err
	}
	u, err := url.ParseRequestURI(lib.ToUTF8(target))
	if err != nil {
		return r, "", vm.ArgError(fn, a, 1, "a path with a query, as /orders/7?fields=name")
	}
	if body, err = bodyText(t, fn, vm.Args{a.Get(2)}); err != nil {
		return r, "", err
	}
	header := http.Header{}
	if members, ok := lib.JSONMembers(a.Get(3)); ok {
		for name, v := range members {
			header.Set(lib.ToUTF8(name), lib.ToUTF8(lib.PlainText(t, v)))
		}
	}
	segments, ok := route.Split(u.EscapedPath())
	if !ok {
		return r, "", vm.ArgError(fn, a, 1, "a path that can have a route")
	}
	return exchange.Request{
		Method: strings.ToUpper(method), URI: u.RequestURI(), Path: u.Path, Segments: segments, Query: pairsOf(u.RawQuery),
		Header: header, Host: "localhost", ClientIP: "127.0.0.1", ContentLength: int64(len(body)),
	}, body, nil
}

// pairsOf returns the parameters of a query, in order; those that cannot be decoded are
// left out.
func pairsOf(query string) []exchange.Pair {
	var pairs []exchange.Pair
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if part != "" && nameErr == nil && valueErr == nil {
			pairs = append(pairs, exchange.Pair{Name: name, Value: value})
		}
	}
	return pairs
}

// routes returns the routes of the thread's programs.
func (st *state) routes(t *vm.Thread) (*route.Table, error) {
	if st.table != nil {
		return st.table, nil
	}
	var failed error
	table, _ := route.Build(t.Program(), route.Options{Declare: func(function string) ([]route.Declaration, error) {
		declared := new(route.Declarations)
		st.declares = declared
		defer func() { st.declares = nil }()
		if _, err := t.Call(function); err != nil && failed == nil {
			failed = err
		}
		return declared.List(), failed
	}})
	if failed != nil {
		return nil, failed
	}
	st.table = table
	return table, nil
}

// try has the route answer x, and goes back to the request that the thread answers, if it
// answers one.
func try(t *vm.Thread, x *exchange.Exchange, m *route.Match) error {
	st := stateOf(t)
	was, public := st.request, vm.Value{}
	if v, ok := t.MemVar("OREST"); ok {
		public = v
	}
	r, err := begin(t, x, m.Route)
	if err != nil {
		return err
	}
	x.Params = m.Params
	err = r.run(t, m)
	st.request = was
	if again := t.MakePublic("oRest", public); err == nil {
		err = again
	}
	return err
}

// outcome returns the answer as a JSON object.
func outcome(t *vm.Thread, x *exchange.Exchange) (vm.Value, error) {
	header, err := headerObject(t, x.Header)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(len(x.Answer())); err != nil {
		return vm.Value{}, err
	}
	return jsonWith(t, member{"status", vm.Int(x.StatusCode())}, member{"header", header}, member{"body", vm.Str(string(x.Answer()))})
}
