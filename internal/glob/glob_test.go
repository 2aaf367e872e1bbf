package glob

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"a", "a", true}, {"A", "a", false}, {"ab", "abc", false},
		{"*", "", true}, {"*", "abc", true}, {"**", "", true}, {"***a", "a", true}, {"a*", "ba", false}, {"*b*", "abc", true},
		{"a*c", "abbc", true}, {"a*c", "abb", false}, {"*abc", "ababc", true}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false},
		{"ab*bc", "abc", false}, {"*ab*ab", "ab", false}, {"*ab*ab", "abab", true}, {"/wms/*", "/wms/a/b", true}, {"/wms/*", "/wms", false},
		{"?", "", false}, {"?", "a", true}, {"?", "ab", false}, {"?*", "", false}, {"?*", "a", true}, {"*?", "ab", true}, {"**?", "a", true},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"*a?c*", "aabcc", true}, {"*?a?", "aaba", false}, {"*?a?", "baab", true},
		{"?", "ç", true}, {"??", "ç", false}, {"*?", "ação", true}, {"*ç?o", "ação", true}, {"a?c", "a\xffc", true}, {"*\xff", "\xff", true},
		{"???", "\xc3\xc3\xa9", false}, {"*??", "\xc3\xc3\xa9", true}, {"[a]", "a", false}, {`\*`, `\x`, true},
	} {
		if got := Match(test.pattern, test.text); got != test.want {
			t.Errorf("Match(%q, %q) = %v; want %v", test.pattern, test.text, got, test.want)
		}
	}
}

func TestMatchStars(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"a?", "ab", false}, {"a?", "a?", true}, {"*?", "a", false}, {"*?*", "a?b", true}, {"a*", "a?", true}, {"**", "", true},
	} {
		if got := MatchStars(test.pattern, test.text); got != test.want {
			t.Errorf("MatchStars(%q, %q) = %v; want %v", test.pattern, test.text, got, test.want)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, other string
		want           bool
	}{
		{"*", "a*?", true}, {"?*", "?*", true}, {"?*", "*", false}, {"*?", "?*", false}, {"a", "a", true}, {"a", "?", false},
		{"??", "ab", true}, {"a*", "ab*c", true}, {"a?", "a*", false}, {"x*", "*", false}, {"*?b", "*b", false}, {"*?b", "a?b", true},
	} {
		if got := Covers(test.pattern, test.other); got != test.want {
			t.Errorf("Covers(%q, %q) = %v; want %v", test.pattern, test.other, got, test.want)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	text := strings.Repeat("á", 1000) + "b"
	if n := testing.AllocsPerRun(10, func() { Match("?*á?*b*?á*b", text) }); n > 0 {
		t.Errorf("Match allocates %v times", n)
	}
}

// FuzzMatch compares with the regular expression that says the same.
func FuzzMatch(f *testing.F) {
	f.Add("a*?b", "axxb")
	f.Add("***?", "\xff")
	f.Add("*ç?o", "ação")
	f.Add("a?*??", "a*?")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 100 || !utf8.ValidString(pattern) || strings.ContainsRune(pattern, utf8.RuneError) {
			return // such an expression means other things
		}
		stars := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
		for name, test := range map[string]struct {
			got  bool
			want string
		}{
			"Match":      {Match(pattern, text), strings.ReplaceAll(stars, `\?`, `.`)},
			"MatchStars": {MatchStars(pattern, text), stars},
		} {
			if want := regexp.MustCompile(`(?s)^` + test.want + `$`).MatchString(text); test.got != want {
				t.Errorf("%s(%q, %q) = %v; want %v", name, pattern, text, test.got, want)
			}
		}
	})
}

// FuzzCovers looks for a text that other stands for and pattern does not.
func FuzzCovers(f *testing.F) {
	f.Add("a*?b", "ax?b", "axyb")
	f.Add("?*", "a*", "a")
	f.Fuzz(func(t *testing.T, pattern, other, text string) {
		if max(len(pattern), len(other), len(text)) > 100 {
			return
		}
		filled := strings.NewReplacer("*", text, "?", "x").Replace(other)
		for _, s := range []string{text, filled, strings.ReplaceAll(other, "*", "")} {
			if Covers(pattern, other) && Match(other, s) && !Match(pattern, s) {
				t.Fatalf("Covers(%q, %q), but only the latter stands for %q", pattern, other, s)
			}
		}
	})
}
