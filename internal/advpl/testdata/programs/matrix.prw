#include "totvs.ch"
#include "check.ch"
#define ROWS(a) Len(a)
#define COLS(a) Len(a[1])

// Matrices as arrays of arrays: products, transposes, determinants, references.
User Function Matrix()
	Local aOne := {{1, 2}, {3, 4}}
	Local aTwo := {{0, 1}, {1, 0}}
	Local aBig := Array(3, 4)
	Local aRow
	Local n, m

	CHECK Product(aOne, aTwo) IS {{2, 1}, {4, 3}}
	CHECK Product({{1, 2, 3}}, {{1}, {2}, {3}}) IS {{14}}
	CHECK Turned({{1, 2, 3}, {4, 5, 6}}) IS {{1, 4}, {2, 5}, {3, 6}}
	CHECK Determinant(aOne) IS -2
	CHECK Determinant({{2, 0, 1}, {1, 3, 2}, {1, 1, 4}}) IS 18
	CHECK ROWS(aBig) IS 3
	CHECK COLS(aBig) IS 4
	CHECK aBig[3][4] IS Nil
	For n := 1 To 3
		For m := 1 To 4
			aBig[n, m] := n * 10 + m
		Next m
	Next n
	CHECK aBig[2] IS {21, 22, 23, 24}

	aRow := aBig[1]
	aRow[1] := "shared"
	CHECK aBig[1][1] IS "shared"
	aRow := aClone(aBig[2])
	aRow[1] := "own"
	CHECK aBig[2][1] IS 21
	aSize(aBig, 4)
	CHECK aBig[4] IS Nil
	aBig[4] := aBig
	CHECK Len(aBig[4][4][4]) IS 4
	aDel(aBig, 1)
	CHECK aBig[1][1] IS 21
	CHECK aBig[4] IS Nil
	aIns(aBig, 1)
	CHECK aBig[1] IS Nil
	FAILS aBig[5] WITH 2
	FAILS aBig[0] WITH 2
	FAILS aBig["x"] WITH 1
	FAILS aBig[2][1][1] WITH 1
Return .T.

Static Function Product(aLeft, aRight)
	Local aOut := Array(ROWS(aLeft), COLS(aRight))
	Local nRow, nCol, n
	For nRow := 1 To ROWS(aLeft)
		For nCol := 1 To COLS(aRight)
			aOut[nRow][nCol] := 0
			For n := 1 To COLS(aLeft)
				aOut[nRow][nCol] += aLeft[nRow][n] * aRight[n][nCol]
			Next n
		Next nCol
	Next nRow
Return aOut

Static Function Turned(a)
	Local aOut := Array(COLS(a), ROWS(a))
	aEval(a, {|aRow, nRow| aEval(aRow, {|x, nCol| aOut[nCol][nRow] := x})})
Return aOut

Static Function Determinant(a)
	Local nSum := 0
	Local nCol
	If ROWS(a) == 1
		Return a[1][1]
	EndIf
	For nCol := 1 To COLS(a)
		nSum += (-1) ^ (nCol + 1) * a[1][nCol] * Determinant(Minor(a, nCol))
	Next nCol
Return nSum

Static Function Minor(a, nCol)
	Local aOut := {}
	Local nRow
	For nRow := 2 To ROWS(a)
		AAdd(aOut, aClone(a[nRow]))
		aDel(aTail(aOut), nCol)
		aSize(aTail(aOut), COLS(a) - 1)
	Next nRow
Return aOut
