#include 'totvs.ch'
#include 'fileio.ch'
#include 'dbstruct.ch'
#include "directry.ch"
#include "error.ch"
#include "xmlxfun.ch"

User Function FILE01(cPath)
	Local nHandle  := 0
	Local nBytes   := 0
	Local cBuffer  := Space(1024)
	Local aFiles   := Directory(cPath + "*.csv", "D")
	Local aStru    := SA1->(DbStruct())
	Local oXml, oError
	Local nI, cLine := "", aParts := {}

	For nI := 1 To Len(aFiles)
		If aFiles[nI][F_SIZE] == 0
			Loop
		EndIf
		nHandle := FOpen(cPath + aFiles[nI][F_NAME], FO_READ + FO_SHARED)
		If nHandle == F_ERROR
			ConOut("error " + Str(FError(), 4))
			Loop
		EndIf
		FSeek(nHandle, 0, FS_SET)
		While (nBytes := FRead(nHandle, @cBuffer, 1024)) > 0
			cLine += Left(cBuffer, nBytes)
		EndDo
		FClose(nHandle)
		aParts := StrTokArr2(cLine, ";", .T.)
	Next nI

	ASort(aStru, , , {|x, y| x[DBS_NAME] < y[DBS_NAME]})

	CREATE oXml XMLSTRING "<a><b>1</b></a>"
	If XmlChildCount(oXml:_A) > 0
		cLine := oXml:_A:_B:TEXT
	EndIf

	ErrorBlock({|e| If(e:GenCode == EG_ZERODIV, 0, Break(e))})
	Begin Sequence
		nI := 1 / Len(aParts)
	Recover Using oError
		nI := -1
	End Sequence
Return {aParts, nI}
