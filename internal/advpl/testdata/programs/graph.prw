#include "totvs.ch"
#include "check.ch"

// Graphs: shortest ways, order of dependent tasks, cycles, flood fill.
User Function Graph()
	Local aRoads := {{"A", "B", 7}, {"A", "C", 3}, {"C", "B", 1}, {"B", "D", 2}, {"C", "D", 8}, {"E", "F", 1}}
	Local aTasks := {{"run", {"build"}}, {"build", {"fetch", "config"}}, {"fetch", {}}, {"config", {"fetch"}}}

	CHECK Shortest(aRoads, "A", "D") IS 6
	CHECK Shortest(aRoads, "A", "A") IS 0
	CHECK Shortest(aRoads, "A", "F") IS Nil
	CHECK InOrder(aTasks) IS {"fetch", "config", "build", "run"}
	CHECK InOrder({{"a", {"b"}}, {"b", {"a"}}}) IS "a depends on itself"
	CHECK Islands({"110", "010", "001"}) IS 2
	CHECK Islands({"000"}) IS 0
Return .T.

Static Function Shortest(aRoads, cFrom, cTo)
	Local aKnown := {{cFrom, 0}}
	Local lBetter := .T.
	Local n, nFrom, nTo
	While lBetter
		lBetter := .F.
		For n := 1 To Len(aRoads)
			nFrom := aScan(aKnown, {|a| a[1] == aRoads[n][1]})
			If nFrom == 0
				Loop
			EndIf
			nTo := aScan(aKnown, {|a| a[1] == aRoads[n][2]})
			If nTo == 0
				AAdd(aKnown, {aRoads[n][2], 999999})
				nTo := Len(aKnown)
			EndIf
			If aKnown[nFrom][2] + aRoads[n][3] < aKnown[nTo][2]
				aKnown[nTo][2] := aKnown[nFrom][2] + aRoads[n][3]
				lBetter := .T.
			EndIf
		Next n
	EndDo
	n := aScan(aKnown, {|a| a[1] == cTo})
Return IIf(n == 0, Nil, aKnown[n][2])

Static Function InOrder(aTasks)
	Local aDone := {}
	Local xFault
	Local n
	Private aOpen := {}
	Begin Sequence
		For n := 1 To Len(aTasks)
			Visit(aTasks, aTasks[n][1], aDone)
		Next n
	Recover Using xFault
		Return xFault
	End Sequence
Return aDone

Static Function Visit(aTasks, cTask, aDone)
	Local nTask
	If aScan(aDone, cTask) > 0
		Return
	EndIf
	If aScan(aOpen, cTask) > 0
		Break(cTask + " depends on itself")
	EndIf
	AAdd(aOpen, cTask)
	nTask := aScan(aTasks, {|a| a[1] == cTask})
	aEval(aTasks[nTask][2], {|c| Visit(aTasks, c, aDone)})
	AAdd(aDone, cTask)
Return

Static Function Islands(aMap)
	Local nCount := 0
	Local nRow, nCol
	For nRow := 1 To Len(aMap)
		For nCol := 1 To Len(aMap[nRow])
			If SubStr(aMap[nRow], nCol, 1) == "1"
				nCount++
				Flood(@aMap, nRow, nCol)
			EndIf
		Next nCol
	Next nRow
Return nCount

Static Function Flood(aMap, nRow, nCol)
	If nRow < 1 .Or. nRow > Len(aMap) .Or. nCol < 1 .Or. SubStr(aMap[nRow], nCol, 1) != "1" .Or. nCol > Len(aMap[nRow])
		Return
	EndIf
	aMap[nRow] := Stuff(aMap[nRow], nCol, 1, "0")
	Flood(aMap, nRow + 1, nCol)
	Flood(aMap, nRow - 1, nCol)
	Flood(aMap, nRow, nCol + 1)
	Flood(aMap, nRow, nCol - 1)
Return
