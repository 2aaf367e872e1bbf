package lib

import (
	"testing"

	"appserver/internal/advpl/vm"
)

// BenchmarkNatives measures a call of a native in a loop; "nothing" is the loop itself.
func BenchmarkNatives(b *testing.B) {
	for _, c := range []struct{ name, expr string }{
		{"nothing", `n`},
		{"Len", `Len(c)`},
		{"SubStr", `SubStr(c, 2, 3)`},
		{"Chr", `Chr(65)`},
		{"Asc", `Asc(c)`},
		{"Str", `Str(n)`},
		{"StrInt", `Str(i)`},
		{"StrZero", `StrZero(i, 6)`},
		{"Round", `Round(n, 2)`},
		{"Val", `Val("123")`},
		{"ValType", `ValType(n)`},
		{"Empty", `Empty(c)`},
		{"Space", `Space(20)`},
		{"AllTrim", `AllTrim("  ab  ")`},
		{"Upper", `Upper(c)`},
		{"DToS", `DToS(d)`},
		{"DToC", `DToC(d)`},
		{"SToD", `SToD("20261122")`},
		{"cValToChar", `cValToChar(i)`},
		{"Transform", `Transform(n, "@E 999,999.99")`},
		{"AAdd", `AAdd(a, i)`},
		{"AScan16Block", `AScan(s, {|x| x == 16})`},
		{"AScan16", `AScan(s, 16)`},
		{"ASort16Block", `ASort(AClone(s),,, {|x, y| x > y})`},
		{"StrTokArr", `StrTokArr("a;b;c;d", ";")`},
	} {
		b.Run(c.name, func(b *testing.B) {
			u := build(b, "bench.prw", "Function Main(nTurns)\nLocal c := 'abcdef', n := 12.345, d := SToD('20261122'), a := {}, i, x\n"+
				"Local s := {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}\nFor i := 1 To nTurns\nx := "+c.expr+"\nNext\nReturn x\n")
			th := thread(b, vm.Options{}, u)
			b.ReportAllocs()
			if _, err := th.Call("MAIN", vm.Int(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
