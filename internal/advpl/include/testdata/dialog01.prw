#Include "Protheus.ch"
#Include "RwMake.ch"

/*====================================================================\
|Program   | DLG01          | A dialog made by the form designer       |
|=====================================================================|
\====================================================================*/
*--------------------------------------------------------------------*
User Function DLG01()
	*----------------------------------------------------------------*
	Local oDlg, oGetCode, oGetName, oSay1, oBtnOk
	Local lSaved   := .F.
	Local aButtons := {}
	Private cCode  := Space(6)
	Private cName  := Space(30)
	Private aScreen[0][0], aGets[0]
	Static aCache  := {}

	aAdd(aButtons, {"EDIT", {|| U_DLG01Help() }, "Help" })

	DEFINE MSDIALOG oDlg TITLE "Customers" FROM 000, 000  TO 300, 500 COLORS 0, 16777215 PIXEL

	@ 010, 010 SAY oSay1 PROMPT "Code" SIZE 025, 007 OF oDlg COLORS 0, 16777215 PIXEL
	@ 008, 040 MSGET oGetCode VAR cCode SIZE 060, 010 OF oDlg PICTURE "@!" VALID fCheck(cCode) COLORS 0, 16777215 F3 "SA1" PIXEL
	@ 028, 040 MSGET oGetName VAR cName SIZE 160, 010 OF oDlg COLORS 0, 16777215 WHEN !Empty(cCode) PIXEL
	@ 100, 150 BUTTON oBtnOk PROMPT "&Save" SIZE 037, 012 OF oDlg ACTION (lSaved := .T., oDlg:End()) PIXEL
	@ 100, 200 BUTTON "Leave" SIZE 037, 012 OF oDlg ACTION oDlg:End() PIXEL

	ACTIVATE MSDIALOG oDlg CENTERED ON INIT EnchoiceBar(oDlg	,{||If(fCheck(cCode),(lSaved := .T.,oDlg:End()),lSaved:=.F.)},{||lSaved:=.F.,oDlg:End()},,aButtons)

	If lSaved .And. ;
			!Empty(cName)  // both are needed
		fStore()
	EndIf

Return( lSaved )

Static Function fCheck(cKey)
	Local lOk := .T.
	If Empty(cKey)
		MsgStop("Inform the code")
		lOk := .F.
	ElseIf SA1->(DbSeek(xFilial("SA1") + cKey))
		cName := SA1->A1_NOME
	Else
		lOk := MsgYesNo("New one?", "Attention")
	End
Return lOk

Static Function fStore()
	RecLock("SA1", !SA1->(Found()))
		SA1->A1_COD  := M->cCode
		SA1->A1_NOME := cName
	SA1->(MsUnlock())
Return Nil

User Function DLG01Help()
	Local cText := ""
	cText += "Line one" + CRLF
	cText += "Line two" + CRLF
	Aviso("Help", cText, {"Ok"}, 3)
Return .T.
