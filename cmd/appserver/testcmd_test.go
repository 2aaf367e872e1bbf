package main

import (
	"bytes"
	"context"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/probat"
)

// TestTestingManual does what docs/testing.md shows: it writes the sources, runs the
// commands and compares what they print. Times differ.
func TestTestingManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	sources, commands := 0, 0
	for _, block := range regexp.MustCompile("(?ms)^```(\\S+) ?(\\S*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		switch kind, name, body := block[1], block[2], block[3]; kind {
		case "advpl":
			sources++
			write(t, name, body)
		case "console":
			for _, session := range strings.Split(body, "$ ")[1:] {
				commands++
				line, want, _ := strings.Cut(session, "\n")
				if got := shell(t, line); timeless(got) != timeless(want) {
					t.Errorf("%s prints:\n%s\ndocs/testing.md shows:\n%s", line, got, want)
				}
			}
		case "yaml":
			for _, m := range regexp.MustCompile(`(?m)^\s*- (?:run: )?(appserver .*)$`).FindAllStringSubmatch(body, -1) {
				commands++
				if got := shell(t, m[1]); !strings.Contains(got, "1 of 4 tests failed") {
					t.Errorf("%s prints:\n%s", m[1], got)
				}
			}
		}
	}
	if sources != 5 || commands != 8 {
		t.Errorf("found %d sources and %d commands; want 5 and 8", sources, commands)
	}
	for _, name := range []string{"results.xml", "cover.info", "cover/index.html"} {
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			t.Errorf("the commands did not write %s: %v", name, err)
		}
	}
}

// TestTestingManualNamesAllAsserts compares the manual with the engine.
func TestTestingManualNamesAllAsserts(t *testing.T) {
	text, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, name := range regexp.MustCompile("`(assert\\w+)").FindAllStringSubmatch(string(text), -1) {
		named[strings.ToUpper(name[1])] = true
	}
	there := map[string]bool{}
	for name := range probat.Functions() {
		if strings.HasPrefix(name, "ASSERT") {
			there[name] = true
		}
	}
	if !maps.Equal(named, there) {
		t.Errorf("docs/testing.md names the assertions %v; there are %v", slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(there)))
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// shell runs an appserver command and returns all that it prints, and its exit code.
func shell(t *testing.T, line string) string {
	t.Helper()
	words := strings.Fields(line)
	if words[0] != "appserver" {
		t.Fatalf("%s: not a command of appserver", line)
	}
	var out bytes.Buffer
	if code := run(words[1:], &out, &out); code != exitOK {
		out.WriteString("exit code " + string(rune('0'+code)) + "\n")
	}
	return out.String()
}

// timeless returns text without times, and without the blanks that align them.
func timeless(text string) string {
	return regexp.MustCompile(` +\d+(\.\d+)? m?s`).ReplaceAllString(text, " TIME")
}

func TestSnapshotChanges(t *testing.T) {
	a := snapshot{"a.prw": {1, 1}, "b.prw": {1, 1}, "c.ch": {1, 1}}
	b := snapshot{"a.prw": {1, 1}, "b.prw": {2, 1}, "d.th": {1, 1}}
	if got := strings.Join(a.changes(b), "; "); got != "changed: b.prw; removed: c.ch; new: d.th" {
		t.Errorf("changes: %s", got)
	}
	if got := a.changes(a); got != nil {
		t.Errorf("no changes: %v", got)
	}
}

func TestSnapshotSeesSourcesAndHeaders(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.PRW", "in/b.tlpp", "in/c.CH", "in/.git/d.prw", "in/e.txt"} {
		write(t, name, "x")
	}
	got := slices.Sorted(maps.Keys(takeSnapshot([]string{".", "nowhere"})))
	want := []string{"a.PRW", filepath.Join("in", "b.tlpp"), filepath.Join("in", "c.CH")}
	if !slices.Equal(got, want) {
		t.Errorf("watched: %v; want %v", got, want)
	}
}

// TestAwaitChange has a file written in two steps: the change is told after the second.
func TestAwaitChange(t *testing.T) {
	before, half, whole := snapshot{"a.prw": {1, 1}}, snapshot{"a.prw": {2, 2}}, snapshot{"a.prw": {2, 3}}
	seen := []snapshot{before, half, whole, whole}
	looks := 0
	look := func() snapshot {
		looks++
		return seen[looks-1]
	}
	ticks := make(chan time.Time, len(seen))
	for range seen {
		ticks <- time.Time{}
	}
	lines := awaitChange(t.Context(), look, before, ticks)
	if !slices.Equal(lines, []string{"changed: a.prw"}) || looks != len(seen) {
		t.Errorf("awaitChange = %v after %d looks; want a.prw after %d", lines, looks, len(seen))
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if lines := awaitChange(ctx, look, before, nil); lines != nil {
		t.Errorf("awaitChange after the end of its context = %v", lines)
	}
}

func TestSome(t *testing.T) {
	lines := strings.Fields("a b c d e f g")
	if got := strings.Join(some(lines), " "); got != "a b c d e and 2 more" || len(lines) != 7 {
		t.Errorf("some = %s", got)
	}
}

func TestColorsWanted(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"TERM": "xterm"}, true},
		{map[string]string{"TERM": "dumb"}, false},
		{map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false},
	} {
		if got := colorsWanted(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("colorsWanted with %v = %v; want %v", c.env, got, c.want)
		}
	}
}

func TestHTMLFile(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "odd.html/x", "")
	for path, want := range map[string]string{
		"cover": "cover/index.html", "cover/": "cover/index.html", "c/page.HTML": "c/page.HTML",
		"page.htm": "page.htm", "odd.html": "odd.html/index.html", ".": "index.html",
	} {
		if got := filepath.ToSlash(htmlFile(path)); got != want {
			t.Errorf("htmlFile(%s) = %s; want %s", path, got, want)
		}
	}
}

// TestHeapGoal wants room for all programs that run at once, and no bound where that
// overflows.
func TestHeapGoal(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		memory   int64
		programs int
		want     int64
	}{
		{512 * mib, 1, (1024 + 128) * mib},
		{512 * mib, 4, (4096 + 128) * mib},
		{(math.MaxInt64 >> 20) * mib, 1, math.MaxInt64},
		{math.MaxInt64 / 4, 1000, math.MaxInt64},
	} {
		if got := heapGoal(c.memory, c.programs); got != c.want {
			t.Errorf("heapGoal(%d, %d) = %d; want %d", c.memory, c.programs, got, c.want)
		}
	}
}
