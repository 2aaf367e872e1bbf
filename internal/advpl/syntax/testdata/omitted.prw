User Function Omitted()
	bOk := {||, oList:Refresh(), Load(@aList, /*cFrom*/) }
	bOk := {|| Load(), }
	bOk := {|| , }
	bOk := {|oSelf, self, x| If(x != Nil .And. y, a[1][1] := !a[1][1], ), If(x, z(), ), w() }
	x := (Load(), )
	x := &cCode.(,)
	Fill(, {|| }, , )
	While! Eof().And.cKey == KEY
	End While
	If!( lOk )
	EndIf
	&(cTable)->(DbGoTop())
	aArea := &(cTable)->(GetArea())
	While !&(cTable)->(Eof()) .And. &(cTable)->(&(aKey[1])) == cFil
		&cTable->(DbSkip())
	EndDo
	DbSetFilter({|| &cFilter }, cFilter)
	nNew := ALIAS->&(aHead[i]) - nOld
	aRow[i] := DtoC(SToD(&("Q->" + &("aHead[i]"))))
	For i = 1 To 3
	Next
	If cFrom # NIL
		nKind := If(nKind#1 .And. cTo #cFrom, 1, 2)
	EndIf
	nSum += nSum%10=0
	If (lRet:=Ask('a', {'Yes', 'No'})==1)
	EndIf
Return IIF(nSum = Nil, 0, nSum)
