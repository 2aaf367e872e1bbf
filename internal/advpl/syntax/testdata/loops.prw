User Function Loops(a, b)
	Local i
	For i := 1 To Len(a)
		b(i)
	Next
	For i = 10 To 1 Step -1
		If i == 5 ; Exit ; EndIf
		Loop
	Next i
	For i := 1 To 10 Step 2 ; b(i) ; Next  i
	For ::nPos := 1 To 2
	EndFor
	For a[1] := 1 To 2
	End For
	For (i := 1) To 3
	End
	For Local n := 1 To 3
	Next n
	For Local k As Numeric := 1 To 3
	Next
	For Each i In a
		b(i)
	Next
	For Each Local x In a:List()
	Next
	While a
		b()
	EndDo
	Do While (a) .And. !b
		c()
	End Do
	While SM0->(!Eof()) .And. SM0->M0_CODIGO == cEmp
		SM0->(DbSkip())
	End While
	whil a ; b() ; endd
	Do While a ; EndWhile
	While .T.
		While .F.
		End
	End
Return
