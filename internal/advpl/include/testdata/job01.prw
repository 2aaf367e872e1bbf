#include "totvs.ch"
#include "tbiconn.ch"

#IFNDEF MAX_THREADS
	#DEFINE MAX_THREADS 4
#ENDIF

User Function JOB01()
	Local nI
	Local cGlobal := "JOB01_" + AllTrim(Str(ThreadId()))
	Local aWork   := {}

	For nI := 1 To MAX_THREADS
		AAdd(aWork, {nI, cGlobal + StrZero(nI, 2)})
		PutGlbValue(aTail(aWork)[2], "0")
		StartJob("U_JOB01W", GetEnvServer(), .F., aWork[nI], "01", "01")
	Next nI

	While aScan(aWork, {|x| GetGlbValue(x[2]) <> "1"}) > 0 .And. !KillApp()
		Sleep(500)
	EndDo
	AEval(aWork, {|x| ClearGlbValue(x[2])})
Return

User Function JOB01W(aItem, cEmp, cBranch)
	Local bError  := ErrorBlock({|e| Trouble(e, aItem)})
	Local lLocked := .F.
	Local oErr

	Begin Sequence
		Prepare Environment Empresa cEmp Filial cBranch Tables "SB1"
		lLocked := LockByName("JOB01" + cValToChar(aItem[1]), .F., .F.)
		If !lLocked
			ConOut("already running")
			Break
		EndIf
		Work(aItem[1])
	Recover Using oErr
		ConOut(If(ValType(oErr) == "O", oErr:Description, "stopped"))
	End Sequence

	ErrorBlock(bError)
	If lLocked
		UnLockByName("JOB01" + cValToChar(aItem[1]), .F., .F.)
	EndIf
	PutGlbValue(aItem[2], "1")
	RESET ENVIRONMENT
Return Nil

Static Function Work(nPart)
	Local nCount := 0
	DbSelectArea("SB1")
	SB1->(DbGoTop())
	While SB1->(!Eof())
		If Mod(SB1->(RecNo()), MAX_THREADS) + 1 == nPart
			nCount++
		EndIf
		SB1->(DbSkip())
	EndDo
Return nCount

Static Function Trouble(oError, aItem)
	ConOut("part " + cValToChar(aItem[1]) + ": " + oError:Description + CRLF + oError:ErrorStack)
	Break(oError)
Return
