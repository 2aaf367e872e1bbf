// What the programs of this folder test themselves with.
#xcommand CHECK <got> IS <want> => CheckIs(#<got>, <got>, <want>)
#xcommand CHECK <cond>          => CheckIs(#<cond>, <cond>, .T.)
#xcommand FAILS <x> WITH <code> => CheckFails(#<x>, {|| <x> }, <code>)
