#include "Protheus.ch"
#include "TbiConn.ch"

#xcommand LOG <*x*> => ConOut("[AUTO] " + <x>)
#xtranslate Today() => Date()

User Function AUTO01(aParam)
	Local aHead := {}
	Local aLine := {}
	Local aItems := {}
	Local cNum  := ""
	Local nX
	Private lMsErroAuto    := .F.
	Private lMsHelpAuto    := .T.
	Private lAutoErrNoFile := .T.
	Default aParam := {"99", "01"}

	RpcSetType(3)
	PREPARE ENVIRONMENT EMPRESA aParam[1] FILIAL aParam[2] MODULO "FAT" TABLES "SC5","SC6","SA1"

	LOG "started at " + Time()
	cNum := GetSxeNum("SC5", "C5_NUM")

	aAdd(aHead, {"C5_NUM"    , cNum      , Nil})
	aAdd(aHead, {"C5_TIPO"   , "N"       , Nil})
	aAdd(aHead, {"C5_EMISSAO", Today()   , Nil})

	For nX := 1 To 02
		aLine := {}
		aAdd(aLine, {"C6_ITEM"   , StrZero(nX, 2), Nil})
		aAdd(aLine, {"C6_PRODUTO", "P" + cValToChar(nX), Nil})
		aAdd(aLine, {"C6_QTDVEN" , 10.5, Nil})
		aAdd(aItems, aLine)
	Next nX

	Begin Transaction
		MsExecAuto({|a, b, c| MATA410(a, b, c)}, aHead, aItems, 3)
		If lMsErroAuto
			RollBackSX8()
			DisarmTransaction()
			aErr := GetAutoGRLog()
			aEval(aErr, {|x| ConOut(x)})
		Else
			ConfirmSX8()
		EndIf
	End Transaction

	If lMsErroAuto ; MostraErro() ; EndIf
	RESET ENVIRONMENT
Return !lMsErroAuto
