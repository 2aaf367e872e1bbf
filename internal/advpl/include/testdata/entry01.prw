#INCLUDE "PROTHEUS.CH"

// Points of entry: called by others, with PARAMIXB.
User Function MT410TOK()
Local lRet  := .T.
Local nOpc  := ParamIxb[1]
Local aArea := GetArea()
Local nPosP := aScan(aHeader,{|x| AllTrim(x[2])==("C6_PRODUTO")})
Local nPosQ := aScan(aHeader,{|x| Upper(AllTrim(x[2]))=="C6_QTDVEN"})
Local nI

If (nOpc == 3 .Or. nOpc == 4) .And. !l410Auto
	For nI := 1 To Len(aCols)
		If !aCols[nI,Len(aHeader)+1]   // not deleted
			If aCols[nI,nPosQ] <= 0 .And. !(AllTrim(aCols[nI][nPosP]) $ "SERV|TAX")
				MsgAlert("Quantity of line " + cValToChar(nI))
				lRet := .F.
				Exit
			EndIf
		EndIf
	Next
EndIf

RestArea(aArea)
Return(lRet)

User Function M410STTS
Local cKey := xFilial("SC5")+M->C5_NUM
DbSelectArea("SC5") ; DbSetOrder(1)
If DbSeek(cKey) .and. SC5->C5_TIPO#"D"
   While !RecLock("SC5",.F.) ; Sleep(100) ; EndDo
   SC5->C5_X := IIF(INCLUI,"I",IIF(ALTERA,"A","E"))
   MsUnLock()
EndIf
Return

User Function ITEM(  )
Local aParam := PARAMIXB
Local xRet   := .T.
Local oObj   := ""
Local cIdPonto := ''

If aParam <> NIL
	oObj     := aParam[1]
	cIdPonto := aParam[2]
	Do Case
		Case cIdPonto == "MODELPOS"
			xRet := oObj:GetOperation() <> 5
		Case cIdPonto $ "FORMPOS,FORMLINEPOS"
			xRet := .T.
		Case cIdPonto == 'BUTTONBAR'
			xRet := { {'Save', 'SAVE', { || Alert( 'Saved' ) }, 'Saves' } }
		OtherWise
			xRet := .T.
	EndCase
EndIf
Return xRet
