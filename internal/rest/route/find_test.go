package route

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"appserver/internal/exchange"
	"appserver/internal/glob"
)

// pairs reads a query.
func pairs(query string) []exchange.Pair {
	var list []exchange.Pair
	for p := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(p, "=")
		if name != "" {
			list = append(list, exchange.Pair{Name: name, Value: value})
		}
	}
	return list
}

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		glob, text string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"?", "", false}, {"?", "ç", true}, {"?", "ab", false},
		{"?*", "", false}, {"?*", "a", true}, {"a*c", "abbc", true}, {"a*c", "abb", false}, {"*b*", "abc", true}, {"A", "a", false},
		{"/normal/*", "/normal/", true}, {"/normal/*", "/normal/a/b", true}, {"/normal/?*", "/normal/", false},
		{"***a", "a", true}, {"a?c", "a\xffc", true}, {"*\xff", "\xff", true},
	} {
		if got := glob.Match(test.glob, test.text); got != test.want {
			t.Errorf("glob.Match(%q, %q) = %v; want %v", test.glob, test.text, got, test.want)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"*", "a*?", true}, {"?*", "?*", true}, {"?*", "*", false}, {"*?", "?*", false}, {"a", "a", true}, {"a", "?", false},
		{"??", "ab", true}, {"a*", "ab*c", true}, {"a?", "a*", false}, {"x*", "*", false},
	} {
		if got := glob.Covers(test.a, test.b); got != test.want {
			t.Errorf("glob.Covers(%q, %q) = %v; want %v", test.a, test.b, got, test.want)
		}
	}
}

// A Logix route has one declared path, whatever it was asked by; so permissions of that path
// cannot be passed.
func TestDeclared(t *testing.T) {
	routes := table(t, Options{Declare: func(string) ([]Declaration, error) {
		return []Declaration{{"GET", "/*", "", "sizes1"}}, nil
	}}, "t.tlpp", tlppSource, "l.tlpp", logixSource)
	for path, want := range map[string]string{
		"/api/wms/v1/sizes/a": "/api/wms/v1/sizes/a", "/restlogix/WMS/V1/Sizes/A": "/api/wms/v1/sizes/A", "/users/1": "/users/1",
	} {
		segments, _ := Split(path)
		m, _ := routes.Find("GET", segments, nil)
		if got := "/" + strings.Join(m.Declared(), "/"); m.Route == nil || got != want {
			t.Errorf("%s is declared as %s; want %s", path, got, want)
		}
	}
}

func TestSplitBounds(t *testing.T) {
	for path, want := range map[string]bool{
		"": true, "/": true, "//": false, "a": false, "/a": true, "/a/": true, "/a//": false, "/a%2F..%2Fb": true, "/.%2e": false,
		strings.Repeat("/a", 64): true, strings.Repeat("/a", 65): false,
		"/" + strings.Repeat("a", 8<<10+1): false,
	} {
		if segments, ok := Split(path); ok != want {
			t.Errorf("Split(%.40q) = %q, %v; want %v", path, segments, ok, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"/a/b", "/%2e/x", "/a%2Fb/", "", "/é/%C3%A9", "/%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments, ok := Split(path)
		if !ok {
			return
		}
		var again strings.Builder
		for _, s := range segments {
			if s == "" || s == "." || s == ".." || strings.Contains(s, "\x00") {
				t.Fatalf("Split(%q) has the segment %q", path, s)
			}
			again.WriteString("/" + url.PathEscape(s))
		}
		if back, ok := Split(again.String()); !ok && again.Len() <= maxPath || ok && !slices.Equal(back, segments) {
			t.Fatalf("Split(%q) = %q; encoded again it is %q", path, segments, back)
		}
	})
}

// FuzzFind finds routes of all models: what is found has the method, and its parameters
// are segments of the path.
func FuzzFind(f *testing.F) {
	routes := table(f, Options{Declare: func(string) ([]Declaration, error) {
		return []Declaration{{"GET", "/a/?*", "q=*", "sizes1"}, {"GET", "/*", "", "sizes2"}}, nil
	}}, "t.tlpp", tlppSource, "c.prw", classicSource, "l.tlpp", logixSource)
	for _, s := range []string{"/users/1", "/api/wms/v1/sizes/a/b", "/SAMPLENEW/x", "/users/%2F"} {
		f.Add("GET", s, "q=1")
	}
	f.Fuzz(func(t *testing.T, method, path, query string) {
		segments, ok := Split(path)
		if !ok {
			return
		}
		m, allow := routes.Find(method, segments, pairs(query))
		if m.Route == nil {
			if slices.Contains(allow, method) && !strings.HasPrefix(strings.ToLower(path), "/api/") && !strings.HasPrefix(strings.ToLower(path), "/restlogix/") {
				t.Fatalf("%s %s has no route but is allowed: %v", method, path, allow)
			}
			return
		}
		if m.Route.Method != method && !(method == "HEAD" && m.Route.Method == "GET") {
			t.Fatalf("%s %s is %s of %s", method, path, m.Route.Method, m.Route.Handler())
		}
		for _, p := range m.Params {
			if !slices.Contains(segments, p.Value) {
				t.Fatalf("%s %s has the parameter %v", method, path, p)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	routes := table(b, Options{}, "t.tlpp", tlppSource, "c.prw", classicSource)
	for _, path := range []string{"/users/7", "/users/7/roles/admin", "/samplenew/1", "/nothing/at/all"} {
		b.Run(strings.ReplaceAll(path[1:], "/", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				segments, _ := Split(path)
				routes.Find("GET", segments, nil)
			}
		})
	}
}
