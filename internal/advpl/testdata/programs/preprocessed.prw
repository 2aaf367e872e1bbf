#include "totvs.ch"
#include "check.ch"
#define VERSION "1.2"
#define AREA(w, h) ((w) * (h))
#define DEBUG
#ifdef DEBUG
	#define LEVEL 3
#else
	#define LEVEL 0
#endif
#ifndef MISSING
	#define MISSING "none"
#endif
#undef DEBUG

#xcommand REPEAT => While .T.
#xcommand UNTIL <cond> => If <cond> ; Exit ; EndIf ; EndDo
#xtranslate MAX3(<a>, <b>, <c>) => Max(<a>, Max(<b>, <c>))
#xtranslate <x> ISBETWEEN <low> AND <high> => (<x> >= <low> .And. <x> <= <high>)
#command PUSH <item,...> TO <list> => aEval({<item>}, {|x| AAdd(<list>, x)})
#xcommand RECORD <name> [SET <field> TO <value> [, <fieldN> TO <valueN>]] => ;
	<name> := {} [; AAdd(<name>, {<"field">, <value>})] [; AAdd(<name>, {<"fieldN">, <valueN>})]
#xcommand SWITCH <x> <mode: ON, OFF, &> => <x> := OnOff(<"mode">)
#xcommand LATER <code,...> INTO <b> => <b> := {|| <code> }
#xtranslate TEXTOF(<*x*>) => <"x">
#xtranslate NAME_<id>() => "id:" + <"id">
#xcommand OPTIONS [<lA: LARGE>] [<lB: BOLD>] [SIZE <n>] INTO <a> => <a> := {<.lA.>, <.lB.>, <n>}

// What the preprocessor does, seen from a program.
User Function Preprocessed()
	Local nTurns := 0
	Local aList := {}
	Local xMode, bLater, aOptions
	Local aPerson

	CHECK VERSION + MISSING IS "1.2none"
	CHECK AREA(1 + 1, 3) IS 6
	CHECK LEVEL IS 3

	REPEAT
		nTurns++
	UNTIL nTurns == 4
	CHECK nTurns IS 4

	CHECK MAX3(1, 9, 4) IS 9
	CHECK (5 ISBETWEEN 1 AND 9) IS .T.
	PUSH 1 TO aList
	PUSH 2, 3 TO aList
	CHECK aList IS {1, 2, 3}

	RECORD aPerson SET name TO "Ana", age TO 30
	CHECK aPerson IS {{"name", "Ana"}, {"age", 30}}
	RECORD aPerson
	CHECK aPerson IS {}

	SWITCH xMode ON
	CHECK xMode IS "switched ON"

	LATER nTurns += 1, nTurns * 2 INTO bLater
	CHECK Eval(bLater) IS 10
	OPTIONS BOLD SIZE 12 INTO aOptions
	CHECK aOptions IS {.F., .T., 12}
	OPTIONS SIZE 3 LARGE INTO aOptions
	CHECK aOptions IS {.T., .F., 3}
Return .T.

Static Function OnOff(cMode)
Return "switched " + cMode
