package vm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"appserver/internal/advpl/code"
)

// opTests assemble a function TEST, which is called with args, and say what it
// returns: a value, or "error: " and the text of an error. The constants are k, the
// names n; blocks are in blocks.
var opTests = []struct {
	name   string
	src    string
	params int
	refs   []bool
	args   []Value
	k      []any
	n      []string
	blocks []string // text; the first word is the number of parameters, then captures "r0", "u0"
	named  []code.NamedCall
	want   string
}{
	{name: "loads", src: `NOP|LOADK 0 0|LOADINT 1 -70000|LOADL 2 1|MOVE 3 0|LOADK 4 0|LOADNIL 4 1|NEWARRAY 0 0 5|RET 0`,
		k: []any{"a"}, want: `{"a", -70000, .T., "a", NIL}`},
	{name: "registers begin as NIL", src: `NEWARRAY 0 0 5|RET 0`, want: `{NIL, NIL, NIL, NIL, NIL}`},
	{name: "RETNIL", src: `RETNIL`, want: `NIL`},

	{name: "BOX keeps the value", src: `LOADINT 0 7|BOX 0|LOADREF 1 0|RET 1`, want: `7`},
	{name: "STOREREF to a cell", src: `LOADINT 0 7|BOX 0|LOADINT 1 8|STOREREF 0 1|LOADREF 2 0|RET 2`, want: `8`},
	{name: "STOREREF to no reference", src: `LOADINT 1 8|STOREREF 0 1|RET 0`, want: `8`},
	{name: "LOADREF of no reference", src: `LOADINT 1 8|LOADREF 0 1|RET 0`, want: `8`},
	{name: "REFLOCAL", src: `LOADINT 0 1|REFLOCAL 2 0|CALLR 1 1 0|LOADREF 3 0|RET 3`, n: []string{"SETTO9"}, want: `9`},
	{name: "REFSTATIC", src: `REFSTATIC 2 0|CALLR 1 1 0|GETSTATIC 3 0|RET 3`, n: []string{"SETTO9"}, want: `9`},
	{name: "REFVAR", src: `LOADINT 0 1|PRIVATE 0 1|REFVAR 2 1|CALLR 1 1 0|GETVAR 3 1|RET 3`, n: []string{"SETTO9", "X"}, want: `9`},
	{name: "REFVAR of none", src: `REFVAR 2 0|RET 2`, n: []string{"X"}, want: `error: variable does not exist X`},
	{name: "REFVARX", src: `LOADINT 0 1|PRIVATE 0 1|LOADK 4 0|REFVARX 2 4|CALLR 1 1 0|GETVAR 3 1|RET 3`,
		k: []any{"x"}, n: []string{"SETTO9", "X"}, want: `9`},
	{name: "REFINDEX", src: `LOADINT 0 5|NEWARRAY 0 0 1|LOADINT 1 1|REFINDEX 3 0 1|CALLR 2 1 0|RET 0`, n: []string{"SETTO9"}, want: `{9}`},
	{name: "REFINDEX out of bounds", src: `NEWARRAY 0 0 0|LOADINT 1 1|REFINDEX 3 0 1|RET 0`, want: `error: array out of bounds [1] of [0]`},
	{name: "REFPROP", src: `CALL 0 0 1|REFPROP 3 0 2|CALLR 2 1 0|GETPROP 1 0 2|RET 1`, n: []string{"SETTO9", "BOXED", "V"}, want: `9`},
	{name: "a reference to a plain parameter is its value", src: `LOADINT 0 5|REFLOCAL 2 0|CALLR 1 1 0|RET 1`, n: []string{"IDENT"}, want: `5`},
	{name: "a parameter by reference", src: `LOADINT 1 3|STOREREF 0 1|LOADREF 2 0|RET 2`, params: 1, refs: []bool{true}, args: []Value{Int(1)}, want: `3`},

	{name: "GETUP, SETUP", src: `BOX 0|LOADINT 1 1|STOREREF 0 1|CLOSURE 1 0|EVAL 1 0|LOADREF 2 0|NEWARRAY 1 1 2|RET 1`,
		blocks: []string{"0 r0; GETUP 0 0|ADDK 0 0 0|SETUP 0 0|RET 0"}, k: []any{10}, want: `{11, 11}`},
	{name: "REFUP", src: `BOX 0|CLOSURE 1 0|EVAL 1 0|LOADREF 2 0|RET 2`, n: []string{"SETTO9"},
		blocks: []string{"0 r0; REFUP 2 0|CALLR 1 1 0|RETNIL"}, want: `9`},
	{name: "a capture that is a reference to an element", src: `LOADINT 0 5|NEWARRAY 0 0 1|LOADINT 1 1|REFINDEX 3 0 1|CALLR 2 1 0|RET 0`,
		n: []string{"CAPTURES"}, want: `{6}`},
	{name: "statics", src: `GETSTATIC 0 0|LOADINT 1 4|SETSTATIC 1 0|GETSTATIC 1 0|NEWARRAY 0 0 2|RET 0`, want: `{NIL, 4}`},

	{name: "undeclared variable", src: `GETVAR 0 0|RET 0`, n: []string{"X"}, want: `error: variable does not exist X`},
	{name: "assignment makes a private", src: `LOADINT 0 3|SETVAR 0 0|GETVAR 1 0|RET 1`, n: []string{"X"}, want: `3`},
	{name: "a private ends with its function", src: `CALL 0 0 0|GETMEM 0 1|RET 0`, n: []string{"MAKESX", "X"}, want: `error: variable does not exist X`},
	{name: "a private hides another", src: `LOADINT 0 3|PRIVATE 0 1|CALL 1 0 0|GETVAR 2 1|NEWARRAY 0 1 2|RET 0`,
		n: []string{"MAKESX", "X"}, want: `{1, 3}`},
	{name: "a called function sees privates", src: `LOADINT 0 3|PRIVATE 0 1|CALL 1 0 0|RET 1`, n: []string{"READSX", "X"}, want: `3`},
	{name: "SETMEM, GETMEM", src: `LOADINT 0 3|SETMEM 0 0|GETMEM 1 0|RET 1`, n: []string{"X"}, want: `3`},
	{name: "PUBLIC", src: `PUBLIC 0|GETVAR 0 0|RET 0`, n: []string{"X"}, want: `.F.`},
	{name: "PUBLIC of a name in use", src: `LOADINT 0 3|PRIVATE 0 0|PUBLIC 0|GETVAR 0 0|RET 0`, n: []string{"X"}, want: `3`},
	{name: "names in strings", src: `LOADK 0 0|LOADINT 1 4|PRIVATEX 1 0|GETVARX 2 0|LOADINT 1 5|SETVARX 0 1|GETVARX 3 0|NEWARRAY 0 2 2|RET 0`,
		k: []any{" abc "}, want: `{4, 5}`},
	{name: "PUBLICX", src: `LOADK 0 0|PUBLICX 0|GETVARX 1 0|RET 1`, k: []any{"abc"}, want: `.F.`},
	{name: "a string that is no name", src: `LOADK 0 0|GETVARX 1 0|RET 1`, k: []any{"a b"}, want: `error: "A B" is not a name`},
	{name: "a name that is no string", src: `LOADINT 0 1|GETVARX 1 0|RET 1`, want: `error: type mismatch on name of a variable`},

	{name: "fields", src: `LOADK 0 0|LOADINT 1 5|SETFIELD 0 0 1|GETFIELD 2 0 0|GETVAR 3 0|NEWARRAY 0 2 2|RET 0`,
		k: []any{"SA1"}, n: []string{"A1_COD"}, want: `{"SA1->A1_COD=5", "->A1_COD"}`},
	{name: "fields by name", src: `LOADK 0 0|LOADK 1 1|LOADINT 2 6|SETFIELDX 0 1 2|GETFIELDX 3 0 1|RET 3`,
		k: []any{"SA1", "a1_cod"}, want: `"SA1->A1_COD=6"`},
	{name: "AREA", src: `LOADK 0 0|AREA 1 0|LOADK 2 1|AREA 3 2|MOVE 2 3|AREAEND 1|NEWARRAY 0 1 2|RET 0`,
		k: []any{"SA1", "SB1"}, want: `{NIL, "SA1"}`},

	{name: "arithmetic", src: `LOADINT 0 7|LOADINT 1 2|ADD 2 0 1|SUB 3 0 1|MUL 4 0 1|DIV 5 0 1|MOD 6 0 1|POW 7 0 1|NEG 8 0|NEWARRAY 0 2 7|RET 0`,
		want: `{9, 5, 14, 3.5, 1, 49, -7}`},
	{name: "with constants", src: `LOADINT 0 7|ADDK 2 0 0|SUBK 3 0 0|MULK 4 0 0|DIVK 5 0 0|MODK 6 0 0|NEWARRAY 0 2 5|RET 0`,
		k: []any{2}, want: `{9, 5, 14, 3.5, 1}`},
	{name: "strings", src: `LOADK 0 0|LOADK 1 1|ADD 2 0 1|SUB 3 0 1|ADDK 4 1 0|SUBK 5 0 1|NEWARRAY 0 2 4|RET 0`,
		k: []any{"ab ", "c"}, want: `{"ab c", "abc ", "cab ", "abc "}`},
	{name: "ADD of a number and a string", src: `LOADK 0 0|LOADINT 1 1|ADD 2 0 1|RET 2`, k: []any{"a"}, want: `error: type mismatch on +`},
	{name: "DIV by zero", src: `LOADINT 0 1|LOADINT 1 0|DIV 2 0 1|RET 2`, want: `error: zero divisor on /`},
	{name: "DIVK by zero", src: `LOADINT 0 1|DIVK 2 0 0|RET 2`, k: []any{0}, want: `error: zero divisor on /`},
	{name: "overflow", src: `LOADK 0 0|MUL 1 0 0|RET 1`, k: []any{1e200}, want: `error: numeric overflow on *`},
	{name: "NEG of a string", src: `LOADK 0 0|NEG 1 0|RET 1`, k: []any{"a"}, want: `error: type mismatch on -`},
	{name: "NOT", src: `LOADL 0 1|NOT 1 0|NOT 2 1|NEWARRAY 0 1 2|RET 0`, want: `{.F., .T.}`},
	{name: "NOT of a number", src: `LOADINT 0 1|NOT 1 0|RET 1`, want: `error: type mismatch on .NOT.`},
	{name: "TESTL", src: `LOADL 0 1|TESTL 0|TESTL 1|RET 0`, want: `error: type mismatch on logical operator`},
	{name: "TESTN", src: `LOADINT 0 1|TESTN 0|TESTN 1|RET 0`, want: `error: type mismatch on +`},

	{name: "comparison of numbers", src: `LOADINT 0 1|LOADINT 1 2|EQ 2 0 1|EEQ 3 0 1|NE 4 0 1|LT 5 0 1|LE 6 0 1|GT 7 0 1|GE 8 0 1|NEWARRAY 0 2 7|RET 0`,
		want: `{.F., .F., .T., .T., .T., .F., .F.}`},
	{name: "comparison of strings", src: `LOADK 0 0|LOADK 1 1|EQ 2 0 1|EEQ 3 0 1|NE 4 0 1|LT 5 0 1|LE 6 0 1|GT 7 0 1|GE 8 0 1|IN 9 1 0|NEWARRAY 0 2 8|RET 0`,
		k: []any{"abc", "ab"}, want: `{.T., .F., .F., .F., .T., .F., .T., .T.}`},
	{name: "comparison of kinds", src: `LOADK 0 0|LOADINT 1 1|LT 2 0 1|RET 2`, k: []any{"a"}, want: `error: type mismatch on <`},

	{name: "JMP", src: `LOADINT 0 1|JMP >end|LOADINT 0 2|end: RET 0`, want: `1`},
	{name: "LOOP", src: `LOADINT 0 0|top: ADDK 0 0 0|JGEK 0 1 >end|LOOP >top|end: RET 0`, k: []any{1, 5}, want: `5`},
	{name: "JT, JF", src: `LOADL 0 1|LOADINT 1 0|JF 0 >a|ADDK 1 1 0|a: JT 0 >b|ADDK 1 1 1|b: RET 1`, k: []any{1, 10}, want: `1`},
	{name: "JF of a number", src: `LOADINT 0 1|JF 0 >a|a: RET 0`, want: `error: type mismatch on condition`},
	{name: "JNIL, JNNIL", src: `LOADINT 1 0|JNIL 0 >a|ADDK 1 1 0|a: JNNIL 0 >b|ADDK 1 1 1|b: RET 1`, k: []any{1, 10}, want: `10`},

	{name: "FORLOOP", src: `LOADINT 0 1|LOADINT 1 4|LOADINT 2 0|top: ADD 2 2 0|FORLOOP 0 1 >top|NEWARRAY 0 0 3|RET 0`, want: `{5, 4, 10}`},
	{name: "FORLOOPK", src: `LOADINT 0 1|LOADINT 2 0|top: ADD 2 2 0|FORLOOPK 0 0 >top|RET 2`, k: []any{4}, want: `10`},
	{name: "FORLOOP over days", src: `CALL 0 0 0|CALL 1 0 1|LOADINT 2 0|top: ADDK 2 2 0|FORLOOP 0 1 >top|RET 2`,
		k: []any{1}, n: []string{"MONDAY", "FRIDAY"}, want: `5`},
	{name: "FORLOOP to a string", src: `LOADINT 0 1|LOADK 1 0|top: FORLOOP 0 1 >top|RET 0`, k: []any{"a"}, want: `error: type mismatch on <=`},
	{name: "STEPTEST", src: `LOADINT 0 5|LOADINT 1 4|LOADINT 2 1|LOADINT 3 -1|STEPTEST 2 0 1|STEPTEST 3 0 1|NEWARRAY 0 2 2|RET 0`, want: `{.T., .F.}`},
	{name: "STEPTEST of a string", src: `LOADK 2 0|STEPTEST 2 0 1|RET 0`, k: []any{"a"}, want: `error: type mismatch on STEP`},
	{name: "ITER", src: `LOADINT 0 2|LOADINT 1 3|NEWARRAY 0 0 2|LOADNIL 1 1|LOADINT 3 1|top: ITER 0 >end|MUL 3 3 2|LOOP >top|end: RET 3`, want: `6`},
	{name: "ITER over a native object", src: `CALL 0 0 0|LOADNIL 1 1|LOADINT 3 0|top: ITER 0 >end|ADD 3 3 2|LOOP >top|end: RET 3`,
		n: []string{"NATIVEOBJECT"}, want: `6`},
	{name: "ITER over a number", src: `LOADINT 0 2|top: ITER 0 >end|LOOP >top|end: RET 3`, want: `error: type mismatch on FOR EACH`},

	{name: "NEWDIMS", src: `LOADINT 0 2|LOADINT 1 1|NEWDIMS 2 0 2|RET 2`, want: `{{NIL}, {NIL}}`},
	{name: "NEWDIMS negative", src: `LOADINT 0 -1|NEWDIMS 2 0 1|RET 2`, want: `error: array of -1 elements: the limit is 16777216 on ARRAY`},
	{name: "PUSH", src: `NEWARRAY 0 0 0|LOADINT 1 4|PUSH 0 1|PUSH 0 1|RET 0`, want: `{4, 4}`},
	{name: "PUSH to a number", src: `LOADINT 0 1|PUSH 0 0|RET 0`, want: `error: type mismatch on []`},
	{name: "NEWJSON", src: `NEWJSON 0|LOADK 1 0|GETINDEX 2 0 1|RET 2`, k: []any{"k"}, want: `"[k]"`},
	{name: "GETINDEX", src: `LOADINT 0 5|LOADINT 1 6|NEWARRAY 0 0 2|LOADINT 1 2|GETINDEX 2 0 1|GETINDEXK 3 0 0|NEWARRAY 0 2 2|RET 0`, k: []any{1}, want: `{6, 5}`},
	{name: "SETINDEX", src: `NEWARRAY 0 0 2|LOADINT 1 2|SETINDEX 0 1 1|SETINDEXK 0 0 1|RET 0`, k: []any{1}, want: `{2, 2}`},
	{name: "GETINDEX 0", src: `NEWARRAY 0 0 2|LOADINT 1 0|GETINDEX 2 0 1|RET 2`, want: `error: array out of bounds [0] of [2]`},
	{name: "SETINDEXK beyond", src: `NEWARRAY 0 0 2|SETINDEXK 0 0 1|RET 2`, k: []any{3}, want: `error: array out of bounds [3] of [2]`},
	{name: "GETINDEX of NIL", src: `LOADINT 1 1|GETINDEX 2 0 1|RET 2`, want: `error: type mismatch on []`},
	{name: "SETINDEX of a native object", src: `CALL 0 0 0|LOADINT 1 1|SETINDEX 0 1 1|RET 0`, n: []string{"NATIVEOBJECT"}, want: `error: NATIVE[1] := 1`},
	{name: "members", src: `CALL 0 0 0|LOADINT 1 8|SETPROP 0 1 1|GETPROP 2 0 1|RET 2`, n: []string{"BOXED", "V"}, want: `8`},
	{name: "members by name", src: `CALL 0 0 0|LOADK 1 0|LOADINT 2 8|SETPROPX 0 1 2|GETPROPX 3 0 1|RET 3`, k: []any{"v"}, n: []string{"BOXED"}, want: `8`},
	{name: "member of NIL", src: `GETPROP 2 0 0|RET 2`, n: []string{"V"}, want: `error: property V of a value that is no object but U`},
	{name: "member of a native object", src: `CALL 0 0 0|GETPROP 1 0 1|RET 1`, n: []string{"NATIVEOBJECT", "Q"}, want: `"NATIVE:Q"`},
	{name: "SELF outside of a method", src: `SELF 0|RET 0`, want: `error: Self is used outside of a method on SELF`},

	{name: "CALL", src: `LOADINT 2 4|CALL 1 1 0|RET 1`, n: []string{"IDENT"}, want: `4`},
	{name: "CALL without arguments", src: `CALL 1 0 0|RET 1`, n: []string{"IDENT"}, want: `NIL`},
	{name: "CALL with more arguments", src: `LOADINT 2 4|LOADINT 3 5|LOADINT 4 6|CALL 1 3 0|RET 1`, n: []string{"EXTRAS"}, want: `{4, {5, 6}, 3}`},
	{name: "CALL of a native", src: `LOADINT 2 4|LOADINT 3 5|CALL 1 2 0|RET 1`, n: []string{"LIST"}, want: `{4, 5}`},
	{name: "CALL of a class", src: `CALL 1 0 0|RET 1`, n: []string{"BOXED"}, want: `object BOXED`},
	{name: "CALL of nothing", src: `CALL 1 0 0|RET 1`, n: []string{"NOWHERE"}, want: `error: function NOWHERE does not exist`},
	{name: "CALLR of a native", src: `LOADINT 0 4|REFLOCAL 2 0|CALLR 1 1 0|LOADREF 2 0|RET 2`, n: []string{"NINE"}, want: `9`},
	{name: "CALLV", src: `LOADINT 3 0|CALLV 2 1 0|RET 2`, params: 1, args: []Value{Int(1), Int(2), Int(3)}, n: []string{"EXTRAS"}, want: `{0, {2, 3}, 3}`},
	{name: "CALLV of a native", src: `LOADINT 3 0|CALLV 2 1 0|RET 2`, params: 1, args: []Value{Int(1), Int(2), Int(3)}, n: []string{"LIST"}, want: `{0, 2, 3}`},
	{name: "CALLN", src: `LOADINT 2 1|LOADINT 3 2|CALLN 1 2 0|RET 1`,
		named: []code.NamedCall{{Func: "PAIR", Args: []string{"B", "A"}}}, want: `{2, 1}`},
	{name: "CALLN of one", src: `LOADINT 2 1|CALLN 1 1 0|RET 1`,
		named: []code.NamedCall{{Func: "PAIR", Args: []string{"B"}}}, want: `{NIL, 1}`},
	{name: "CALLN with a wrong name", src: `CALLN 1 1 0|RET 1`,
		named: []code.NamedCall{{Func: "PAIR", Args: []string{"C"}}}, want: `error: PAIR has no parameter C`},
	{name: "CALLX", src: `LOADK 1 0|LOADINT 2 4|CALLX 1 1|RET 1`, k: []any{"ident"}, want: `4`},
	{name: "EVAL", src: `CLOSURE 1 0|LOADINT 2 3|EVAL 1 1|RET 1`, blocks: []string{"1; ADDK 0 0 0|RET 0"}, k: []any{1}, want: `4`},
	{name: "EVALR", src: `CLOSURE 1 0|LOADINT 0 3|REFLOCAL 2 0|EVALR 1 1|LOADREF 1 0|RET 1`,
		blocks: []string{"1 ref; LOADREF 1 0|ADDK 1 1 0|STOREREF 0 1|RETNIL"}, k: []any{1}, want: `4`},
	{name: "EVALV", src: `CLOSURE 1 0|EVALV 1 0|RET 1`, args: []Value{Int(8), Int(9)}, blocks: []string{"1; ADDK 0 0 0|RET 0"}, k: []any{1}, want: `9`},
	{name: "EVAL of NIL", src: `EVAL 1 0|RET 1`, want: `error: argument 1 of EVAL is U, a code block is needed`},
	{name: "a block in a block", src: `BOX 0|LOADINT 1 2|STOREREF 0 1|CLOSURE 1 0|EVAL 1 0|EVAL 1 0|RET 1`,
		blocks: []string{"0 r0; CLOSURE 0 0|RET 0; 0 u0; GETUP 0 0|RET 0"}, want: `2`},
	{name: "SEND", src: `CALL 1 0 0|LOADINT 2 3|SEND 1 1 1|RET 1`, n: []string{"BOXED", "PLUS"}, want: `10`},
	{name: "SENDR", src: `CALL 1 0 0|LOADINT 0 3|REFLOCAL 2 0|SENDR 1 1 1|RET 1`, n: []string{"BOXED", "PLUS"}, want: `10`},
	{name: "SENDV", src: `CALL 1 0 0|SENDV 1 0 1|RET 1`, args: []Value{Int(4)}, n: []string{"BOXED", "PLUS"}, want: `11`},
	{name: "SENDN", src: `CALL 1 0 0|LOADINT 2 3|SENDN 1 1 0|RET 1`, n: []string{"BOXED"},
		named: []code.NamedCall{{Func: "PLUS", Args: []string{"N"}}}, want: `10`},
	{name: "SENDN with a wrong name", src: `CALL 1 0 0|LOADINT 2 3|SENDN 1 1 0|RET 1`, n: []string{"BOXED"},
		named: []code.NamedCall{{Func: "PLUS", Args: []string{"Q"}}}, want: `error: PLUS has no parameter Q`},
	{name: "SENDX", src: `CALL 1 0 0|LOADINT 2 3|LOADK 5 0|SENDX 1 1 5|RET 1`, k: []any{"plus"}, n: []string{"BOXED"}, want: `10`},
	{name: "SEND reads data", src: `CALL 1 0 0|SEND 1 0 1|RET 1`, n: []string{"BOXED", "V"}, want: `7`},
	{name: "SEND to a native object", src: `CALL 1 0 0|LOADINT 2 3|SEND 1 1 1|RET 1`, n: []string{"NATIVEOBJECT", "M"}, want: `"NATIVE:M(3)"`},
	{name: "SEND to NIL", src: `SEND 1 0 0|RET 1`, n: []string{"M"}, want: `error: method M of a value that is no object but U`},
	{name: "SEND of nothing", src: `CALL 1 0 0|SEND 1 0 1|RET 1`, n: []string{"BOXED", "M"}, want: `error: class BOXED has no method M`},
	{name: "SUPER", src: `CALL 1 0 0|LOADINT 2 3|SEND 1 1 1|RET 1`, n: []string{"TWICE", "PLUS"}, want: `20`},
	{name: "SUPER outside of a method", src: `SUPER 1 0 0|RET 1`, n: []string{"PLUS"}, want: `error: _Super is used outside of a method on PLUS`},
	{name: "Self in a block", src: `CALL 1 0 0|SEND 1 0 1|EVAL 1 0|RET 1`, n: []string{"BOXED", "GETTER"}, want: `7`},
	{name: "REST", src: `REST 0|RET 0`, params: 1, args: []Value{Int(1), Int(2), Int(3)}, want: `{2, 3}`},
	{name: "REST of none", src: `REST 0|RET 0`, params: 1, want: `{}`},

	{name: "MACRO", src: `LOADINT 0 3|PRIVATE 0 0|LOADK 1 0|MACRO 2 1|RET 2`, k: []any{"X"}, n: []string{"X"}, want: `3`},
	{name: "MACRO of a number", src: `LOADINT 0 3|MACRO 2 0|RET 2`, want: `error: type mismatch on &`},
	{name: "MACRO with a syntax error", src: `LOADK 0 0|MACRO 2 0|RET 2`, k: []any{"1 +"}, want: `error: syntax error in macro: no name on &`},
	{name: "MACROSET", src: `LOADINT 0 3|LOADK 1 0|MACROSET 1 0|GETVAR 2 0|NEWARRAY 0 1 2|RET 0`, k: []any{"X"}, n: []string{"X"}, want: `{"X", 3}`},

	{name: "Break", src: `SEQUENCE 0 >rec|LOADINT 1 4|BREAK 1|rec: RET 0`, want: `4`},
	{name: "Break in a called function", src: `SEQUENCE 0 >rec|LOADINT 2 5|CALL 1 1 0|RETNIL|rec: RET 0`, n: []string{"BREAKS"}, want: `5`},
	{name: "Break in a native", src: `SEQUENCE 0 >rec|LOADINT 2 5|CALL 1 1 0|RETNIL|rec: RET 0`, n: []string{"NATIVEBREAK"}, want: `5`},
	{name: "Break passes by Try", src: `SEQUENCE 0 >rec|TRY 1 >catch|LOADINT 2 6|BREAK 2|catch: RET 1|rec: RET 0`, want: `6`},
	{name: "Break without a sequence", src: `BREAK 0`, want: `error: break outside of a sequence on BREAK`},
	{name: "ENDTRY", src: `SEQUENCE 0 >a|SEQUENCE 1 >b|ENDTRY 1|LOADINT 2 6|BREAK 2|b: RETNIL|a: RET 0`, want: `6`},
	{name: "Try takes an error", src: `TRY 0 >catch|LOADINT 1 1|ADD 1 1 2|RETNIL|catch: GETPROP 1 0 0|RET 1`, n: []string{"DESCRIPTION"}, want: `"type mismatch"`},
	{name: "Throw of a value", src: `TRY 0 >catch|LOADINT 1 5|THROW 1|catch: RET 0`, want: `5`},
	{name: "Throw that nothing takes", src: `LOADINT 1 5|THROW 1`, want: `error: an exception that nothing catches: 5 on THROW`},
	{name: "Throw in a called function", src: `TRY 0 >catch|LOADINT 2 5|CALL 1 1 0|RETNIL|catch: RET 0`, n: []string{"THROWS"}, want: `5`},
	{name: "a sequence without an error block leaves errors to the next Try",
		src: `TRY 0 >catch|SEQUENCE 1 >rec|LOADINT 2 5|ADD 2 2 3|RETNIL|rec: RETNIL|catch: GETPROP 1 0 0|RET 1`, n: []string{"OPERATION"}, want: `"+"`},
	{name: "Finally after an error", src: `TRY 0 >catch|FINALLY 1 >fin|ADD 2 2 2|RETNIL|fin: LOADINT 3 9|RESUME 1|RETNIL|catch: RET 3`, want: `9`},
	{name: "Finally after a return", src: `FINALLY 0 >fin|LOADINT 1 4|RET 1|fin: LOADINT 2 5|SETSTATIC 2 0|RESUME 0|RETNIL`, want: `4`},
	{name: "RETNIL through Finally", src: `FINALLY 0 >fin|RETNIL|fin: RESUME 0|LOADINT 1 1|RET 1`, want: `NIL`},
	{name: "Finally without anything", src: `FINALLY 0 >fin|ENDTRY 1|LOADNIL 0 1|fin: RESUME 0|LOADINT 1 1|RET 1`, want: `1`},
	{name: "a return in Finally replaces what is pending", src: `FINALLY 0 >fin|LOADINT 1 4|RET 1|fin: LOADINT 1 5|RET 1`, want: `5`},
	{name: "RESUME of a number", src: `LOADINT 0 4|RESUME 0|RETNIL`, want: `error: type mismatch on RESUME`},

	{name: "PRINT", src: `LOADINT 0 1|LOADK 1 0|PRINT 1 0 2|PRINT 0 1 1|RETNIL`, k: []any{"a"}, want: "NIL\n1 aa"},
}

