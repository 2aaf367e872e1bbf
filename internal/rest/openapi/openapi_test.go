package openapi

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl"
	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/pages"
	"appserver/internal/rest/route"
)

var update = flag.Bool("update", false, "write testdata anew")

// table builds the routes of testdata.
func table(t testing.TB) *route.Table {
	t.Helper()
	compiler := build.NewCompiler(build.Options{Unkept: true})
	var units []*code.Unit
	for _, name := range []string{"orders.tlpp", "users.prw", "sizes.prw"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		unit, findings := compiler.Source(name, string(text))
		if unit == nil {
			t.Fatalf("%s does not compile: %v", name, findings)
		}
		units = append(units, unit)
	}
	p, err := advpl.Link(units)
	if err != nil {
		t.Fatal(err)
	}
	routes, faults := route.Build(p, route.Options{Declare: sizes})
	for _, f := range faults {
		t.Errorf("unexpected fault: %v", f)
	}
	return routes
}

func sizes(string) ([]route.Declaration, error) {
	return []route.Declaration{
		{Method: "GET", Path: "/normal/?*", Query: "fields=*", Func: "sizes_one"},
		{Method: "GET", Path: "/*", Query: "order=size,client=*", Func: "sizes_all"},
		{Method: "GET", Path: "/*", Func: "sizes_all"},
		{Method: "POST", Path: "/*", Func: "sizes_all"},
	}, nil
}

var options = Options{
	Title: "Sample <API>", Version: "2.1", Base: "/rest", Secure: true, Basic: true, TokenPath: "/api/oauth2/v1/token",
	Public: func(r *route.Route) bool { return r.Path == "/orders" && r.Method == "GET" },
}

