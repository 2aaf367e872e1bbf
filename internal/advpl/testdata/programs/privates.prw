#include "totvs.ch"
#include "check.ch"

Static nCalls := 0
Static aSeen  := {}

// Scopes: privates reach down, publics stay, statics last, locals hide.
User Function Privates()
	Local nLocal := 1
	Private cScope := "outer"
	Private aShared := {}

	CHECK Inner() IS "outer"
	CHECK Shadow() IS "inner"
	CHECK cScope IS "outer"
	Change("changed")
	CHECK cScope IS "changed"

	MakesPrivate()
	CHECK Type("xBorn") IS "U"
	MakesPublic()
	CHECK xForever IS 99
	CHECK Type("xForever") IS "N"
	MakesPublic()
	CHECK xForever IS 100

	CHECK Hides() IS "local"
	CHECK cScope IS "changed"
	CHECK M->cScope IS "changed"

	Append(aShared, 1)
	Append(aShared, 2)
	CHECK aShared IS {1, 2}
	CHECK nCalls IS 2
	CHECK aSeen IS {1, 2}

	CHECK Count() + Count() + Count() IS 6
	CHECK Evaluated({|| cScope}) IS "changed"
	FAILS Missing(xNowhere) WITH 14
	CHECK nLocal IS 1
	CHECK Recursive(5) IS "54321"
	CHECK Type("nLevel") IS "U"
Return .T.

Static Function Inner()
Return cScope

Static Function Shadow()
	Private cScope := "inner"
Return Inner()

Static Function Change(cTo)
	cScope := cTo
Return

Static Function MakesPrivate()
	xBorn := 1
	CHECK xBorn IS 1
	CHECK Type("xBorn") IS "N"
Return

Static Function MakesPublic()
	If Type("xForever") == "U"
		Public xForever := 98
	EndIf
	xForever += 1
Return

Static Function Hides()
	Local cScope := "local"
Return cScope

Static Function Append(aList, xItem)
	AAdd(aList, xItem)
	AAdd(aSeen, xItem)
	nCalls++
Return aList

Static Function Count()
	Static nCount := 0
Return ++nCount

Static Function Evaluated(bBlock)
	Private cUnrelated := "x"
Return Eval(bBlock)

Static Function Missing(x)
Return x

Static Function Recursive(nTo)
	Private nLevel := nTo
	If nTo == 1
		Return Str(nLevel, 1)
	EndIf
Return Str(nLevel, 1) + Recursive(nTo - 1)
