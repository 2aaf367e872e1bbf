// Package syntax parses the tokens of an AdvPL or TLPP source into a tree.
//
// The parser goes down the grammar by hand; expressions climb by precedence,
// weakest first: assignment (it groups from the right and may stand behind any
// operator), .OR., .AND., .NOT., comparisons and $, + and -, * / and %, ^, the
// signs, ++ and --, and what is attached to an operand.
//
// No keyword is reserved. A word begins, divides or closes a statement by its
// place and by what follows it; elsewhere, and before :=, ->, [ and their like,
// it is a name. If(a, b, c) as a statement of its own is the function. The words
// of dBase may be cut to four letters, End closes every block, and what follows a
// closing word is ignored.
//
// After an error the parser goes on behind the statement. A statement has one
// error at most, and a block that is not closed one, with the line of its first
// word. Depth of nesting, operators of a statement and errors of a source are
// limited, so that hostile sources exhaust neither stack nor time.
package syntax

import (
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// Source is the tree of one source.
type Source struct {
	File      *source.File
	Namespace *Name   // namespace a.b.c, or nil
	Using     []*Name // using namespace a.b
	Statics   []*VarDecl
	Decls     []Decl // in their order

	Annotations []*AnnotDecl // @annotation Name … @end
}

// Name is a name with dots, such as tlpp.rest.core.
type Name struct {
	Pos  source.Pos
	Text string // as written, parts joined with dots
}

// Decl is a declaration at the top of a source: *FuncDecl, *ClassDecl,
// *MethodDecl or *InterfaceDecl.
type Decl interface{ decl() }

// FuncKind is the kind of a function, which decides how it is linked.
type FuncKind uint8

const (
	PlainFunc    FuncKind = iota // Function, Procedure
	UserFunc                     // User Function: linked as U_name
	StaticFunc                   // Static Function: seen in its source alone
	MainFunc                     // Main Function
	TemplateFunc                 // Template Function: linked as T_name
	WebFunc                      // Web Function: linked as W_name
	HTMLFunc                     // HTML Function: linked as H_name
	ProjectFunc                  // Project Function: linked as P_name
)

// FuncDecl is a function.
type FuncDecl struct {
	Pos       source.Pos // of the first word
	NamePos   source.Pos
	Kind      FuncKind
	Procedure bool   // has no value
	Name      string // as written, without prefix
	Params    []*Param
	Variadic  bool // ends with ...
	Result    *Type
	Body      []Stmt
	Annots    []*Annotation
	End       source.Pos // just after the last statement
}

// Param is a parameter.
type Param struct {
	Pos     source.Pos
	Name    string
	ByRef   bool  // @name, TLPP
	Type    *Type // or nil
	Default Expr  // TLPP: name := value; or nil
	Annots  []*Annotation
}

// Type is a declared type: "character", "array", "numeric", or a class's name.
type Type struct {
	Pos   source.Pos
	Name  string // as written, with dots
	Array bool   // array of …
}

// Annotation is @Name(key=value, …) before a function, class, method or data.
type Annotation struct {
	Pos  source.Pos
	Name string
	Args []AnnotArg
}

// AnnotArg is one argument of an annotation; Name is "" if it has none.
type AnnotArg struct {
	Pos   source.Pos
	Name  string
	Value Expr
}

// AnnotDecl is @annotation Name … @end, which declares the properties that the
// annotation Name may have.
type AnnotDecl struct {
	Pos        source.Pos
	Name       string
	Properties []*DataDecl
}

// Visibility of a member; NoVisibility is what the source's dialect says:
// public in AdvPL, private data and public methods in TLPP.
type Visibility uint8

const (
	NoVisibility Visibility = iota
	Public
	Protected
	Private
)

// ClassKind tells classes from the declarations of web services, which have the
// same members.
type ClassKind uint8

const (
	Class ClassKind = iota
	WSRestful
	WSService
	WSStruct
	WSClient
)

// ClassDecl is Class … EndClass, or WSRESTFUL, WSSERVICE, WSSTRUCT, WSCLIENT.
type ClassDecl struct {
	Pos         source.Pos
	NamePos     source.Pos
	Kind        ClassKind
	Name        string
	Parent      string // as written, "" if none
	ParentPos   source.Pos
	Interfaces  []*Name
	Abstract    bool
	Final       bool
	LongNames   bool   // LongNameClass, LongClassName: names longer than ten letters
	Description string // of web services
	Format      string // of WSRESTFUL: FORMAT …
	Namespace   string // of WSSERVICE and WSCLIENT: NAMESPACE …
	Options     []Option
	Data        []*DataDecl
	Methods     []*MethodSpec
	Annots      []*Annotation
	End         source.Pos
}

// Option is a clause of a web service's declaration that is kept as it stands,
// such as SECURITY "x" or SSL.
type Option struct {
	Pos   source.Pos
	Name  string // upper case
	Value Expr   // or nil
}

// DataDecl is one name of Data, Static Data, or WSDATA.
type DataDecl struct {
	Pos        source.Pos
	Name       string
	Type       *Type
	Init       Expr // or nil
	Static     bool
	Final      bool
	ReadOnly   bool
	Visibility Visibility
	Optional   bool // WSDATA … OPTIONAL
	Array      bool // WSDATA … AS ARRAY OF
	Web        bool // WSDATA
	Annots     []*Annotation
}

// MethodSpec is Method inside a class. In TLPP its body may follow at once.
type MethodSpec struct {
	Pos         source.Pos
	Name        string
	Params      []*Param // nil if only the name is given
	Variadic    bool
	HasParams   bool
	Result      *Type
	Constructor bool
	Static      bool
	Abstract    bool
	Final       bool
	Override    bool
	Visibility  Visibility
	Web         bool     // WSMETHOD
	Verb        string   // WSMETHOD GET, POST, PUT, DELETE, PATCH of WSRESTFUL
	Options     []Option // DESCRIPTION, WSSYNTAX, PATH, PRODUCES, TTALK …
	Annots      []*Annotation
}

// MethodDecl is a method's body: Method name(params) Class class.
type MethodDecl struct {
	Pos      source.Pos
	NamePos  source.Pos
	Class    string
	Name     string
	Params   []*Param
	Variadic bool
	Result   *Type
	Body     []Stmt
	Static   bool
	Web      bool // WSMETHOD name … WSSERVICE|WSRESTFUL class
	Verb     string
	Receive  []*Param // WSRECEIVE, PATHPARAM, QUERYPARAM, HEADERPARAM names
	Path     []*Param // those of Receive that are PATHPARAM
	Header   []*Param // those of Receive that are HEADERPARAM
	Send     []*Param // WSSEND
	Annots   []*Annotation
	End      source.Pos
}

// InterfaceDecl is Interface … EndInterface.
type InterfaceDecl struct {
	Pos     source.Pos
	Name    string
	Parent  string
	Methods []*MethodSpec
	Annots  []*Annotation
	End     source.Pos
}

func (*FuncDecl) decl()      {}
func (*ClassDecl) decl()     {}
func (*MethodDecl) decl()    {}
func (*InterfaceDecl) decl() {}

// VarDecl is one variable of a declaration. Name is nil, and Macro is not, in
// Private &cName and Public &(cName).
type VarDecl struct {
	Pos   source.Pos
	Name  string
	Macro *Macro
	Type  *Type
	Dims  []Expr // Private aList[10][2]
	Init  Expr
}

// Stmt is a statement.
type Stmt interface {
	Position() source.Pos
	stmt()
}

// VarScope is the scope of a declaration.
type VarScope uint8

const (
	LocalVar VarScope = iota
	PrivateVar
	PublicVar
	StaticVar
	FieldVar      // Field a, b [In alias]
	MemvarVar     // Memvar a, b
	ParametersVar // Parameters a, b: privates that take the arguments
)

type (
	// DeclStmt is Local, Private, Public, Static, Field, Memvar or Parameters.
	DeclStmt struct {
		Pos   source.Pos
		Scope VarScope
		Vars  []*VarDecl
		Alias string // Field … In alias
	}
	// DefaultStmt is Default a := x: assigns if a is NIL.
	DefaultStmt struct {
		Pos    source.Pos
		Target Expr
		Value  Expr
	}
	// ExprStmt evaluates X for its effect.
	ExprStmt struct {
		Pos source.Pos
		X   Expr
	}
	// PrintStmt is ? a, b and ?? a, b.
	PrintStmt struct {
		Pos     source.Pos
		Newline bool // ?: begins a new line
		Args    []Expr
	}
	// IfStmt is If … ElseIf … Else … EndIf.
	IfStmt struct {
		Pos     source.Pos
		Arms    []CondArm
		Else    []Stmt
		HasElse bool
		End     source.Pos
	}
	// CondArm is a condition and what it guards; also of Do Case.
	CondArm struct {
		Pos  source.Pos
		Cond Expr
		Body []Stmt
	}
	// CaseStmt is Do Case … Otherwise … EndCase.
	CaseStmt struct {
		Pos     source.Pos
		Arms    []CondArm
		Else    []Stmt
		HasElse bool
		End     source.Pos
	}
	// WhileStmt is [Do] While … EndDo.
	WhileStmt struct {
		Pos  source.Pos
		Cond Expr
		Body []Stmt
		End  source.Pos
	}
	// ForStmt is For v := from To limit [Step step] … Next. Var may be any
	// assignable expression.
	ForStmt struct {
		Pos      source.Pos
		Var      Expr
		Decl     bool // For Local v := …
		Type     *Type
		From, To Expr
		Step     Expr // or nil
		Body     []Stmt
		End      source.Pos
	}
	// ForEachStmt is For Each v In x … Next.
	ForEachStmt struct {
		Pos  source.Pos
		Var  Expr
		Decl bool
		X    Expr
		Body []Stmt
		End  source.Pos
	}
	// SwitchStmt is Switch x Case … EndSwitch.
	SwitchStmt struct {
		Pos     source.Pos
		X       Expr
		Arms    []CondArm // falls through without Exit
		Else    []Stmt
		HasElse bool
		End     source.Pos
	}
	// LoopStmt is Loop (next turn), ExitStmt Exit (leave the loop).
	LoopStmt struct{ Pos source.Pos }
	ExitStmt struct{ Pos source.Pos }
	// ReturnStmt is Return [X].
	ReturnStmt struct {
		Pos source.Pos
		X   Expr // or nil
	}
	// BreakStmt is Break [X].
	BreakStmt struct {
		Pos source.Pos
		X   Expr // or nil
	}
	// SequenceStmt is Begin Sequence … Recover [Using v] … Always … End Sequence.
	SequenceStmt struct {
		Pos        source.Pos
		With       Expr // With block: the error block of the body; or nil
		Body       []Stmt
		HasRecover bool
		Using      Expr // or nil
		Recover    []Stmt
		Always     []Stmt
		End        source.Pos
	}
	// TryStmt is Try … Catch [v [As type]] … Finally … EndTry.
	TryStmt struct {
		Pos      source.Pos
		Body     []Stmt
		HasCatch bool
		Catch    Expr // or nil
		Type     *Type
		Handler  []Stmt
		Finally  []Stmt
		End      source.Pos
	}
	// ThrowStmt is Throw X.
	ThrowStmt struct {
		Pos source.Pos
		X   Expr
	}
	// TransactionStmt is Begin Transaction … End Transaction.
	TransactionStmt struct {
		Pos  source.Pos
		Body []Stmt
		End  source.Pos
	}
	// SQLStmt is BeginSql Alias x … EndSql.
	SQLStmt struct {
		Pos      source.Pos
		Alias    Expr
		Columns  []SQLColumn
		NoParser bool
		Parts    []SQLPart
		End      source.Pos
	}
)

// SQLColumn is Column name As type of embedded SQL.
type SQLColumn struct {
	Pos    source.Pos
	Name   string
	Type   byte // D, N or L
	Width  int
	Places int
}

// SQLPart is a piece of embedded SQL: text as it stands, or what stands between
// percent signs.
type SQLPart struct {
	Pos  source.Pos
	Kind SQLKind
	Text string // the text; the table of Table, Filial and Order; the order of Order
	X    Expr   // of Exp
}

// SQLKind is the kind of an SQLPart.
type SQLKind uint8

const (
	SQLText   SQLKind = iota
	SQLTable          // %table:X%
	SQLFilial         // %xfilial:X%
	SQLExp            // %exp:x%
	SQLNotDel         // %notdel%, %notDel%
	SQLOrder          // %order:X[,n]%
)

// Expr is an expression.
type Expr interface {
	Position() source.Pos
	expr()
}

type (
	// Literal is a number, string, logical or NIL.
	Literal struct {
		Pos  source.Pos
		Kind LitKind
		Num  float64
		Str  string
		Text string // of a number, as written
	}
	// Ident is a name: a variable.
	Ident struct {
		Pos  source.Pos
		Name string
	}
	// Self is Self, or the object before :: .
	Self struct{ Pos source.Pos }
	// Unary is -x, +x, !x.
	Unary struct {
		Pos source.Pos
		Op  preproc.Kind // Minus, Plus, Not
		X   Expr
	}
	// Binary is x op y, with the token of the operator; And and Or evaluate y
	// only if needed.
	Binary struct {
		Pos  source.Pos // of the operator
		Op   preproc.Kind
		X, Y Expr
	}
	// AssignExpr is x := y, x += y and their like; Op is preproc.Assign,
	// PlusAssign … A statement x = y is an AssignExpr with Old set.
	AssignExpr struct {
		Pos  source.Pos
		Op   preproc.Kind
		X, Y Expr
		Old  bool
	}
	// IncDec is ++x, --x, x++, x--.
	IncDec struct {
		Pos    source.Pos
		Op     preproc.Kind // PlusPlus, MinusMinus
		X      Expr
		Prefix bool
	}
	// Cond is IIf(c, a, b) and If(c, a, b). A or B may be nil: NIL.
	Cond struct {
		Pos     source.Pos
		C, A, B Expr
	}
	// Paren is (a) or (a, b, …): the value of the last.
	Paren struct {
		Pos  source.Pos
		List []Expr
	}
	// ArrayLit is {a, b, …}; an omitted element is nil.
	ArrayLit struct {
		Pos  source.Pos
		List []Expr
	}
	// JSONLit is {"key": value, …}, TLPP.
	JSONLit struct {
		Pos  source.Pos
		Keys []Expr
		Vals []Expr
	}
	// BlockLit is {|a, b| x, y}. Body is empty for {|| }.
	BlockLit struct {
		Pos      source.Pos
		Params   []*Param
		Variadic bool
		Body     []Expr
		Text     string // the source, for messages
	}
	// Index is x[i, j].
	Index struct {
		Pos  source.Pos
		X    Expr
		List []Expr
	}
	// Call is f(args), with f a name, perhaps with a namespace: a.b.f(args).
	Call struct {
		Pos  source.Pos
		Name string // as written, with dots
		Args []Arg
	}
	// MacroCall is &name(args), &name.(args), &(x)(args).
	MacroCall struct {
		Pos   source.Pos
		Macro *Macro
		Args  []Arg
	}
	// Member is x:name.
	Member struct {
		Pos  source.Pos // of the name
		X    Expr
		Name string
		Dyn  *Macro // x:&name; then Name is ""
	}
	// Send is x:name(args).
	Send struct {
		Pos  source.Pos
		X    Expr
		Name string
		Dyn  *Macro
		Args []Arg
	}
	// Super is _Super, before : in a Send or Member.
	Super struct {
		Pos   source.Pos
		Class string // ::Super:Parent: form; "" otherwise
	}
	// Macro is &name, &name.suffix, pre&name, &(x). Parts are the pieces that
	// are joined into the text to evaluate: each a Literal string or the
	// expression whose value is inserted.
	Macro struct {
		Pos   source.Pos
		Parts []Expr
	}
	// AliasField is alias->field. Exactly one of Alias, AliasX says which work
	// area: a name (M, MEMVAR, FIELD, _FIELD and any alias) or an expression.
	// Field or FieldX say which field.
	AliasField struct {
		Pos    source.Pos
		Alias  string
		AliasX Expr
		Field  string
		FieldX *Macro
	}
	// AliasExpr is alias->(x, …) or alias->f(args): evaluated with the work area
	// selected.
	AliasExpr struct {
		Pos    source.Pos
		Alias  string
		AliasX Expr
		X      Expr
	}
	// Ref is @x, as an argument.
	Ref struct {
		Pos source.Pos
		X   Expr
	}
	// Rest is ... as an argument: the arguments that have no parameter.
	Rest struct{ Pos source.Pos }
	// Bad stands where nothing could be parsed.
	Bad struct{ Pos source.Pos }
)

// Arg is an argument; X is nil if it is omitted: f(,2). Name is that of
// name = x in TLPP; whether it names a parameter or compares is decided by the
// compiler.
type Arg struct {
	Name    string
	NamePos source.Pos
	X       Expr
}

// LitKind is the kind of a Literal.
type LitKind uint8

const (
	NilLit LitKind = iota
	NumLit
	StrLit
	TrueLit
	FalseLit
)

func (s *DeclStmt) Position() source.Pos        { return s.Pos }
func (s *DefaultStmt) Position() source.Pos     { return s.Pos }
func (s *ExprStmt) Position() source.Pos        { return s.Pos }
func (s *PrintStmt) Position() source.Pos       { return s.Pos }
func (s *IfStmt) Position() source.Pos          { return s.Pos }
func (s *CaseStmt) Position() source.Pos        { return s.Pos }
func (s *WhileStmt) Position() source.Pos       { return s.Pos }
func (s *ForStmt) Position() source.Pos         { return s.Pos }
func (s *ForEachStmt) Position() source.Pos     { return s.Pos }
func (s *SwitchStmt) Position() source.Pos      { return s.Pos }
func (s *LoopStmt) Position() source.Pos        { return s.Pos }
func (s *ExitStmt) Position() source.Pos        { return s.Pos }
func (s *ReturnStmt) Position() source.Pos      { return s.Pos }
func (s *BreakStmt) Position() source.Pos       { return s.Pos }
func (s *SequenceStmt) Position() source.Pos    { return s.Pos }
func (s *TryStmt) Position() source.Pos         { return s.Pos }
func (s *ThrowStmt) Position() source.Pos       { return s.Pos }
func (s *TransactionStmt) Position() source.Pos { return s.Pos }
func (s *SQLStmt) Position() source.Pos         { return s.Pos }

func (x *Literal) Position() source.Pos    { return x.Pos }
func (x *Ident) Position() source.Pos      { return x.Pos }
func (x *Self) Position() source.Pos       { return x.Pos }
func (x *Unary) Position() source.Pos      { return x.Pos }
func (x *Binary) Position() source.Pos     { return x.Pos }
func (x *AssignExpr) Position() source.Pos { return x.Pos }
func (x *IncDec) Position() source.Pos     { return x.Pos }
func (x *Cond) Position() source.Pos       { return x.Pos }
func (x *Paren) Position() source.Pos      { return x.Pos }
func (x *ArrayLit) Position() source.Pos   { return x.Pos }
func (x *JSONLit) Position() source.Pos    { return x.Pos }
func (x *BlockLit) Position() source.Pos   { return x.Pos }
func (x *Index) Position() source.Pos      { return x.Pos }
func (x *Call) Position() source.Pos       { return x.Pos }
func (x *MacroCall) Position() source.Pos  { return x.Pos }
func (x *Member) Position() source.Pos     { return x.Pos }
func (x *Send) Position() source.Pos       { return x.Pos }
func (x *Super) Position() source.Pos      { return x.Pos }
func (x *Macro) Position() source.Pos      { return x.Pos }
func (x *AliasField) Position() source.Pos { return x.Pos }
func (x *AliasExpr) Position() source.Pos  { return x.Pos }
func (x *Ref) Position() source.Pos        { return x.Pos }
func (x *Rest) Position() source.Pos       { return x.Pos }
func (x *Bad) Position() source.Pos        { return x.Pos }

func (*DeclStmt) stmt()        {}
func (*DefaultStmt) stmt()     {}
func (*ExprStmt) stmt()        {}
func (*PrintStmt) stmt()       {}
func (*IfStmt) stmt()          {}
func (*CaseStmt) stmt()        {}
func (*WhileStmt) stmt()       {}
func (*ForStmt) stmt()         {}
func (*ForEachStmt) stmt()     {}
func (*SwitchStmt) stmt()      {}
func (*LoopStmt) stmt()        {}
func (*ExitStmt) stmt()        {}
func (*ReturnStmt) stmt()      {}
func (*BreakStmt) stmt()       {}
func (*SequenceStmt) stmt()    {}
func (*TryStmt) stmt()         {}
func (*ThrowStmt) stmt()       {}
func (*TransactionStmt) stmt() {}
func (*SQLStmt) stmt()         {}

func (*Literal) expr()    {}
func (*Ident) expr()      {}
func (*Self) expr()       {}
func (*Unary) expr()      {}
func (*Binary) expr()     {}
func (*AssignExpr) expr() {}
func (*IncDec) expr()     {}
func (*Cond) expr()       {}
func (*Paren) expr()      {}
func (*ArrayLit) expr()   {}
func (*JSONLit) expr()    {}
func (*BlockLit) expr()   {}
func (*Index) expr()      {}
func (*Call) expr()       {}
func (*MacroCall) expr()  {}
func (*Member) expr()     {}
func (*Send) expr()       {}
func (*Super) expr()      {}
func (*Macro) expr()      {}
func (*AliasField) expr() {}
func (*AliasExpr) expr()  {}
func (*Ref) expr()        {}
func (*Rest) expr()       {}
func (*Bad) expr()        {}
