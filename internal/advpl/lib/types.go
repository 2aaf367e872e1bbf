package lib

import (
	"errors"
	"fmt"
	"strings"

	"appserver/internal/advpl/vm"
)

var typeFuncs = table{
	"LEN":         length,
	"VALTYPE":     valType,
	"TYPE":        typeOfText,
	"EMPTY":       empty,
	"EVAL":        eval,
	"VARINFO":     varInfo,
	"__BEGINTRAN": nothing,
	"__ENDTRAN":   nothing,
	"FREEOBJ":     freeObj,
}

// sized is implemented by native objects that have a length.
type sized interface{ Len() int }

// Len(xValue) → the bytes of a string, the elements of an array or of a JSON object that
// is one, the keys of a hash map; 0 of another JSON object, whose names GetNames returns.
// Source: TDN.
func length(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	switch v := a.Get(0); v.Kind() {
	case vm.String:
		return vm.Int(v.Len()), nil
	case vm.Array:
		return vm.Int(len(v.Array().Elems)), nil
	case vm.Object:
		if o, ok := v.Object().Native.(sized); ok {
			return vm.Int(o.Len()), nil
		}
	}
	return vm.Value{}, vm.ArgError("LEN", a, 0, "a string or an array")
}

// ValType(xValue) → the letter of the type: C N D L A B O, J for JSON objects, U for NIL.
// Source: TDN.
func valType(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Str(typeOf(a.Get(0))), nil
}

// typeOf returns what ValType says of v.
func typeOf(v vm.Value) string {
	if v.Kind() == vm.Object {
		if _, ok := jsonOf(v); ok {
			return "J"
		}
	}
	return v.Kind().Type()
}

// Type(cExpression) → the type of what the macro cExpression gives, as ValType says it.
// "U" means that a variable, field, function or member in it does not exist, or that it
// fails; "UE" that it is no expression. Other than in Clipper the expression is
// evaluated also if it calls functions. Source: TDN.
func typeOfText(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := argText("TYPE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if v, ok := t.MemVar(strings.ToUpper(text)); ok {
		return vm.Str(typeOf(v)), nil
	}
	v, err := t.Attempt(text)
	if err == nil {
		return vm.Str(typeOf(v)), nil
	}
	var e *vm.Error
	switch {
	case !errors.As(err, &e) || e.Fatal:
		return vm.Value{}, err
	case e.GenCode == vm.GenSyntax:
		return vm.Str("UE"), nil
	}
	return vm.Str("U"), nil
}

// Empty(xValue) → whether the value is the empty one of its type: blanks, tabs and line
// ends only, 0, .F., the empty date, NIL, an array without elements. Blocks and objects
// never are. Source: TDN, Clipper.
func empty(_ *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Bool(isEmpty(a.Get(0))), nil }

func isEmpty(v vm.Value) bool {
	switch v.Kind() {
	case vm.Nil:
		return true
	case vm.Number:
		return v.Float() == 0
	case vm.Logical:
		return !v.Truth()
	case vm.Date:
		return v.Day() == 0
	case vm.String:
		return trimLeft(v.Text()) == ""
	case vm.Array:
		return len(v.Array().Elems) == 0
	}
	return false
}

// Eval(bBlock[, xArgument…]) → the value of the code block. Source: TDN.
func eval(t *vm.Thread, a vm.Args) (vm.Value, error) {
	block, err := argBlock("EVAL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return t.Eval(block, a[1:]...)
}

// __BeginTran() → NIL, without effect: there is no database. __EndTran is the same. BEGIN
// TRANSACTION and END TRANSACTION call them. Source: decided here.
func nothing(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Value{}, nil }

// FreeObj(@xValue) → NIL; the variable becomes NIL. The memory is freed when nothing refers
// to it any more. FWFreeObj and FWFreeVar are the same. Source: TDN.
func freeObj(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	a.Set(0, vm.Value{})
	return vm.Value{}, nil
}

// VarInfo(cName, xValue[, nMargin = 0[, lHTML = .T.[, lEcho = .T.]]]) → a text that lists
// xValue and what arrays and JSON objects in it hold, a line each: name, type, length,
// value. lHTML puts it between <pre> and </pre>, lEcho also prints it. Source: TDN.
func varInfo(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := optText("VARINFO", a, 0, "")
	if err != nil {
		return vm.Value{}, err
	}
	margin, err := optInt("VARINFO", a, 2, 0)
	if err != nil {
		return vm.Value{}, err
	}
	html, err := optBool("VARINFO", a, 3, true)
	if err != nil {
		return vm.Value{}, err
	}
	echo, err := optBool("VARINFO", a, 4, true)
	if err != nil {
		return vm.Value{}, err
	}
	l := lister{thread: t}
	if err := l.list(name, a.Get(1), min(max(margin, 0), 200), 0); err != nil {
		return vm.Value{}, err
	}
	text := l.text.String()
	if html {
		text = "<pre>" + text + "</pre>"
	}
	if echo {
		if err := print(t, strings.TrimSuffix(text, "\n"), "\n"); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.Str(text), nil
}

// lister writes the lines of VarInfo.
type lister struct {
	thread *vm.Thread
	text   strings.Builder
	lines  int
}

// listDepth is how deep VarInfo goes into arrays.
const listDepth = 30

func (l *lister) list(name string, v vm.Value, margin, depth int) error {
	l.lines++
	if err := pollEvery(l.thread, l.lines); err != nil {
		return err
	}
	kind, size, show := l.describe(v)
	if err := growText(l.thread, &l.text, margin+len(name)+len(show)+64); err != nil {
		return err
	}
	fmt.Fprintf(&l.text, "%*s%s -> %s (%5d) [%s]\n", margin, "", name, kind, size, show)
	if depth == listDepth {
		return nil
	}
	if v.Kind() == vm.Array {
		for i, e := range v.Array().Elems {
			if err := l.list(fmt.Sprintf("%s[%d]", name, i+1), e, margin+5, depth+1); err != nil {
				return err
			}
		}
	}
	if o, ok := jsonOf(v); ok {
		for key, e := range o.all() {
			if err := l.list(name+"["+key+"]", e, margin+5, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// describe returns type, length and text of v.
func (l *lister) describe(v vm.Value) (kind string, size int, show string) {
	kind, show = typeOf(v), plainText(l.thread, v)
	switch v.Kind() {
	case vm.Number:
		show = string(appendStr(nil, v.Float(), 15, 4, true))
	case vm.Array:
		return "ARRAY", len(v.Array().Elems), "..."
	case vm.Object:
		show = v.Object().ClassName()
		if o, ok := jsonOf(v); ok && !o.list {
			return kind, o.names.len(), show
		}
		if o, ok := v.Object().Native.(sized); ok {
			return kind, o.Len(), show
		}
	case vm.Nil:
		return kind, 0, show
	case vm.Logical:
		return kind, 1, show
	}
	return kind, len(show), show
}
