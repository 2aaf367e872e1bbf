#INCLUDE "PROTHEUS.CH"
#INCLUDE "APWEBSRV.CH"

#DEFINE NS_URL "http://localhost/ws/"

User Function _SOAP01 ; Return  // a function, so that the source has one

WSSTRUCT PersonIn
	WSDATA Code   AS String
	WSDATA Name   AS String OPTIONAL
	WSDATA Salary AS Float
	WSDATA Born   AS Date
	WSDATA Photo  AS Base64Binary OPTIONAL
ENDWSSTRUCT

WSSTRUCT PersonList
	WSDATA People AS Array Of PersonIn OPTIONAL
	WSDATA Total  AS Integer
ENDWSSTRUCT

WSSERVICE PEOPLE DESCRIPTION "People" NAMESPACE NS_URL + "people.apw"
	WSDATA Key    AS String
	WSDATA Person AS PersonIn
	WSDATA Result AS PersonList
	WSDATA Ok     AS Boolean

	WSMETHOD Find DESCRIPTION "Finds people"
	WSMETHOD Save DESCRIPTION "Saves one"
ENDWSSERVICE

WSMETHOD Find WSRECEIVE Key WSSEND Result WSSERVICE PEOPLE
	Local oItem
	If Empty(::Key)
		SetSoapFault("Find", "no key")
		Return .F.
	EndIf
	::Result := WSClassNew("PersonList")
	::Result:People := {}
	oItem := WSClassNew("PersonIn")
	oItem:Code := ::Key
	aAdd(::Result:People, oItem)
	::Result:Total := Len(::Result:People)
Return .T.

WSMETHOD Save WSRECEIVE Person, Key WSSEND Ok WSSERVICE PEOPLE
	::Ok := !Empty(::Person:Code)
Return .T.
