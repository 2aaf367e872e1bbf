// <x>: one complete expression
#xcommand SHOW <x> => R(<x>)
SHOW a + b * (c - d)
SHOW f(1, {2, "x"}, {|y| y + 1})[3]:m():n
SHOW (cAlias)->(F(1))
SHOW M->&cField
SHOW &(cMacro)
SHOW !Empty(x)
SHOW -12
SHOW @nRef
SHOW ::cName
SHOW x := 1
SHOW a, b
SHOW )
SHOW

// it ends at the word that follows in the rule
#xcommand MOVE <a> TO <b> => R(<a>, <b>)
MOVE x + 1 TO y[1]
MOVE to TO to

// and where an operand follows an operand
#xcommand PAIR <a> <b> => R(<a>, <b>)
PAIR x + 1 y - 2
PAIR f(x) (y)
PAIR x {1, 2}
PAIR n++ m
PAIR &x. y
PAIR a.b c
PAIR .T. .F.
PAIR 1 "x"

// <x,...>: a list, of which some may be empty
#xcommand LIST <x,...> END => R({<x>})
LIST a, b + 1, f(c, d) END
LIST a,,c END
LIST END

// <x: …>: one of the words, the longest that fits
#xcommand MODE <m: ON, OFF, ON CHANGE, 3D, "text", &> => R(<"m">)
MODE ON
MODE off
MODE On Change
MODE 3d
MODE "TEXT"
MODE &cMode
MODE &cMode.x
MODE &(f(x))
MODE other

// <*x*>: the rest of the line
#xcommand REST <*x*> => R(#<x>)
REST a b, ) ( c ; d
REST it's free text
REST

// <(x)>: text without white space, or an expression that begins with (
#xcommand OPEN <(f)> [ALIAS <a>] => R(<(f)>, <"a">)
OPEN c:\data\file.dbf ALIAS x
OPEN (cPath + cFile) ALIAS y
OPEN "a b.dbf"
OPEN a, b
OPEN a b

// <!x!>: one name
#xcommand CALL <!f!> <x> => <f>(<x>)
CALL Foo 1 + 2
CALL 1 2
