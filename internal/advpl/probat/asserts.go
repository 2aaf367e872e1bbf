package probat

import (
	"errors"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// assertFuncs are the assertions. Programs call them by these names and as
// tlpp.probat.name.
var assertFuncs = map[string]vm.Native{
	"ASSERTEQUALS":         assertEquals,
	"ASSERTNOTEQUALS":      assertNotEquals,
	"ASSERTGREATER":        assertGreater,
	"ASSERTGREATEROREQUAL": assertGreaterOrEqual,
	"ASSERTLESS":           assertLess,
	"ASSERTLESSOREQUAL":    assertLessOrEqual,
	"ASSERTTRUE":           assertTrue,
	"ASSERTFALSE":          assertFalse,
	"ASSERTNIL":            assertNil,
	"ASSERTEMPTY":          assertEmpty,
	"ASSERTISREGEXFULL":    assertIsRegExFull,
	"ASSERTISREGEXPARTIAL": assertIsRegExPartial,
	"ASSERTISCONTAINED":    assertIsContained,
	"ASSERTVECTOR":         assertVector,
	"ASSERTJSON":           assertJSON,
	"ASSERTHASERRORLOG":    assertHasErrorLog,
	"ASSERTNOHASERRORLOG":  assertNoHasErrorLog,
	"ASSERTOK":             assertOK,
	"ASSERTERROR":          assertError,
	"ASSERTWARNING":        assertWarning,
}

// outcome is what an assertion found.
type outcome struct {
	ok               bool
	actual, expected string // as messages show them
	differs          int    // Assert.Differs
	text             string // "": what the program gives
}

// verify makes an assertion: check finds out whether it holds, unless SKIPASSERT has it
// skipped. The description is argument text. Outside of tests the outcome is printed.
func verify(t *vm.Thread, a vm.Args, name string, text int, check func() (outcome, error)) (vm.Value, error) {
	r := recorderOf(t)
	if r != nil {
		if skipped, err := r.skips(t); err != nil || skipped != "" {
			if err == nil {
				r.add(t, Assert{Func: name, Text: description(a, text), Status: Skipped, Actual: skipped})
			}
			return vm.Bool(true), err
		}
	}
	o, err := check()
	if err != nil {
		return vm.Value{}, err
	}
	found := Assert{Func: name, Text: o.text, Actual: o.actual, Expected: o.expected, Differs: o.differs}
	if found.Text == "" {
		found.Text = description(a, text)
	}
	if !o.ok {
		found.Status = Failed
	}
	if r == nil {
		return vm.Bool(o.ok), t.Print(lib.FromUTF8(found.line()), "\n")
	}
	r.add(t, found)
	return vm.Bool(o.ok), nil
}

// skips takes the SKIPASSERT that is in force away and tells why the assertion that
// begins is skipped; "" if it is not.
func (r *recorder) skips(t *vm.Thread) (string, error) {
	c := r.skip
	r.skip = nil
	if c == nil || r.ignoreSkips {
		return "", nil
	}
	if ok, err := c.holds(t, r.at); err != nil || !ok {
		return "", err
	}
	return c.String(), nil
}

// line is what is printed of an assertion outside of tests.
func (a *Assert) line() string {
	parts := []string{a.Func, a.Status.String()}
	if a.Actual != "" || a.Expected != "" {
		parts = append(parts, "got "+cut(a.Actual, maxText)+", want "+cut(a.Expected, maxText))
	}
	if a.Text != "" {
		parts = append(parts, cut(a.Text, maxText))
	}
	return strings.Join(parts, ": ")
}

// description returns the string in argument i, in UTF-8, or "".
func description(a vm.Args, i int) string {
	v := a.Get(i)
	if !v.IsStr() {
		return ""
	}
	return lib.ToUTF8(head(v.Text()))
}

// head returns the beginning of a string of which the rest is not kept.
func head(s string) string { return s[:min(len(s), maxText+1)] }

// show returns v as messages show it.
func show(v vm.Value) string {
	if v.IsStr() && v.Len() > maxText {
		v = vm.Str(v.Text()[:maxText])
	}
	return cut(lib.Inspect(v), maxText)
}

// relation tells whether something holds between two values. An error ends the program.
type relation func(x, y vm.Value) (bool, error)

// compared makes an assertion that two values are equal.
func compared(t *vm.Thread, a vm.Args, name string, holds relation) (vm.Value, error) {
	return verify(t, a, name, 2, func() (o outcome, err error) {
		x, y := a.Get(0), a.Get(1)
		o.ok, err = holds(x, y)
		o.differing(x, y)
		return o, err
	})
}

// related makes an assertion about two values whose relation messages name.
func related(t *vm.Thread, a vm.Args, name, sign string, holds relation) (vm.Value, error) {
	return verify(t, a, name, 2, func() (outcome, error) {
		x, y := a.Get(0), a.Get(1)
		ok, err := holds(x, y)
		return outcome{ok: ok, actual: show(x), expected: sign + show(y)}, err
	})
}

// assertEquals(xValue, xExpected[, cText]) → whether the values are equal, as == compares
// them; values of two kinds are not. Arrays are equal if their elements are, in any depth;
// objects and code blocks equal themselves only. Source: TDN.
func assertEquals(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return compared(t, a, "assertEquals", equal(t))
}

// assertNotEquals(xValue, xOther[, cText]) → whether assertEquals does not hold. Source: TDN.
func assertNotEquals(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return related(t, a, "assertNotEquals", "<> ", func(x, y vm.Value) (bool, error) {
		same, err := equal(t)(x, y)
		return !same, err
	})
}

// assertVector(aValue, aExpected[, cText]) → whether both are arrays with equal elements, as
// assertEquals compares them. Source: TDN.
func assertVector(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return compared(t, a, "assertVector", func(x, y vm.Value) (bool, error) {
		if x.Kind() != vm.Array || y.Kind() != vm.Array {
			return false, nil
		}
		return equal(t)(x, y)
	})
}

// Bounds of how arrays are compared.
const (
	equalDepth = 100
	maxPairs   = 100_000 // of arrays that are remembered
)

// equal returns the relation of assertEquals.
func equal(t *vm.Thread) relation {
	e := equality{thread: t, same: make(map[[2]*vm.ArrayValue]struct{})}
	return func(x, y vm.Value) (bool, error) { return e.holds(x, y, equalDepth) }
}

// equality compares two values. Arrays may be in them many times: each pair is compared
// once.
type equality struct {
	thread *vm.Thread
	same   map[[2]*vm.ArrayValue]struct{} // pairs that are equal
}

func (e *equality) holds(x, y vm.Value, depth int) (bool, error) {
	if x.Kind() != y.Kind() {
		return false, nil
	}
	if x.Kind() != vm.Array || x.Array() == y.Array() {
		same, ok := vm.Equal(x, y, true)
		return same && ok, nil
	}
	pair := [2]*vm.ArrayValue{x.Array(), y.Array()}
	if _, known := e.same[pair]; known {
		return true, nil
	}
	same, err := e.elements(pair[0].Elems, pair[1].Elems, depth)
	if same && len(e.same) < maxPairs {
		e.same[pair] = struct{}{}
	}
	return same, err
}

func (e *equality) elements(p, q []vm.Value, depth int) (bool, error) {
	if len(p) != len(q) || depth == 0 {
		return false, e.thread.Poll()
	}
	for i := range p {
		if e.thread.Stopping() || i%pollTurns == 0 {
			if err := e.thread.Poll(); err != nil {
				return false, err
			}
		}
		if same, err := e.holds(p[i], q[i], depth-1); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// pollTurns is how many short turns are made between two polls.
const pollTurns = 1024

// ordered makes an assertion about the order of two values.
func ordered(t *vm.Thread, a vm.Args, name, sign string, holds func(order int) bool) (vm.Value, error) {
	return related(t, a, name, sign+" ", func(x, y vm.Value) (bool, error) {
		order, ok := vm.Compare(x, y)
		return ok && holds(order), nil
	})
}

// assertGreater(xValue, xLess[, cText]) → whether xValue > xLess; values that cannot be
// ordered fail. Source: TDN.
func assertGreater(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return ordered(t, a, "assertGreater", ">", func(order int) bool { return order > 0 })
}

// assertGreaterOrEqual(xValue, xLess[, cText]) → whether xValue >= xLess; values that cannot
// be ordered fail. Source: TDN.
func assertGreaterOrEqual(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return ordered(t, a, "assertGreaterOrEqual", ">=", func(order int) bool { return order >= 0 })
}

// assertLess(xValue, xGreater[, cText]) → whether xValue < xGreater; values that cannot be
// ordered fail. Source: TDN.
func assertLess(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return ordered(t, a, "assertLess", "<", func(order int) bool { return order < 0 })
}

// assertLessOrEqual(xValue, xGreater[, cText]) → whether xValue <= xGreater; values that
// cannot be ordered fail. Source: TDN.
func assertLessOrEqual(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return ordered(t, a, "assertLessOrEqual", "<=", func(order int) bool { return order <= 0 })
}

// isSo makes an assertion about one value.
func isSo(t *vm.Thread, a vm.Args, name, want string, holds func(vm.Value) bool) (vm.Value, error) {
	return verify(t, a, name, 1, func() (outcome, error) {
		return outcome{ok: holds(a.Get(0)), actual: show(a.Get(0)), expected: want}, nil
	})
}

// assertTrue(lValue[, cText]) → whether lValue is .T.; what is no logical fails. Source: TDN.
func assertTrue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return isSo(t, a, "assertTrue", ".T.", func(v vm.Value) bool { return v.Kind() == vm.Logical && v.Truth() })
}

// assertFalse(lValue[, cText]) → whether lValue is .F.; what is no logical fails. Source: TDN.
func assertFalse(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return isSo(t, a, "assertFalse", ".F.", func(v vm.Value) bool { return v.Kind() == vm.Logical && !v.Truth() })
}

// assertNil(xValue[, cText]) → whether xValue is NIL. Source: TDN.
func assertNil(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return isSo(t, a, "assertNil", "NIL", vm.Value.IsNil)
}

// assertEmpty(xValue[, cText]) → whether xValue is NIL or a string without characters. Source:
// TDN.
func assertEmpty(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return isSo(t, a, "assertEmpty", `NIL or ""`, func(v vm.Value) bool { return v.IsNil() || v.IsStr() && v.Len() == 0 })
}

// assertIsContained(cValue, cPart[, cText]) → whether cPart is in cValue; what is no string
// fails. Source: TDN.
func assertIsContained(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return related(t, a, "assertIsContained", "a text with ", func(x, y vm.Value) (bool, error) {
		return x.IsStr() && y.IsStr() && strings.Contains(x.Text(), y.Text()), nil
	})
}

// assertIsRegExFull(cValue, cExpression[, cText]) → whether the whole of cValue matches the
// regular expression. What is no string, or no expression, fails. Source: TDN.
func assertIsRegExFull(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return matched(t, a, "assertIsRegExFull", true)
}

// assertIsRegExPartial(cValue, cExpression[, cText]) → whether a part of cValue matches the
// regular expression. What is no string, or no expression, fails. Source: TDN.
func assertIsRegExPartial(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return matched(t, a, "assertIsRegExPartial", false)
}

func matched(t *vm.Thread, a vm.Args, name string, full bool) (vm.Value, error) {
	return verify(t, a, name, 2, func() (outcome, error) {
		x, y := a.Get(0), a.Get(1)
		o := outcome{actual: show(x), expected: "a text like " + show(y)}
		if !x.IsStr() || !y.IsStr() {
			return o, nil
		}
		var err error
		if o.ok, err = lib.MatchRegex(t, y.Text(), x.Text(), full); err != nil {
			o.text = inUTF8(err.Error())
		}
		return o, t.Poll()
	})
}

// assertHasErrorLog(cExpression, cError[, cText]) → whether the evaluation of the expression
// raises an error whose report contains cError, in any case. Source: TDN.
func assertHasErrorLog(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return verify(t, a, "assertHasErrorLog", 2, func() (outcome, error) {
		want := description(a, 1)
		_, failed, err := attempt(t, a)
		o := outcome{ok: raised(t, failed, want), expected: "error " + want, actual: "no error"}
		if failed != nil {
			o.actual = "error " + inUTF8(failed.Error())
		}
		return o, err
	})
}

// assertNoHasErrorLog(cExpression[, xExpected[, cText]]) → whether the evaluation of the
// expression raises no error. xExpected is shown in the results, no more. Source: TDN.
func assertNoHasErrorLog(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return verify(t, a, "assertNoHasErrorLog", 2, func() (outcome, error) {
		v, failed, err := attempt(t, a)
		o := outcome{ok: failed == nil, expected: "no error", actual: show(v)}
		if failed != nil {
			o.actual = "error " + inUTF8(failed.Error())
		}
		return o, err
	})
}

// attempt evaluates the expression in the first argument: failed is the error that a program
// could handle, err one that it has no part in.
func attempt(t *vm.Thread, a vm.Args) (v vm.Value, failed, err error) {
	text := a.Get(0)
	if !text.IsStr() {
		return v, vm.ArgError("ASSERTHASERRORLOG", a, 0, "a string"), nil
	}
	v, err = t.Attempt(text.Text())
	if e, ok := asError(err); ok && !e.Fatal {
		return v, e, nil
	}
	return v, nil, err
}

// raised tells whether err is an error of a program whose report contains part, in any
// case. An operator that assigns too counts as the one that it is made of, which is what
// errors name.
func raised(t *vm.Thread, err error, part string) bool {
	e, ok := asError(err)
	if !ok || e.Fatal {
		return false
	}
	text := strings.ToLower(inUTF8(e.Error() + "\n" + e.Report(t)))
	return strings.Contains(text, plainOperator(strings.ToLower(strings.TrimSpace(part))))
}

// plainOperator returns text without the = of an operator at its end: "on +" for "on +=".
func plainOperator(text string) string {
	for _, op := range []string{"+", "-", "*", "/", "%", "^"} {
		if strings.HasSuffix(text, " "+op+"=") {
			return strings.TrimSuffix(text, "=")
		}
	}
	return text
}

// asError returns the error of a program that err is.
func asError(err error) (*vm.Error, bool) {
	var e *vm.Error
	ok := errors.As(err, &e)
	return e, ok
}

// assertOK([cText]) → .T.; an assertion that holds. Source: TDN.
func assertOK(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return verify(t, a, "assertOK", 0, func() (outcome, error) { return outcome{ok: true}, nil })
}

// assertError(cError[, cText[, xValue]]) → .F.; an assertion that does not hold. xValue is
// shown in the results. Source: TDN.
func assertError(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return verify(t, a, "assertError", 0, func() (outcome, error) {
		o := outcome{text: description(a, 0)}
		if more := description(a, 1); more != "" {
			o.text = strings.TrimPrefix(o.text+": "+more, ": ")
		}
		if a.Len() > 2 {
			o.actual = show(a.Get(2))
		}
		return o, nil
	})
}

// assertWarning(cText) → .T.; a text for the results that neither passes nor fails the test.
// Source: TDN.
func assertWarning(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text := description(a, 0)
	r := recorderOf(t)
	if r == nil {
		return vm.Bool(true), t.Print("assertWarning: ", lib.FromUTF8(cut(text, maxText)), "\n")
	}
	if skipped, err := r.skips(t); err != nil || skipped != "" {
		return vm.Bool(true), err
	}
	r.warn(t, text)
	return vm.Bool(true), nil
}
