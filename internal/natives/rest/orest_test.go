package rest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"appserver/internal/exchange"
)

func TestReadingTheRequest(t *testing.T) {
	s := serveTLPP(t, `
@Get("/orders/:id/items/:item")
User Function getItem()
	Local jPath := oRest:getPathParamsRequest() As Json
	Local jQuery := oRest:getQueryRequest()
	Local jHeader := oRest:getHeaderRequest()
	oRest:setResponse(jPath["id"] + "/" + jPath["item"])
	oRest:setResponse(" " + cValToChar(jQuery["page"]) + cValToChar(jQuery["none"]))
	oRest:setResponse(" " + jHeader["CNPJ"] + jHeader["cnpj"] + jHeader:GetJsonText("Cnpj") + " " + jHeader["host"])
	oRest:setResponse(" " + cValToChar(oRest:existKeyHeaderRequest("cnpj")) + cValToChar(oRest:existKeyHeaderRequest("other")))
Return .T.

@Post("/echo")
User Function echo()
	Return oRest:setResponse(oRest:getBodyRequest())

@Get("/about")
User Function about()
	oRest:setResponse(oRest:getMethodRequest() + " " + oRest:getClientIP() + " " + oRest:getPathRequest() + " " + oRest:getURLRequest())
	oRest:setResponse(" " + oRest:getFullURLRequest() + " " + oRest:getProtocolRequest() + " " + cValToChar(oRest:getConnectionRequest()))
	oRest:setResponse(" " + cValToChar(oRest:getXhrRequest()) + cValToChar(oRest:getThreadIdRequest() > 0) + Type("oRest"))
Return
`)
	want(t, "path, query, header", s.get(200, "GET /orders/7%2F8/items/a%20b?page=2&page=3&x", "cnpj: 12"), "7/8/a b 2NIL 121212 api.example:8080 .T..F.")
	want(t, "the body", s.send(200, "a\x00\xe7\xc3\xa7", "POST /echo"), "a\x00\xe7\xc3\xa7")
	want(t, "no body", s.get(200, "POST /echo"), "")
	want(t, "about", s.get(200, "GET /about?a=b", "X-Requested-With: xmlhttprequest"),
		"GET 192.0.2.7 /about /about http://api.example:8080/about?a=b HTTP 17 .T..T.O")
}

