#define A A
#define B C
#define C B
#xtranslate GROW <x> => GROW <x> + <x>
#xcommand AGAIN <*x*> => AGAIN <x>
x := A
x := B + C
y := 1 + GROW 1
z := 1 ; AGAIN 1
AGAIN 2
x := A + B
#xcommand REST <*x*> => Rest(#<x>)
REST it's "both"
#xtranslate DOUBLE(<x>) => DOUBLE(<x><x>)
x := DOUBLE(x)
#xtranslate BUSY [a [<x> [a [<y> [a [<z> [a [<w> b] c] d] e] f] g] h] i] <q,...> => <x> <y> <z> <w> <q>
