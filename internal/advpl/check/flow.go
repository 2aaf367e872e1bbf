package check

import (
	"appserver/internal/advpl/syntax"
)

// end says what comes after statements.
type end uint8

const (
	falls  end = iota // the next statement
	unsure            // perhaps the next statement
	leaves            // something else, always
)

// flow finds out what comes after the statements and reports those that no way
// leads to.
func (c *checker) flow(list []syntax.Stmt) end {
	for i, s := range list {
		e := c.flowStmt(s)
		if e != leaves {
			if i == len(list)-1 {
				return e
			}
			continue
		}
		if i+1 < len(list) && !onlyReturns(list[i+1:]) {
			c.hint(list[i+1].Position(), unreachableCode, unreachableHint(list[i+1]), "this is never reached")
		}
		return leaves
	}
	return falls
}

// unreachableHint says what to do about s, which no way leads to.
func unreachableHint(s syntax.Stmt) string {
	if d, ok := s.(*syntax.DeclStmt); ok && d.Scope == syntax.StaticVar {
		return "after a function it is part of it; a Static for the whole source stands before its first function"
	}
	return "remove it, or what stands before it"
}

// onlyReturns tells whether list is what old programs end with in any case.
func onlyReturns(list []syntax.Stmt) bool {
	for _, s := range list {
		if _, ok := s.(*syntax.ReturnStmt); !ok {
			return false
		}
	}
	return true
}

func (c *checker) flowStmt(s syntax.Stmt) end {
	switch s := s.(type) {
	case *syntax.ReturnStmt, *syntax.ThrowStmt, *syntax.BreakStmt, *syntax.LoopStmt, *syntax.ExitStmt:
		return leaves
	case *syntax.IfStmt:
		return c.flowArms(s.Arms, s.Else, s.HasElse)
	case *syntax.CaseStmt:
		return c.flowArms(s.Arms, s.Else, s.HasElse)
	case *syntax.SwitchStmt:
		c.flowArms(s.Arms, s.Else, s.HasElse)
		return unsure
	case *syntax.WhileStmt:
		c.flow(s.Body)
		if isTrue(s.Cond) && !exits(s.Body) {
			return leaves
		}
	case *syntax.ForStmt:
		c.flow(s.Body)
	case *syntax.ForEachStmt:
		c.flow(s.Body)
	case *syntax.SequenceStmt:
		return c.flowSequence(s)
	case *syntax.TryStmt:
		return c.flowTry(s)
	case *syntax.TransactionStmt:
		return c.flow(s.Body)
	}
	return falls
}

// flowArms is that of If and Do Case.
func (c *checker) flowArms(arms []syntax.CondArm, rest []syntax.Stmt, hasElse bool) end {
	e := c.flow(rest)
	if !hasElse {
		e = falls
	}
	for i := range arms {
		e = min(e, c.flow(arms[i].Body))
	}
	return e
}

// flowSequence takes into account that anything in the body may Break.
func (c *checker) flowSequence(s *syntax.SequenceStmt) end {
	body, handler, always := c.flow(s.Body), c.flow(s.Recover), c.flow(s.Always)
	if !s.HasRecover {
		handler = min(body, unsure)
	}
	return max(always, min(body, handler))
}

func (c *checker) flowTry(s *syntax.TryStmt) end {
	e := c.flow(s.Body)
	if handler := c.flow(s.Handler); s.HasCatch {
		e = min(e, handler)
	}
	return max(e, c.flow(s.Finally))
}

func isTrue(x syntax.Expr) bool {
	lit, ok := bare(x).(*syntax.Literal)
	return ok && lit.Kind == syntax.TrueLit
}

// exits tells whether an Exit in the body leaves the loop around it.
func exits(body []syntax.Stmt) bool {
	found := false
	for _, s := range body {
		syntax.Walk(s, func(n any) bool {
			switch n.(type) {
			case *syntax.ExitStmt:
				found = true
			case *syntax.WhileStmt, *syntax.ForStmt, *syntax.ForEachStmt, *syntax.SwitchStmt, syntax.Expr:
				return false // its own Exit; none
			}
			return !found
		})
	}
	return found
}

// returnsValue tells whether a Return in the body has a value other than NIL.
func returnsValue(body []syntax.Stmt) bool {
	found := false
	for _, s := range body {
		syntax.Walk(s, func(n any) bool {
			switch n := n.(type) {
			case *syntax.ReturnStmt:
				found = found || n.X != nil && !isNil(n.X)
			case syntax.Expr:
				return false
			}
			return !found
		})
	}
	return found
}

func isNil(x syntax.Expr) bool {
	lit, ok := bare(x).(*syntax.Literal)
	return ok && lit.Kind == syntax.NilLit
}
