#Include "rwmake.ch"        // converted by an assistant
#INCLUDE "TOPCONN.CH" /* queries */
#include "font.ch"
#IFNDEF WINDOWS
	#DEFINE PSAY SAY
#ENDIF
#Define CRLF Chr(13)+Chr(10)

/*/
|| Stock list by group, the old way \
/*/
User Function StkList()

SetPrvt("CTITLE,CDESC1,ARETURN,NLASTKEY,")
SetPrvt("LI,M_PAG,AORD")

cTitle   := "STOCK LIST"
cDesc1   := 'By group'
cString  := "ZB1"
aOrd     := {"Code","Group"}
aReturn  := {"Ruled",1,"Stock",2,2,1,"",1 }
nLastKey := 0
wnrel:="STKLIST"            //name of the file

@ 096,042 TO 323,505 DIALOG oDlg TITLE OemToAnsi("Stock list")
@ 008 ,010 TO 084 ,222 LABEL '' OF oDlg
@ 91,139 BMPBUTTON TYPE 5 ACTION Pergunte("STKLST",.T.)
@ 91,168 BmpButton Type 01 Action (If(AllTrim(cTitle)=='',Alert("?"),Close(oDlg)))//last
ACTIVATE DIALOG oDlg CENTERED

wnrel:=SetPrint(cString,wnrel,"STKLST",@cTitle,cDesc1,"","",.F.,aOrd,.F.)
If nLastKey == 27
	Set Filter To
	Return
Endif
SetDefault(aReturn,cString)
RptStatus({|lEnd| StkPrint(@lEnd)},cTitle)// was: Execute(StkPrint)
Return Nil

********************************
Static Function StkPrint(lEnd)
********************************
Local nI := nJ := 0, nTot:=0
Local cFilter := ""

Set Dele On
DbSelectArea("ZB1")
DbSetOrder(If(aReturn[8]#2,1,2))
SET FILTER TO &cFilter
Count To nTot
GO TOP
SetRegua(nTot)
nI := 1 ; nJ++
Do While ! Eof() .And. ZB1_FILIAL == xFilial("ZB1");
	.And. !lEnd
	IncRegua()
	If ! ZB1->ZB1_TYPE $ "PA/PI" ; DbSkip() ; Loop ; EndIf
	IF li > 60
		li := Cabec(cTitle,"","","StkList","M",15)
		@Li,000 PSAY Replicate("-",80)
		@ li+1,000 PSAY "Code" + Chr(15)
		li+=2
	ENDIF
	@ li,000 PSay ZB1_COD
	@ li,PCol()+2 PSAY ZB1_QTY PICTURE "@E 999,999.99"
	@ li , 060 PSAY If(ZB1_QTY<0,"*","")
	li ++
	SKIP
End While
@ Prow()+1,00 Say "End"
SET FILTER TO 
Set Device To Screen
Set Printer To
DbCommitAll()
If aReturn[5] = 1
	OurSpool(wnrel)
End
MS_FLUSH()
Return(.T.)

User Func StkFix( cCode	,nNew )
If ! ZB1->(DbSeek(xFilial("ZB1")+cCode)) ; Return(.F.) ; Endif
Begin Transaction
	RecLock("ZB1",.F.)
	REPLACE ZB1_QTY WITH nNew, ZB1_DAY With dDataBase
	Replace ZB1->ZB1_USER WITH cUserName
	If ZB1_QTY < 0
		DisarmTransaction()
		EndTran
		Return .F.
	Endif
	MsUnlock()
End Transaction
COPY TO &cCode FOR ZB1_COD == cCode VIA "DBFCDX"
Return .T.
