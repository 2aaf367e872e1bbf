// Package code defines what the compiler makes and the virtual machine runs: a
// register bytecode, its functions, and units of one source each.
//
// # Registers
//
// A function runs in a window of registers R[0] … R[NRegs-1]. Its parameters are
// R[0] … R[NParams-1], filled with NIL where the caller gave none; the rest begins
// as NIL. A call's window lies at the top of the caller's registers:
//
//	caller: … | R[A]          | R[A+1] … R[A+B]       |
//	callee:   | receives the  | R[0] … (parameters)   | R[NParams] … (locals, temporaries)
//	          | result; holds |
//	          | Self before   |
//
// An instruction is eight bytes: the operation and three operands A, B and C of 16
// bits each. Bx is B and C together as a signed number of 32 bits, sC is C as a
// signed number. Jumps are relative to the instruction that follows. K is the
// function's table of constants, N its table of names, P its blocks.
//
// # References
//
// A variable that a code block captures or that is passed by reference lives in a
// cell on the heap; its register then holds a reference to the cell. A parameter
// that the function assigns may hold a reference that the caller passed with @;
// it is listed in Func.RefParams. Only LOADREF, STOREREF, BOX and the REF…
// operations touch such registers; in all others a reference never appears, but in
// the argument window of a …R call.
package code

// Instr is one instruction.
type Instr struct {
	Op      Op
	A, B, C uint16
}

// Bx returns B and C as one signed number.
func (i Instr) Bx() int32 { return int32(uint32(i.B) | uint32(i.C)<<16) }

// SC returns C as a signed number.
func (i Instr) SC() int32 { return int32(int16(i.C)) }

// ABx makes an instruction of the form A Bx.
func ABx(op Op, a uint16, bx int32) Instr {
	return Instr{Op: op, A: a, B: uint16(uint32(bx)), C: uint16(uint32(bx) >> 16)}
}

// Op is an operation.
type Op uint16

