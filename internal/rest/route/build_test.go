package route

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
)

// program links sources, each with its name: "a.tlpp", text, ….
func program(t testing.TB, sources ...string) *vm.Program {
	t.Helper()
	compiler := build.NewCompiler(build.Options{Unkept: true})
	var units []*code.Unit
	for i := 0; i < len(sources); i += 2 {
		unit, findings := compiler.Source(sources[i], sources[i+1])
		if unit == nil {
			t.Fatalf("%s does not compile: %v", sources[i], findings)
		}
		units = append(units, unit)
	}
	p, err := advpl.Link(units)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// table builds the table of sources, which must be without faults.
func table(t testing.TB, o Options, sources ...string) *Table {
	t.Helper()
	table, faults := Build(program(t, sources...), o)
	for _, f := range faults {
		t.Errorf("unexpected fault: %v", f)
	}
	return table
}

// faults builds sources that have some, and returns them as lines.
func faults(t testing.TB, o Options, sources ...string) string {
	t.Helper()
	_, list := Build(program(t, sources...), o)
	var b strings.Builder
	for _, f := range list {
		kind := "warning"
		if f.Error {
			kind = "error"
		}
		fmt.Fprintf(&b, "%s %v\n", kind, f)
	}
	return b.String()
}

// declares returns a Declare that has the routes of one router: "METHOD path query function".
func declares(t *testing.T, lines ...string) func(string) ([]Declaration, error) {
	return func(string) ([]Declaration, error) {
		var d Declarations
		for _, line := range lines {
			f := strings.Split(line, " ")
			if err := d.Declare(f[0], f[1], f[2], f[3]); err != nil {
				t.Error(err)
			}
		}
		return d.List(), nil
	}
}

const tlppSource = `
#include "tlpp-core.th"
#include "tlpp-rest.th"
@Get("users/:id")
User Function getUser()
Return .T.
@Get("/users")
@Post("/users/")
User Function users()
Return .T.
@Get(endpoint="/users/me", description="Who I am", title="Me")
User Function me()
Return .T.
@Delete("/users/:id/roles/:role")
User Function dropRole()
Return .T.
@Get("/")
User Function root()
Return .T.
Class Book
  Public Method New()
  @Get("books/:isbn")
  Public Method read()
EndClass
Method New() Class Book
Return self
Method read() Class Book
Return .T.
`

const classicSource = `
#include "totvs.ch"
#include "restful.ch"
WSRESTFUL Users DESCRIPTION "People" FORMAT APPLICATION_JSON SECURITY "MATA010"
WSDATA count AS INTEGER OPTIONAL
WSDATA id AS STRING
WSDATA tag AS STRING
WSMETHOD GET DESCRIPTION "All" WSSYNTAX "/Users || /Users/{id}"
WSMETHOD POST DESCRIPTION "New" WSSYNTAX "/Users"
END WSRESTFUL
WSMETHOD GET WSRECEIVE count WSSERVICE Users
Return .T.
WSMETHOD POST WSSERVICE Users
Return .T.
WSRESTFUL samplenew DESCRIPTION "New style" SSL ONLY
WSDATA id AS STRING
WSDATA count AS INTEGER
WSDATA cHead AS STRING
WSMETHOD GET MYLIST DESCRIPTION "List" WSSYNTAX "/samplenew"
WSMETHOD GET MYONE DESCRIPTION "One" WSSYNTAX "/samplenew/{id}" PATH "/{id}" TTALK "v1" PRODUCES TEXT_HTML
WSMETHOD GET deep DESCRIPTION "Deep" PATH "/api/pcp/v1/samplenew/{id}/x/"
WSMETHOD POST deep DESCRIPTION "Deep" PATH "/api/pcp/v1/samplenew/{id}/x/"
WSMETHOD GET far DESCRIPTION "Far" PATH "api/qip/v1/list"
WSMETHOD GET ID DESCRIPTION "Named" PATH 'get_id'
END WSRESTFUL
WSMETHOD GET MYLIST QUERYPARAM count WSSERVICE samplenew
Return .T.
WSMETHOD GET MYONE PATHPARAM id HEADERPARAM cHead WSSERVICE samplenew
Return .T.
WSMETHOD GET deep WSSERVICE samplenew
Return .T.
WSMETHOD POST deep WSSERVICE samplenew
Return .T.
WSMETHOD GET far PATHPARAM id, count WSSERVICE samplenew
Return .T.
WSMETHOD GET ID WSRECEIVE id WSSERVICE samplenew
Return .T.
`

const logixSource = `
#include "totvs.ch"
Function wms_v1_sizes()
_ADVPL_create_rest_logix_routes()
Return
Function wms_v2_sizes() // none: it begins no routes
Return
Function sizes1(oRequest)
Return "1"
Function sizes2(oRequest)
Return "2"
Function sizes3(oRequest)
Return "3"
Function obfe_v1_trucks()
_ADVPL_create_rest_logix_routes()
Return
`

func TestFind(t *testing.T) {
	routes := table(t, Options{Declare: declares(t,
		"GET /normal/*/ fields=* sizes1",
		"get /normal/?* - sizes2",
		"GET /* order=size,client=* sizes2",
		"GET /*  sizes3",
		"POST /*  sizes3",
	)}, "src/t.tlpp", tlppSource, "src/c.prw", classicSource, "src/l.tlpp", logixSource)
	for _, test := range []struct {
		request, handler, params, rest string
		allow                          string
	}{
		{"GET /users/7", "U_GETUSER", "id=7", "", ""},
		{"GET /users/7/", "U_GETUSER", "id=7", "", ""},
		{"GET /users/me", "U_ME", "", "", ""},
		{"HEAD /users/me", "U_ME", "", "", ""},
		{"DELETE /users/me", "", "", "", "GET HEAD POST"}, // the classic service takes anything below its name
		{"GET /users/a%2Fb", "U_GETUSER", "id=a/b", "", ""},
		{"GET /users", "U_USERS", "", "", ""},
		{"POST /users/", "U_USERS", "", "", ""},
		{"GET ", "U_ROOT", "", "", ""},
		{"GET /", "U_ROOT", "", "", ""},
		{"POST /", "", "", "", "GET HEAD"},
		{"DELETE /users/7/roles/admin", "U_DROPROLE", "id=7 role=admin", "", ""},
		{"GET /books/1", "BOOK:READ", "isbn=1", "", ""},
		{"GET /Books/1", "", "", "", ""},
		{"GET /users//7", "", "", "", ""},
		{"GET /users/../users", "", "", "", ""},
		{"GET /users/%2e%2E", "", "", "", ""},
		{"GET /users/%zz", "", "", "", ""},
		{"GET /users/%00", "", "", "", ""},
		{"TRACE /users", "", "", "", "GET HEAD POST"},
		{"GET /nothing", "", "", "", ""},

		{"GET /USERS", "USERS:GET", "", "", ""},
		{"GET /Users/Ana/Roles", "USERS:GET", "", "Ana Roles", ""},
		{"POST /users/9", "USERS:POST", "", "9", ""}, // TLPP has GET and DELETE there only
		{"PUT /USERS/9", "", "", "", "GET HEAD POST"},
		{"GET /samplenew", "SAMPLENEW:MYLIST", "", "", ""},
		{"GET /SampleNew/Abc", "SAMPLENEW:MYONE", "id=Abc", "Abc", ""},
		{"GET /samplenew/get_id", "SAMPLENEW:ID", "", "get_id", ""},
		{"GET /samplenew/a/b", "SAMPLENEW:MYLIST", "", "a b", ""},
		{"GET /api/PCP/v1/samplenew/5/x", "SAMPLENEW:DEEP", "id=5", "5 x", ""},
		{"POST /api/pcp/v1/samplenew/5/x", "SAMPLENEW:POST DEEP", "id=5", "5 x", ""},
		{"GET /api/qip/v1/list", "SAMPLENEW:FAR", "", "", ""},
		{"GET /api/qip/v1/list/5", "SAMPLENEW:FAR", "id=5", "5", ""},
		{"GET /api/qip/v1/list/5/6/", "SAMPLENEW:FAR", "id=5 count=6", "5 6", ""},
		{"GET /api/qip/v1/list/5/6/7", "", "", "", ""},
		{"GET /samplenew/api/qip/v1/list", "SAMPLENEW:MYLIST", "", "api qip v1 list", ""},

		{"GET /api/wms/v1/sizes", "SIZES3", "", "", ""},
		{"GET /api/WMS/V1/Sizes/", "SIZES3", "", "", ""},
		{"GET /api/wms/v1/sizes/normal?fields=a", "SIZES1", "=normal", "normal", ""},
		{"GET /api/wms/v1/sizes/normal", "SIZES3", "=normal", "normal", ""},
		{"GET /api/wms/v1/sizes/normal/1?x=1&fields=", "SIZES1", "=normal =1", "normal 1", ""},
		{"GET /api/wms/v1/sizes/normal/1?Fields=1", "SIZES3", "=normal =1", "normal 1", ""},
		{"GET /restlogix/wms/v1/sizes/x?client=7&order=size", "SIZES2", "=x", "x", ""},
		{"GET /restlogix/wms/v1/sizes/x?client=7&order=Size", "SIZES3", "=x", "x", ""},
		{"HEAD /api/wms/v1/sizes/Normal/a%2Fb", "SIZES3", "=Normal =a/b", "Normal a/b", ""},
		{"GET /api/wms/v1/sizes/normal%2F1?fields=a", "SIZES3", "=normal/1", "normal/1", ""},
		{"DELETE /api/wms/v1/sizes", "", "", "", "GET HEAD POST"},
		{"GET /api/wms/v2/sizes", "", "", "", ""},
		{"GET /api/obf/v1/trucks", "SIZES3", "", "", ""},
		{"GET /api/obfe/v1/trucks/1", "SIZES3", "=1", "1", ""},
		{"GET /other/wms/v1/sizes", "", "", "", ""},
	} {
		m, allow := find(routes, test.request)
		handler := ""
		if m.Route != nil {
			handler = m.Route.Handler()
		}
		var params []string
		for _, p := range m.Params {
			params = append(params, p.Name+"="+p.Value)
		}
		got := fmt.Sprint(handler, "|", strings.Join(params, " "), "|", strings.Join(m.Rest, " "), "|", strings.Join(allow, " "))
		if want := fmt.Sprint(test.handler, "|", test.params, "|", test.rest, "|", test.allow); got != want {
			t.Errorf("%s = %s; want %s", test.request, got, want)
		}
	}
}

// find looks for the route of a request: "GET /path?query".
func find(t *Table, request string) (Match, []string) {
	method, target, _ := strings.Cut(request, " ")
	path, query, _ := strings.Cut(target, "?")
	segments, ok := Split(path)
	if !ok {
		return Match{}, nil
	}
	return t.Find(method, segments, pairs(query))
}

func TestRoutesDescribeThemselves(t *testing.T) {
	routes := table(t, Options{}, "src/c.prw", classicSource, "t.tlpp", `
#include "tlpp-rest.th"
@Get(endpoint="/doc/:id", description="Descri`+"\xe7\xe3o"+`", title="Doc",;
  params='[{"name":"ID","in":"path","type":"numeric","description":"n"},{"name":"page","in":"query","type":"integer","required":true}]',;
  responses='[{"statusCode":200,"description":"OK"},{"statusCode":404,"description":"None"}]')
User Function doc()
Return .T.
`)
	want := map[string]string{
		"GET /doc/:id": `{tlpp GET /doc/:id  U_DOC   [{id path number false n} {page query integer false }] []  false false false false  t  Doc Descrição  [{200 OK} {404 None}] t.tlpp 6}`,
		"GET /Users":   `{classic GET /Users   USERS GET [{count query integer true }] [count] MATA010 false false false true application/json Users People  All /Users || /Users/{id} [] src/c.prw 11}`,
		"GET /samplenew/{id}": `{classic GET /samplenew/{id}   SAMPLENEW MYONE [{id path string false } {cHead header string true }] [id cHead]  ` +
			`true true false false text/html samplenew New style  One /samplenew/{id} [] src/c.prw 28}`,
	}
	for _, r := range routes.Routes() {
		key := r.Method + " " + r.Path
		if text, ok := want[key]; ok && fmt.Sprint(*r) != text {
			t.Errorf("%s is %+v; want %s", key, *r, text)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("there is no %s", key)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"conflict", `@Get("/x/:id")` + "\nUser Function a()\nReturn\n" + `@Get("x/:id/")` + "\nUser Function b()\nReturn\n",
			"error x.tlpp:6: U_B answers GET /x/:id, which is the route of U_A (x.tlpp:3): give one of them another path or method\n"},
		{"names", `@Get("/x/:used")` + "\n" + `@Put("/x/:ignored")` + "\nUser Function a()\nReturn\n",
			"warning x.tlpp:4: the parameter :ignored of U_A is :used, as the first route with that beginning of the path names it: use that name in all of them\n"},
		{"static", `@Get("/x")` + "\nStatic Function a()\nReturn\n", "warning x.tlpp:3: A has @Get but is static: no route can call it\n"},
		{"no endpoint", `@Post(description="x")` + "\nUser Function a()\nReturn\n",
			"error x.tlpp:3: @Post of U_A names no endpoint: write @Post(\"path\") with a constant path\n"},
		{"number", `@Post(5)` + "\nUser Function a()\nReturn\n",
			"error x.tlpp:3: @Post of U_A names no endpoint: write @Post(\"path\") with a constant path\n"},
		{"empty segment", `@Get("a//b")` + "\nUser Function a()\nReturn\n", "error x.tlpp:3: the path \"a//b\" of U_A has the segment \"\", which no request can have\n"},
		{"dots", `@Get("a/../b")` + "\nUser Function a()\nReturn\n", "error x.tlpp:3: the path \"a/../b\" of U_A has the segment \"..\", which no request can have\n"},
		{"query", `@Get("a?b=1")` + "\nUser Function a()\nReturn\n", "error x.tlpp:3: the path \"a?b=1\" of U_A has the character '?', which no path can have\n"},
		{"parameter", `@Get("a/:")` + "\nUser Function a()\nReturn\n",
			"error x.tlpp:3: the path \"a/:\" of U_A has the segment \":\": a name of letters, digits, _ and - must follow the colon\n"},
		{"twice", `@Get("a/:b/:B")` + "\nUser Function a()\nReturn\n", "error x.tlpp:3: the path \"a/:b/:B\" of U_A has the parameter B twice\n"},
		{"braces", `@Get("a/{id}")` + "\nUser Function a()\nReturn\n",
			"warning x.tlpp:3: the path a/{id} of U_A has braces, which stand for themselves: a parameter is written :id\n"},
		{"property", `@Get(endpoint="a", desc="x")` + "\nUser Function a()\nReturn\n",
			"warning x.tlpp:3: @Get of U_A has the property desc, which means nothing; it has endpoint, description, title, params, responses\n"},
		{"params", `@Get(endpoint="a", params='x', responses='[{"statusCode":7}]')` + "\nUser Function a()\nReturn\n",
			"warning x.tlpp:3: params of U_A are no list of parameters in JSON: invalid character 'x' looking for beginning of value\n" +
				"warning x.tlpp:3: a response of U_A has the statusCode 7: it must be 100 to 599\n"},
		{"classic", "#include \"restful.ch\"\nWSRESTFUL s DESCRIPTION \"d\"\nWSMETHOD GET a DESCRIPTION \"a\"\nWSMETHOD GET b DESCRIPTION \"b\"\nWSMETHOD GET c DESCRIPTION \"c\" PATH \"/x{y\"\nWSMETHOD GET d DESCRIPTION \"d\" PATH \"z\"\n" +
			"END WSRESTFUL\nWSMETHOD GET a WSSERVICE s\nReturn .T.\nWSMETHOD GET b WSSERVICE s\nReturn .T.\nWSMETHOD GET c WSSERVICE s\nReturn .T.\n",
			"error x.tlpp:11: S:B answers GET /s, which is the route of S:A (x.tlpp:9): give one of them another path or method\n" +
				"error x.tlpp:13: the path \"/x{y\" of S:C has the segment \"x{y\": a parameter is a whole segment, as {id}\n" +
				"warning x.tlpp:3: WSMETHOD GET of S:D has no body: it is not served\n"},
		{"both models", "#include \"restful.ch\"\nWSRESTFUL s DESCRIPTION \"d\"\nWSMETHOD GET a DESCRIPTION \"a\" PATH \"/s/{id}\"\nEND WSRESTFUL\nWSMETHOD GET a WSSERVICE s\nReturn .T.\n@Get(\"/s/:x\")\nUser Function b()\nReturn\n",
			"warning x.tlpp:6: S:A is not reached: U_B (x.tlpp:9) answers GET /s/{id}, and TLPP goes before a classic service; give one of them another path or method\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := faults(t, Options{}, "x.tlpp", "#include \"tlpp-rest.th\"\n"+test.source); got != test.want {
				t.Errorf("faults:\n%swant:\n%s", got, test.want)
			}
		})
	}
}

