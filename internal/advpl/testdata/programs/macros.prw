#include "totvs.ch"
#include "check.ch"

// Macros: what they see, what they assign, how they call.
User Function Macros()
	Local cLocal := "hidden"
	Local bBlock
	Local cName := "nTotal"
	Private nTotal := 10
	Private cVar := "nTotal"
	Private aList := {1, 2, {3, 4}}
	Private oBox := JsonObject():New()

	CHECK &cVar IS 10
	CHECK &(cName) + 5 IS 15
	CHECK &("nTotal * 2 + Len(aList)") IS 23
	CHECK &("aList[3][2]") IS 4
	CHECK Type("cLocal") IS "U"
	CHECK Type("nTotal") + Type("aList") + Type("1 > 2") IS "NAL"
	FAILS &("cLocal") WITH 14
	FAILS &("1 +") WITH 7

	&cVar := 11
	CHECK nTotal IS 11
	&(cName) += 4
	CHECK nTotal IS 15
	&("aList[1]") := "one"
	CHECK aList[1] IS "one"

	cVar := "nTot"
	CHECK &cVar.al IS 15
	bBlock := &("{|x, y| x + y + nTotal}")
	CHECK Eval(bBlock, 1, 2) IS 18
	nTotal := 100
	CHECK Eval(bBlock, 1, 2) IS 103

	cName := "MacroTwice"
	CHECK &cName.(4) IS 8
	CHECK &("MacroTwice(5)") IS 10
	CHECK &(cName + "(6)") IS 12
	oBox["total"] := 3
	CHECK &("oBox['total']") IS 3

	CHECK &('IIf(nTotal > 50, "big", "small")') IS "big"
	CHECK Late("nTotal") IS 7
	CHECK cLocal IS "hidden"
Return .T.

Function MacroTwice(n)
Return n * 2

// A macro sees the private of the innermost function that made one.
Static Function Late(cName)
	Private nTotal := 7
Return &cName
