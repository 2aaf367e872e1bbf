// What the expressions of the cases call.

Static aLog := {}

Function Between(n, nFrom, nTo)
Return n >= nFrom .And. n <= nTo

Function WithDate(cFormat, bBlock)
	Local cOld := Set(4, cFormat)
	Local xRet := Eval(bBlock)
	Set(4, cOld)
Return xRet

Function SetAndGet(n, x)
	Set(n, x)
Return Set(n)

Function Century(x, cDate)
	__SetCentury(x)
Return DToC(CToD(cDate))

Function AAddTo(a, x)
	AAdd(a, x)
Return a

Function Fill(n)
	Local a := {}
	Local i
	For i := 1 To n
		AAdd(a, i)
	Next
Return a

Function Down(n)
	Local a := {}
	Local i
	For i := n To 1 Step -1
		AAdd(a, i)
	Next
Return a

Function Log1(x, i)
	AAdd(aLog, {x, i})
Return NIL

Function Log2(a)
Return {a, aLog}

Function Sum(a, nStart, nCount)
	Local n := 0
	AEval(a, {|x| n += x}, nStart, nCount)
Return n

Function Shrink(a)
	Local n := 0
	AEval(a, {|x| n += x, ASize(a, 2)})
Return n

Function CloneChange(a)
	Local b := AClone(a)
	b[2][1] := "changed"
Return {a, b}

Function Cycle()
	Local a := {1, NIL}
	a[2] := a
Return a

Function Shared()
	Local a := {7}
Return {a, a}

Function WithPrivate(bBlock)
	Private cPriv := "x"
	Private aPriv := {1}
Return Eval(bBlock)

Function FreeIt(x)
	FreeObj(@x)
Return x

Function Count(...)
Return PCount()

Function Nth(nAt, ...)
Return PValue(nAt)

Function Outer()
Return Inner()

Static Function Inner()
Return {ProcName(), ProcName(1)}

Function OuterName()
Return Eval({|| ProcName(1)})

Function LineOf()
Return ProcLine()

Function FunNameIn()
Return Outer()[1] + FunName()

Function NamedFun(c)
	SetFunName(c)
Return FunName()

Function InStack()
Return InStack2()

Function InStack2()
Return {IsInCallStack("InStack"), IsInCallStack("instack2"), IsInCallStack("InStack3")}

User Function Point()
Return {"point", PARAMIXB}

Function NestedPoint()
	Private PARAMIXB := "before"
	ExecBlock("Point", .F., .F., "inside")
Return PARAMIXB

Static Function Hidden(x)
Return {"hidden", x}

Function BlockOf(bBlock)
	Local bOld := ErrorBlock(bBlock)
	Local xRet
	Begin Sequence
		xRet := 1 + "a"
	Recover Using xRet
	End Sequence
	ErrorBlock(bOld)
Return xRet

Function Broken(x)
	Local xRet
	Begin Sequence
		Break(x)
	Recover Using xRet
	End Sequence
Return {xRet}

Function Handled(b)
	Local bOld := ErrorBlock({|e| Break(e)})
	Local oErr
	Local xRet := "none"
	Begin Sequence
		Eval(b)
	Recover Using oErr
		xRet := oErr:Description
	End Sequence
	ErrorBlock(bOld)
Return xRet

Function QuitIn()
	Begin Sequence
		__Quit()
	Recover
		Return "not ended"
	End Sequence
Return "not ended"

Function JsonOf(c)
	Local o := JsonObject():New()
	Local x := o:FromJson(c)
	If x <> NIL
		UserException(x)
	EndIf
Return o

Function JsonFault(c)
Return JsonObject():New():FromJson(c)

Function JsonWithout(c, cName)
	Local o := JsonOf(c)
	Local l := o:DelName(cName)
Return {l, o:ToJson()}

Function JsonValue(c, cName)
	Local xValue
	Local cType
	Local l := JsonOf(c):GetJsonValue(cName, @xValue, @cType)
Return {l, xValue, cType}

