package rest

import (
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

const sizes = `
Function wms_v1_sizes()
	_ADVPL_create_rest_logix_routes()
	_ADVPL_add_rest_logix_routes("GET", "/normal/*/", "fields=*", "wms_v1_sizes_normal")
	_ADVPL_add_rest_logix_routes("GET", "/*", "order=size", "wms_v1_sizes_ordered")
	_ADVPL_add_rest_logix_routes("GET", "/plain/?*", "", "wms_v1_sizes_plain")
	_ADVPL_add_rest_logix_routes("GET", "/*", "", "wms_v1_sizes_get")
	_ADVPL_add_rest_logix_routes("POST", "/*", "", "wms_v1_sizes_post")
Return

Function wms_v1_sizes_normal(oRef)
	Local oResponse := _ADVPL_create_component(Nil, "LRestLogixResponse")
	_ADVPL_set_property(oResponse, "PAYLOAD", _ADVPL_get_property(oRef, "SERIALIZE"), "pathparams")
	_ADVPL_set_property(oResponse, "STATUS", "200")
	_ADVPL_set_property(oResponse, "HAS_NEXT", .T.)
Return _ADVPL_get_property(oResponse, "GENERATE")

Function wms_v1_sizes_ordered(oRef)
	Local cText := ""
	cText += _ADVPL_get_property(oRef, "VALUE", "queryparams[1][1]") + "=" + _ADVPL_get_property(oRef, "VALUE", "queryparams[1][2]")
	cText += "," + _ADVPL_get_property(oRef, "VALUE", "queryParams[2][1]") + "=" + _ADVPL_get_property(oRef, "VALUE", "queryParams/client")
	cText += "," + _ADVPL_get_property(oRef, "VALUE", "pathparams[1]") + cValToChar(_ADVPL_get_property(oRef, "VALUE", "pathparams[9]"))
	cText += "," + oRef["method"] + oRef["headers"]["x-test"] + oRef["uri"]
Return '{"text":"' + cText + '"}'

Function wms_v1_sizes_plain(oRef)
	Local oResponse := _ADVPL_create_component(Nil, "LRESTLOGIXRESPONSE")
	Do Case
	Case oRef["pathParams"][2] == "tdn"
		_ADVPL_set_property(oResponse, "MESSAGE", "Erro Msg", "404", "Erro Detail")
	Case oRef["pathParams"][2] == "seed"
		_ADVPL_set_property(oResponse, "MESSAGE", "Mensagem é", "Detalhe", "10")
		_ADVPL_set_property(oResponse, "STATUS", "200")
	Case oRef["pathParams"][2] == "payload"
		_ADVPL_set_property(oResponse, "PAYLOAD", '{"a":"é"}', "payload")
		_ADVPL_set_property(oResponse, "STATUS", 201)
	Case oRef["pathParams"][2] == "json"
		Return {"a": 1}
	Case oRef["pathParams"][2] == "rest"
		oRest:setStatusCode(202)
		oRest:setResponse("own")
		Return .T.
	Case oRef["pathParams"][2] == "empty"
		_ADVPL_set_property(oResponse, "HAS_NEXT", .F.)
	EndCase
Return oResponse

Function wms_v1_sizes_get()
Return "[]"

Function wms_v1_sizes_post(oRef)
	Local oJson := _ADVPL_create_component(Nil, "LJSONOBJECT")
	Local nI, cText := ""
	If ValType(oRef["payload"]) == "C"
		Return "text " + oRef["payload"]
	EndIf
	If !_ADVPL_get_property(oJson, "ACTIVATE", _ADVPL_get_property(oRef, "SERIALIZE")) .Or. _ADVPL_get_property(oJson, "ACTIVATE", "{no")
		Return "ACTIVATE"
	EndIf
	For nI := 1 To _ADVPL_get_property(oJson, "LENGTH", "payload/list")
		cText += _ADVPL_get_property(oJson, "VALUE", "payload/list[" + cValToChar(nI) + "]/name")
	Next
	cText += cValToChar(_ADVPL_get_property(oJson, "LENGTH", "payload/none")) + cValToChar(_ADVPL_get_property(oJson, "VALUE", "payload/none/deeper[1]"))
	oRest:setResponse(_ADVPL_get_property(oJson, "PROPERTIES", "payload"))
	oRest:setResponse(_ADVPL_get_property(oJson, "PROPERTIES", "payload", .F.))
	oRest:setResponse(EncodeUTF8(cText) + _ADVPL_get_property(oJson, "SERIALIZE", "payload/list[1]/n"))
Return
`

func TestLogix(t *testing.T) {
	s := serve(t, map[string]string{"sizes.prw": sizes})
	want(t, "a list", s.get(200, "GET /api/wms/v1/sizes/normal/5?fields=a"), `{"items":["normal","5"],"hasNext":true}`)
	want(t, "the message", s.get(200, "GET /api/wms/v1/sizes/9?order=size&client=12", "X-Test: t"),
		`{"text":"order=size,client=12,9NIL,GETt/api/wms/v1/sizes/9?order=size&client=12"}`)
	for _, c := range []struct {
		status      int
		path, wants string
	}{
		{404, "tdn", `{"code":404,"message":"Erro Msg","detailedMessage":"Erro Detail"}`},
		{500, "seed", `{"code":"10","message":"Mensagem é","detailedMessage":"Detalhe"}`},
		{201, "payload", `{"a":"é"}`},
		{200, "json", `{"a":1}`},
		{202, "rest", "own"},
		{200, "empty", `{"items":[],"hasNext":false}`},
		{200, "nothing", ""},
	} {
		want(t, c.path, s.get(c.status, "GET /api/wms/v1/sizes/plain/"+c.path), c.wants)
	}
	want(t, "the older context", s.get(200, "GET /restlogix/wms/v1/sizes"), "[]")
}

func TestLogixBody(t *testing.T) {
	s := serve(t, map[string]string{"sizes.prw": sizes})
	want(t, "payload", s.send(200, `{"list":[{"name":"ç","n":1},{"name":"b"}],"x":null}`, "POST /api/wms/v1/sizes"),
		`["payload/list","payload/x"]["list","x"]çb0NIL1`)
	want(t, "text", s.send(200, "a\xe7", "POST /api/wms/v1/sizes", "Content-Type: text/plain"), "text a\xe7")
	bad := s.send(400, `{"list":[}`, "POST /api/wms/v1/sizes", "Content-Type: application/json; charset=utf-8")
	if !strings.HasPrefix(bad, `{"code":400,"message":"the body of the request is not JSON","detailedMessage":"`) {
		t.Errorf("no JSON: %s", bad)
	}
	deep := strings.Repeat("[", 100_000)
	s.send(400, deep, "POST /api/wms/v1/sizes")
}

func TestLogixErrors(t *testing.T) {
	s := serveTLPP(t, `
@Get("/e/:n")
User Function e()
	Local j := JsonObject():New()
	Local oResponse := _ADVPL_create_component(Nil, "LRESTLOGIXRESPONSE")
	Local oJson := _ADVPL_create_component(Nil, "LJSONOBJECT")
	j["a"] := {1}
	Switch oRest:getPathParamsRequest()["n"]
	Case "1" ; _ADVPL_create_component(Nil, "LWINDOW") ; Exit
	Case "2" ; _ADVPL_get_property(Nil, "VALUE", "a") ; Exit
	Case "3" ; _ADVPL_get_property(j, "COLOR", "a") ; Exit
	Case "4" ; _ADVPL_get_property(j, "VALUE", "a[x]") ; Exit
	Case "5" ; _ADVPL_set_property(oResponse, "COLOR", "a") ; Exit
	Case "6" ; _ADVPL_set_property(oResponse, "PAYLOAD", "{no") ; Exit
	Case "7" ; _ADVPL_set_property(oResponse, "STATUS", 99) ; Exit
	Case "8" ; _ADVPL_set_property(oJson, "VALUE", "a", 1) ; Exit
	Case "9" ; _ADVPL_get_property(j, "VALUE", Replicate("a/", 5000)) ; Exit
	EndSwitch
	_ADVPL_add_rest_logix_routes("GET", "/*", "", "x")
Return
`)
	for n, wants := range []string{
		1: "there is no component LWINDOW", 2: "a component or a JSON object", 3: "component LJSONOBJECT has no property COLOR",
		4: "something else than a number from 1", 5: "has no property COLOR", 6: "the payload is not JSON", 7: "a status from 200 to 599",
		8: "component LJSONOBJECT has no property VALUE", 9: "4096 is the limit",
	} {
		_, err := s.do("", fmt.Sprintf("GET /e/%d", n))
		if wants == "" && err == nil || wants != "" && err != nil && strings.Contains(err.Error(), wants) {
			continue
		}
		t.Errorf("%d: %v; want %q", n, err, wants)
	}
}

// FuzzWalk wants no panic and no error but that of an index that is none.
func FuzzWalk(f *testing.F) {
	for _, s := range []string{"a[1]/b", "[1][2]", "//", "[", "[1", "[1]x[2]", "[99999999999999999999]", "[-1]", ""} {
		f.Add(s)
	}
	inner := vm.NewArray([]vm.Value{vm.Str("x"), vm.Num(2)})
	list := vm.NewArray([]vm.Value{inner, inner})
	f.Fuzz(func(t *testing.T, path string) {
		if _, found, err := walk("F", list, path); err != nil && (found || !strings.Contains(err.Error(), "the path")) {
			t.Errorf("walk(%q) = %v, %v", path, found, err)
		}
	})
}
