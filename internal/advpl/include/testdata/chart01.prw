#include "totvs.ch"
#include "msgraphi.ch"

User Function CHART01
Local oDlg, oGraphic, nSerie
Local aKinds := {"Line", "Area", "Bar", "Pie"}
Local cKind  := aKinds[1]
Local oCombo, oMeter, nMeter := 0, oTimer, oBmp, oPnl

DEFINE MSDIALOG oDlg TITLE "Chart" FROM 0,0 TO 400,600 PIXEL
@ 00,00 MSPANEL oPnl PROMPT "" SIZE 300,20 OF oDlg
@ 5,5 COMBOBOX oCombo VAR cKind ITEMS aKinds SIZE 80,10 OF oPnl PIXEL ON CHANGE Draw(oGraphic, cKind)
@ 5,100 METER oMeter VAR nMeter TOTAL 100 SIZE 100,10 OF oPnl PIXEL NOPERCENTAGE
@ 30,5 BITMAP oBmp RESNAME "LOGO" OF oDlg SIZE 50,50 NOBORDER PIXEL
@ 30,60 MSGRAPHIC oGraphic SIZE 200,150 OF oDlg
oGraphic:SetMargins(2, 6, 6, 6)
oGraphic:SetGradient(GRADIENT_HORI, CLR_HGRAY, CLR_WHITE)
oGraphic:SetTitle("Title", "", CLR_HRED, A_LEFTJUST, GRP_TITLE)
oGraphic:SetLegenProp(GRP_SCRRIGHT, CLR_LIGHTGRAY, GRP_AUTO, .T.)
nSerie := oGraphic:CreateSerie(GRP_BAR)
oGraphic:Add(nSerie, 10, "Jan", CLR_HBLUE)
DEFINE TIMER oTimer INTERVAL 1000 ACTION (nMeter += 10, oMeter:Refresh()) OF oDlg
ACTIVATE TIMER oTimer
ACTIVATE MSDIALOG oDlg CENTERED
Return

Static Function Draw(oGraphic, cKind)
Local nPos := aScan({"Line", "Area", "Bar", "Pie"}, cKind)
Return nPos