// get asks one of the handlers.
func get(t *testing.T, o Options, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	h := Handlers(table(t), o)
	path, query, _ := strings.Cut(path, "?")
	r := httptest.NewRequest(http.MethodGet, "/rest"+path+"?"+query, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h[path].ServeHTTP(rec, r)
	return rec
}

func TestDocument(t *testing.T) {
	rec := get(t, options, DocumentPath)
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(golden, rec.Body.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if rec.Body.String() != string(want) {
		t.Errorf("the document is not that of %s (go test -update writes it anew):\n%s", golden, rec.Body)
	}
	if got := rec.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q", got)
	}
	tag := rec.Header().Get("ETag")
	if again := get(t, options, DocumentPath, "If-None-Match", tag); again.Code != http.StatusNotModified {
		t.Errorf("with If-None-Match: %s status = %d; want 304", tag, again.Code)
	}
}

// TestOpenDocument is about a mount that wants no credentials and shows only some routes.
func TestOpenDocument(t *testing.T) {
	o := Options{Only: []string{"api"}}
	var doc struct {
		Servers    []struct{ URL string }
		Paths      map[string]any
		Security   []any
		Components map[string]any
	}
	if err := json.Unmarshal(get(t, o, DocumentPath).Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) != 2 || doc.Servers[0].URL != "/" || doc.Security != nil || doc.Components["securitySchemes"] != nil {
		t.Errorf("document is %+v", doc)
	}
}

// TestOverlaps is about routes of several models at one documented path: that of the model
// which answers is described.
func TestOverlaps(t *testing.T) {
	param := func(name string) []route.Param { return []route.Param{{Name: name, In: "path", Type: "integer"}} }
	list := operations([]*route.Route{
		{Model: route.Logix, Method: "GET", Path: "/api/a/v1/b/?*", Service: "logix", Description: "a"},
		{Model: route.Logix, Method: "PUT", Path: "/api/a/v1/b", Service: "logix", Description: "b"},
		{Model: route.Logix, Method: "PUT", Path: "/api/a/v1/b/*", Service: "logix"},
		{Model: route.Logix, Method: "POST", Path: "/api/a/v1/b", Query: "x=*", Service: "logix"},
		{Model: route.Logix, Method: "POST", Path: "/api/a/v1/b/*", Service: "logix"},
		{Model: route.TLPP, Method: "GET", Path: "/api/a/v1/b/:id", Params: param("id"), Service: "tlpp", Description: "c"},
		{Model: route.Classic, Method: "GET", Path: "/api/a/v1/b/{key}", Params: param("key"), Service: "classic"},
	}, Options{})
	var got []string
	for _, o := range list {
		got = append(got, fmt.Sprintf("%s %s: %s, %s, %d", o.method(), o.path, o.first().Service, o.description(), len(o.params)))
	}
	want := []string{
		"POST /api/a/v1/b: logix, What is answered depends on the query: x=*., 0",
		"PUT /api/a/v1/b: logix, b, 0",
		"GET /api/a/v1/b/{id}: tlpp, c, 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("operations are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestListInJSON(t *testing.T) {
	for _, accept := range []string{"", "*/*", "application/json", "application/json, text/html"} {
		rec := get(t, options, ListPath, "Accept", accept)
		var list struct {
			Items []struct {
				Name, Description string
				Routes            []struct{ Method, Path, Description, OperationID string }
			}
			HasNext bool
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil {
			t.Fatalf("Accept %q: %v", accept, err)
		}
		if len(list.Items) != 3 || list.Items[0].Name != "Users" || list.Items[0].Description != "People & more" ||
			list.Items[0].Routes[0].Path != "/rest/Users" || list.Items[0].Routes[0].OperationID != "getUsers" {
			t.Errorf("Accept %q: list is %+v", accept, list)
		}
		if strings.Contains(rec.Body.String(), ".prw") || strings.Contains(rec.Body.String(), ".tlpp") {
			t.Errorf("the list names sources: %s", rec.Body)
		}
	}
}

// What clients of the original read.
func TestListOfEndpoints(t *testing.T) {
	rec := get(t, options, ServicesPath)
	if got := rec.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q", got)
	}
	var list []struct {
		Endpoint, Type, Doc string
		Methods             []struct{ Method, Description string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, fmt.Sprintf("%s %s %s %v", e.Endpoint, e.Type, e.Doc, e.Methods))
	}
	for _, want := range []string{
		"/orders tlpp sample.orders [{GET All orders, a page at a time} {POST }]",
		"/Users/badge/:id classic People & more [{GET Badge} {PUT Badge}]",
		"/api/wms/v1/sizes/normal/:param1 logix wms_v1_sizes [{GET }]",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if rec := get(t, Options{Only: []string{"none"}}, ServicesPath); strings.TrimSpace(rec.Body.String()) != "[]" {
		t.Errorf("the list of nothing is %s", rec.Body)
	}
}

func TestPages(t *testing.T) {
	for _, test := range []struct{ path, lang, want string }{
		{ListPath, "pt-BR", "<h1>Serviços</h1>"},
		{ListPath, "es", "<h1>Servicios</h1>"},
		{ListPath, "de", "<h1>Services</h1>"},
		{PagePath, "pt-BR", "<h1>Documentação</h1>"},
		{ListPath, "en", `<a href="/rest/openapi?lang=en#getOrdersById"><span class="method GET">GET</span> <code>/rest/orders/{id}</code></a>`},
		{ListPath, "en", "Sample &lt;API&gt;"},
		{PagePath, "en", "&lt;b&gt;bold&lt;/b&gt;"},
		{PagePath, "en", `data-path="/orders/{id}"`},
		{PagePath, "en", "<code>errorCode, errorMessage</code>"},
		{PagePath, "en", `<span class="tag">public</span>`},
	} {
		rec := get(t, options, test.path, "Accept", "text/html,*/*;q=0.1", "Accept-Language", test.lang)
		page := rec.Body.String()
		if rec.Code != 200 || !strings.Contains(page, test.want) {
			t.Errorf("%s in %s is %d without %s:\n%s", test.path, test.lang, rec.Code, test.want, page)
		}
		if strings.Contains(page, "<b>") || strings.Contains(page, ".tlpp") || strings.Contains(page, "ZgotmplZ") {
			t.Errorf("%s shows markup or sources of programs:\n%s", test.path, page)
		}
		csp := rec.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(page, "style=") || strings.Contains(page, "onclick") {
			t.Errorf("%s has the policy %q", test.path, csp)
		}
	}
	if rec := get(t, options, ListPath+"?lang=es", "Accept", "text/html"); rec.Header().Get("Content-Language") != "es" {
		t.Errorf("?lang=es gives %q", rec.Header().Get("Content-Language"))
	}
}

func TestAssets(t *testing.T) {
	for path, media := range map[string]string{StylePath: "text/css; charset=utf-8", ScriptPath: "text/javascript; charset=utf-8"} {
		rec := get(t, options, path)
		if rec.Code != 200 || rec.Header().Get("Content-Type") != media || rec.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s is %d %v", path, rec.Code, rec.Header())
		}
	}
	if rec := get(t, options, style.URL(StylePath)); !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a version of the style sheet has %v", rec.Header())
	}
}

func TestOtherMethods(t *testing.T) {
	for path, h := range Handlers(nil, Options{}) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
		if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s = %d, Allow %q", path, rec.Code, rec.Header().Get("Allow"))
		}
		rec = httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodOptions, "/", nil))
		if rec.Code != http.StatusNoContent || rec.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("OPTIONS %s = %d, Allow %q", path, rec.Code, rec.Header().Get("Allow"))
		}
		rec = httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodHead, "/", nil))
		if rec.Code != http.StatusOK {
			t.Errorf("HEAD %s = %d", path, rec.Code)
		}
	}
	rec := httptest.NewRecorder()
	Handlers(nil, Options{})[ListPath].ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if body, _ := io.ReadAll(rec.Body); !strings.Contains(string(body), `"items": []`) {
		t.Errorf("the list of nothing is %s", body)
	}
}

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	for i, l := range languages {
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), `:""`) {
			t.Errorf("a text is missing in %s: %s", pages.Language(i).Tag(), data)
		}
	}
}
