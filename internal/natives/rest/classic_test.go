package rest

import (
	"fmt"
	"strings"
	"testing"
)

const orders = `
WSRESTFUL Orders DESCRIPTION "Orders"
	WSDATA page     AS INTEGER OPTIONAL
	WSDATA price    AS FLOAT   OPTIONAL
	WSDATA active   AS BOOLEAN OPTIONAL
	WSDATA since    AS DATE    OPTIONAL
	WSDATA name     AS CHARACTER OPTIONAL
	WSDATA tags     AS ARRAY OF CHARACTER OPTIONAL
	WSDATA apiKey   AS CHARACTER OPTIONAL
	WSDATA id       AS CHARACTER
	WSDATA cOther   AS CHARACTER

	WSMETHOD GET            DESCRIPTION "list" WSSYNTAX "/Orders"
	WSMETHOD POST           DESCRIPTION "new"
	WSMETHOD PUT            DESCRIPTION "fault"
	WSMETHOD DELETE         DESCRIPTION "fault without words"
	WSMETHOD GET one        DESCRIPTION "one"     PATH "/Orders/one/{id}"
	WSMETHOD PUT one        DESCRIPTION "put one" PATH "/Orders/one/{id}"
	WSMETHOD GET key        DESCRIPTION "key"     PATH "/Orders/key"
	WSMETHOD GET headers    DESCRIPTION "headers" PATH "/Orders/headers"
END WSRESTFUL

WSMETHOD GET WSRECEIVE page, price, active, since, name, tags WSSERVICE Orders
	::SetContentType("application/json")
	DEFAULT ::name := "nobody"
	::SetResponse('{"page":' + cValToChar(::page) + ',"price":' + cValToChar(Self:price))
	::SetResponse(',"active":"' + cValToChar(::active) + '","since":"' + ValType(::since) + Iif(::since == Nil, "", DToS(::since)) + '"')
	::SetResponse(',"name":"' + ::name + '","tags":' + cValToChar(Iif(::tags == Nil, -1, Len(::tags))))
	::SetResponse(',"local":"' + cValToChar(page) + '","other":"' + ValType(::cOther) + '"}')
Return .T.

WSMETHOD POST WSSERVICE Orders
	Local nI
	::SetStatus(201)
	::SetHeader("Location", "/x")
	::SetResponse(Len(::aURLParms))
	For nI := 1 To Len(::aURLParms)
		::SetResponse(":" + ::aURLParms[nI])
	Next
	For nI := 1 To Len(::aQueryString)
		::SetResponse(";" + ::aQueryString[nI, 1] + "=" + ::aQueryString[nI, 2])
	Next
	::SetResponse("|" + ::GetContent() + "|" + ::cFormat + "|" + Static2(Self))
Return .T.

Static Function Static2(oSelf)
	oSelf:SetKeyHeaderResponse("X-More", "1")
Return oSelf:GetHeader("x-one") + cValToChar(oSelf:GetHeader("x-two") == "")

WSMETHOD PUT WSSERVICE Orders
	Local cKind := ::aURLParms[1]
	::SetResponse("half an answer")
	Do Case
	Case cKind == "code"
		SetRestFault(3, "não")
	Case cKind == "status"
		SetRestFault(404, EncodeUTF8("não"))
	Case cKind == "both"
		SetRestFault(1, "x", .T., 409, "detail", "help", {{2, "y", "d", "h", {}}})
	Case cKind == "html"
		SetRestFault(400, "<b>", .F.)
	Case cKind == "own"
		::SetStatus(422)
	Case cKind == "true"
		SetRestFault(400, "does not count")
		Return .T.
	Case cKind == "nil"
		SetRestFault(400, "counts")
		Return
	EndCase
Return .F.

WSMETHOD DELETE WSSERVICE Orders
	HTTPSetStatus(204, "gone")
	::SetContentType("")
Return .T.

WSMETHOD GET one PATHPARAM id WSSERVICE Orders
	::SetResponse("get " + ::id + " " + id)
Return .T.

WSMETHOD PUT one WSRECEIVE id WSSERVICE Orders
	::SetResponse("put " + ::id)
Return .T.

WSMETHOD GET key HEADERPARAM apiKey WSSERVICE Orders
	::SetResponse(::apiKey)
Return .T.

WSMETHOD GET headers WSSERVICE Orders
	Local aHeader := HTTPGetHeader()
	::SetResponse(aHeader)
	::SetResponse(HTTPHeader("b") + HTTPHeader("none"))
	::none()
Return .T.
`

