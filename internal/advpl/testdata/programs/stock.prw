#include "totvs.ch"
#include "check.ch"

// Stock valued first in, first out; movements by document, with rounding.
User Function Stock()
	Local aLots := {}
	Local nCost

	In(aLots, SToD("20240102"), 10, 5)
	In(aLots, SToD("20240105"), 10, 6)
	CHECK Value(aLots) IS 110
	nCost := Out(@aLots, 12)
	CHECK nCost IS 62
	CHECK Len(aLots) IS 1
	CHECK aLots[1][2] IS 8
	CHECK Out(@aLots, 9) IS -1
	CHECK Value(aLots) IS 48
	In(aLots, SToD("20240103"), 3, 4.333)
	aSort(aLots, , , {|a, b| a[1] < b[1]})
	CHECK aLots[1][2] IS 3
	CHECK Out(@aLots, 3) IS 13
	CHECK Out(@aLots, 8) IS 48
	CHECK aLots IS {}
	CHECK Round(2.345, 2) IS 2.35
	CHECK Round(-2.345, 2) IS -2.35
	CHECK NoRound(2.349, 2) IS 2.34
	CHECK Round(1234.5, -2) IS 1200
	CHECK 0.1 + 0.2 == 0.3 .Or. Abs(0.1 + 0.2 - 0.3) < 0.000001
Return .T.

Static Function In(aLots, dDay, nQuantity, nPrice)
	AAdd(aLots, {dDay, nQuantity, nPrice})
Return Nil

Static Function Out(aLots, nQuantity)
	Local nCost := 0
	Local nTake
	If Available(aLots) < nQuantity
		Return -1
	EndIf
	While nQuantity > 0
		nTake := Min(nQuantity, aLots[1][2])
		nCost += nTake * aLots[1][3]
		aLots[1][2] -= nTake
		nQuantity -= nTake
		If aLots[1][2] == 0
			aDel(aLots, 1)
			aSize(aLots, Len(aLots) - 1)
		EndIf
	EndDo
Return Round(nCost, 2)

Static Function Available(aLots)
	Local nSum := 0
	aEval(aLots, {|a| nSum += a[2]})
Return nSum

Static Function Value(aLots)
	Local nSum := 0
	aEval(aLots, {|a| nSum += a[2] * a[3]})
Return nSum