func TestAnswers(t *testing.T) {
	s := serveTLPP(t, `
@Get("/parts")
User Function parts()
	Local j := {"a": 1, "b": {.T., Nil, "x"}} As Json
	oRest:setResponse("[")
	oRest:setResponse(j)
	oRest:setResponse(",")
	oRest:setResponse({1, "dois"})
	oRest:setResponse("," + cValToChar(oRest:setResponse(3.5)) )
Return oRest:setResponse("]")

@Get("/mixed")
User Function mixed()
	Local j := {"a": "n`+"\xe3"+`o"} As Json
	oRest:setResponse('{"text":"n`+"\xe3"+`o","object":')
	oRest:setResponse(j)
Return oRest:setResponse("}")

@Get("/utf8")
User Function utf8()
	Local j := {"a": EncodeUTF8("n`+"\xe3"+`o")} As Json
	oRest:setResponse(EncodeUTF8('{"text":"n`+"\xe3"+`o","object":'))
	oRest:setResponse(j)
Return oRest:setResponse("}")

@Get("/reset")
User Function reset()
	Local lOk := oRest:setStatusCode(404)
	oRest:setResponse("gone")
	lOk := lOk .And. oRest:getStatusResponse() == 404 .And. oRest:getRetCodResponse() == 404
	lOk := lOk .And. oRest:getBodyResponse() == "gone" .And. oRest:getRetMsgResponse() == "gone"
	lOk := lOk .And. oRest:resetMessageResponse() .And. oRest:getBodyResponse() == "" .And. oRest:getStatusResponse() == 404
	lOk := lOk .And. oRest:resetStatusCode() .And. oRest:getStatusResponse() == 200
	oRest:setStatusCode(500)
	oRest:setResponse("x")
	lOk := lOk .And. oRest:resetResponse() .And. oRest:getStatusResponse() == 200 .And. oRest:getBodyResponse() == ""
	lOk := lOk .And. !oRest:setStatusCode(99) .And. !oRest:setStatusCode(100) .And. !oRest:setStatusCode(600) .And. oRest:setStatusCode(350)
	oRest:setResponse(cValToChar(lOk))
Return

@Get("/fault/:code")
User Function faults()
	Local nCode := Val(oRest:getPathParamsRequest()["code"])
	oRest:setResponse("half an answer")
	If nCode > 0
		oRest:setStatusCode(nCode)
	EndIf
Return oRest:setFault('{"code":' + cValToChar(nCode) + '}')

@Get("/after")
User Function after()
	oRest:setFault("no")
Return oRest:setStatusCode(403)

@Get("/json/:code")
User Function json()
	Local nCode := Val(oRest:getPathParamsRequest()["code"])
	Local xBody := "não"
	oRest:setResponse("half an answer")
	Do Case
	Case nCode == 201
		xBody := {"a": {1}}
	Case nCode == 204
		xBody := Nil
	EndCase
	If !oRest:setJsonResponse(nCode, xBody)
		oRest:setJsonResponse(500, "refused")
	EndIf
Return

@Get("/flags")
User Function flags()
	Local aOk := {}
	aAdd(aOk, oRest:getCloseAfterSend())
	aAdd(aOk, oRest:setCloseAfterSend(.T.))
	aAdd(aOk, oRest:getCloseAfterSend())
	aAdd(aOk, oRest:sendZipped({"gzip", "GZIP"}))
	aAdd(aOk, oRest:sendZipped({"ZIP"}))
	aAdd(aOk, oRest:setHttpEnd())
	aAdd(aOk, oRest:getUserExit())
Return oRest:setResponse(aOk)

@Get("/none")
User Function none()
	oRest:none()
Return

@Get("/property")
User Function property()
	oRest:cName := 1
Return
`)
	want(t, "parts", s.get(200, "GET /parts"), `[{"a":1,"b":[true,null,"x"]},[1,"dois"]3.5,.T.]`)
	for _, path := range []string{"/mixed", "/utf8"} {
		want(t, path, s.get(200, "GET "+path), `{"text":"não","object":{"a":"não"}}`)
	}
	want(t, "reset", s.get(350, "GET /reset"), ".T.")
	want(t, "fault", s.get(500, "GET /fault/0"), `{"code":0}`)
	want(t, "fault of a status that is none of errors", s.get(500, "GET /fault/201"), `{"code":201}`)
	want(t, "fault with a status", s.get(404, "GET /fault/404"), `{"code":404}`)
	want(t, "status after the fault", s.get(403, "GET /after"), "no")
	want(t, "a text as JSON", s.get(400, "GET /json/400"), `{"code":400,"message":"não","detailedMessage":""}`)
	want(t, "an object as JSON", s.get(201, "GET /json/201"), `{"a":[1]}`)
	want(t, "nothing as JSON", s.get(204, "GET /json/204"), "")
	want(t, "a status that is none", s.get(500, "GET /json/99"), `{"code":500,"message":"refused","detailedMessage":""}`)
	x, err := s.do("", "GET /flags")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "flags", string(x.Answer()), "[false,true,true,true,false,true,false]")
	if !x.Close || len(x.Zip) != 1 || x.Zip[0] != "GZIP" {
		t.Errorf("Close = %v, Zip = %v; want true, [GZIP]", x.Close, x.Zip)
	}
	for _, path := range []string{"/none", "/property"} {
		if _, err := s.do("", "GET "+path); !strings.Contains(fmt.Sprint(err), "class REST has no") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAnswerHeader(t *testing.T) {
	s := serveTLPP(t, `
@Get("/header")
User Function header()
	Local cValue := "" As Character
	Local aOk := {}
	aAdd(aOk, oRest:setKeyHeaderResponse("X-Twice", "1"))
	aAdd(aOk, oRest:setKeyHeaderResponse("x-twice", "2"))
	aAdd(aOk, oRest:updateKeyHeaderResponse("X-Once", "1"))
	aAdd(aOk, oRest:updateKeyHeaderResponse("X-ONCE", "2"))
	oRest:setKeyHeaderResponse("Content-Type", "text/html")
	aAdd(aOk, oRest:appendKeyHeaderResponse("Content-Type", "charset=utf-8"))
	aAdd(aOk, oRest:appendKeyHeaderResponse("X-List", "a"))
	aAdd(aOk, oRest:appendKeyHeaderResponse("X-List", "b"))
	oRest:setKeyHeaderResponse("X-Gone", "1")
	aAdd(aOk, oRest:deleteKeyHeaderResponse("X-Gone"))
	aAdd(aOk, oRest:deleteKeyHeaderResponse("X-Gone"))
	aAdd(aOk, oRest:existKeyHeaderResponse("X-once"))
	aAdd(aOk, oRest:existKeyHeaderResponse("X-Gone"))
	aAdd(aOk, oRest:getKeyHeaderResponse("X-List", @cValue))
	aAdd(aOk, cValue)
	aAdd(aOk, oRest:getKeyHeaderResponse("X-Gone", @cValue))
	aAdd(aOk, oRest:getHeaderResponse()["x-twice"])
	aAdd(aOk, ValType(oRest:setHeaderResponse({"X-J": "j", "X-Number": 5})))
Return oRest:setResponse(aOk)

@Get("/bad")
User Function bad()
	Local nI, aBad := {{"X", "a" + Chr(13) + Chr(10) + "Set-Cookie: a=b"}, {"X Y", "1"}, {"X:", "1"}, {"", "1"}, {"X", Nil}, {Nil, "1"}, {"X", Replicate("a", 9000)}}
	For nI := 1 To Len(aBad)
		Try
			oRest:setKeyHeaderResponse(aBad[nI, 1], aBad[nI, 2])
			oRest:setResponse("no error at " + cValToChar(nI))
		Catch oError
			oRest:setResponse("e")
		EndTry
	Next
Return

@Get("/many")
User Function many()
	Local nI
	For nI := 1 To 300
		oRest:setKeyHeaderResponse("X-" + cValToChar(nI), "1")
	Next
Return
`)
	x, err := s.do("", "GET /header")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "values", string(x.Answer()), `[true,true,true,true,true,true,true,true,false,true,false,true,"a, b",false,"1, 2","J"]`)
	want(t, "header", fmt.Sprint(x.Header), "map[Content-Type:[text/html; charset=utf-8] X-J:[j] X-List:[a, b] X-Number:[5] X-Once:[2] X-Twice:[1 2]]")
	want(t, "what cannot be sent", s.get(200, "GET /bad"), "eeeeeee")
	if _, err := s.do("", "GET /many"); !strings.Contains(fmt.Sprint(err), "200") {
		t.Errorf("300 fields: %v", err)
	}
}

