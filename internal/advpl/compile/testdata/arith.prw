User Function Fib(n)
	If n < 2
		Return n
	EndIf
Return U_Fib(n - 1) + U_Fib(n - 2)

Function Sum()
	Local nSum := 0
	Local n
	For n := 1 To 10000000
		nSum += n
	Next
	For n := 10 To 1 Step -1
		nSum := nSum - n * 2
	Next n
	While nSum > 0 .And. !(nSum == 5 .Or. nSum = 7)
		nSum--
	EndDo
Return nSum

Static Function Order(a, f)
	Local c := ""
	c += "x"
	a := a + (a := 2)
	f := {a, ++a, a++}
	c := IIf(a > 1, Upper(c), c + "b")
Return c