// The operations. The comment gives operands and effect.
const (
	NOP Op = iota

	// Loads.
	MOVE    // A B     R[A] = R[B]
	LOADK   // A Bx    R[A] = K[Bx]
	LOADINT // A Bx    R[A] = number Bx
	LOADNIL // A B     R[A] … R[A+B-1] = NIL
	LOADL   // A B     R[A] = B is not 0 (logical)

	// References.
	BOX       // A       R[A] = reference to a new cell with the value of R[A], unless it is a reference
	LOADREF   // A B     R[A] = what R[B] refers to, or R[B] itself if it is no reference
	STOREREF  // A B     what R[A] refers to = R[B], or R[A] = R[B] if it is no reference
	REFLOCAL  // A B     BOX B; R[A] = R[B]
	REFUP     // A B     R[A] = reference to the captured variable B
	REFSTATIC // A Bx    R[A] = reference to static Bx of the unit
	REFVAR    // A Bx    R[A] = reference to the memory variable N[Bx]; error if there is none
	REFVARX   // A B     the same; its name is the string R[B]
	REFINDEX  // A B C   R[A] = reference to the element R[C] of R[B]
	REFPROP   // A B C   R[A] = reference to member N[C] of R[B]

	// Captured variables and statics.
	GETUP     // A B     R[A] = captured variable B
	SETUP     // A B     captured variable A = R[B]
	GETSTATIC // A Bx    R[A] = static Bx of the unit, for this thread
	SETSTATIC // A Bx    static Bx = R[A]

	// Memory variables (Private, Public) and fields.
	GETVAR    // A Bx    R[A] = variable N[Bx], or field N[Bx] of the selected work area if there is no variable
	SETVAR    // A Bx    variable N[Bx] = R[A]; makes a Private if there is none
	GETMEM    // A Bx    R[A] = variable N[Bx] (M->)
	SETMEM    // A Bx    variable N[Bx] = R[A] (M->); makes a Private if there is none
	GETVARX   // A B     GETVAR, the name is the string R[B]
	SETVARX   // A B     SETVAR, the name is the string R[A], the value R[B]
	PRIVATE   // A Bx    makes the Private N[Bx] with the value R[A]
	PUBLIC    // A Bx    makes the Public N[Bx] with .F. if there is no variable of this name; A is ignored
	PRIVATEX  // A B     PRIVATE, the name is the string R[B], the value R[A]
	PUBLICX   // A B     PUBLIC, the name is the string R[B]
	GETFIELD  // A B C   R[A] = field N[C] of the work area R[B] (NIL: the selected one)
	SETFIELD  // A B C   field N[B] of the work area R[A] = R[C]
	GETFIELDX // A B C   GETFIELD, the name is the string R[C]
	SETFIELDX // A B C   SETFIELD, the name is the string R[B]
	AREA      // A B     R[A] = the selected work area; selects work area R[B]
	AREAEND   // A       selects the work area R[A]

	// Arithmetic; also strings and dates as the language says.
	ADD   // A B C   R[A] = R[B] + R[C]
	SUB   // A B C   R[A] = R[B] - R[C]
	MUL   // A B C   R[A] = R[B] * R[C]
	DIV   // A B C   R[A] = R[B] / R[C]
	MOD   // A B C   R[A] = R[B] % R[C]
	POW   // A B C   R[A] = R[B] ^ R[C]
	ADDK  // A B C   R[A] = R[B] + K[C]
	SUBK  // A B C   R[A] = R[B] - K[C]
	MULK  // A B C   R[A] = R[B] * K[C]
	DIVK  // A B C   R[A] = R[B] / K[C]
	MODK  // A B C   R[A] = R[B] % K[C]
	NEG   // A B     R[A] = -R[B]
	NOT   // A B     R[A] = .NOT. R[B]
	TESTL // A      error unless R[A] is logical (operand of .AND., .OR.)
	TESTN // A      error unless R[A] is a number (operand of unary +)

	// Comparisons.
	EQ  // A B C   R[A] = R[B] = R[C] (strings: R[C] is a prefix)
	EEQ // A B C   R[A] = R[B] == R[C]
	NE  // A B C   R[A] = .NOT. (R[B] = R[C])
	LT  // A B C   R[A] = R[B] < R[C]
	LE  // A B C   R[A] = R[B] <= R[C]
	GT  // A B C   R[A] = R[B] > R[C]
	GE  // A B C   R[A] = R[B] >= R[C]
	IN  // A B C   R[A] = R[B] $ R[C]

	// Jumps.
	JMP   // Bx      jump
	LOOP  // Bx      jump back; polls for interrupts
	JT    // A Bx    jump if R[A] is .T.; error unless logical
	JF    // A Bx    jump if R[A] is .F.; error unless logical
	JNIL  // A Bx    jump if R[A] is NIL
	JNNIL // A Bx   jump unless R[A] is NIL

	// Comparisons that jump by sC: if true, and (JN…) if not true.
	JEQ    // A B sC  R[A] = R[B]
	JNEQ   // A B sC
	JEEQ   // A B sC  R[A] == R[B]
	JNEEQ  // A B sC
	JLT    // A B sC  R[A] < R[B]
	JNLT   // A B sC
	JLE    // A B sC  R[A] <= R[B]
	JNLE   // A B sC
	JEQK   // A B sC  R[A] = K[B]
	JNEQK  // A B sC
	JEEQK  // A B sC  R[A] == K[B]
	JNEEQK // A B sC
	JLTK   // A B sC  R[A] < K[B]
	JNLTK  // A B sC
	JLEK   // A B sC  R[A] <= K[B]
	JNLEK  // A B sC
	JGTK   // A B sC  R[A] > K[B]
	JNGTK  // A B sC
	JGEK   // A B sC  R[A] >= K[B]
	JNGEK  // A B sC

	// Loops.
	FORLOOP  // A B sC  R[A] = R[A] + 1; jump by sC if R[A] <= R[B]; polls for interrupts
	FORLOOPK // A B sC  the same with K[B]
	STEPTEST // A B C   R[A] = whether a For with the variable R[B], the limit R[C] and the step R[A] is over; error unless comparable
	ITER     // A Bx    For Each: R[A] is the collection, R[A+1] the turn (NIL before the first); R[A+2] = the next value, or jump if there is none

	// Arrays, JSON and objects.
	NEWARRAY  // A B C   R[A] = array of R[B] … R[B+C-1]
	NEWDIMS   // A B C   R[A] = array of NIL with the C dimensions R[B] …
	PUSH      // A B     appends R[B] to the array R[A]
	NEWJSON   // A       R[A] = new JSON object
	GETINDEX  // A B C   R[A] = R[B][R[C]]
	GETINDEXK // A B C  R[A] = R[B][K[C]]
	SETINDEX  // A B C   R[A][R[B]] = R[C]
	SETINDEXK // A B C  R[A][K[B]] = R[C]
	GETPROP   // A B C   R[A] = R[B]:N[C]
	SETPROP   // A B C   R[A]:N[B] = R[C]
	GETPROPX  // A B C   R[A] = R[B]:(the string R[C])
	SETPROPX  // A B C   R[A]:(the string R[B]) = R[C]
	SELF      // A       R[A] = Self; error outside methods

	// Calls. Arguments are R[A+1] … R[A+B], the result goes to R[A]. In the forms
	// with R an argument may be a reference; in the forms with V the arguments of
	// the running function that have no parameter follow the B given ones, and
	// any may be a reference.
	CALL    // A B C   R[A] = function N[C](…)
	CALLR   // A B C
	CALLV   // A B C
	CALLN   // A B Cx  C is the index into Func.Named: some arguments have names; may hold references
	CALLX   // A B     function whose name is the string R[A]; may hold references
	EVAL    // A B     R[A] = Eval(R[A], …): the block is R[A]
	EVALR   // A B
	EVALV   // A B
	SEND    // A B C   R[A] = R[A]:N[C](…)
	SENDR   // A B C
	SENDV   // A B C
	SENDN   // A B C   R[A] = R[A]:(the method and arguments of Func.Named[C]); may hold references
	SENDX   // A B C   R[A] = R[A]:(the string R[C])(…); may hold references
	SUPER   // A B C   method N[C] of the parent of the running method's class, with Self R[A]; may hold references
	REST    // A       R[A] = array of the running function's arguments that have no parameter
	CLOSURE // A Bx   R[A] = code block P[Bx] with what it captures
	RET     // A       returns R[A]
	RETNIL  //         returns NIL

	// Macros.
	MACRO    // A B     R[A] = value of the expression in the string R[B]
	MACROSET // A B     assigns R[B] to what the string R[A] names

	// Handlers. Each is pushed by its first operation and popped by ENDTRY, or by
	// being entered.
	SEQUENCE // A Bx    Begin Sequence: a Break continues at the jump's target with R[A] = its value
	TRY      // A Bx    Try: an error continues at the target with R[A] = the error object
	FINALLY  // A Bx    whatever leaves the block continues at the target with R[A] = what is pending
	ENDTRY   // A       pops the A innermost handlers
	RESUME   // A       goes on with what is pending in R[A]; nothing if R[A] is NIL
	BREAK    // A       Break R[A]
	THROW    // A       Throw R[A]

	// PRINT writes R[B] … R[B+C-1], separated by blanks; a new line first if A is 1.
	PRINT // A B C

	// TRACE stands in place of a line's first instruction while a debugger or
	// coverage is on. It is never stored.
	TRACE

	NumOps
)

