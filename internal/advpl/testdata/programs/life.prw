#include "totvs.ch"
#include "check.ch"
#define ALIVE "#"
#define DEAD  "."

// Conway's life, Hanoi's towers, permutations, eight queens: loops and recursion.
User Function Life()
	Local aGlider := {".#...", "..#..", "###..", ".....", "....."}
	Local aMoves := {}
	Local nCount := 0
	Local n

	For n := 1 To 4
		aGlider := Turn(aGlider)
	Next n
	CHECK aGlider IS {".....", "..#..", "...#.", ".###.", "....."}
	CHECK Turn({"...", "###", "..."}) IS {".#.", ".#.", ".#."}

	Hanoi(5, "A", "B", "C", {|cFrom, cTo| AAdd(aMoves, cFrom + cTo)})
	CHECK Len(aMoves) IS 31
	CHECK aMoves[1] + aTail(aMoves) IS "ACAC"

	Permute("abcd", "", {|c| nCount++})
	CHECK nCount IS 24
	CHECK Queens(6, {}) IS 4
	CHECK Ackermann(2, 3) IS 9
Return .T.

Static Function Turn(aMap)
	Local aOut := {}
	Local nRow, nCol, nAround, cRow
	For nRow := 1 To Len(aMap)
		cRow := ""
		For nCol := 1 To Len(aMap[nRow])
			nAround := Around(aMap, nRow, nCol)
			cRow += IIf(nAround == 3 .Or. nAround == 2 .And. SubStr(aMap[nRow], nCol, 1) == ALIVE, ALIVE, DEAD)
		Next nCol
		AAdd(aOut, cRow)
	Next nRow
Return aOut

Static Function Around(aMap, nRow, nCol)
	Local nSum := 0
	Local n, m
	For n := Max(nRow - 1, 1) To Min(nRow + 1, Len(aMap))
		For m := Max(nCol - 1, 1) To Min(nCol + 1, Len(aMap[n]))
			If !(n == nRow .And. m == nCol) .And. SubStr(aMap[n], m, 1) == ALIVE
				nSum++
			EndIf
		Next m
	Next n
Return nSum

Static Function Hanoi(n, cFrom, cVia, cTo, bMove)
	If n > 0
		Hanoi(n - 1, cFrom, cTo, cVia, bMove)
		Eval(bMove, cFrom, cTo)
		Hanoi(n - 1, cVia, cFrom, cTo, bMove)
	EndIf
Return

Static Function Permute(cLeft, cDone, bFound)
	Local n
	If Empty(cLeft)
		Return Eval(bFound, cDone)
	EndIf
	For n := 1 To Len(cLeft)
		Permute(Stuff(cLeft, n, 1, ""), cDone + SubStr(cLeft, n, 1), bFound)
	Next n
Return Nil

Static Function Queens(nSize, aSet)
	Local nFound := 0
	Local nCol
	If Len(aSet) == nSize
		Return 1
	EndIf
	For nCol := 1 To nSize
		If aScan(aSet, {|x, nRow| x == nCol .Or. Abs(x - nCol) == Len(aSet) + 1 - nRow}) == 0
			AAdd(aSet, nCol)
			nFound += Queens(nSize, aSet)
			aSize(aSet, Len(aSet) - 1)
		EndIf
	Next nCol
Return nFound

Static Function Ackermann(m, n)
	If m == 0
		Return n + 1
	ElseIf n == 0
		Return Ackermann(m - 1, 1)
	EndIf
Return Ackermann(m - 1, Ackermann(m, n - 1))
