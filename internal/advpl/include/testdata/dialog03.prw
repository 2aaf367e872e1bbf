#include "rwmake.ch"

User Function DLG03()   // U_DLG03

SetPrvt("cMonth,cYear,nKind,aKinds,lAll,cNote")

cMonth := Space(2)
cYear  := Space(4)
nKind  := 1
aKinds := {"Short","Long"}
lAll   := .f.
cNote  := ""

@ 0,0 TO 270,480 DIALOG oDlg TITLE "Closing of the month"
@ 5,5 TO 130,235
@ 15,10 Say OemToAnsi("Month")
@ 15,50 GET cMonth PICTURE "99" VALID Val(cMonth) > 0 .and. Val(cMonth) <= 12
@ 30,10 SAY "Year"
@ 30,50 Get cYear  Picture "9999" When .t. SIZE 40,20
@ 45,10 SAY "Kind"
@ 45,50 RADIO aKinds VAR nKind
@ 75,10 CHECKBOX "All branches" VAR lAll
@ 90,10 GET cNote MEMO SIZE 150,30 OBJECT oMemo
oMemo:lReadOnly := .T.
@ 110,080 BMPBUTTON TYPE 1 ACTION Processa({|| RunIt() }, "Wait")//if (Empty(cYear),.f.,.t.)
@ 110,130 BMPBUTTON TYPE 2 ACTION Close(oDlg)
@ 110,180 BmpButton Type 5 Action Pergunte("DLG03",.T.)
ACTIVATE DIALOG oDlg CENTERED

Return()

Static Function RunIt()
Local nI
ProcRegua(10)
For nI := 1 To 10
   IncProc("Step " + StrZero(nI,2))
   If nI = 5 ; Loop ; EndIf
   If nI == 9
      Exit
   Endif
Next
Close(oDlg)
Return
