#include "totvs.ch"
#include "check.ch"

// Accounts with postings that are all or nothing, checked by a sequence.
Static aAccounts

User Function Ledger()
	aAccounts := {{"cash", 100}, {"bank", 500}, {"rent", 0}}
	CHECK Post({{"bank", "rent", 300}, {"cash", "rent", 50}}) IS ""
	CHECK Balance("bank") IS 200
	CHECK Balance("rent") IS 350
	CHECK Post({{"bank", "cash", 150}, {"cash", "rent", 9999}}) IS "cash has only 200"
	CHECK Balance("bank") IS 200
	CHECK Balance("cash") IS 50
	CHECK Post({{"bank", "moon", 1}}) IS "no account moon"
	CHECK Post({{"bank", "rent", -1}}) IS "bad value"
	CHECK Total() IS 600
Return .T.

Static Function Post(aLines)
	Local aBefore := aClone(aAccounts)
	Local cFault := ""
	Local n
	Begin Sequence
		For n := 1 To Len(aLines)
			Move(aLines[n][1], aLines[n][2], aLines[n][3])
		Next n
	Recover Using cFault
		aAccounts := aBefore
	End Sequence
Return cFault

Static Function Move(cFrom, cTo, nValue)
	Local nFrom := Index(cFrom), nTo := Index(cTo)
	If nValue <= 0
		Break("bad value")
	EndIf
	If aAccounts[nFrom][2] < nValue
		Break(cFrom + " has only " + cValToChar(aAccounts[nFrom][2]))
	EndIf
	aAccounts[nFrom][2] -= nValue
	aAccounts[nTo][2] += nValue
Return

Static Function Index(cName)
	Local nAt := aScan(aAccounts, {|a| a[1] == cName})
	If nAt == 0
		Break("no account " + cName)
	EndIf
Return nAt

Static Function Balance(cName)
Return aAccounts[Index(cName)][2]

Static Function Total()
	Local nTotal := 0
	aEval(aAccounts, {|a| nTotal += a[2]})
Return nTotal