func TestContentType(t *testing.T) {
	s := serveTLPP(t, `
@Post("/say")
User Function say()
	Local cType := oRest:getQueryRequest()["type"]
	If cType != Nil
		oRest:setKeyHeaderResponse("Content-Type", cType)
	EndIf
Return oRest:setResponse(oRest:getBodyRequest())
`)
	for _, c := range []struct{ query, body, kind, answer string }{
		{"", `{"a":1}`, "application/json", `{"a":1}`},
		{"", ` [1]`, "application/json", ` [1]`},
		{"", "text", "text/plain; charset=utf-8", "text"},
		{"", "\xe7", "text/plain; charset=windows-1252", "\xe7"},
		{"", "", "", ""},
		{"", "{\"a\":\"\xe7\"}", "application/json", `{"a":"ç"}`},
		{"", `{"a":"ç"}`, "application/json", `{"a":"ç"}`},
		{"?type=text/csv", "\xe7", "text/csv", "\xe7"},
		{"?type=application/problem%2Bjson", "\xe7", "application/problem+json", "ç"},
		{"?type=application/json;charset=iso-8859-1", "\xe7", "application/json;charset=iso-8859-1", "\xe7"},
	} {
		x, err := s.do(c.body, "POST /say"+c.query)
		if err != nil {
			t.Fatal(err)
		}
		want(t, c.query+" "+c.body+": type", x.Header.Get("Content-Type"), c.kind)
		want(t, c.query+" "+c.body, string(x.Answer()), c.answer)
	}
}

