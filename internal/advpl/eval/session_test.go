package eval

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// session begins a session with the functions of a source.
func session(t testing.TB, o Options, text string) *Session {
	t.Helper()
	if text != "" {
		u, findings := build.Source("test.prw", text, build.Options{})
		if u == nil {
			t.Fatalf("the source does not compile: %v", findings)
		}
		o.Units = append(o.Units, u)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// show returns what an evaluation gives: a value, "" or an error.
func show(r Result, err error) string {
	switch {
	case err != nil:
		return "!ERROR " + err.Error()
	case r.Kind == Nothing:
		return ""
	}
	return lib.Inspect(r.Value)
}

// dialogue evaluates the texts before each " => " in one session.
func dialogue(t *testing.T, s *Session, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		text, want, _ := strings.Cut(strings.TrimSpace(line), " =>")
		want = strings.TrimSpace(want)
		got := show(s.Eval(strings.ReplaceAll(text, `\n`, "\n")))
		if got != want {
			t.Errorf("%s = %s; want %s", text, got, want)
		}
	}
}

func TestEval(t *testing.T) {
	for name, lines := range map[string]string{
		"expressions": `1 + 1 => 2
			"ação" + Chr(128) => "a\u00e7\u00e3o\u0080"
			{1, {"a", .F.}, NIL} => {1,{"a",.F.},NIL}
			{|x| x} => {||}
			SToD("20261231") => SToD("20261231")
			&("1 + 2") => 3
			If(.T., 1, 2) => 1`,
		"variables live": `x := 5 => 5
			x += 1 => 6
			x * 2 => 12
			X++ => 6
			b := {|n| n + x} => {||}
			Eval(b, 1) => 8
			&("x") => 7
			x := y := 2 => 2
			y => 2`,
		"declared variables live": `Local a := 1, b => NIL
			b => NIL
			a + 1 => 2
			Private c := {a} => NIL
			c => {1}
			Public d => NIL
			d => .F.
			Static e := 3 => NIL
			e => 3
			Local a := 9 => NIL
			a => 9`,
		"objects": `o := JsonObject():New() => JSONOBJECT()
			o["a"] := {1} => {1}
			o:ToJson() => "{\"a\":[1]}"`,
		"statements": `For i := 1 To 3 ; n := i * 2; Next => NIL
			n => 6
			If n == 6\nm := "six"\nEndIf => NIL
			m => "six"
			Return 5 => 5
			Begin Sequence ; Break(7) ; Recover Using z ; End Sequence => NIL
			z => 7
			Try\nThrow "t"\nCatch e\nk := e\nEndTry => NIL
			x := 1; x := x + 1 => NIL
			x => 2`,
		"nothing": `// comment =>
			* comment =>
			/* a */ /* b */ =>`,
		"errors leave nothing": `nosuch => !ERROR variable does not exist NOSUCH
			x := 1 => 1
			1 / 0 => !ERROR zero divisor on /
			x => 1
			1 + => !ERROR syntax error: found the end of the line, expected an expression in column 4
			x := 1 + => !ERROR syntax error: found the end of the line, expected an expression in column 9
			"abc => !ERROR syntax error: string is not closed in column 1
			If x => !ERROR syntax error: If of line 1 has no EndIf in column 1
			x\n+ => !ERROR syntax error: found the end of the line, expected an expression in line 2, column 2`,
		"no declarations": `User Function X() => !ERROR syntax error: functions and classes cannot be declared here; load a source that has them
			Return 1\nFunction Y() => !ERROR syntax error: functions and classes cannot be declared here; load a source that has them
			class A => !ERROR syntax error: functions and classes cannot be declared here; load a source that has them`,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			dialogue(t, session(t, Options{}, ""), lines)
		})
	}
}

func TestDirectives(t *testing.T) {
	s := session(t, Options{Source: build.Options{Defines: map[string]string{"SEVEN": "7"}}}, "")
	for _, c := range []struct{ text, want string }{
		{"SEVEN", "7"},
		{"TEN", "!ERROR variable does not exist TEN"},
		{"#define TEN 10", ""},
		{"TEN + SEVEN", "17"},
		{"#xtranslate Twice(<x>) => (2 * <x>)", ""},
		{"Twice(TEN)", "20"},
		{"x := Twice(3)", "6"},
		{`#include "fileio.ch"`, ""},
		{"FO_READWRITE", "2"},
		{"#undef TEN", ""},
		{"TEN", "!ERROR variable does not exist TEN"},
		{"x", "6"},
	} {
		if got := show(s.Eval(c.text)); got != c.want {
			t.Errorf("%s = %s; want %s", c.text, got, c.want)
		}
	}
	for _, text := range []string{`#include "nosuch.ch"`, "#define", "#else"} {
		if got := show(s.Eval(text)); !strings.HasPrefix(got, "!ERROR syntax error: ") {
			t.Errorf("%s = %s; want a syntax error", text, got)
		}
	}
	if got := show(s.Eval("x + SEVEN")); got != "13" {
		t.Errorf("after refused directives: %s; want 13", got)
	}
}

