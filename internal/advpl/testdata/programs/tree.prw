#include "totvs.ch"
#include "check.ch"

// A search tree of objects: insertion, walking with blocks, removal, depth.
Class Node
	Data cKey
	Data xValue
	Data oLeft
	Data oRight
	Method New(cKey, xValue) Constructor
EndClass

Method New(cKey, xValue) Class Node
	::cKey := cKey
	::xValue := xValue
Return Self

Class Tree
	Data oRoot
	Data nSize
	Method New() Constructor
	Method Put(cKey, xValue)
	Method Find(cKey)
	Method Walk(bVisit, oFrom)
	Method Depth(oFrom)
	Method Remove(cKey)
	Method Without(oNode, cKey)
EndClass

Method New() Class Tree
	::nSize := 0
Return Self

Method Put(cKey, xValue) Class Tree
	Local oAt := ::oRoot
	If oAt == Nil
		::oRoot := Node():New(cKey, xValue)
		::nSize++
		Return Self
	EndIf
	While .T.
		Do Case
		Case cKey == oAt:cKey
			oAt:xValue := xValue
			Exit
		Case cKey < oAt:cKey
			If oAt:oLeft == Nil
				oAt:oLeft := Node():New(cKey, xValue)
				::nSize++
				Exit
			EndIf
			oAt := oAt:oLeft
		Otherwise
			If oAt:oRight == Nil
				oAt:oRight := Node():New(cKey, xValue)
				::nSize++
				Exit
			EndIf
			oAt := oAt:oRight
		EndCase
	EndDo
Return Self

Method Find(cKey) Class Tree
	Local oAt := ::oRoot
	While oAt != Nil .And. !(oAt:cKey == cKey)
		oAt := IIf(cKey < oAt:cKey, oAt:oLeft, oAt:oRight)
	EndDo
Return IIf(oAt == Nil, Nil, oAt:xValue)

Method Walk(bVisit, oFrom) Class Tree
	If oFrom != Nil
		::Walk(bVisit, oFrom:oLeft)
		Eval(bVisit, oFrom)
		::Walk(bVisit, oFrom:oRight)
	EndIf
Return Self

Method Depth(oFrom) Class Tree
	If oFrom == Nil
		Return 0
	EndIf
Return 1 + Max(::Depth(oFrom:oLeft), ::Depth(oFrom:oRight))

Method Remove(cKey) Class Tree
	::oRoot := ::Without(::oRoot, cKey)
Return Self

Method Without(oNode, cKey) Class Tree
	Local oNext
	If oNode == Nil
		Return Nil
	EndIf
	If cKey < oNode:cKey
		oNode:oLeft := ::Without(oNode:oLeft, cKey)
	ElseIf cKey > oNode:cKey
		oNode:oRight := ::Without(oNode:oRight, cKey)
	ElseIf oNode:oLeft == Nil
		::nSize--
		Return oNode:oRight
	ElseIf oNode:oRight == Nil
		::nSize--
		Return oNode:oLeft
	Else
		oNext := oNode:oRight
		While oNext:oLeft != Nil
			oNext := oNext:oLeft
		EndDo
		oNode:cKey := oNext:cKey
		oNode:xValue := oNext:xValue
		oNode:oRight := ::Without(oNode:oRight, oNext:cKey)
	EndIf
Return oNode

User Function Tree()
	Local oTree := Tree():New()
	Local cKeys := ""
	Local aWords := StrTokArr("delta bravo foxtrot alpha charlie echo golf", " ")

	aEval(aWords, {|c, n| oTree:Put(c, n)})
	oTree:Walk({|o| cKeys += Left(o:cKey, 1)}, oTree:oRoot)
	CHECK cKeys IS "abcdefg"
	CHECK oTree:Depth(oTree:oRoot) IS 3
	CHECK oTree:Find("echo") IS 6
	CHECK oTree:Find("hotel") IS Nil
	oTree:Put("echo", "again")
	CHECK oTree:Find("echo") IS "again"
	CHECK oTree:nSize IS 7
	oTree:Remove("delta"):Remove("alpha"):Remove("none")
	CHECK oTree:nSize IS 5
	CHECK oTree:oRoot:cKey IS "echo"
	cKeys := ""
	oTree:Walk({|o| cKeys += Left(o:cKey, 1)}, oTree:oRoot)
	CHECK cKeys IS "bcefg"
Return .T.
