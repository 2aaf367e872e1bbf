package lib

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

func TestMatchRegex(t *testing.T) {
	th := thread(t, vm.Options{})
	for _, c := range []struct {
		pattern, text string
		full, want    bool
	}{
		{"a+", "aaa", true, true},
		{"a+", "baaa", true, false},
		{"a+", "baaa", false, true},
		{"a|ab", "ab", true, true},
		{"^a$", "ba", false, false},
		{"\xe7.", "\xe7\xe3", true, true},
		{"(?i)\xe7", "\xc7", true, true},
		{"", "", true, true},
		{`\Qa.b`, "a.b", true, true},
		{"a|", "a", true, true},
	} {
		got, err := MatchRegex(th, c.pattern, c.text, c.full)
		if got != c.want || err != nil {
			t.Errorf("MatchRegex(%q, %q, %v) = %v, %v; want %v", c.pattern, c.text, c.full, got, err, c.want)
		}
	}
	if _, err := MatchRegex(th, "(", "", false); err == nil {
		t.Error("a broken expression has no error")
	}
}

// TestRegexIsInterrupted cancels a thread while it matches: the time of all matches of
// this pattern grows with the square of the text.
func TestRegexIsInterrupted(t *testing.T) {
	body := `Return Len(Regex():New("x.*z|x"):Split(Replicate("x", 10000000)))`
	th := thread(t, vm.Options{}, build(t, "main.prw", "Function Main()\n"+body+"\n"))
	stop := errors.New("stop")
	time.AfterFunc(20*time.Millisecond, func() { th.Cancel(stop) })
	start := time.Now()
	if _, err := th.Call("MAIN"); !errors.Is(err, stop) {
		t.Errorf("err = %v; want %v", err, stop)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("the thread ended after %v", took)
	}
}

func TestRegexLimits(t *testing.T) {
	for _, body := range []string{
		`Local c := Replicate("x", 500)` + "\n" + `Return Regex():New("x"):ReplaceAll(@c, "yyy")`,
		`Local c := "x"` + "\n" + `Return Regex():New("x"):ReplaceAll(@c, Replicate("y", 900) + Replicate("y", 200))`,
	} {
		_, err := run(t, vm.Options{Limits: vm.Limits{String: 1000}}, body)
		if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenStrOverflow {
			t.Errorf("%s: err = %v; want one with code %d", body, err, vm.GenStrOverflow)
		}
	}
}

// fullyMatches tells whether Go matches all of s. An unclosed quotation is closed first.
func fullyMatches(expression, s string) bool {
	re, err := regexp.Compile(`\A(?:` + expression + `)\z`)
	if err != nil {
		re = regexp.MustCompile(`\A(?:` + expression + `\E)\z`)
	}
	return re.MatchString(s)
}

// FuzzRegex compares what is found with what Go finds in the same text as UTF-8, which is
// of one byte a character if the text is ASCII.
func FuzzRegex(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*", "baac"}, {"\\b", "ab cd"}, {"x.*z|x", "xxxx"}, {"(?m)^a$", "b\na\n"}, {"[^a]", "\xe7"}, {"(a|b)*?c", "abcab"},
		{"(?i)K", "\xe7k"}, {"(?U)a+", "aaa"}, {"\\A", "aa"}, {"$", "a\n"}, {"((a{50}){50}){50}", "a"}, {"(?=a)", ""}, {"\\Qa.b", "a.b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, s string) {
		p, err := compilePattern(text, "")
		if err != nil || len(s) > 500 {
			return
		}
		th := thread(t, vm.Options{})
		var got [][2]int
		if err := p.each(th, s, -1, func(start, end int) error {
			got = append(got, [2]int{start, end})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !isASCII(s) {
			return
		}
		re := regexp.MustCompile(toUTF8(text))
		want := re.FindAllStringIndex(s, -1)
		if len(got) != len(want) {
			t.Fatalf("%q in %q: %v; want %v", text, s, got, want)
		}
		for i, at := range want {
			if got[i] != [2]int(at) {
				t.Fatalf("%q in %q: %v; want %v", text, s, got, want)
			}
		}
		full, err := p.matchesAll(newSubject(s, never))
		if err != nil {
			t.Fatal(err)
		}
		if want := fullyMatches(toUTF8(text), s); full != want {
			t.Fatalf("%q matches all of %q: %v; want %v", text, s, full, want)
		}
		if strings.Contains(s, text) && regexp.QuoteMeta(text) == text && len(got) == 0 {
			t.Fatalf("%q not found in %q", text, s)
		}
	})
}

// TestMatchRegexPolls matches a long text in a cancelled thread.
func TestMatchRegexPolls(t *testing.T) {
	th := thread(t, vm.Options{})
	stop := errors.New("stop")
	th.Cancel(stop)
	if _, err := MatchRegex(th, strings.Repeat("(x*)*", 1500), strings.Repeat("x", 1<<20), true); !errors.Is(err, stop) {
		t.Errorf("err = %v; want %v", err, stop)
	}
}
