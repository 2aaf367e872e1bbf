#include "totvs.ch"
#include "fwbrowse.ch"

User Function BRW01()
	Local oDlg
	Local oBrowse
	Local oColumn
	Local oButton
	Local aRows := {{"1", "One", .F.}, {"2", "Two", .T.}}
	Local aSeek := {}

	AAdd( aSeek, { "Code" , { {"","C",1,0,"Code"} } } )

	DEFINE MSDIALOG oDlg TITLE "Browse" FROM 0,0 TO 600,800 PIXEL

	DEFINE FWBROWSE oBrowse DATA ARRAY ARRAY aRows /*LINE HEIGHT nH*/ SEEK ORDER aSeek NO REPORT NO CONFIG OF oDlg

		ADD LEGEND DATA {|| aRows[oBrowse:nAt][1] == "1" } COLOR "WHITE" TITLE "Open"   OF oBrowse
		ADD LEGEND DATA {|| aRows[oBrowse:nAt][1] == "2" } COLOR "GREEN" TITLE "Closed" OF oBrowse

		ADD MARKCOLUMN oColumn DATA {|| If(aRows[oBrowse:nAt][3],'LBOK','LBNO') } ;
			DOUBLECLICK {|oB| Mark(oB, @aRows) } ;
			HEADERCLICK {|oB| /* all of them */ } OF oBrowse

		ADD COLUMN oColumn DATA {|| aRows[oBrowse:nAt][1] } TITLE "Code" SIZE 10 TYPE "C" PICTURE "@!" ALIGN CONTROL_ALIGN_LEFT OF oBrowse
		ADD COLUMN oColumn DATA &("{ || aRows[oBrowse:At()][2] }") TITLE "Name" SIZE 30 OF oBrowse

	ACTIVATE FWBROWSE oBrowse

	ADD BUTTON oButton TITLE "Leave" ACTION {|| oDlg:End() } OF oBrowse

	ACTIVATE MSDIALOG oDlg CENTERED
Return

Static Function Mark(oBrowse, aRows)
	aRows[oBrowse:nAt][3] := !aRows[oBrowse:nAt][3]
	oBrowse:Refresh(.F.)
Return Nil

User Function BRW01Q()
	Local oDlg, oBrw, oCol
	Local cQuery := "SELECT A1_COD, A1_NOME FROM " + RetSqlName("SA1")
	Local aIndex := {"A1_COD"}
	DEFINE DIALOG oDlg FROM 0,0 TO 400,600 PIXEL
	DEFINE FWFORMBROWSE oBrw DATA QUERY ALIAS "TRB" QUERY cQuery FILTER INDEXQUERY aIndex DOUBLECLICK {|| oDlg:End()} OF oDlg
		ADD COLUMN oCol DATA {|| A1_COD } TITLE "Code" SIZE 6 OF oBrw
	ACTIVATE FWFORMBROWSE oBrw
	ACTIVATE DIALOG oDlg CENTERED
Return
