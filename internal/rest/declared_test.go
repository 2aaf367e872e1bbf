package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap"
)

// noting is a response writer as the port's are.
type noting struct {
	*httptest.ResponseRecorder
	path string
}

func (n *noting) Note(...zap.Field)    {}
func (n *noting) NotePath(path string) { n.path = path }

// What stands in the place of a parameter may be the name of a person, whatever becomes of
// the request.
func TestLogShowsDeclaredPaths(t *testing.T) {
	cors := CORS{Enable: true, Origins: []string{"*"}}
	b := newBench(t, Options{}, Mount{Path: "/rest", CORS: cors}, Mount{Path: "/few", Methods: []string{"POST"}, Exits: Exits{OnAllow: "U_ONLYHELLO"}})
	server := b.Listener("", http.NotFoundHandler())
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/rest/hello/maria", "/rest/hello/:name"},
		{"HEAD", "/rest/hello/maria", "/rest/hello/:name"},
		{"OPTIONS", "/rest/hello/maria", "/rest/hello/:name"},
		{"PUT", "/rest/hello/maria", "/rest/hello/:name"},
		{"GET", "/few/hello/maria", "/few/hello/:name"},
		{"GET", "/rest/hello/maria?a=%zz", "/rest/hello/:name"},
		{"GET", "/rest/nothing/at/all", ""},
		{"GET", "/rest/healthcheck", ""},
		{"GET", "/rest/openapi.json", ""},
	} {
		w := &noting{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Origin", "https://a.example")
		r.Header.Set("Access-Control-Request-Method", "GET")
		server.ServeHTTP(w, r)
		if w.path != tt.want {
			t.Errorf("%s %s is logged as %q; want %q", tt.method, tt.path, w.path, tt.want)
		}
	}
	b.config.Partial = true
	if err := b.load(program, Mount{Path: "/rest", Exits: Exits{OnAllow: "U_BADLIST"}}); err != nil {
		t.Fatal(err)
	}
	w := &noting{ResponseRecorder: httptest.NewRecorder()}
	server.ServeHTTP(w, httptest.NewRequest("GET", "/rest/hello/maria", nil))
	if w.Code != http.StatusServiceUnavailable || w.path != "/rest/*" {
		t.Errorf("without usable programs it is %d and logged as %q", w.Code, w.path)
	}
}
