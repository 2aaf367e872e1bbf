package probat_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"appserver/internal/advpl/probat"
)

// TestLongValues wants values that differ behind what is kept of a text to be shown where
// they differ.
func TestLongValues(t *testing.T) {
	r := run(t, &probat.Engine{Program: program(t, "long"), Options: options()})
	asserts := r.Fixtures[0].Tests[0].Asserts
	if len(asserts) != 6 {
		t.Fatalf("%d assertions; want 6", len(asserts))
	}
	for i, want := range []int{5001, 5603, 5007, 0, 0, 5001} {
		a := asserts[i]
		if a.Differs != want {
			t.Errorf("%s:%d: Differs = %d; want %d", a.Func, a.Line, a.Differs, want)
		}
		if a.Status == probat.Failed && a.Actual == a.Expected {
			t.Errorf("%s:%d shows %.100s twice", a.Func, a.Line, a.Actual)
		}
		if cut := strings.HasPrefix(a.Actual, "…"); cut != (want > 0) || len(a.Actual) > 2100 {
			t.Errorf("%s:%d: actual is %.100s", a.Func, a.Line, a.Actual)
		}
	}
	var b strings.Builder
	c := &probat.Console{W: &b}
	c.Fixture(r.Fixtures[0])
	ten := strings.Repeat("0123456789", 4)
	wantContains(t, b.String(),
		"expected: …"+ten+"ãa0123", "actual:   …"+ten+"ça0123", "^ they differ from character 5001 on\n",
		`"é 700","second"}`, `"é 700","first"}`, "^ they differ from character 5603 on\n",
		`two"}`, `one"}`, "^ they differ from character 5007 on\n",
		`0123456789more"`, "^ they differ from character 5001 on\n")
	b.Reset()
	if err := probat.WriteJUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	message, _, _ := strings.Cut(b.String(), `type="assertEquals"`)
	wantContains(t, message, "ãa0123", "ça0123")
}

// TestOddAnnotations wants annotations that count for nothing to be told, and no others.
func TestOddAnnotations(t *testing.T) {
	r := run(t, &probat.Engine{Program: program(t, "odd"), Options: options()})
	var got []string
	for _, w := range r.Warnings {
		got = append(got, fmt.Sprintf("%s:%d %s", filepath.ToSlash(w.Path), w.Line, w.Text))
	}
	want := []string{
		"testdata/engine/odd.tlpp:8 U_FORGOTTEN has @Test but not @TestFixture: it does not run",
		"testdata/engine/odd.tlpp:12 U_MISSPELT: @TestFixture has no property suit; it has suite, owner, thread, priority, description, runwithall, rwa, target, folder",
		"testdata/engine/odd.tlpp:25 Alone:never has @Test but its class not @TestFixture: it does not run",
		"testdata/engine/odd.tlpp:47 Derived:own: @Test has no property time; it has description",
		"testdata/engine/odd.tlpp:52 HIDDEN has @TestFixture but is static: it does not run",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the run warns\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := r.Count(); c.Tests != 3 || c.Passed != 3 {
		t.Errorf("%d of %d tests passed; want 3 of 3", c.Passed, c.Tests)
	}
	for _, name := range []string{"asserts", "lifecycle", "selection", "skip", "config"} {
		if r := run(t, &probat.Engine{Program: program(t, name), Options: options()}); len(r.Warnings) > 0 {
			t.Errorf("%s warns %v", name, r.Warnings)
		}
	}
	var b strings.Builder
	c := &probat.Console{W: &b}
	if err := c.Summary(r); err != nil {
		t.Fatal(err)
	}
	wantContains(t, b.String(), "warn  U_FORGOTTEN has @Test but not @TestFixture: it does not run  testdata/engine/odd.tlpp:8\n")
}

// TestNothingSelected wants a selection that finds nothing to be said and to fail, unless
// it is of what failed before.
func TestNothingSelected(t *testing.T) {
	s := newServer(t, "selection")
	for _, tc := range []struct {
		call string
		want string // "": it does not fail
	}{
		{"export", "probat: no run to export\n"},
		{"export type:custom zzz", "probat: no run to export is of type:custom zzz\n"},
		{"export custom:zzz", "probat: no run to export is of custom:zzz\n"},
		{"export type:code 1 2", "probat: no run to export is of type:code 1, 2\n"},
		{"run type:suite naotem", "probat: no fixture is of type:suite naotem\n"},
		{"runOffCoverage type:owner a b", "probat: no fixture is of type:owner a, b\n"},
		{"run type:suite", "probat: no fixture was selected: type:suite is given without a name\n"},
		{"run type:suite shared", ""},
		{"run type:fail", ""},
		{"run", ""},
		{"export", ""},
	} {
		words := strings.Fields(tc.call)
		s.must("tlpp.probat."+words[0], words[1:]...)
		if s.failed != (tc.want != "") || !strings.HasSuffix(s.out.String(), tc.want) {
			t.Errorf("%s: failed = %v, printed\n%s\nwant %q", tc.call, s.failed, s.out.String(), tc.want)
		}
	}
}