func TestPoolInformation(t *testing.T) {
	s := serveTLPP(t, `
@Get("/pool")
User Function pool()
	Local a := {}
	aAdd(a, oRest:getThreadPoolName())
	aAdd(a, oRest:getThreadPoolEnvironment())
	aAdd(a, oRest:getThreadPoolMinThreads() + oRest:getThreadPoolMaxThreads() + oRest:getThreadPoolMinFreeThreads() + oRest:getThreadPoolGrowthFactor())
	aAdd(a, oRest:getThreadPoolInactiveTimeout())
	aAdd(a, oRest:getThreadPoolAcceptTimeout())
	aAdd(a, oRest:getThreadPoolServicePort())
	aAdd(a, oRest:getThreadPoolServiceName())
	aAdd(a, oRest:getThreadPoolServiceSSL())
	aAdd(a, oRest:getThreadPoolStatus())
	aAdd(a, ValType(oRest:getThreadPoolId()) + ValType(oRest:getThreadPoolServiceId()) + ValType(oRest:getThreadPoolType()) + ValType(oRest:getThreadPool_SvcId_TPType()))
	aAdd(a, Len(oRest:getThreadPoolSlaves()))
	aAdd(a, oRest:getThreadPoolUserData()["a"])
	aAdd(a, oRest:getThreadPoolServerUserData():ToJson())
	aAdd(a, oRest:getThreadPoolTlppData():ToJson())
	aAdd(a, oRest:getServerTlppData():ToJson())
	aAdd(a, oRest:getThreadPoolUserExitName() + oRest:getThreadPoolUserExitOnStart() + oRest:getThreadPoolUserExitOnStop() + oRest:getThreadPoolUserExitOnSelect() + oRest:getThreadPoolUserExitOnError())
	aAdd(a, oRest:getLEntryPointAuthorization())
	aAdd(a, oRest:getLEntryPointEnvironment())
	aAdd(a, oRest:getLEntryPointError())
	aAdd(a, oRest:getLEntryPointExit())
	aAdd(a, oRest:getLEntryPointGrader())
	aAdd(a, oRest:getCEntryPointAuthorizationScheme() + oRest:getCEntryPointAuthorizationOnAuth() + oRest:getCentryPointEnvironment() + oRest:getCentryPointError() + oRest:getCEntryPointExit() + oRest:getCEntryPointGrader())
	aAdd(a, oRest:getThreadPoolAuthorizationScheme() + oRest:getThreadPoolAuthorizationOnAuth())
Return oRest:setResponse(a)
`)
	r := s.ask("GET /pool")
	r.Service = &exchange.Service{
		Server: "HTTPREST", Port: 8443, TLS: true, Pool: "TP", Min: 1, Max: 20, MinFree: 300, Growth: 4000, Inactive: 3 * time.Second, Accept: 1500 * time.Millisecond,
		Exits:  exchange.Exits{Section: "UEX", OnStart: "U_START", OnError: "U_ERR"},
		Scheme: "basic", OnAuth: "U_AUTH", UserData: `{"a":"b"}`, ServerUserData: "no JSON", ServerTlppData: `{"x":1}`,
	}
	x := exchange.New(r, nil, 0, nil)
	if err := s.answer(x); err != nil {
		t.Fatal(err)
	}
	want(t, "pool", string(x.Answer()), `["TP","P",4321,3000,1500,8443,"HTTPREST",true,2,"NNCC",0,"b","{}","{}","{\"x\":1}","UEXU_STARTU_ERR",true,true,true,false,false,"basicU_AUTHU_STARTU_ERR","basicU_AUTH"]`)
	if err := s.answer(exchange.New(s.ask("GET /pool"), nil, 0, nil)); err != nil {
		t.Errorf("nothing is known of the service: %v", err)
	}
}

// TestWaysToWriteIt has the ways in which the vendor's samples write things.
func TestWaysToWriteIt(t *testing.T) {
	s := serveTLPP(t, `
@get('ways/lower')
function waysLower()
	local cBody := oRest:GetBodyRequest() As Character
	local jBody := JsonObject():new()
	jBody:fromJson( cBody )
	oRest:SetResponse(jBody:GetJsonText("none") + if(Type('oRest') == 'O', 'O', '-') + if(oRest != Nil, '1', '0'))
return

@Get("/ways/twice/:used")

@Put("/ways/twice/:used")

Function U_waysTwice()
	Local jPath As Json
	jPath := oRest:getPathParamsRequest()
Return oRest:SetResponse( jPath )

@Patch(endpoint="/ways/named/:id", description="about it";
)
User Function waysNamed() As Logical
	Local lRet := .F. As Logical
	Local jId := oRest:getPathParamsRequest() As Object
	lRet := oRest:setResponse(cValToChar(ValType(jId) == 'J') + jId['id'])
	FreeObj(jId)
Return lRet

@Delete("/ways/error")
User Function waysError()
	Local jHeader := Nil
	jHeader := oRest:getHeaderRequest()
	If (jHeader <> Nil .And. jHeader['code'] == Nil)
		oRest:setStatusCode(400)
		oRest:setFault('{"error": "' + ValType(jHeader:ToJson()) + '"}')
		Return .F.
	EndIf
Return .T.
`)
	want(t, "lower", s.get(200, "GET /ways/lower"), "nullO1")
	want(t, "twice", s.get(200, "PUT /ways/twice/123"), `{"used":"123"}`)
	want(t, "named", s.get(200, "PATCH /ways/named/a"), ".T.a")
	want(t, "error", s.get(400, "DELETE /ways/error"), `{"error": "C"}`)
}
