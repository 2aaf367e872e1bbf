#include "totvs.ch"
#include "check.ch"

// Texts as programs treat them: codes, padding, tokens, roman numerals, check digits.
User Function Strings()
	Local cBig := ""
	Local cPart
	Local n

	CHECK "AB" = "A"
	CHECK ("A" = "AB") IS .F.
	CHECK "A" == "A" .And. !("A" == "A ")
	CHECK ("AB" != "A") IS .F.
	CHECK "abc" $ "xabcx"
	CHECK "b  " + "c" IS "b  c"
	CHECK "b  " - "c" IS "bc  "
	CHECK "a" < "b" .And. "B" < "a"

	CHECK Roman(1994) IS "MCMXCIV"
	CHECK Roman(3888) IS "MMMDCCCLXXXVIII"
	CHECK Caesar(Caesar("Hello, World", 3), -3) IS "Hello, World"
	CHECK Caesar("xyz", 3) IS "abc"
	CHECK CheckDigit("7992739871") IS 3
	CHECK Initials("Maria da Silva Souza") IS "MSS"
	CHECK PadL("7", 3, "0") + "|" + PadR("ab", 4) + "|" + PadC("x", 3) IS "007|ab  | x "
	CHECK StrZero(42, 6) IS "000042"
	CHECK Str(3.14159, 8, 2) IS "    3.14"
	CHECK Val("12.5abc") IS 12.5
	CHECK AllTrim("  x y ") IS "x y"
	CHECK Reversed("Protheus") IS "suehtorP"
	CHECK Vowels("Observacao") IS 5
	CHECK StrTran("a-b-c", "-", "") IS "abc"
	CHECK Stuff("abcdef", 2, 3, "X") IS "aXef"
	CHECK SubStr("abc", 2) + SubStr("abc", -1) IS "bcc"
	CHECK At("c", "abc") * 10 + RAt("a", "aba") IS 33
	CHECK Replicate("ab", 3) + Space(1) IS "ababab "
	CHECK Asc("A") + Asc(Chr(200)) IS 265

	For n := 1 To 10000
		cBig += Chr(65 + n % 26)
		If n == 100
			cPart := cBig
		EndIf
	Next n
	CHECK Len(cBig) IS 10000
	CHECK Len(cPart) IS 100
	cPart += "!"
	CHECK SubStr(cBig, 101, 1) IS Chr(65 + 101 % 26)
	CHECK Right(cPart, 2) IS Chr(65 + 100 % 26) + "!"
Return .T.

Static Function Roman(n)
	Local aPairs := {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, ;
		{50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}
	Local cOut := ""
	Local aPair
	For Each aPair In aPairs
		While n >= aPair[1]
			cOut += aPair[2]
			n -= aPair[1]
		EndDo
	Next
Return cOut

Static Function Caesar(cText, nShift)
	Local cOut := ""
	Local n, nCode, nBase
	For n := 1 To Len(cText)
		nCode := Asc(SubStr(cText, n, 1))
		nBase := IIf(nCode >= 97 .And. nCode <= 122, 97, IIf(nCode >= 65 .And. nCode <= 90, 65, 0))
		If nBase > 0
			nCode := (nCode - nBase + nShift + 26) % 26 + nBase
		EndIf
		cOut += Chr(nCode)
	Next n
Return cOut

Static Function CheckDigit(cNumber)
	Local nSum := 0
	Local n, nDigit
	Local lTwice := .T.
	For n := Len(cNumber) To 1 Step -1
		nDigit := Val(SubStr(cNumber, n, 1))
		If lTwice
			nDigit *= 2
			If nDigit > 9
				nDigit -= 9
			EndIf
		EndIf
		nSum += nDigit
		lTwice := !lTwice
	Next n
Return (10 - nSum % 10) % 10

Static Function Initials(cName)
	Local cOut := ""
	aEval(StrTokArr(cName, " "), {|c| cOut += IIf(IsUpper(c), Left(c, 1), "")})
Return cOut

Static Function Reversed(cText)
Return IIf(Len(cText) <= 1, cText, Reversed(SubStr(cText, 2)) + Left(cText, 1))

Static Function Vowels(cText)
	Local nCount := 0
	Local n
	For n := 1 To Len(cText)
		nCount += IIf(Lower(SubStr(cText, n, 1)) $ "aeiou", 1, 0)
	Next n
Return nCount
