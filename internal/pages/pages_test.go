package pages

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/language"
)

func TestLanguageIsChosen(t *testing.T) {
	for _, test := range []struct {
		target string
		accept []string
		want   string
	}{
		{"/webapp", nil, "en"},
		{"/webapp", []string{"pt-BR,pt;q=0.9,en;q=0.8"}, "pt-BR"},
		{"/webapp", []string{"pt-PT"}, "pt-BR"},
		{"/webapp", []string{"es-MX"}, "es"},
		{"/webapp", []string{"de", "es;q=0.3"}, "es"},
		{"/webapp", []string{"ja"}, "en"},
		{"/webapp", []string{"!!"}, "en"},
		{"/webapp", []string{strings.Repeat("es,", 300)}, "en"},
		{"/webapp?lang=es", []string{"pt-BR"}, "es"},
		{"/webapp?lang=PT-br", nil, "pt-BR"},
		{"/webapp?lang=xx", []string{"pt-BR"}, "pt-BR"},
		{"/webapp?lang=%zz", []string{"es"}, "es"},
	} {
		r := httptest.NewRequest("GET", test.target, nil)
		r.Header["Accept-Language"] = test.accept
		if got := Choose(r).Tag(); got != test.want {
			t.Errorf("%s with %.40q: %q; want %q", test.target, test.accept, got, test.want)
		}
	}
}

func TestEveryLanguageHasItsWords(t *testing.T) {
	for _, l := range all {
		if l.Tag() == "" || l.Name() == "" || l.Skip() == "" || l.Label() == "" {
			t.Errorf("language %d has the words %q", l, words[l])
		}
		if _, i, _ := matcher.Match(language.MustParse(l.Tag())); Language(i) != l {
			t.Errorf("%s is taken for %s", l.Tag(), Language(i).Tag())
		}
	}
}

func TestWrite(t *testing.T) {
	page := Parse(fstest.MapFS{"p.html": {Data: []byte(
		`{{define "title"}}T{{end}}{{define "content"}}{{.Word}}{{end}}{{define "footer"}}<footer></footer>{{end}}`)}}, "p.html")
	data := struct {
		Frame
		Word string
	}{Frame{Spanish, "<site>", "/start", "/style.css?v=1"}, "<b>"}
	for method, wanted := range map[string][]string{
		"GET": {
			`<html lang="es">`, `<title>T – &lt;site&gt;</title>`, `<link rel="icon" href="data:,">`, `href="/style.css?v=1"`,
			`href="/start?lang=es">&lt;site&gt;</a>`, `lang="es" aria-current="true">Español</a>`, `lang="en">English</a>`, `&lt;b&gt;`, `<footer></footer>`,
		},
		"HEAD": nil,
	} {
		rec := httptest.NewRecorder()
		Write(rec, httptest.NewRequest(method, "/", nil), 404, page, Spanish, data)
		for _, want := range wanted {
			if !strings.Contains(rec.Body.String(), want) {
				t.Errorf("%s: no %s in\n%s", method, want, rec.Body)
			}
		}
		if h := rec.Header(); rec.Code != 404 || h.Get("Content-Language") != "es" || h.Get("Vary") != "Accept-Language" || h.Get("Content-Length") == "" {
			t.Errorf("%s is %d %v", method, rec.Code, h)
		}
		if method == "HEAD" && rec.Body.Len() > 0 {
			t.Errorf("HEAD has the body %q", rec.Body)
		}
	}
}

func TestAsset(t *testing.T) {
	a := NewAsset([]byte("text"), "text/plain", Private)
	for target, want := range map[string]string{
		"/a": "no-cache", "/a?v=old": "no-cache", a.URL("/a"): "private, max-age=31536000, immutable",
	} {
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
		h := rec.Header()
		if rec.Code != 200 || rec.Body.String() != "text" || h.Get("Cache-Control") != want || h.Get("Content-Type") != "text/plain" {
			t.Errorf("GET %s = %d %v; want Cache-Control %s", target, rec.Code, h, want)
		}
		again := httptest.NewRequest("GET", "/a", nil)
		again.Header.Set("If-None-Match", h.Get("ETag"))
		rec = httptest.NewRecorder()
		if a.ServeHTTP(rec, again); rec.Code != 304 {
			t.Errorf("GET with the ETag = %d; want 304", rec.Code)
		}
	}
	if other := NewAsset([]byte("other"), "text/plain", Private); other.URL("/a") == a.URL("/a") {
		t.Error("different contents have the same URL")
	}
}
