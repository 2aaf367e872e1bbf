package code

import "fmt"

//go:generate go run ./gendoc -o ../../../docs/bytecode.md

// Operand says what an operand of an instruction means. Verify checks it and
// Disassemble shows it by this alone.
type Operand uint8

// The meanings of operands. "Register" is one of the running function's.
const (
	None     Operand = iota // the operand is not used and is 0
	Ignored                 // the operand is not used and may be anything
	Read                    // register that is read
	Write                   // register that is written
	Update                  // register that is read and written
	Triple                  // first of three registers that are read and written
	Source                  // first of Count registers that are read; the next operand is the Count
	Target                  // first of Count registers that are written; the next operand is the Count
	Count                   // how many registers
	Window                  // first register of a call's window: the result; the next operand is Args
	Args                    // how many arguments, in the registers after the Window's first
	KIndex                  // index of a constant
	NIndex                  // index of a name
	PIndex                  // index of a block
	Call                    // index into Func.Named
	Up                      // index of a captured variable
	StaticIx                // index of a static variable of the unit
	Int                     // a number
	Flag                    // 0 or 1
	Depth                   // how many handlers
	Jump                    // distance from the next instruction
)

// Flow says where an instruction goes on.
type Flow uint8

const (
	Next   Flow = iota // at the next instruction
	Branch             // at the next instruction or at its jump's target
	Goto               // at its jump's target
	Push               // at the next instruction; the jump's target is entered as a handler
	Stop               // not in this function, or in a handler
)

// Info describes an operation. An operation that uses Bx uses neither B nor C.
type Info struct {
	Name        string
	A, B, C, Bx Operand
	Flow        Flow
	Back        bool   // its jump may lead back; it polls for interrupts
	Effect      string // one line; A, B, C and Bx stand for the operands
}

// Form returns the operands in the order in which they are written: "A B C",
// "A Bx", "A B sC" and so on. A jump of 16 bits is sC.
func (i Info) Form() string {
	form := ""
	add := func(o Operand, name string) {
		if o != None && o != Ignored {
			form += " " + name
		}
	}
	add(i.A, "A")
	add(i.B, "B")
	if i.C == Jump {
		add(i.C, "sC")
	} else {
		add(i.C, "C")
	}
	add(i.Bx, "Bx")
	if form == "" {
		return ""
	}
	return form[1:]
}

// String returns the name of the operation.
func (o Op) String() string {
	if o >= NumOps {
		return fmt.Sprintf("OP%d", uint16(o))
	}
	return infos[o].Name
}

// Info returns the description of the operation; the zero Info for an unknown one.
func (o Op) Info() Info {
	if o >= NumOps {
		return Info{}
	}
	return infos[o]
}

// Group is a range of operations that belong together.
type Group struct {
	Title       string
	First, Last Op
}

// Groups returns all operations in groups, in their order.
func Groups() []Group {
	return []Group{
		{"Nothing", NOP, NOP},
		{"Loads", MOVE, LOADL},
		{"References", BOX, REFPROP},
		{"Captured variables and statics", GETUP, SETSTATIC},
		{"Memory variables, fields and work areas", GETVAR, AREAEND},
		{"Arithmetic", ADD, TESTN},
		{"Comparisons", EQ, IN},
		{"Jumps", JMP, JNNIL},
		{"Comparisons that jump", JEQ, JNGEK},
		{"Loops", FORLOOP, ITER},
		{"Arrays, JSON and objects", NEWARRAY, SELF},
		{"Calls", CALL, RETNIL},
		{"Macros", MACRO, MACROSET},
		{"Handlers", SEQUENCE, THROW},
		{"Output and debugging", PRINT, TRACE},
	}
}

// The functions from binary to branchNotK describe families of operations that
// differ in an operator only.
func binary(name, op string) Info {
	return Info{Name: name, A: Write, B: Read, C: Read, Effect: "R[A] = R[B] " + op + " R[C]"}
}

func binaryK(name, op string) Info {
	return Info{Name: name, A: Write, B: Read, C: KIndex, Effect: "R[A] = R[B] " + op + " K[C]"}
}

func branch(name, op string) Info {
	return Info{Name: name, A: Read, B: Read, C: Jump, Flow: Branch, Effect: "jump if R[A] " + op + " R[B]"}
}

