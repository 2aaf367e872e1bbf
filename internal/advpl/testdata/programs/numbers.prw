#include "totvs.ch"
#include "check.ch"

// Numbers: primes, roots, series, bases, the edges of doubles.
User Function Numbers()
	Local nSum := 0
	Local n
	CHECK Primes(30) IS {2, 3, 5, 7, 11, 13, 17, 19, 23, 29}
	CHECK Gcd(1071, 462) IS 21
	CHECK Perfect(28) .And. !Perfect(27)
	CHECK Round(Root(2), 8) IS 1.41421356
	CHECK Based(255, 16) + Based(5, 2) IS "FF101"
	CHECK Collatz(27) IS 111
	CHECK Power(2, 30) IS 1073741824
	CHECK Int(-3.7) IS -3
	CHECK Int(3.7) IS 3
	CHECK Mod(7, 3) + 7 % 3 IS 2
	CHECK Max(3, 9) - Min(3, 9) IS 6
	CHECK Abs(-4) + Abs(4) IS 8
	CHECK 1 / 4 IS 0.25
	CHECK 10 / 4 * 4 IS 10
	CHECK 5 - -5 IS 10
	CHECK 0xFF IS 255
	CHECK -(-3) IS 3
	For n := 1 To 1000
		nSum += 1 / (n * (n + 1))
	Next n
	CHECK Round(nSum, 6) IS 0.999001
	CHECK Sqrt(16) + Exp(0) + Log(1) IS 5
	CHECK Ceiling(1.2) + Floor(1.8) IS 3
	FAILS 1 / 0 WITH 5
	FAILS 1 % 0 WITH 5
	FAILS "a" * 2 WITH 1
	FAILS 1 + Nil WITH 1
	FAILS 1 > "a" WITH 1
	FAILS .T. + .F. WITH 1
	CHECK (1 == Nil) IS .F.
	CHECK (Nil == Nil) IS .T.
	CHECK .F. < .T.
Return .T.

Static Function Primes(nTo)
	Local aSieve := aFill(Array(nTo), .T.)
	Local aOut := {}
	Local n, m
	For n := 2 To nTo
		If aSieve[n]
			AAdd(aOut, n)
			For m := n * n To nTo Step n
				aSieve[m] := .F.
			Next m
		EndIf
	Next n
Return aOut

Static Function Gcd(a, b)
	Local nRest
	While b != 0
		nRest := a % b
		a := b
		b := nRest
	EndDo
Return a

Static Function Perfect(n)
	Local nSum := 0
	Local m
	For m := 1 To n - 1
		nSum += IIf(n % m == 0, m, 0)
	Next m
Return nSum == n

Static Function Root(n)
	Local nGuess := n
	While Abs(nGuess * nGuess - n) > 0.0000000001
		nGuess := (nGuess + n / nGuess) / 2
	EndDo
Return nGuess

Static Function Based(n, nBase)
	Local cOut := ""
	While n > 0
		cOut := SubStr("0123456789ABCDEF", n % nBase + 1, 1) + cOut
		n := Int(n / nBase)
	EndDo
Return cOut

Static Function Collatz(n)
	Local nSteps := 0
	While n != 1
		n := IIf(n % 2 == 0, n / 2, 3 * n + 1)
		nSteps++
	EndDo
Return nSteps

Static Function Power(nBase, nExponent)
	Local nOut := 1
	While nExponent > 0
		If nExponent % 2 == 1
			nOut *= nBase
			nExponent--
		EndIf
		nBase *= nBase
		nExponent /= 2
	EndDo
Return nOut
