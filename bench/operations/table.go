package main

// operation is a function of operations.prw.
type operation struct {
	name    string
	what    string
	harbour float64 // what a turn takes there, in nanoseconds; 0: not known
}

// operations are timed in this order. Harbour's figures are those of one run of its
// own benchmark on a machine of the same class, with steps of 10 ns; they are known
// only of some operations, and stand at all of a kind.
var operations = []operation{
	{"LocalText", "local, string", 20},
	{"LocalNum", "local, number", 20},
	{"LocalDate", "local, date", 20},
	{"StaticText", "static, string", 0},
	{"StaticNum", "static, number", 0},
	{"StaticDate", "static, date", 0},
	{"PrivText", "private, string", 10},
	{"PrivNum", "private, number", 10},
	{"PrivDate", "private, date", 10},
	{"PublText", "public, string", 0},
	{"PublNum", "public, number", 0},
	{"PublDate", "public, date", 0},
	{"FieldText", "field, string", 40},
	{"FieldNum", "field, number", 40},
	{"FieldDate", "field, date", 40},
	{"Property", "data of an object", 50},
	{"Element", "element of an array", 30},
	{"Rounding", "`Round` of a quotient", 0},
	{"NumToText", "`Str` of a quotient", 90},
	{"TextToNum", "`Val`", 0},
	{"ElemToNum", "`Val` of an element", 0},
	{"DateToText", "`DToS` of a difference", 0},
	{"BlockMade", "`Eval` of a block made each turn, with a captured variable", 0},
	{"BlockKept", "`Eval` of a kept block with a captured variable", 60},
	{"ArgMade", "`Eval` of a block made each turn, with an argument", 0},
	{"ArgKept", "`Eval` of a kept block with an argument", 60},
	{"CallMade", "`Eval` of a block made each turn that calls a function", 0},
	{"CallKept", "`Eval` of a kept block that calls a function", 90},
	{"CallMacro", "`Eval` of a block made once by a macro, that calls a function", 90},
	{"MacroCall", "macro with another text each turn, that calls a function", 540},
	{"MacroBlock", "macro that makes a block, and its `Eval`", 0},
	{"TypeNames", "two `ValType`, joined", 0},
	{"Within", "`StrZero` $ element", 0},
	{"Exactly", "element == string", 0},
	{"Equal", "element = string", 0},
	{"AtLeast", "element >= string", 0},
	{"AtMost", "element <= string", 0},
	{"Below", "element < string", 0},
	{"Above", "element > string", 0},
	{"Scan", "`AScan` of 16 numbers", 0},
	{"ScanBlock", "`AScan` of 16 numbers with a block that finds one, half way on the average", 560},
	{"AddRow", "`AAdd` of an array of 7, two of them arrays", 220},
	{"ArrayCopy", "local, array", 20},
	{"ArrayNew", "empty array", 0},
	{"CallNone", "call without arguments", 30},
	{"CallOne", "call with one argument", 40},
	{"CallNine", "call with nine arguments", 100},
	{"TextShort", "call with a short string", 40},
	{"TextLong", "call with a string of 48,000 bytes", 40},
	{"TextByRef", "the same by reference", 0},
	{"RefAndCopy", "the same by reference, and a copy", 0},
	{"PassArray", "call with an array", 40},
	{"GetArray", "call that returns an array of 8", 0},
	{"GetText", "call that returns `Space(40)`", 0},
	{"Blanks", "`Space(16)`", 0},
	{"PrivMade", "call that makes a private", 100},
}
