package preproc

import (
	"fmt"
	"strings"
	"testing"
)

// kinds has one spelling of each kind of token.
var kinds = map[Kind]string{
	EOF: "EOF", EOL: "EOL", Semi: ";", Ident: "name", Number: "number", String: "string", SQL: "SQL",
	LParen: "(", RParen: ")", LBracket: "[", RBracket: "]", LBrace: "{", RBrace: "}", Comma: ",", Colon: ":",
	DColon: "::", Dot: ".", Ellipsis: "...", Bar: "|", At: "@", Amp: "&", Question: "?", Hash: "#", Dollar: "$",
	Arrow: "->", FatArrow: "=>", Assign: ":=", Eq: "=", ExactEq: "==", NotEq: "<>", Less: "<", LessEq: "<=",
	Greater: ">", GreaterEq: ">=", Plus: "+", Minus: "-", Star: "*", Slash: "/", Percent: "%", Power: "^",
	PlusPlus: "++", MinusMinus: "--", PlusAssign: "+=", MinusAssign: "-=", StarAssign: "*=", SlashAssign: "/=",
	PctAssign: "%=", PowAssign: "^=", Not: "!", And: "and", Or: "or", True: "true", False: "false",
	Backslash: `\`, Tilde: "~", Backquote: "`", Illegal: "illegal",
}

// describe prints tokens without the EOF: names, numbers, strings and SQL by
// their text, others by their kind. A dash before one says that it adjoins.
func describe(tokens []Token) string {
	var all []string
	for _, t := range tokens[:len(tokens)-1] {
		s := kinds[t.Kind]
		switch t.Kind {
		case Ident, Number, Illegal:
			s = t.Text
		case String:
			s = string(t.Quote) + t.Text + string(t.Quote)
		case SQL:
			s = "<" + t.Text + ">"
		}
		if !t.Space && t.Kind != EOL {
			s = "-" + s
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func TestLex(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"\n \n\t\n", ""},
		{"a b_1 _c ação", "a b_1 _c a\xe7\xe3o EOL"},
		{"a\xa0b\x1a", "a b EOL"},
		{"12 1.5 .5 0xFf 0x 1.", "12 1.5 .5 0xFf 0 -x 1. EOL"},
		{"1.and.2 1..or.2 1.5.5 3D 1..2", "1 -and -2 1. -or -2 1.5 -.5 3 -D 1 -. -.2 EOL"},
		{"1.a {1, ...}", "1 -. -a { -1 -, ... -} EOL"},
		{`'a"b' "c'd" "" ""''`, `'a"b' "c'd" "" "" -'' EOL`},
		{".T. .f. .Y. .n. .AND. .Or. .not. .x.", "true false true false and or ! . -x -. EOL"},
		{"a.and.b!x.or.y==.f.", "a -and -b -! -x -or -y -== -false EOL"},
		{"Return.T.", "Return -true EOL"},
		{"app.t.load .t.x (a).t.", "app -. -t -. -load true -x ( -a -) -true EOL"},
		{"&x.5 &x.y &(x).y &x. 5", "& -x -. -5 & -x -. -y & -( -x -) -. -y & -x -. 5 EOL"},
		{"( ) [ ] { } , : :: . ... | @ & ? # $ -> =>", "( ) [ ] { } , : :: . ... | @ & ? # $ -> => EOL"},
		{":= = == != <> < <= > >= + - x * / % ^ **", ":= = == <> <> < <= > >= + - x * / % ^ ^ EOL"},
		{"++ -- += -= *= /= %= ^= **= ! \\ ~ `", "++ -- += -= *= /= %= ^= ^= ! \\ ~ ` EOL"},
		{"\x01 a", "\x01 a EOL"},
		{"a:=b--c->d", "a -:= -b --- -c --> -d EOL"},
		{"a // x\nb && y\nc /* z\nz */ d", "a EOL b EOL c d EOL"},
		{"/*/ x /*/ a", "a EOL"},
		{"* x\n\t ** y\na", "a EOL"},
		{"a ;\n* b", "a * b EOL"},
		{"a ; // c\n b ;/* d */\n c; && e\nd", "a b c d EOL"},
		{"a ;\n\n// x\n  b", "a b EOL"},
		{"a ; /* x\n */ b", "a b EOL"},
		{"a ; b;; \nc ;;", "a ; b -; c ; EOL"},
		{"a ;", "a EOL"},
		{";\n# a", "# a EOL"},
		{"# a", "# a EOL"},
		{"BeginSql alias x\n select '\n\n*\nENDSQL\na", "BeginSql alias x EOL < select '> <> <*> ENDSQL EOL a EOL"},
		{"beginsql alias x;\n\nselect\nendsqlx\n endSql", "beginsql alias x select EOL <endsqlx> endSql EOL"},
		{"BeginSql()\na", "BeginSql -( -) EOL a EOL"},
		{"BeginSql alias x\nselect", "BeginSql alias x EOL <select>"},
		{"a ; BeginSql x\nb", "a ; BeginSql x EOL b EOL"},
	} {
		tokens, found := Lex(file(t, "x.prw", c.text))
		if got := describe(tokens); got != c.want || found != nil {
			t.Errorf("Lex(%q) = %q, %v; want %q", c.text, got, found, c.want)
		}
	}
}

func TestLexFindings(t *testing.T) {
	for _, c := range []struct{ text, tokens, want string }{
		{"a 'b\nc", "a 'b' EOL c EOL", "x.prw:1:3: string is not closed"},
		{"a := \"b' ;\nc", "a := \"b' ;\" EOL c EOL", "x.prw:1:6: string is not closed"},
		{"'", "'' EOL", "x.prw:1:1: string is not closed"},
		{"a\n b /* c\nd", "a EOL b EOL", "x.prw:2:4: unterminated comment"},
		{"/*", "", "x.prw:1:1: unterminated comment"},
		{"/*/", "", "x.prw:1:1: unterminated comment"},
		{"a ; /* b", "a EOL", "x.prw:1:5: unterminated comment"},
	} {
		tokens, found := Lex(file(t, "x.prw", c.text))
		if got := describe(tokens); got != c.tokens {
			t.Errorf("Lex(%q) = %q; want %q", c.text, got, c.tokens)
		}
		if len(found) != 1 || fmt.Sprintf("%v: %s", found[0].Pos, found[0].Message) != c.want {
			t.Errorf("Lex(%q) found %v; want %s", c.text, found, c.want)
		}
	}
}

func TestLexPlaces(t *testing.T) {
	tokens, _ := Lex(file(t, "x.prw", "a /*\n*/ b ;\n\tc\n'd'"))
	var got []string
	for _, k := range tokens {
		got = append(got, fmt.Sprintf("%s%d:%d", k.Text, k.Pos.Line, k.Pos.Col))
	}
	if want := "a1:1 b2:4 c3:2 3:3 d4:1 4:4 4:4"; strings.Join(got, " ") != want {
		t.Errorf("places = %q; want %q", got, want)
	}
}

func TestLexAllocations(t *testing.T) {
	f := file(t, "x.prw", benchSource(1000))
	if n := testing.AllocsPerRun(10, func() { Lex(f) }); n > 10 {
		t.Errorf("Lex of 1000 lines allocates %v times; want 10 at most", n)
	}
}

func TestWrite(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a;b ; c", "a\nb\nc\n"},
		{"\tIf a ; b ; EndIf", "\tIf a\n\tb\n\tEndIf\n"},
		{";;a;;;\nb", "a\nb\n"},
		{"a;* b", "a\n;\n* b\n"},
		{"a ;\n* b", "a * b\n"},
		{"a;BeginSql x", "a ; BeginSql x\n"},
		{"BeginSql Alias x\n  a b\nEndSql", "BeginSql Alias x\n  a b\nEndSql\n"},
		{"x:=-1--2 - -3", "x:=-1--2 - -3\n"},
		{"'a' \"b\" '\"'", "'a' \"b\" '\"'\n"},
		{"a 'b", "a 'b'\n"},
	} {
		tokens, _ := Lex(file(t, "x.prw", c.text))
		if got := printed(t, tokens); got != c.want {
			t.Errorf("Write(%q) = %q; want %q", c.text, got, c.want)
		}
	}
}