// jumpTests are the comparisons that jump: for 1, 2 and 3 against 2.
var jumpTests = map[string][3]bool{
	"JEQ": {false, true, false}, "JNEQ": {true, false, true},
	"JEEQ": {false, true, false}, "JNEEQ": {true, false, true},
	"JLT": {true, false, false}, "JNLT": {false, true, true},
	"JLE": {true, true, false}, "JNLE": {false, false, true},
	"JGT": {false, false, true}, "JNGT": {true, true, false},
	"JGE": {false, true, true}, "JNGE": {true, false, false},
}

func TestOps(t *testing.T) {
	seen := map[string]bool{"TRACE": true} // has its own tests
	for _, test := range opTests {
		markOps(seen, test.src)
		for _, b := range test.blocks {
			markOps(seen, b)
		}
		t.Run(test.name, func(t *testing.T) {
			f := code.Func{Name: "TEST", NParams: uint16(test.params), RefParams: test.refs,
				Consts: constants(test.k...), Names: test.n, Named: test.named}
			for _, b := range test.blocks {
				f.Blocks = append(f.Blocks, block(t, f, b))
			}
			fn := assemble(t, f, test.src)
			if got := runOps(t, fn, test.args, nil); got != test.want {
				t.Errorf("%s\n= %s\nwant %s", test.src, got, test.want)
			}
			for pc := range fn.Code {
				fn.Lines = append(fn.Lines, code.Line{PC: int32(pc), Line: int32(pc + 1)})
			}
			var hook countLines
			if got := runOps(t, fn, test.args, &hook); got != test.want || hook == 0 {
				t.Errorf("traced over %d lines: %s\n= %s\nwant %s", hook, test.src, got, test.want)
			}
		})
	}
	for name := range jumpTests {
		seen[name], seen[name+"K"] = true, true
	}
	for op := range code.NumOps {
		if !seen[op.String()] {
			t.Errorf("no test of %s", op)
		}
	}
}

