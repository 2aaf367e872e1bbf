// One function for each operation that the benchmark times. Each repeats its operation
// nTurns times, prepares nothing within a turn that is not part of the operation, and
// returns what the last turn gave.
#include "totvs.ch"

Static cKept := "kept"
Static nKept := 112345.67
Static dKept := CToD("20/12/2026")

// ---- Reading variables ----

User Function LocalText(nTurns)
	Local cText := "local"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := cText
	Next
Return xGot

User Function LocalNum(nTurns)
	Local nValue := 112345.67
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := nValue
	Next
Return xGot

User Function LocalDate(nTurns)
	Local dDay := SToD("20261220")
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := dDay
	Next
Return xGot

User Function StaticText(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := cKept
	Next
Return xGot

User Function StaticNum(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := nKept
	Next
Return xGot

User Function StaticDate(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := dKept
	Next
Return xGot

User Function PrivText(nTurns)
	Local xGot, nTurn
	Private cOwn := "private"
	For nTurn := 1 To nTurns
		xGot := cOwn
	Next
Return xGot

User Function PrivNum(nTurns)
	Local xGot, nTurn
	Private nOwn := 112345.67
	For nTurn := 1 To nTurns
		xGot := nOwn
	Next
Return xGot

User Function PrivDate(nTurns)
	Local xGot, nTurn
	Private dOwn := SToD("20261220")
	For nTurn := 1 To nTurns
		xGot := dOwn
	Next
Return xGot

User Function PublText(nTurns)
	Local xGot, nTurn
	Public cAll := "public"
	For nTurn := 1 To nTurns
		xGot := cAll
	Next
Return xGot

User Function PublNum(nTurns)
	Local xGot, nTurn
	Public nAll := 112345.67
	For nTurn := 1 To nTurns
		xGot := nAll
	Next
Return xGot

User Function PublDate(nTurns)
	Local xGot, nTurn
	Public dAll := SToD("20261220")
	For nTurn := 1 To nTurns
		xGot := dAll
	Next
Return xGot

User Function FieldText(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := OPS->NAME
	Next
Return xGot

User Function FieldNum(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := OPS->PRICE
	Next
Return xGot

User Function FieldDate(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := OPS->DAY
	Next
Return xGot

Class Holder
	Data cName
	Method New() Constructor
EndClass

Method New() Class Holder
	::cName := "held"
Return Self

User Function Property(nTurns)
	Local oHolder := Holder():New()
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := oHolder:cName
	Next
Return xGot

User Function Element(nTurns)
	Local aList := {"one", "two", "three"}
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aList[2]
	Next
Return xGot

// ---- Numbers, strings and dates ----

User Function Rounding(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Round(nTurn / 1000, 2)
	Next
Return xGot

User Function NumToText(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Str(nTurn / 1000)
	Next
Return xGot

User Function TextToNum(nTurns)
	Local cNumber := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Val(cNumber)
	Next
Return xGot

User Function ElemToNum(nTurns)
	Local aTexts := Texts()
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Val(aTexts[nTurn % 16 + 1])
	Next
Return xGot

User Function DateToText(nTurns)
	Local dDay := SToD("20261220")
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := DToS(dDay - nTurn % 10000)
	Next
Return xGot

// ---- Code blocks ----

User Function BlockMade(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Eval({|| nTurn % 16})
	Next
Return xGot

User Function BlockKept(nTurns)
	Local xGot, nTurn
	Local bKept := {|| nTurn % 16}
	For nTurn := 1 To nTurns
		xGot := Eval(bKept)
	Next
Return xGot

User Function ArgMade(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Eval({|n| n % 16}, nTurn)
	Next
Return xGot

User Function ArgKept(nTurns)
	Local bKept := {|n| n % 16}
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Eval(bKept, nTurn)
	Next
Return xGot

User Function CallMade(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Eval({|n| U_One(n)}, nTurn)
	Next
Return xGot

User Function CallKept(nTurns)
	Local bKept := {|n| U_One(n)}
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Eval(bKept, nTurn)
	Next
Return xGot

User Function CallMacro(nTurns)
	Local bKept := &("{|n| U_One(n)}")
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Eval(bKept, nTurn)
	Next
Return xGot

// ---- Macros ----

User Function MacroCall(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := &("U_One(" + Str(nTurn) + ")")
	Next
Return xGot

User Function MacroBlock(nTurns)
	Local bMade, xGot, nTurn
	For nTurn := 1 To nTurns
		bMade := &("{|n| U_One(n)}")
		xGot := Eval(bMade, nTurn)
	Next
Return xGot

// ---- Types and comparisons ----

User Function TypeNames(nTurns)
	Local cText := "text"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := ValType(cText) + ValType(nTurn)
	Next
Return xGot

User Function Within(nTurns)
	Local aTexts := Texts()
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := StrZero(nTurn % 100, 2) $ aTexts[nTurn % 16 + 1]
	Next
Return xGot

User Function Exactly(nTurns)
	Local aTexts := Texts()
	Local cText := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aTexts[nTurn % 16 + 1] == cText
	Next
Return xGot

User Function Equal(nTurns)
	Local aTexts := Texts()
	Local cText := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aTexts[nTurn % 16 + 1] = cText
	Next
Return xGot

User Function AtLeast(nTurns)
	Local aTexts := Texts()
	Local cText := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aTexts[nTurn % 16 + 1] >= cText
	Next
Return xGot

User Function AtMost(nTurns)
	Local aTexts := Texts()
	Local cText := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aTexts[nTurn % 16 + 1] <= cText
	Next
Return xGot

User Function Below(nTurns)
	Local aTexts := Texts()
	Local cText := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aTexts[nTurn % 16 + 1] < cText
	Next
Return xGot

User Function Above(nTurns)
	Local aTexts := Texts()
	Local cText := "  1024.5"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aTexts[nTurn % 16 + 1] > cText
	Next
Return xGot

// ---- Arrays ----

User Function Scan(nTurns)
	Local aNumbers := Numbers()
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := AScan(aNumbers, nTurn % 16)
	Next
Return xGot

// The block finds what it looks for, half way on the average.
User Function ScanBlock(nTurns)
	Local aNumbers := Numbers()
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := AScan(aNumbers, {|n| n == nTurn % 16 + 1})
	Next
Return xGot

User Function AddRow(nTurns)
	Local cText := "row"
	Local aInner := {1, 2}
	Local aRows := {}
	Local nTurn
	For nTurn := 1 To nTurns
		If nTurn % 1000 == 0
			aRows := {}
		EndIf
		AAdd(aRows, {nTurn, 1, .T., cText, cText, aInner, aRows})
	Next
Return Len(aRows)

User Function ArrayCopy(nTurns)
	Local aList := {1, 2, 3}
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := aList
	Next
Return xGot

User Function ArrayNew(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := {}
	Next
Return xGot

// ---- Calls ----

User Function CallNone(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_None()
	Next
Return xGot

User Function CallOne(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_One(nTurn)
	Next
Return xGot

User Function CallNine(nTurns)
	Local aList := {1}
	Local bBlock := {|| 1}
	Local dDay := SToD("20261220")
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_Nine(aList, "text", nTurn, .T., bBlock, dDay, 1.5, Nil, aList)
	Next
Return xGot

User Function TextShort(nTurns)
	Local cText := "eight by"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_Ignore(cText)
	Next
Return xGot

User Function TextLong(nTurns)
	Local cText := Replicate("a long text ", 4000)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_Ignore(cText)
	Next
Return xGot

User Function TextByRef(nTurns)
	Local cText := Replicate("a long text ", 4000)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_Ignore(@cText)
	Next
Return xGot

User Function RefAndCopy(nTurns)
	Local cText := Replicate("a long text ", 4000)
	Local cOther, nTurn
	For nTurn := 1 To nTurns
		U_Ignore(@cText)
		cOther := cText
	Next
Return Len(cOther)

User Function PassArray(nTurns)
	Local aList := {1, 2, 3}
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_Ignore(aList)
	Next
Return xGot

User Function GetArray(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_NewArray()
	Next
Return xGot

User Function GetText(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_NewText()
	Next
Return xGot

User Function Blanks(nTurns)
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := Space(16)
	Next
Return xGot

User Function PrivMade(nTurns)
	Local cText := "text"
	Local xGot, nTurn
	For nTurn := 1 To nTurns
		xGot := U_WithPriv(cText)
	Next
Return xGot

// ---- What is called ----

User Function None()
Return Nil

User Function One(n)
Return n

User Function Ignore(x)
Return Nil

User Function Nine(x1, x2, x3, x4, x5, x6, x7, x8, x9)
Return Nil

User Function NewArray()
Return {1, 2, 3, 4, 5, 6, 7, 8}

User Function NewText()
Return Space(40)

User Function WithPriv(cText)
	Private cOwn := cText
Return Nil

Static Function Texts()
	Local aTexts := {}
	Local i
	For i := 1 To 16
		AAdd(aTexts, Str(i * 1000, 8))
	Next
Return aTexts

Static Function Numbers()
	Local aNumbers := {}
	Local i
	For i := 1 To 16
		AAdd(aNumbers, i)
	Next
Return aNumbers
