package compile

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

var update = flag.Bool("update", false, "write the golden files")

// parse parses a source text, which must have no errors.
func parse(t testing.TB, name, text string) *syntax.Source {
	t.Helper()
	f, findings := source.Decode(name, []byte(text))
	wantNone(t, findings)
	result := preproc.Run(f, preproc.Options{})
	wantNone(t, result.Findings)
	tree, findings := syntax.Parse(f, result.Tokens)
	wantNone(t, findings)
	return tree
}

func wantNone(t testing.TB, list source.Findings) {
	t.Helper()
	if list.Failed() {
		var b bytes.Buffer
		list.Write(&b)
		t.Fatal(b.String())
	}
}

// compileText compiles a source text, which must have no errors, and verifies it.
func compileText(t testing.TB, name, text string) *code.Unit {
	t.Helper()
	u, findings := Compile(parse(t, name, text))
	wantNone(t, findings)
	if err := code.Verify(u); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*[pw]")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			code.Disassemble(&got, compileText(t, filepath.Base(file), string(text)))
			golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".golden", got.Bytes())
		})
	}
}

// golden compares with a golden file, or writes it.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s; want\n%s", file, got, want)
	}
}

func TestVerify(t *testing.T) {
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) { compileText(t, "t.prw", wholeSource(b.text)) })
	}
	for _, b := range tlppBehaviours {
		t.Run("tlpp "+b.name, func(t *testing.T) { compileText(t, "t.tlpp", wholeSource(b.text)) })
	}
}

func itoa(i int) string { return strconv.Itoa(i) }

func verifyMacro(t testing.TB, text string, f *code.Func) {
	t.Helper()
	if err := code.VerifyMacro(f); err != nil {
		t.Errorf("Macro(%q): %v", text, err)
	}
}

// FuzzCompile compiles whatever can be parsed. What comes out must pass Verify, if
// the source is sound.
func FuzzCompile(f *testing.F) {
	for _, b := range behaviours {
		f.Add(wholeSource(b.text), false)
	}
	for _, b := range tlppBehaviours {
		f.Add(wholeSource(b.text), true)
	}
	files, _ := filepath.Glob("testdata/*.*[pw]")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), filepath.Ext(file) == ".tlpp")
	}
	f.Fuzz(func(t *testing.T, text string, tlpp bool) {
		name := "f.prw"
		if tlpp {
			name = "f.tlpp"
		}
		file, _ := source.Decode(name, []byte(text))
		if file == nil {
			return
		}
		tree, findings := syntax.Parse(file, preproc.Run(file, preproc.Options{}).Tokens)
		u, _ := Compile(tree)
		if u != nil && !findings.Failed() {
			if err := code.Verify(u); err != nil {
				t.Error(err)
			}
		}
		for _, mode := range []MacroMode{MacroExpr, MacroAssign} {
			if m, err := Macro(text, mode); err == nil {
				verifyMacro(t, text, m)
			}
		}
	})
}

// benchmarkText returns a source of about n lines.
func benchmarkText(n int) string {
	const function = `Static Function Sum%(aList, cName, lAll)
	Local nSum := 0
	Local nItem, cText := ""
	Local bDone := {|x| nSum += x[2], nSum > 100}
	Default lAll := .T.
	For nItem := 1 To Len(aList)
		If aList[nItem][1] == cName .Or. (lAll .And. !Empty(aList[nItem][1]))
			nSum += aList[nItem][2] * 2 - 1
			cText += AllTrim(aList[nItem][1]) + ", " + Str(nSum)
		ElseIf ValType(aList[nItem]) $ "NC"
			Loop
		EndIf
		Do Case
		Case nSum > 10
			SA1->A1_COD := cText
		Case Eval(bDone, aList[nItem])
			Exit
		EndCase
	Next nItem
	(cName)->(DbSkip())
Return nSum

`
	var b strings.Builder
	for i := 0; i*22 < n; i++ {
		b.WriteString(strings.Replace(function, "%", itoa(i), 1))
	}
	return b.String()
}

func BenchmarkCompile(b *testing.B) {
	tree := parse(b, "bench.prw", benchmarkText(22_000))
	lines := tree.File.Lines()
	b.ReportAllocs()
	for b.Loop() {
		Compile(tree)
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkPipeline(b *testing.B) {
	text := []byte(benchmarkText(22_000))
	lines := bytes.Count(text, []byte("\n"))
	b.ReportAllocs()
	for b.Loop() {
		f, _ := source.Decode("bench.prw", text)
		tree, _ := syntax.Parse(f, preproc.Run(f, preproc.Options{}).Tokens)
		Compile(tree)
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkMacro(b *testing.B) {
	for _, text := range []string{"cName", "aList[1]:nTotal + 1"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Macro(text, MacroExpr)
			}
		})
	}
}