func markOps(seen map[string]bool, src string) {
	for _, word := range strings.FieldsFunc(src, func(r rune) bool { return r == ' ' || r == '|' || r == ';' }) {
		seen[word] = true
	}
}

func TestComparingJumps(t *testing.T) {
	kinds := map[string][3]any{"numbers": {1, 2, 3}, "strings": {"a", "b", "c"}}
	for name, want := range jumpTests {
		for kind, values := range kinds {
			for i := range values {
				for _, suffix := range []string{"", "K"} {
					op := name + suffix
					if _, ok := opNames[op]; !ok {
						continue
					}
					src := fmt.Sprintf("LOADK 0 %d|LOADK 1 1|%s 0 1 >yes|RET 2|yes: LOADL 2 1|RET 2", i, op)
					f := code.Func{Name: "TEST", Consts: constants(values[:]...)}
					got := runOps(t, assemble(t, f, src), nil, nil) == ".T."
					if got != want[i] {
						t.Errorf("%s of %s: %v against %v = %v; want %v", op, kind, values[i], values[1], got, want[i])
					}
				}
			}
		}
	}
}

// block assembles "params captures; code", and more of the same for blocks within.
func block(t testing.TB, of code.Func, text string) *code.Func {
	parts := strings.SplitN(text, ";", 3)
	f := code.Func{Name: "{||}", Kind: code.Block, Consts: of.Consts, Names: of.Names, Text: "{|| }"}
	for i, word := range strings.Fields(parts[0]) {
		switch {
		case i == 0:
			f.NParams = uint16(word[0] - '0')
		case word == "ref":
			f.RefParams = []bool{true}
		default:
			f.Captures = append(f.Captures, code.Capture{Up: word[0] == 'u', Index: uint16(word[1] - '0')})
		}
	}
	if len(parts) == 3 {
		f.Blocks = []*code.Func{block(t, of, parts[2])}
	}
	return assemble(t, f, parts[1])
}

