package rest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{
		"/api": true, "/api/": true, "/api/x/y": true, "/rest": true, "/rest/x": true,
		"/": false, "": false, "/apis": false, "/restful": false, "/API": false, "/x/api": false, "api": false,
	} {
		if got := Owns(path); got != want {
			t.Errorf("Owns(%q) = %v; want %v", path, got, want)
		}
	}
}

func TestNotFound(t *testing.T) {
	for _, test := range []struct{ name, method, target, detail string }{
		{"plain", "GET", "/api/nothing", "GET /api/nothing has no route."},
		{"no query in the answer", "GET", "/rest/x?token=secret", "GET /rest/x has no route."},
		{"no redirect to a clean path", "GET", "/rest//x/../y?password=secret", "GET /rest//x/../y has no route."},
		{"hostile", "GET", "/api/%3Cscript%3E%22%00", "GET /api/<script>\"\x00 has no route."},
		{"not UTF-8", "GET", "/api/%ff", "GET /api/\ufffd has no route."},
		{"long", "GET", "/api/" + strings.Repeat("é", 500), "GET /api/" + strings.Repeat("é", 123) + "… has no route."},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			NotFound(rec, httptest.NewRequest(test.method, test.target, nil))
			if got := decode(t, rec); rec.Code != 404 || got.Code != 404 || got.DetailedMessage != test.detail {
				t.Errorf("answer %d, body %d %q; want 404, %q", rec.Code, got.Code, got.DetailedMessage, test.detail)
			}
		})
	}
}

func decode(t *testing.T, rec *httptest.ResponseRecorder) errorBody {
	t.Helper()
	if got := rec.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q; want application/json", got)
	}
	if !utf8.Valid(rec.Body.Bytes()) {
		t.Errorf("body %q is not UTF-8", rec.Body)
	}
	var members map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &members); err != nil || len(members) != 3 {
		t.Fatalf("body %q has members %v, error %v; want three members", rec.Body, members, err)
	}
	var body errorBody
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestMessageLanguage(t *testing.T) {
	for _, test := range []struct {
		accept         []string
		tag, beginning string
	}{
		{nil, "en", "There is nothing"},
		{[]string{"pt-BR,pt;q=0.9,en;q=0.5"}, "pt-BR", "Não há nada"},
		{[]string{"pt-PT"}, "pt-BR", "Não há nada"},
		{[]string{"es-AR"}, "es", "No hay nada"},
		{[]string{"de, es;q=0.5"}, "es", "No hay nada"},
		{[]string{"de", "es;q=0.5"}, "es", "No hay nada"},
		{[]string{"ja"}, "en", "There is nothing"},
		{[]string{"en;q=0.1, es;q=0.9"}, "es", "No hay nada"},
		{[]string{"*"}, "en", "There is nothing"},
		{[]string{";;;q=x"}, "en", "There is nothing"},
		{[]string{strings.Repeat("es,", 400)}, "en", "There is nothing"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/api", nil)
		r.Header["Accept-Language"] = test.accept
		rec := httptest.NewRecorder()
		WriteError(rec, r, http.StatusNotFound, "", "")
		if got := decode(t, rec).Message; !strings.HasPrefix(got, test.beginning) {
			t.Errorf("with Accept-Language %.60q message = %q; want %q…", test.accept, got, test.beginning)
		}
		if got := rec.Header().Get("Content-Language"); got != test.tag {
			t.Errorf("with Accept-Language %.60q Content-Language = %q; want %q", test.accept, got, test.tag)
		}
	}
}

func TestOwnMessageIsKept(t *testing.T) {
	rec := httptest.NewRecorder()
	WriteError(rec, httptest.NewRequest(http.MethodGet, "/api", nil), http.StatusConflict, "Ação já concluída", "why")
	got := decode(t, rec)
	if want := (errorBody{409, "Ação já concluída", "why"}); got != want {
		t.Errorf("body = %+v; want %+v", got, want)
	}
	if got := rec.Header().Get("Content-Language"); got != "" {
		t.Errorf("Content-Language = %q; want none: nobody said", got)
	}
}

func TestEveryMessageIsInEveryLanguage(t *testing.T) {
	for status, texts := range messages {
		for i, text := range texts {
			if text == "" {
				t.Errorf("message of %d has no text in %v", status, languages[i])
			}
		}
	}
	for status := 400; status < 600; status++ {
		for _, tag := range languages {
			if statusMessage(tag, status) == "" {
				t.Errorf("statusMessage(%v, %d) is empty", tag, status)
			}
		}
	}
}
