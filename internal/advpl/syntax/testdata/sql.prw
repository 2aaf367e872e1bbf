User Function Query()
	Local cAlias := GetNextAlias()
	BeginSql Alias cAlias
		Column E1_EMISSAO As Date, E1_VALOR As Numeric(18,2), E1_OK As Logical
		column E1_SALDO as numeric
		%noParser%
		SELECT A1_COD, column_x // a comment
		FROM %table:SA1% A1, %Table:SB1%.D_E_L_E_T_
		WHERE A1_FILIAL = %xfilial:SA1% AND A1.%NotDel%
		  AND A1_COD LIKE %Exp:'%' + cCod + "%"% AND A1_X = %exp:Mod(::nX % 2, F("a%"))%
		  AND A1_Y LIKE 'a%b%' AND A1_URL = 'http://x' AND A1_Z = %mv_par01%
		  AND A1_W = %Exp: Self:cNo % AND A1_V LIKE '%table:no'
		  AND 10 %2 = 0

		ORDER BY %Order:SA1,2%
	EndSql
	BEGINSQL ALIAS "TMP"
	ENDSQL
Return
