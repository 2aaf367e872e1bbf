#include "totvs.ch"
#include "check.ch"

// Fills {{expressions}} of a text with macros; {{#list}} … {{/}} repeats.
User Function Template()
	Private cName := "Ana"
	Private nTotal := 1234.5
	Private aItems := {{"pen", 2}, {"ink", 1}}

	CHECK Fill("Dear {{cName}},") IS "Dear Ana,"
	CHECK Fill("{{Upper(cName)}} {{nTotal * 2}}") IS "ANA 2469"
	CHECK Fill("no fields") IS "no fields"
	CHECK Fill("") IS ""
	CHECK Fill("{{IIf(nTotal > 1000, 'much', 'little')}}") IS "much"
	CHECK Fill("{{#aItems}}{{xItem[2]}} x {{xItem[1]}}; {{/}}end") IS "2 x pen; 1 x ink; end"
	CHECK Fill("open {{cName") IS "open {{cName"
	CHECK Fill("{{Transform(nTotal, '@E 9,999.99')}}") IS "1.234,50"
	CHECK Fill("<{{cUnknown}}>") IS "<?>"
	CHECK cName IS "Ana"
Return .T.

Static Function Fill(cText)
	Local cOut := ""
	Local nFrom, nTo, nEnd
	Local cField
	While (nFrom := At("{{", cText)) > 0 .And. (nTo := At("}}", SubStr(cText, nFrom))) > 0
		cOut += Left(cText, nFrom - 1)
		cField := SubStr(cText, nFrom + 2, nTo - 3)
		cText := SubStr(cText, nFrom + nTo + 1)
		If Left(cField, 1) == "#"
			nEnd := At("{{/}}", cText)
			cOut += Repeated(SubStr(cField, 2), Left(cText, nEnd - 1))
			cText := SubStr(cText, nEnd + 5)
		Else
			cOut += Field(cField)
		EndIf
	EndDo
Return cOut + cText

Static Function Repeated(cList, cText)
	Local cOut := ""
	Local n
	Private xItem
	For n := 1 To Len(&cList)
		xItem := &cList[n]
		cOut += Fill(cText)
	Next n
Return cOut

Static Function Field(cField)
	Local bOld := ErrorBlock({|oError| Break(oError)})
	Local cValue := "?"
	Begin Sequence
		cValue := cValToChar(&cField)
	End Sequence
	ErrorBlock(bOld)
Return cValue