Function JsonSetArray(x)
	Local o := JsonObject():New()
	o:Set(x)
Return o:ToJson()

Function JsonBuild()
	Local o := JsonObject():New()
	o["name"] := "Ana"
	o["tags"] := {"x", "y"}
	o["sub"] := JsonObject():New()
	o["sub"]["n"] := 1
	o["sub"]["n"] += 1
	AAdd(o["tags"], "z")
	o["name"] := NIL
Return o:ToJson()

Function JsonMany(n)
	Local o := JsonObject():New()
	Local i
	For i := 1 To n
		o["k" + cValToChar(i)] := i
	Next
	For i := 1 To n - 1
		o:DelName("k" + cValToChar(i))
	Next
Return {o:ToJson(), o["k" + cValToChar(n)], o["k1"]}

Function JsonCycle()
	Local o := JsonObject():New()
	o["me"] := o
Return o:ToJson()

Function JsonPut(x)
	Local o := JsonObject():New()
	o["x"] := x
Return o:ToJson()

Function JsonEach(c)
	Local a := {}
	Local x
	For Each x In JsonOf(c)
		AAdd(a, x)
	Next
Return a

Function MapOf(aPairs)
	Local o := HMNew()
	Local aList
	AEval(aPairs, {|x| HMSet(o, x[1], x[2])})
	HMList(o, @aList)
Return aList

Function MapGet(x)
	Local o := HMNew()
	Local xValue := "before"
	HMSet(o, "a", "value")
Return {HMGet(o, x, @xValue), xValue}

Function MapDel(x)
	Local o := HMNew()
	Local aList
	HMSet(o, "a", 1)
	HMSet(o, "b", 2)
	HMDel(o, x)
	HMList(o, @aList)
Return aList

Function MapChurn(n)
	Local o := HMNew()
	Local i
	Local x
	For i := 1 To n
		HMSet(o, i, i * 2)
		If i > 10
			HMDel(o, i - 10)
		EndIf
	Next
	HMGet(o, n, @x)
Return {HMCount(o), x, HMGet(o, 1)}

Function MapAdd(aRows, nColumn, nTrim)
	Local o := HMNew()
	AEval(aRows, {|x| HMAdd(o, x, nColumn, nTrim)})
Return MapRows(o)

Function MapRows(o)
	Local aList
	HMList(o, @aList)
Return aList

Function MapMethods()
	Local o := tHashMap():New()
	Local x
	Local aList
	o:Set("a", 1)
	o:Set("b", 2)
	o:Del("a")
	o:Get("b", @x)
	o:List(@aList)
	o:Clean()
Return {x, aList, Len(o)}

Class Person
	Data cName
	Data nAge
	Method New(cName) Constructor
	Method Greet()
EndClass

Method New(cName) Class Person
	::cName := cName
	::nAge := 30
Return Self

Method Greet() Class Person
Return "Hello, " + ::cName

Class Worker From Person
	Data cJob
	Method Work()
EndClass

Method Work() Class Worker
Return ::cJob

Function Transaction(x)
	Begin Transaction
		x := x + 1
	End Transaction
Return x

Function TypeUnderBlock(c)
	Local lRun := .F.
	Local bOld := ErrorBlock({|e| lRun := .T., Break(e)})
	Local cType := "broken"
	Begin Sequence
		cType := Type(c)
	End Sequence
	ErrorBlock(bOld)
Return {cType, lRun}

Function TypeInSequence(c)
	Local bOld := ErrorBlock({|e| Break("block")})
	Local xRet
	Local cType
	Begin Sequence
		cType := Type(c)
		xRet := cType + 1
	Recover Using xRet
	End Sequence
	ErrorBlock(bOld)
Return {cType, xRet}

Function RegexOf(cPattern, lCase, lLines)
	Local o := tlpp.regex.Regex():New("")
	o:SetCaseSensitive(lCase)
	o:SetMultiline(lLines)
	o:SetPattern(cPattern)
Return o

