#include "totvs.ch"
#include "check.ch"

// Scores of bowling from a text of throws; the rules live in small functions.
User Function Bowling()
	CHECK Score("X X X X X X X X X X X X") IS 300
	CHECK Score("9- 9- 9- 9- 9- 9- 9- 9- 9- 9-") IS 90
	CHECK Score("5/ 5/ 5/ 5/ 5/ 5/ 5/ 5/ 5/ 5/5") IS 150
	CHECK Score("X 7/ 9- X -8 8/ -6 X X X81") IS 167
	CHECK Score("") IS 0
Return .T.

Static Function Score(cText)
	Local aThrows := Throws(StrTran(cText, " ", ""))
	Local nScore := 0
	Local nAt := 1
	Local nFrame
	For nFrame := 1 To 10
		nScore += Pins(aThrows, nAt) + Pins(aThrows, nAt + 1)
		If Pins(aThrows, nAt) == 10
			nScore += Pins(aThrows, nAt + 2)
			nAt += 1
		Else
			nScore += IIf(Pins(aThrows, nAt) + Pins(aThrows, nAt + 1) == 10, Pins(aThrows, nAt + 2), 0)
			nAt += 2
		EndIf
	Next nFrame
Return nScore

Static Function Throws(cText)
	Local aOut := {}
	Local n, c
	For n := 1 To Len(cText)
		c := SubStr(cText, n, 1)
		AAdd(aOut, IIf(c == "X", 10, IIf(c == "-", 0, IIf(c == "/", 10 - aTail(aOut), Val(c)))))
	Next n
Return aOut

Static Function Pins(aThrows, nAt)
Return IIf(nAt <= Len(aThrows), aThrows[nAt], 0)