// opUnit returns a unit of TEST and what it calls.
func opUnit(t testing.TB, test *code.Func) *code.Unit {
	fn := func(name string, params int, refs []bool, k []code.Const, n []string, src string, blocks ...*code.Func) *code.Func {
		return assemble(t, code.Func{Name: name, NParams: uint16(params), RefParams: refs, Consts: k, Names: n, Blocks: blocks}, src)
	}
	pair := fn("PAIR", 2, nil, nil, nil, "NEWARRAY 0 0 2|RET 0")
	pair.Params = []code.Param{{Name: "A"}, {Name: "B"}}
	u := unitOf(test, pair,
		fn("SETTO9", 1, []bool{true}, nil, nil, "LOADINT 1 9|STOREREF 0 1|RETNIL"),
		fn("IDENT", 1, nil, nil, nil, "RET 0"),
		fn("EXTRAS", 1, nil, nil, []string{"COUNT"}, "REST 1|CALL 2 0 0|NEWARRAY 0 0 3|RET 0"),
		fn("MAKESX", 0, nil, nil, []string{"X"}, "LOADINT 0 1|PRIVATE 0 0|GETVAR 0 0|RET 0"),
		fn("READSX", 0, nil, nil, []string{"X"}, "GETVAR 0 0|RET 0"),
		fn("BREAKS", 1, nil, nil, nil, "BREAK 0"),
		fn("THROWS", 1, nil, nil, nil, "THROW 0"),
		fn("CAPTURES", 1, []bool{true}, nil, nil, "BOX 0|CLOSURE 1 0|EVAL 1 0|RETNIL",
			block(t, code.Func{Consts: constants(1)}, "0 r0; GETUP 0 0|ADDK 0 0 0|SETUP 0 0|RETNIL")),
	)
	u.Statics = []string{"S"}
	method := func(name, src string, k []code.Const, n []string, blocks ...*code.Func) code.MethodRef {
		return code.MethodRef{Name: name, Func: assemble(t, code.Func{Name: strings.ToUpper(name), Kind: code.Method,
			NParams: 1, Params: []code.Param{{Name: "N"}}, Consts: k, Names: n, Blocks: blocks}, src)}
	}
	init := assemble(t, code.Func{Name: "INIT", Kind: code.Initializer, Names: []string{"V"}}, "SELF 0|LOADINT 1 7|SETPROP 0 0 1|RETNIL")
	u.Classes = []*code.Class{
		{Name: "BOXED", Written: "Boxed", Data: []code.Data{{Name: "v"}}, Init: init, Methods: []code.MethodRef{
			method("Plus", "SELF 1|GETPROP 2 1 0|ADD 0 0 2|RET 0", nil, []string{"V"}),
			method("Getter", "CLOSURE 1 0|RET 1", nil, []string{"V"},
				block(t, code.Func{Names: []string{"V"}}, "0; SELF 1|GETPROP 2 1 0|RET 2")),
		}},
		{Name: "TWICE", Written: "Twice", Parent: "BOXED", Methods: []code.MethodRef{
			method("Plus", "SELF 1|MOVE 2 0|SUPER 1 1 0|ADD 1 1 1|RET 1", nil, []string{"PLUS"}),
		}},
	}
	return u
}

