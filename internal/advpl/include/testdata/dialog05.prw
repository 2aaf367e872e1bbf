#INCLUDE "PROTHEUS.CH"
#include "dbtree.ch"
#include "apwizard.ch"
#Define ENTER Chr(13)+Chr(10)

User Function PickItems()
	Local oDlg, oLbx, oFld, oTree, oChk, oRad, oMemo, oBold, oBar, oTimer
	Local aItems := {{.F.,"A",1},{.F.,"B",2}}
	Local aSize := MsAdvSize(.F.), cSel := "", cMemo := "", nRad := 1, lAll := .F.
	Local bDone := {||, oLbx:Refresh(), Recalc(@aItems, /*nPos*/) }
	Private nOpc := 0

	DEFINE FONT oBold NAME "Arial" SIZE 0, -13 BOLD
	Define Msdialog oDlg From aSize[7],00 To aSize[6],aSize[5] Title cSel + " - " + "Pick" Of oMainWnd Pixel Style DS_MODALFRAME Status
	oDlg:lEscClose := .F.
	DEFINE BUTTONBAR oBar SIZE 25,25 3D TOP OF oDlg
	DEFINE BUTTON RESOURCE "OK" OF oBar ACTION ( nOpc := 1, Eval(bDone), oDlg:End() ) TOOLTIP "Done"
	@ 06,06 TO 46,271 LABEL "Fields" OF oDlg PIXEL
	@ 15,15 SAY   "Code"  SIZE 45,8 PIXEL OF oDlg FONT oBold COLOR CLR_HRED
	@ 25,15 MSGET cSel PICTURE "@!" F3 "ZB1" VALID Empty(cSel).Or.ExistCpo("ZB1",cSel) WHEN !lAll SIZE 80,10 PIXEL OF oDlg HASBUTTON
	@ 39,200 BUTTON "..." SIZE  13,13 PIXEL OF oDlg ACTION cSel:=cGetFile("*.*","File",,,.T.,1)
	@ 50,06 FOLDER oFld OF oDlg PROMPT "&One", "&Two", "Check-&Up / x" PIXEL SIZE 222,078
	@ 06,2 CHECKBOX oChk VAR lAll PROMPT "All" SIZE 35,8 PIXEL OF oFld:aDialogs[3] ;
		ON CLICK(Iif(lAll,MsgInfo("On","x"),MsgAlert("Off","x")))
	@ 30,2 RADIO oRad VAR nRad ITEMS "x","y","z" SIZE 35,8 PIXEL OF ;
		oFld:aDialogs[3] ;
		ON CHANGE ;
		(Iif(nRad==1,MsgInfo("1","x"),;
		Iif(nRad==2,MsgInfo("2","x"),MsgInfo("3","x"))),oRad:Refresh())
	@ 10,10 LISTBOX oLbx FIELDS HEADER ;
		" ", "Code", "Quantity"  ;
		ON DBLCLICK( aItems[oLbx:nAt,1] := !aItems[oLbx:nAt,1], oLbx:Refresh() ) ;
		ON CHANGE Recalc(oLbx:nAt) ;
		SIZE 230,95 OF oFld:aDialogs[1] PIXEL
	oLbx:SetArray( aItems )
	oLbx:bLine := {|| {	aItems[oLbx:nAt,1],;
						aItems[oLbx:nAt,2],;
						aItems[oLbx:nAt,3]}}
	@ 10,10 GET oMemo VAR cMemo OF oFld:aDialogs[2] MEMO SIZE 100,50 PIXEL
	@ 50,005 COMBOBOX oRad VAR cSel ITEMS {"a","b"} OF oDlg SIZE 050,50 VALID nOpc := Val(Left(cSel,1)) MESSAGE 'Echo' PIXEL
	DEFINE DBTREE oTree FROM 10,10 TO 100,200 CARGO OF oDlg
	DBADDTREE oTree PROMPT "Root" OPENED RESOURCE "FOLDER5","FOLDER6" CARGO "0"
	DBADDITEM oTree PROMPT "Leaf" RESOURCE "BMP" CARGO "1"
	DBENDTREE oTree
	DEFINE TIMER oTimer OF oDlg INTERVAL 1000 ACTION Recalc(@aItems)
	ACTIVATE TIMER oTimer
	DEFINE SBUTTON FROM  4, 40 TYPE  1 ACTION (nOpc := 1, If(.T.,oDlg:End(),)) ENABLE OF oDlg
	DEFINE SBUTTON FROM 18, 40 TYPE 2 ACTION oDlg:End() ENABLE OF oDlg
	ACTIVATE MSDIALOG oDlg CENTERED ON INIT EnchoiceBar(oDlg,{|| nOpc:=1,oDlg:End()},{|| nOpc:=0,oDlg:End()},,)
	SET KEY VK_F12 TO Recalc()
	Set Key VK_F12 To
Return nOpc == 1

Static Function Recalc(aItems,nPos)
	Local oWiz
	Default nPos:=1
	DEFINE WIZARD oWiz TITLE "Load" HEADER "Load" MESSAGE "First" TEXT "Text" + ENTER + "more" ;
		NEXT {|| .T. } ;
		FINISH {|| .T. } PANEL
	CREATE PANEL oWiz HEADER "Two" MESSAGE "Second" BACK {|| .T. } NEXT {|| nPos > 0 } FINISH {|| .T. } PANEL EXEC {|| Nil }
	ACTIVATE WIZARD oWiz CENTERED VALID {|| .T. }
Return
