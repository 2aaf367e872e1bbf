User Function Decl(x, y)
	Local a, b := 1, c As Character := "", d := .T. As Logical
	Local e[10], f[2][3], g[2, 3] := Nil
	Local h = 5, v As Character Value "x"
	Private nP, aQ := {}, &cName, &(cName) := 1, pre&cName.suf := 2
	Private aTela[0][0], aGets[0]
	Public nPub := 1, &("x" + y)
	Static nOnce := 0
	loca low
	Field A1_COD, A1_LOJA In SA1
	Field A2_COD
	Memvar cMem, nMem
	Parameters p1, p2
	Default x := 1, y := "b"
	Default ::prop := {}
	default a[1] := 0
	x := 1
	Local late := x
	Local oRest As tlpp.rest.Response, aList As Array Of Numeric
Return
