#include "totvs.ch"
#include "check.ch"

// Work that fails now and then: retries, the last error kept, clean-up always.
Static nOpen := 0

User Function Retry()
	Local nTries := 0
	Local oLast

	CHECK Attempt(5, {|n| IIf(n < 3, UserException("not yet"), "done " + cValToChar(n))}, @oLast) IS "done 3"
	CHECK "not yet" $ oLast:Description
	CHECK Attempt(2, {|n| nTries := n, UserException("try " + cValToChar(n))}, @oLast) IS Nil
	CHECK nTries IS 2
	CHECK "try 2" $ oLast:Description
	CHECK nOpen IS 0
	CHECK ValType(ErrorBlock()) IS "B"
	CHECK Nested() IS "inner,outer"
Return .T.

Static Function Attempt(nTimes, bWork, oLast)
	Local xValue
	Local n
	Local bOld := ErrorBlock({|o| Break(o)})
	For n := 1 To nTimes
		nOpen++
		Begin Sequence
			xValue := Eval(bWork, n)
			nTimes := 0
		Recover Using oLast
			xValue := Nil
		End Sequence
		nOpen--
	Next n
	ErrorBlock(bOld)
Return xValue

Static Function Nested()
	Local cOut := ""
	Local bOuter := ErrorBlock({|o| cOut += ",outer", Break(o)})
	Local bInner
	Begin Sequence
		bInner := ErrorBlock({|o| cOut += "inner", Break(o)})
		Begin Sequence
			cOut := cOut + 1
		End Sequence
		ErrorBlock({|o| cOut += ",outer", Break(o)})
		cOut := cOut + 1
	End Sequence
	ErrorBlock(bOuter)
Return cOut

