package syntax

import (
	"testing"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// decode makes a source of text.
func decode(tb testing.TB, name, text string) *source.File {
	tb.Helper()
	f, findings := source.Decode(name, []byte(text))
	if findings.Failed() {
		tb.Fatalf("Decode(%q) = %v", text, findings)
	}
	return f
}

// parseExpr parses text as an expression and returns it and the first error.
func parseExpr(tb testing.TB, name, text string) (Expr, string) {
	tb.Helper()
	f := decode(tb, name, text)
	tokens, findings := preproc.Lex(f)
	x, more := ParseExpr(f, tokens)
	if findings = append(findings, more...); len(findings) > 0 {
		return x, findings[0].Message
	}
	return x, ""
}

func TestExpr(t *testing.T) {
	tests := []struct{ text, want string }{
		// Precedence, weakest first.
		{"a .Or. b .And. c", "(a .Or. (b .And. c))"},
		{"a .And. b .Or. c", "((a .And. b) .Or. c)"},
		{".Not. a .And. b", "((!a) .And. b)"},
		{"!a == b", "(!(a == b))"},
		{"!a:b() $ c", "(!(a:b() $ c))"},
		{"a == !b", "(a == (!b))"},
		{"a = b = c", "((a = b) = c)"},
		{"a < b + c", "(a < (b + c))"},
		{"a + b - c", "((a + b) - c)"},
		{"a + b * c", "(a + (b * c))"},
		{"a * b / c % d", "(((a * b) / c) % d)"},
		{"a * b ^ c", "(a * (b ^ c))"},
		{"a ^ b ** c", "((a ^ b) ^ c)"},
		{"-a ^ b", "((-a) ^ b)"},
		{"-a * b", "((-a) * b)"},
		{"a - -b", "(a - (-b))"},
		{"- -a", "(-(-a))"},
		{"!!a", "(!(!a))"},
		{"-a:b", "(-a:b)"},
		{"a # b <> c != d", "(((a # b) != c) != d)"},
		{"a <= b >= c", "((a <= b) >= c)"},
		{"a $ b + c", "(a $ (b + c))"},
		// Assignment.
		{"a := b := c", "a := b := c"},
		{"a += b -= c", "a += b -= c"},
		{"a *= 1 + 2", "a *= (1 + 2)"},
		{"a .And. b := c .Or. d", "(a .And. b := (c .Or. d))"},
		{"a[1] := b", "a[1] := b"},
		{"o:p /= 2", "o:p /= 2"},
		{"A->B ^= 2", "A->B ^= 2"},
		{"&x := 1", "&x := 1"},
		{"&(x + y) := 1", "&(x + y) := 1"},
		{"(a) := 1", "(a) := 1"},
		{"(cAlias)->A1_X := 1", "(cAlias)->A1_X := 1"},
		// Increments.
		{"++a + b++", "(++a + b++)"},
		{"a-- - --b", "(a-- - --b)"},
		{"o:n++", "o:n++"},
		{"::n--", "Self:n--"},
		{"++a[1]", "++a[1]"},
		// Literals.
		{"12", "12"}, {"1.50", "1.50"}, {".5", ".5"}, {"0x1F", "0x1F"},
		{"'a' + \"b'\"", `("a" + "b'")`},
		{".T. .Or. .N.", "(.T. .Or. .F.)"},
		{"nil", "NIL"}, {"Nil", "NIL"},
		// Lists.
		{"{}", "{}"}, {"{1,,2}", "{1, , 2}"}, {"{,}", "{, }"}, {"{{1},{2}}", "{{1}, {2}}"},
		{`{"k": v, "l": {"m": 1}}`, `{"k": v, "l": {"m": 1}}`},
		{"(a, b := 1, c())", "(a, b := 1, c())"},
		{"{|| ()}", "{|| (NIL)}"}, {"a->()", "a->(NIL)"},
		{"a[1][2, 3]", "a[1][2, 3]"},
		{`x["k"]["j"]`, `x["k"]["j"]`},
		{"((a)) + ((a + b))", "(((a)) + ((a + b)))"},
		// Calls.
		{"f()", "f()"}, {"f(,,1)", "f(, , 1)"}, {"f(,)", "f(, )"}, {"f(a,)", "f(a, )"},
		{"f(@a, @o:b, @c[1])", "f(@a, @o:b, @c[1])"},
		{"f(...)", "f(...)"}, {"{...}", "{...}"},
		{"a.b.f(1)", "a.b.f(1)"},
		{"a.b.Cls():New():x", "a.b.Cls():New():x"},
		{"If(a, b, c)", "IIf(a, b, c)"}, {"IIf(a,,b)", "IIf(a, , b)"}, {"if(a, b)", "IIf(a, b, )"},
		{"If(c, (n := 1, o:End()), n := 0)", "IIf(c, (n := 1, o:End()), n := 0)"},
		{"f(p = 1)", "f((p = 1))"},
		// Members.
		{"x:y:z()", "x:y:z()"}, {"x:&(n)", "x:&(n)"}, {"x:&n()", "x:&n()"},
		{"::x", "Self:x"}, {"::x():y", "Self:x():y"}, {"Self:Class", "Self:Class"}, {"::&(n):m", "Self:&(n):m"},
		{"_Super:New(1)", "_Super:New(1)"}, {"Super:New()", "_Super:New()"}, {"::Super:New()", "_Super:New()"},
		{"::_Super:New()", "_Super:New()"}, {"Self:Super:x", "_Super:x"}, {"super + 1", "(super + 1)"},
		{"o:End()", "o:End()"}, {"o:a[1,2]:m()", "o:a[1, 2]:m()"},
		// Aliases.
		{"a->b", "a->b"}, {"(x)->b", "(x)->b"}, {"(x)->(y, z)", "(x)->(y, z)"},
		{"a->(f())", "a->(f())"}, {"a->f(1)", "a->f(1)"}, {"a->&(m)", "a->&(m)"}, {"a->&m", "a->&m"},
		{"&a->b", "&a->b"}, {"M->x", "M->x"}, {"FIELD->x + 1", "(FIELD->x + 1)"},
		{"M->&a+M->&b", "(M->&a + M->&b)"}, {"a->b[1]:c", "a->b[1]:c"}, {"::cA->(x)", "Self:cA->(x)"},
		{"_FIELD->A1->NAME", "A1->NAME"}, {"FIELD->A1->NAME", "A1->NAME"},
		{"a->x&m", "a->x&m"}, {"(a)->(&m)", "(a)->(&m)"}, {"a->(b->c)", "a->(b->c)"},
		// Macros.
		{"&x", "&x"}, {"&x.", "&x"}, {"&x.y", "&x.y"}, {"&x.01", "&x.01"}, {"pre&x.", "pre&x"},
		{"pre&x.suf", "pre&x.suf"}, {"&x.&y", "&x.&y"}, {"&(a + b)", "&(a + b)"},
		{"&x.(1)", "&x(1)"}, {"&x(1)", "&x(1)"}, {"&(x)(1, 2)", "&(x)(1, 2)"},
		{"&x[1]", "&x[1]"}, {"&x. + 1", "(&x + 1)"}, {"&x:y", "&x:y"}, {`&("{|| " + c + "}")`, `&(("{|| " + c) + "}")`},
		// Blocks.
		{"{|| }", "{|| }"}, {"{||x}", "{|| x}"}, {"{|a,b| x, y := a}", "{|a, b| x, y := a}"},
		{"{|a As Numeric, b| {|c| a + c}}", "{|a as Numeric, b| {|c| (a + c)}}"},
		{"{|...| f(...)}", "{|...| f(...)}"}, {"{|a, ...| a}", "{|a, ...| a}"}, {"{|x|::y}", "{|x| Self:y}"},
		{"Eval({|e| Break(e)}, a)", "Eval({|e| Break(e)}, a)"},
		// Keywords are names.
		{"next + end * case", "(next + (end * case))"},
		{"Return(1) + data", "(Return(1) + data)"},
		{"o:Default:If:While()", "o:Default:If:While()"},
		{"class():method:New(function)", "class():method:New(function)"},
		// A list.
		{"a, b, c", "(a, b, c)"},
	}
	for _, tt := range tests {
		x, message := parseExpr(t, "x.prw", tt.text)
		if got := exprText(x); got != tt.want || message != "" {
			t.Errorf("ParseExpr(%q) = %s %s; want %s", tt.text, got, message, tt.want)
		}
	}
}

func TestNamedArguments(t *testing.T) {
	tests := []struct{ text, want string }{
		{"f(p = 1)", "f(p = 1)"},
		{"f(p = 1, q = a + b)", "f(p = 1, q = (a + b))"},
		{"f(p == 1)", "f((p == 1))"},
		{"f(o:p = 1)", "f((o:p = 1))"},
		{"f(p = 1 .And. q)", "f(((p = 1) .And. q))"},
		{"o:m(p = 1)", "o:m(p = 1)"},
		{"IIf(p = 1, 2, 3)", "IIf((p = 1), 2, 3)"},
	}
	for _, tt := range tests {
		x, message := parseExpr(t, "x.tlpp", tt.text)
		if got := exprText(x); got != tt.want || message != "" {
			t.Errorf("ParseExpr(%q) = %s %s; want %s", tt.text, got, message, tt.want)
		}
	}
}

func TestExprErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "found the end of the file, expected an expression"},
		{"a +", "found the end of the line, expected an expression"},
		{"a b", "found b, expected an operator or the end"},
		{"f(a", "found the end of the line, expected , or )"},
		{"f(a b)", "found b, expected , or )"},
		{"{1, 2", "found the end of the line, expected , or }"},
		{"{|a b}", "found b, expected |"},
		{"a[1", "found the end of the line, expected , or ]"},
		{"a[]", "found ], expected an index"},
		{"&()b", "found b, expected an operator or the end"},
		{"o:1", "found 1, expected the name of a member"},
		{"a->1", "found 1, expected a field's name or ( after ->"},
		{"&1", "found 1, expected a name or ( after &"},
		{"f() := 1", "cannot assign to the call of f: expected a variable, a field, an element or a member"},
		{"1 := 1", "cannot assign to a constant: expected a variable, a field, an element or a member"},
		{"++1", "cannot assign to a constant: expected a variable, a field, an element or a member"},
		{"IIf(a)", "IIf needs a condition and one or two values, found 1 arguments"},
		{"a.b", "found ., expected an operator or the end"},
		{"a ~ b", "found ~, expected an operator or the end"},
	}
	for _, tt := range tests {
		if _, got := parseExpr(t, "x.prw", tt.text); got != tt.want {
			t.Errorf("ParseExpr(%q) = %s; want %s", tt.text, got, tt.want)
		}
	}
}
