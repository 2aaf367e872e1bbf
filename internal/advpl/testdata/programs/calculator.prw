#include "totvs.ch"
#include "check.ch"

// A calculator: tokens by a scanner, values by recursive descent, with the state in
// privates, as older programs keep it.
Static aOperators := {"+", "-", "*", "/", "(", ")", "^"}

User Function Calc()
	CHECK Calculate("1 + 2 * 3") IS 7
	CHECK Calculate("(1 + 2) * 3") IS 9
	CHECK Calculate("2 ^ 3 ^ 2") IS 512
	CHECK Calculate("-4 + 10 / 4") IS -1.5
	CHECK Calculate("((((1))))") IS 1
	CHECK Calculate("1 - 2 - 3") IS -4
	CHECK Calculate("3.25 * 4") IS 13
	CHECK Calculate("1 +") IS "end of text at 4"
	CHECK Calculate("(1") IS "no ) at 3"
	CHECK Calculate("1 $ 2") IS "strange $ at 3"
	CHECK Calculate("1 / 0") IS "division by zero"
	CHECK Type("cText") IS "U"
Return .T.

Static Function Calculate(cSource)
	Local xValue
	Local bOld := ErrorBlock({|oError| Break("division by zero")})
	Private cText := cSource
	Private nAt := 1
	Private cToken := ""
	Begin Sequence
		NextToken()
		xValue := Sum()
		If !Empty(cToken)
			Break("strange " + cToken + " at " + cValToChar(nAt))
		EndIf
	Recover Using xValue
	End Sequence
	ErrorBlock(bOld)
Return xValue

Static Function NextToken()
	While nAt <= Len(cText) .And. SubStr(cText, nAt, 1) == " "
		nAt++
	EndDo
	cToken := SubStr(cText, nAt, 1)
	If IsDigit(cToken)
		cToken := ""
		While IsDigit(SubStr(cText, nAt, 1)) .Or. SubStr(cText, nAt, 1) == "."
			cToken += SubStr(cText, nAt, 1)
			nAt++
		EndDo
	ElseIf aScan(aOperators, cToken) > 0 .And. !Empty(cToken)
		nAt++
	ElseIf !Empty(cToken)
		Break("strange " + cToken + " at " + cValToChar(nAt))
	EndIf
Return cToken

Static Function Sum()
	Local nValue := Product()
	Local cOp
	While cToken $ "+-" .And. !Empty(cToken)
		cOp := cToken
		NextToken()
		If cOp == "+"
			nValue += Product()
		Else
			nValue -= Product()
		EndIf
	EndDo
Return nValue

Static Function Product()
	Local nValue := Power()
	Local cOp
	While cToken $ "*/" .And. !Empty(cToken)
		cOp := cToken
		NextToken()
		nValue := IIf(cOp == "*", nValue * Power(), nValue / Power())
	EndDo
Return nValue

Static Function Power()
	Local nBase := Factor()
	If cToken == "^"
		NextToken()
		Return nBase ^ Power()
	EndIf
Return nBase

Static Function Factor()
	Local nValue
	Do Case
	Case Empty(cToken)
		Break("end of text at " + cValToChar(nAt))
	Case cToken == "-"
		NextToken()
		nValue := -Factor()
	Case cToken == "("
		NextToken()
		nValue := Sum()
		If cToken != ")" .Or. Empty(cToken)
			Break("no ) at " + cValToChar(nAt))
		EndIf
		NextToken()
	Otherwise
		nValue := Val(cToken)
		NextToken()
	EndCase
Return nValue
