package webapp

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"appserver/internal/pages"
)

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
		lang, tag := &languages[i], pages.Language(i).Tag()
		for name, got := range flatten(reflect.ValueOf(*lang), "") {
			if strings.TrimSpace(got) == "" {
				t.Errorf("%s: %s has no text", tag, name)
			}
			if g, w := verbs(got), verbs(reference[name]); !slices.Equal(g, w) {
				t.Errorf("%s: %s has verbs %q; want %q", tag, name, g, w)
			}
			if lang != &languages[0] && got == reference[name] && len(strings.Fields(got)) > 2 {
				t.Errorf("%s: %s is in English: %q", tag, name, got)
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

func readSource(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestEveryTextIsUsed keeps the texts free of what no page shows.
func TestEveryTextIsUsed(t *testing.T) {
	var sources strings.Builder
	for _, name := range []string{"pages/frame.html", "pages/home.html", "pages/missing.html"} {
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
		if !regexp.MustCompile(`\b(T|t)\.` + field.Name + `\b`).MatchString(sources.String()) {
			t.Errorf("no page uses the text %s", field.Name)
		}
	}
}
