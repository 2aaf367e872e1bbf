#xcommand PLAIN <*x*> => [R(<x>)]
#xcommand DUMB [<*x*>] => R(#<x>)
#xcommand QUOTE [<*x*>] => R(<"x">)
#xcommand SMART [<*x*>] => R(<(x)>)
#xcommand BLOCK [<*x*>] => R(<{x}>)
#xcommand LOGIC [<*x*>] => R(<.x.>)
#xcommand NOTHING [<x,...>] => R() [<-x->; S()]

PLAIN a, b
DUMB a,  b + "c"
DUMB "it's"
DUMB
QUOTE a, b + 1, f(c, d)
QUOTE "c", 'd'
QUOTE a, , b
QUOTE &cName
QUOTE &cName.
QUOTE &cName.x
QUOTE &(cName)
QUOTE
SMART a, b + 1
SMART "a", 'b', (c)
SMART &cName
SMART
BLOCK a, b + 1
BLOCK {|x| x}, {1, 2}
BLOCK {|| x}
BLOCK
LOGIC a
LOGIC
NOTHING a
NOTHING

// a string that contains both quotes
DUMB "it's", 'a "b"'

// markers named like logicals
#xcommand FLAG [<t: YES>] [<n: NO>] => R(<.t.>, <.n.>)
FLAG YES
FLAG NO

// escapes: \[ \] \< \" \; and others
#xcommand ESC <x> => a\[<x>\] \<b> \"<x> c\" \#d
ESC 1

// a # before another form than <x> is of no account
#xcommand HASH <x> => R(#<"x">)
HASH a