// runOps returns what TEST returns, and what it prints.
func runOps(t *testing.T, test *code.Func, args []Value, hook Hook) string {
	t.Helper()
	var out bytes.Buffer
	th := newTestThread(t, Options{Stdout: &out, Compile: nameMacro, Areas: new(fakeAreas), Hook: hook}, opLibrary, opUnit(t, test))
	v, err := th.Call("TEST", args...)
	if err != nil {
		return "error: " + err.Error()
	}
	if th.fp != &th.root || th.seg != 0 || len(th.handlers) != 0 || len(th.vars.hidden) != 0 {
		t.Errorf("the thread was left in disorder")
	}
	return v.String() + out.String()
}

// opLibrary has natives that show what they get.
var opLibrary = &Library{
	Funcs: map[string]Native{
		"LIST":   func(t *Thread, a Args) (Value, error) { return NewArray(append([]Value(nil), a...)), nil },
		"COUNT":  func(t *Thread, a Args) (Value, error) { return Int(t.PCount()), nil },
		"MONDAY": func(t *Thread, a Args) (Value, error) { return DateOf(2461367), nil },
		"FRIDAY": func(t *Thread, a Args) (Value, error) { return DateOf(2461371), nil },
		"NINE": func(t *Thread, a Args) (Value, error) {
			a.Set(0, Int(9))
			return Value{}, nil
		},
		"NATIVEBREAK":  func(t *Thread, a Args) (Value, error) { return Value{}, t.Break(a.Get(0)) },
		"NATIVEOBJECT": func(t *Thread, a Args) (Value, error) { return NewNative(fakeObject{}), nil },
	},
	Classes: map[string]func(*Thread, Args) (Value, error){
		"JSONOBJECT": func(t *Thread, a Args) (Value, error) { return NewNative(fakeObject{}), nil },
	},
}

