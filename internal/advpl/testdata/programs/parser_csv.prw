#include "totvs.ch"
#include "check.ch"
#define QUOTE '"'
#define STATE_START  1
#define STATE_PLAIN  2
#define STATE_QUOTED 3
#define STATE_CLOSED 4

// Reads and writes CSV with quotes, by a machine with states.
User Function Csv()
	Local cText := 'id,name,note' + CRLF + ;
		'1,"Silva, Ana","said ""no"""' + CRLF + ;
		'2,Bruno,' + CRLF + ;
		'3,"two' + CRLF + 'lines",x'
	Local aRows := ReadCsv(cText)

	CHECK Len(aRows) IS 4
	CHECK aRows[1] IS {"id", "name", "note"}
	CHECK aRows[2] IS {"1", "Silva, Ana", 'said "no"'}
	CHECK aRows[3] IS {"2", "Bruno", ""}
	CHECK aRows[4][2] IS "two" + CRLF + "lines"
	CHECK ReadCsv(WriteCsv(aRows)) IS aRows
	CHECK ReadCsv("") IS {}
	CHECK ReadCsv("a") IS {{"a"}}
	CHECK ReadCsv(",") IS {{"", ""}}
	CHECK ReadCsv("a;b", ";") IS {{"a", "b"}}
	CHECK Totals(ReadCsv("x,1" + CRLF + "y,2" + CRLF + "x,3.5")) IS {{"x", 4.5}, {"y", 2}}
Return .T.

Static Function ReadCsv(cText, cComma)
	Local aRows := {}, aRow := {}
	Local cField := "", cChar
	Local nState := STATE_START
	Local nAt, nLen := Len(cText)
	Default cComma := ","
	For nAt := 1 To nLen
		cChar := SubStr(cText, nAt, 1)
		Do Case
		Case nState == STATE_QUOTED .And. cChar == QUOTE
			nState := STATE_CLOSED
		Case nState == STATE_QUOTED
			cField += cChar
		Case cChar == QUOTE .And. nState == STATE_START
			nState := STATE_QUOTED
		Case cChar == QUOTE .And. nState == STATE_CLOSED
			cField += QUOTE
			nState := STATE_QUOTED
		Case cChar == cComma
			AAdd(aRow, cField)
			cField := ""
			nState := STATE_START
		Case cChar == Chr(13)
			Loop
		Case cChar == Chr(10)
			AAdd(aRow, cField)
			AAdd(aRows, aRow)
			aRow := {}
			cField := ""
			nState := STATE_START
		Otherwise
			cField += cChar
			nState := STATE_PLAIN
		EndCase
	Next nAt
	If nLen > 0
		AAdd(aRow, cField)
		AAdd(aRows, aRow)
	EndIf
Return aRows

Static Function WriteCsv(aRows)
	Local cOut := ""
	Local nRow, nField
	For nRow := 1 To Len(aRows)
		For nField := 1 To Len(aRows[nRow])
			cOut += IIf(nField > 1, ",", "") + Quoted(aRows[nRow][nField])
		Next
		If nRow < Len(aRows)
			cOut += CRLF
		EndIf
	Next
Return cOut

Static Function Quoted(cField)
	If QUOTE $ cField .Or. "," $ cField .Or. Chr(10) $ cField
		Return QUOTE + StrTran(cField, QUOTE, QUOTE + QUOTE) + QUOTE
	EndIf
Return cField

Static Function Totals(aRows)
	Local aOut := {}
	Local nAt
	aEval(aRows, {|aRow| nAt := aScan(aOut, {|a| a[1] == aRow[1]}), ;
		IIf(nAt == 0, AAdd(aOut, {aRow[1], Val(aRow[2])}), aOut[nAt][2] += Val(aRow[2]))})
Return aOut