func TestLogixFaults(t *testing.T) {
	const source = "Function a_v1_b()\n_ADVPL_create_rest_logix_routes()\nReturn\nFunction f(o)\nReturn\nStatic Function g(o)\nReturn\n"
	for _, test := range []struct {
		name    string
		declare func(string) ([]Declaration, error)
		want    string
	}{
		{"shadowed", declares(t, "GET /*  F", "GET /x/?* q=1 F"),
			"warning x.tlpp:1: A_V1_B: route 2, GET /api/a/v1/b/x/?*?q=1 → F, is never reached: route 1, /api/a/v1/b/*? → F, takes all of it; declare the more specific one first\n"},
		{"not shadowed", declares(t, "GET /x/?* q=1 F", "GET /x/* q=1 F", "GET /x/* q=* F", "GET /*  F"), ""},
		{"same", declares(t, "GET / q=* F", "POST / q=* F", "GET / r=1,q F", "GET / q=* F"),
			"warning x.tlpp:1: A_V1_B: route 4, GET /api/a/v1/b?q=* → F, is never reached: route 1, /api/a/v1/b?q=* → F, takes all of it; declare the more specific one first\n"},
		{"no function", declares(t, "GET /  H", "GET /  G"),
			"error x.tlpp:1: A_V1_B declares GET /api/a/v1/b for H, a function that does not exist\n" +
				"error x.tlpp:1: A_V1_B declares GET /api/a/v1/b for G, which is static: no route can call it\n"},
		{"method", declares(t, "FETCH /  F"), "error x.tlpp:1: A_V1_B declares a route with the method \"FETCH\": DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT are possible\n"},
		{"fails", func(string) ([]Declaration, error) { return nil, errors.New("broken") }, "error x.tlpp:1: A_V1_B could not declare its routes: broken\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := faults(t, Options{Declare: test.declare}, "x.tlpp", source); got != test.want {
				t.Errorf("faults:\n%swant:\n%s", got, test.want)
			}
		})
	}
	second := "Namespace n\nUser Function a_v1_b()\n_ADVPL_create_rest_logix_routes()\nReturn\n"
	want := "error y.tlpp:2: N.U_A_V1_B is a second router of a/v1/b, after A_V1_B (x.tlpp:1): take one away\n"
	if got := faults(t, Options{}, "x.tlpp", source, "y.tlpp", second); got != want {
		t.Errorf("faults:\n%swant:\n%s", got, want)
	}
}

