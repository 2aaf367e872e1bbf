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
