#include "totvs.ch"
#include "check.ch"
#define COL_NAME  1
#define COL_MONTH 2
#define COL_VALUE 3

// A report with groups and breaks, lines by columns, totals, pictures.
User Function Report()
	Local aRows := {{"Norte", 2, 1500.5}, {"Sul", 1, 20}, {"Norte", 1, 99.99}, {"Sul", 1, 0.02}}
	Local aLines := Printed(aRows)

	CHECK Len(aLines) IS 7
	CHECK aLines[1] IS "Norte      1         99,99"
	CHECK aLines[2] IS "Norte      2      1.500,50"
	CHECK aLines[3] IS "total             1.600,49"
	CHECK aLines[6] IS "total                20,02"
	CHECK aLines[7] IS "all               1.620,51"
	CHECK Transform("12345678901", "@R 999.999.999-99") IS "123.456.789-01"
	CHECK Transform(.T., "L") IS "T"
	CHECK Transform("abc", "@!") IS "ABC"
	CHECK Transform(1234567.891, "@E 9,999,999.99") IS "1.234.567,89"
Return .T.

Static Function Printed(aRows)
	Local aLines := {}
	Local cGroup
	Local nGroup := 0, nAll := 0
	Local aRow
	aSort(aRows, , , {|a, b| a[COL_NAME] + Str(a[COL_MONTH], 2) < b[COL_NAME] + Str(b[COL_MONTH], 2)})
	For Each aRow In aRows
		If cGroup != Nil .And. !(cGroup == aRow[COL_NAME])
			AAdd(aLines, Line("total", "", nGroup))
			nGroup := 0
		EndIf
		cGroup := aRow[COL_NAME]
		AAdd(aLines, Line(cGroup, Str(aRow[COL_MONTH], 1), aRow[COL_VALUE]))
		nGroup += aRow[COL_VALUE]
		nAll += aRow[COL_VALUE]
	Next
	AAdd(aLines, Line("total", "", nGroup))
	AAdd(aLines, Line("all", "", nAll))
Return aLines

Static Function Line(cName, cMonth, nValue)
Return PadR(cName, 10) + PadL(cMonth, 2) + Transform(nValue, "@E 999,999,999.99")
