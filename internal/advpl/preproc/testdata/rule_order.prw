// the last rule that matches wins; those before take what it does not match
#xcommand PRINT <x> => First(<x>)
#xcommand PRINT <x> TO <f> => Second(<x>, <f>)
#xcommand PRINT <x> => Third(<x>)
PRINT 1
PRINT 1 TO 2
#xuncommand PRINT <y> =>
PRINT 1
#xuncommand PRINT <y>
PRINT 1
PRINT 1 TO 2

// what a marker may match depends on the result
#xcommand CMD <x> [, <y>] => F0(<x>) [; G0(<y>)]
#xcommand CMD <x> [, <y>] => F1(<x>) [; G1(<y>)]
#xcommand CMD <x> [, <y>] => F2(<x>); G2(<y>)
CMD 1
CMD 1, 2
CMD 1, 2, 3

// defines come first, then translations, then commands
#define    RULE( p )    R := "define", p
#translate RULE(<p>) => R := "translate", <p>
#command   RULE(<p>) => R := "command", <p>
#define    DEF( p )     RULE( p )
#translate TRS(<p>)  => RULE(<p>)
#command   CMDR(<p>) => RULE(<p>)
DEF("def")
TRS("trs")
CMDR("cmd")

// #command and #translate can be abbreviated to four letters, the x forms not
#command   SUBSTITUTE <x> WITH <y> [EVERYWHERE] => Subst(<x>, <y>)
#xcommand  XSUBSTITUTE <x> WITH <y> => XSubst(<x>, <y>)
#translate CONVERTED <x> => R(<x>)
SUBSTITUTE a WITH b
subs a with b ever
SUB a WITH b
SUBSTITUTES a WITH b
XSUBS a WITH b
x := conv 1 + Converted 2
x := con 1

// a command stands at the beginning of a statement only
#xcommand CLOSE => DbCloseArea()
#xcommand COUNT TO <v> => <v> := Count()
CLOSE
CLOSE(oDlg)
x := CLOSE
o:Close()
x := 1 ; CLOSE ; y := 2
Count(x)
Private o ; COUNT TO o

// an alternative may begin a rule
#xcommand <s: START, STOP> <x> => Switch(<"s">, <x>)
START 1
stop 2
#xuntranslate START <x>
#xuncommand <s: START, STOP> <x>
START 1

// strings and signs are words too
#xtranslate "old" => "new"
#xtranslate <x> ~ => Neg(<x>)
x := "OLD" + 1 ~
