#INCLUDE "PROTHEUS.CH"
#INCLUDE "REPORT.CH"

#define STR0001 "People by section"

User Function REP02()
Local oReport
Private cPerg := "REP02"
Private aOrd  := {OemToAnsi("Number"), OemToAnsi("Name")}

If FindFunction("TRepInUse") .And. TRepInUse()
	oReport := ReportDef()
	oReport:PrintDialog()
EndIf

Return

Static Function ReportDef()
Local oReport
Local oSection1
Local oSection2
Local oBreak

DEFINE REPORT oReport NAME "REP02" TITLE STR0001 PARAMETER cPerg ACTION {|oReport| PrintIt(oReport)} DESCRIPTION OemToAnsi("It lists people") TOTAL IN COLUMN
	//"It lists people"

	DEFINE SECTION oSection1 OF oReport TABLES "SRA","CTT" TITLE "Sections" ORDERS aOrd TOTAL IN COLUMN TOTAL TEXT "Total"

		DEFINE CELL NAME "RA_FILIAL"  OF oSection1 ALIAS "SRA"
		DEFINE CELL NAME "RA_CC"      OF oSection1 ALIAS "SRA" SIZE 20
		DEFINE CELL NAME "BLANK"      OF oSection1 TITLE " " SIZE 1 CELL BREAK

	DEFINE SECTION oSection2 OF oSection1 TABLE "SRA" TITLE "People" LINE STYLE
		DEFINE CELL NAME "RA_NOME"   OF oSection2 ALIAS "SRA"
		DEFINE CELL NAME "RA_SALARIO" OF oSection2 ALIAS "SRA" PICTURE "@E 999,999.99" SIZE 12 ALIGN RIGHT
		DEFINE CELL NAME "AGE"  OF oSection2 TITLE "Age" SIZE 3 BLOCK {|| Int((dDataBase - SRA->RA_NASC) / 365) }

	DEFINE BREAK oBreak OF oSection2 WHEN oSection1:Cell("RA_CC") TITLE OemToAnsi("Total of the section")
	DEFINE FUNCTION FROM oSection2:Cell("RA_SALARIO") FUNCTION SUM BREAK oBreak NO END SECTION NO END REPORT
	DEFINE FUNCTION FROM oSection2:Cell("RA_NOME") FUNCTION COUNT NO END SECTION

oSection2:SetHeaderBreak(.T.)
oSection1:SetTotalInLine(.F.)

Return oReport

Static Function PrintIt(oReport)
Local oSection1 := oReport:Section(1)
Local cAlias    := GetNextAlias()
Local cOrder    := "%" + If(oSection1:GetOrder() == 1, "RA_MAT", "RA_NOME") + "%"

MakeSqlExpr(oReport:uParam)
BEGIN REPORT QUERY oSection1
BeginSql Alias cAlias
	COLUMN RA_NASC AS DATE
	SELECT RA_FILIAL, RA_CC, RA_NOME, RA_SALARIO, RA_NASC
	FROM %table:SRA% SRA
	WHERE SRA.RA_FILIAL = %xfilial:SRA%
	  AND SRA.RA_SITFOLH <> %exp:'D'%
	  AND SRA.%notDel%
	ORDER BY %exp:cOrder%
EndSql
END REPORT QUERY oSection1

oReport:Section(1):Section(1):SetParentQuery()
oReport:SetMeter((cAlias)->(LastRec()))
oSection1:Print()
Return NIL
