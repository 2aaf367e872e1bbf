package rest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

func TestRestTest(t *testing.T) {
	s := serve(t, map[string]string{"sizes.prw": sizes, "orders.prw": "#include \"totvs.ch\"\n#include \"restful.ch\"\n" + orders, "a.tlpp": `
#include "tlpp-core.th"
#include "tlpp-rest.th"

@Post("/echo/:id")
User Function echo()
	oRest:setStatusCode(201)
	oRest:setKeyHeaderResponse("X-Id", oRest:getPathParamsRequest()["id"])
Return oRest:setResponse(oRest:getBodyRequest() + oRest:getHeaderRequest()["x-in"] + cValToChar(oRest:getQueryRequest()["q"]))

@Get("/fails")
User Function fails()
	UserException("broken")
Return

@Get("/nested")
User Function nested()
	Local j
	oRest:setResponse("outer ")
	j := RestTest("POST", "/echo/5", "inner", {"X-In": ""})
Return oRest:setResponse(j["body"] + " " + cValToChar(oRest:getStatusResponse()))

User Function tests()
	Local a := {}
	aAdd(a, RestTest("post", "/echo/a%20b?q=1", {"a": "` + "\xe7" + `"}, {"X-In": "in"}):ToJson())
	aAdd(a, RestTest("GET", "/Orders?page=x"):ToJson())
	aAdd(a, RestTest("GET", "/api/wms/v1/sizes/plain/json")["body"])
	aAdd(a, RestTest("DELETE", "/echo/1"):ToJson())
	aAdd(a, RestTest("GET", "/none"):ToJson())
	aAdd(a, Type("oRest"))
Return a
`})
	th, err := s.host.Open(t.Context(), s.call("U_TESTS"))
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	v, err := th.Call(t.Context(), "U_TESTS")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range v.Array().Elems {
		got = append(got, e.Text())
	}
	want(t, "answers", strings.Join(got, "\n"), `{"status":201,"header":{"Content-Type":"application/json","X-Id":"a b"},"body":"{\"a\":\"ç\"}in1"}
{"status":400,"header":{"Content-Type":"application/json"},"body":"{\"errorCode\":400,\"errorMessage\":\"the parameter page must be a number\"}"}
{"a":1}
{"status":405,"header":{"Allow":"POST"},"body":""}
{"status":404,"header":{},"body":""}
U`)
	for _, c := range []struct {
		target string
		wants  string
	}{{"/fails", "broken"}, {"no path", "a path with a query"}, {"/a//b", "a path that can have a route"}} {
		_, err := th.Call(t.Context(), "RESTTEST", vm.Str("GET"), vm.Str(c.target))
		var e *vm.Error
		if !errors.As(err, &e) || !strings.Contains(fmt.Sprint(err), c.wants) {
			t.Errorf("%s: %v; want %q", c.target, err, c.wants)
		}
	}
	want(t, "within a request", s.get(200, "GET /nested"), "outer innerNIL 200")
}
