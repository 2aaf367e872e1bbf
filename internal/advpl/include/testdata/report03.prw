#INCLUDE "rwmake.ch"

/*
ÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ
±±ºProgram   ³ REP03      ºAuthor ³                    º Date ³    º±±
ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß
*/

User Function REP03

//ÚÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ¿
//³ Declaração de variáveis                                          ³
//ÀÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÙ

Local cDesc1         := "This program prints the list"
Local cDesc2         := "of open orders."
Local cDesc3         := ""
Local titulo         := "Open orders"
Local nLin           := 80
Local Cabec1         := "Order   Date       Customer                  Total"
Local Cabec2         := ""
Local imprime        := .T.
Local aOrd := {}
Private lEnd         := .F.
Private lAbortPrint  := .F.
Private limite       := 80
Private tamanho      := "P"
Private nomeprog     := "REP03"
Private nTipo        := 18
Private aReturn      := { "Form", 1, "Office", 2, 2, 1, "", 1}
Private nLastKey     := 0
Private m_pag        := 01
Private wnrel        := "REP03"
Private cString := "SC5"

dbSelectArea("SC5")
dbSetOrder(1)

wnrel := SetPrint(cString,NomeProg,"",@titulo,cDesc1,cDesc2,cDesc3,.F.,aOrd,.F.,Tamanho,,.F.)

If nLastKey == 27
	Return
Endif

SetDefault(aReturn,cString)

If nLastKey == 27
   Return
Endif

nTipo := If(aReturn[4]==1,15,18)

RptStatus({|| RunReport(Cabec1,Cabec2,Titulo,nLin) },Titulo)
Return

Static Function RunReport(Cabec1,Cabec2,Titulo,nLin)

Local nTotal := 0

SetRegua(RecCount())
dbGoTop()
Do While !EOF() .and. C5_FILIAL == xFilial("SC5")

   If lAbortPrint
      @nLin,00 PSAY "*** CANCELLED ***"
      Exit
   Endif

   If nLin > 55
      Cabec(Titulo,Cabec1,Cabec2,NomeProg,Tamanho,nTipo)
      nLin := 8
   Endif

   @nLin,00 PSAY SC5->C5_NUM
   @nLin,08 PSAY SC5->C5_EMISSAO
   @ nLin,19 PSAY Left(Posicione("SA1",1,xFilial("SA1")+SC5->(C5_CLIENTE+C5_LOJACLI),"A1_NOME"),25)
   @ nLin,45 PSay SC5->C5_TOTAL Picture "@E 999,999.99"
   nTotal += SC5->C5_TOTAL

   nLin := nLin + 1
   IncRegua()
   dbSkip()
EndDo

nLin++
@ nLin,45 PSAY nTotal PICTURE "@E 999,999.99"

SET DEVICE TO SCREEN

If aReturn[5]==1
   dbCommitAll()
   SET PRINTER TO
   OurSpool(wnrel)
Endif

MS_FLUSH()

Return
