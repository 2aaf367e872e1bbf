x := 1
If x
	y()
EndIf
z()
User Function Wrong()
	Lcoal a := 1
	Retrun a
	a := (1 + 
	b := 2 +
	c[1 := 2
	f(1, 2
	f() := 3
	d
	Iff x == 1
		e()
	EndIf
	DEFINE MSDIALOG oDlg TITLE "x"
	@ 10, 10 SAY "x"
	@Test("x")
	Local 1a
	For i To 3
	Next
	x := y z
	Begin Something
	5 := 6
	If (a ; b() ; EndIf
	Endfi
	o:
	a.b := 1
	Private
	ok()
Return

Method Lost()
Return

Class Broken Form Base
	Data 1
	Metod x()
	Self:Do()
	Method y() Strange
EndClass
User Function Params(1, b)
Return
@Test(
User Function Tail()
Return
