// What the cases call. Jobs put what they see where the cases can read it.

User Function Sum(a, b)
Return a + b

User Function Kinds(a, b, c, d)
Return ValType(a) + ValType(b) + ValType(c) + ValType(d)

User Function Echo(x)
Return x

User Function Nothing()
Return

User Function Fails()
	UserException("failed")
Return 1

User Function Quits()
	KillApp(.T.)
Return "not ended"

User Function Where()
Return {GetEnvServer(), ThreadId() > 1}

User Function Change(a)
	a[1] := "changed"
Return a

User Function Keep(cName, xValue)
	PutGlbValue(cName, xValue)
Return

User Function Locks(cName)
	Local l := IIf(cName == NIL, GlbLock(), GlbNmLock(cName))
Return l

User Function Unlocks(cName)
Return IIf(cName == NIL, GlbUnlock(), GlbNmUnlock(cName))

// Waits waits and answers in a global value.
User Function Waits(cName, cAnswer)
	Local a, b, c := "unset"
	Local l := IPCWaitEx(cName, 10000, @a, @b, @c)
	PutGlbVars(cAnswer, l, a, b, c)
Return l

User Function InTransaction(cSession, cKey, nMs)
	VarBeginT(cSession, cKey)
	PutGlbValue("begun", "yes")
	IPCWaitEx("END", nMs)
	VarSetX(cSession, cKey, "by the job")
Return

User Function Remarks(cText)
	FWMonitorMsg(cText)
	PutGlbValue("remarked", "yes")
	IPCWaitEx("END", 10000)
Return

// Until waits until the block gives .T.
Static Function Until(bBlock)
	Local n := 0
	While !Eval(bBlock) .And. n++ < 10000
		Sleep(1)
	End
Return n < 10000

// Started starts a job and returns when the condition holds.
Function Started(cJob, bBlock, a, b, c)
	StartJob(cJob, GetEnvServer(), .F., a, b, c)
Return Until(bBlock)

Function JobError(cJob, cEnv, lWait)
	Local bOld := ErrorBlock({|e| Break(e)})
	Local x
	Begin Sequence
		x := StartJob(cJob, cEnv, lWait)
	Recover Using e
		x := e:Description
	End Sequence
	ErrorBlock(bOld)
Return x

Function Shared()
	Local a := {1}
	Local b := StartJob("U_Change", "ENV", .T., a)
Return {a, b}

Function Both()
	Local a := {1}
	Local b := StartJob("U_Echo", "ENV", .T., {a, a})
	b[1][1] := 2
Return b[2][1]

Function GlbVars(cName, n)
	Local a := "A", b := "B", c := "C"
	Local l
	Do Case
	Case n == 1
		l := GetGlbVars(cName, @a)
	Case n == 2
		l := GetGlbVars(cName, @a, @b)
	Otherwise
		l := GetGlbVars(cName, @a, @b, @c)
	EndCase
Return {l, a, b, c}

// Put puts values and returns what they are for others.
Function Put(x, y, z)
	PutGlbVars("put", x, y, z)
Return StartJob("U_Put", "OTHER", .T.)

User Function Put()
Return GlbVars("put", 3)

Function PutFill()
	Local a := {}
	PutGlbVars("fill", {1, 2})
	GetGlbVars("fill", a)
Return a

Function PutOwn()
	Local a := {1}
	Local b
	PutGlbVars("own", a)
	a[1] := 2
	GetGlbVars("own", @b)
	b[1] := 3
	GetGlbVars("own", @a)
Return {a, b}

Function Json()
	Local o := JsonObject():New()
	o["a"] := {1, NIL}
	o["b"] := JsonObject():New()
	o["b"]["c"] := "x"
Return o

Function JsonTrip()
	Local o
	PutGlbVars("json", Json())
	GetGlbVars("json", @o)
Return o:ToJson()

Function JsonJob()
Return StartJob("U_Echo", "ENV", .T., Json()):ToJson()

