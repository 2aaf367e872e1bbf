#INCLUDE "PROTHEUS.CH"
#INCLUDE "APVT100.CH"

User Function COLL01()
	Local cOrder := Space(6)
	Local nQty   := 0
	Local aSave  := VTSave()

	While .T.
		VTClear()
		@ 0,0 VtSay "Separation"
		@ 1,0 VTSay 'Order:'
		@ 2,0 VTGet cOrder PICT "@!" F3 "CB7"  Valid Check(cOrder)
		@ 3,00 VTSAY "Volumes:" VTGET nQty       Pict "99999"		VALID nQty > 0
		VTRead
		If VTLastKey() == 27
			Exit
		EndIf
		If VTYesNo("Confirm?","Attention",.T.)
			VTAlert("Done", "Ok", .T., 2000)
		EndIf
	EndDo
	VTRestore(,,,,aSave)
Return

Static Function Check(cOrder)
	CB7->(DbSetOrder(1))
	If ! CB7->(MsSeek(xFilial("CB7")+cOrder))
		VtBeep(3)
		VtKeyboard(Chr(20))
		Return .F.
	EndIf
Return .T.
