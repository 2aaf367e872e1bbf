package http

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

// newTester is a program whose REST services are at the addresses, with assertions that
// note what they are called with.
func newTester(t *testing.T, find func(*vm.Thread) ([]string, error)) (*program, *[]string) {
	t.Helper()
	var asserted []string
	settings := newSettings(nil)
	l := Library(Options{Client: NewClient(ClientOptions{Agent: "test/1", Settings: func() *Settings { return settings }}), Services: find})
	for _, name := range []string{"ASSERTEQUALS", "ASSERTJSON", "ASSERTERROR"} {
		l.Funcs["TLPP.PROBAT."+name] = func(_ *vm.Thread, a vm.Args) (vm.Value, error) {
			line := name
			for _, v := range a {
				line += "|" + v.Text()
			}
			asserted = append(asserted, line)
			return vm.Bool(true), nil
		}
	}
	p, err := vm.Link(nil, l)
	if err != nil {
		t.Fatal(err)
	}
	return &program{t: t, thread: p.NewThread(vm.Options{})}, &asserted
}

// services answer with method, path, query and body.
func services(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Header.Get("X-Sent"))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.URL.Path, r.URL.RawQuery, string(body)}, " "))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func at(bases ...string) func(*vm.Thread) ([]string, error) {
	return func(*vm.Thread) ([]string, error) { return bases, nil }
}

func TestRunTestSimple(t *testing.T) {
	p, _ := newTester(t, at(services(t)+"/base", "http://second.invalid"))
	header, body, status := "", "", ""
	if got := p.call("TLPP.REST.RUNTESTSIMPLE", &header, &body, &status, "/a/b?c=1", "put", "sent").Float(); got != 0 {
		t.Errorf("it returns %v; want 0", got)
	}
	if want := "PUT /base/a/b c=1 sent"; body != want || !strings.HasPrefix(header, "HTTP/1.1 201 Created\r\n") {
		t.Errorf("the answer is %q with %q; want %q", body, header, want)
	}
	if got := p.call("HTTPGETSTATUS").Float(); got != http.StatusCreated {
		t.Errorf("HttpGetStatus() = %v", got)
	}
	p.call("TLPP.REST.RUNTESTSIMPLE", &header, &body, &status, "a")
	if want := "GET /base/a  "; body != want {
		t.Errorf("without a method: %q; want %q", body, want)
	}
}

func TestRunTestSimpleWithoutAnswer(t *testing.T) {
	p, _ := newTester(t, at("http://127.0.0.1:1"))
	header, body, status := "old", "old", "old"
	if got := p.call("TLPP.REST.RUNTESTSIMPLE", &header, &body, &status, "/a").Float(); got != -1 {
		t.Errorf("it returns %v; want -1", got)
	}
	if header != "" || body != "" {
		t.Errorf("header %q and body %q stay", header, body)
	}
}

func TestServicesThatAreNotServed(t *testing.T) {
	for want, find := range map[string]func(*vm.Thread) ([]string, error){
		"no REST services are served here":                     nil,
		"no REST services are served in this environment":      at(),
		"the REST services cannot be served: two of one name.": func(*vm.Thread) ([]string, error) { return nil, errors.New("two of one name.") },
	} {
		p, _ := newTester(t, find)
		for _, name := range []string{"URLSRESTEXECTEST", "TLPP.PROBAT.URLSRESTEXECTEST"} {
			if _, err := p.try(name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want an error with %q", name, err, want)
			}
		}
		if _, err := p.try("TLPP.REST.RUNTESTSIMPLE", nil, nil, nil, "/a"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("runTestSimple: %v; want an error with %q", err, want)
		}
	}
}

func TestRunRestMultiProtocol(t *testing.T) {
	one, two := services(t), services(t)
	p, asserted := newTester(t, at(one, two))
	header := ""
	got := p.call("TLPP.REST.RUNRESTMULTIPROTOCOL", "/x", "POST", "q=1", "sent", 5, vm.NewArray([]vm.Value{vm.Str("X-Sent: yes")}), &header, "expected", "assertJson", "said").Array().Elems
	if len(got) != 2 || len(*asserted) != 2 {
		t.Fatalf("%d services, %d assertions; want 2", len(got), len(*asserted))
	}
	service := got[1].Array().Elems
	if service[0].Text() != two || service[1].Text() != "POST /x q=1 sent" || !strings.Contains(service[2].Text(), "X-Seen: yes") || service[3].Float() != http.StatusCreated {
		t.Errorf("the second service is %v", service)
	}
	if want := "ASSERTJSON|POST /x q=1 sent|expected|said"; (*asserted)[0] != want {
		t.Errorf("asserted %q; want %q", (*asserted)[0], want)
	}
	if header != service[2].Text() {
		t.Errorf("the header is %q; want that of the last one", header)
	}
}

func TestRunRestMultiProtocolWithAddresses(t *testing.T) {
	p, asserted := newTester(t, at("http://unused.invalid"))
	urls := vm.NewArray([]vm.Value{vm.Str("http://127.0.0.1:1"), vm.Str(services(t) + "/")})
	call := func(assert bool) int {
		return len(p.call("TLPP.REST.RUNRESTMULTIPROTOCOL", "x", nil, nil, nil, nil, nil, nil, "GET /x  ", nil, nil, urls, assert).Array().Elems)
	}
	if got := call(false); got != 1 || len(*asserted) != 0 {
		t.Errorf("%d services, asserted %q; want 1 and nothing", got, *asserted)
	}
	call(true)
	if len(*asserted) != 2 || !strings.HasPrefix((*asserted)[0], "ASSERTERROR|http://127.0.0.1:1 does not answer: ") || (*asserted)[1] != "ASSERTEQUALS|GET /x  |GET /x  |" {
		t.Errorf("asserted %q", *asserted)
	}
	for _, name := range []string{"equals", "RPCCONNECT"} {
		if _, err := p.try("TLPP.REST.RUNRESTMULTIPROTOCOL", "x", nil, nil, nil, nil, nil, nil, nil, name); err == nil {
			t.Errorf("the assertion %s is taken", name)
		}
	}
}