func TestLogixBehindOthers(t *testing.T) {
	routes := declares(t, "GET /all  F", "PUT /all  F", "POST /all  F", "GET /*  F")
	got := faults(t, Options{Declare: routes}, "x.prw", `#include "restful.ch"
Function a_v1_b()
_ADVPL_create_rest_logix_routes()
Return
Function f(o)
Return
WSRESTFUL s DESCRIPTION "s"
WSMETHOD PUT p DESCRIPTION "p" PATH "/api/A/v1/b/all"
END WSRESTFUL
WSMETHOD PUT p WSSERVICE s
Return .T.
`, "y.tlpp", `#include "tlpp-rest.th"
@Get("/api/a/v1/b/all")
User Function g()
Return
`)
	const want = "warning x.prw:2: F is not reached: U_G (y.tlpp:3) answers GET /api/a/v1/b/all, and TLPP goes before Logix; give one of them another path or method\n" +
		"warning x.prw:2: F is not reached: S:P (x.prw:10) answers PUT /api/a/v1/b/all, and a classic service goes before Logix; give one of them another path or method\n"
	if got != want {
		t.Errorf("faults:\n%swant:\n%s", got, want)
	}
}

func TestCollisions(t *testing.T) {
	routes := table(t, Options{}, "x.tlpp", `#include "tlpp-rest.th"
@Get("/openapi.json")
User Function a()
Return
@Get("/webapp/x")
User Function b()
Return
@Get("/:any")
User Function c()
Return
@Get("/Webapp")
User Function d()
Return
`, "c.prw", classicSource)
	var got strings.Builder
	for _, f := range routes.Collisions([]string{"/openapi.json", "/webapp/", "/users/", "/nothing"}) {
		fmt.Fprintln(&got, f.Error, f)
	}
	const want = `true c.prw:11: USERS:GET answers GET /Users, where the server answers itself: give it another path
true c.prw:13: USERS:POST answers POST /Users, where the server answers itself: give it another path
true x.tlpp:3: U_A answers GET /openapi.json, where the server answers itself: give it another path
true x.tlpp:6: U_B answers GET /webapp/x, where the server answers itself: give it another path
`
	if got.String() != want {
		t.Errorf("collisions:\n%swant:\n%s", got.String(), want)
	}
	if f := (*Table)(nil).Collisions([]string{"/"}); f != nil {
		t.Errorf("no table has collisions: %v", f)
	}
}

