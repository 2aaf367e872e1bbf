package probat

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// overKinds are the functions of tlpp.probat.over, with which the script that runs tests
// tells what else happened, with the kinds of events that they keep.
var overKinds = map[string]string{
	"STARTSCRIPT":    eventStart,
	"ENDSCRIPT":      eventEnd,
	"SETPLAN":        eventPlan,
	"STARTSTEP":      eventStep,
	"ENDSTEP":        eventStatus,
	"SETSTEP":        eventStatus,
	"ASSERTOK":       eventOK,
	"ASSERTERROR":    eventError,
	"ASSERTWARNING":  eventWarning,
	"ASSERTEXITCODE": eventExit,
}

// Kinds of events.
const (
	eventStart   = "startScript"
	eventEnd     = "endScript"
	eventPlan    = "setPlan"
	eventStep    = "startStep"
	eventStatus  = "setStep"
	eventOK      = "assertOK"
	eventError   = "assertError"
	eventWarning = "assertWarning"
	eventExit    = "assertExitCode"
)

// externalSuite is the name of the suite of external events.
const externalSuite = "external"

// event is what a script told.
type event struct {
	ID    string
	Kind  string
	Time  time.Time
	Step  int               `json:",omitempty"`
	Text  string            `json:",omitempty"`
	Exit  int               `json:",omitempty"`
	Steps map[string]string `json:",omitempty"` // by number: texts of a plan, or the status "ok" or "error"
}

// over makes the function fn for events of the kind: tlpp.probat.over.startScript("custom:ID") and
// endScript, setPlan(…, "1:text", "2:text"…), startStep(…, "step:1"), endStep(…, "1:ok") and
// setStep(…, "2:error"), assertOK, assertError and assertWarning(…, "step:1", "message:text"),
// assertExitCode(…, "step:1", "exitCode:0", "message:text"). It returns .T.; the event is kept
// for the export of the results with that identifier. Source: TDN.
func over(fn, kind string) vm.Native {
	return func(t *vm.Thread, a vm.Args) (vm.Value, error) {
		e := event{Kind: kind, Time: t.Now()}
		for i := range a {
			if v := a.Get(i); !v.IsStr() || !e.take(lib.ToUTF8(head(v.Text()))) {
				return vm.Value{}, vm.ArgError(fn, a, i,
					"custom:, step:, message:, exitCode:, or a step's number with its text or status")
			}
		}
		if e.ID == "" {
			return vm.Value{}, vm.Errorf(vm.GenArg, fn, "custom:ID is missing")
		}
		st, err := openStore(t)
		if err != nil {
			return vm.Value{}, err
		}
		return vm.Bool(true), errors.Join(st.addEvent(&e), st.close())
	}
}

// take reads one argument and tells whether it means something.
func (e *event) take(text string) bool {
	key, value, _ := strings.Cut(text, ":")
	value = cut(value, maxText)
	var err error
	switch strings.ToLower(key) {
	case "custom", "param":
		e.ID = cut(value, maxID)
	case "message":
		e.Text = value
	case "step":
		e.Step, err = strconv.Atoi(value)
	case "exitcode":
		e.Exit, err = strconv.Atoi(value)
	default:
		if _, err = strconv.Atoi(key); err == nil {
			if e.Steps == nil {
				e.Steps = map[string]string{}
			}
			e.Steps[key] = value
		}
	}
	return err == nil
}

// eventPrefix begins the names of the files with events of the identifier.
func eventPrefix(id string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return fmt.Sprintf("%016x-", h.Sum64())
}

