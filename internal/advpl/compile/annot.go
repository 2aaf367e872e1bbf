package compile

import (
	"math"
	"strconv"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/syntax"
)

// annotations returns annotations with the values of their arguments, which must
// be constant.
func (u *unit) annotations(list []*syntax.Annotation) []code.Annotation {
	var out []code.Annotation
	for _, a := range list {
		args := make([]code.AnnotArg, 0, len(a.Args))
		for _, arg := range a.Args {
			args = append(args, u.annotArg(arg.Name, arg.Value, code.MaxAnnotNest))
		}
		out = append(out, code.Annotation{Name: a.Name, Args: args})
	}
	return out
}

// annotArg returns one argument. Arrays and JSON objects may be nested to depth.
func (u *unit) annotArg(name string, x syntax.Expr, depth int) code.AnnotArg {
	arg := code.AnnotArg{Name: name}
	if c, ok := metaConst(x); ok {
		arg.Value = c
		return arg
	}
	if depth == 0 {
		u.findings.Errorf(x.Position(), "arrays of an annotation are nested more than %d deep", code.MaxAnnotNest)
		return arg
	}
	switch x := x.(type) {
	case *syntax.ArrayLit:
		arg.List = []code.AnnotArg{}
		for _, e := range x.List {
			arg.List = append(arg.List, u.annotArg("", e, depth-1))
		}
	case *syntax.JSONLit:
		arg.List = []code.AnnotArg{}
		for i, k := range x.Keys {
			arg.List = append(arg.List, u.annotArg(u.annotKey(k), x.Vals[i], depth-1))
		}
	default:
		u.findings.Errorf(x.Position(), "the value of an annotation must be constant")
	}
	return arg
}

func (u *unit) annotKey(x syntax.Expr) string {
	c, ok := metaConst(x)
	if !ok || c.Kind != code.ConstStr {
		u.findings.Errorf(x.Position(), "a name in an annotation must be a constant string")
	}
	return c.Str
}

// metaConst returns the value of an expression that describes something: besides
// constants these are true, false, Chr(n), sums of strings, and strings in a call
// that only changes their encoding.
func metaConst(x syntax.Expr) (code.Const, bool) {
	if c, ok := constantOf(x); ok {
		return c, true
	}
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		switch upper(x.Name) {
		case "TRUE":
			return logical(true), true
		case "FALSE":
			return logical(false), true
		}
	case *syntax.Call:
		return metaCall(x)
	case *syntax.Binary:
		return metaSum(x)
	}
	return code.Const{}, false
}

func metaCall(x *syntax.Call) (code.Const, bool) {
	if len(x.Args) != 1 {
		return code.Const{}, false
	}
	c, ok := metaConst(x.Args[0].X)
	if !ok {
		return c, false
	}
	switch upper(x.Name) {
	case "CHR":
		if c.Kind == code.ConstNum && c.Num >= 0 && c.Num < 256 && c.Num == math.Trunc(c.Num) {
			return code.Const{Kind: code.ConstStr, Str: string([]byte{byte(c.Num)})}, true
		}
	case "ENCODEUTF8", "DECODEUTF8", "OEMTOANSI", "ANSITOOEM":
		return c, c.Kind == code.ConstStr
	}
	return code.Const{}, false
}

func metaSum(x *syntax.Binary) (code.Const, bool) {
	if !foldable(x.Op) {
		return code.Const{}, false
	}
	a, ok := metaConst(x.X)
	if !ok || a.Kind != code.ConstStr {
		return a, false
	}
	b, ok := metaConst(x.Y)
	if !ok || b.Kind != code.ConstStr || len(a.Str)+len(b.Str) > foldString {
		return b, false
	}
	return code.Const{Kind: code.ConstStr, Str: a.Str + b.Str}, true
}

// meta returns the clauses of a web service's declaration. One whose value is not
// constant has none.
func (u *unit) meta(list []syntax.Option) []code.Meta {
	var out []code.Meta
	for _, o := range list {
		out = append(out, code.Meta{Key: o.Name, Value: u.metaText(o)})
	}
	return out
}

func (u *unit) metaText(o syntax.Option) string {
	if o.Value == nil {
		return ""
	}
	if id, ok := o.Value.(*syntax.Ident); ok {
		return id.Name
	}
	c, ok := metaConst(o.Value)
	if !ok {
		u.findings.Warnf(o.Pos, "web-option", "the value of %s is not constant and is left out", o.Name)
	}
	switch c.Kind {
	case code.ConstStr:
		return c.Str
	case code.ConstNum:
		return strconv.FormatFloat(c.Num, 'f', -1, 64)
	case code.ConstTrue:
		return ".T."
	case code.ConstFalse:
		return ".F."
	}
	return ""
}
