package probat

import (
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Bounds of what is kept of one test.
const (
	maxAsserts  = 10_000   // and warnings
	maxRecorded = 8 << 20  // bytes of their texts
	maxKept     = 64 << 20 // bytes of all tests of a run, with what an assertion takes beside texts
	maxText     = 2 << 10  // bytes of one text
	maxReport   = 16 << 10
)

// recorder takes what the assertions of one thread say. It is found through Thread.Local.
type recorder struct {
	at     site
	test   *Test      // that runs; nil between tests
	bytes  int        // of its texts
	count  int        // of its assertions and warnings, also those not kept
	failed bool       // an assertion did not hold
	skip   *condition // of SKIPASSERT: the next assertion is skipped if it holds

	ignoreSkips bool
	kept        *atomic.Int64 // bytes of what the tests of the run have recorded
}

type recorderKey struct{}

// recorderOf returns the recorder of the thread, or nil if it runs no test.
func recorderOf(t *vm.Thread) *recorder {
	if r := stageRecorder(t); r != nil && r.test != nil {
		return r
	}
	return nil
}

// isStage tells whether the thread is one of the engine's: it runs a test, or what decides
// which tests there are.
func isStage(t *vm.Thread) bool { return stageRecorder(t) != nil }

// stageRecorder returns the recorder of one of the engine's threads, nil for others.
func stageRecorder(t *vm.Thread) *recorder {
	r, _ := t.Local(recorderKey{}, func() any { return (*recorder)(nil) }).(*recorder)
	return r
}

// begin has the assertions recorded for the test.
func (r *recorder) begin(at site, test *Test) {
	*r = recorder{at: at, test: test, ignoreSkips: r.ignoreSkips, kept: r.kept}
}

// add records an assertion of the thread's running function.
func (r *recorder) add(t *vm.Thread, a Assert) {
	r.count++
	r.failed = r.failed || a.Status == Failed
	if f, ok := t.Frame(0); ok {
		a.Line = f.Line
	}
	a.Text, a.Expected, a.Actual = cut(a.Text, maxText), cut(a.Expected, maxText), cut(a.Actual, maxText)
	if r.fits(len(a.Text) + len(a.Expected) + len(a.Actual)) {
		r.test.Asserts = append(r.test.Asserts, a)
	}
}

// warn records a warning of the thread's running function.
func (r *recorder) warn(t *vm.Thread, text string) {
	r.count++
	w := Warning{Text: cut(text, maxText)}
	if f, ok := t.Frame(0); ok {
		w.Line = f.Line
		if f.Unit != nil {
			w.Source, w.Path = f.Unit.Name, f.Unit.Path
		}
	}
	if r.fits(len(w.Text)) {
		r.test.Warnings = append(r.test.Warnings, w)
	}
}

// fits tells whether n more bytes of text are kept.
func (r *recorder) fits(n int) bool {
	r.bytes += n
	return r.count <= maxAsserts && r.bytes <= maxRecorded && r.kept.Add(int64(n)+assertSize) <= maxKept
}

// assertSize is what an assertion takes beside its texts.
const assertSize = int64(unsafe.Sizeof(Assert{}))

// finish sets what came out of the test, err being what ended it and returned its result.
func (r *recorder) finish(t *vm.Thread, errorLog *string, returned vm.Value, err error) {
	switch {
	case errorLog != nil:
		r.expectError(t, *errorLog, err)
	case err != nil:
		r.test.Status, r.test.Message = Errored, report(t, err)
		return
	}
	r.conclude(returned)
}

// conclude sets what came out of a test that ended as it should.
func (r *recorder) conclude(returned vm.Value) {
	switch {
	case r.failed:
		r.test.Status, r.test.Message = Failed, failures(r.test.Asserts)
	case returned.Kind() == vm.Logical && !returned.Truth():
		r.test.Status, r.test.Message = Failed, "it returned .F."
	case r.count == 0:
		r.test.Status, r.test.Message = Skipped, "no assertion was made"
	case allSkipped(r.test):
		r.test.Status, r.test.Message = Skipped, "all assertions were skipped"
	}
}

// expectError records whether the error that @ErrorLog announces came.
func (r *recorder) expectError(t *vm.Thread, want string, err error) {
	a := Assert{Func: "@ErrorLog", Status: Passed, Expected: want, Line: r.test.Line}
	if err != nil {
		a.Actual = cut(report(t, err), maxText)
	}
	if !raised(t, err, want) {
		a.Status = Failed
		a.Text = "the error that @ErrorLog announces did not come"
		if first, _, _ := strings.Cut(a.Actual, "\n"); first != "" {
			a.Text = "another error came: " + strings.TrimRight(first, "\r")
		}
		r.failed = true
	}
	r.count++
	r.test.Asserts = append(r.test.Asserts, a)
}

func allSkipped(test *Test) bool {
	for _, a := range test.Asserts {
		if a.Status != Skipped {
			return false
		}
	}
	return len(test.Asserts) > 0 && len(test.Warnings) == 0
}

// failures tells the first assertion that failed and how many more did.
func failures(list []Assert) string {
	var first *Assert
	n := 0
	for i := range list {
		if list[i].Status == Failed {
			if n++; first == nil {
				first = &list[i]
			}
		}
	}
	if first == nil {
		return "an assertion failed"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "line %d: %s", first.Line, first.Func)
	if first.Actual != "" || first.Expected != "" {
		fmt.Fprintf(&b, ": got %s; want %s", first.Actual, first.Expected)
	}
	if first.Text != "" {
		b.WriteString(": " + first.Text)
	}
	if n > 1 {
		fmt.Fprintf(&b, " (and %d more)", n-1)
	}
	return b.String()
}

// report returns the text about the error that ended a call of the thread, in UTF-8.
func report(t *vm.Thread, err error) string {
	text := err.Error()
	if e, ok := asError(err); ok {
		text = e.Report(t)
	}
	return cut(inUTF8(strings.TrimSpace(text)), maxReport)
}

// inUTF8 returns s in UTF-8. Texts of this program are in UTF-8, those of others in
// the code page.
func inUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return lib.ToUTF8(s)
}

// cut returns the beginning of s, of about n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
