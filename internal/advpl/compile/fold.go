package compile

import (
	"math"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/syntax"
)

// Bounds of folding: how deep it looks, and the longest string it makes.
const (
	foldDepth  = 16
	foldString = 4096
)

// constantOf returns the value of x if it is known and evaluating it cannot fail.
func constantOf(x syntax.Expr) (code.Const, bool) { return fold(x, foldDepth) }

func fold(x syntax.Expr, depth int) (code.Const, bool) {
	switch x := x.(type) {
	case nil:
		return code.Const{}, true
	case *syntax.Literal:
		return literal(x), true
	case *syntax.Paren:
		if len(x.List) == 1 && depth > 0 {
			return fold(x.List[0], depth-1)
		}
	case *syntax.Unary:
		if depth > 0 {
			return foldUnary(x, depth-1)
		}
	case *syntax.Binary:
		if depth > 0 && foldable(x.Op) {
			return foldBinary(x, depth-1)
		}
	}
	return code.Const{}, false
}

func literal(x *syntax.Literal) code.Const {
	switch x.Kind {
	case syntax.NumLit:
		return number(x.Num)
	case syntax.StrLit:
		return code.Const{Kind: code.ConstStr, Str: x.Str}
	case syntax.TrueLit:
		return logical(true)
	case syntax.FalseLit:
		return logical(false)
	}
	return code.Const{}
}

func number(f float64) code.Const { return code.Const{Kind: code.ConstNum, Num: f} }

func logical(b bool) code.Const {
	if b {
		return code.Const{Kind: code.ConstTrue}
	}
	return code.Const{Kind: code.ConstFalse}
}

func foldUnary(x *syntax.Unary, depth int) (code.Const, bool) {
	c, ok := fold(x.X, depth)
	if !ok {
		return c, false
	}
	switch {
	case x.Op == preproc.Minus && c.Kind == code.ConstNum:
		return number(-c.Num), true
	case x.Op == preproc.Plus && c.Kind == code.ConstNum:
		return c, true
	case x.Op == preproc.Not && c.Kind == code.ConstTrue:
		return logical(false), true
	case x.Op == preproc.Not && c.Kind == code.ConstFalse:
		return logical(true), true
	}
	return c, false
}

func foldable(op preproc.Kind) bool {
	switch op {
	case preproc.Plus, preproc.Minus, preproc.Star, preproc.Slash:
		return true
	}
	return false
}

func foldBinary(x *syntax.Binary, depth int) (code.Const, bool) {
	b, ok := fold(x.Y, depth)
	if !ok {
		return b, false
	}
	a, ok := fold(x.X, depth)
	if !ok || a.Kind != b.Kind {
		return a, false
	}
	switch a.Kind {
	case code.ConstNum:
		return foldNumbers(x.Op, a.Num, b.Num)
	case code.ConstStr:
		if x.Op == preproc.Plus && len(a.Str)+len(b.Str) <= foldString {
			return code.Const{Kind: code.ConstStr, Str: a.Str + b.Str}, true
		}
	}
	return a, false
}

func foldNumbers(op preproc.Kind, a, b float64) (code.Const, bool) {
	var f float64
	switch op {
	case preproc.Plus:
		f = a + b
	case preproc.Minus:
		f = a - b
	case preproc.Star:
		f = a * b
	case preproc.Slash:
		if b == 0 {
			return code.Const{}, false
		}
		f = a / b
	}
	return number(f), !math.IsInf(f, 0) && !math.IsNaN(f)
}

// isNil tells whether x is NIL.
func isNil(x syntax.Expr) bool { return isConst(x, code.ConstNil) }

// isTrue and isFalse tell whether x is the logical constant.
func isTrue(x syntax.Expr) bool  { return isConst(x, code.ConstTrue) }
func isFalse(x syntax.Expr) bool { return isConst(x, code.ConstFalse) }

func isConst(x syntax.Expr, kind code.ConstKind) bool {
	c, ok := constantOf(x)
	return ok && c.Kind == kind
}
