#include "protheus.ch"
#include "apwebex.ch"

Web Function APO01()
	Local cHtml := ""
	Local nI
	Private cMsg

	HttpCTType("text/html; charset=ISO-8859-1")

	WEB EXTENDED INIT cHtml START "InSite"

		HttpSession->cKind   := "M"
		HttpSession->aList   := {}
		HttpGet->title       := "Title"
		If !Empty(HttpPost->cCode)
			For nI := 1 To 3
				aAdd(HttpSession->aList, HttpPost->cCode + Str(nI, 1))
			Next nI
		EndIf
		cHtml := ExecInPage("APO01")

	WEB EXTENDED END

Return cHtml

HTML Function APO02()
Return "<p>" + HttpSession->cKind + "</p>"
