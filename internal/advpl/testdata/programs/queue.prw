#include "totvs.ch"
#include "check.ch"

// A bounded queue as a ring, and the jobs that wait in it.
Class RingQueue
	Data aSlots
	Data nHead
	Data nCount

	Method New(nSize) Constructor
	Method Put(xItem)
	Method Take()
	Method IsFull()
	Method IsEmpty()
	Method Each(bWork)
EndClass

Method New(nSize) Class RingQueue
	Default nSize := 8
	::aSlots := Array(nSize)
	::nHead  := 1
	::nCount := 0
Return Self

Method Put(xItem) Class RingQueue
	Local nTail
	If ::IsFull()
		Return .F.
	EndIf
	nTail := (::nHead + ::nCount - 1) % Len(::aSlots) + 1
	::aSlots[nTail] := xItem
	::nCount++
Return .T.

Method Take() Class RingQueue
	Local xItem
	If ::IsEmpty()
		Return Nil
	EndIf
	xItem := ::aSlots[::nHead]
	::aSlots[::nHead] := Nil
	::nHead := ::nHead % Len(::aSlots) + 1
	::nCount--
Return xItem

Method IsFull() Class RingQueue
Return ::nCount == Len(::aSlots)

Method IsEmpty() Class RingQueue
Return ::nCount == 0

Method Each(bWork) Class RingQueue
	Local n
	For n := 0 To ::nCount - 1
		Eval(bWork, ::aSlots[(::nHead + n - 1) % Len(::aSlots) + 1], n + 1)
	Next n
Return Self

User Function Queue()
	Local oQueue := RingQueue():New(3)
	Local cSeen := ""
	Local nRound

	CHECK oQueue:IsEmpty()
	CHECK oQueue:Take() IS Nil
	CHECK oQueue:Put("a")
	CHECK oQueue:Put("b")
	CHECK oQueue:Put("c")
	CHECK oQueue:IsFull()
	CHECK oQueue:Put("d") IS .F.

	For nRound := 1 To 10
		oQueue:Put(oQueue:Take())
		CHECK oQueue:nCount IS 3
	Next nRound
	oQueue:Each({|cItem, nAt| cSeen += cItem + cValToChar(nAt)})
	CHECK cSeen IS "b1c2a3"

	CHECK oQueue:Take() IS "b"
	CHECK oQueue:Put(Date()) IS .T.
	CHECK ValType(oQueue:Each({|| Nil})) IS "O"
	CHECK RingQueue():New():IsFull() IS .F.
	CHECK Len(RingQueue():New():aSlots) IS 8
Return .T.