// nameMacro compiles macros that are one name.
func nameMacro(text string, mode MacroMode) (*code.Func, error) {
	name := strings.ToUpper(text)
	if !isName(name) {
		return nil, errors.New("no name")
	}
	f := &code.Func{Name: "{&}", Kind: code.Macro, NRegs: 1, Names: []string{name}, Text: text}
	if mode == MacroAssign {
		f.NParams, f.Params = 1, make([]code.Param, 1)
		f.Code = []code.Instr{{Op: code.SETVAR}, {Op: code.RETNIL}}
	} else {
		f.Code = []code.Instr{{Op: code.GETVAR}, {Op: code.RET}}
	}
	return f, nil
}

// fakeObject is a native object whose members say their name.
type fakeObject struct{}

func (fakeObject) ClassName() string { return "NATIVE" }
func (fakeObject) Get(_ *Thread, name string) (Value, error) {
	return Str("NATIVE:" + name), nil
}
func (fakeObject) Set(_ *Thread, name string, v Value) error {
	return Errorf(GenUser, "", "NATIVE:%s := %s", name, v)
}
func (fakeObject) Send(_ *Thread, name string, args Args) (Value, error) {
	return Str(fmt.Sprintf("NATIVE:%s(%s)", name, args.Get(0))), nil
}
func (fakeObject) Index(_ *Thread, key Value) (Value, error) {
	return Str("[" + key.Text() + "]"), nil
}
func (fakeObject) SetIndex(_ *Thread, key, v Value) error {
	return Errorf(GenUser, "", "NATIVE[%s] := %s", key, v)
}
func (fakeObject) Next(_ *Thread, i int) (Value, bool) { return Int(i + 1), i < 3 }

// fakeAreas is a database whose fields say what they are.
type fakeAreas struct {
	area Value
	set  string
}

func (a *fakeAreas) Selected() Value { return a.area }
func (a *fakeAreas) Select(v Value) error {
	a.area = v
	return nil
}
func (a *fakeAreas) Field(area Value, name string) (Value, error) {
	alias := ""
	if area.IsStr() {
		alias = area.Text()
	}
	return Str(alias + "->" + name + map[bool]string{true: a.set}[alias != ""]), nil
}
func (a *fakeAreas) SetField(_ Value, _ string, v Value) error {
	a.set = "=" + v.String()
	return nil
}
func (a *fakeAreas) HasField(name string) bool { return name == "A1_COD" }

// countLines is a hook.
type countLines int

func (n *countLines) Line(*Thread, *code.Func, *code.Unit, int) error {
	*n++
	return nil
}
