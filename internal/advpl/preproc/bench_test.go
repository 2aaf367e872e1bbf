package preproc

import (
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl/source"
)

// benchHeader is a header with 500 rules and 1,500 defines.
func benchHeader() string {
	var b strings.Builder
	for i := range 500 {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "#xtranslate Func%d( <x,...> ) => Other%d( <x> )\n", i, i)
		case 1:
			fmt.Fprintf(&b, "#xcommand DEFINE THING%d <v> [SIZE <n>] [OF <w>] [<p: PIXEL>] => <v> := Thing%d():New(<n>, <w>, <.p.>)\n", i, i)
		case 2:
			fmt.Fprintf(&b, "#command @ <r>, <c> THING%d <x> [PICTURE <p>] [VALID <v>] => Thing%d(<r>, <c>, <x>, <p>, <{v}>)\n", i, i)
		case 3:
			fmt.Fprintf(&b, "#command VERB%d <f> [TO <(t)>] => Verb%d(<\"f\">, <(t)>)\n", i, i)
		case 4:
			fmt.Fprintf(&b, "#translate STATE%d OF <x> => <x>:State%d\n", i, i)
		}
		fmt.Fprintf(&b, "#define K_A%d %d\n#define K_B%d \"b%d\"\n#define K_C%d (%d + 1)\n", i, i, i, i, i, i)
	}
	return b.String()
}

// benchSource is a program of n lines.
func benchSource(n int) string {
	var b strings.Builder
	b.WriteString("#include \"bench.ch\"\n")
	for i := range n {
		switch i % 10 {
		case 0:
			fmt.Fprintf(&b, "User Function Bench%d(cA, nB)\n", i)
		case 1:
			b.WriteString("\tLocal aArea := GetArea()\n")
		case 2:
			b.WriteString("\tLocal nTotal := 0, cText := \"abc\"\n")
		case 3:
			b.WriteString("\tIf !Empty(cA) .And. nB > 10\n")
		case 4:
			b.WriteString("\t\tnTotal += nB * 2 // twice\n")
		case 5:
			b.WriteString("\t\tAAdd(aArea, {cText, nTotal})\n")
		case 6:
			fmt.Fprintf(&b, "\t\tcText := AllTrim(SA1->A1_NOME) + K_B%d\n", i%500)
		case 7:
			b.WriteString("\tEndIf\n")
		case 8:
			b.WriteString("\tRestArea(aArea)\n")
		case 9:
			b.WriteString("Return nTotal\n\n")
		}
	}
	return b.String()
}

// BenchmarkRun preprocesses a source of 10,000 lines with a header of 500 rules.
func BenchmarkRun(b *testing.B) {
	const lines = 10_000
	header := file(b, "bench.ch", benchHeader())
	o := Options{Cache: &Cache{}, Open: func(string, *source.File) (*source.File, error) { return header, nil }}
	f := file(b, "bench.prw", benchSource(lines))
	b.SetBytes(int64(len(f.Text)))
	b.ReportAllocs()
	for b.Loop() {
		if r := Run(f, o); r.Findings != nil {
			b.Fatal(r.Findings)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkInclude is the cost of a header of 500 rules for one small source.
func BenchmarkInclude(b *testing.B) {
	header := file(b, "bench.ch", benchHeader())
	o := Options{Cache: &Cache{}, Open: func(string, *source.File) (*source.File, error) { return header, nil }}
	f := file(b, "bench.prw", benchSource(1))
	b.ReportAllocs()
	for b.Loop() {
		Run(f, o)
	}
}

func BenchmarkLex(b *testing.B) {
	f := file(b, "bench.prw", benchSource(10_000))
	b.SetBytes(int64(len(f.Text)))
	b.ReportAllocs()
	for b.Loop() {
		Lex(f)
	}
}