Function RegexTokens(cPattern, cText)
	Local aTokens := {}
	Local aPlaces := {}
	Local l := Regex():New(cPattern):Tokenizer(cText, @aTokens, @aPlaces)
Return {l, aTokens, aPlaces}

Function RegexReplace(cPattern, cText, cWith, lFirst)
	Local o := Regex():New(cPattern)
	Local n
	If lFirst == .T.
		n := o:ReplaceFirst(@cText, cWith)
	Else
		n := o:ReplaceAll(@cText, cWith)
	EndIf
Return {n, cText}

Function FwSomas(c, n)
	Local i
	For i := 1 To n
		c := Soma1(c)
	Next
Return c

Function FwEdited(x, bBlock)
	Private cFwVar := x
	Private __ReadVar := "M->cFwVar"
Return Eval(bBlock)

Function FwFreed(a)
	Local aOther := a
	FWFreeArray(@a)
Return {a, aOther}

Function FwDefault(x, xDefault)
	hb_default(@x, xDefault)
Return x

Function FwPrivates(cNames, cText)
	SetPrvt(cNames)
Return Type(cText)

Function FwShadow()
	Private cFwOuter := "outer"
	Local cType := FwShadowed()
Return {cType, cFwOuter}

Static Function FwShadowed()
	SetPrvt("cFwOuter, cFwInner")
	cFwOuter := 1
Return Type("cFwOuter") + Type("cFwInner")

Function FwReleased(aNames)
	Private cFwOne := "one"
	Private cFwTwo := "two"
	__MvRelease(aNames)
Return {cFwOne, cFwTwo}

Function FwParam(x, aTypes, aClasses, lOptional, xDefault, cMessage)
	x := __ParamType(1, "x", x, aTypes, aClasses, lOptional, xDefault, cMessage)
Return x

Function FwFinal(cText, cDetail)
	Final(cText, cDetail)
Return "not ended"

Template Function FwPoint()
Return {"template", PARAMIXB}

Function FwLogged(cSeverity, cId, cText)
	FWLogMsg("INFO", "T1", "G")
	FWLogMsg(cSeverity, cId, "G", "cat", "step", "id", cText, 5, 1.5, {{"k", 1}, {"d", .T.}, "none"})
Return NIL

Function SrvFuncs(cMask)
	Local aType, aFile, aLine, aDate, aTime
	Local aName := GetFuncArray(cMask, @aType, @aFile, @aLine, @aDate, @aTime)
Return {aName, aType, aFile, Val(aLine[1]) > 0, aDate, aTime}

Function SrvFuncsIn(cMask)
	Local aType := {}
	Local aFile := {"old", "values"}
	GetFuncArray(cMask, aType, aFile)
Return {aType, aFile}

Function SrvRemote()
	Local cVersion := "before"
Return {GetRemoteType(@cVersion), cVersion}

Function FwJson(c)
	Local x := "before"
	Local l := FWJsonDeserialize(c, @x)
Return {l, x}

Function FwJsonAs(c)
	Local x
	FWJsonDeserialize(c, @x)
Return x

Function FwJsonSet(c, xValue)
	Local o := FwJsonAs(c)
	o:Name := xValue
Return o:NAME

Function FwJsonCycle()
	Local a := {1}
	AAdd(a, a)
Return FWJsonSerialize(a)

Function FwBlock()
	Local n := 1
Return GetCBSource({|x| x + n})

Function JsonTwice(c, cOther)
	Local o := JsonObject():New()
	o:FromJson(c)
	o:FromJson(cOther)
Return {o:ToJson(), Len(o), o:GetNames()}

// XmlText gives what cPath is in the document, a macro below oXml.
Function XmlText(cXml, cPath)
	Private oXml := XmlParser(cXml, "_")
Return &("oXml:" + cPath)

// XmlType gives the Type of it.
Function XmlType(cXml, cPath)
	Private oXml := XmlParser(cXml, "_")
Return Type("oXml:" + cPath)