// Unit is one compiled source.
type Unit struct {
	Name      string // base name in upper case, such as "SAMPLE.PRW"
	Path      string // as named at compilation
	Hash      [32]byte
	TLPP      bool
	Namespace string   // upper case, or ""
	Using     []string // upper case
	Statics   []string // names of the static variables; those of functions as FUNC:NAME
	Init      *Func    // sets the statics that have a value; or nil. It runs once a thread, before the unit's first function.
	Funcs     []*Func
	Classes   []*Class

	// Repository is the path of the repository that the unit was read from, for messages;
	// "" if that is not known, or the unit has just been compiled. It is not part of a
	// repository.
	Repository string
}

// Kind is the kind of a function.
type Kind uint8

const (
	Function    Kind = iota // plain, User, Main …: linked by Name in the whole program
	Static                  // linked inside its unit only
	Method                  // of a class
	Block                   // in Func.Blocks of another
	Macro                   // made at run time
	Initializer             // Unit.Init, or a class's initialiser of data
)

// Func is a function, method or code block.
type Func struct {
	Name      string // as linked, upper case: "U_TEST", "NS.U_TEST"; a method's own name; "{||}" for blocks
	Kind      Kind
	NParams   uint16
	NRegs     uint16
	Variadic  bool
	Procedure bool
	Params    []Param
	RefParams []bool // of each parameter: may hold a reference; nil if none may
	Code      []Instr
	Consts    []Const
	Names     []string // upper case
	Blocks    []*Func
	Captures  []Capture   // of a block: what it captures, in the order of its captured variables
	Named     []NamedCall // of CALLN
	Lines     []Line      // ascending in PC
	Locals    []Local
	Annots    []Annotation
	Line      int32  // of the declaration
	File      string // if not the unit's source (code from an included file)
	Text      string // of a block: its source
}

