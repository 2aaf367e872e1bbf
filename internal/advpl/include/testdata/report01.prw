#INCLUDE "Topconn.ch"
#INCLUDE "Protheus.ch"

/*/{Protheus.doc} REP01

Sales by product or group

@type function
@history , ,

/*/

User Function REP01()

	/*
	Variables
	*/
	Private _oReport := Nil
	Private _oSection := Nil
	Private _cPerg 	 := PadR ("REP01", Len (SX1->X1_GRUPO))
	//Private _cKind	 := ""
	Private _cTitle := ""

	ValidPerg()
	Pergunte(_cPerg,.T.)
	ReportDef()
	_oReport:PrintDialog()

Return

Static Function ReportDef()

	If MV_PAR03 == 1
		_cTitle := "Sales by product"
	Else
		_cTitle := "Sales by group"
	EndIF

	_oReport := TReport():New("REP01",_cTitle+" - "+StrZero(MV_PAR01,2)+"/"+Alltrim(Str(MV_PAR02)),_cPerg,{|_oReport| PrintReport(_oReport)},_cTitle)
	_oReport:SetLandscape(.T.)

	_oSection := TRSection():New( _oReport , _cTitle, {"QRY"} )

	If MV_PAR03 = 1
		TRCell():New( _oSection, "CODE"	,,"Product		"	,PesqPict('SB1',"B1_COD")	,TamSX3("B1_COD")[1],.F.,)
	Else

		TRCell():New( _oSection, "CODE"	,,"Group		"	,PesqPict('SBM',"BM_GRUPO")	,TamSX3("BM_GRUPO")[1],.F.,)
	EndIF
	TRCell():New( _oSection, "TOTAL",,"Total",PesqPict('SD2',"D2_TOTAL"),TamSX3("D2_TOTAL")[1],.F.,)

	TRFunction():New(_oSection:Cell("TOTAL"),NIL,"SUM",,,,,.F.,.T.)

Return Nil

Static Function PrintReport(_oReport)

	Local _cQuery     := ""

	_cQuery += "  SELECT D2_COD CODE, SUM(D2_TOTAL) TOTAL "
	_cQuery += "    FROM " + RetSqlName("SD2") +" SD2 "
	_cQuery += "   WHERE SD2.D_E_L_E_T_ = ' ' "
	_cQuery += "     AND SUBSTR(SD2.D2_EMISSAO,5,2) = '"+ StrZero(MV_PAR01,2) + "' "
	_cQuery += "     AND D2_CF IN('612') "
	_cQuery += "   GROUP BY D2_COD "

	If Select("QRY") > 0
		Dbselectarea("QRY")
		QRY->(DbClosearea())
	EndIf

	TcQuery _cQuery New Alias "QRY"

	dbSelectArea("QRY")
	QRY->(dbGoTop())

	While !QRY->(Eof())

		While !QRY->(Eof())
			_oSection:Init()
			_oSection:Cell("CODE"):SetValue(QRY->CODE)
			_oSection:Cell("TOTAL"):SetValue(QRY->TOTAL)
			_oSection:PrintLine()
			QRY->(DbSkip())
		EndDo
		_oReport:ThinLine()

	EndDo
	_oSection:Finish()

Return Nil

Static Function ValidPerg()
	Local _aArea := GetArea()
	Local _aRegs := {}
	Local i := 0
	Local j := 0
	_cPerg := PADR(_cPerg,10)
	AADD(_aRegs,{_cPerg,"01","Month ?"	,"Month ?"	,"Month ? "	,"mv_ch1","N",02,0,0,"G","          ","mv_par01","","","","",""})
	AADD(_aRegs,{_cPerg,"02","Year ?"	,"Year ?"	,"Year ? "	,"mv_ch2","N",04,0,0,"G","          ","mv_par02","","","","",""})

	dbSelectArea("SX1")
	SX1->(dbSetOrder(1))
	for i := 1 to len(_aRegs)
		If !SX1->(dbSeek(_cPerg+_aRegs[i,2]))
			RecLock("SX1",.T.)
			for j := 1 to FCount()
				If j <= Len(_aRegs[i])
					FieldPut(j,_aRegs[i,j])
				Else
					Exit
				EndIf
			next
			MsUnlock()
		EndIf
	next
	RestArea(_aArea)

Return