func TestDescribedByFunction(t *testing.T) {
	const source = `#include "tlpp-rest.th"
@Get(endpoint="/a", description="[U_DOC]")
User Function a()
Return
@Get(endpoint="/b", description="<1>")
User Function b()
Return
`
	describe := func(function string) (string, error) {
		if function != "U_DOC" {
			t.Errorf("Describe(%q)", function)
		}
		return `{"title": "translate:f:1:A: title", "description1": "one", "description2": "two", "description4": "lost",
			"params": [{"name": "log", "in": "query", "type": "integer", "default": 0, "values": [{"value": 0}], "description": "translate:f:2:Logs"}],
			"requestBody": {"Content-Type": []}, "responses": [{"statusCode": 200, "description": "OK", "Content-Type": [{}]}]}`, nil
	}
	got := fmt.Sprint(*table(t, Options{Describe: describe}, "x.tlpp", source).Routes()[0])
	want := "{tlpp GET /a  U_A   [{log query integer true Logs}] []  false false false false  x  A: title one\ntwo  [{200 OK}] x.tlpp 3}"
	if got != want {
		t.Errorf("route is %s; want %s", got, want)
	}
	for name, describe := range map[string]func(string) (string, error){
		"error":   func(string) (string, error) { return "", errors.New("broken") },
		"no JSON": func(string) (string, error) { return "x", nil },
		"long":    func(string) (string, error) { return strings.Repeat(" ", 300<<10), nil },
	} {
		if got := faults(t, Options{Describe: describe}, "x.tlpp", source); !strings.HasPrefix(got, "warning x.tlpp:3: U_DOC does not describe U_A: ") {
			t.Errorf("%s: faults are %s", name, got)
		}
	}
}

