package lib

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzMatch compares Match with a regular expression.
func FuzzMatch(f *testing.F) {
	for _, c := range [][2]string{{"Automatic", "*m?t*i*"}, {"aab", "*a?"}, {"", "**"}, {"abcabc", "*abc"}, {"\xe7", "?"}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, text, mask string) {
		if len(text) > 50 || len(mask) > 50 || !isASCII(text) || !isASCII(mask) || mask == "" {
			return
		}
		got, err := fits(text, mask, never)
		if err != nil {
			t.Fatal(err)
		}
		expression := regexp.QuoteMeta(strings.ToUpper(mask))
		expression = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(expression)
		if want := regexp.MustCompile(`(?s)\A` + expression + `\z`).MatchString(strings.ToUpper(text)); got != want {
			t.Fatalf("Match(%q, %q) = %v; want %v", text, mask, got, want)
		}
	})
}
