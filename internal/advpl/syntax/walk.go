package syntax

// Walk calls visit for n and, where visit returns true, for what n consists of,
// in the order of the source. N is a *Source, a Decl, a Stmt, an Expr or one of
// *AnnotDecl, *Annotation, *Param, *VarDecl, *DataDecl, *MethodSpec and *CondArm;
// those are also what visit gets. Parts that are left out, such as an omitted argument,
// are not visited. Nil is ignored.
func Walk(n any, visit func(any) bool) {
	w := walker(visit)
	switch n := n.(type) {
	case *Source:
		w.source(n)
	case Decl:
		w.decl(n)
	case Stmt:
		w.stmt(n)
	case Expr:
		w.expr(n)
	case *AnnotDecl:
		w.annotDecl(n)
	case *Annotation:
		w.annotation(n)
	case *Param:
		w.param(n)
	case *VarDecl:
		w.varDecl(n)
	case *DataDecl:
		w.data(n)
	case *MethodSpec:
		w.method(n)
	case *CondArm:
		w.arm(n)
	}
}

type walker func(any) bool

// each walks all of list with walk.
func each[T any](list []T, walk func(T)) {
	for _, n := range list {
		walk(n)
	}
}

func (w walker) source(s *Source) {
	if s == nil || !w(s) {
		return
	}
	each(s.Annotations, w.annotDecl)
	each(s.Statics, w.varDecl)
	each(s.Decls, w.decl)
}

func (w walker) decl(d Decl) {
	if !w(d) {
		return
	}
	switch d := d.(type) {
	case *FuncDecl:
		each(d.Annots, w.annotation)
		each(d.Params, w.param)
		each(d.Body, w.stmt)
	case *MethodDecl:
		each(d.Annots, w.annotation)
		each(d.Params, w.param)
		each(d.Receive, w.param)
		each(d.Send, w.param)
		each(d.Body, w.stmt)
	case *ClassDecl:
		each(d.Annots, w.annotation)
		w.options(d.Options)
		each(d.Data, w.data)
		each(d.Methods, w.method)
	case *InterfaceDecl:
		each(d.Annots, w.annotation)
		each(d.Methods, w.method)
	}
}

func (w walker) annotDecl(a *AnnotDecl) {
	if w(a) {
		each(a.Properties, w.data)
	}
}

func (w walker) annotation(a *Annotation) {
	if w(a) {
		for _, arg := range a.Args {
			w.expr(arg.Value)
		}
	}
}

func (w walker) options(list []Option) {
	for _, o := range list {
		w.expr(o.Value)
	}
}

func (w walker) param(p *Param) {
	if w(p) {
		each(p.Annots, w.annotation)
		w.expr(p.Default)
	}
}

func (w walker) varDecl(v *VarDecl) {
	if !w(v) {
		return
	}
	if v.Macro != nil {
		w.expr(v.Macro)
	}
	each(v.Dims, w.expr)
	w.expr(v.Init)
}

func (w walker) data(d *DataDecl) {
	if w(d) {
		each(d.Annots, w.annotation)
		w.expr(d.Init)
	}
}

func (w walker) method(m *MethodSpec) {
	if w(m) {
		each(m.Annots, w.annotation)
		each(m.Params, w.param)
		w.options(m.Options)
	}
}

func (w walker) arm(a *CondArm) {
	if w(a) {
		w.expr(a.Cond)
		each(a.Body, w.stmt)
	}
}

func (w walker) arms(list []CondArm) {
	for i := range list {
		w.arm(&list[i])
	}
}

func (w walker) stmt(s Stmt) {
	if !w(s) {
		return
	}
	switch s := s.(type) {
	case *DeclStmt:
		each(s.Vars, w.varDecl)
	case *DefaultStmt:
		w.expr(s.Target)
		w.expr(s.Value)
	case *ExprStmt:
		w.expr(s.X)
	case *PrintStmt:
		each(s.Args, w.expr)
	case *ReturnStmt:
		w.expr(s.X)
	case *BreakStmt:
		w.expr(s.X)
	case *ThrowStmt:
		w.expr(s.X)
	case *SQLStmt:
		w.expr(s.Alias)
		for _, part := range s.Parts {
			w.expr(part.X)
		}
	default:
		w.compound(s)
	}
}

// compound walks the statements that hold statements.
func (w walker) compound(s Stmt) {
	switch s := s.(type) {
	case *IfStmt:
		w.arms(s.Arms)
		each(s.Else, w.stmt)
	case *CaseStmt:
		w.arms(s.Arms)
		each(s.Else, w.stmt)
	case *SwitchStmt:
		w.expr(s.X)
		w.arms(s.Arms)
		each(s.Else, w.stmt)
	case *WhileStmt:
		w.expr(s.Cond)
		each(s.Body, w.stmt)
	case *ForStmt:
		w.expr(s.Var)
		w.expr(s.From)
		w.expr(s.To)
		w.expr(s.Step)
		each(s.Body, w.stmt)
	case *ForEachStmt:
		w.expr(s.Var)
		w.expr(s.X)
		each(s.Body, w.stmt)
	case *SequenceStmt:
		w.expr(s.With)
		each(s.Body, w.stmt)
		w.expr(s.Using)
		each(s.Recover, w.stmt)
		each(s.Always, w.stmt)
	case *TryStmt:
		each(s.Body, w.stmt)
		w.expr(s.Catch)
		each(s.Handler, w.stmt)
		each(s.Finally, w.stmt)
	case *TransactionStmt:
		each(s.Body, w.stmt)
	}
}

func (w walker) expr(x Expr) {
	if x == nil || !w(x) {
		return
	}
	switch x := x.(type) {
	case *Unary:
		w.expr(x.X)
	case *Binary:
		w.expr(x.X)
		w.expr(x.Y)
	case *AssignExpr:
		w.expr(x.X)
		w.expr(x.Y)
	case *IncDec:
		w.expr(x.X)
	case *Cond:
		w.expr(x.C)
		w.expr(x.A)
		w.expr(x.B)
	case *Paren:
		each(x.List, w.expr)
	case *ArrayLit:
		each(x.List, w.expr)
	case *JSONLit:
		for i := range x.Keys {
			w.expr(x.Keys[i])
			w.expr(x.Vals[i])
		}
	case *BlockLit:
		each(x.Params, w.param)
		each(x.Body, w.expr)
	case *Index:
		w.expr(x.X)
		each(x.List, w.expr)
	case *Ref:
		w.expr(x.X)
	default:
		w.access(x)
	}
}

// access walks calls, members, macros and aliases.
func (w walker) access(x Expr) {
	switch x := x.(type) {
	case *Call:
		w.args(x.Args)
	case *MacroCall:
		w.macro(x.Macro)
		w.args(x.Args)
	case *Member:
		w.expr(x.X)
		w.macro(x.Dyn)
	case *Send:
		w.expr(x.X)
		w.macro(x.Dyn)
		w.args(x.Args)
	case *Macro:
		each(x.Parts, w.expr)
	case *AliasField:
		w.expr(x.AliasX)
		w.macro(x.FieldX)
	case *AliasExpr:
		w.expr(x.AliasX)
		w.expr(x.X)
	}
}

func (w walker) args(list []Arg) {
	for _, a := range list {
		w.expr(a.X)
	}
}

func (w walker) macro(m *Macro) {
	if m != nil {
		w.expr(m)
	}
}
