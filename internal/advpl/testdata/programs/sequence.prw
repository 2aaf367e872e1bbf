#include "totvs.ch"
#include "check.ch"

Static cTrace := ""

// What happens in which order: operands, arguments, assignments, initial values.
User Function Sequence()
	Local n := 1
	Local aList := {1, 2, 3}
	Local nFirst := T("a", 1), nSecond := nFirst + T("b", 1)

	CHECK Traced() IS "ab"
	CHECK T("x", 1) + T("y", 2) * T("z", 3) IS 7
	CHECK Traced() IS "xyz"
	Sum(T("1", 1), T("2", 2), T("3", 3))
	CHECK Traced() IS "123"
	aList[T("i", 2)] := T("v", 9)
	CHECK Traced() IS "iv"
	CHECK aList IS {1, 9, 3}
	aList[T("i", 1)] += T("v", 4)
	CHECK Traced() IS "iv"
	CHECK aList[1] IS 5
	CHECK n + (n := 10) + n IS 21
	CHECK {n, ++n, n++, n} IS {10, 11, 11, 12}
	CHECK Sum(n, n := 1, n) IS 14
	CHECK (.F. .And. T("no", .T.)) IS .F.
	CHECK (T("l", .T.) .Or. T("no", .T.))
	CHECK Traced() IS "l"
	CHECK IIf(T("c", .T.), T("t", 1), T("f", 2)) IS 1
	CHECK Traced() IS "ct"
	n := aList[n := 2] + n
	CHECK n IS 11
	CHECK nSecond IS 2
	CHECK Swapped(1, 2) IS {2, 1}
	CHECK (aList := {4, 5})[2] IS 5
	CHECK Len(aList) IS 2
Return .T.

Static Function T(cMark, x)
	cTrace += cMark
Return x

Static Function Traced()
	Local cOut := cTrace
	cTrace := ""
Return cOut

Static Function Sum(a, b, c)
Return a + b + c

Static Function Swapped(a, b)
	Local c
	c := a
	a := b
	b := c
Return {a, b}
