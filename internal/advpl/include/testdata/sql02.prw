#INCLUDE "PROTHEUS.CH"

User Function SQL02(cFrom, cTo)
Local aArea := SB1->(GetArea())
Local aTmp  := {}
Local cTrab, cInd1, cKey
Local nRec  := 0, lAll := .T.

aAdd(aTmp, {"CODE", "C", 15, 0})
aAdd(aTmp, {"QTY" , "N", 12, 2})
aAdd(aTmp, {"WHEN", "D", 08, 0})
cTrab := CriaTrab(aTmp, .T.)
USE (cTrab) ALIAS TRB NEW EXCLUSIVE
cInd1 := CriaTrab(Nil, .F.)
cKey  := "CODE+DToS(WHEN)"
IndRegua("TRB", cInd1, cKey,,, "Sorting...")
INDEX ON CODE TO (cInd1 + "b")
SET INDEX TO (cInd1)

DbSelectArea("SB1")
SET ORDER TO 1
SET FILTER TO B1_FILIAL == xFilial("SB1") .And. B1_COD >= cFrom
GO TOP
DO WHILE .NOT. EOF()
   IF B1_COD > cTo
      SKIP
      LOOP
   ENDIF
   SELECT TRB
   APPEND BLANK
   REPLACE CODE WITH SB1->B1_COD, QTY WITH 1
   REPLACE WHEN WITH dDataBase
   SELECT SB1
   SKIP
ENDDO
SET FILTER TO

DbSelectArea("TRB")
COUNT TO nRec FOR QTY > 0
LOCATE FOR CODE == cFrom
IF Found()
   DELETE
ENDIF
PACK
COPY TO (cTrab + "c") FOR QTY > 1
GO BOTTOM
SEEK cFrom SOFTSEEK
STORE 0 TO nA, nB
SUM QTY TO nA FOR !Deleted()
CLOSE TRB
FErase(cTrab + GetDBExtension())
RestArea(aArea)
Return nRec + nA + nB
