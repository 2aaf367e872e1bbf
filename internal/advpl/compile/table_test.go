package compile

import "strings"

// behaviours are bodies of a function with the value that it returns. A body that
// has the word Function itself is a whole source.
var behaviours = []struct{ name, text, want string }{
	// Evaluation order and registers.
	{"assign in operand", "Local a := 1\nReturn a + (a := 2)", "3"},
	{"assign in left operand", "Local a := 1\nReturn (a := 2) + a", "4"},
	{"increments in array", "Local n := 1\nReturn {n, ++n, n++, n}", "{1,2,2,3}"},
	{"increments in sum", "Local n := 1\nReturn ++n * 10 + n++ + n", "25"},
	{"argument and increment", "User Function T()\nLocal a := 1\nReturn F(a, a++, a)\nStatic Function F(x, y, z)\nReturn {x, y, z}", "{1,1,2}"},
	{"compare and assign", "Local a := 5\nIf a > (a := 3)\nReturn a\nEndIf\nReturn 0", "3"},
	{"index and assign", "Local i := 1\nLocal a := {10, 20}\na[i] := i := 2\nReturn {a, i}", "{{2,20},2}"},
	{"compound and assign", "Local x := 1\nx += (x := 5)\nReturn x", "6"},
	{"postfix to itself", "Local x := 1\nx := x++\nReturn x", "1"},
	{"chain of assignments", "Local a, b, c\na := b := c := 4\nReturn {a, b, c}", "{4,4,4}"},
	{"value unchanged by error", "Local x := 1\nLocal o := ErrorBlock({|e| Break(e)})\nBegin Sequence\nx := 1 + \"a\"\nEnd Sequence\nErrorBlock(o)\nReturn x", "1"},

	// Arithmetic and constants.
	{"folding", "Return 1 + 2 * 3 - 8 / 4", "5"},
	{"fold strings", "Return 'a' + 'b' + \"c\"", "abc"},
	{"number first", "Local x := 5\nReturn {1 + x, 2 * x, 10 - x, 10 / x}", "{6,10,5,2}"},
	{"unary", "Local x := 5\nReturn {-x, +x, -(-x), !(x > 3)}", "{-5,5,5,.F.}"},
	{"power and modulo", "Local x := 7\nReturn {x ^ 2, x % 4, x ** 2}", "{49,3,49}"},
	{"compounds", "Local x := 7\nx += 3\nx -= 2\nx *= 4\nx /= 8\nx ^= 3\nx %= 10\nReturn x", "4"},
	{"append", "Local c := ''\nLocal n\nFor n := 1 To 5\nc += Str(n, 1)\nNext\nReturn c", "12345"},
	{"large and fractional numbers", "Return {1.5, 3000000000, -7, 0.1 + 0.2 > 0.3}", "{1.5,3000000000,-7,.T.}"},

	// Conditions.
	{"and or", "Local a := .T., b := .F.\nReturn {a .And. b, a .Or. b, b .Or. !b, a .And. !a}", "{.F.,.T.,.T.,.F.}"},
	{"short circuit", "Local n := 0\nLocal l := .F. .And. (n := 1) > 0\nl := l .Or. (n += 2) > 0\nReturn {l, n}", "{.T.,2}"},
	{"neutral constants", "Local x := 5\nReturn {.T. .And. x, .F. .Or. x, x .And. .T., x .Or. .F., .F. .And. x, .T. .Or. x}", "{5,5,5,5,.F.,.T.}"},
	{"and needs logical", "Local x := 5, y := .T.\nReturn y .And. x", "error: "},
	{"and into itself", "Local x := .T.\nx := x .And. !x\nReturn x", ".F."},
	{"nil compares", "Local x, y := 1\nReturn {x == Nil, y == NIL, x = nil, y != nil, IIf(x == NIL, 1, 2), IIf(nil == y, 1, 2), IIf(y <> Nil, 1, 2)}", "{.T.,.F.,.T.,.T.,1,2,1}"},
	{"string equals", "Local c := 'ABC'\nReturn {c = 'AB', c == 'AB', c != 'AB', IIf(c = '', 1, 2), IIf('AB' = c, 1, 2), IIf(c # 'AB', 1, 2)}", "{.T.,.F.,.F.,1,2,2}"},
	{"orders", "Local a := 1, b := 2\nReturn {a < b, a > b, a <= b, a >= b, IIf(a > b, 1, 2), IIf(1 < b, 1, 2), IIf(2 >= b, 1, 2), IIf(a >= b, 1, 2), IIf(a <= b, 1, 2)}", "{.T.,.F.,.T.,.F.,2,1,1,2,1}"},
	{"orders of strings", "Local a := 'AAA', b := 'AA'\nReturn {a > b, IIf(a > b, 1, 2), IIf(a >= b, 1, 2), IIf(a < b, 1, 2), IIf(a <= b, 1, 2), IIf(b < a, 1, 2), IIf(b > a, 1, 2), IIf(a > 'AA', 1, 2), IIf('AA' < a, 1, 2)}", "{.F.,2,1,2,1,1,2,2,1}"},
	{"operands of an error", "Local o, e, x := 'a'\no := ErrorBlock({|e| Break(e)})\nBegin Sequence\nIf 1 > x\nEndIf\nRecover Using e\nEnd Sequence\nErrorBlock(o)\nReturn {e:Operation, e:Args[1]}", "{>,1}"},
	{"contained", "Local c := 'abc'\nReturn {'b' $ c, !('b' $ c), IIf('x' $ c, 1, 2)}", "{.T.,.F.,2}"},
	{"nested conditions", "Local a := 1, b := 2, c := 3\nIf (a == 1 .And. (b == 3 .Or. c == 3)) .And. !(a == 2 .Or. b == 3)\nReturn 'y'\nEndIf\nReturn 'n'", "y"},
	{"iif as condition", "Local a := 1\nIf IIf(a == 1, a > 0, a < 0)\nReturn 'y'\nEndIf\nReturn 'n'", "y"},
	{"iif without parts", "Local a := 1\nReturn {IIf(a == 1, , 2), IIf(a == 2, 1, )}", "{NIL,NIL}"},
	{"if inline", "Local a := 1\nReturn If(a == 2, 'x', If(a == 1, 'y', 'z'))", "y"},
	{"condition with effects", "Local a := 0\nWhile (a := 5, a > 4)\nReturn a\nEndDo\nReturn 0", "5"},
	{"not logical", "Local a := 1\nIf a\nEndIf\nReturn 0", "error: "},

	// Statements.
	{"elseif", "Local n, c := ''\nFor n := 1 To 4\nIf n == 1\nc += 'a'\nElseIf n == 2\nc += 'b'\nElseIf n == 3\nc += 'c'\nElse\nc += 'd'\nEndIf\nNext\nReturn c", "abcd"},
	{"do case", "Local n, c := ''\nFor n := 1 To 4\nDo Case\nCase n == 1\nc += 'a'\nCase n == 2 .Or. n == 3\nc += 'b'\nOtherwise\nc += 'z'\nEndCase\nNext\nReturn c", "abbz"},
	{"switch falls through", "Local n, c := ''\nFor n := 1 To 4\nSwitch n\nCase 1\nc += 'a'\nCase 2\nc += 'b'\nExit\nCase 3\nc += 'c'\nExit\nOtherwise\nc += 'z'\nEndSwitch\nNext\nReturn c", "abbcz"},
	{"loop in switch", "Local n, c := ''\nFor n := 1 To 3\nSwitch n\nCase 2\nLoop\nEndSwitch\nc += Str(n, 1)\nNext\nReturn c", "13"},
	{"while with loop and exit", "Local n := 0, c := ''\nWhile .T.\nn++\nIf n == 2\nLoop\nEndIf\nIf n > 4\nExit\nEndIf\nc += Str(n, 1)\nEndDo\nReturn c", "134"},
	{"for after end", "Local n\nFor n := 1 To 3\nNext\nReturn n", "4"},
	{"for not run", "Local n\nFor n := 5 To 3\nReturn 'no'\nNext\nReturn n", "5"},
	{"for down", "Local n, c := ''\nFor n := 3 To 1 Step -1\nc += Str(n, 1)\nNext\nReturn c + Str(n, 1)", "3210"},
	{"for by two", "Local n, c := ''\nFor n := 1 To 6 Step 2\nc += Str(n, 1)\nNext\nReturn c", "135"},
	{"for by half", "Local n, c := 0\nFor n := 1 To 2 Step .5\nc += n\nNext\nReturn c", "4.5"},
	{"for with variable step", "Local n, s := -2, c := ''\nFor n := 5 To 1 Step s\nc += Str(n, 1)\nNext\nReturn c", "531"},
	{"for limit changes", "Local n, l := 3, c := ''\nFor n := 1 To l\nc += Str(n, 1)\nIf n == 2\nl := 5\nEndIf\nNext\nReturn c", "12345"},
	{"for over a private", "Private n\nFor n := 1 To 3\nNext\nReturn n", "4"},
	{"for over an element", "Local a := {0}\nFor a[1] := 1 To 3\nNext\nReturn a", "{4}"},
	{"for over a captured variable", "Local n, b := {|| n}\nFor n := 1 To 3\nNext\nReturn Eval(b)", "4"},
	{"for order", `User Function T()
Return FX(1, 3) + " " + FX(10, 1) + " " + FX(3, 1, -1)
Static Function FX(f, t, s)
Local n := -9, c := ""
If s == NIL
For n := (c += "F", f) To (c += "T", t)
Next
Else
For n := (c += "F" + Str(n, 2), f) To (c += "T" + Str(n, 1), t) Step (c += "S" + Str(n, 1), s)
Next
EndIf
Return c`, "FTTTT FT F-9T3S3S3T2S2S2T1S1S1T0S0"},
	{"for each", "Local x, c := ''\nFor Each x In {'a', 'b', 'c'}\nIf x == 'b'\nLoop\nEndIf\nc += x\nNext\nReturn c", "ac"},
	{"for each nested", "Local x, y, n := 0\nFor Each x In {{1, 2}, {3}}\nFor Each y In x\nn += y\nNext\nNext\nReturn n", "6"},
	{"print", "? 1, 'a'\n?? 'b'\nReturn 1", "\n1 ab|1"},
	{"default", "User Function T()\nReturn F(, 2)\nStatic Function F(a, b, c)\nDefault a := 7\nDefault b := 8, c := a + b\nReturn {a, b, c}", "{7,2,9}"},
	{"return in middle", "Return 1\nReturn 2", "1"},
	{"return nothing", "Local a := 1\na++", "NIL"},
	{"procedure", "User Function T()\nReturn P()\nProcedure P()\nReturn", "NIL"},

	// Variables.
	{"local again in a loop", "Local n, c := ''\nFor n := 1 To 3\nLocal x\nc += IIf(x == NIL, 'n', 'v')\nx := n\nNext\nReturn c", "nnn"},
	{"captured local in a loop", "Local n, a := {}\nFor n := 1 To 3\nLocal x := n\nAAdd(a, {|| x})\nNext\nReturn {Eval(a[1]), Eval(a[3])}", "{3,3}"},
	{"local from declaration on", "Private x := 'private'\nLocal a := x\nLocal x := 'local'\nReturn {a, x}", "{private,local}"},
	{"local from its own name", "Private x := 'private'\nLocal x := x\nReturn x", "private"},
	{"block sees itself", "Local b := {|n| IIf(n < 2, 1, n * Eval(b, n - 1))}\nReturn Eval(b, 5)", "120"},
	{"private seen by callee", "User Function T()\nPrivate x := 5\nReturn F()\nStatic Function F()\nx++\nReturn x", "6"},
	{"private from itself", "User Function T()\nPrivate x := 5\nReturn {F(), x}\nStatic Function F()\nPrivate x := x + 1\nx++\nReturn x", "{7,5}"},
	{"undeclared becomes private", "x := 5\nReturn x + 1", "6"},
	{"public", "Public y, z := 3\nReturn {y, z}", "{.F.,3}"},
	{"private by macro", "Local c := 'abc'\nPrivate &c := 4\nReturn abc", "4"},
	{"private with dimensions", "Private a[2][3]\nReturn {Len(a), Len(a[1])}", "{2,3}"},
	{"local with dimensions", "Local a[2][3]\na[2][3] := 7\nReturn a", "{{NIL,NIL,NIL},{NIL,NIL,7}}"},
	{"parameters", "User Function T()\nReturn F(1, 2)\nStatic Function F\nParameters a, b, c\nReturn {a, b, c}", "{1,2,NIL}"},
	{"ten letters", "Local nLongNameOne1 := 5\nReturn nLongNameOne2", "5"},
	{"ten letters, full name first", "Local nLongNameOne1 := 5\nLocal nLongNameOne2 := 6\nReturn nLongNameOne2", "6"},
	{"case of names", "Local nABC := 5\nReturn NaBc", "5"},
	{"static", "User Function T()\nF()\nF()\nReturn F()\nStatic Function F()\nStatic n := 10\nn++\nReturn n", "13"},
	{"static of the source", "Static nS := 2 * 3\nStatic aS := {nS, nS + 1}\nUser Function T()\nnS += 1\naS[1] := 0\nReturn {nS, aS}", "{7,{0,7}}"},
	{"static hidden by local", "Static x := 1\nUser Function T()\nLocal y := x\nLocal x := 2\nReturn {y, x}", "{1,2}"},
	{"static by reference", "Static x := 1\nUser Function T()\nF(@x)\nReturn x\nStatic Function F(v)\nv := 9\nReturn", "9"},
	{"memory variable by alias", "M->x := 4\nPrivate y := 5\nReturn {M->x, x, memvar->y, m->y}", "{4,4,5,5}"},

	// References.
	{"by reference", "User Function T()\nLocal a := 1, b := 1\nF(@a, b)\nReturn {a, b}\nStatic Function F(x, y)\nx := 5\ny := 5\nReturn", "{5,1}"},
	{"reference passed on", "User Function T()\nLocal a := 1\nF(@a)\nReturn a\nStatic Function F(x)\nG(@x)\nx++\nReturn\nStatic Function G(x)\nx += 10\nReturn", "12"},
	{"element by reference", "User Function T()\nLocal a := {1, {2}}\nLocal i := 2\nF(@a[1])\nF(@a[i][1])\nReturn a\nStatic Function F(x)\nx := 5\nReturn", "{5,{5}}"},
	{"memory variable by reference", "User Function T()\nPrivate a := 1\nF(@a)\nReturn a\nStatic Function F(x)\nx := 5\nReturn", "5"},
	{"captured by reference", "User Function T()\nLocal a := 1\nLocal b := {|| F(@a)}\nEval(b)\nReturn a\nStatic Function F(x)\nx := 5\nReturn", "5"},
	{"eval by reference", "Local a := 1\nEval({|x| x := 7}, @a)\nReturn a", "7"},
	{"by reference in a loop", "User Function T()\nLocal n\nLocal c := 0\nFor n := 1 To 3\nF(@c, n)\nNext\nReturn c\nStatic Function F(x, y)\nx += y\nReturn", "6"},

	// Code blocks.
	{"block", "Local b := {|x, y| x + y}\nReturn Eval(b, 2, 3)", "5"},
	{"empty block", "Return Eval({|| })", "NIL"},
	{"block of several", "Local n := 0\nLocal b := {|x| n += x, n * 2}\nReturn {Eval(b, 3), n}", "{6,3}"},
	{"nested blocks", "Local n := 1\nLocal b := {|x| {|y| n += x + y, n}}\nReturn {Eval(Eval(b, 2), 3), n}", "{6,6}"},
	{"counter", "User Function T()\nLocal a := C()\nEval(a)\nEval(a)\nReturn Eval(a)\nStatic Function C()\nLocal n := 0\nReturn {|| ++n}", "3"},
	{"captured parameter", "User Function T()\nReturn F(4)\nStatic Function F(x)\nLocal b := {|| x * 2}\nx := 5\nReturn Eval(b)", "10"},
	{"block keeps statics", "Static s := 3\nUser Function T()\nLocal b := {|x| s + x}\nReturn Eval(b, 1)", "4"},

	// Arrays and JSON.
	{"indexes", "Local a := {{1, 2}, {3, 4}}\nLocal i := 2\nReturn {a[1, 2], a[2][1], a[i, i]}", "{2,3,4}"},
	{"assign element", "Local a := {{1, 2}, {3, 4}}\nLocal i := 2\na[i, 1] += 10\na[1][i]++\nReturn a", "{{1,3},{13,4}}"},
	{"omitted elements", "Return {1, , 3}", "{1,NIL,3}"},
	{"negative index", "Local a := {1}\nReturn a[0]", "error: "},
	{"long array", "Local a := {" + strings.Repeat("1,", 499) + "2}\nReturn {Len(a), a[500]}", "{500,2}"},

	// Calls.
	{"omitted arguments", "User Function T()\nReturn F(1, , 3)\nStatic Function F(a, b, c)\nReturn {a, b, c}", "{1,NIL,3}"},
	{"nested calls", "User Function T()\nReturn F(F(1, 2), F(F(3, 4), 5))\nStatic Function F(a, b)\nReturn a * 10 + b", "465"},
	{"break as a function", "Local x := 0\nBegin Sequence\nx := 1\nBreak('v')\nx := 2\nRecover Using y\nReturn {x, y}\nEnd Sequence\nReturn x", "{1,v}"},

	// Sequences.
	{"break", "Local x := 0\nBegin Sequence\nx := 1\nBreak\nx := 2\nEnd Sequence\nReturn x", "1"},
	{"recover", "Local x := 0, e\nBegin Sequence\nBreak 5\nRecover Using e\nx := e + 1\nEnd Sequence\nReturn x", "6"},
	{"sequence without break", "Local x := 0\nBegin Sequence\nx := 1\nRecover\nx := 2\nEnd Sequence\nReturn x", "1"},
	{"break from a callee", "User Function T()\nLocal e\nBegin Sequence\nF()\nRecover Using e\nReturn e\nEnd Sequence\nReturn 0\nStatic Function F()\nBreak 'deep'\nReturn", "deep"},
	{"return from a sequence", "User Function T()\nReturn {F(), G()}\nStatic Function F()\nBegin Sequence\nReturn 1\nRecover\nReturn 2\nEnd Sequence\nReturn 3\nStatic Function G()\nBegin Sequence\nBreak\nRecover\nReturn 2\nEnd Sequence\nReturn 3", "{1,2}"},
	{"loop from a sequence", "Local n, c := ''\nFor n := 1 To 3\nBegin Sequence\nIf n == 2\nLoop\nEndIf\nc += Str(n, 1)\nEnd Sequence\nNext\nReturn c", "13"},
	{"exit from nested sequences", "Local n, c := ''\nFor n := 1 To 3\nBegin Sequence\nBegin Sequence\nIf n == 2\nExit\nEndIf\nEnd Sequence\nc += Str(n, 1)\nEnd Sequence\nNext\nBegin Sequence\nBreak\nRecover\nc += 'r'\nEnd Sequence\nReturn c", "1r"},
	{"error block breaks", "Local o, e, c := ''\no := ErrorBlock({|x| Break(x)})\nBegin Sequence\nc := 1 + 'a'\nRecover Using e\nc := ValType(e)\nEnd Sequence\nErrorBlock(o)\nReturn c", "O"},

	// Macros.
	{"macro of a private", "Local c := 'x'\nPrivate x := 5\nReturn &c + &(c + '*2')", "15"},
	{"macro with a suffix", "Local c := 'x'\nPrivate x1 := 5\nPrivate ax := 6\nReturn {&c.1, a&c}", "{5,6}"},
	{"assign by macro", "Local c := 'x'\nPrivate x := 5\n&c := 6\n&c += 2\n&(c)++\nReturn x", "9"},
	{"macro call", "User Function T()\nLocal c := 'F1'\nReturn {&c(3), &('F1')(4), &c.(5)}\nFunction F1(x)\nReturn x * 2", "{6,8,10}"},
	{"macro of a block", "Local b := &('{|x| x + 1}')\nReturn Eval(b, 4)", "5"},
	{"macro to memory variable", "Local c := 'x'\nM->&c := 3\nReturn M->x + M->&(c)", "6"},
	{"macro of a call", "User Function T()\nReturn &('U_G(2)')\nUser Function G(x)\nReturn x + 1", "3"},
	{"macro assigns an element", "Private a := {1, 2}\n&('a[2]') := 7\nReturn a", "{1,7}"},
	{"macro does not see locals", "Local x := 5\nReturn &('x')", "error: "},

	// Literals in blocks of code.
	{"comma list", "Local a\nReturn (a := 1, a + 1)", "2"},
	{"if with effects", "Local n := 0\nIf(n == 0, (n := 1, n++), n := 9)\nReturn n", "2"},
}

