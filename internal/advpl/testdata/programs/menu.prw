#include "totvs.ch"
#include "check.ch"

// A menu by rights: nested arrays walked recursively, rights as blocks and macros.
User Function Menu()
	Local aMenu := { ;
		{"Files", , { ;
			{"Open", "lUser", {}}, ;
			{"Delete", {|| lAdmin}, {}} ;
		}}, ;
		{"Reports", , {{"Sales", "nLevel > 3", {}}, {"Stock", , {}}}}, ;
		{"Empty", , {{"Never", ".F.", {}}}} ;
	}
	Private lUser := .T.
	Private lAdmin := .F.
	Private nLevel := 3

	CHECK Shown(aMenu) IS "Files(Open)Reports(Stock)"
	lAdmin := .T.
	nLevel := 4
	CHECK Shown(aMenu) IS "Files(OpenDelete)Reports(SalesStock)"
	lUser := .F.
	CHECK Shown(aMenu) IS "Files(Delete)Reports(SalesStock)"
	CHECK Depth(aMenu) IS 2
Return .T.

Static Function Shown(aItems)
	Local cOut := ""
	Local cBelow
	Local n
	For n := 1 To Len(aItems)
		If !Allowed(aItems[n][2])
			Loop
		EndIf
		If Len(aItems[n][3]) == 0
			cOut += aItems[n][1]
		ElseIf !Empty(cBelow := Shown(aItems[n][3]))
			cOut += aItems[n][1] + "(" + cBelow + ")"
		EndIf
	Next n
Return cOut

Static Function Allowed(xRight)
	Do Case
	Case xRight == Nil
		Return .T.
	Case ValType(xRight) == "B"
		Return Eval(xRight)
	EndCase
Return &xRight

Static Function Depth(aItems)
	Local nMost := 0
	aEval(aItems, {|a| nMost := Max(nMost, 1 + Depth(a[3]))})
Return nMost
