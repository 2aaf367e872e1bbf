package rest

import (
	"net/url"
	"strings"
	"testing"
)

const people = `
Static Function Options()
	Local j := JsonObject():New()
	j["fields"] := {"code", "name", "city.uf", "age", "active", "born"}
	j["search"] := {"name", "code"}
	j["maxPageSize"] := 5
	j["pageSize"] := 3
Return j

Static Function People()
	Local aList := {}
	aAdd(aList, {"code": "1", "name": "Ana", "age": 30, "city": {"uf": "SP", "name": "Santos"}, "active": .T., "born": SToD("19900102")})
	aAdd(aList, {"code": "2", "name": "Bia", "age": 20, "city": {"uf": "RJ", "name": "Rio"}, "active": .F., "born": SToD("20000102")})
	aAdd(aList, {"code": "3", "name": "Caio", "age": 20, "city": {"uf": "SP", "name": "Santos"}, "active": .T., "born": CToD("")})
	aAdd(aList, {"code": "4", "name": "Jo` + "\xe3" + `o", "age": Nil, "city": Nil, "active": .T.})
Return aList

@Get("/people")
User Function people()
	Local oPage := RestPage():New(Options())
Return oPage:Answer(People())

@Get("/free")
User Function free()
	Local oPage := RestPage():New()
	If !oPage:IsValid()
		oPage:Fault()
		Return
	EndIf
Return oPage:Answer(People())

@Get("/many")
User Function many()
	Local jOptions := JsonObject():New()
	Local aPages := {}
	Local nPage
	jOptions["fields"] := {Replicate("x", 1000000) + ".y"}
	For nPage := 1 To 80
		aAdd(aPages, RestPage():New(jOptions))
	Next
Return

@Get("/asked")
User Function asked()
	Local oPage := RestPage():New(Options())
	Local j := JsonObject():New()
	j["page"] := {oPage:GetPage(), oPage:GetPageSize(), oPage:GetOffset()}
	j["order"] := oPage:GetOrder()
	j["fields"] := oPage:GetFields()
	j["filter"] := oPage:GetFilter()
	j["filters"] := oPage:GetFilters()
	j["search"] := oPage:GetSearch()
	j["error"] := oPage:GetError()
	oRest:setResponse(j)
Return

@Get("/own")
User Function own()
	Local oPage := RestPage():New(JsonObject():New())
	Local jItem := People()[1]
	oRest:setResponse(oPage:Result(People(), .T.))
	oRest:setResponse(oPage:Select(jItem))
	oRest:setResponse(oPage:Matches(jItem))
Return

@Get("/given")
User Function given()
	Local jOptions := JsonObject():New()
	Local oPage
	jOptions["query"] := {"page": 2, "pageSize": 3, "$filter": "active", "nil": Nil}
	oPage := RestPage():New(jOptions)
Return oRest:setResponse(oPage:Apply(People()))
`

// codes returns the codes of a list and what is said of a next page.
func codes(answer string) string {
	var b strings.Builder
	for _, part := range strings.Split(answer, `"code":"`)[1:] {
		code, _, _ := strings.Cut(part, `"`)
		b.WriteString(code)
	}
	if strings.HasSuffix(answer, `"hasNext":true}`) {
		b.WriteString("+")
	}
	return b.String()
}

