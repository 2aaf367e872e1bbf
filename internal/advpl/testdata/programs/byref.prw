#include "totvs.ch"
#include "check.ch"

// Arguments by reference: of locals, elements, members, privates; passed on; swapped.
Class Holder
	Data nValue
	Data aValues
	Method New() Constructor
	Method Bump()
EndClass

Method New() Class Holder
	::nValue := 1
	::aValues := {10, 20}
Return Self

Method Bump() Class Holder
	AddTo(@::nValue, 5)
	AddTo(@::aValues[2], 5)
Return ::nValue

User Function ByRef()
	Local nOne := 1, nTwo := 2
	Local aList := {1, {2, 3}}
	Local oHolder := Holder():New()
	Local cName := "before"
	Local nCode, cText
	Local bAdd := {|n| n := n + 1}
	Private nOpen := 7

	Swap(@nOne, @nTwo)
	CHECK {nOne, nTwo} IS {2, 1}
	Swap(nOne, nTwo)
	CHECK {nOne, nTwo} IS {2, 1}

	AddTo(@aList[1], 10)
	AddTo(@aList[2][2], 100)
	CHECK aList IS {11, {2, 103}}

	CHECK oHolder:Bump() IS 6
	CHECK oHolder:aValues IS {10, 25}

	AddTo(@nOpen, 3)
	CHECK nOpen IS 10
	Chain(@nOne, 4)
	CHECK nOne IS 6

	CHECK Parse("12;abc", @nCode, @cText) IS .T.
	CHECK nCode IS 12
	CHECK cText IS "abc"
	CHECK Parse("nothing", @nCode, @cText) IS .F.
	CHECK nCode IS Nil

	Captures(@cName)
	CHECK cName IS "captured"
	Eval(bAdd, @nTwo)
	CHECK nTwo IS 2
	Aliased(@nTwo, @nTwo)
	CHECK nTwo IS 12
	CHECK OnlyReads(@nTwo) IS 24
	Fill(@aList)
	CHECK aList IS {"new"}
	Omitted(@nOne)
	CHECK nOne IS "default"
Return .T.

Static Function Swap(xOne, xTwo)
	Local xKeep := xOne
	xOne := xTwo
	xTwo := xKeep
Return

Static Function AddTo(nTarget, nBy)
	nTarget += nBy
Return nTarget

Static Function Chain(nTarget, nBy)
	While nBy > 0
		AddTo(@nTarget, 1)
		nBy--
	EndDo
Return

Static Function Parse(cIn, nCode, cText)
	Local nAt := At(";", cIn)
	nCode := cText := Nil
	If nAt == 0
		Return .F.
	EndIf
	nCode := Val(Left(cIn, nAt - 1))
	cText := SubStr(cIn, nAt + 1)
Return .T.

Static Function Captures(cTarget)
	Local bSet := {|c| cTarget := c}
	Eval(bSet, "captured")
Return

Static Function Aliased(nOne, nTwo)
	nOne += 5
	nTwo += 5
Return

Static Function OnlyReads(n)
Return n * 2

Static Function Fill(aTarget)
	aTarget := {"new"}
Return

Static Function Omitted(xFirst, xSecond)
	Default xSecond := "default"
	xFirst := xSecond
Return
