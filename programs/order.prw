#include "totvs.ch"

// Order returns an order as a JSON object: what other servers and gRPC clients get when
// they call U_ORDER is a structure, not a text.
User Function Order(cNumber)
	Local oOrder := JsonObject():New()
	Local nTotal := 0

	Default cNumber := "000001"

	oOrder["number"] := cNumber
	oOrder["issued"] := DToS(Date())
	oOrder["items"]  := {Item("apples", 3, 1.25), Item("pears", 2, 0.80)}
	AEval(oOrder["items"], {|oItem| nTotal += oItem["quantity"] * oItem["price"]})
	oOrder["total"] := Round(nTotal, 2)
Return oOrder

// Item is known in this file only.
Static Function Item(cName, nQuantity, nPrice)
	Local oItem := JsonObject():New()

	oItem["name"]     := cName
	oItem["quantity"] := nQuantity
	oItem["price"]    := nPrice
Return oItem
