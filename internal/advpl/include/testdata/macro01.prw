#include "protheus.ch"

User Function MACRO01(cTable)
	Local aStru := {}
	Local nI    := 0
	Local cRow  := ""
	Private cField := "A1_COD"
	Private cVar   := "nValue"
	Private nValue := 10
	Private bLoad  := &("{|x| x * 2}")

	&cVar := 20
	&(cVar) += 1
	&("n" + "Value") := 22
	M->&(cField) := Space(6)
	M->&cField   := "000001"
	_SetOwnerPrvt(cField, CriaVar(cField))

	aStru := (cTable)->(DbStruct())
	For nI := 1 To Len(aStru)
		cField := aStru[nI][1]
		cRow   += cValToChar((cTable)->&cField) + ";"
		cRow   += AllTrim((cTable)->&(cTable + '_X')) + ";"
		If !Empty(&cField) .And. (cTable)->(FieldPos(cField)) > 0
			(cTable)->(FieldPut(FieldPos(cField), &(cTable + "->" + cField)))
		EndIf
	Next nI

	nI := Eval(bLoad, nValue)
	nI := &("U_MACRO02(" + Str(nI) + ")")
	If Type("lAuto") == "U" .Or. Type(cVar) <> "N"
		lAuto := .F.
	EndIf
	aEval({"a", "b"}, {|c| &("c" + c) := c })
Return &cVar

User Function MACRO02(n)
	Local cFil := Space(2)
	Local xRet
	Default n := 0
	xRet := StaticCall(MACRO01, Twice, n)
	xRet := ExecBlock("MACRO03", .F., .F., {n, @cFil})
	If ExistBlock("MACRO03") ; xRet := U_MACRO03() ; EndIf
Return xRet

Static Function Twice(n) ; Return n * 2
