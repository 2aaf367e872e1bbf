package preproc

import "appserver/internal/advpl/source"

// Kind is the kind of a token.
type Kind uint8

const (
	EOF  Kind = iota
	EOL       // end of a line that ends a statement
	Semi      // ; between two statements of one line

	Ident  // Text as written; letters are those of ASCII, _ and all bytes from 0x80
	Number // Text as written: 12, 1.5, .5, 1., 0xFF
	String // Text is the value, without quotes; Quote is the quote
	SQL    // Text is one raw line between BeginSql … and EndSql

	LParen   // (
	RParen   // )
	LBracket // [
	RBracket // ]
	LBrace   // {
	RBrace   // }
	Comma    // ,
	Colon    // :
	DColon   // ::
	Dot      // .
	Ellipsis // ...
	Bar      // |
	At       // @
	Amp      // &
	Question // ?
	Hash     // # (not equal, where it begins no directive)
	Dollar   // $
	Arrow    // ->
	FatArrow // =>

	Assign      // :=
	Eq          // =
	ExactEq     // ==
	NotEq       // != <>
	Less        // <
	LessEq      // <=
	Greater     // >
	GreaterEq   // >=
	Plus        // +
	Minus       // -
	Star        // *
	Slash       // /
	Percent     // %
	Power       // ^ **
	PlusPlus    // ++
	MinusMinus  // --
	PlusAssign  // +=
	MinusAssign // -=
	StarAssign  // *=
	SlashAssign // /=
	PctAssign   // %=
	PowAssign   // ^= **=
	Not         // ! .NOT.
	And         // .AND.
	Or          // .OR.
	True        // .T. .Y.
	False       // .F. .N.
	Backslash   // \ (only inside directives and rules)
	Tilde       // ~
	Backquote   // `
	Illegal     // a byte that begins no token; Text is the byte
)

// Token is one token of the preprocessed text.
type Token struct {
	Kind  Kind
	Quote byte   // of a String: ' or "
	Space bool   // white space, a comment or a line's beginning stands before it
	Text  string // as written but for String; see the kinds
	Pos   source.Pos
}
