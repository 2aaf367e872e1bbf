#INCLUDE 'TOTVS.CH'
#INCLUDE 'RESTFUL.CH'

#DEFINE PAGE_SIZE 10

User Function REST01()
Return

WSRESTFUL customers DESCRIPTION "Customers" FORMAT APPLICATION_JSON

	WSDATA page      AS INTEGER OPTIONAL
	WSDATA pageSize  AS INTEGER OPTIONAL
	WSDATA code      AS STRING  // code of one
	WSDATA aNames    AS Array Of String Optional

	WSMETHOD GET List ;
		DESCRIPTION "All of them" ;
		WSSYNTAX "/customers || /customers/{code}" ;
		PATH "/api/v1/customers" PRODUCES APPLICATION_JSON

	WSMETHOD GET One DESCRIPTION ("One of them") PATH "/api/v1/customers/{code}" WSSYNTAX "/api/v1/customers/{code}" TTALK "v1" PRODUCES APPLICATION_JSON
	WSMETHOD POST ;
	DESCRIPTION "A new one";
	WSSYNTAX "/customers"
	WSMETHOD DELETE Remove DESCRIPTION 'Away with it' PATH "/api/v1/customers/{code}"

END WSRESTFUL

WSMETHOD GET List WSRECEIVE page, pageSize WSSERVICE customers
	Local oJson := JsonObject():New()
	Local aList := {}
	Local lRet  := .T.
	Default ::page     := 1
	Default Self:pageSize := PAGE_SIZE

	::SetContentType("application/json")
	DbSelectArea("SA1")
	SA1->(DbSetOrder(1), DbGoTop())
	While !SA1->(Eof()) .And. Len(aList) < ::pageSize
		aAdd(aList, JsonObject():New())
		aTail(aList)["code"] := AllTrim(SA1->A1_COD)
		aList[Len(aList)]["name"] := EncodeUTF8(AllTrim(SA1->A1_NOME))
		SA1->(DbSkip())
	EndDo
	oJson["items"]   := aList
	oJson["hasNext"] := !SA1->(Eof())
	oJson["meta"]    := JsonObject():New()
	oJson["meta"]["page"] := ::page
	::SetResponse(oJson:ToJson())
	FreeObj(oJson)
Return lRet

WSMETHOD GET One PATHPARAM code QUERYPARAM page WSREST customers
	If Empty(Self:code)
		SetRestFault(400, "no code")
		Return .F.
	EndIf
	Self:SetResponse('{"code":"' + ::code + '"}')
Return .T.

WSMETHOD POST WSSERVICE customers
	Local cBody := ::GetContent()
	Local oJson := JsonObject():New()
	Local cErr  := oJson:FromJson(cBody)
	If ValType(cErr) <> "U"
		SetRestFault(400, EncodeUTF8(cErr))
		Return .F.
	EndIf
	::SetResponse(oJson)
Return .T.

WSMETHOD DELETE Remove PATHPARAM code WSREST customers
Return .T.
