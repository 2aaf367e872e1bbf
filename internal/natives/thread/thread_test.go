package thread

import (
	"context"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

var update = flag.Bool("update", false, "write what the expressions of testdata give")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// link makes a program with the core library and the functions of this package.
func link(units []*code.Unit) (*vm.Program, error) {
	l := lib.Library()
	maps.Copy(l.Funcs, Functions())
	return vm.Link(units, l)
}

// server is a host with the environments ENV and OTHER, which have the same programs.
type server struct {
	*host.Host
	t *testing.T
}

// newServer makes a server of units, or of a source if there are none.
func newServer(t *testing.T, units []*code.Unit, source string, limits vm.Limits) *server {
	t.Helper()
	h := host.New(host.Options{
		Link: link, Release: lib.Release, INI: "appserver.ini", Grace: time.Minute,
		Ports: func() host.Ports { return host.Ports{Application: 5012, HTTPS: 5012} },
	})
	c := host.Config{Units: map[string][]*code.Unit{}, MaxThreads: 50}
	dir := ""
	if units == nil {
		dir = t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "cases.prw"), []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ENV", "OTHER"} {
		c.Environments = append(c.Environments, host.Environment{Name: name, Source: dir, Limits: limits})
		if units != nil {
			c.Units[name] = units
		}
	}
	commit, err := h.Prepare(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	commit()
	s := &server{h, t}
	t.Cleanup(s.close)
	return s
}

// close ends all threads.
func (s *server) close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); err != nil {
		s.t.Error(err)
	}
}

// start starts a function in ENV.
func (s *server) start(name string, args ...vm.Value) *host.Thread {
	s.t.Helper()
	call := host.Call{Env: "ENV", Func: name, Args: args, Kind: host.RPC, Machine: "here"}
	call.Principal.Name = "maria"
	th, err := s.Start(s.t.Context(), call)
	if err != nil {
		s.t.Fatal(err)
	}
	return th
}

// result waits for a thread and returns what it gives, as lib.Inspect shows it.
func (s *server) result(th *host.Thread) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	v, err := th.Wait(ctx)
	if err != nil {
		return "!ERROR " + err.Error()
	}
	return lib.Inspect(v)
}

// call runs a function in ENV.
func (s *server) call(name string, args ...vm.Value) string {
	s.t.Helper()
	return s.result(s.start(name, args...))
}

// until waits for a condition.
func (s *server) until(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not in time: %s", what)
		}
	}
}

// casesOf returns the lines of a file of cases.
func casesOf(t *testing.T, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func caseFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return files
}

// TestCases runs the expressions of testdata, "expression => value" a line, each in a
// thread of a server of its own.
func TestCases(t *testing.T) {
	prelude, err := os.ReadFile("testdata/prelude.prw")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range caseFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runCases(t, file, string(prelude)) })
	}
}

