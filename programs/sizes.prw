#include "totvs.ch"

// An API in the manner of Logix: /api/sample/v1/sizes is answered by the functions that the
// router function sample_v1_sizes names, the most specific route first.
Function sample_v1_sizes()
	_ADVPL_create_rest_logix_routes()
	_ADVPL_add_rest_logix_routes("GET", "/?*/", "", "sample_v1_sizes_get_one")
	_ADVPL_add_rest_logix_routes("GET", "/*", "order=*", "sample_v1_sizes_get_ordered")
	_ADVPL_add_rest_logix_routes("GET", "/*", "", "sample_v1_sizes_get")
	_ADVPL_add_rest_logix_routes("POST", "/*", "", "sample_v1_sizes_post")
Return

// GET /api/sample/v1/sizes
Function sample_v1_sizes_get(jRequest)
Return AnswerList(Sizes())

// GET /api/sample/v1/sizes?order=width
Function sample_v1_sizes_get_ordered(jRequest)
	Local cField := _ADVPL_get_property(jRequest, "VALUE", "queryparams/order")
	Local aSizes := Sizes()

	If !(cField == "code" .Or. cField == "width")
		Return AnswerFault(400, "The list can be ordered by code or width.")
	EndIf
	ASort(aSizes,,, {|oOne, oOther| oOne[cField] < oOther[cField]})
Return AnswerList(aSizes)

// GET /api/sample/v1/sizes/M
Function sample_v1_sizes_get_one(jRequest)
	Local cCode := _ADVPL_get_property(jRequest, "VALUE", "pathparams[1]")
	Local aSizes := Sizes()
	Local nSize := AScan(aSizes, {|oSize| oSize["code"] == cCode})

	If nSize == 0
		Return AnswerFault(404, "There is no size " + cCode + ".")
	EndIf
Return Answer(200, aSizes[nSize]:ToJson())

// POST /api/sample/v1/sizes with {"width": 52} tells the size that fits.
Function sample_v1_sizes_post(jRequest)
	Local nWidth := _ADVPL_get_property(jRequest, "VALUE", "payload/width")
	Local aSizes := Sizes()
	Local nSize := 0

	If ValType(nWidth) != "N"
		Return AnswerFault(400, "The width must be a number.")
	EndIf
	nSize := AScan(aSizes, {|oSize| oSize["width"] >= nWidth})
	If nSize == 0
		Return AnswerFault(404, "No size is wide enough.")
	EndIf
Return Answer(200, aSizes[nSize]:ToJson())

Static Function Sizes()
	Local aSizes := {}
	Local aSize := {}

	For Each aSize In {{"S", 48}, {"M", 52}, {"L", 56}}
		AAdd(aSizes, JsonObject():New())
		ATail(aSizes)["code"] := aSize[1]
		ATail(aSizes)["width"] := aSize[2]
	Next
Return aSizes

Static Function Answer(nStatus, cPayload)
	Local jResponse := _ADVPL_create_component(NIL, "LRestLogixResponse")

	_ADVPL_set_property(jResponse, "STATUS", cValToChar(nStatus))
	_ADVPL_set_property(jResponse, "PAYLOAD", cPayload, "payload")
Return _ADVPL_get_property(jResponse, "GENERATE")

Static Function AnswerList(aSizes)
	Local jResponse := _ADVPL_create_component(NIL, "LRestLogixResponse")

	_ADVPL_set_property(jResponse, "STATUS", "200")
	_ADVPL_set_property(jResponse, "PAYLOAD", FWJsonSerialize(aSizes), "payload")
	_ADVPL_set_property(jResponse, "HAS_NEXT", .F.)
Return _ADVPL_get_property(jResponse, "GENERATE")

Static Function AnswerFault(nStatus, cMessage)
	Local jResponse := _ADVPL_create_component(NIL, "LRestLogixResponse")

	_ADVPL_set_property(jResponse, "STATUS", cValToChar(nStatus))
	_ADVPL_set_property(jResponse, "MESSAGE", cMessage, "", cValToChar(nStatus))
Return _ADVPL_get_property(jResponse, "GENERATE")