// XmlCodes gives what a reading tells: type, error, warning and code.
Function XmlCodes(cXml, cReplace)
	Local cError := "?"
	Local cWarning := "?"
	Local oXml := XmlParser(cXml, cReplace, @cError, @cWarning)
Return {ValType(oXml), cError, cWarning, XMLError()}

Function XmlFileCodes(cFile)
	Local cError := "?"
	Local cWarning := "?"
	Local oXml := XmlParserFile(cFile, "_", @cError, @cWarning)
Return {ValType(oXml), cError == XMLErrorMessage(), Empty(cError), cWarning, XMLError()}

Function XmlNota()
Return XmlParserFile("\xml\nota.xml", "_")

Function XmlDetails()
	Local oNota := XmlNota():_NFeProc:_NFe:_InfNFe
	Local aItens := {}
	Local nI
	For nI := 1 To Len(oNota:_Det)
		AAdd(aItens, {oNota:_Det[nI]:_nItem:Text, oNota:_Det[nI]:_Prod:_xProd:Text, Val(oNota:_Det[nI]:_Prod:_vProd:Text)})
	Next
Return aItens

// XmlBack reads and saves.
Function XmlBack(cXml, lLines)
Return XMLSaveStr(XmlParser(cXml, "_"), lLines)

Function XmlSet(cXml, cPath, xText)
	Private oXml := XmlParser(cXml, "_")
	&("oXml:" + cPath) := xText
Return XMLSaveStr(oXml)

Function XmlBuild()
	Local oXml := XmlParser("<Update></Update>", "_")
	XmlNewNode(oXml:_Update, "Upd", "Upd", "NOD")
	XmlNewNode(oXml:_Update:Upd, "_Id", "Id", "ATT")
	XmlNewNode(oXml:_Update:Upd, "_Desc", "desc", "NOD")
	oXml:_Update:Upd:_Id:Text := 12
	oXml:_Update:Upd:_Desc:Text := "a<b"
	oXml:_Update:Upd:_Desc:RealName := "Desc"
Return XMLSaveStr(oXml)

Function XmlTwice(cXml)
	Local oXml := XmlParser(cXml, "_")
	XmlNewNode(oXml:_A, "_B", "b", "NOD")
	XmlNewNode(oXml:_A, "_B", "", "NOD")
Return {Len(oXml:_A:_B), XMLSaveStr(oXml)}

Function XmlMadeArray(cXml, cPath)
	Private oXml := XmlParser(cXml, "_")
	XmlNode2Arr(&("oXml:" + cPath), Upper(SubStr(cPath, RAt(":", cPath) + 1)))
Return {ValType(&("oXml:" + cPath)), XMLSaveStr(oXml)}

Function XmlCloned(cXml, cName)
	Local oXml := XmlParser(cXml, "_")
	XmlCloneNode(oXml:_A:_B, cName)
Return XMLSaveStr(oXml)

Function XmlDeleted(cXml, cName)
	Local oXml := XmlParser(cXml, "_")
Return {XmlDelNode(oXml:_A, cName), XMLSaveStr(oXml)}

Function XmlCreated()
	Local oXml := XMLStr("<?xml version='1.0'?><Contas><Conta><Nome>x</Nome><Mov><Data/></Mov></Conta></Contas>", {"_Contas:_Conta", "_Contas:_Conta:_Mov"})
	oXml:_Contas:_Conta[1]:_Nome:Text := "A"
	XMLAddNode(oXml:_Contas:_Conta, "_Conta", oXml)
	oXml:_Contas:_Conta[2]:_Nome:Text := "B"
	oXml:_Contas:_Conta[2]:_Mov[1]:_Data:Text := "20260101"
	XMLAddNode(oXml:_Contas:_Conta[2]:_Mov, "_Mov", oXml)
	XMLAddItem(oXml:_Contas, "Total", oXml, .F., 3)
Return XMLSaveStr(oXml)

Function XmlDropped(cXml, xNode)
	Local oXml := XmlParser(cXml, "_")
	Local lRet := XMLDltNode(IIf(ValType(xNode) == "B", Eval(xNode, oXml), xNode), oXml)
