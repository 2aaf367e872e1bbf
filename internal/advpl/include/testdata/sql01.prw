#include 'protheus.ch'
#include 'topconn.ch'

User Function SQL01()
	Local cAlias  := GetNextAlias()
	Local cQuery  := ""
	Local aRet    := {}
	Local cFilter := "% AND A1_MSBLQL <> '1' %"

	BeginSQL Alias cAlias

		%noparser%

		// A comment in the query
		column F2_EMISSAO as Date, F2_VALBRUT as Numeric(18,2)
		SELECT A1_COD, A1_NOME, F2_DOC, F2_EMISSAO, F2_VALBRUT,
		       CASE WHEN F2_TIPO = %Exp:'D'% THEN %Exp:''% ELSE F2_TIPO END KIND
		FROM %table:SF2% SF2 (NOLOCK), %table:SA1% SA1
		WHERE F2_FILIAL = %xFilial:SF2%
		AND A1_COD = F2_CLIENTE
		AND F2_DOC BETWEEN %mv_par01% AND %mv_par02%
		AND F2_EMISSAO >= %Exp: DToS(dDataBase - 30) %
		AND SF2.%NotDel%
		AND %Table:SA1%.D_E_L_E_T_ = ' '
		%Exp:cFilter%
		ORDER BY %Order:SF2,2%

	EndSQL

	While ! (cAlias)->(eof())
		aAdd(aRet, {(cAlias)->A1_COD, (cAlias)->F2_VALBRUT})
		(cAlias)->( dbSkip() )
	End
	(cAlias)->(dbCloseArea())

	cQuery := " SELECT COUNT(*) TOTAL "
	cQuery += " FROM " + RetSqlName("SA1") + " SA1 "
	cQuery += " WHERE A1_FILIAL = '" + xFilial("SA1") + "' AND D_E_L_E_T_ = ' ' "
	cQuery := ChangeQuery(cQuery)

	TCQUERY cQuery ALIAS (cAlias) NEW
	TCSetField(cAlias, "TOTAL", "N", 10, 0)
	aAdd(aRet, {"", (cAlias)->TOTAL})
	(cAlias)->(dbCloseArea())

	dbUseArea(.T., "TOPCONN", TCGenQry(,, cQuery), cAlias, .F., .T.)
	(cAlias)->(dbCloseArea())

	If TCSqlExec("UPDATE " + RetSqlName("SA1") + " SET A1_X = 'Y'") < 0
		ConOut("error: " + TCSQLError())
	EndIf

Return aRet
