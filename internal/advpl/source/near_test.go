package source

import (
	"slices"
	"strings"
	"testing"
)

func TestNear(t *testing.T) {
	names := []string{"AllTrim", "RTrim", "LTrim", "Trim", "SubStr", "StrTran", "AAdd", "Len", "Left"}
	for _, c := range []struct {
		name string
		want []string
	}{
		{"alltrin", []string{"AllTrim"}},
		{"trimm", []string{"Trim", "LTrim", "RTrim"}},
		{"sbustr", []string{"SubStr"}},
		{"adad", []string{"AAdd"}},
		{"Len", []string{"Len"}},
		{"", nil},
		{"x", nil},
		{"nothing", nil},
		{strings.Repeat("a", 65), nil},
	} {
		if got := Near(c.name, names); !slices.Equal(got, c.want) {
			t.Errorf("Near(%q) = %q; want %q", c.name, got, c.want)
		}
	}
	if got := Near("aa", []string{"ab", "ab", "ac", "ad", "ae"}); !slices.Equal(got, []string{"ab", "ac", "ad"}) {
		t.Errorf("Near gives %q; want three names, each once", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"A", "", 1}, {"", "AB", 2}, {"AB", "BA", 1}, {"ABC", "ABC", 0}, {"ABC", "XBC", 1},
		{"ABCD", "ACBD", 1}, {"KITTEN", "SITTING", 3}, {"ABCDEF", "UVWXYZ", 4},
	} {
		if got := distance(c.a, c.b, 3); got != c.want {
			t.Errorf("distance(%q, %q) = %d; want %d", c.a, c.b, got, c.want)
		}
	}
}