Function Raised(bBlock)
	Local bOld := ErrorBlock({|e| Break(e)})
	Local x
	Begin Sequence
		x := Eval(bBlock)
	Recover Using e
		x := "raised: " + e:Description
	End Sequence
	ErrorBlock(bOld)
Return x

// Ipc sends to a job that waits, and returns what that got.
Function Ipc(a, b)
	Local l, x, y, z, lGo
	Started("U_Waits", {|| IPCCount("W") == 1}, "W", "got")
	lGo := IPCGo("W", a, b)
	Until({|| GetGlbVars("got", @l)})
	GetGlbVars("got", @l, @x, @y, @z)
Return {lGo, l, x, y, z, IPCCount("W")}

Function IpcMany(n)
	Local i, nSent := 0
	For i := 1 To n
		StartJob("U_Waits", "ENV", .F., "W", "got" + AllTrim(Str(i)))
	Next
	Until({|| IPCCount("W") == n})
	While IPCGo("W")
		nSent++
	End
Return {nSent, IPCCount("W")}

Function IpcTime(nMs)
	Local n := Seconds()
	Local l := IPCWaitEx("NOBODY", nMs)
Return {l, Seconds() - n + 0.0015 >= nMs / 1000} // Seconds() cuts to milliseconds

// Vars evaluates a block in a new session.
Function Vars(bBlock)
	VarSetUID("s")
Return Eval(bBlock)

Function VarX(cFn, cKey)
	Local x := "unset"
	Local l := IIf(cFn == "D", VarGetXD("s", cKey, @x), VarGetX("s", cKey, @x))
Return {l, x}

Function VarA(cFn, cKey)
	Local x := "unset"
	Local l := IIf(cFn == "D", VarGetAD("s", cKey, @x), VarGetA("s", cKey, @x))
Return {l, x}

Function VarBoth(cFn, cKey)
	Local x := "unset"
	Local a := "unset"
	Local l := IIf(cFn == "D", VarGetD("s", cKey, @x, @a), VarGet("s", cKey, @x, @a))
Return {l, x, a}

Function VarList(cSession, cFn)
	Local x := "unset"
	Local a := "unset"
	Local l
	Do Case
	Case cFn == "X"
		l := VarGetXA(cSession, @x)
	Case cFn == "A"
		l := VarGetAA(cSession, @a)
	Otherwise
		l := VarGet_A(cSession, @x, @a)
	EndCase
Return {l, x, a}

Function VarFill()
	Local a := {0}
	VarSetAD("s", "k", {1, 2})
	VarGetAD("s", "k", a)
Return a

Function VarFillList()
	Local a := {}
	VarSetXD("s", "b", 1)
	VarSetXD("s", "a", 2)
	VarGetXA("s", a)
Return a

// VarWaits begins a transaction in a job, and then what waits for it here.
Function VarWaits(bBlock)
	VarBegun(50)
Return Eval(bBlock)

// VarDirty begins a transaction in a job, and here what does not wait for it.
Function VarDirty(bBlock)
	Local x
	VarBegun(10000)
	x := Eval(bBlock)
	IPCGo("END")
Return x

Static Function VarBegun(nMs)
	VarSetUID("s")
	VarSetX("s", "k", "before")
	VarSetA("s", "k", {"before"})
Return Started("U_InTransaction", {|| GetGlbValue("begun") == "yes"}, "s", "k", nMs)

Function Server(n)
	Local a := GetUserInfoArray()
	Local i := AScan(a, {|x| x[3] == ThreadId()})
Return IIf(n == NIL, a[i], a[i][n])

Function RemarkOf(bBlock)
	Eval(bBlock)
Return Server(11)

Function OtherRemark(cText)
	Local a, i
	Started("U_Remarks", {|| GetGlbValue("remarked") == "yes"}, cText)
	a := GetUserInfoArray()
	i := AScan(a, {|x| x[5] == "U_REMARKS"})
	IPCGo("END")
Return {a[i][5], a[i][11], a[i][15], a[i][1], a[i][2]}

Function Tail(x, y)
Return y
