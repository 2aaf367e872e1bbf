#include "totvs.ch"
#include "parmtype.ch"

#DEFINE MSG_CONSOLE 1

/*/{Protheus.doc} TShape
Classes in the older style
/*/
CLASS TShape FROM LongNameClass

	DATA cName AS CHARACTER
	DATA nSides AS NUMERIC INIT 0
	DATA aPoints
	DATA oParent AS OBJECT READONLY

	METHOD New(cName) CONSTRUCTOR
	METHOD Area()
	METHOD ToString(  )
	METHOD AddPoint( nX, nY )

ENDCLASS

METHOD New(cName) CLASS TShape
	PARAMTYPE 0 VAR cName AS CHARACTER OPTIONAL DEFAULT "shape"
	::cName   := cName
	::aPoints := {}
Return Self

METHOD Area() CLASS TShape
Return 0

METHOD ToString() CLASS TShape
Return ::cName + "(" + cValToChar(::Area()) + ")"

METHOD AddPoint( nX, nY ) CLASS TShape
	aAdd( ::aPoints, { nX, nY } )
	Self:nSides++
Return Self

Class TSquare From TShape
	Data nSize
	Method New(nSize) Constructor
	Method Area()
EndClass

Method New(nSize) Class TSquare
	_Super:New("square")
	::nSize := nSize
	::AddPoint(0, 0):AddPoint(nSize, 0):AddPoint(nSize, nSize):AddPoint(0, nSize)
Return Self

Method Area() Class TSquare
Return ::nSize ^ 2

User Function CLASS01()
	Local oA := TSquare():New(3)
	Local bArea := {|o| o:Area() }
	ConOut(oA:ToString())
	ConOut(Eval(bArea, oA))
	ConOut(oA:aPoints[2][1], oA:aPoints[3, 2])
	oA:cName := "other"
	oA:nSize += 1
	If oA:nSides == 4 .And. __ObjHasData(oA, "NSIZE")
		ConOut("ok")
	EndIf
Return oA
