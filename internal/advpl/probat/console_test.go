package probat

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the expected files under testdata anew")

// golden compares got with the file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew); got:\n%s", path, got)
	}
}

// sample is a run with one of everything.
func sample() *Run {
	started := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return &Run{
		ID: "20260304050607", Code: "20260304050607", Type: "all", Started: started, Duration: 1234 * time.Millisecond,
		Fixtures: []*Fixture{{
			Name: "SUM.U_TESTSUM", Source: "test/sum.tlpp", Line: 5, Namespace: "SUM", Suite: "all", Owner: "core",
			Started: started, Duration: 400 * time.Microsecond,
			Tests: []*Test{{Name: "U_TestSum", Line: 5, Duration: 400 * time.Microsecond, Asserts: []Assert{
				{Func: "assertEquals", Text: "1 + 1", Line: 7, Expected: "2", Actual: "2"},
			}}},
		}, {
			Name: "CALC.CALCTEST", Source: "test/calc.tlpp", Line: 9, Namespace: "CALC", Suite: "fast", Target: "calc.tlpp",
			Started: started, Duration: 1200 * time.Millisecond, Output: "before\nção\x1b[0m\n",
			Tests: []*Test{
				{Name: "Adds", Line: 30, Text: "adds numbers", Status: Failed, Duration: 12 * time.Millisecond,
					Message: "line 31: assertEquals: got 12; want 10: <sum> of \"negatives\"",
					Asserts: []Assert{
						{Func: "assertTrue", Line: 30},
						{Func: "assertEquals", Text: `<sum> of "negatives"`, Line: 31, Status: Failed, Expected: "10", Actual: "12"},
						{Func: "assertEquals", Line: 32, Status: Failed,
							Expected: `"` + strings.Repeat("0123456789", 20) + `a\u00e7\u00e3o ` + strings.Repeat("x", 100) + `"`,
							Actual:   `"` + strings.Repeat("0123456789", 20) + `acao ` + strings.Repeat("x", 100) + `"`},
						{Func: "assertEquals", Line: 33, Status: Failed, Expected: `"the same until here"`, Actual: `"the same until there"`},
						{Func: "assertNil", Line: 34, Status: Failed, Actual: `"\u0001"`},
					}},
				{Name: "Divides", Line: 40, Status: Errored, Duration: time.Second, Message: "divide by zero on CALCTEST:DIVIDES\nCalled from X\n"},
				{Name: "Later", Line: 50, Status: Skipped, Message: "skipped: system windows"},
				{Name: "Warns", Line: 60, Asserts: []Assert{{Func: "assertTrue", Line: 61, Status: Skipped}},
					Warnings: []Warning{{Text: "slow", Source: "CALC.TLPP", Path: "test/calc.tlpp", Line: 62}}},
				{Name: "Returns", Line: 70, Status: Failed, Message: "it returned .F."},
			},
		}, {
			Name: "SUM.NOTHING", Source: "test/sum.tlpp", Line: 80, Suite: "all",
			Tests: []*Test{{Name: "Nothing", Line: 81, Status: Skipped, Message: "no assertion was made"}},
		}},
	}
}

