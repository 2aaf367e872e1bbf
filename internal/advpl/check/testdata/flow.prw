User Function Flow(n)
If n == 1
	Return 1
	ConOut("x") // want: unreachable-code
ElseIf n == 2
	Return 2
Else
	Return 3
EndIf
ConOut("y") // want: unreachable-code
ConOut("z")
Return 4

User Function Partly(n) // want: missing-return
If n == 1
	Return 1
EndIf
ConOut("x")
Return_()

User Function Nothing(n)
If n == 1
	Return Nil
EndIf
ConOut("x")

User Function Habit(n)
If n == 1
	Return .T.
Else
	Return .F.
EndIf
Return
Return Nil

User Function Forever(n)
While .T.
	If n > 10
		Return n
	EndIf
	n++
End
Return

User Function Until(n)
While .T.
	If n > 10
		Exit
	EndIf
	Loop
	n++ // want: unreachable-code
EndDo
ConOut(n)
Return n

User Function Ever()
While (.T.)
	Sleep(1)
EndDo
ConOut("never") // want: unreachable-code
Return

User Function Guarded(n)
Begin Sequence
	If n > 1
		Break
		ConOut("x") // want: unreachable-code
	EndIf
	Return 1
Recover
	Return 2
End Sequence

User Function Unsure(n)
Begin Sequence
	Return Calc(n)
End Sequence

User Function Choice(n)
Do Case
Case n == 1
	Return 1
Case n == 2
	Return 2
Otherwise
	Return 3
EndCase
