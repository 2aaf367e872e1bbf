// What the measurements of bench/host run.

// Says prints at once.
User Function Says()
	ConOut("x")
Return

User Function Rests()
	Sleep(3600000)
Return

// Work turns a loop so many times.
User Function Work(nTurns)
	Local n
	Local nSum := 0
	For n := 1 To nTurns
		nSum += n % 7
	Next
Return nSum

User Function Loops()
	Local n := 0
	While .T.
		n++
	EndDo
Return n

User Function Recurses(nDepth)
	Default nDepth := 0
	While .T.
		If nDepth < 5000
			U_Recurses(nDepth + 1)
		EndIf
	EndDo
Return

User Function Handles()
	While .T.
		Begin Sequence
			Break("again")
		Recover Using cText
			cText += "."
		End Sequence
	EndDo
Return

User Function Sorts()
	Local aList := Numbers(400000)
	While .T.
		ASort(AClone(aList))
	EndDo
Return

User Function SortsBy()
	Local aList := Numbers(200000)
	While .T.
		ASort(AClone(aList), , , {|x, y| x > y})
	EndDo
Return

User Function Evals()
	Local aList := Numbers(1000000)
	Local nSum := 0
	While .T.
		AEval(aList, {|x| nSum += x})
	EndDo
Return

User Function Joins()
	Local cText
	While .T.
		cText := ""
		While Len(cText) < 30000000
			cText += Replicate("abc", 10000)
		EndDo
		cText := StrTran(cText, "b", "--")
	EndDo
Return

User Function Matches()
	Local cText := Replicate("ab12", 2000000)
	While .T.
		Regex():New("([a-z]+[0-9]+)+x"):PartialMatch(cText)
	EndDo
Return

User Function Parses()
	Local cText := "[" + Replicate("{'a': [1, 2, 3]}, ", 300000) + "0]"
	cText := StrTran(cText, "'", '"')
	While .T.
		JsonObject():New():FromJson(cText)
	EndDo
Return

User Function Hashes()
	Local cText := Replicate("x", 60000000)
	While .T.
		Md5(cText, 2)
	EndDo
Return

Static Function Numbers(nMany)
	Local n
	Local nLast := 1
	Local aList := Array(nMany)
	For n := 1 To nMany
		nLast := (nLast * 16807) % 2147483647
		aList[n] := nLast
	Next
Return aList