// onConsole returns what a console writes about the run.
func onConsole(t *testing.T, c Console, r *Run) string {
	t.Helper()
	var b strings.Builder
	c.W, c.Width = &b, len("SUM.U_TESTSUM")
	for _, f := range r.Fixtures {
		c.Fixture(f)
	}
	if err := c.Summary(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestConsole(t *testing.T) {
	golden(t, "console.txt", onConsole(t, Console{}, sample()))
	golden(t, "console_verbose.txt", onConsole(t, Console{Verbose: true}, sample()))
	golden(t, "console_color.txt", onConsole(t, Console{Color: true}, sample()))
	good := sample()
	good.Fixtures = good.Fixtures[:1]
	golden(t, "console_good.txt", onConsole(t, Console{}, good))
	good.Fixtures = append(good.Fixtures, sample().Fixtures[2])
	golden(t, "console_skipped.txt", onConsole(t, Console{}, good))
}

// TestConsoleIsHarmless prints texts of programs that are commands for terminals.
func TestConsoleIsHarmless(t *testing.T) {
	evil := "\x1b]0;x\a\rok\n\u009b2J\u202e\x7f"
	r := &Run{Fixtures: []*Fixture{{Name: evil, Source: evil, Output: evil, Tests: []*Test{{
		Name: evil, Text: evil, Message: evil, Status: Errored, Warnings: []Warning{{Text: evil, Source: evil}},
		Asserts: []Assert{{Func: "assertTrue", Text: evil, Status: Failed, Expected: evil, Actual: evil}},
	}}}}}
	got := onConsole(t, Console{Verbose: true}, r)
	if i := strings.IndexFunc(strings.ReplaceAll(got, "\n", ""), isHarmful); i >= 0 {
		t.Errorf("there are control characters in %q", got)
	}
	if !strings.Contains(got, `\u001b]0;x\u0007\u000dok`) || strings.Contains(got, "\nok") {
		t.Errorf("the console shows %q", got)
	}
}

type failingWriter struct{}

var errFull = errors.New("no space left")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestConsoleWriteError(t *testing.T) {
	c := Console{W: failingWriter{}}
	c.Fixture(sample().Fixtures[0])
	if err := c.Summary(sample()); !errors.Is(err, errFull) {
		t.Errorf("Summary = %v; want %v", err, errFull)
	}
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		`"a\u00e7\u00e3o"`:         `"ação"`,
		`"\u0080 5"`:               `"€ 5"`,
		`"\u0081\u001b"`:           `"\u0081\u001b"`,
		`"\\u00e7"`:                `"\\u00e7"`,
		`"\\\u00e7"`:               `"\\ç"`,
		`"\u00"`:                   `"\u00"`,
		`"\u00zz"`:                 `"\u00zz"`,
		`\u00`:                     `\u00`,
		`{1,"\""}`:                 `{1,"\""}`,
		`"\u00a0\u00ad\u00` + "\\": `"\u00a0\u00ad\u00` + "\\",
	} {
		if got := shown(in); got != want {
			t.Errorf("shown(%s) = %s; want %s", in, got, want)
		}
	}
}

func TestComparison(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, c := range []struct {
		expected, actual string
		differs          int
		want             string
	}{
		{"10", "12", 0, "expected: 10\nactual:   12"},
		{`"same but later"`, `"same but Later"`, 0, "expected: \"same but later\"\nactual:   \"same but Later\""},
		{`"quite the same, but later"`, `"quite the same, but Later"`, 0,
			"expected: \"quite the same, but later\"\nactual:   \"quite the same, but Later\"\n" + strings.Repeat(" ", 31) + "^"},
		{long + "b", long, 0,
			"expected: …" + long[:40] + "b\nactual:   …" + long[:40] + "\n" + strings.Repeat(" ", 51) + "^ they differ from character 301 on"},
		{long, "b", 0, "expected: " + long[:100] + "…\nactual:   b"},
		{long, long, 0, "expected: …" + long[:40] + "\nactual:   …" + long[:40]},
		{"…" + long[:64] + "b", "…" + long[:64] + "c", 5001,
			"expected: …" + long[:40] + "b\nactual:   …" + long[:40] + "c\n" + strings.Repeat(" ", 51) + "^ they differ from character 5001 on"},
	} {
		if got := strings.Join(comparison(c.expected, c.actual, c.differs), "\n"); got != c.want {
			t.Errorf("comparison(%.30s, %.30s):\n%s\nwant\n%s", c.expected, c.actual, got, c.want)
		}
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 ms", 1234 * time.Microsecond: "1.2 ms", 12 * time.Millisecond: "12 ms",
		1500 * time.Millisecond: "1.50 s", 90 * time.Second: "1m30s",
	} {
		if got := took(d); got != want {
			t.Errorf("took(%v) = %s; want %s", d, got, want)
		}
	}
}