Return {lRet, XMLSaveStr(oXml)}

Function XmlItem(lArray, xText)
	Local oXml := XmlParser("<a/>", "_")
	XMLAddItem(oXml:_A, "b", oXml, lArray, xText)
Return {ValType(oXml:_A:_B), XMLSaveStr(oXml)}

Function XmlAdded(cXml, cName, aPaths)
	Local oXml := XmlParser(cXml, "_")
	XMLAddNode(oXml:_A:_B, cName, oXml, aPaths)
Return XMLSaveStr(oXml)

Function XmlListed(cXml, aPaths, cPath)
	Private oXml := XMLStr(cXml, aPaths)
Return Type("oXml:" + cPath)

Function XmlSaved(cXml, cFile, lLines)
	Local lRet := XMLSaveFil(XmlParser(cXml, "_"), cFile, lLines)
Return {lRet, MemoRead(cFile)}

Function XmlCyclic()
	Local oXml := XmlParser("<a><b/><b/></a>", "_")
	AAdd(oXml:_A:_B, oXml:_A)
Return XMLSaveStr(oXml)

Function XmlDeclared()
	Local oXml := XMLStr('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>')
	Local aRet := {oXml:__XML:_Version:Text, oXml:__XML:_Encoding:Text, XmlChildCount(oXml)}
	oXml:__XML:_Encoding:Text := "UTF-8"
Return {aRet, XMLSaveStr(oXml)}

Function XmlParents()
	Local oXml := XmlParser("<a><b><c/></b></a>", "_")
Return {XmlGetParent(oXml:_A:_B:_C):RealName, XmlGetParent(oXml:_A:_B) == oXml:_A, XmlGetParent(XmlGetParent(oXml:_A))}

Function XmlCanon(cXml, cOption)
	Local cError := "?"
	Local cWarning := "?"
	Local cText := XmlC14N(cXml, cOption, @cError, @cWarning)
Return IIf(Empty(cError), cText, {cText, cError, cWarning})

Function XmlCanonFile(cFile)
	Local cError := "?"
	Local cText := XmlC14NFile(cFile, "", @cError)
Return {Left(cText, 30), Empty(cError)}

// XmlManaged evaluates a block with an object that holds a document.
Function XmlManaged(cXml, bBlock)
	Local oXml := TXmlManager():New()
	Local lOk := oXml:Parse(cXml)
Return {lOk, Eval(bBlock, oXml)}

Function XmlEdited(cXml, bBlock)
	Local oXml := TXmlManager():New()
	oXml:Parse(cXml)
Return {Eval(bBlock, oXml), SubStr(oXml:Save2String(), 23), oXml:LastError()}

Function XmlManagedNota(bBlock)
	Local oXml := TXmlManager():New()
	oXml:ParseFile("\xml\nota.xml")
	oXml:XPathRegisterNs("ns", oXml:XPathGetRootNsList()[1][2])
Return Eval(bBlock, oXml)

// XmlWalk goes through a document with the methods DOM… and notes where it was.
Function XmlWalk(cXml)
	Local oXml := TXmlManager():New()
	Local cWay := ""
	oXml:Parse(cXml)
	XmlWalkIn(oXml, @cWay)
Return cWay

Function XmlWalkIn(oXml, cWay)
	While .T.
		cWay += oXml:cPath + " "
		If oXml:DOMChildNode()
			XmlWalkIn(oXml, @cWay)
			oXml:DOMParentNode()
		EndIf
		If !oXml:DOMNextNode()
			Exit
		EndIf
	End
Return

Function CrcHex(nAlgorithm, cText)
	Local cHex
	Local n := CRCCalc(nAlgorithm, cText, @cHex)
Return {n, cHex}

Function BitsChanged(cName, cText, nStart, nCount, nLast)
	Do Case
	Case cName == "StuffBit"
		StuffBit(@cText, nStart, nCount, nLast)
	Case cName == "UnStuff"
		UnStuff(@cText, nStart, nCount, nLast)
	Otherwise
		NotBit(@cText, nStart)
	EndCase
