Static nCount := 1
Static aNames := {"a", nCount}

User Function Names(cAlias, bBlock)
	Local nSum := 0
	Local bAdd := {|n| nSum += n, nCount++, cName := "x"}
	Private cName := "private"
	Private &cAlias := 1
	Public nTotal := 5
	Static nCalls
	Field A1_COD, A1_LOJA In SA1
	nCalls := A1_COD + A1_LOJA
	Eval(bAdd, 5)
	Eval(bBlock, @nSum, 1)
	nCount += 2
	cName += "y"
	cOther := cName
	SA1->A1_NOME := SA1->A1_NREDUZ
	(cAlias)->A1_NOME := (cAlias)->(FieldGet(1))
	SA1->(DbSkip())
	M->A1_COD := FIELD->A1_COD
	M->&(cAlias) := (cAlias)->&cName
	&cAlias := &("x" + cAlias) + &cAlias.1
	Change(@nSum, @nCount, @cName, @aNames[2], 5)
	&cAlias(1, 2)
	aNames[nSum] := aNames[1, nSum]
	Default bBlock := bAdd
Return nSum

Static Function Change(a, b, c, d)
	a := b
	c++
Return Eval({|x| x + a + b}, d)
