#include "totvs.ch"
#include "check.ch"

// Due dates: working days, ends of months, differences.
User Function Dates()
	Local dDue := SToD("20240131")
	Local aHolidays := {SToD("20240101"), SToD("20240212"), SToD("20240213")}

	CHECK DToS(dDue) IS "20240131"
	CHECK dDue + 1 IS SToD("20240201")
	CHECK SToD("20240301") - SToD("20240201") IS 29
	CHECK SToD("20230301") - SToD("20230201") IS 28
	CHECK Day(dDue) IS 31
	CHECK Month(dDue) IS 1
	CHECK Year(dDue) IS 2024
	CHECK DoW(dDue) IS 4
	CHECK Empty(SToD("")) .And. Empty(SToD("20240231"))
	CHECK dDue > SToD("20231231") .And. dDue <= dDue
	CHECK SToD("") < dDue
	CHECK NextMonth(dDue) IS SToD("20240229")
	CHECK NextMonth(SToD("20231215")) IS SToD("20240115")
	CHECK WorkingDay(SToD("20240210"), aHolidays) IS SToD("20240214")
	CHECK WorkingDay(SToD("20240214"), aHolidays) IS SToD("20240214")
	CHECK Age(SToD("19800229"), SToD("20240228")) IS 43
	CHECK Age(SToD("19800229"), SToD("20240229")) IS 44
	CHECK Installments(100, 3, dDue) IS {{SToD("20240131"), 33.33}, {SToD("20240229"), 33.33}, {SToD("20240329"), 33.34}}
	CHECK ValType(Date()) + ValType(Time()) IS "DC"
	CHECK Len(Time()) IS 8
	FAILS dDue * 2 WITH 1
	FAILS dDue + dDue WITH 1
Return .T.

Static Function NextMonth(dDate)
	Local nYear := Year(dDate), nMonth := Month(dDate) + 1, nDay := Day(dDate)
	Local dNext
	If nMonth > 12
		nMonth := 1
		nYear++
	EndIf
	dNext := SToD(StrZero(nYear, 4) + StrZero(nMonth, 2) + StrZero(nDay, 2))
	While Empty(dNext)
		dNext := SToD(StrZero(nYear, 4) + StrZero(nMonth, 2) + StrZero(--nDay, 2))
	EndDo
Return dNext

Static Function WorkingDay(dDate, aHolidays)
	While DoW(dDate) == 1 .Or. DoW(dDate) == 7 .Or. aScan(aHolidays, {|d| d == dDate}) > 0
		dDate++
	EndDo
Return dDate

Static Function Age(dBorn, dToday)
	Local nAge := Year(dToday) - Year(dBorn)
	If SubStr(DToS(dToday), 5) < SubStr(DToS(dBorn), 5)
		nAge -= 1
	EndIf
Return nAge

Static Function Installments(nTotal, nParts, dFirst)
	Local aOut := {}
	Local nLeft := nTotal
	Local n
	For n := 1 To nParts
		AAdd(aOut, {dFirst, IIf(n == nParts, Round(nLeft, 2), NoRound(nTotal / nParts, 2))})
		nLeft -= aTail(aOut)[2]
		dFirst := NextMonth(dFirst)
	Next n
Return aOut
