package lib

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestParseNumIsNearest compares with strconv, which gives the nearest double.
func TestParseNumIsNearest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		digits := strconv.FormatUint(random.Uint64()>>random.IntN(64), 10)
		at := random.IntN(len(digits) + 1)
		text := digits[:at] + "." + digits[at:]
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			want = 0 // a point only
		}
		for _, s := range []string{text, "  " + text + "x", "+" + text, text + ".5"} {
			if got := parseNum(s); got != want {
				t.Fatalf("parseNum(%q) = %v; want %v", s, got, want)
			}
		}
		if got := parseNum("-" + text); got != -want || math.Signbit(got) && got == 0 {
			t.Fatalf("parseNum(%q) = %v; want %v", "-"+text, got, -want)
		}
	}
	for text, want := range map[string]float64{
		"": 0, ".": 0, "-": 0, "-.": 0, ".5": 0.5, "-.5": -0.5, "5.": 5, "1.2.3": 1.2, "0.1": 0.1, "000000000000000000001.5": 1.5,
		"123456789012345.6": 123456789012345.6, "99999999999999999999": 1e20, "0." + strings.Repeat("0", 400) + "1": 0,
	} {
		if got := parseNum(text); got != want {
			t.Errorf("parseNum(%q) = %v; want %v", text, got, want)
		}
	}
}

// TestShortDecimals shows that decimals are found as they were written.
func TestShortDecimals(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		decimals := random.IntN(7)
		n := random.Uint64N(1e9) + 1
		text := strconv.FormatFloat(float64(n)/tens[decimals], 'f', -1, 64)
		f, _ := strconv.ParseFloat(text, 64)
		if got := shortNum(f); got != text {
			t.Fatalf("shortNum(%s) = %s", text, got)
		}
		if got := shortNum(-f); got != "-"+text {
			t.Fatalf("shortNum(-%s) = %s", text, got)
		}
	}
}

func TestCompact(t *testing.T) {
	for day, want := range map[int]string{
		0: "        ", dayOf(1, 1, 1): "00010101", dayOf(9999, 12, 31): "99991231", dayOf(2026, 11, 22): "20261122",
	} {
		if got := compact(day); got != want {
			t.Errorf("compact(%d) = %q; want %q", day, got, want)
		}
	}
}
