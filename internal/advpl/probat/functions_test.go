package probat_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// server is an environment whose programs run tests.
type server struct {
	t        *testing.T
	program  *vm.Program
	root     string
	settings map[string]string // of [PROBAT]
	now      func() time.Time
	out      bytes.Buffer // what the last call printed
	failed   bool         // what TestsFailed said after it
}

func newServer(t *testing.T, sources ...string) *server {
	return &server{t: t, program: program(t, sources...), root: t.TempDir(), settings: map[string]string{},
		now: func() time.Time { return noon }}
}

// thread makes a thread as a process of its own would have it.
func (s *server) thread(t testing.TB, out *bytes.Buffer) *vm.Thread {
	t.Helper()
	host := &lib.Surroundings{StartPath: `\System\`, Environment: "ENV", Version: "1.2.3",
		Setting: func(section, key string) (string, bool) {
			v, ok := s.settings[key]
			return v, ok && section == "PROBAT"
		}}
	if s.root != "" {
		files, err := rootfs.Open(s.root)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = files.Close() })
		host.Files = files
	}
	o := options()
	o.Now, o.Data, o.Stdout = s.now, host, out
	return s.program.NewThread(o)
}

func (s *server) call(name string, args ...string) (vm.Value, error) {
	s.t.Helper()
	s.out.Reset()
	th := s.thread(s.t, &s.out)
	var values []vm.Value
	for _, a := range args {
		values = append(values, vm.Str(a))
	}
	v, err := th.Call(name, values...)
	s.failed = probat.TestsFailed(th)
	return v, err
}

// must calls a function that works.
func (s *server) must(name string, args ...string) string {
	s.t.Helper()
	v, err := s.call(name, args...)
	if err != nil {
		s.t.Fatalf("%s%q: %v", name, args, err)
	}
	return lib.Inspect(v)
}

// file returns the text of a file below the root path.
func (s *server) file(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// totals reads the sums of an exported file.
func (s *server) totals(name string) (tests, failures, skipped int) {
	s.t.Helper()
	var doc struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	if err := xml.Unmarshal([]byte(s.file(name)), &doc); err != nil {
		s.t.Fatal(err)
	}
	return doc.Tests, doc.Failures, doc.Skipped
}

func (s *server) wantTotals(name string, tests, failures, skipped int) {
	s.t.Helper()
	if a, b, c := s.totals(name); a != tests || b != failures || c != skipped {
		s.t.Errorf("%s has %d tests, %d failures, %d skipped; want %d, %d, %d", name, a, b, c, tests, failures, skipped)
	}
}

func wantContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

// TestNested wants tests to be refused that a function wants to run which decides about tests:
// they would never end.
func TestNested(t *testing.T) {
	s := newServer(t, "nested")
	s.must("tlpp.probat.run")
	wantContains(t, s.out.String(), "a test cannot run tests", "1 of 1 test failed")
}

// TestPipeline is what a script does: two runs with one identifier and their export, each
// in a process of its own.
func TestPipeline(t *testing.T) {
	s := newServer(t, "selection", "skip")
	if got := s.must("tlpp.probat.run", "custom:ID 1", "type:suite", "only"); got != `"20261122120000"` {
		t.Errorf("the first run = %s; want the code of its time", got)
	}
	if !s.failed {
		t.Error("TestsFailed = false after a run with a test that fails")
	}
	wantContains(t, s.out.String(), "FAIL", "EXCLUSIVE", "1 of 1 test failed")
	if got := s.must("tlpp.probat.run", "custom:ID 1"); got != `"20261122120001"` {
		t.Errorf("the second run = %s; want the next code", got)
	}
	s.must("tlpp.probat.run", "custom:other", "type:source", "selection.tlpp")
	if got := s.must("tlpp.probat.export", "type:custom", "ID 1"); got != ".T." {
		t.Errorf("export = %s; want .T.", got)
	}
	s.wantTotals("System/results.xml", 1+18, 1+1, 7)
	if got := s.must("tlpp.probat.export", "type:code", "20261122120000"); got != ".T." {
		t.Errorf("export = %s; want .T.", got)
	}
	s.wantTotals("System/results.xml", 1, 1, 0)
	s.must("tlpp.probat.export", "type:custom", "ID 1", "other")
	s.wantTotals("System/results.xml", 1+18+8, 1+1+2, 7)
	s.must("tlpp.probat.export")
	s.wantTotals("System/results.xml", 8, 2, 0)
	if got := s.must("tlpp.probat.export", "type:custom", "nobody"); got != ".F." {
		t.Errorf("export of an unknown identifier = %s; want .F.", got)
	}
}

func TestExportNames(t *testing.T) {
	for _, tc := range []struct{ pattern, results, coverage string }{
		{"", "System/results.xml", "System/coverage.xml"},
		{"mine", "System/mine.xml", "System/mine_coverage.xml"},
		{"*mine", "System/unit-mine.xml", "System/coverage-mine.xml"},
		{"mine*", "System/mine-unit.xml", "System/mine-coverage.xml"},
		{`..\..\out\mine`, "System/out/mine.xml", "System/out/mine_coverage.xml"},
	} {
		s := newServer(t, "selection", "goals")
		s.settings = map[string]string{"EXPORT_FILE_NAME": tc.pattern, "EXPORT_AFTER_RUN": "1", "CODECOVERAGE": "1",
			"CODECOVERAGE_EXPORT_XML": "1"}
		s.must("tlpp.probat.run")
		s.wantTotals(tc.results, 6, 0, 0)
		wantContains(t, s.file(tc.coverage), `<coverage line-rate="0.0000"`, `lines-covered="0" lines-valid="2"`,
			`<class name="goals.tlpp" filename="testdata/engine/goals.tlpp"`, `<line number="6" hits="0">`)
		s.must("tlpp.probat.export")
		s.wantTotals(tc.results, 6, 0, 0)
	}
}

func TestRunErrors(t *testing.T) {
	s := newServer(t, "selection", "skip")
	for range 2 { // nothing failed before
		s.must("tlpp.probat.run", "type:fail")
		wantContains(t, s.out.String(), "0 tests")
	}
	s.must("tlpp.probat.run")
	s.must("tlpp.probat.run", "type:suite", "only")
	s.must("tlpp.probat.run", "type:error", "custom:again")
	s.must("tlpp.probat.export", "custom:again")
	s.wantTotals("System/results.xml", 1, 1, 0)
	wantContains(t, s.file("System/results.xml"), `type="error"`, "U_CANNOTDECIDE")
}

func TestWarningsFile(t *testing.T) {
	s := newServer(t, "asserts")
	s.must("tlpp.probat.run", "type:function", "warns", "fails")
	s.must("tlpp.probat.export")
	wantContains(t, s.file("System/results_warning.xml"), `<warnings name="results_warning" date="11/22/26" time="12:00:00">`,
		`<exec code="20261122120000">`, `<warning id="1" call_source="ASSERTS.TLPP" call_line="98">mind the gap</warning>`)
}

func TestRunArguments(t *testing.T) {
	s := newServer(t, "selection")
	for _, args := range [][]string{{"type:none"}, {"colour:red"}, {"coverage:maybe"}} {
		if _, err := s.call("tlpp.probat.run", args...); err == nil {
			t.Errorf("run%q: no error; want one", args)
		}
	}
	for _, args := range [][]string{{}, {"type:all"}, {"TYPE:ALL", "param:x"}, {" type:suite", "", "shared"}, {"coverage:on"},
		{"type:source", `C:\tests\engine\selection.tlpp`}} {
		if _, err := s.call("tlpp.probat.run", args...); err != nil {
			t.Errorf("run%q: %v; want no error", args, err)
		}
	}
	th := s.thread(t, &s.out)
	if _, err := th.Call("tlpp.probat.run", vm.Bool(true), vm.Value{}); err != nil {
		t.Errorf("run(.T., NIL): %v; want no error", err)
	}
	if _, err := th.Call("tlpp.probat.run", vm.Int(1)); err == nil {
		t.Error("run(1): no error; want one")
	}
}

func TestCoverageSettings(t *testing.T) {
	s := newServer(t, "asserts", "selection", "goals", "config")
	s.settings = map[string]string{"CODECOVERAGE_PERCENT": "90", "EXPORT_AFTER_RUN": "1"}
	s.must("tlpp.probat.run", "type:source", "selection.tlpp")
	s.wantTotals("System/results.xml", 8, 2, 0)
	s.must("tlpp.probat.runOnCoverage", "type:source", "selection.tlpp")
	s.wantTotals("System/results.xml", 8+1, 2+1, 0) // goals.tlpp, of which 0 % ran, must have 50
	wantContains(t, s.file("System/results.xml"), "0.0 % of the lines ran; at least 50 % must")
	s.settings["CODECOVERAGE"] = "1"
	s.must("tlpp.probat.runOffCoverage", "type:source", "selection.tlpp")
	s.wantTotals("System/results.xml", 8, 2, 0)
	for _, value := range []string{"much", "101", "-1", "NaN"} {
		s.settings["CODECOVERAGE_PERCENT"] = value
		if _, err := s.call("tlpp.probat.run"); err == nil || !strings.Contains(err.Error(), "CODECOVERAGE_PERCENT") {
			t.Errorf("run with CODECOVERAGE_PERCENT=%s: %v; want an error about it", value, err)
		}
	}
	s.settings["CODECOVERAGE_PERCENT"] = "90 %"
	for key, value := range map[string]string{"SOURCE_PATH": "elsewhere", "SOURCE_SKIPPED_PATH": "x, engine", "CODECOVERAGE_FILTER_SRC": "elsewhere"} {
		s.settings[key] = value
		s.must("tlpp.probat.run", "type:source", "selection.tlpp")
		s.wantTotals("System/results.xml", 8, 2, 0)
		delete(s.settings, key)
	}
	s.settings["SOURCE_PATH"] = `TestData\engine\`
	s.must("tlpp.probat.run", "type:source", "selection.tlpp")
	s.wantTotals("System/results.xml", 8+1, 2+1, 0)
}

func TestCrossValidation(t *testing.T) {
	s := newServer(t, "selection", "config")
	s.settings = map[string]string{"CROSS_VALIDATION": "U_targets", "EXPORT_AFTER_RUN": "1"}
	s.must("tlpp.probat.run")
	s.wantTotals("System/results.xml", 6+2, 1, 0)
	wantContains(t, s.file("System/results.xml"), "no fixture has the target unknown.prw")
	s.must("tlpp.probat.run", "type:suite", "shared")
	s.wantTotals("System/results.xml", 1, 0, 0)
	for _, name := range []string{"U_noTargets", "U_notThere"} {
		s.settings["CROSS_VALIDATION"] = name
		s.must("tlpp.probat.run")
		s.wantTotals("System/results.xml", 6+1, 1, 0)
	}
}

func TestWithoutRootPath(t *testing.T) {
	s := newServer(t, "selection")
	s.root = ""
	if got := s.must("tlpp.probat.run"); got != `"20261122120000"` || s.failed {
		t.Errorf("run = %s, failed %v; want a code and no failure", got, s.failed)
	}
	for _, name := range []string{"tlpp.probat.export", "tlpp.probat.over.startScript"} {
		if _, err := s.call(name, "custom:x"); err == nil || !strings.Contains(err.Error(), "RootPath") {
			t.Errorf("%s: %v; want an error about the RootPath", name, err)
		}
	}
	if _, err := s.call("tlpp.probat.run", "type:error"); err == nil {
		t.Error("run of what failed before: no error; want one")
	}
}

// TestRunsWithOneID runs two processes at once: neither loses its outcome.
func TestRunsWithOneID(t *testing.T) {
	s := newServer(t, "selection")
	var group sync.WaitGroup
	codes := make([]vm.Value, 6)
	for i := range codes {
		var out bytes.Buffer
		th := s.thread(t, &out)
		group.Go(func() {
			var err error
			if codes[i], err = th.Call("tlpp.probat.run", vm.Str("custom:both")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, c := range codes {
		seen[c.Text()] = true
	}
	if len(seen) != len(codes) {
		t.Errorf("the codes are %v; want all to differ", seen)
	}
	for range 2 {
		s.must("tlpp.probat.export", "type:custom", "both")
		s.wantTotals("System/results.xml", 6*len(codes), 0, 0)
	}
}

// TestStoreIsBounded also wants files that are no runs to do no harm.
func TestStoreIsBounded(t *testing.T) {
	s := newServer(t, "selection")
	s.must("tlpp.probat.run", "type:suite", "none")
	folder := filepath.Join(s.root, "db_sys", "probat")
	for i := range 300 {
		name := time.Unix(int64(i), 0).UTC().Format("20060102150405") + ".json"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(`{"ID":["no run"`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.must("tlpp.probat.run", "type:suite", "shared")
	if names, _ := filepath.Glob(filepath.Join(folder, "*.json")); len(names) != 200 {
		t.Errorf("the store holds %d files; want 200", len(names))
	}
	s.must("tlpp.probat.export")
	s.wantTotals("System/results.xml", 1, 0, 0)
	if names, _ := filepath.Glob(filepath.Join(folder, "*.tmp")); len(names) != 0 {
		t.Errorf("the store holds %v; want no such files", names)
	}
}

func TestBrokenStore(t *testing.T) {
	s := newServer(t, "selection")
	if err := os.WriteFile(filepath.Join(s.root, "db_sys"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.must("tlpp.probat.run")
	wantContains(t, s.out.String(), "results are not kept", "6 tests")
}

func TestExternalEvents(t *testing.T) {
	s := newServer(t, "selection")
	s.settings["EXPORT_FILE_NAME"] = "all"
	clock := noon
	s.now = func() time.Time { clock = clock.Add(time.Second); return clock }
	for _, call := range []string{
		"startScript custom:ID", "setPlan custom:ID 1:compile 2:run 3:pack", "startStep custom:ID step:1",
		"assertOK custom:ID step:1 message:compiled", "endStep custom:ID 1:ok", "setStep custom:ID 2:error",
		"assertExitCode custom:ID step:2 exitCode:0 message:fine", "assertExitCode custom:ID step:2 exitCode:3 message:broken",
		"assertError custom:ID message:no_disk", "assertWarning custom:ID message:slow", "assertOK custom:other message:x",
		"endScript custom:ID",
	} {
		words := strings.Fields(call)
		if got := s.must("tlpp.probat.over."+words[0], words[1:]...); got != ".T." {
			t.Errorf("%s = %s; want .T.", call, got)
		}
	}
	s.must("tlpp.probat.export", "type:custom", "ID")
	s.wantTotals("System/all.xml", 5+3, 2+2, 0)
	wantContains(t, s.file("System/all.xml"), "step 1 compile", "the step has no status", "the step&#39;s status is error",
		"exit code 3: broken", "no_disk")
	wantContains(t, s.file("System/all_warning.xml"), "slow")
	for _, call := range []string{"assertOK message:x", "assertOK custom:ID step:x", "setPlan custom:ID x:y", "assertExitCode custom:ID exitCode:"} {
		words := strings.Fields(call)
		if _, err := s.call("tlpp.probat.over."+words[0], words[1:]...); err == nil {
			t.Errorf("%s: no error; want one", call)
		}
	}
}

func TestModule(t *testing.T) {
	s := newServer(t, "module")
	if got := s.must("U_module"); got != `{.T.,"PROBAT",.T.,"01.04.10",.F.,"REST",.F.,"",.T.,.T.}` {
		t.Errorf("U_module() = %s", got)
	}
}

func TestCall(t *testing.T) {
	s := newServer(t, "module")
	if got := s.must("U_calls"); got != "{3,8}" {
		t.Errorf("U_calls() = %s; want {3,8}", got)
	}
	if _, err := s.call("U_callsNothing"); err == nil || !strings.Contains(err.Error(), "U_NOSUCHFUNCTION") {
		t.Errorf("a call of what is not there: %v; want an error that names it", err)
	}
}

// TestAssertsOutsideOfTests wants them to print what they found.
func TestAssertsOutsideOfTests(t *testing.T) {
	s := newServer(t, "module")
	if got := s.must("U_asserts"); got != "{.T.,.F.,.F.,.T.}" {
		t.Errorf("U_asserts() = %s", got)
	}
	want := "assertEquals: passed: got 1, want 1: one\nassertTrue: failed: got .F., want .T.\n" +
		"assertError: failed: a\xe7\xe3o\nassertWarning: careful\n"
	if got := s.out.String(); got != want {
		t.Errorf("printed %q; want %q", got, want)
	}
}

func TestCancelledRun(t *testing.T) {
	s := newServer(t, "hostile")
	stop := errors.New("stop")
	th := s.thread(t, &s.out)
	timer := time.AfterFunc(50*time.Millisecond, func() { th.Cancel(stop) })
	defer timer.Stop()
	if _, err := th.Call("tlpp.probat.run"); !errors.Is(err, stop) {
		t.Errorf("run = %v; want %v", err, stop)
	}
}

func TestStatusText(t *testing.T) {
	for status := probat.Passed; status <= probat.Skipped; status++ {
		b, err := json.Marshal(status)
		var back probat.Status
		if err != nil || json.Unmarshal(b, &back) != nil || back != status {
			t.Errorf("%v comes back from JSON as %v (%v)", status, back, err)
		}
	}
	var s probat.Status
	if json.Unmarshal([]byte(`"maybe"`), &s) == nil {
		t.Error(`"maybe" is a status; want an error`)
	}
}

func TestThreadsOff(t *testing.T) {
	s := newServer(t, "shared")
	for setting, want := range map[string]int{"0": 0, "1": 2} {
		s.settings = map[string]string{"THREADS_OFF": setting, "EXPORT_AFTER_RUN": "1"}
		s.must("tlpp.probat.run")
		s.wantTotals("System/results.xml", 4, want, 0)
	}
}
