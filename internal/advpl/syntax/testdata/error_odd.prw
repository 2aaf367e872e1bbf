// Forms that mean nothing or not what they seem, but that sources of the field
// have: they are taken with a warning.
Static Function Comma(a, b,)
	@ nRow++
	@ nRow
	oRep := Report():New()("a", 1)
	oRep := Report()():New()
	x := 1;
	y := 2;
	If x => 1 .And. y =< 2;
		Work();
	EndIf;
Return

WSRESTFUL items DESCRIPTION ("x")
	WSMETHOD GET list DESCRIPTION "x" WSSYNTAX "/x"
END WSRESTFUL

WSMETHOD GET list WSRECEIVE WSRESTFUL items
Return .T.

// The name of a User Function may begin with a digit, or have nothing else.
User Function 2Mail(cTo)
Return U_2Mail(cTo)

User Function 230701
Return

// Not so with others.
Function 2Mail()
Return

User Function After()
	@ 1, 2 SAY x
Return