func TestClassic(t *testing.T) {
	s := servePRW(t, orders)
	want(t, "data of the query", s.get(200, "GET /Orders?PAGE=3&price=1.5&active=true&since=2024-05-06&name=Jo%C3%A3o&tags=a&tags=b&other=1"),
		`{"page":3,"price":1.5,"active":".T.","since":"D20240506","name":"João","tags":2,"local":"3","other":"U"}`)
	want(t, "no query", s.get(200, "GET /Orders"),
		`{"page":NIL,"price":NIL,"active":"NIL","since":"U","name":"nobody","tags":-1,"local":"NIL","other":"U"}`)
	x, err := s.do("body", "POST /Orders/a/b%2Fc?x=1&x=2&y", "x-one: 1", "Accept: application/xml")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the object", string(x.Answer()), "2:a:b/c;x=1;x=2;y=|body|xml|1.T.")
	want(t, "its header", fmt.Sprint(x.Status, x.Header), "201 map[Content-Type:[text/plain; charset=utf-8] Location:[/x] X-More:[1]]")
	want(t, "a path", s.get(200, "GET /Orders/one/7"), "get 7 7")
	want(t, "a method of the same name", s.get(200, "PUT /Orders/one/7"), "put 7")
	want(t, "a header", s.get(200, "GET /Orders/key", "apikey: secret"), "secret")
	want(t, "a status alone", s.get(204, "DELETE /Orders"), "")
	if _, err := s.do("", "GET /Orders/headers", "b: 1", "A: 2"); !strings.Contains(fmt.Sprint(err), "the REST service has no method NONE") {
		t.Errorf("a method that is not there: %v", err)
	}
}

func TestClassicFaults(t *testing.T) {
	s := servePRW(t, orders)
	for _, c := range []struct {
		status      int
		path, wants string
	}{
		{500, "code", `{"errorCode":3,"errorMessage":"não"}`},
		{404, "status", `{"errorCode":404,"errorMessage":"não"}`},
		{409, "both", `{"errorCode":1,"errorMessage":"x"}`},
		{400, "html", "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><p>&lt;b&gt;</p></body></html>\n"},
		{422, "own", "half an answer"},
		{500, "none", `{"errorCode":500,"errorMessage":"Internal Server Error"}`},
		{200, "true", "half an answer"},
		{400, "nil", `{"errorCode":400,"errorMessage":"counts"}`},
	} {
		want(t, c.path, s.get(c.status, "PUT /Orders/"+c.path), c.wants)
	}
	for query, wants := range map[string]string{
		"page=x":           `{"errorCode":400,"errorMessage":"the parameter page must be a number"}`,
		"page=0x10":        `{"errorCode":400,"errorMessage":"the parameter page must be a number"}`,
		"active=maybe":     `{"errorCode":400,"errorMessage":"the parameter active must be true or false"}`,
		"since=2024-02-30": `{"errorCode":400,"errorMessage":"the parameter since must be a date, YYYY-MM-DD"}`,
	} {
		want(t, query, s.get(400, "GET /Orders?"+query), wants)
	}
}

