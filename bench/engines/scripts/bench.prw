// What the engines are measured with. Each function returns a value that the
// harness compares over all engines.
#include "totvs.ch"

User Function Fib(n)
Return BFib(n)

Static Function BFib(n)
	If n < 2
		Return n
	EndIf
Return BFib(n - 1) + BFib(n - 2)

User Function Loop(n)
	Local nSum := 0
	Local i
	For i := 1 To n
		nSum += i
	Next i
Return nSum

User Function Append(n)
	Local cText := ""
	Local i
	For i := 1 To n
		cText += "x"
	Next i
Return Len(cText)

User Function Fill(n)
	Local aList := {}
	Local nSum := 0
	Local i
	For i := 1 To n
		AAdd(aList, i)
	Next i
	For i := 1 To n
		nSum += aList[i]
	Next i
Return nSum

User Function Sieve(n)
	Local aOut := Array(n)
	Local nCount := 0
	Local i, j
	For i := 2 To n
		If aOut[i] == Nil
			nCount++
			For j := i + i To n Step i
				aOut[j] := .T.
			Next j
		EndIf
	Next i
Return nCount

User Function Blocks(n)
	Local bAdd := {|x| x + 1}
	Local nSum := 0
	Local i
	For i := 1 To n
		nSum := Eval(bAdd, nSum)
	Next i
Return nSum

Class Counter
	Data nCount
	Method New() Constructor
	Method Add(n)
EndClass

Method New() Class Counter
	::nCount := 0
Return Self

Method Add(n) Class Counter
	::nCount += n
Return Nil

User Function Methods(n)
	Local oCounter := Counter():New()
	Local i
	For i := 1 To n
		oCounter:Add(1)
	Next i
Return oCounter:nCount

User Function Privates(n)
	Local i
	Private nTotal := 0
	For i := 1 To n
		nTotal += 1
	Next i
Return nTotal

User Function Macros(n)
	Local i
	Private nTotal := 0
	For i := 1 To n
		nTotal := &("nTotal + 1")
	Next i
Return nTotal