Return cText

Function AesTrip(nCipher, cText, cPassword, cKey, cIV)
	Local a := AESEncrypt(nCipher, cText, cPassword, cKey, cIV)
Return AESDecrypt(nCipher, a[2], a[3], a[4])

Function AesSizes(nCipher, cText, cPassword, cKey, cIV)
	Local a := AESEncrypt(nCipher, cText, cPassword, cKey, cIV)
Return {a[1], Len(a[2]), Len(a[3]), Len(a[4])}

Function ZipTrip(cText, nRoom)
	Local cPacked
	Local nPacked := 0
	Local cOut := "before"
	Local l1 := Compress(@cPacked, @nPacked, cText, Len(cText))
	Local l2 := UnCompress(@cOut, @nRoom, cPacked, nPacked)
Return {l1, nPacked == Len(cPacked), l2, cOut, nRoom}

Function GzTrip(cText, nLength)
	Local cPacked
	Local nPacked
	Local cOut := "before"
	Local l1 := GzStrComp(cText, @cPacked, @nPacked)
	Local l2 := GzStrDecomp(cPacked, nLength, @cOut)
Return {l1, nPacked == Len(cPacked), l2, cOut, Left(cPacked, 2)}

Function SignError(cKey, cSum, nKind, cPassword, nPadding)
	Local cError := ""
	Local x := PrivSignRSA(cKey, cSum, nKind, cPassword, @cError, nPadding)
Return {x, cError}

Function VerifyError(cKey, cSum, nKind, cSignature)
	Local cError := ""
	Local l := PrivVeryRSA(cKey, cSum, nKind, cSignature, @cError)
Return {l, cError}

Function EvpError(cKey, cText, nKind, cPassword)
	Local cError := ""
	Local x := EVPPrivSign(cKey, cText, nKind, cPassword, @cError)
Return {x, cError}

Function PfxPart(cName, cFile, cPassword)
	Local cError := ""
	Local l := .F.
	Do Case
	Case cName == "Cert"
		l := PFXCert2PEM(cFile, "\keys\out.pem", @cError, cPassword)
	Case cName == "CA"
		l := PFXCA2PEM(cFile, "\keys\out.pem", @cError, cPassword)
	Case cName == "Key"
		l := PFXKey2PEM(cFile, "\keys\out.pem", @cError, cPassword)
	Otherwise
		l := PFX2PEM(cFile, "\keys\out.pem", @cError, cPassword)
	EndCase
Return {l, MD5File("\keys\out.pem"), cError}

// Files.

Function FileWith(cFile, bBlock, nMode)
	Local nH := FOpen(cFile, nMode)
	Local xRet
	If nH < 1
		Return {nH, FError()}
	EndIf
	xRet := Eval(bBlock, nH)
	FClose(nH)
Return xRet

Function FileNew(cFile, bBlock, nAttr, lChange)
	Local nH := FCreate(cFile, nAttr, , lChange)
	Local xRet
	If nH < 1
		Return {nH, FError()}
	EndIf
	xRet := Eval(bBlock, nH)
	FClose(nH)
Return xRet

Function FileText(cFile, cText)
	FileNew(cFile, {|h| FWrite(h, cText)})
Return MemoRead(cFile)

Function FileRead(nH, n)
	Local cBuffer := Space(3)
	Local nRead := FRead(nH, @cBuffer, n)
Return {nRead, cBuffer}

Function FileTwice(nMode1, nMode2, cFile)
	Local n1 := FOpen(cFile, nMode1)
	Local n2 := FOpen(cFile, nMode2)
	Local aRet := {n1 > 0, n2 > 0, FError()}
	FClose(n1)
	FClose(n2)
Return aRet

Function FileMany(n)
	Local a := {}
	Local i
	Local aRet
	For i := 1 To n
		AAdd(a, FOpen("\files\a.txt"))
	Next
	aRet := {ATail(a), FError()}
	AEval(a, {|h| FClose(h)})
