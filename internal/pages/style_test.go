package pages

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func styleSheet(t *testing.T) string {
	t.Helper()
	content, err := assets.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestContrast holds the colours of the style sheet against WCAG 2.1, AA: a
// ratio of 4.5 for text.
func TestContrast(t *testing.T) {
	css := styleSheet(t)
	light, dark, ok := strings.Cut(css, "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("style sheet has no dark colours")
	}
	dark, _, _ = strings.Cut(dark, "box-sizing")
	for scheme, part := range map[string]string{"light": light, "dark": dark} {
		colours := variables(part)
		for _, pair := range [][2]string{
			{"text", "ground"}, {"text", "surface"}, {"muted", "surface"}, {"accent", "surface"}, {"accent", "ground"},
			{"accent-strong", "surface"}, {"on-accent", "accent"}, {"on-accent", "accent-strong"}, {"text", "code-ground"},
			{"warning", "surface"}, {"bad", "surface"},
			{"good", "good-ground"}, {"warning", "warning-ground"}, {"bad", "bad-ground"}, {"neutral", "neutral-ground"},
			{"text", "good-ground"}, {"text", "warning-ground"}, {"text", "bad-ground"}, {"text", "neutral-ground"},
			{"accent", "neutral-ground"},
		} {
			if got := contrast(t, colours[pair[0]], colours[pair[1]]); got < 4.5 {
				t.Errorf("%s: %s on %s has contrast %.2f; want 4.5", scheme, pair[0], pair[1], got)
			}
		}
	}
}

var variable = regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{6})`)

func variables(css string) map[string]string {
	out := make(map[string]string)
	for _, m := range variable.FindAllStringSubmatch(css, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// contrast is the contrast ratio of WCAG 2.1.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) != len("#rrggbb") {
		t.Fatalf("colour %q is not defined", colour)
	}
	var sum float64
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
