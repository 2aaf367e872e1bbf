#include "totvs.ch"
#include "check.ch"

// A small stack language whose words are code blocks in a table, and which defines
// words of its own.
User Function Forth()
	Private aStack := {}
	Private aWords := {}

	Word("+", {|| Push(Pop() + Pop())})
	Word("*", {|| Push(Pop() * Pop())})
	Word("-", {|n| n := Pop(), Push(Pop() - n)})
	Word("dup", {|| Push(aTail(aStack))})
	Word("swap", {|a, b| a := Pop(), b := Pop(), Push(a), Push(b)})
	Word("drop", {|| Pop()})

	CHECK Run("1 2 + 3 *") IS {9}
	CHECK Run("10 4 -") IS {6}
	CHECK Run(": square dup * ; 7 square") IS {49}
	CHECK Run(": fourth square square ; 3 fourth 1 swap") IS {1, 81}
	CHECK Run("1 drop") IS {}
	CHECK Run("1 +") IS "stack is empty at +"
	CHECK Run("1 nonsense") IS "unknown word nonsense"
	CHECK Len(aWords) IS 8
Return .T.

Static Function Word(cName, bDoes)
	AAdd(aWords, {cName, bDoes})
Return

Static Function Push(x)
	AAdd(aStack, x)
Return x

Static Function Pop()
	Local x
	If Len(aStack) == 0
		Break("stack is empty")
	EndIf
	x := aTail(aStack)
	aSize(aStack, Len(aStack) - 1)
Return x

Static Function Run(cText)
	Local xFault
	Private cWord := ""
	aStack := {}
	Begin Sequence
		Interpret(StrTokArr(cText, " "))
	Recover Using xFault
		Return xFault + IIf("empty" $ xFault, " at " + cWord, "")
	End Sequence
Return aStack

Static Function Interpret(aTokens)
	Local n := 0
	Local nAt
	Local cName, aBody
	While ++n <= Len(aTokens)
		cWord := aTokens[n]
		If cWord == ":"
			cName := aTokens[++n]
			aBody := {}
			While !(aTokens[++n] == ";")
				AAdd(aBody, aTokens[n])
			EndDo
			Define(cName, aBody)
		ElseIf IsDigit(cWord)
			Push(Val(cWord))
		ElseIf (nAt := aScan(aWords, {|a| a[1] == cWord})) > 0
			Eval(aWords[nAt][2])
		Else
			Break("unknown word " + cWord)
		EndIf
	EndDo
Return

Static Function Define(cName, aBody)
Return Word(cName, {|| Interpret(aBody)})
