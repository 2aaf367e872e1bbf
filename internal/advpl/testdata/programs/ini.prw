#include "totvs.ch"
#include "check.ch"

// Reads settings: sections, comments, types by their look, defaults by reference.
User Function Ini()
	Local cText := "; general" + CRLF + "[General]" + CRLF + "Port = 5012" + CRLF + "name=Main server ; shown" + CRLF + ;
		"active=true" + CRLF + CRLF + "[paths]" + CRLF + "root=c:\data\" + CRLF + "broken line" + CRLF + "since=2024-02-29"
	Local aFaults := {}
	Local oSettings := Read(cText, @aFaults)
	Local nPort := 1, cRoot := "none", cOther := "kept"

	CHECK oSettings["general"]["port"] IS 5012
	CHECK oSettings["general"]["active"] IS .T.
	CHECK oSettings["general"]["name"] IS "Main server"
	CHECK oSettings["paths"]["since"] IS SToD("20240229")
	CHECK aFaults IS {"line 9: broken line"}
	CHECK Take(oSettings, "general.port", @nPort)
	CHECK nPort IS 5012
	CHECK Take(oSettings, "paths.root", @cRoot)
	CHECK cRoot IS "c:\data\"
	CHECK Take(oSettings, "paths.nothing", @cOther) IS .F.
	CHECK Take(oSettings, "nowhere.port", @cOther) IS .F.
	CHECK cOther IS "kept"
Return .T.

Static Function Read(cText, aFaults)
	Local oOut := JsonObject():New()
	Local cSection := ""
	Local aLines := StrTokArr2(cText, CRLF, .T.)
	Local n, nAt, cLine
	For n := 1 To Len(aLines)
		cLine := AllTrim(Before(aLines[n], ";"))
		Do Case
		Case Empty(cLine)
			Loop
		Case Left(cLine, 1) == "[" .And. Right(cLine, 1) == "]"
			cSection := Lower(SubStr(cLine, 2, Len(cLine) - 2))
			oOut[cSection] := JsonObject():New()
		Case (nAt := At("=", cLine)) > 1
			oOut[cSection][Lower(AllTrim(Left(cLine, nAt - 1)))] := Typed(AllTrim(SubStr(cLine, nAt + 1)))
		Otherwise
			AAdd(aFaults, "line " + cValToChar(n) + ": " + cLine)
		EndCase
	Next n
Return oOut

Static Function Before(cText, cMark)
	Local nAt := At(cMark, cText)
Return IIf(nAt == 0, cText, Left(cText, nAt - 1))

Static Function Typed(cText)
	Local n
	If Lower(cText) == "true" .Or. Lower(cText) == "false"
		Return Lower(cText) == "true"
	EndIf
	If Len(cText) == 10 .And. SubStr(cText, 5, 1) + SubStr(cText, 8, 1) == "--"
		Return SToD(StrTran(cText, "-", ""))
	EndIf
	For n := 1 To Len(cText)
		If !IsDigit(SubStr(cText, n, 1))
			Return cText
		EndIf
	Next n
Return Val(cText)

Static Function Take(oSettings, cPath, xInto)
	Local aPath := StrTokArr(cPath, ".")
	If oSettings[aPath[1]] == Nil .Or. !oSettings[aPath[1]]:HasProperty(aPath[2])
		Return .F.
	EndIf
	xInto := oSettings[aPath[1]][aPath[2]]
Return .T.
