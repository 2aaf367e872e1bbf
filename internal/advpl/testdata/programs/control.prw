#include "totvs.ch"
#include "check.ch"

// Every statement of control, with the odd spellings that old sources use.
User Function Control()
	Local n, m, cOut := ""
	Local aTurns

	For n := 1 To 3 ; cOut += Str(n, 1) ; Next
	CHECK cOut IS "123"
	For n := 3 To 1 Step -1
		cOut += Str(n, 1)
	Next n
	CHECK cOut IS "123321"
	CHECK n IS 0
	For n := 1 To 0
		cOut += "never"
	Next
	CHECK n IS 1
	For n := 1 To 2 Step 0.25
	Next
	CHECK n IS 2.25
	For n = 10 To 12
	Next
	CHECK n IS 13

	// The bound is evaluated before every turn.
	aTurns := {1, 2, 3}
	For n := 1 To Len(aTurns)
		If n < 3
			AAdd(aTurns, n)
		EndIf
	Next
	CHECK Len(aTurns) IS 5
	CHECK n IS 6

	n := 0
	Do While .T.
		n++
		If n % 2 == 0 ; Loop ; EndIf
		If n > 7
			Exit
		Endif
		cOut += Str(n, 1)
	EndDo
	CHECK cOut IS "1233211357"

	cOut := ""
	For n := 1 To 3
		For m := 1 To 3
			If m == 2
				Loop
			EndIf
			If n == 2
				Exit
			EndIf
			cOut += Str(n, 1) + Str(m, 1) + " "
		Next m
	Next n
	CHECK cOut IS "11 13 31 33 "

	CHECK Grade(95) + Grade(85) + Grade(75) + Grade(10) IS "ABCF"
	CHECK Sign(-3) + Sign(0) + Sign(9) IS "-0+"
	CHECK IIf(.T., 1, 1 / 0) IS 1
	CHECK If(.F., 1 / 0, 2) IS 2
	CHECK (.F. .And. 1 / 0 == 0) IS .F.
	CHECK (.T. .Or. 1 / 0 == 0) IS .T.
	CHECK !.F. .And. .Not. .F.
	n := m := 4
	CHECK n + m IS 8
	CHECK (n := 3, n * 2) IS 6
	CHECK n++ + ++n IS 8
	CHECK n-- - --n IS 2
	n += n -= 1
	CHECK n IS 5
	n *= 2
	n /= 4
	n ^= 2
	n %= 4
	CHECK n IS 2.25
	Do Accumulate With n, 2
	CHECK n IS 4.25
	CHECK 7 % 3 IS 1
	CHECK -7 % 3 IS -1
	CHECK 10 - 2 - 3 IS 5
	CHECK "a" + "b" $ "xabx" IS .T.
Return .T.

Static Function Grade(nPoints)
	Local cGrade
	Do Case
		Case nPoints >= 90
			cGrade := "A"
		Case nPoints >= 80
			cGrade := "B"
		Case nPoints >= 70
			cGrade := "C"
		OtherWise
			cGrade := "F"
	End Case
Return(cGrade)

Static Function Sign(n)
	If (n) < 0
		Return "-"
	ElseIf (n) > 0
		Return "+"
	Else
		Return "0"
	End
Return

Static Procedure Accumulate(nTarget, nBy)
	nTarget := nTarget + nBy
Return
