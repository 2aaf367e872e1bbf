package webapp

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
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
		r := request("GET", test.target, func(r *http.Request) { r.Header["Accept-Language"] = test.accept })
		if got := chooseTexts(r).Tag; got != test.want {
			t.Errorf("%s with %.40q: %q; want %q", test.target, test.accept, got, test.want)
		}
	}
}

func TestLanguageLinks(t *testing.T) {
	page := parse(t, serve(New(options(Certificate{})), request("GET", "/webapp?lang=pt-BR")))
	var links []string
	for _, a := range page.all("a") {
		if lang := attr(a, "hreflang"); lang != "" {
			links = append(links, attr(a, "href")+" "+lang+" "+text(a)+" "+attr(a, "aria-current"))
		}
	}
	want := []string{"?lang=en en English ", "?lang=pt-BR pt-BR Português true", "?lang=es es Español "}
	if !slices.Equal(links, want) {
		t.Errorf("links = %q; want %q", links, want)
	}
}

// TestEveryLanguageHasEveryText also demands the same verbs everywhere, and
// that a text was translated at all unless it is the same word.
func TestEveryLanguageHasEveryText(t *testing.T) {
	reference := flatten(reflect.ValueOf(english), "")
	for i := range languages {
		lang := &languages[i]
		for name, got := range flatten(reflect.ValueOf(*lang), "") {
			if strings.TrimSpace(got) == "" {
				t.Errorf("%s: %s has no text", lang.Tag, name)
			}
			if g, w := verbs(got), verbs(reference[name]); !slices.Equal(g, w) {
				t.Errorf("%s: %s has verbs %q; want %q", lang.Tag, name, g, w)
			}
			if lang != &languages[0] && got == reference[name] && len(strings.Fields(got)) > 2 {
				t.Errorf("%s: %s is in English: %q", lang.Tag, name, got)
			}
		}
	}
}

var verb = regexp.MustCompile(`%.`)

func verbs(s string) []string { return verb.FindAllString(s, -1) }

// flatten returns the strings in v by their path.
func flatten(v reflect.Value, path string) map[string]string {
	out := make(map[string]string)
	switch v.Kind() {
	case reflect.String:
		out[path] = v.String()
	case reflect.Array:
		for i := range v.Len() {
			mergeInto(out, flatten(v.Index(i), path+"#"+string(rune('1'+i))))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			mergeInto(out, flatten(v.Field(i), path+"."+v.Type().Field(i).Name))
		}
	}
	return out
}

func mergeInto(dst, src map[string]string) {
	for k, v := range src {
		dst[k] = v
	}
}

// TestEveryTextIsUsed keeps the texts free of what no page shows.
func TestEveryTextIsUsed(t *testing.T) {
	var sources strings.Builder
	for _, name := range []string{"pages/layout.html", "pages/home.html", "pages/missing.html"} {
		content, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(content)
	}
	for _, name := range []string{"home.go", "certificate.go", "connection.go", "platforms.go", "pages.go"} {
		sources.Write(readSource(t, name))
	}
	for field := range reflect.TypeFor[texts]().Fields() {
		if !regexp.MustCompile(`\b(T|t)\.`+field.Name+`\b`).MatchString(sources.String()) && field.Name != "Language" {
			t.Errorf("no page uses the text %s", field.Name)
		}
	}
}
