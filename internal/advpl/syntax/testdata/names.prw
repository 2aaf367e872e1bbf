// No keyword is reserved.
User Function Names(If, While, end, Class)
	Local next := 1, data := 2, method, function, private, default := 3, case, do, loop
	next := 1
	next++
	++next
	Data := x
	End := 2
	End:Close()
	oObj:End()
	Return := 3
	case = 1
	default += 1
	default[1] := 2
	private->FIELD := 1
	local:method()
	loop()
	exit := loop
	exit()
	Do := 1
	begin := .T.
	Begin()
	If := 3
	Class := Function
	Class():New()
	Method := Self:Class
	static := public
	Step := To
	x := If
	y := if(While, end, class)
	Function()
	User:Name()
	Break(x)
	BeginTran()
	EndTran()
	Field->NAME := 1
	FIELD->A1->NAME := 2
	_Field->A1->NAME := 2
	Memvar->x := 1
	Catch := 1
	Finally()
	Always := Recover
	Try := 2
	throw := 1
	For to := 1 To to Step to
	Next to
	For each := 1 To 2
	Next
	While while
	EndDo
	Using := namespace
	Interface := 1
	WSMethod := 2
	Parameters := 1
Return Return