// Param is a parameter's name and declared type.
type Param struct {
	Name string // upper case
	Type string // lower case, or ""
}

// Const is a constant.
type Const struct {
	Kind ConstKind
	Num  float64
	Str  string
}

// ConstKind is the kind of a constant.
type ConstKind uint8

const (
	ConstNil ConstKind = iota
	ConstNum
	ConstStr
	ConstTrue
	ConstFalse
)

// Capture says where a block finds a variable when it is made: in a register of
// the function that makes it, which holds a reference, or among that function's
// own captured variables.
type Capture struct {
	Up    bool
	Index uint16
}

// NamedCall describes a call with named arguments: the function's name, and for
// each argument its parameter's name or "".
type NamedCall struct {
	Func string
	Args []string
}

// Line says that the instructions from PC on belong to a line.
type Line struct {
	PC   int32
	Line int32
}

// Local is a named variable in a register, while PC is in [From, To).
type Local struct {
	Name     string // as written
	Reg      uint16
	From, To int32
}

// Annotation is an annotation of a function, class or member, with constant
// values.
type Annotation struct {
	Name string // as written
	Args []AnnotArg
}

// AnnotArg is an argument of an annotation; Name is "" if it has none. List is
// set for an array.
type AnnotArg struct {
	Name  string
	Value Const
	List  []AnnotArg
}

// Class is a class of the unit.
type Class struct {
	Name       string // upper case, with namespace
	Written    string // as written
	Parent     string // upper case, or ""
	Interfaces []string
	Abstract   bool
	Final      bool
	LongNames  bool // names of more than ten letters are told apart, also if the unit is not TLPP
	Data       []Data
	Methods    []MethodRef
	Init       *Func  // sets the data of a new object that have a value: a method without parameters; or nil
	StaticInit *Func  // the same for static data; or nil
	Kind       string // "", "WSRESTFUL", "WSSERVICE", "WSSTRUCT", "WSCLIENT"
	Meta       []Meta // what a web service's declaration says, in order
	Annots     []Annotation
	Line       int32
	Interface  bool
}

// Visibility of a member.
type Visibility uint8

const (
	Public Visibility = iota
	Protected
	Private
)

// Data is a member variable. Names are matched without regard to case.
type Data struct {
	Name       string // as written
	Type       string // lower case, or ""
	Visibility Visibility
	Static     bool
	ReadOnly   bool
	Annots     []Annotation
	Meta       []Meta
}

// MethodRef is a method of a class.
type MethodRef struct {
	Name        string // as written
	Visibility  Visibility
	Static      bool
	Abstract    bool
	Final       bool
	Constructor bool
	Func        *Func // nil if abstract, or declared without a body
	Verb        string
	Annots      []Annotation
	Meta        []Meta
}

// Meta is one fact of a web service's declaration, such as DESCRIPTION.
type Meta struct {
	Key   string // upper case
	Value string
}

// LineAt returns the line of the instruction at pc, or 0.
func (f *Func) LineAt(pc int) int32 {
	lo, hi := 0, len(f.Lines)
	for lo < hi {
		mid := (lo + hi) / 2
		if int(f.Lines[mid].PC) <= pc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0
	}
	return f.Lines[lo-1].Line
}