const functions = `
User Function Add(a, b)
Return a + b

Static Function Hidden(c)
Return "hidden " + c

Static Function AllTrim(c)
Return "mine"

User Function Trimmed()
Return AllTrim(" a ")

User Function Fails()
	Private p := 1
	Begin Sequence
		ErrorBlock({|e| Break(e)})
		Break(1)
	Recover
		p := nosuch
	End Sequence
Return
`

func TestLoadedFunctions(t *testing.T) {
	dialogue(t, session(t, Options{}, functions), `U_Add(1, 2) => 3
		Hidden("x") => "hidden x"
		U_Trimmed() => "mine"
		U_Add(1) => !ERROR type mismatch on +
		x := U_Add("a", "b") => "ab"
		U_Fails() => !ERROR variable does not exist NOSUCH
		p => !ERROR variable does not exist P
		Break(1) => !ERROR break outside of a sequence on BREAK`)
}

func TestStaticNamesOfTwoSources(t *testing.T) {
	o := Options{}
	for _, name := range []string{"a.prw", "b.prw"} {
		u, _ := build.Source(name, "Static Function Same()\nReturn 1\nUser Function "+name[:1]+"()\nReturn Same()\n", build.Options{})
		o.Units = append(o.Units, u)
	}
	dialogue(t, session(t, o, ""), `U_a() => 1
		U_b() => 1
		Same() => !ERROR function SAME does not exist`)
	if k := o.Units[0].Funcs[0].Kind; k != code.Static {
		t.Errorf("the unit was changed: kind %d", k)
	}
}

func TestErrorBlock(t *testing.T) {
	var out strings.Builder
	s := session(t, Options{Thread: vm.Options{Stdout: &out}}, functions)
	dialogue(t, s, `ErrorBlock({|e| ConOut("seen")}) => {||}
		nosuch => !ERROR variable does not exist NOSUCH
		U_Fails() => !ERROR variable does not exist NOSUCH
		nosuch => !ERROR variable does not exist NOSUCH`)
	if got := out.String(); got != "seen\nseen\n" {
		t.Errorf("printed %q; want the first and the last error", got)
	}
}

func TestLimitsAreOfEachEvaluation(t *testing.T) {
	s := session(t, Options{Thread: vm.Options{Limits: vm.Limits{Steps: 1000, Time: time.Minute}}}, "")
	for range 5 {
		if got := show(s.Eval("For i := 1 To 700 ; Next")); got != "NIL" {
			t.Fatal(got)
		}
	}
	if got := show(s.Eval("While .T. ; End")); !strings.Contains(got, "steps") {
		t.Errorf("endless loop: %s; want the limit of steps", got)
	}
	if got := show(s.Eval("i")); got != "701" {
		t.Errorf("after the limit: i = %s; want 701", got)
	}
}

func TestInterrupt(t *testing.T) {
	running := make(chan struct{}, 1)
	s := session(t, Options{Thread: vm.Options{Stdout: signalWriter(running)}}, "")
	reason := errors.New("enough")
	s.Interrupt(reason) // nothing runs: it means nothing
	dialogue(t, s, "x := 1 => 1")
	for _, text := range []string{`While .T. ; ConOut("") ; End`, `{ConOut(""), Sleep(1000000)}`} {
		go func() {
			<-running
			s.Interrupt(reason)
		}()
		if _, err := s.Eval(text); !errors.Is(err, reason) {
			t.Errorf("%s: err = %v; want %v", text, err, reason)
		}
		select {
		case <-running:
		default:
		}
		dialogue(t, s, "x => 1\nSleep(0) => NIL")
	}
}

// signalWriter is a channel that gets a value when something is written.
type signalWriter chan struct{}

