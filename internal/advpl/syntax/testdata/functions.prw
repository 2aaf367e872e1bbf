/*/{Protheus.doc} U_ONE
First of its source.
/*/
Static cShared := "x", nCount
Static aTable[3][2]

User Function One
	Local a
Return

User Function Two(a, b As Numeric, c)
	Return a + b

Static Function Three(a,;
		b,;   // over lines
		c) As Character
Return ""

Function Four()
Return()

Main Function Five(...)
Return (.T.)

Procedure Six(a, ...)
	a := 1

Static Procedure Seven
	Return

Template Function Eight() ; Return 1
Web Function Nine()
HTML Function Ten()
Project Function Eleven()

user func twelve()
static proc thirteen(x)
func fourteen
proc fifteen