func TestDeclaredTypes(t *testing.T) {
	s := servePRW(t, `
WSRESTFUL Typed DESCRIPTION "t" FORMAT APPLICATION_JSON
	WSMETHOD GET       DESCRIPTION "of the service"
	WSMETHOD GET page  DESCRIPTION "of the method"  PATH "/Typed/page"  PRODUCES TEXT_HTML
	WSMETHOD GET own   DESCRIPTION "of the program" PATH "/Typed/own"   PRODUCES TEXT_HTML
	WSMETHOD GET fault DESCRIPTION "of a fault"     PATH "/Typed/fault" PRODUCES TEXT_HTML
	WSMETHOD GET parts DESCRIPTION "of parts"       PATH "/Typed/parts" PRODUCES TEXT_CSV
	WSMETHOD GET empty DESCRIPTION "of nothing"     PATH "/Typed/empty" PRODUCES TEXT_CSV
END WSRESTFUL
WSMETHOD GET WSSERVICE Typed
	::SetResponse('"n`+"ã"+`o"')
Return .T.
WSMETHOD GET page WSSERVICE Typed
	::SetResponse("{}")
Return .T.
WSMETHOD GET own WSSERVICE Typed
	::SetContentType("text/xml")
	::SetResponse("<a/>")
Return .T.
WSMETHOD GET fault WSSERVICE Typed
	SetRestFault(400, "x")
Return .F.
WSMETHOD GET parts WSSERVICE Typed
Return oRest:setLastChunkedResponse("[1]")
WSMETHOD GET empty WSSERVICE Typed
Return .T.
`)
	for path, wants := range map[string]string{
		"": `application/json "não"`, "/page": "text/html {}", "/own": "text/xml <a/>", "/parts": "text/csv [1]", "/empty": " ",
		"/fault": `application/json {"errorCode":400,"errorMessage":"x"}`,
	} {
		x, err := s.do("", "GET /Typed"+path)
		if err != nil {
			t.Fatal(err)
		}
		want(t, path, x.Header.Get("Content-Type")+" "+string(x.Answer()), wants)
	}
}

func TestTTalkFaults(t *testing.T) {
	s := servePRW(t, `
WSRESTFUL Talk DESCRIPTION "t"
	WSMETHOD GET v1 DESCRIPTION "x" PATH "/Talk/v1" TTALK "v1"
END WSRESTFUL
WSMETHOD GET v1 WSSERVICE Talk
	SetRestFault(1, "x", .T., 409, "detail", "help", {{2, "y", "d", "", {{3, "z", "", "", {}}}}, "odd"})
Return .F.
`)
	want(t, "TTALK", s.get(409, "GET /Talk/v1"),
		`{"code":1,"message":"x","detailedMessage":"detail","helpUrl":"help","details":[{"code":2,"message":"y","detailedMessage":"d","details":[{"code":3,"message":"z","detailedMessage":""}]}]}`)
}

func TestFaultInTLPP(t *testing.T) {
	s := serveTLPP(t, `
@Get("/f")
User Function f()
	oRest:setResponse("half")
	SetRestFault(7, "x", , 404)
Return
`)
	want(t, "fault", s.get(404, "GET /f"), `{"code":7,"message":"x","detailedMessage":""}`)
}

func TestMethodsOfClasses(t *testing.T) {
	s := serveTLPP(t, `
Class Api
	Data cName As Character
	Public Method New() Constructor
	@Get("/class/:a")
	Public Method get()
	@Post("/class")
	Public Method post()
EndClass
Method New() Class Api
	::cName := "made"
Return Self
Method get() Class Api
Return oRest:setResponse(::cName + oRest:getPathParamsRequest()["a"])
Method post() Class Api
	::cName := "changed"
Return oRest:setResponse(::cName)

Class Plain
	@Get("/plain")
	Public Method get()
EndClass
Method get() Class Plain
Return oRest:setResponse("plain")
`)
	want(t, "post", s.get(200, "POST /class"), "changed")
	want(t, "an object for each request", s.get(200, "GET /class/x"), "madex")
	want(t, "no constructor", s.get(200, "GET /plain"), "plain")
}