func TestPages(t *testing.T) {
	s := serveTLPP(t, people)
	for _, c := range []struct{ query, want string }{
		{"", "123+"},
		{"page=2", "4"},
		{"page=3", ""},
		{"page=1000000", ""},
		{"pageSize=2", "12+"},
		{"pageSize=2&page=2", "34"},
		{"pageSize=1000", "1234"},
		{"order=-code&pageSize=2", "43+"},
		{"order=age,-name&pageSize=5", "4321"},
		{"order=city.uf,code&pageSize=5", "4213"},
		{"order=-city/uf,+code&pageSize=5", "1324"},
		{"order=active&pageSize=5", "2134"},
		{"order=born&pageSize=5", "4312"},
		{"city.uf=SP", "13"},
		{"age=20", "23"},
		{"age=20&active=true", "3"},
		{"born=1990-01-02", "1"},
		{"born=19900102", "1"},
		{"born=", ""},
		{"other=1", "123+"},
		{"name=Jo%C3%A3o", "4"},
		{"filter=AN", "1"},
		{"filter=jo%C3%83", "4"},
		{"search=a", "123"},
		{"$filter=age eq 20 and city/uf eq 'SP'", "3"},
		{"$filter=age eq null", "4"},
		{"$filter=born ge 1990-01-02", "12"},
		{"$filter=contains(tolower(name),'joã')", "4"},
		{"$filter=active&search=c", "3"},
		{"$filter=", "123+"},
	} {
		query := strings.ReplaceAll(c.query, " ", "%20")
		want(t, c.query, codes(s.get(200, "GET /people?"+query)), c.want)
	}
	want(t, "fields", s.get(200, "GET /people?fields=name,city.uf,born&pageSize=2"),
		`{"items":[{"name":"Ana","city":{"uf":"SP"},"born":"19900102"},{"name":"Bia","city":{"uf":"RJ"},"born":"20000102"}],"hasNext":true}`)
	want(t, "a field that is not there", s.get(200, "GET /people?fields=city.uf&page=2"), `{"items":[{}],"hasNext":false}`)
	want(t, "any field", codes(s.get(200, "GET /free?filter="+url.QueryEscape("city/name eq 'Rio'"))), "2")
	want(t, "a page of the program", codes(s.get(200, "GET /own?page=9")), "12341")
	want(t, "given parameters", codes(s.get(200, "GET /given?page=1")), "")
}

func TestPageFaults(t *testing.T) {
	s := serveTLPP(t, people)
	for query, detail := range map[string]string{
		"page=0":                               "page must be a whole number from 1",
		"page=x":                               "page must be a whole number from 1",
		"page=1000001":                         "page must be a whole number from 1",
		"pageSize=-1":                          "pageSize must be a whole number from 1",
		"order=none":                           `order: there is no field \"none\"`,
		"fields=code,none":                     `fields: there is no field \"none\"`,
		"$filter=none%20eq%201":                `$filter: there is no field \"none\"`,
		"$filter=code%20eq":                    "$filter: at character 8: the filter ends where a field, a function or a value is needed",
		"$filter=active&$filter=no":            "$filter: there is a filter already",
		"order=" + strings.Repeat("code,", 21): "order names more than 20 fields",
	} {
		want(t, query, s.get(400, "GET /people?"+query),
			`{"code":400,"message":"the parameters of the list make no sense","detailedMessage":"`+detail+`"}`)
	}
	s.get(400, "GET /free?page=0")
}

func TestPagesTakeMemory(t *testing.T) {
	s := serveTLPP(t, people)
	if _, err := s.do("", "GET /many"); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("pages of 80 MB: %v; want an error about memory", err)
	}
}

func TestPageTellsWhatIsAsked(t *testing.T) {
	s := serveTLPP(t, people)
	want(t, "nothing", s.get(200, "GET /asked"),
		`{"page":[1,3,0],"order":[],"fields":[],"filter":null,"filters":{},"search":"","error":""}`)
	query := "page=3&pageSize=4&order=-age,code&fields=name,city/uf&age=20&search=x&$filter=" +
		url.QueryEscape("not contains(name,'é') and age le 2.5 or born eq 2024-02-29 or active eq true or name ne null")
	want(t, "everything", s.get(200, "GET /asked?"+query),
		`{"page":[3,4,8],"order":[["age",true],["code",false]],"fields":["name","city/uf"],"filter":`+
			`{"op":"or","left":{"op":"or","left":{"op":"or","left":{"op":"and","left":{"op":"not","operand":{"function":"contains","arguments":[{"field":"name"},{"value":"é","type":"string"}]}},`+
			`"right":{"op":"le","left":{"field":"age"},"right":{"value":2.5,"type":"number"}}},`+
			`"right":{"op":"eq","left":{"field":"born"},"right":{"value":"20240229","type":"date"}}},`+
			`"right":{"op":"eq","left":{"field":"active"},"right":{"value":true,"type":"boolean"}}},`+
			`"right":{"op":"ne","left":{"field":"name"},"right":{"value":null,"type":"null"}}},`+
			`"filters":{"age":"20"},"search":"x","error":""}`)
}
