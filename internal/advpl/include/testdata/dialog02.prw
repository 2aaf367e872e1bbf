#INCLUDE "totvs.ch"
#INCLUDE "colors.ch"

#DEFINE COL_MARK  1
#DEFINE COL_CODE  2
#DEFINE COL_DESC  3

// A list with marks, a panel of totals and a popup menu.
User Function DLG02
Local aSize    := MsAdvSize()
Local aObjects := {}
Local aInfo, aPosObj
Local oOk      := LoadBitmap(GetResources(), "LBOK")
Local oNo      := LoadBitmap(GetResources(), "LBNO")
Local oMenu
Private oList, aItems := {}, oTotal, nTotal := 0, oFont, oDlg

AAdd(aObjects, {100, 100, .T., .T.})
AAdd(aObjects, {100, 020, .T., .F.})
aInfo   := {aSize[1], aSize[2], aSize[3], aSize[4], 3, 3}
aPosObj := MsObjSize(aInfo, aObjects)

AAdd(aItems, {.F., "001", "First"}) ; AAdd(aItems, {.F., "002", "Second"})

DEFINE FONT oFont NAME "Arial" SIZE 0, -14 BOLD
DEFINE MSDIALOG oDlg TITLE "Choose" FROM aSize[7],0 TO aSize[6],aSize[5] OF oMainWnd PIXEL

@ aPosObj[1,1], aPosObj[1,2] TO aPosObj[1,3], aPosObj[1,4] LABEL "Items" OF oDlg PIXEL
@ aPosObj[1,1] + 8, aPosObj[1,2] + 3 LISTBOX oList FIELDS HEADER "", "Code", "Description" COLSIZES 10, 40, 100 ;
	SIZE aPosObj[1,4] - 8, aPosObj[1,3] - aPosObj[1,1] - 10 OF oDlg PIXEL ON DBLCLICK (Mark(oList:nAt), oList:Refresh())

oList:SetArray(aItems)
oList:bLine := {|| { If(aItems[oList:nAt, COL_MARK], oOk, oNo), ;
	aItems[oList:nAt, COL_CODE], ;
	aItems[oList:nAt, COL_DESC] }}

@ aPosObj[2,1], 010 SAY "Total:" SIZE 40,10 OF oDlg PIXEL FONT oFont COLOR CLR_HBLUE
@ aPosObj[2,1], 060 MSGET oTotal VAR nTotal PICTURE "@E 999,999" SIZE 60,10 OF oDlg PIXEL WHEN .F.

MENU oMenu POPUP
	MENUITEM "Mark all"   ACTION MarkAll(.T.)
	MENUITEM "Clear all"  ACTION MarkAll(.F.), oList:Refresh()
ENDMENU
oList:bRClicked := {|oObj, nX, nY| oMenu:Activate(nX, nY, oObj) }

DEFINE SBUTTON FROM aPosObj[2,1], 200 TYPE 1 ACTION oDlg:End() ENABLE OF oDlg
DEFINE SBUTTON FROM aPosObj[2,1], 240 TYPE 2 ACTION (nTotal := 0, oDlg:End()) ENABLE OF oDlg

SET KEY VK_F5 TO MarkAll(.T.)
ACTIVATE MSDIALOG oDlg CENTERED
SET KEY VK_F5 TO

Return nTotal

Static Function Mark(nLine)
aItems[nLine][COL_MARK] := !aItems[nLine][COL_MARK]
nTotal += If(aItems[nLine][COL_MARK], 1, -1)
oTotal:Refresh()
Return

Static Function MarkAll(lMark)
aEval(aItems, {|x, i| aItems[i, COL_MARK] := lMark })
nTotal := IIf(lMark, Len(aItems), 0)
oTotal:Refresh()
Return Nil
