User Function Branches(a, b)
	If a
		b()
	EndIf
	If (a) .And. (b)
		c()
	ElseIf(b)
		d()
	Elseif a == 1 ; e()
	Else // nothing
		f()
	End If
	If(a, b, c)
	If(a, (b := 1, c()), d:e())
	If( F(a, b) )
		g()
	EndIf
	If (F({1, 2}, 3)) .Or. IIf(a, b, c)
	End
	If(a, b, c):Show()
	IF TROCA==.F.
	ENDIF text that is ignored
	If oR = NIL ; Return ; EndIf
	If x = 1 ; y = 2 ; Else ; y = 3 ; EndIf
	If !a ; b() ; EndI
	Do Case
		Case a == 1
			b()
		Case (a == 2) .Or. (a == 3)
			c()
			d()
		Otherwise
			e()
	EndCase
	Do Case
	Case a ; b()
	OTHE ; c()
	End Case
	Do Case
	End
	Switch a
	Case 1
		b()
		Exit
	Case 2
		c()
	Otherwise
		d()
	EndSwitch
	If a
		b()
	Else If c ; d()
	Else e()
	EndIf
	If a
	Else lX
	EndIf
	lX
	If&(cCond) ; EndIf
	If&x := 1
Return