func TestWriteMadeTokens(t *testing.T) {
	ident := func(s string) Token { return Token{Kind: Ident, Text: s} }
	for _, c := range []struct {
		tokens []Token
		want   string
	}{
		{[]Token{ident("a"), ident("b")}, "a b\n"},
		{[]Token{ident("a"), {Kind: Minus, Text: "-"}, {Kind: Minus, Text: "-"}, {Kind: Number, Text: "1"}}, "a- -1\n"},
		{[]Token{{Kind: Number, Text: "1"}, {Kind: Dot, Text: "."}, ident("a")}, "1 . a\n"},
		{[]Token{{Kind: Slash, Text: "/"}, {Kind: Star, Text: "*"}}, "/ *\n"},
		{[]Token{{Kind: Amp, Text: "&"}, {Kind: Amp, Text: "&"}}, "& &\n"},
		{[]Token{{Kind: Less, Text: "<"}, {Kind: Eq, Text: "="}}, "< =\n"},
		{[]Token{{Kind: String, Text: `a'b"c`, Quote: '"'}}, `("a'b" + '"c')` + "\n"},
		{[]Token{{Kind: String, Text: `'"`, Quote: '"'}}, `("'" + '"')` + "\n"},
	} {
		if got := printed(t, c.tokens); got != c.want {
			t.Errorf("Write(%v) = %q; want %q", c.tokens, got, c.want)
		}
	}
}
