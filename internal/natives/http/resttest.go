package http

import (
	"net/http"
	"slices"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

var restTestFuncs = table{
	"TLPP.REST.RUNTESTSIMPLE":        runTestSimple,
	"TLPP.REST.RUNRESTMULTIPROTOCOL": runRestMultiProtocol,
	"TLPP.PROBAT.URLSRESTEXECTEST":   urlsRestExecTest,
	"TLPP.REST.URLSRESTEXECTEST":     urlsRestExecTest,
	"URLSRESTEXECTEST":               urlsRestExecTest,
}

// tlpp.rest.runTestSimple(@cHeader, @cBody, @nStatus, cEndPoint[, cMethod = "GET"[, cSend]]) → 0 if the
// REST services of the programs answered, else -1; HttpGetStatus tells why not. Makes a request to the
// first of the addresses that urlsRestExecTest gives, cEndPoint after it, with cSend as its body. cHeader
// is set to the status line and the header of the answer, cBody to its body, nStatus to its status; to
// "" and 0 if there was none. Source: public programs; the numbers are decided here.
func runTestSimple(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const name = "TLPP.REST.RUNTESTSIMPLE"
	q := &request{}
	var err error
	if q.address, err = lib.ArgText(name, a, 3); err != nil {
		return vm.Value{}, err
	}
	if q.method, err = lib.OptText(name, a, 4, http.MethodGet); err != nil {
		return vm.Value{}, err
	}
	if q.body, err = lib.OptText(name, a, 5, ""); err != nil {
		return vm.Value{}, err
	}
	bases, err := serviceBases(t, name)
	if err != nil {
		return vm.Value{}, err
	}
	got, err := stateOf(t).ask(t, q.to(bases[0]))
	if err != nil {
		return vm.Value{}, err
	}
	if got == nil {
		got = &answer{}
	}
	a.Set(0, vm.Str(got.header))
	a.Set(1, vm.Str(got.body))
	a.Set(2, vm.Num(float64(got.status)))
	if got.status == 0 {
		return vm.Num(-1), nil
	}
	return vm.Num(0), nil
}

// tlpp.rest.runRestMultiProtocol(cEndPoint[, cMethod = "GET"[, cGetParms[, cSend[, nTimeOut[, aHeadStr[,
// @cHeader[, xExpected[, cAssertion = "assertEquals"[, cDescription[, aUrls[, lAssert = .T.]]]]]]]]]]])
// → an array with {cUrl, cBody, cHeader, nStatus} for each address of aUrls that answered; without aUrls,
// for those that urlsRestExecTest gives. Makes the same request to each of them, as HttpQuote; cHeader is
// set to what the last one sent. With lAssert the assertion is called with each body, xExpected and
// cDescription, and an address that does not answer fails the test. Source: public programs; the fourth
// element, and what stands for missing arguments, is decided here.
func runRestMultiProtocol(t *vm.Thread, a vm.Args) (vm.Value, error) {
	m, err := newMultiProtocol(t, a)
	if err != nil {
		return vm.Value{}, err
	}
	var services []vm.Value
	last := ""
	for _, base := range m.bases {
		got, err := stateOf(t).ask(t, m.request.to(base))
		if err == nil && m.asserts {
			err = m.assert(t, base, got)
		}
		if err != nil {
			return vm.Value{}, err
		}
		if got == nil {
			continue
		}
		last = got.header
		service := []vm.Value{vm.Str(base), vm.Str(got.body), vm.Str(got.header), vm.Num(float64(got.status))}
		services = append(services, vm.NewArray(service))
	}
	a.Set(6, vm.Str(last))
	return vm.NewArray(services), nil
}

// multiProtocol is what a call of tlpp.rest.runRestMultiProtocol asks for.
type multiProtocol struct {
	request     *request
	bases       []string
	asserts     bool
	expected    vm.Value
	assertion   string // its full name
	description vm.Value
}

// maxBases is how many addresses one call may name.
const maxBases = 100

func newMultiProtocol(t *vm.Thread, a vm.Args) (*multiProtocol, error) {
	l := layout{name: "TLPP.REST.RUNRESTMULTIPROTOCOL", method: http.MethodGet, methodAt: 1, get: 2, post: 3, timeout: 4, lines: 5}
	m := &multiProtocol{expected: a.Get(7), description: a.Get(9)}
	var err error
	if m.request, err = l.request(t, stateOf(t), a); err != nil {
		return nil, err
	}
	assertion, err := lib.OptText(l.name, a, 8, "assertEquals")
	if err != nil {
		return nil, err
	}
	if assertion = strings.ToUpper(strings.TrimSpace(assertion)); !strings.HasPrefix(assertion, "ASSERT") {
		return nil, vm.ArgError(l.name, a, 8, "the name of an assertion, such as assertJson")
	}
	m.assertion = "TLPP.PROBAT." + assertion
	if m.asserts, err = lib.OptBool(l.name, a, 11, true); err != nil {
		return nil, err
	}
	if m.bases, err = headerLines(l.name, a, 10); err != nil {
		return nil, err
	}
	if len(m.bases) > maxBases {
		return nil, vm.ArgError(l.name, a, 10, "at most 100 addresses")
	}
	if len(m.bases) == 0 {
		m.bases, err = serviceBases(t, l.name)
	}
	return m, err
}

// assert has what an address answered looked at; got is nil if it did not answer.
func (m *multiProtocol) assert(t *vm.Thread, base string, got *answer) error {
	if got == nil {
		_, err := t.Call("TLPP.PROBAT.ASSERTERROR", vm.Str(base+" does not answer: "+stateOf(t).fault))
		return err
	}
	_, err := t.Call(m.assertion, vm.Str(got.body), m.expected, m.description)
	return err
}

// urlsRestExecTest() → an array with the addresses at which the REST services of the programs can be
// reached, to put a path behind. In the commands run and test the services answer without being
// configured, at one address of this machine that is open while the command runs, and nobody is asked
// who calls; in a running server they are the addresses of its listeners. An error if the services cannot
// be served. Source: public programs; which addresses there are is decided here.
func urlsRestExecTest(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	bases, err := serviceBases(t, "URLSRESTEXECTEST")
	if err != nil {
		return vm.Value{}, err
	}
	var list []vm.Value
	for _, base := range bases {
		list = append(list, vm.Str(base))
	}
	return vm.NewArray(list), nil
}

// serviceBases returns the addresses of the programs' own REST services, one at least.
func serviceBases(t *vm.Thread, function string) ([]string, error) {
	find := stateOf(t).services
	if find == nil {
		return nil, vm.Errorf(vm.GenUnsupported, function, "no REST services are served here")
	}
	bases, err := find(t)
	switch {
	case err != nil:
		return nil, vm.Errorf(vm.GenUnsupported, function, "the REST services cannot be served: %v", err)
	case len(bases) == 0:
		return nil, vm.Errorf(vm.GenUnsupported, function, "no REST services are served in this environment")
	}
	return slices.Clone(bases), nil
}

// to returns a copy of the request that goes to the base of addresses.
func (q *request) to(base string) *request {
	next := *q
	next.address = strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(q.address, "/")
	return &next
}

// ask makes a request; the answer is nil if there was none, and HttpGetStatus knows why.
func (st *state) ask(t *vm.Thread, q *request) (*answer, error) {
	got, err := st.do(t, q)
	if err == nil {
		st.answered(got)
		return got, nil
	}
	if _, ok := st.failed(err); ok {
		return nil, nil
	}
	return nil, err
}
