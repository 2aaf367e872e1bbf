// The functions behind check.ch. A failed check raises an error, which ends the program.

Function CheckIs(cText, xGot, xWant)
	If !Same(xGot, xWant)
		UserException(cText + " is " + Show(xGot) + " (" + ValType(xGot) + "); want " + Show(xWant))
	EndIf
Return Nil

// CheckFails expects the block to raise an error with a code of error.ch.
Function CheckFails(cText, bCode, nCode)
	Local bOld := ErrorBlock({|oError| Break(oError)})
	Local oError
	Local xValue
	Begin Sequence
		xValue := Eval(bCode)
	Recover Using oError
	End Sequence
	ErrorBlock(bOld)
	If oError == Nil
		UserException(cText + " is " + Show(xValue) + "; want an error with code " + Show(nCode))
	EndIf
	If oError:GenCode != nCode
		UserException(cText + " raises " + Show(oError:GenCode) + " " + oError:Description + "; want code " + Show(nCode))
	EndIf
Return oError

Static Function Same(xGot, xWant)
	Local n
	If ValType(xGot) != ValType(xWant)
		Return .F.
	EndIf
	If ValType(xGot) != "A"
		Return xGot == xWant
	EndIf
	If Len(xGot) != Len(xWant)
		Return .F.
	EndIf
	For n := 1 To Len(xGot)
		If !Same(xGot[n], xWant[n])
			Return .F.
		EndIf
	Next n
Return .T.

Static Function Show(xValue)
	Local cText, n
	If ValType(xValue) != "A"
		Return IIf(ValType(xValue) == "C", '"' + xValue + '"', cValToChar(xValue))
	EndIf
	cText := "{"
	For n := 1 To Len(xValue)
		cText += IIf(n > 1, ", ", "") + Show(xValue[n])
	Next n
Return cText + "}"
