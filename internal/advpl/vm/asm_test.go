package vm

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// asmRegs is how many registers assembled functions have.
const asmRegs = 12

var opNames = func() map[string]code.Op {
	m := map[string]code.Op{}
	for op := range code.NumOps {
		m[op.String()] = op
	}
	return m
}()

// assemble makes a function of text: one instruction a line, or several separated
// by |, of the operands that it uses; "name:" is a label, ">name" the distance to
// it.
func assemble(t testing.TB, f code.Func, text string) *code.Func {
	t.Helper()
	f.NRegs = asmRegs
	for len(f.Params) < int(f.NParams) {
		f.Params = append(f.Params, code.Param{Name: fmt.Sprintf("P%d", len(f.Params))})
	}
	var lines [][]string
	labels := map[string]int{}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '|' }) {
		words := strings.Fields(line)
		for len(words) > 0 && strings.HasSuffix(words[0], ":") {
			labels[strings.TrimSuffix(words[0], ":")] = len(lines)
			words = words[1:]
		}
		if len(words) > 0 {
			lines = append(lines, words)
		}
	}
	for pc, words := range lines {
		f.Code = append(f.Code, instruction(t, pc, words, labels))
	}
	return &f
}

func instruction(t testing.TB, pc int, words []string, labels map[string]int) code.Instr {
	t.Helper()
	op, ok := opNames[words[0]]
	if !ok {
		t.Fatalf("no operation %s", words[0])
	}
	info := op.Info()
	in := code.Instr{Op: op}
	rest := words[1:]
	take := func(o code.Operand) int {
		if o == code.None || o == code.Ignored {
			return 0
		}
		if len(rest) == 0 {
			t.Fatalf("%v: operands are missing", words)
		}
		word := rest[0]
		rest = rest[1:]
		if to, ok := strings.CutPrefix(word, ">"); ok {
			return labels[to] - pc - 1
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	in.A = uint16(take(info.A))
	if info.Bx != code.None {
		in = code.ABx(op, in.A, int32(take(info.Bx)))
	} else {
		in.B = uint16(take(info.B))
		in.C = uint16(take(info.C))
	}
	if len(rest) > 0 {
		t.Fatalf("%v: too many operands", words)
	}
	return in
}

// constants makes a table of constants.
func constants(list ...any) []code.Const {
	var out []code.Const
	for _, v := range list {
		switch v := v.(type) {
		case int:
			out = append(out, code.Const{Kind: code.ConstNum, Num: float64(v)})
		case float64:
			out = append(out, code.Const{Kind: code.ConstNum, Num: v})
		case string:
			out = append(out, code.Const{Kind: code.ConstStr, Str: v})
		case bool:
			k := code.ConstFalse
			if v {
				k = code.ConstTrue
			}
			out = append(out, code.Const{Kind: k})
		default:
			out = append(out, code.Const{})
		}
	}
	return out
}