// TestDescribedTwice is about a function that adds to what the annotation says.
func TestDescribedTwice(t *testing.T) {
	const source = `#include "tlpp-rest.th"
@Get(endpoint="/a", description="[U_DOC]", title="Annotated", responses='[{"statusCode":404,"description":"None"}]')
User Function a()
Return
`
	for said, want := range map[string]string{
		"":                             "Annotated |  | [{404 None}]",
		`{"description": "at length"}`: "Annotated | at length | [{404 None}]",
		`{"title": "Said", "responses": [{"statusCode": 200}]}`: "Said |  | [{200 }]",
	} {
		r := table(t, Options{Describe: func(string) (string, error) { return said, nil }}, "x.tlpp", source).Routes()[0]
		if got := fmt.Sprint(r.Title, " | ", r.Description, " | ", r.Responses); got != want {
			t.Errorf("with %q the route is %s; want %s", said, got, want)
		}
	}
}

// TestSameNameForTwoVerbs sends what routes are called by to an object of their class.
func TestSameNameForTwoVerbs(t *testing.T) {
	p := program(t, "x.prw", `#include "restful.ch"
WSRESTFUL s DESCRIPTION "s"
WSMETHOD GET item DESCRIPTION "g" PATH "a"
WSMETHOD POST item DESCRIPTION "p" PATH "a"
END WSRESTFUL
WSMETHOD POST item WSSERVICE s
Return "posted"
WSMETHOD GET item WSSERVICE s
Return "got"
`)
	routes, _ := Build(p, Options{})
	for method, want := range map[string]string{"GET": "got", "POST": "posted"} {
		m, _ := find(routes, method+" /s/a")
		th := advpl.NewThread(p, vm.Options{})
		object, err := th.Instance(m.Route.Class)
		if err != nil {
			t.Fatal(err)
		}
		v, err := th.Send(object, m.Route.Name)
		if err != nil || v.Text() != want {
			t.Errorf("%s of %s gives %v, %v; want %s", m.Route.Name, m.Route.Class, v, err, want)
		}
	}
}
