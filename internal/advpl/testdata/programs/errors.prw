#include "totvs.ch"
#include "check.ch"

// Errors: error blocks, sequences inside sequences, Break through functions.
User Function Errors()
	Local oError
	Local bOld
	Local cLog := ""

	CHECK Safe({|| 1 + "a"}, "failed") IS "failed"
	CHECK Safe({|| 1 + 1}, "failed") IS 2
	CHECK Safe({|| {1, 2}[3]}, "bound") IS "bound"

	oError := Caught({|| Undefined__Function()})
	CHECK oError:GenCode IS 12
	oError := Caught({|| 1 / 0})
	CHECK oError:GenCode IS 5
	CHECK oError:Operation IS "/"
	oError := Caught({|| Nil:Method()})
	CHECK ValType(oError:Description) IS "C"
	oError := Caught({|| UserException("own words")})
	CHECK "own words" $ oError:Description
	oError := Caught({|| 1 + {}})
	CHECK Len(oError:Args) IS 2
	CHECK oError:Args[1] IS 1
	CHECK "ERRORS.PRW" $ Upper(oError:ErrorStack)

	Begin Sequence
		cLog += "1"
		Begin Sequence
			cLog += "2"
			Deep(3)
			cLog += "x"
		Recover Using oError
			cLog += "3" + oError
			Break("again")
		End Sequence
		cLog += "y"
	Recover Using oError
		cLog += "4" + oError
	End Sequence
	CHECK cLog IS "123bottom4again"

	Begin Sequence
		Break
	Recover Using oError
		CHECK oError IS Nil
	End Sequence

	bOld := ErrorBlock({|o| cLog := "handled", Break(o)})
	Begin Sequence
		cLog := Upper(5)
	End Sequence
	CHECK cLog IS "handled"
	ErrorBlock(bOld)

	CHECK Early(1) IS "early"
	CHECK Early(2) IS "late"
	CHECK LoopsOut() IS 55
	CHECK RestoresPrivates() IS "before"
Return .T.

Static Function Safe(bCode, xOtherwise)
	Local bOld := ErrorBlock({|oError| Break(oError)})
	Local xValue := xOtherwise
	Begin Sequence
		xValue := Eval(bCode)
	End Sequence
	ErrorBlock(bOld)
Return xValue

Static Function Caught(bCode)
	Local oCaught
	Local bOld := ErrorBlock({|oError| Break(oError)})
	Begin Sequence
		Eval(bCode)
	Recover Using oCaught
	End Sequence
	ErrorBlock(bOld)
Return oCaught

Static Function Deep(n)
	If n == 0
		Break("bottom")
	EndIf
	Deep(n - 1)
Return

Static Function Early(n)
	Begin Sequence
		If n == 1
			Return "early"
		EndIf
	End Sequence
Return "late"

Static Function LoopsOut()
	Local n, nSum := 0
	For n := 1 To 20
		Begin Sequence
			If n > 10
				Exit
			EndIf
			nSum += n
			Loop
		End Sequence
		nSum := -1
	Next n
Return nSum

Static Function RestoresPrivates()
	Private cState := "before"
	Begin Sequence
		Spoil()
	End Sequence
Return cState

Static Function Spoil()
	Private cState := "inside"
	Break("out")
Return