Return aRet

Function FileAfter(cFile, bBlock)
	Eval(bBlock)
Return {FError(), File(cFile)}

Function FileNames(cSpec, cAttr, lConvert, nOrder)
	Local a := {}
	AEval(Directory(cSpec, cAttr, , lConvert, nOrder), {|x| AAdd(a, x[1])})
Return a

Function FileADir(cSpec, lAttr, lChange)
	Local aNames := {}
	Local aSizes
	Local aDates := {1, 2}
	Local aTimes := {}
	Local aAttr := {}
	Local n
	If lAttr
		n := ADir(cSpec, @aNames, @aSizes, @aDates, @aTimes, @aAttr, lChange)
	Else
		n := ADir(cSpec, aNames, @aSizes, , , , lChange)
	EndIf
Return {n, aNames, aSizes, Len(aDates), aAttr}

Function FileSplit(c)
	Local cDrive, cDir, cName, cExt
	SplitPath(c, @cDrive, @cDir, @cName, @cExt)
Return {cDrive, cDir, cName, cExt}

Function FileIn(cFolder, bBlock)
	Local cOld := CurDir()
	Local xRet
	CurDir(cFolder)
	xRet := Eval(bBlock)
	CurDir("\" + cOld)
Return {xRet, CurDir() == cOld}

Function FileLines(cFile)
	Local a := {}
	If FT_FUse(cFile) < 0
		Return FError()
	EndIf
	While !FT_FEof()
		AAdd(a, FT_FReadLn())
		FT_FSkip()
	End
	FT_FUse()
Return a

Function FileUse(cFile, bBlock)
	Local xRet
	FT_FUse(cFile)
	xRet := Eval(bBlock)
	FT_FUse()
Return xRet

Function FileReader(cFile, bBlock)
	Local oFile := FWFileReader():New(cFile)
	Local xRet := "not open"
	If oFile:Open()
		xRet := Eval(bBlock, oFile)
	Else
		xRet := oFile:Error():Message
	EndIf
	oFile:Close()
Return xRet

Function FileAllLines(oFile)
	Local a := {}
	While oFile:HasLine()
		AAdd(a, {oFile:GetLine(), oFile:GetBytesRead()})
	End
Return a

Function FileWriter(cFile, lCase, bBlock)
	Local oFile := FWFileWriter():New(cFile, .T.)
	Local xRet
	oFile:SetCaseSensitive(lCase)
	If !oFile:Create()
		Return {oFile:Error():Code, oFile:Error():Message}
	EndIf
	xRet := Eval(bBlock, oFile)
	oFile:Close()
Return xRet

Function FileINI(cSection, cKey, cValue, cFile)
	Local l := WritePProString(cSection, cKey, cValue, cFile)
Return {l, GetPvProfString(cSection, cKey, "none", cFile)}

Function FileZip(cZip, aFiles, cBase, cPass)
	Local nRet := FZip(cZip, aFiles, cBase, cPass)
	Local nList
	Local aList := FListZip(cZip, @nList)
Return {nRet, nList, ASort(aList, , , {|x, y| x[1] < y[1]})}

Function FileTar(cTar, cFolder)
	Local n
	Local l := TarDecomp(cTar, cFolder, @n)
Return {l, n}

Function Save2StringSame(oXml)
	Local oAgain := TXmlManager():New()
	oAgain:Parse(oXml:Save2String())
Return oAgain:Save2String() == oXml:Save2String() .And. oAgain:Save2String() == StrTran(MemoRead("\xml\nota.xml"), 'versao="4.00" xmlns="http://www.portalfiscal.inf.br/nfe"', 'xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"')

Function PeriodUTC()
	Local aDate
	Local c := DateTimeUTC(@aDate)
Return {c, aDate}

Function PeriodUTCIn(aDate)
	DateTimeUTC(aDate)
Return aDate

Function PeriodStamp(d)
	Local aDate
	Local c := GetTimeStamp(d, @aDate)
Return {c, aDate}