func runCases(t *testing.T, file, prelude string) {
	lines := casesOf(t, file)
	source := prelude
	for i, line := range lines {
		expr, _, _ := strings.Cut(line, " => ")
		source += "\nFunction " + caseName(i) + "()\nReturn " + expr + "\n"
	}
	program, ok := newServer(t, nil, source, vm.Limits{}).Generation().Program("ENV")
	if !ok {
		t.Fatal("no program")
	}
	var b strings.Builder
	for i, line := range lines {
		expr, want, _ := strings.Cut(line, " => ")
		got := newServer(t, program.Units(), "", vm.Limits{}).call(caseName(i))
		b.WriteString(expr + " => " + got + "\n")
		if got != want && !*update {
			t.Errorf("%s = %s; want %s", expr, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// caseName is the name of the function of case i, whose first ten letters are its own.
func caseName(i int) string {
	return "C" + string(rune('A'+i/26/26%26)) + string(rune('A'+i/26%26)) + string(rune('A'+i%26))
}

// TestCasesCoverFunctions wants five cases of every function, or a test of its own.
func TestCasesCoverFunctions(t *testing.T) {
	var all []string
	for _, file := range caseFiles(t) {
		all = append(all, casesOf(t, file)...)
	}
	own := []string{"MANUALJOB", "SMARTJOB", "KILLUSER"} // their tests are below
	text := strings.ToUpper(strings.Join(all, "\n"))
	for name := range Functions() {
		if n := strings.Count(text, name+"("); n < 5 && !slices.Contains(own, name) {
			t.Errorf("%s has %d cases; want 5", name, n)
		}
	}
}

func TestWithoutHost(t *testing.T) {
	p, err := link(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name := range Functions() {
		_, err := p.NewThread(vm.Options{}).Call(name, vm.Str("X"), vm.Str(""), vm.Num(1))
		if name == "GETSERVERIP" || name == "KILLAPP" {
			continue // they know without
		}
		if e := new(vm.Error); !errors.As(err, &e) {
			t.Errorf("%s without a host: %v; want an error", name, err)
		}
	}
}

// TestKillUser ends a job that waits, and nothing else.
func TestKillUser(t *testing.T) {
	s := newServer(t, nil, `
User Function Job()
	IPCWaitEx("NEVER", 100000)
Return "not ended"

User Function Killer(cUser, cMachine, nThread)
Return KillUser(cUser, cMachine, nThread, "")
`, vm.Limits{})
	job := s.start("U_Job")
	s.until("the job waits", func() bool { return s.Shared().Waiting("NEVER") == 1 })
	id := vm.Num(float64(job.ID()))
	for _, args := range [][]vm.Value{
		{vm.Str("jose"), vm.Str("here"), id},
		{vm.Str("maria"), vm.Str("there"), id},
		{vm.Str("maria"), vm.Str("here"), vm.Num(1e9)},
		{vm.Str(""), vm.Str(""), vm.Num(-1)},
	} {
		if got := s.call("U_Killer", args...); got != ".F." {
			t.Errorf("KillUser(%v) = %s; want .F.", args, got)
		}
	}
	if got := s.call("U_Killer", vm.Str("MARIA "), vm.Str("Here"), id); got != ".T." {
		t.Errorf("KillUser of the job = %s; want .T.", got)
	}
	if got := s.result(job); !strings.Contains(got, "ended by the administrator") {
		t.Errorf("the job gave %s; want that it was ended", got)
	}
	if got := s.call("U_Killer", vm.Str("maria"), vm.Str("here"), id); got != ".F." {
		t.Errorf("KillUser of an ended thread = %s; want .F.", got)
	}
	if got := s.call("U_Killer", vm.Num(1)); !strings.Contains(got, "argument 1 of KILLUSER") {
		t.Errorf("KillUser of a number: %s", got)
	}
}

// TestJobEndsWithItsCaller ends a program that waits for a job.
func TestJobEndsWithItsCaller(t *testing.T) {
	s := newServer(t, nil, `
User Function Caller()
Return StartJob("U_Job", "ENV", .T.)

User Function Free()
	StartJob("U_Job", "ENV", .F.)
Return "started"

User Function Job()
	IPCWaitEx("NEVER", 100000)
Return "not ended"
`, vm.Limits{})
	caller := s.start("U_Caller")
	s.until("the job waits", func() bool { return s.Shared().Waiting("NEVER") == 1 })
	caller.Kill(errors.New("enough"))
	if got := s.result(caller); !strings.Contains(got, "enough") {
		t.Errorf("the caller gave %s", got)
	}
	s.until("the job has ended", func() bool { return len(s.Threads()) == 0 })
	if got := s.call("U_Free"); got != `"started"` {
		t.Errorf("a caller that does not wait gave %s", got)
	}
	s.until("the job waits", func() bool { return s.Shared().Waiting("NEVER") == 1 })
	if got := len(s.Threads()); got != 1 {
		t.Errorf("after the end of its caller there are %d threads; want the job", got)
	}
}

// TestTooManyJobs starts jobs until there are too many: the program handles the error.
func TestTooManyJobs(t *testing.T) {
	s := newServer(t, nil, `
User Function Bomb()
	Local n := 0
	Local bOld := ErrorBlock({|e| Break(e)})
	Local c
	Begin Sequence
		While n < 1000
			StartJob("U_Job", "ENV", .F.)
			n++
		End
	Recover Using e
		c := e:Description
	End Sequence
	ErrorBlock(bOld)
Return {n, c}

User Function Job()
	IPCWaitEx("NEVER", 100000)
Return
`, vm.Limits{})
	got := s.call("U_Bomb")
	if !strings.HasPrefix(got, `{49,"STARTJOB: too many threads`) {
		t.Errorf("a program that starts jobs without end gave %s; want 49 jobs and the error", got)
	}
}

// TestErrorsOfOtherCalls has programs fail to start others: that is their own error, and
// not one of the call that runs them, which callers would take for a call that never ran.
func TestErrorsOfOtherCalls(t *testing.T) {
	s := newServer(t, nil, `
User Function Job(cFunction, cEnvironment)
Return StartJob(cFunction, cEnvironment, .F.)

User Function Workers(cFunction, cEnvironment)
Return ManualJob("w", cEnvironment, "IPC", "", cFunction, "", "")
`, vm.Limits{})
	for _, of := range []string{"U_Job", "U_Workers"} {
		for _, where := range [][2]string{{"U_None", "ENV"}, {"U_Job", "NONE"}} {
			_, err := s.start(of, vm.Str(where[0]), vm.Str(where[1])).Wait(t.Context())
			var program *vm.Error
			if !errors.As(err, &program) || errors.Is(err, host.ErrNoFunction) || errors.Is(err, host.ErrNoEnvironment) {
				t.Errorf("%s of %v = %v; want an error of the program alone", of, where, err)
			}
		}
	}
}

// TestDeadlock has two threads wait for each other's transaction.
func TestDeadlock(t *testing.T) {
	s := newServer(t, nil, `
User Function Main()
	Local bOld := ErrorBlock({|e| Break(e)})
	Local c := "no error"
	VarSetUID("s")
	VarBeginT("s", "a")
	StartJob("U_Job", "ENV", .F.)
	While !VarGetXD("s", "begun") ; Sleep(1) ; End
	Begin Sequence
		VarGetX("s", "b")
	Recover Using e
		c := e:Description
	End Sequence
	ErrorBlock(bOld)
	VarEndT("s", "a")
Return c

User Function Job()
	VarBeginT("s", "b")
	VarSetXD("s", "begun", .T.)
	VarSetX("s", "a", 1)
Return
`, vm.Limits{})
	// The job may come to its last line before or after the program to its own: one of
	// them gets the error, and neither waits for ever.
	main := s.start("U_Main")
	if got := s.result(main); got != `"no error"` && !strings.Contains(got, "waits for this one") {
		t.Errorf("the program gave %s", got)
	}
	s.until("the job has ended", func() bool { return len(s.Threads()) == 0 })
}

// TestWaitsGiveUpTheSlot has more threads wait than may compute at once.
func TestWaitsGiveUpTheSlot(t *testing.T) {
	s := newServer(t, nil, `
User Function Main(nDeep)
	If nDeep == 0
		Return 0
	EndIf
Return 1 + StartJob("U_Main", "ENV", .T., nDeep - 1)

User Function Holds()
	VarSetUID("s", .T.)
	VarBeginT("s", "k")
	IPCWaitEx("GO", 10000)
Return VarEndT("s", "k")

User Function Gets()
	VarGetX("s", "k")
Return "got"
`, vm.Limits{})
	if got := s.call("U_Main", vm.Num(20)); got != "20" {
		t.Errorf("20 jobs that wait for each other gave %s", got)
	}
	holds := s.start("U_Holds")
	s.until("the transaction has begun", func() bool { return s.Shared().Waiting("GO") == 1 })
	var gets []*host.Thread
	for range 20 {
		gets = append(gets, s.start("U_Gets"))
	}
	s.until("all wait", func() bool {
		blocked := 0
		for _, i := range s.Threads() {
			if i.State == host.Blocked {
				blocked++
			}
		}
		return blocked == 21
	})
	s.Shared().Go("GO", nil)
	if got := s.result(holds); got != ".T." {
		t.Errorf("who had the transaction gave %s", got)
	}
	for _, th := range gets {
		if got := s.result(th); got != `"got"` {
			t.Errorf("who waited gave %s", got)
		}
	}
}

// TestWaitsEndAtOnce kills threads in all functions that wait.
func TestWaitsEndAtOnce(t *testing.T) {
	s := newServer(t, nil, `
User Function Holder()
	VarSetUID("s", .T.)
	VarBeginT("s", "k")
	IPCWaitEx("GO", 100000)
Return

User Function Ipc()
Return IPCWaitEx("A", 100000)

User Function Job()
Return StartJob("U_Ipc", "ENV", .T.)

User Function Begins()
Return VarBeginT("s", "k")

User Function Gets()
Return VarGetX("s", "k")

User Function Sets()
Return VarSetA("s", "k", {})

User Function Deletes()
Return VarDel("s", "k")
`, vm.Limits{})
	s.start("U_Holder")
	s.until("the transaction has begun", func() bool { return s.Shared().Waiting("GO") == 1 })
	for _, name := range []string{"U_Ipc", "U_Job", "U_Begins", "U_Gets", "U_Sets", "U_Deletes"} {
		th := s.start(name)
		s.until(name+" waits", func() bool { return th.Info().State == host.Blocked })
		th.Kill(errors.New("enough"))
		if got := s.result(th); !strings.Contains(got, "enough") || strings.Contains(got, host.ErrAbandoned.Error()) {
			t.Errorf("%s gave %s; want the reason of its end, before it is given up", name, got)
		}
	}
}

// TestMemoryOfCopies puts one string into what is shared, and reads it without end.
func TestMemoryOfCopies(t *testing.T) {
	s := newServer(t, nil, `
User Function Vars()
	Local a := {}
	Local x
	PutGlbVars("a", {Replicate("x", 100000)})
	While .T.
		GetGlbVars("a", @x)
		AAdd(a, x)
	End
Return

User Function Session()
	Local a := {}
	Local x
	VarSetUID("s")
	VarSetAD("s", "k", {Replicate("x", 100000)})
	While .T.
		VarGetAA("s", @x)
		AAdd(a, x)
	End
Return

User Function Jobs()
	Local a := {}
	While .T.
		AAdd(a, StartJob("U_Long", "ENV", .T.))
	End
Return

User Function Long()
Return {Replicate("x", 100000)}
`, vm.Limits{Memory: 2 << 20})
	for _, name := range []string{"U_Vars", "U_Session", "U_Jobs"} {
		if got := s.call(name); !strings.Contains(got, "too much memory") {
			t.Errorf("%s gave %s; want the limit", name, got)
		}
	}
}

// TestSharedIsFull fills what is shared: the program handles the error.
func TestSharedIsFull(t *testing.T) {
	s := newServer(t, nil, `
User Function Fill()
	Local i := 0
	Local bOld := ErrorBlock({|e| Break(e)})
	Local c
	Begin Sequence
		While .T.
			PutGlbValue("v" + Str(i++), Replicate("x", 8000000))
		End
	Recover Using e
		c := e:Description
	End Sequence
	ErrorBlock(bOld)
	ClearGlbValue("v*")
Return {i > 30, i < 40, c, MemGlbSize()}
`, vm.Limits{})
	want := `{.T.,.T.,"PUTGLBVALUE: the server's shared values are full: they would take more than 256 MB; clear those that are not needed",0}`
	if got := s.call("U_Fill"); got != want {
		t.Errorf("a program that fills what is shared gave %s; want %s", got, want)
	}
}

// TestKillAppWhileStopping has loops end because the server goes down, at once, however
// long they wait, and although those that begin to wait then do wait.
func TestKillAppWhileStopping(t *testing.T) {
	s := newServer(t, nil, `
User Function Receives()
	While !KillApp()
		IPCWaitEx("WORK", 600000)
	End
Return "in good order"

User Function Sleeps()
	While !KillApp()
		Sleep(600000)
	End
Return "in good order"

User Function Late()
	Local nBegan := Seconds()
	While !KillApp()
		Sleep(600000)
	End
	Sleep(600000)
	IPCWaitEx("WORK", 600000)
	Sleep(1)
Return IIf((Seconds() - nBegan + 86400) % 86400 < 1.9, Seconds() - nBegan, "in good order")
`, vm.Limits{})
	var loops []*host.Thread
	for _, name := range []string{"U_Receives", "U_Sleeps", "U_Late"} {
		th := s.start(name)
		s.until("the loop waits", func() bool { return th.Info().State == host.Blocked })
		loops = append(loops, th)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil || time.Since(began) > time.Minute {
		t.Errorf("%v after %v; want an end soon", err, time.Since(began))
	}
	for i, th := range loops {
		if got := s.result(th); got != `"in good order"` {
			t.Errorf("loop %d gave %s", i, got)
		}
	}
}

// TestJobsThatWait has jobs wait for jobs that wait for jobs, more of them than there are
// threads: those for which there is no thread get an error, none waits for ever.
func TestJobsThatWait(t *testing.T) {
	s := newServer(t, nil, `
User Function Chain(nLength)
	Local bOld := ErrorBlock({|e| Break(e)})
	Local xBelow := 0
	Begin Sequence
		If nLength > 0
			xBelow := StartJob("U_Chain", "ENV", .T., nLength - 1)
		EndIf
	Recover
		xBelow := -1000
	End Sequence
	ErrorBlock(bOld)
Return xBelow + 1
`, vm.Limits{})
	if got := s.call("U_Chain", vm.Int(40)); got != "41" {
		t.Errorf("a chain of jobs gave %s; want 41", got)
	}
	var chains []*host.Thread
	for range 30 {
		chains = append(chains, s.start("U_Chain", vm.Int(5)))
	}
	for _, th := range chains {
		if got := s.result(th); got != "6" && !strings.HasPrefix(got, "-99") {
			t.Errorf("one of many chains gave %s; want 6, or that there were too many threads", got)
		}
	}
	if got := s.call("U_Chain", vm.Int(1000)); got != "-950" {
		t.Errorf("a chain that is too long gave %s; want -950: 49 below it, and an error", got)
	}
}

func TestSmartJob(t *testing.T) {
	s := newServer(t, nil, `
User Function Main()
	Local l := SmartJob("U_Job", "ENV", .T., {1, {|| 2}})
Return {l, SmartJob("U_Job", "NONE", .F.)}

User Function Job(a)
	PutGlbVars("job", ThreadId(), a)
Return

User Function Odd()
Return SmartJob(1)
`, vm.Limits{})
	if got := s.call("U_Main"); got != "{.T.,.F.}" {
		t.Errorf("SmartJob gave %s", got)
	}
	s.until("the job has run", func() bool {
		v, ok := s.Shared().GetValues("job")
		return ok && lib.Inspect(v[1]) == "{1,NIL}"
	})
	if got := s.call("U_Odd"); !strings.Contains(got, "argument 1 of SMARTJOB") {
		t.Errorf("SmartJob of a number gave %s", got)
	}
}

func TestManualJob(t *testing.T) {
	s := newServer(t, nil, `
User Function Main()
	ManualJob("WORKERS", "ENV", "IPC", "U_Begin", "U_Work", "U_End", "WORK", 60, 1, 2, 1, 1, 1000)
	While !IPCGo("WORK", "first", {1}) ; Sleep(1) ; End
Return NIL

User Function Begin()
	PutGlbValue("begun", "yes")
Return .T.

User Function Work(c, a)
	PutGlbVars("worked", c, a)
Return

User Function End()
Return

User Function Again()
Return ManualJob("workers", "ENV", "IPC", "", "U_Work", "", "")

User Function Comma()
Return ManualJob("a,b", "ENV", "IPC", "", "U_Work", "", "")

User Function Function()
Return ManualJob("c", "ENV", "IPC", "", "U_None", "", "")

User Function Odd()
Return ManualJob("d", "ENV", "IPC", "", "U_Work", "", "", "x")
`, vm.Limits{})
	if got := s.call("U_Main"); got != "NIL" {
		t.Errorf("ManualJob gave %s", got)
	}
	s.until("the worker has worked", func() bool {
		v, ok := s.Shared().GetValues("worked")
		return ok && lib.Inspect(vm.NewArray(v)) == `{"first",{1}}`
	})
	if v, _ := s.Shared().Get("begun"); v != "yes" {
		t.Error("the worker did not begin with its function")
	}
	for name, want := range map[string]string{
		"U_Again": "MANUALJOB", "U_Comma": "without commas", "U_Function": "no such function", "U_Odd": "argument 8 of MANUALJOB",
	} {
		if got := s.call(name); !strings.Contains(got, "!ERROR") || !strings.Contains(got, want) {
			t.Errorf("%s gave %s; want an error with %q", name, got, want)
		}
	}
}
