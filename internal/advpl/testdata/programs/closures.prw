#include "totvs.ch"
#include "check.ch"

// Code blocks: what they capture, how long it lives, nesting, order of evaluation.
User Function Closures()
	Local bNext := Counter(10)
	Local bOther := Counter(100)
	Local aBlocks := {}
	Local aPair
	Local cTrace := ""
	Local n
	Local bCompose := {|f, g| {|x| Eval(f, Eval(g, x))}}
	Local bFact

	CHECK Eval(bNext) IS 11
	CHECK Eval(bNext) IS 12
	CHECK Eval(bOther) IS 101
	CHECK Eval(bNext) IS 13

	aPair := Account(50)
	Eval(aPair[1], 25)
	CHECK Eval(aPair[2]) IS 75
	CHECK Eval(Account(1)[2]) IS 1

	// One variable for all turns, as in Clipper.
	For n := 1 To 3
		AAdd(aBlocks, {|| n})
	Next n
	CHECK Eval(aBlocks[1]) IS 4
	CHECK Eval(aBlocks[3]) IS 4
	aBlocks := {}
	For n := 1 To 3
		AAdd(aBlocks, Keeps(n))
	Next n
	CHECK Eval(aBlocks[1]) IS 1
	CHECK Eval(aBlocks[3]) IS 3

	CHECK Eval(Eval(bCompose, {|x| x + 1}, {|x| x * 10}), 4) IS 41
	CHECK Eval({|| cTrace += "a", cTrace += "b", Len(cTrace)}) IS 2
	CHECK cTrace IS "ab"
	CHECK Eval({|| }) IS Nil
	CHECK Eval({|x, y| y}, 1) IS Nil
	CHECK Eval({|x| x}, 1, 2, 3) IS 1

	bFact := {|k| IIf(k <= 1, 1, k * Eval(bFact, k - 1))}
	CHECK Eval(bFact, 10) IS 3628800

	CHECK Apply({1, 2, 3}, {|x, i| x * i}) IS {1, 4, 9}
	CHECK Fold({"a", "b", "c"}, {|c, x| c + x}, ">") IS ">abc"
	n := 5
	Eval({|x| n += x}, 10)
	CHECK n IS 15
	CHECK ValType({|| Nil}) IS "B"
	FAILS Eval(1) WITH 1
Return .T.

Static Function Counter(nStart)
Return {|| ++nStart}

Static Function Account(nBalance)
Return {{|n| nBalance += n}, {|| nBalance}}

Static Function Keeps(n)
Return {|| n}

Static Function Apply(aList, bWork)
	Local aOut := {}
	aEval(aList, {|x, i| AAdd(aOut, Eval(bWork, x, i))})
Return aOut

Static Function Fold(aList, bJoin, xValue)
	aEval(aList, {|x| xValue := Eval(bJoin, xValue, x)})
Return xValue
