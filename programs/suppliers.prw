#include "totvs.ch"
#include "restful.ch"

// An API as a classic REST service: its errors are {errorCode, errorMessage}.
WSRESTFUL SampleSuppliers DESCRIPTION "Suppliers of a shop" FORMAT APPLICATION_JSON
	WSDATA code AS CHARACTER OPTIONAL
	WSDATA name AS CHARACTER OPTIONAL
	WSDATA page AS INTEGER OPTIONAL
	WSDATA pageSize AS INTEGER OPTIONAL

	WSMETHOD GET Suppliers DESCRIPTION "Suppliers, page by page" WSSYNTAX "/api/sample/v1/suppliers?{name, page, pageSize}" PATH "/api/sample/v1/suppliers" PRODUCES APPLICATION_JSON
	WSMETHOD GET Supplier DESCRIPTION "The supplier with the code" WSSYNTAX "/api/sample/v1/suppliers/{code}" PATH "/api/sample/v1/suppliers/{code}" PRODUCES APPLICATION_JSON
	WSMETHOD POST Suppliers DESCRIPTION "Adds a supplier" WSSYNTAX "/api/sample/v1/suppliers" PATH "/api/sample/v1/suppliers" PRODUCES APPLICATION_JSON
	WSMETHOD PUT Supplier DESCRIPTION "Changes the supplier with the code" WSSYNTAX "/api/sample/v1/suppliers/{code}" PATH "/api/sample/v1/suppliers/{code}" PRODUCES APPLICATION_JSON
	WSMETHOD DELETE Supplier DESCRIPTION "Removes the supplier with the code" WSSYNTAX "/api/sample/v1/suppliers/{code}" PATH "/api/sample/v1/suppliers/{code}"
END WSRESTFUL

// GET /api/sample/v1/suppliers?name=a&page=2&pageSize=5
WSMETHOD GET Suppliers WSRECEIVE name, page, pageSize WSSERVICE SampleSuppliers
	Local aSuppliers := {}
	Local nOne := 0
	Local oPage := JsonObject():New()

	Default ::name := "", ::page := 1, ::pageSize := 10

	If ::page < 1 .Or. ::pageSize < 1 .Or. ::pageSize > 100
		SetRestFault(400, "Pages are counted from 1, pageSize is 1 to 100.", .T., 400)
		Return .F.
	EndIf
	AEval(Suppliers():List(), {|oOne| IIf(Empty(::name) .Or. Upper(::name) $ Upper(oOne["name"]), AAdd(aSuppliers, oOne), NIL)})
	oPage["items"] := {}
	For nOne := (::page - 1) * ::pageSize + 1 To Min(::page * ::pageSize, Len(aSuppliers))
		AAdd(oPage["items"], aSuppliers[nOne])
	Next
	oPage["hasNext"] := Len(aSuppliers) > ::page * ::pageSize
	::SetResponse(EncodeUTF8(oPage:ToJson()))
Return .T.

WSMETHOD GET Supplier PATHPARAM code WSSERVICE SampleSuppliers
	Local oSupplier := Suppliers():Get(::code)

	If oSupplier == NIL
		Return Unknown(::code)
	EndIf
	::SetResponse(EncodeUTF8(oSupplier:ToJson()))
Return .T.

WSMETHOD POST Suppliers WSSERVICE SampleSuppliers
	Local oSupplier := Received(::GetContent(), NIL)

	If oSupplier == NIL
		Return .F.
	ElseIf Suppliers():Count() >= 1000
		SetRestFault(507, "There are too many suppliers.", .T., 507)
		Return .F.
	ElseIf !Suppliers():Insert(oSupplier)
		SetRestFault(409, "The code " + oSupplier["code"] + " is taken.", .T., 409)
		Return .F.
	EndIf
	::SetStatus(201)
	::SetResponse(EncodeUTF8(Suppliers():Get(oSupplier["code"]):ToJson()))
Return .T.

WSMETHOD PUT Supplier PATHPARAM code WSSERVICE SampleSuppliers
	Local oSupplier := Received(::GetContent(), ::code)

	If oSupplier == NIL
		Return .F.
	ElseIf !Suppliers():Replace(oSupplier)
		Return Unknown(::code)
	EndIf
	::SetResponse(EncodeUTF8(Suppliers():Get(::code):ToJson()))
Return .T.

WSMETHOD DELETE Supplier PATHPARAM code WSSERVICE SampleSuppliers
	If !Suppliers():Remove(::code)
		Return Unknown(::code)
	EndIf
	::SetStatus(204)
Return .T.

Static Function Suppliers()
Return sample.Records():New("suppliers", {{"code", "C", 1, 6}, {"name", "C", 1, 40}}, {|| Examples()})

// The supplier in a body, with the code if the path has one. NIL if it is none, and then
// there is a fault.
Static Function Received(cBody, cCode)
	Local oSupplier := JsonObject():New()
	Local cFault := "The body has characters that cannot be kept."

	cBody := DecodeUTF8(cBody)
	If cBody != NIL
		cFault := oSupplier:FromJson(cBody)
		If cFault == NIL
			oSupplier["code"] := IIf(cCode == NIL, oSupplier["code"], cCode)
			cFault := Suppliers():Check(oSupplier)
		EndIf
	EndIf
	If !Empty(cFault)
		SetRestFault(400, cFault, .T., 400)
		oSupplier := NIL
	EndIf
Return oSupplier

Static Function Unknown(cCode)
	SetRestFault(404, "There is no supplier with the code " + cCode + ".", .T., 404)
Return .F.

Static Function Examples()
	Local aExamples := {}
	Local cName := ""

	For Each cName In {"Moinho do Sul", "Leite & Cia", "Frutas do Vale"}
		AAdd(aExamples, JsonObject():New())
		ATail(aExamples)["code"] := "S" + StrZero(Len(aExamples), 5)
		ATail(aExamples)["name"] := cName
	Next
Return aExamples
