package code

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestInfos checks that the table describes every operation in full.
func TestInfos(t *testing.T) {
	seen := map[string]Op{}
	for op := NOP; op < NumOps; op++ {
		info := op.Info()
		if info.Name == "" || info.Effect == "" {
			t.Errorf("operation %d has no name or effect", op)
		}
		if other, dup := seen[info.Name]; dup {
			t.Errorf("operations %d and %d are both named %s", op, other, info.Name)
		}
		seen[info.Name] = op
		if info.Bx != None && (info.B != None || info.C != None) {
			t.Errorf("%s uses both Bx and B or C", op)
		}
		jumps := info.C == Jump || info.Bx == Jump
		if flows := info.Flow == Branch || info.Flow == Goto || info.Flow == Push; jumps != flows {
			t.Errorf("%s: jump operand %v, flow %d", op, jumps, info.Flow)
		}
		if (info.A == Source || info.A == Target) != (info.B == Count) {
			t.Errorf("%s: a range without its count", op)
		}
		if (info.B == Source) != (info.C == Count) {
			t.Errorf("%s: a range without its count", op)
		}
		if (info.A == Window) != (info.B == Args) {
			t.Errorf("%s: a window without its arguments", op)
		}
	}
}

func TestGroups(t *testing.T) {
	next := NOP
	for _, g := range Groups() {
		if g.First != next {
			t.Errorf("group %s begins with %s; want %s", g.Title, g.First, next)
		}
		next = g.Last + 1
	}
	if next != NumOps {
		t.Errorf("groups end before %s", next)
	}
}

func TestForm(t *testing.T) {
	tests := map[Op]string{NOP: "", MOVE: "A B", LOADK: "A Bx", JMP: "Bx", JLTK: "A B sC", CALL: "A B C", PUBLIC: "Bx", RET: "A"}
	for op, want := range tests {
		if got := op.Info().Form(); got != want {
			t.Errorf("%s.Info().Form() = %q; want %q", op, got, want)
		}
	}
}

func TestOpString(t *testing.T) {
	if got := FORLOOPK.String(); got != "FORLOOPK" {
		t.Errorf("FORLOOPK.String() = %q", got)
	}
	if got := Op(9999).String(); got != "OP9999" {
		t.Errorf("Op(9999).String() = %q", got)
	}
	if got := Op(9999).Info(); got != (Info{}) {
		t.Errorf("Op(9999).Info() = %v; want the zero Info", got)
	}
}

// TestExplain checks that every effect can be shown with values.
func TestExplain(t *testing.T) {
	f := sample().Funcs[0]
	for op := NOP; op < NumOps; op++ {
		text := explain(f, 0, Instr{Op: op, A: 1, B: 2, C: 3})
		for _, raw := range []string{"[A", "[B", "[C", "A+", "B+"} {
			if strings.Contains(text, raw) {
				t.Errorf("explain(%s) = %q; %q is not replaced", op, text, raw)
			}
		}
	}
}

func TestDisassemble(t *testing.T) {
	var b bytes.Buffer
	if err := Disassemble(&b, sample()); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/sample.txt"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("Disassemble(sample) = %s\nwant (go test -update rewrites it) %s", got, want)
	}
}

func BenchmarkVerify(b *testing.B) {
	u := sample()
	n := 0
	for _, f := range u.Funcs {
		n += len(f.Code)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := Verify(u); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Minstr/s")
}
