User Function Query(cCode)
	Local cAlias := "TMP"
	BeginSql Alias cAlias
		Column A1_DATA As Date
		Column A1_VAL As Numeric(14, 2)
		%noparser%
		SELECT A1_COD FROM %table:SA1% SA1
		WHERE A1_FILIAL = %xfilial:SA1% AND A1_COD = %exp:cCode% AND SA1.%notDel%
		ORDER BY %order:SA1,2%
	EndSql
	Begin Transaction
		If (cAlias)->(Eof())
			Return 0
		EndIf
		StaticCall(OTHER, Helper, cCode)
	End Transaction
Return 1