func branchNot(name, op string) Info {
	return Info{Name: name, A: Read, B: Read, C: Jump, Flow: Branch, Effect: "jump unless R[A] " + op + " R[B]"}
}

func branchK(name, op string) Info {
	return Info{Name: name, A: Read, B: KIndex, C: Jump, Flow: Branch, Effect: "jump if R[A] " + op + " K[B]"}
}

func branchNotK(name, op string) Info {
	return Info{Name: name, A: Read, B: KIndex, C: Jump, Flow: Branch, Effect: "jump unless R[A] " + op + " K[B]"}
}

// infos describes every operation; Verify, Disassemble and docs/bytecode.md are
// driven by it.
var infos = [NumOps]Info{
	NOP: {Name: "NOP", Effect: "nothing"},

	MOVE:    {Name: "MOVE", A: Write, B: Read, Effect: "R[A] = R[B]"},
	LOADK:   {Name: "LOADK", A: Write, Bx: KIndex, Effect: "R[A] = K[Bx]"},
	LOADINT: {Name: "LOADINT", A: Write, Bx: Int, Effect: "R[A] = number Bx"},
	LOADNIL: {Name: "LOADNIL", A: Target, B: Count, Effect: "R[A] … R[A+B-1] = NIL"},
	LOADL:   {Name: "LOADL", A: Write, B: Flag, Effect: "R[A] = the logical B, where 1 is .T."},

	BOX:       {Name: "BOX", A: Update, Effect: "R[A] = reference to a new cell that holds R[A], unless R[A] is a reference"},
	LOADREF:   {Name: "LOADREF", A: Write, B: Read, Effect: "R[A] = what R[B] refers to, or R[B] itself if it is no reference"},
	STOREREF:  {Name: "STOREREF", A: Update, B: Read, Effect: "what R[A] refers to = R[B], or R[A] = R[B] if it is no reference"},
	REFLOCAL:  {Name: "REFLOCAL", A: Write, B: Update, Effect: "BOX R[B]; R[A] = the reference in R[B]"},
	REFUP:     {Name: "REFUP", A: Write, B: Up, Effect: "R[A] = reference to captured variable B"},
	REFSTATIC: {Name: "REFSTATIC", A: Write, Bx: StaticIx, Effect: "R[A] = reference to static Bx of the unit"},
	REFVAR:    {Name: "REFVAR", A: Write, Bx: NIndex, Effect: "R[A] = reference to the memory variable N[Bx]; error if there is none"},
	REFVARX:   {Name: "REFVARX", A: Write, B: Read, Effect: "R[A] = reference to the memory variable with the name in R[B]; error if there is none"},
	REFINDEX:  {Name: "REFINDEX", A: Write, B: Read, C: Read, Effect: "R[A] = reference to the element R[C] of R[B]"},
	REFPROP:   {Name: "REFPROP", A: Write, B: Read, C: NIndex, Effect: "R[A] = reference to the member N[C] of R[B]"},

	GETUP:     {Name: "GETUP", A: Write, B: Up, Effect: "R[A] = captured variable B"},
	SETUP:     {Name: "SETUP", A: Up, B: Read, Effect: "captured variable A = R[B]"},
	GETSTATIC: {Name: "GETSTATIC", A: Write, Bx: StaticIx, Effect: "R[A] = static Bx of the unit, for this thread"},
	SETSTATIC: {Name: "SETSTATIC", A: Read, Bx: StaticIx, Effect: "static Bx of the unit = R[A]"},

	GETVAR:    {Name: "GETVAR", A: Write, Bx: NIndex, Effect: "R[A] = variable N[Bx], or field N[Bx] of the selected work area if there is no variable"},
	SETVAR:    {Name: "SETVAR", A: Read, Bx: NIndex, Effect: "variable N[Bx] = R[A]; makes a Private if there is none"},
	GETMEM:    {Name: "GETMEM", A: Write, Bx: NIndex, Effect: "R[A] = variable N[Bx] (M->)"},
	SETMEM:    {Name: "SETMEM", A: Read, Bx: NIndex, Effect: "variable N[Bx] = R[A] (M->); makes a Private if there is none"},
	GETVARX:   {Name: "GETVARX", A: Write, B: Read, Effect: "GETVAR of the name in the string R[B]"},
	SETVARX:   {Name: "SETVARX", A: Read, B: Read, Effect: "SETVAR of the name in the string R[A], the value is R[B]"},
	PRIVATE:   {Name: "PRIVATE", A: Read, Bx: NIndex, Effect: "makes the Private N[Bx] with the value R[A]"},
	PUBLIC:    {Name: "PUBLIC", A: Ignored, Bx: NIndex, Effect: "makes the Public N[Bx] with .F. if there is no variable of this name"},
	PRIVATEX:  {Name: "PRIVATEX", A: Read, B: Read, Effect: "PRIVATE of the name in the string R[B], the value is R[A]"},
	PUBLICX:   {Name: "PUBLICX", A: Ignored, B: Read, Effect: "PUBLIC of the name in the string R[B]"},
	GETFIELD:  {Name: "GETFIELD", A: Write, B: Read, C: NIndex, Effect: "R[A] = field N[C] of the work area R[B] (NIL: the selected one)"},
	SETFIELD:  {Name: "SETFIELD", A: Read, B: NIndex, C: Read, Effect: "field N[B] of the work area R[A] = R[C]"},
	GETFIELDX: {Name: "GETFIELDX", A: Write, B: Read, C: Read, Effect: "GETFIELD of the name in the string R[C], of the work area R[B], to R[A]"},
	SETFIELDX: {Name: "SETFIELDX", A: Read, B: Read, C: Read, Effect: "SETFIELD of the name in the string R[B], of the work area R[A]; the value is R[C]"},
	AREA:      {Name: "AREA", A: Write, B: Read, Effect: "R[A] = the selected work area; selects the work area R[B]"},
	AREAEND:   {Name: "AREAEND", A: Read, Effect: "selects the work area R[A]"},

	ADD:   binary("ADD", "+"),
	SUB:   binary("SUB", "-"),
	MUL:   binary("MUL", "*"),
	DIV:   binary("DIV", "/"),
	MOD:   binary("MOD", "%"),
	POW:   binary("POW", "^"),
	ADDK:  binaryK("ADDK", "+"),
	SUBK:  binaryK("SUBK", "-"),
	MULK:  binaryK("MULK", "*"),
	DIVK:  binaryK("DIVK", "/"),
	MODK:  binaryK("MODK", "%"),
	NEG:   {Name: "NEG", A: Write, B: Read, Effect: "R[A] = -R[B]"},
	NOT:   {Name: "NOT", A: Write, B: Read, Effect: "R[A] = .NOT. R[B]"},
	TESTL: {Name: "TESTL", A: Read, Effect: "error unless R[A] is logical (operand of .AND., .OR.)"},
	TESTN: {Name: "TESTN", A: Read, Effect: "error unless R[A] is a number (operand of unary +)"},

	EQ:  binary("EQ", "="),
	EEQ: binary("EEQ", "=="),
	NE:  binary("NE", "<>"),
	LT:  binary("LT", "<"),
	LE:  binary("LE", "<="),
	GT:  binary("GT", ">"),
	GE:  binary("GE", ">="),
	IN:  binary("IN", "$"),

	JMP:   {Name: "JMP", Bx: Jump, Flow: Goto, Effect: "jump"},
	LOOP:  {Name: "LOOP", Bx: Jump, Flow: Goto, Back: true, Effect: "jump; polls for interrupts"},
	JT:    {Name: "JT", A: Read, Bx: Jump, Flow: Branch, Effect: "jump if R[A] is .T.; error unless it is logical"},
	JF:    {Name: "JF", A: Read, Bx: Jump, Flow: Branch, Effect: "jump if R[A] is .F.; error unless it is logical"},
	JNIL:  {Name: "JNIL", A: Read, Bx: Jump, Flow: Branch, Effect: "jump if R[A] is NIL"},
	JNNIL: {Name: "JNNIL", A: Read, Bx: Jump, Flow: Branch, Effect: "jump unless R[A] is NIL"},

	JEQ:    branch("JEQ", "="),
	JNEQ:   branchNot("JNEQ", "="),
	JEEQ:   branch("JEEQ", "=="),
	JNEEQ:  branchNot("JNEEQ", "=="),
	JLT:    branch("JLT", "<"),
	JNLT:   branchNot("JNLT", "<"),
	JLE:    branch("JLE", "<="),
	JNLE:   branchNot("JNLE", "<="),
	JEQK:   branchK("JEQK", "="),
	JNEQK:  branchNotK("JNEQK", "="),
	JEEQK:  branchK("JEEQK", "=="),
	JNEEQK: branchNotK("JNEEQK", "=="),
	JLTK:   branchK("JLTK", "<"),
	JNLTK:  branchNotK("JNLTK", "<"),
	JLEK:   branchK("JLEK", "<="),
	JNLEK:  branchNotK("JNLEK", "<="),
	JGTK:   branchK("JGTK", ">"),
	JNGTK:  branchNotK("JNGTK", ">"),
	JGEK:   branchK("JGEK", ">="),
	JNGEK:  branchNotK("JNGEK", ">="),

	FORLOOP:  {Name: "FORLOOP", A: Update, B: Read, C: Jump, Flow: Branch, Back: true, Effect: "R[A] = R[A] + 1; jump if R[A] <= R[B]; polls for interrupts"},
	FORLOOPK: {Name: "FORLOOPK", A: Update, B: KIndex, C: Jump, Flow: Branch, Back: true, Effect: "R[A] = R[A] + 1; jump if R[A] <= K[B]; polls for interrupts"},
	STEPTEST: {Name: "STEPTEST", A: Update, B: Read, C: Read, Effect: "R[A] = whether a For with the variable R[B], the limit R[C] and the step R[A] is over; error unless comparable"},
	ITER:     {Name: "ITER", A: Triple, Bx: Jump, Flow: Branch, Effect: "For Each: R[A] is the collection, R[A+1] the turn (NIL before the first); R[A+2] = the next value, or jump if there is none"},

	NEWARRAY:  {Name: "NEWARRAY", A: Write, B: Source, C: Count, Effect: "R[A] = array of R[B] … R[B+C-1]"},
	NEWDIMS:   {Name: "NEWDIMS", A: Write, B: Source, C: Count, Effect: "R[A] = array of NIL with the dimensions R[B] … R[B+C-1]"},
	PUSH:      {Name: "PUSH", A: Read, B: Read, Effect: "appends R[B] to the array R[A]"},
	NEWJSON:   {Name: "NEWJSON", A: Write, Effect: "R[A] = new JSON object"},
	GETINDEX:  {Name: "GETINDEX", A: Write, B: Read, C: Read, Effect: "R[A] = R[B][R[C]]"},
	GETINDEXK: {Name: "GETINDEXK", A: Write, B: Read, C: KIndex, Effect: "R[A] = R[B][K[C]]"},
	SETINDEX:  {Name: "SETINDEX", A: Read, B: Read, C: Read, Effect: "R[A][R[B]] = R[C]"},
	SETINDEXK: {Name: "SETINDEXK", A: Read, B: KIndex, C: Read, Effect: "R[A][K[B]] = R[C]"},
	GETPROP:   {Name: "GETPROP", A: Write, B: Read, C: NIndex, Effect: "R[A] = R[B]:N[C]"},
	SETPROP:   {Name: "SETPROP", A: Read, B: NIndex, C: Read, Effect: "R[A]:N[B] = R[C]"},
	GETPROPX:  {Name: "GETPROPX", A: Write, B: Read, C: Read, Effect: "R[A] = R[B]:(the name in the string R[C])"},
	SETPROPX:  {Name: "SETPROPX", A: Read, B: Read, C: Read, Effect: "R[A]:(the name in the string R[B]) = R[C]"},
	SELF:      {Name: "SELF", A: Write, Effect: "R[A] = Self; error outside methods"},

	CALL:    {Name: "CALL", A: Window, B: Args, C: NIndex, Effect: "R[A] = N[C](R[A+1] … R[A+B])"},
	CALLR:   {Name: "CALLR", A: Window, B: Args, C: NIndex, Effect: "R[A] = N[C](R[A+1] … R[A+B]); arguments may be references"},
	CALLV:   {Name: "CALLV", A: Window, B: Args, C: NIndex, Effect: "R[A] = N[C](R[A+1] … R[A+B], …); arguments may be references"},
	CALLN:   {Name: "CALLN", A: Window, B: Args, C: Call, Effect: "R[A] = the call C of Func.Named(R[A+1] … R[A+B]); arguments may be references"},
	CALLX:   {Name: "CALLX", A: Window, B: Args, Effect: "R[A] = the function with the name in the string R[A](R[A+1] … R[A+B]); arguments may be references"},
	EVAL:    {Name: "EVAL", A: Window, B: Args, Effect: "R[A] = Eval(R[A], R[A+1] … R[A+B])"},
	EVALR:   {Name: "EVALR", A: Window, B: Args, Effect: "R[A] = Eval(R[A], R[A+1] … R[A+B]); arguments may be references"},
	EVALV:   {Name: "EVALV", A: Window, B: Args, Effect: "R[A] = Eval(R[A], R[A+1] … R[A+B], …); arguments may be references"},
	SEND:    {Name: "SEND", A: Window, B: Args, C: NIndex, Effect: "R[A] = R[A]:N[C](R[A+1] … R[A+B])"},
	SENDR:   {Name: "SENDR", A: Window, B: Args, C: NIndex, Effect: "R[A] = R[A]:N[C](R[A+1] … R[A+B]); arguments may be references"},
	SENDV:   {Name: "SENDV", A: Window, B: Args, C: NIndex, Effect: "R[A] = R[A]:N[C](R[A+1] … R[A+B], …); arguments may be references"},
	SENDN:   {Name: "SENDN", A: Window, B: Args, C: Call, Effect: "R[A] = R[A]:the call C of Func.Named(R[A+1] … R[A+B]); arguments may be references"},
	SENDX:   {Name: "SENDX", A: Window, B: Args, C: Read, Effect: "R[A] = R[A]:(the name in the string R[C])(R[A+1] … R[A+B]); arguments may be references"},
	SUPER:   {Name: "SUPER", A: Window, B: Args, C: NIndex, Effect: "R[A] = method N[C] of the parent of the running method's class, with Self R[A], (R[A+1] … R[A+B]); arguments may be references"},
	REST:    {Name: "REST", A: Write, Effect: "R[A] = array of the running function's arguments that have no parameter"},
	CLOSURE: {Name: "CLOSURE", A: Write, Bx: PIndex, Effect: "R[A] = code block P[Bx] with what it captures"},
	RET:     {Name: "RET", A: Read, Flow: Stop, Effect: "returns R[A]"},
	RETNIL:  {Name: "RETNIL", Flow: Stop, Effect: "returns NIL"},

	MACRO:    {Name: "MACRO", A: Write, B: Read, Effect: "R[A] = value of the expression in the string R[B]"},
	MACROSET: {Name: "MACROSET", A: Read, B: Read, Effect: "assigns R[B] to what the string R[A] names"},

	SEQUENCE: {Name: "SEQUENCE", A: Write, Bx: Jump, Flow: Push, Effect: "Begin Sequence: a Break continues at the target with R[A] = its value"},
	TRY:      {Name: "TRY", A: Write, Bx: Jump, Flow: Push, Effect: "Try: an error continues at the target with R[A] = the error object"},
	FINALLY:  {Name: "FINALLY", A: Write, Bx: Jump, Flow: Push, Effect: "whatever leaves the block continues at the target with R[A] = what is pending"},
	ENDTRY:   {Name: "ENDTRY", A: Depth, Effect: "pops the A innermost handlers"},
	RESUME:   {Name: "RESUME", A: Read, Effect: "goes on with what is pending in R[A]; nothing if R[A] is NIL"},
	BREAK:    {Name: "BREAK", A: Read, Flow: Stop, Effect: "Break R[A]"},
	THROW:    {Name: "THROW", A: Read, Flow: Stop, Effect: "Throw R[A]"},

	PRINT: {Name: "PRINT", A: Flag, B: Source, C: Count, Effect: "writes R[B] … R[B+C-1], separated by blanks; a new line first if A is 1"},
	TRACE: {Name: "TRACE", Effect: "calls the debugger's hook, then the instruction that stands here when no debugger is on; never stored"},
}
