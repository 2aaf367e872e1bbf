#include "totvs.ch"

// Fetch returns what a web server answers, and raises an error if it is not a success.
User Function Fetch(cUrl)
	Local aHeaders := {"Accept: application/json"}
	Local cHeaders := ""
	Local cError := ""
	Local cBody := HttpGet(cUrl, "", 30, aHeaders, @cHeaders)
	Local nStatus := HTTPGetStatus(@cError)

	If cBody == Nil .Or. nStatus < 200 .Or. nStatus > 299
		UserException(cUrl + ": " + cValToChar(nStatus) + " " + cError)
	EndIf
Return cBody
