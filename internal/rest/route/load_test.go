package route

import (
	"strings"
	"testing"
)

const loadedSource = `
#include "tlpp-core.th"
#include "tlpp-rest.th"
namespace sample
@Get("/api/sample")
Function u_api()
Return .T.
Function u_plain()
Return .T.
Static Function hidden()
Return .T.
Class dyn
	Public Method New() Constructor
	Public Method answer()
EndClass
Method New() Class dyn
Return Self
Method answer() Class dyn
Return .T.
`

func TestLoaded(t *testing.T) {
	table := table(t, Options{Load: []Loaded{
		{Method: "GET", Path: "/plain", EndPoint: []string{"plain", "get"}, Function: "sample.u_plain"},
		{Method: "PUT", Path: "plain/", Function: "SAMPLE.U_PLAIN"},
		{Method: "GET", Path: "/class/*", EndPoint: []string{"class", ":param"}, Class: "sample.dyn", Function: "answer"},
		{Method: "GET", Path: "/two/*/and/*", Function: "sample.u_plain"},
		{Method: "GET", Path: "/users/:id", EndPoint: []string{"users", ":id"}, Function: "sample.u_plain"},
		{Method: "GET", Path: "/api/sample", Function: "sample.u_api"}, // the annotation says so too
	}}, "a.tlpp", loadedSource)
	for _, tt := range []struct{ method, path, handler, declared, params string }{
		{"GET", "/plain", "SAMPLE.U_PLAIN", "/plain", ""},
		{"PUT", "/plain", "SAMPLE.U_PLAIN", "/plain", ""},
		{"GET", "/class/7", "SAMPLE.DYN:ANSWER", "/class/:param", "param=7"},
		{"GET", "/two/a/and/b", "SAMPLE.U_PLAIN", "/two/:param1/and/:param2", "param1=a param2=b"},
		{"GET", "/users/9", "SAMPLE.U_PLAIN", "/users/:id", "id=9"},
		{"GET", "/api/sample", "SAMPLE.U_API", "/api/sample", ""},
	} {
		segments, _ := Split(tt.path)
		m, _ := table.Find(tt.method, segments, nil)
		if m.Route == nil {
			t.Errorf("%s %s has no route", tt.method, tt.path)
			continue
		}
		var params []string
		for _, p := range m.Params {
			params = append(params, p.Name+"="+p.Value)
		}
		if got := strings.Join(params, " "); m.Route.Handler() != tt.handler || m.Route.Path != tt.declared || got != tt.params {
			t.Errorf("%s %s = %s %s %s; want %s %s %s", tt.method, tt.path, m.Route.Handler(), m.Route.Path, got, tt.handler, tt.declared, tt.params)
		}
		if loaded := tt.path != "/api/sample"; m.Route.Loaded != loaded || m.Route.Model != TLPP || m.Route.File != "a.tlpp" || m.Route.Line == 0 {
			t.Errorf("%s %s = %+v; want one of a.tlpp, loaded %v", tt.method, tt.path, m.Route, loaded)
		}
	}
	if n := len(table.Routes()); n != 6 {
		t.Errorf("%d routes; want 6", n)
	}
}

func TestLoadedFaults(t *testing.T) {
	for _, tt := range []struct {
		loaded Loaded
		want   string
	}{
		{Loaded{Method: "GET", Path: "/x", Function: "u_none"}, "error CONFIG: the programs have no function u_none\n"},
		{Loaded{Method: "GET", Path: "/x", Function: "hidden"}, "error CONFIG: the programs have no function hidden\n"},
		{Loaded{Method: "GET", Path: "/x", Function: "Upper"}, "error CONFIG: the programs have no function Upper\n"},
		{Loaded{Method: "GET", Path: "/x", Class: "sample.dyn", Function: "other"}, "error CONFIG: the programs have no class sample.dyn with a method other\n"},
		{Loaded{Method: "GET", Path: "/x", Class: "none", Function: "answer"}, "error CONFIG: the programs have no class none with a method answer\n"},
		{Loaded{Method: "TRACE", Path: "/x", Function: "sample.u_plain"}, `error a.tlpp:8: CONFIG: the path "/x" of SAMPLE.U_PLAIN has the method "TRACE", which no route can have` + "\n"},
		{Loaded{Method: "GET", Path: "/a b", Function: "sample.u_plain"}, "error a.tlpp:8: CONFIG: the path \"/a b\" of SAMPLE.U_PLAIN has the character ' ', which no path can have\n"},
		{Loaded{Method: "GET", Path: "/api/sample", Function: "sample.u_plain"},
			"error a.tlpp:8: SAMPLE.U_PLAIN answers GET /api/sample, which is the route of SAMPLE.U_API (a.tlpp:6): give one of them another path or method\n"},
	} {
		tt.loaded.From = "CONFIG"
		if got := faults(t, Options{Load: []Loaded{tt.loaded}}, "a.tlpp", loadedSource); got != tt.want {
			t.Errorf("%+v\n got %q\nwant %q", tt.loaded, got, tt.want)
		}
	}
}