// tlppBehaviours are the same for TLPP.
var tlppBehaviours = []struct{ name, text, want string }{
	// Handlers.
	{"try", "Local c := ''\nTry\nc += 'a'\nCatch e\nc += 'b'\nEndTry\nReturn c", "a"},
	{"catch", "Local c := ''\nLocal e\nTry\nc += 'a'\nc += 1 + 'a'\nCatch e\nc += ValType(e)\nEndTry\nReturn c", "aO"},
	{"throw", "Local e\nTry\nThrow 5\nCatch e\nReturn e + 1\nEndTry\nReturn 0", "6"},
	{"finally", "Local c := ''\nTry\nc += 'a'\nFinally\nc += 'f'\nEndTry\nReturn c", "af"},
	{"catch and finally", "Local c := '', e\nTry\nThrow 1\nCatch e\nc += 'c'\nFinally\nc += 'f'\nEndTry\nReturn c", "cf"},
	{"throw in catch", "Local c := '', e\nTry\nTry\nThrow 1\nCatch e\nc += 'c'\nThrow 2\nFinally\nc += 'f'\nEndTry\nCatch e\nc += Str(e, 1)\nEndTry\nReturn c", "cf2"},
	{"return value before finally", "User Function T()\nPrivate c := ''\nLocal n := F()\nReturn {n, c}\nStatic Function F()\nLocal n := 1\nTry\nReturn n\nFinally\nn := 2\nc += 'f'\nEndTry\nReturn 3", "{1,f}"},
	{"return in finally", "Local n := 1\nTry\nThrow 1\nFinally\nReturn 5\nEndTry\nReturn 3", "5"},
	{"loop and exit through finally", "Local n, c := ''\nFor n := 1 To 4\nTry\nIf n == 2\nLoop\nEndIf\nIf n == 3\nExit\nEndIf\nc += Str(n, 1)\nFinally\nc += 'f'\nEndTry\nNext\nReturn c", "1fff"},
	{"return through nested finally", "User Function T()\nPrivate c := ''\nF()\nReturn c\nStatic Function F()\nTry\nTry\nReturn 1\nFinally\nc += 'a'\nEndTry\nFinally\nc += 'b'\nEndTry\nReturn 0", "ab"},
	{"finally sees locals of catch", "User Function T()\nPrivate c := ''\nF()\nReturn c\nStatic Function F()\nLocal e\nTry\nLocal a := 'a'\nReturn 1\nCatch e\nLocal b := 'b'\nFinally\nc += a + ValType(b)\nEndTry\nReturn 0", "aU"},
	{"break passes try", "Local c := '', e\nBegin Sequence\nTry\nBreak 7\nCatch e\nc += 'c'\nFinally\nc += 'f'\nEndTry\nRecover Using e\nc += Str(e, 1)\nEnd Sequence\nReturn c", "f7"},
	{"always", "Local c := '', e\nBegin Sequence\nBreak 7\nRecover Using e\nc += 'r'\nAlways\nc += 'a'\nEnd Sequence\nReturn c", "ra"},
	{"with", "Local c := '', e\nBegin Sequence With {|x| Break(x)}\nc += 1 + 'a'\nRecover Using e\nc += ValType(e)\nEnd Sequence\nTry\nc += 1 + 'a'\nCatch e\nc += 'c'\nEndTry\nReturn c", "Oc"},
	{"transaction", "Local n\nFor n := 1 To 3\nBegin Transaction\nIf n == 2\nLoop\nEndIf\nEnd Transaction\nNext\nReturn n", "4"},

	// Arguments.
	{"named arguments", "User Function T()\nReturn F(1, z = 3)\nStatic Function F(x, y, z)\nReturn {x, y, z}", "{1,NIL,3}"},
	{"a visible name compares", "User Function T()\nLocal z := 3\nReturn F(1, z = 3)\nStatic Function F(x, y)\nReturn {x, y}", "{1,.T.}"},
	{"rest", "User Function T()\nReturn F(1, 2, 3)\nStatic Function F(x, ...)\nReturn {x, {...}, G(0, ...)}\nStatic Function G(a, b, c)\nReturn {a, b, c}", "{1,{2,3},{0,2,3}}"},
	{"default of a parameter", "User Function T()\nReturn {F(), F(1)}\nStatic Function F(x := 5, y := x + 1)\nReturn {x, y}", "{{5,6},{1,2}}"},
	{"typed", "Local n := 1 As Numeric\nLocal c As Character\nReturn {n, c}", "{1,NIL}"},
	{"names in full", "Private nLongNameOne2 := 6\nLocal nLongNameOne1 := 5\nReturn nLongNameOne2", "6"},
	{"loop declares", "Local c := ''\nFor Local i := 1 To 2\nc += Str(i, 1)\nNext\nFor Local i := 3 To 4\nc += Str(i, 1)\nNext\nReturn c", "1234"},

	// JSON.
	{"json", "Local o := {'a': 1, 'b': {'c': 2}}\no['a'] += 5\no['b']['c']++\nReturn {o['a'], o['b']['c']}", "{6,3}"},
	{"json object", "Local o := JsonObject():New()\no['x'] := {1, 2}\no['x'][1] := 5\nReturn o['x']", "{5,2}"},

	// Classes.
	{"class", classText + "User Function T()\nLocal o := Counter():New(5)\no:Add(2):Add(3)\nReturn {o:nCount, o:Get(), Counter():nMade}", "{10,10,1}"},
	{"inheritance", classText + "User Function T()\nLocal o := Twice():New(1)\no:Add(2)\nReturn {o:nCount, o:Get()}", "{5,-5}"},
	{"compound of a member", classText + "User Function T()\nLocal o := Counter():New(5)\no:nCount += 2\no:nCount++\nReturn o:nCount--", "8"},
	{"member by reference", classText + "User Function T()\nLocal o := Counter():New(5)\nF(@o:nCount)\nReturn o:nCount\nStatic Function F(x)\nx := 1\nReturn", "1"},
	{"member by macro", classText + "User Function T()\nLocal o := Counter():New(5), c := 'Count'\no:&('n' + c) += 1\nReturn {o:&('n' + c), o:&('Get')()}", "{6,6}"},
	{"self in a block", classText + "User Function T()\nLocal o := Counter():New(5)\nReturn Eval(o:Block(), 2)", "7"},
	{"namespace", "namespace a.b\nUser Function T()\nReturn {F(), a.b.F(), a.b.C():New():x}\nFunction F()\nReturn 5\nClass C\nPublic Data x Init 7\nPublic Method New() Constructor\nEndClass\nMethod New() Class C\nReturn Self", "{5,5,7}"},
}

const classText = `Class Counter
	Public Data nCount
	Public Static Data nMade Init 0
	Public Method New(n) Constructor
	Public Method Add(n)
	Public Method Get()
	Public Method Block()
EndClass
Method New(n) Class Counter
	::nCount := n
	::nMade += 1
Return
Method Add(n) Class Counter
	::nCount += n
Return Self
Method Get() Class Counter
Return ::nCount
Method Block() Class Counter
Return {|n| ::nCount + n}
Class Twice From Counter
	Public Method New(n) Constructor
	Public Method Add(n)
	Public Method Get()
EndClass
Method New(n) Class Twice
	_Super:New(n)
Method Add(n) Class Twice
	_Super:Add(n * 2)
Return Self
Method Get() Class Twice
Return -_Super:Get()
`

// wholeSource returns a whole source for the text of a behaviour.
func wholeSource(text string) string {
	if strings.Contains(text, "Function") {
		return text
	}
	return "User Function T()\n" + text
}
