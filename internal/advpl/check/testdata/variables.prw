Static nCount := 0
Static cLongStaticName := ""

User Function Vars(cUsed, cUnused) // want: unused-parameter
Local nRead := 1
Local nIdle // want: unused-local
Local nIdleToo := cUsed // want: unused-local
Local nOnly := 0 // want: unread-local
Local nRef := 0
Local nLoop
Local oError
Local nCount // want: shadowed-local
Private cPriv := "x"
Public lPub
nOnly := nRead
ConOut(cPriv, lPub, nCount)
Fill(@nRef)
For nLoop := 1 To 3
Next
For nForgot := 1 To 3 // want: undeclared-variable
Next
Begin Sequence
	cPriv := "y"
	cLongStati := "the same in ten letters"
Recover Using oError
End Sequence
nTotal := 0 // want: undeclared-variable
nTotal += 1
cEmpAnt := "99"
MV_PAR01 := 1
A1_NAME := "x"
ZZ1_CODE := A1_CODE
M->cFree := 1
aEval({}, {|nX| nX + nTotal})
aEval({}, {|nLoop| nLoop}) // want: shadowed-local
aEval({}, {|nY, nZ| nY}) 
ConOut(cUnknown) // want: unknown-variable
SA1->(FieldName := NAME_FIELD)
cOther++ // want: undeclared-variable
Default cGiven := 1 // want: undeclared-variable
Return nRead

Static Function Declared()
Memvar cMem
Field A1_NAME
Parameters cPar
cMem := A1_NAME + cPar
cPriv := cMem
nTotal := 2 // want: undeclared-variable
ConOut(nCuont) // want: unknown-variable
Return

Static Function Slip(cCustomer)
ConOut(cCustomr) // want: undeclared-variable
Return cCustomer
