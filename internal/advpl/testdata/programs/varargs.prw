#include "totvs.ch"
#include "check.ch"

// Missing, omitted and extra arguments; defaults; the chain of callers.
User Function VarArgs()
	CHECK Given() IS {0, "UUU"}
	CHECK Given(1) IS {1, "NUU"}
	CHECK Given(, "x") IS {2, "UCU"}
	CHECK Given(1, "x", .T., 4, 5) IS {5, "NCL"}
	CHECK Given(Nil, , {}) IS {3, "UUA"}
	CHECK Defaults() IS {10, "ten", 11}
	CHECK Defaults(1) IS {1, "ten", 2}
	CHECK Defaults(, "x", 0) IS {10, "x", 0}
	CHECK Who() IS "WHO"
	CHECK Eval({|| ProcName(1)}) IS "U_VARARGS"
	CHECK Chain(3) IS "CHAIN,CHAIN,CHAIN,U_VARARGS"
	CHECK ProcLine(0) > 10
	CHECK FindFunction("U_VARARGS") .And. !FindFunction("U_NOSUCHTHING")
	CHECK &("U_ArgTwice")(4) IS 8
	CHECK Changes({1, 2}, "a", 3) IS {9, "a", 3}
Return .T.

User Function ArgTwice(n)
Return n * 2

Static Function Given(xOne, xTwo, xThree)
Return {PCount(), ValType(xOne) + ValType(xTwo) + ValType(xThree)}

Static Function Defaults(nOne, cTwo, nThree)
	Default nOne := 10, cTwo := "ten"
	Default nThree := nOne + 1
Return {nOne, cTwo, nThree}

Static Function Who()
Return ProcName()

Static Function Chain(n)
	Local cOut := ""
	Local nUp
	If n > 1
		Return Chain(n - 1)
	EndIf
	For nUp := 0 To 3
		cOut += IIf(nUp > 0, ",", "") + ProcName(nUp)
	Next nUp
Return cOut

Static Function Changes(aList, cText, n)
	Local aOut := {Touch(aList, cText, n), cText, n}
Return {aOut[1], cText, n}

Static Function Touch(aList, cText, n)
	aList[1] := 9
	cText := "changed"
	n := 0
Return aList[1]
