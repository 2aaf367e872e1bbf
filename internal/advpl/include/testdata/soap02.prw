#INCLUDE "PROTHEUS.CH"
#INCLUDE "APWEBSRV.CH"

/* ===============================================================================
Client of a service
=============================================================================== */

User Function _SOAP02 ; Return

WSCLIENT WSPEOPLE

	WSMETHOD NEW
	WSMETHOD INIT
	WSMETHOD RESET
	WSMETHOD CLONE
	WSMETHOD FIND

	WSDATA   _URL                      AS String
	WSDATA   _HEADOUT                  AS Array of String
	WSDATA   cKEY                      AS string
	WSDATA   oWSRESULT                 AS PEOPLE_LIST

ENDWSCLIENT

WSMETHOD NEW WSCLIENT WSPEOPLE
::Init()
If !FindFunction("XMLCHILDEX")
	UserException("Too old.")
EndIf
Return Self

WSMETHOD INIT WSCLIENT WSPEOPLE
	::oWSRESULT := PEOPLE_LIST():New()
Return

WSMETHOD RESET WSCLIENT WSPEOPLE
	::cKEY := NIL
	::Init()
Return

WSMETHOD CLONE WSCLIENT WSPEOPLE
Local oClone := WSPEOPLE():New()
	oClone:_URL      := ::_URL
	oClone:cKEY      := ::cKEY
	oClone:oWSRESULT := IIF(::oWSRESULT = NIL , NIL ,::oWSRESULT:Clone() )
Return oClone

WSMETHOD FIND WSSEND cKEY WSRECEIVE oWSRESULT WSCLIENT WSPEOPLE
Local cSoap := "" , oXmlRet

BEGIN WSMETHOD

cSoap += '<FIND xmlns="http://localhost/ws/">'
cSoap += WSSoapValue("KEY", ::cKEY, cKEY , "string", .T. , .F., 0 , NIL, .F.)
cSoap += "</FIND>"

oXmlRet := SvcSoapCall(	Self,cSoap,;
	"http://localhost/ws/FIND",;
	"DOCUMENT","http://localhost/ws/",,"1.031217",;
	"http://localhost/ws/PEOPLE.apw")

::Init()
::oWSRESULT:SoapRecv( WSAdvValue( oXmlRet,"_FINDRESPONSE:_RESULT","LIST",NIL,NIL,NIL,NIL,NIL,NIL) )

END WSMETHOD

oXmlRet := NIL
Return .T.

// Data structure

WSSTRUCT PEOPLE_LIST
	WSDATA   nTOTAL                    AS integer
	WSDATA   aPEOPLE                   AS Array of string OPTIONAL
	WSMETHOD NEW
	WSMETHOD INIT
	WSMETHOD CLONE
	WSMETHOD SOAPRECV
ENDWSSTRUCT

WSMETHOD NEW WSCLIENT PEOPLE_LIST
	::Init()
Return Self

WSMETHOD INIT WSCLIENT PEOPLE_LIST
	::aPEOPLE := {} // Array Of String
Return

WSMETHOD CLONE WSCLIENT PEOPLE_LIST
	Local oClone := PEOPLE_LIST():NEW()
	oClone:nTOTAL := ::nTOTAL
Return oClone

WSMETHOD SOAPRECV WSSEND oResponse WSCLIENT PEOPLE_LIST
	Local nRElem1 , nTElem1
	::Init()
	If oResponse = NIL ; Return ; Endif
	::nTOTAL := WSAdvValue( oResponse,"_TOTAL","integer",NIL,"Property nTOTAL as s:integer on SOAP Response not found.",NIL,"N",NIL,NIL)
	For nRElem1 := 1 to 2
		If .F. ; aadd(::aPEOPLE , "" ) ; Endif
	Next
Return
