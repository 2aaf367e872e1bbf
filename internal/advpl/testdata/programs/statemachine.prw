#include "totvs.ch"
#include "check.ch"

// A machine with states in a table of code blocks, driven by events.
User Function StateMachine()
	Local oDoor := Machine():New("closed")
	Local cLog := ""

	oDoor:On("closed", "open", "open", {|| cLog += "O"})
	oDoor:On("open", "close", "closed", {|| cLog += "C"})
	oDoor:On("closed", "lock", "locked", {|cCode| cLog += "L", oDoor:cCode := cCode})
	oDoor:On("locked", "unlock", "closed", {|cCode| cLog += "U"}, {|cCode| cCode == oDoor:cCode})

	CHECK oDoor:Fire("open")
	CHECK oDoor:cState IS "open"
	CHECK oDoor:Fire("lock", "1") IS .F.
	CHECK oDoor:Fire("close")
	CHECK oDoor:Fire("lock", "42")
	CHECK oDoor:Fire("unlock", "41") IS .F.
	CHECK oDoor:cState IS "locked"
	CHECK oDoor:Fire("unlock", "42")
	CHECK cLog IS "OCLU"
	CHECK oDoor:aPast IS {"closed", "open", "closed", "locked"}
Return .T.

Class Machine
	Data cState
	Data cCode
	Data aRules
	Data aPast
	Method New(cState) Constructor
	Method On(cFrom, cEvent, cTo, bAction, bGuard)
	Method Fire(cEvent, xArg)
EndClass

Method New(cState) Class Machine
	::cState := cState
	::aRules := {}
	::aPast  := {}
Return Self

Method On(cFrom, cEvent, cTo, bAction, bGuard) Class Machine
	AAdd(::aRules, {cFrom, cEvent, cTo, bAction, bGuard})
Return Self

Method Fire(cEvent, xArg) Class Machine
	Local nRule := aScan(::aRules, {|a| a[1] == ::cState .And. a[2] == cEvent .And. (a[5] == Nil .Or. Eval(a[5], xArg))})
	If nRule == 0
		Return .F.
	EndIf
	AAdd(::aPast, ::cState)
	::cState := ::aRules[nRule][3]
	Eval(::aRules[nRule][4], xArg)
Return .T.
