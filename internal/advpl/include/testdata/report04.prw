#Include "TOTVS.CH"
#Include "RPTDEF.CH"
#Include "FWPrintSetup.ch"

#Define PAD_LEFT_  0
#Define ROW_STEP  10

User Function REP04(cFile)
	Local oPrint
	Local oSetup
	Local oFont08 := TFont():New("Arial", 9, 8, .T., .F., 5, .T., 5, .T., .F.)
	Local oFont12n
	Local nRow    := 50
	Local nI
	Local nFlags  := PD_ISTOTVSPRINTER + PD_DISABLEPAPERSIZE + PD_DISABLEPREVIEW + PD_DISABLEMARGIN
	Default cFile := "rep04_" + DToS(Date()) + "_" + StrTran(Time(), ':', '-')

	DEFINE FONT oFont12n NAME "Arial" SIZE 0, 12 BOLD

	oPrint := FWMSPrinter():New(cFile, IMP_PDF, .F., "", .T., , @oSetup, "", , , , .T.)
	oPrint:SetResolution(72)
	oPrint:SetPortrait()
	oPrint:SetPaperSize(DMPAPER_A4)
	oPrint:SetMargin(60, 60, 60, 60)
	oPrint:nDevice := If(IsBlind(), IMP_SPOOL, IMP_PDF)

	oPrint:StartPage()
	oPrint:SayAlign(nRow, 10, "Report", oFont12n, 400, 20, CLR_BLACK, PAD_CENTER, 0)
	For nI := 1 To 10 Step 2
		nRow += ROW_STEP
		If nRow > 700
			oPrint:EndPage()
			oPrint:StartPage()
			nRow := 50
		EndIf
		oPrint:SayAlign(nRow, 10, cValToChar(nI), oFont08, 100, 10, , PAD_LEFT, )
		oPrint:Line(nRow, 10, nRow, 500, CLR_GRAY)
	Next
	oPrint:EndPage()
	oPrint:Preview()
	FreeObj(oPrint) ; oPrint := Nil
Return nFlags
