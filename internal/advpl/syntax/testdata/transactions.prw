User Function Apart()
	// The words need not stand in the same block.
	Begin Transaction
	If lBad
		DisarmTransaction()
		End Transaction
		Return .F.
	EndIf
	Save()
	End Transaction
Return .T.

User Function Half()
	Local lOk := .T.
	If lOk
		Begin Transaction
	EndIf
	While Next1()
		Save()
	EndDo
	If lOk
		EndTran
	EndIf
Return

User Function Other()
	Begin Transaction
		Save()
	EndTran()
Return

User Function Nested()
	Begin Sequence
		Begin Transaction
			If lOk
				Save()
			EndIf
		End
	End Sequence
	BEGIN TRANSACTION ; Save() ; END TRANSACTION
Return
