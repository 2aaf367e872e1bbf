package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"appserver/internal/advpl"
	"appserver/internal/advpl/eval"
	"appserver/internal/advpl/vm"
	"appserver/internal/config"
)

// evalDoc is the documentation whose examples the tests try.
var evalDoc = filepath.Join("..", "..", "docs", "eval.md")

// fenced returns the blocks of the kind in a text.
func fenced(t *testing.T, file, kind string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+kind+"\n(.*?)^```$").FindAllSubmatch(text, -1) {
		blocks = append(blocks, string(m[1]))
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no %s blocks", file, kind)
	}
	return blocks
}

// newREPL returns what a person at a terminal uses, but for the terminal.
func newREPL(t *testing.T, out io.Writer) *repl {
	t.Helper()
	s, err := eval.New(eval.Options{Thread: vm.Options{Stdout: advpl.Output(out)}})
	if err != nil {
		t.Fatal(err)
	}
	return &repl{session: s, out: out}
}

// TestEvalDocTerminal types the sessions of the documentation.
func TestEvalDocTerminal(t *testing.T) {
	for _, want := range fenced(t, evalDoc, "repl") {
		var got strings.Builder
		r := newREPL(t, &got)
		for line := range strings.Lines(want) {
			if line := strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "> ") || strings.HasPrefix(line, ". ") {
				got.WriteString(r.prompt() + line[2:] + "\n")
				r.take(line[2:])
			}
		}
		if got.String() != want {
			t.Errorf("the session is\n%s\nwant\n%s", got.String(), want)
		}
	}
}

// TestEvalDocCommands runs the commands of the documentation.
func TestEvalDocCommands(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "prices.prw"), []byte(fenced(t, evalDoc, "advpl")[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range fenced(t, evalDoc, "console") {
		for _, example := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(example+"\n", "\n")
			cmd := exec.Command(shell, "-c", `appserver() { "$PROGRAM" "$@"; }; `+command)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PROGRAM="+program, asProgram+"=1")
			got, err := cmd.CombinedOutput()
			if strings.TrimSuffix(string(got), "\n") != strings.TrimRight(want, "\n") || err != nil {
				t.Errorf("%s\nprints\n%s(%v); want\n%s", command, got, err, want)
			}
		}
	}
}

// asProgram is the variable that has the test be the program.
const asProgram = "APPSERVER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestREPL(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"1 + 1", "2\n"},
		{"For i := 1 To 2\nNext", ""},
		{"Return 7", "7\n"},
		{"// note", ""},
		{`"a" + Chr(231) + Chr(10) + "\" + Chr(129)`, `"aç\u000a\\\u0081"` + "\n"},
		{"x := 3\n_ + 1", "3\n4\n"},
		{"JsonObject():New()", "{}\n"},
		{"Replicate('x', 10000)", `"` + strings.Repeat("x", mostShown-1) + "… (10002 bytes in all)\n"},
		{"Eval({|| nosuch})", "!ERROR variable does not exist NOSUCH\n"},
		{"quit := 1", "1\n"},
	} {
		var out strings.Builder
		r := newREPL(t, &out)
		for line := range strings.SplitSeq(c.typed, "\n") {
			if r.take(line) {
				t.Errorf("%q leaves", line)
			}
		}
		if !strings.HasPrefix(out.String(), c.want) || c.want == "" && out.Len() > 0 {
			t.Errorf("%q shows %q; want %q", c.typed, out.String(), c.want)
		}
	}
	for _, line := range []string{"exit", " QUIT ", "quit()", "__Quit()"} {
		if !newREPL(t, io.Discard).take(line) {
			t.Errorf("%q does not leave", line)
		}
	}
}

func TestReadLine(t *testing.T) {
	long := strings.Repeat("x", maxLine+3)
	r := bufio.NewReader(iotest.OneByteReader(strings.NewReader("a\r\n\n" + long + "\nb")))
	for _, want := range []inputLine{{text: "a"}, {}, {long: true}, {text: "b"}} {
		if got, err := readLine(r); got != want || err != nil {
			t.Errorf("readLine = %.20q, %t, %v; want %q, %t", got.text, got.long, err, want.text, want.long)
		}
	}
	if _, err := readLine(r); err != io.EOF {
		t.Errorf("at the end: %v; want io.EOF", err)
	}
}

func TestEvalLinesEndsWithReadError(t *testing.T) {
	broken := errors.New("broken")
	var out bytes.Buffer
	e := &evaluation{loading: loading{app: &app{stdout: &out, stderr: io.Discard}}}
	in := io.MultiReader(strings.NewReader("\xEF\xBB\xBF1\n2\n"), iotest.ErrReader(broken))
	if err := e.lines(context.Background(), eval.Options{}, io.Discard, in); !errors.Is(err, broken) || out.String() != "1\n2\n" {
		t.Errorf("lines = %v, printed %q; want %v after 1 and 2", err, out.String(), broken)
	}
}

func TestErrorLine(t *testing.T) {
	for text, want := range map[string]string{"a\nb": "a b", "\xe7\x00": "ç ", "é\u2028": "é ", "x\u0085y": "x y"} {
		if got := errorLine(text); got != want {
			t.Errorf("errorLine(%q) = %q; want %q", text, got, want)
		}
	}
}

func TestHistoryIsPrivate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "deep", "appserver", "eval_history")
	for _, content := range []string{"one\n", "two\n"} {
		if err := writePrivate(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); string(got) != content || err != nil {
			t.Errorf("the file has %q, %v; want %q", got, err, content)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{name: 0o600, filepath.Dir(name): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(name)); len(entries) != 1 {
		t.Errorf("%d files beside the history; want it alone", len(entries))
	}
}

func TestSettingsOfKeepsSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "appserver.ini")
	text := "[General]\nServerName=x\n[SSLConfigure]\nPassPhrase=geheim\n[MPP]\nSSL_PassPhrase=geheim\n" +
		"[ENV]\nRootPath=.\nDBPassword=geheim\nMySecret=geheim\nToken=geheim\nSenha=geheim\nEncryptionKey=geheim\nApiKey=geheim\nDict=x.dat\n[Free]\nKey=value\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Options{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	setting := settingsOf(cfg)
	for place, want := range map[[2]string]string{{"env", "DICT"}: "x.dat", {"ENV", "RootPath"}: ".", {"free", "key"}: "value"} {
		if got, ok := setting(place[0], place[1]); got != want || !ok {
			t.Errorf("setting%q = %q, %t; want %q", place, got, ok, want)
		}
	}
	for _, place := range [][2]string{
		{"SSLConfigure", "PassPhrase"}, {"MPP", "SSL_PassPhrase"}, {"ENV", "DBPassword"}, {"ENV", "MySecret"},
		{"ENV", "Token"}, {"ENV", "Senha"}, {"ENV", "EncryptionKey"}, {"ENV", "ApiKey"}, {"ENV", "nosuch"}, {"nosuch", "Key"}, {"General", "LogLevel"},
	} {
		if got, ok := setting(place[0], place[1]); ok {
			t.Errorf("setting%q = %q; want none", place, got)
		}
	}
}
