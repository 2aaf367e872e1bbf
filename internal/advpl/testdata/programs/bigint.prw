#include "totvs.ch"
#include "check.ch"

// Whole numbers of any length as strings of digits.
User Function BigInt()
	Local cFact := "1"
	Local cFib := "1", cBefore := "0", cNext
	Local n

	CHECK Sum("999", "1") IS "1000"
	CHECK Product("12345678901234567890", "98765432109876543210") IS "1219326311370217952237463801111263526900"
	CHECK Product("0", "77") IS "0"
	For n := 2 To 25
		cFact := Product(cFact, cValToChar(n))
	Next n
	CHECK cFact IS "15511210043330985984000000"
	For n := 2 To 100
		cNext := Sum(cFib, cBefore)
		cBefore := cFib
		cFib := cNext
	Next n
	CHECK cFib IS "354224848179261915075"
	CHECK Modulo("15511210043330985984000001", 97) IS 16
	CHECK 2 ^ 53 - 1 IS 9007199254740991
	CHECK cValToChar(2 ^ 40) IS "1099511627776"
Return .T.

Static Function Sum(cOne, cTwo)
	Local cOut := ""
	Local nCarry := 0
	Local nDigit
	Local nLen := Max(Len(cOne), Len(cTwo))
	Local n
	cOne := PadL(cOne, nLen, "0")
	cTwo := PadL(cTwo, nLen, "0")
	For n := nLen To 1 Step -1
		nDigit := Val(SubStr(cOne, n, 1)) + Val(SubStr(cTwo, n, 1)) + nCarry
		cOut := Str(nDigit % 10, 1) + cOut
		nCarry := Int(nDigit / 10)
	Next n
Return IIf(nCarry > 0, Str(nCarry, 1), "") + cOut

Static Function Product(cOne, cTwo)
	Local aDigits := aFill(Array(Len(cOne) + Len(cTwo)), 0)
	Local cOut := ""
	Local n, m, nAt
	For n := Len(cOne) To 1 Step -1
		For m := Len(cTwo) To 1 Step -1
			nAt := n + m
			aDigits[nAt] += Val(SubStr(cOne, n, 1)) * Val(SubStr(cTwo, m, 1))
			aDigits[nAt - 1] += Int(aDigits[nAt] / 10)
			aDigits[nAt] %= 10
		Next m
	Next n
	aEval(aDigits, {|x| cOut += Str(x, 1)})
	While Len(cOut) > 1 .And. Left(cOut, 1) == "0"
		cOut := SubStr(cOut, 2)
	EndDo
Return cOut

Static Function Modulo(cNumber, nBy)
	Local nRest := 0
	Local n
	For n := 1 To Len(cNumber)
		nRest := (nRest * 10 + Val(SubStr(cNumber, n, 1))) % nBy
	Next n
Return nRest
