User Function Unclosed()
	While a
		If b
			c()
	EndDo
	EndIf
	x()
Return

User Function Open()
	For i := 1 To 2
		Do Case
			Case a
				b()
Return

User Function Strange()
	Next
	Else
	Case 1
	Recover
	EndDo
	End
	Do Case
		a()
		Case b
	EndCase
	If a
	Else
		x()
	ElseIf b
		y()
	Else
	EndIf
	Begin Sequence
	Recover
	Recover
	End
	If a
		While b
			c()
		EndIf
	EndDo
Return

Class Half
	Data a

User Function After()
Return
