WSRESTFUL Api DESCRIPTION "x"
	WSDATA 1
	WSMETHOD GET
	Self:SetHeader("x")
	WSMETHOD POST DESCRIPTION
WSMETHOD GET WSSERVICE Api
Return .T.
WSMETHOD PUT x DESCRIPTION "y" Strange Api
Return .T.
WSSTRUCT Half
User Function Tail()
	Local b := 99x
	Local c := 0xFFFFFFFFFFFFFFFFF
	("a"):x := {|| 1,
	2 ^ {1} := 3
	{|| 1} := 3
	(a := 1) := 3
	Do
	For Each x Of y
	Next
	End For
	End Switch
	Default x
	Default f() := 1
	o:m() := 1
	a->1
	"a long string that is cut in messages" "x"
	BeginSql cAlias
	EndSql
	BeginSql Alias x
		column a as Character, b as Numeric(x
		%exp:"unclosed% %order:%
	EndSql
	BeginSql Alias y
		SELECT %table:SA1