func (w signalWriter) Write(p []byte) (int, error) {
	select {
	case w <- struct{}{}:
	default:
	}
	return len(p), nil
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ setting, expr, want string }{
		{"date=yyyy-mm-dd", `DToC(SToD("20260102"))`, `"2026-01-02"`},
		{"DATE = dd.mm.yy", `DToC(SToD("20260102"))`, `"02.01.26"`},
		{"century=on", `DToC(SToD("20260102"))`, `"02/01/2026"`},
		{"epoch=1930", `CToD("01/01/31")`, `SToD("19310101")`},
		{"exact=on", "Set(1)", ".T."},
		{"exact=.F.", "Set(1)", ".F."},
		{"decimals=5", "Set(3)", "5"},
		{"deleted=on", "Set(11)", ".T."},
		{"path=c:\\x", "Set(6)", `"c:\\x"`},
	} {
		setting, err := ParseSetting(c.setting)
		if err != nil {
			t.Errorf("ParseSetting(%q): %v", c.setting, err)
			continue
		}
		s := session(t, Options{Prepare: setting.Apply}, "")
		if got := show(s.Eval(c.expr)); got != c.want {
			t.Errorf("with %s: %s = %s; want %s", c.setting, c.expr, got, c.want)
		}
	}
	for text, want := range map[string]string{
		"nosuch=1": "there is no setting", "exact": "not of the form", "exact=": "not of the form", "exact=2": "on or off",
		"decimals=-1": "whole number", "decimals=99999": "whole number", "date=x": "format of dates", "": "not of the form",
	} {
		if _, err := ParseSetting(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseSetting(%q): err = %v; want %q", text, err, want)
		}
	}
}

func TestComplete(t *testing.T) {
	s := session(t, Options{}, "User Function Zebra()\nReturn\nClass Zoo\nData nSize\nMethod New()\nEndClass\nMethod New() Class Zoo\nReturn Self\n")
	dialogue(t, s, "zoom := Zoo():New() => ZOO()\nzip := 1 => 1")
	for line, want := range map[string][]string{
		"AllTr":         {"AllTrim("},
		"1 + ALLTR":     {"1 + ALLTRIM("},
		"u_ze":          {"u_zebra("},
		"zo":            {"zoo():", "zoom"},
		"zi":            {"zip"},
		"zoom:":         {"zoom:new(", "zoom:nsize"},
		"x(zoom:NS":     {"x(zoom:NSIZE"},
		"zip:":          nil,
		"nosuch:":       nil,
		":":             nil,
		"":              nil,
		"qqqq":          nil,
		"jsono":         {"jsonobject():"},
		"ção AllTrimxx": nil,
	} {
		got := s.Complete(line)
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("Complete(%q) = %q; want %q", line, got, want)
		}
	}
	if n := len(s.Complete("a")); n < 10 || n > mostCompletions {
		t.Errorf("Complete(a) gives %d names", n)
	}
}

func TestPanicBeginsAnew(t *testing.T) {
	s := session(t, Options{Thread: vm.Options{Stdout: panicWriter{}}}, "")
	dialogue(t, s, "x := 1 => 1")
	if got := show(s.Eval(`ConOut("")`)); !strings.Contains(got, "internal fault") {
		t.Fatalf("a native's panic gives %s", got)
	}
	if _, err := s.Eval("x"); !errors.Is(err, ErrLost) {
		t.Errorf("after it: err = %v; want ErrLost", err)
	}
	dialogue(t, s, "1 + 1 => 2\nx => !ERROR variable does not exist X")
}

type panicWriter struct{}

func (panicWriter) Write([]byte) (int, error) { panic("broken") }

func TestQuit(t *testing.T) {
	s := session(t, Options{}, "")
	if _, err := s.Eval("__Quit()"); !errors.Is(err, vm.ErrQuit) {
		t.Errorf("err = %v; want ErrQuit", err)
	}
	dialogue(t, s, "1 => 1")
}

// FuzzEval wants no text to break the session.
func FuzzEval(f *testing.F) {
	for _, seed := range []string{
		"1 + 1", `"a" $ "b"`, "For i := 1 To 3 ; Next", "#define X 1", "Local x := 1", "{|x| x", "Return", "}", "/* ", "? 1", "@",
		"Begin Sequence\nBreak(1)\nEnd Sequence", "x:y:z()", "&(x)", "a->b", "\x80\xff", "Self", "::x", "Static Function X()",
	} {
		f.Add(seed)
	}
	limits := vm.Limits{Steps: 10_000, Time: time.Second, Memory: 16 << 20, String: 1 << 20, Array: 1 << 16}
	f.Fuzz(func(t *testing.T, text string) {
		s := session(t, Options{Thread: vm.Options{Limits: limits, Stdout: io.Discard}}, "")
		_, _ = s.Eval(text)
		if _, err := s.Eval(text); errors.Is(err, ErrLost) {
			t.Errorf("%q breaks the session", text)
		}
	})
}