// addEvent keeps an event.
func (s *store) addEvent(e *event) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := s.newEventFile(e)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// newEventFile makes the file of an event: time, identifier and a number are its name, so
// that the oldest come first.
func (s *store) newEventFile(e *event) (*os.File, error) {
	if err := s.prune(externalFolder, maxEvents); err != nil {
		return nil, err
	}
	stamp := e.Time.UTC().Format("20060102150405.000000") + "-" + eventPrefix(e.ID)
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s/%s%04d.json", externalFolder, stamp, n)
		f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// events returns the events of the identifier, the oldest first.
func (s *store) events(id string) ([]event, error) {
	names, err := s.files(externalFolder)
	var list []event
	for _, name := range names {
		if !strings.Contains(name, eventPrefix(id)) {
			continue
		}
		var e event
		ok, err := s.decode(externalFolder+"/"+name, maxEvent, &e)
		if err != nil {
			return nil, err
		}
		if ok && e.ID == id {
			list = append(list, e)
		}
	}
	return list, err
}

// withEvents adds a run for each of the identifiers of which a script told something.
func (s *store) withEvents(runs []*Run, ids []string) ([]*Run, error) {
	for _, id := range ids {
		events, err := s.events(id)
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			runs = append(runs, externalRun(id, events))
		}
	}
	return runs, nil
}

// externalRun is what a script told, as the outcome of tests.
func externalRun(id string, events []event) *Run {
	began, ended := events[0].Time, events[len(events)-1].Time
	f := &Fixture{Name: externalSuite, Suite: externalSuite, Started: began, Duration: ended.Sub(began)}
	for _, e := range events {
		if test := e.test(); test != nil {
			f.Tests = append(f.Tests, test)
		}
	}
	f.Tests = append(f.Tests, stepTests(events)...)
	return &Run{ID: id, Code: began.Format(codeLayout), Type: externalSuite, Started: began,
		Duration: f.Duration, Fixtures: []*Fixture{f}}
}

// test returns the outcome of an assertion of a script, or nil.
func (e *event) test() *Test {
	test := &Test{Name: cmp.Or(e.Text, e.Kind), Asserts: []Assert{{Func: e.Kind, Text: e.Text}}}
	if e.Step > 0 {
		test.Name = fmt.Sprintf("step %d: %s", e.Step, test.Name)
	}
	switch {
	case e.Kind == eventWarning:
		test.Asserts, test.Warnings = nil, []Warning{{Text: e.Text, Source: externalSuite}}
	case e.Kind == eventError:
		test.fail(e.Text)
	case e.Kind == eventExit && e.Exit != 0:
		test.fail(fmt.Sprintf("exit code %d: %s", e.Exit, e.Text))
	case e.Kind != eventOK && e.Kind != eventExit:
		return nil
	}
	return test
}

// fail makes t a test whose only assertion failed.
func (t *Test) fail(message string) {
	t.Status, t.Message = Failed, message
	t.Asserts[0].Status, t.Asserts[0].Text = Failed, message
}

// step is a step of a script.
type step struct {
	text   string
	status string
	began  time.Time
	took   time.Duration
}

// stepTests returns the outcomes of the steps: each that is planned or has a status must
// be ok.
func stepTests(events []event) []*Test {
	steps := map[int]*step{}
	for i := range events {
		events[i].apply(steps)
	}
	var numbers []int
	for n := range steps {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var tests []*Test
	for _, n := range numbers {
		s := steps[n]
		test := &Test{Name: strings.TrimSpace(fmt.Sprintf("step %d %s", n, s.text)), Duration: s.took,
			Asserts: []Assert{{Func: eventStatus, Expected: "ok", Actual: s.status}}}
		switch {
		case s.status == "":
			test.fail("the step has no status")
		case !strings.EqualFold(s.status, "ok"):
			test.fail("the step's status is " + s.status)
		}
		tests = append(tests, test)
	}
	return tests
}

// apply notes what the event says of steps.
func (e *event) apply(steps map[int]*step) {
	at := func(n int) *step {
		if steps[n] == nil {
			steps[n] = new(step)
		}
		return steps[n]
	}
	if e.Kind == eventStep && e.Step > 0 {
		at(e.Step).began = e.Time
	}
	for key, text := range e.Steps {
		n, err := strconv.Atoi(key)
		if err != nil {
			continue
		}
		switch s := at(n); e.Kind {
		case eventPlan:
			s.text = text
		case eventStatus:
			s.status = text
			if !s.began.IsZero() {
				s.took = e.Time.Sub(s.began)
			}
		}
	}
}
