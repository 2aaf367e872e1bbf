#include "totvs.ch"
#include "check.ch"

// Sorting by hand and by the library, stable order of equal keys, binary search.
User Function Sorting()
	Local aNumbers := {}
	Local nSeed := 42
	Local aPeople := {{"Rita", 31}, {"Ana", 25}, {"Caio", 31}, {"Bia", 25}, {"Davi", 40}}
	Local aCopy
	Local n

	For n := 1 To 200
		nSeed := (nSeed * 1103 + 12345) % 65536
		AAdd(aNumbers, nSeed)
	Next n
	aCopy := aClone(aNumbers)
	QuickSort(aCopy, 1, Len(aCopy), {|x, y| x < y})
	CHECK IsSorted(aCopy, {|x, y| x <= y})
	CHECK IsSorted(aNumbers, {|x, y| x <= y}) IS .F.
	CHECK aSort(aClone(aNumbers)) IS aCopy

	aSort(aNumbers, , , {|x, y| x > y})
	CHECK IsSorted(aNumbers, {|x, y| x >= y})
	CHECK aNumbers[1] IS aTail(aCopy)
	For n := 1 To 200 Step 17
		CHECK BinarySearch(aCopy, aCopy[n]) > 0
	Next n
	CHECK BinarySearch(aCopy, -1) IS 0

	aSort(aPeople, , , {|x, y| x[2] < y[2] .Or. x[2] == y[2] .And. x[1] < y[1]})
	CHECK Names(aPeople) IS "Ana,Bia,Caio,Rita,Davi"
	CHECK Names(MergeSort(aPeople, {|x, y| x[1] <= y[1]})) IS "Ana,Bia,Caio,Davi,Rita"
	CHECK Names(MergeSort(aPeople, {|x, y| x[2] <= y[2]})) IS "Ana,Bia,Caio,Rita,Davi"
	CHECK aSort({3, 1, 2, 9, 8}, 2, 3) IS {3, 1, 2, 9, 8}
	CHECK aSort({"b", "a", "C"}) IS {"C", "a", "b"}
Return .T.

Static Function QuickSort(aList, nFrom, nTo, bLess)
	Local nLow := nFrom
	Local nHigh := nTo
	Local xPivot
	Local xSwap
	If nFrom >= nTo
		Return aList
	EndIf
	xPivot := aList[Int((nFrom + nTo) / 2)]
	While nLow <= nHigh
		While Eval(bLess, aList[nLow], xPivot)
			nLow++
		EndDo
		While Eval(bLess, xPivot, aList[nHigh])
			nHigh--
		EndDo
		If nLow <= nHigh
			xSwap := aList[nLow]
			aList[nLow++] := aList[nHigh]
			aList[nHigh--] := xSwap
		EndIf
	EndDo
	QuickSort(aList, nFrom, nHigh, bLess)
	QuickSort(aList, nLow, nTo, bLess)
Return aList

Static Function MergeSort(aList, bOrdered)
	Local aOut := {}
	Local aLeft := {}, aRight := {}
	Local nLeft := 1, nRight := 1
	If Len(aList) < 2
		Return aList
	EndIf
	aEval(aList, {|x, n| AAdd(IIf(n <= Len(aList) / 2, aLeft, aRight), x)})
	aLeft  := MergeSort(aLeft, bOrdered)
	aRight := MergeSort(aRight, bOrdered)
	While nLeft <= Len(aLeft) .Or. nRight <= Len(aRight)
		If nRight > Len(aRight) .Or. nLeft <= Len(aLeft) .And. Eval(bOrdered, aLeft[nLeft], aRight[nRight])
			AAdd(aOut, aLeft[nLeft++])
		Else
			AAdd(aOut, aRight[nRight++])
		EndIf
	EndDo
Return aOut

Static Function BinarySearch(aList, xValue)
	Local nLow := 1, nHigh := Len(aList), nMid
	While nLow <= nHigh
		nMid := Int((nLow + nHigh) / 2)
		If aList[nMid] == xValue
			Return nMid
		ElseIf aList[nMid] < xValue
			nLow := nMid + 1
		Else
			nHigh := nMid - 1
		EndIf
	EndDo
Return 0

Static Function IsSorted(aList, bOrdered)
	Local n
	For n := 2 To Len(aList)
		If !Eval(bOrdered, aList[n - 1], aList[n])
			Return .F.
		EndIf
	Next n
Return .T.

Static Function Names(aPeople)
	Local cOut := ""
	aEval(aPeople, {|a| cOut += IIf(Empty(cOut), "", ",") + a[1]})
Return cOut
