#include "totvs.ch"
#include "check.ch"

// Inheritance in AdvPL: parents over two levels, overridden methods, _Super, members
// found without regard to case, data with first values.
Class Employee
	Data cName
	Data nSalary
	Data aNotes
	Data lActive Init .T.
	Method New(cName, nSalary) Constructor
	Method Pay()
	Method Title()
	Method Raise(nPercent)
EndClass

Method New(cName, nSalary) Class Employee
	::cName := cName
	::nSalary := nSalary
	::aNotes := {}
Return Self

Method Pay() Class Employee
Return ::nSalary

Method Title() Class Employee
Return "employee " + ::cName

Method Raise(nPercent) Class Employee
	Default nPercent := 10
	::nSalary := Round(::nSalary * (1 + nPercent / 100), 2)
	AAdd(::aNotes, "raise " + cValToChar(nPercent))
Return Self

Class Seller From Employee
	Data nSales
	Method New(cName, nSalary, nSales) Constructor
	Method Pay()
	Method Title()
EndClass

Method New(cName, nSalary, nSales) Class Seller
	_Super:New(cName, nSalary)
	::nSales := nSales
Return Self

Method Pay() Class Seller
Return _Super:Pay() + ::nSales * 0.05

Method Title() Class Seller
Return "seller and " + _Super:Title()

Class Manager From Seller
	Data aTeam
	Method New(cName, nSalary, nSales, aTeam) Constructor
	Method Pay()
EndClass

Method New(cName, nSalary, nSales, aTeam) Class Manager
	_Super:New(cName, nSalary, nSales)
	::aTeam := aTeam
Return Self

Method Pay() Class Manager
	Local nPay := _Super:Pay()
	aEval(::aTeam, {|o| nPay += o:Pay() * 0.01})
Return nPay

User Function Employees()
	Local oAna := Employee():New("Ana", 1000)
	Local oRui := Seller():New("Rui", 1000, 2000)
	Local oEva := Manager():New("Eva", 3000, 0, {oAna, oRui})
	Local aAll := {oAna, oRui, oEva}
	Local cTitles := ""
	Local nTotal := 0

	CHECK oAna:Pay() IS 1000
	CHECK oRui:Pay() IS 1100
	CHECK oEva:Pay() IS 3021
	aEval(aAll, {|o| nTotal += o:Pay(), cTitles += o:Title() + ";"})
	CHECK nTotal IS 5121
	CHECK cTitles IS "employee Ana;seller and employee Rui;seller and employee Eva;"
	CHECK oRui:Raise():Raise(5):NSALARY IS 1155
	CHECK oRui:aNotes IS {"raise 10", "raise 5"}
	CHECK oEva:aNotes IS {}
	CHECK oEva:lActive
	oEva:lActive := .F.
	CHECK oAna:lActive
	CHECK (oAna == aAll[1]) .And. !(oAna == oRui)
	CHECK ValType(oAna) IS "O"
	FAILS oAna:NoMethod() WITH 13
	FAILS oAna:nSales WITH 16
	FAILS NoSuchClass():New() WITH 12
Return .T.
