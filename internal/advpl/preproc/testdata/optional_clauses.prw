// in any order, each once
#xcommand BOX <x> [SIZE <w>, <h>] [COLOR <c>] [<p: PIXEL>] => R(<x>, <w>, <h>, <c>, <.p.>)
BOX 1
BOX 1 SIZE 2, 3
BOX 1 PIXEL COLOR f(x) SIZE -2, 3
BOX 1 COLOR c COLOR d
BOX 1 PIXEL SIZE 1, 2 PIXEL
BOX 1 NONE

// repeated, in a list of the result
#xcommand ITEMS <x> [, <y>] [WITH <z>] => F({<x>[, <y>]}) [; G(<z>)]
ITEMS a
ITEMS a, b, c
ITEMS a, b WITH c
ITEMS a, b WITH c WITH d

// in step, though one of a clause's markers is left out
#xcommand MENU <m> [ITEM <i> [PROMPT <p>] [<d: DISABLED>]] => R(<m>) [; Item(<i>, <p>, <.d.>)]
MENU m
MENU m ITEM 1 PROMPT "a" ITEM 2 ITEM 3 DISABLED PROMPT "c"

// nested nine deep
#xcommand DEEP <a> [1 <b> [2 <c> [3 <d> [4 <e> [5 <f> [6 <g> [7 <h> [8 <i> [9 <j>]]]]]]]]] => R(<a> [,<b>] [,<c>] [,<d>] [,<e>] [,<f>] [,<g>] [,<h>] [,<i>] [,<j>])
DEEP x
DEEP x 1 y
DEEP x 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h 9 i
DEEP x 2 y

// a name with dots
#xcommand KIND <!a!> [. <!b!> [. <!c!> [. <!d!>]]] END => R(<"a"> [+ "." + <"b">] [+ "." + <"c">] [+ "." + <"d">])
KIND x END
KIND x . y . z END

// clauses of nothing but markers come last
#xcommand BUTTON [<o>] [FROM <r>, <c>] [OF <w>] => [<o> := ] R(<r>, <c>, <w>)
BUTTON
BUTTON oBtn
BUTTON FROM 1, 2
BUTTON oBtn OF oDlg FROM 1, 2
BUTTON OF oDlg

#xcommand FIELDS [<f,...>] [HEADER <h,...>] [SIZE <w>, <c>] => R({<{f}>}, {<h>}, <w>, <c>)
FIELDS a, b HEADER "a",,"c" SIZE 10, 20
FIELDS HEADER "a", "b"

// nested clauses in another order
#xcommand CMD <x> [IN [GET] [PUT]] => R(#<x>)
CMD sth IN PUT GET

// a clause at the beginning of a rule
#xtranslate [VERY] BIG <x> => R(<x>)
y := {BIG 1 + 1, VERY BIG 2}

// repeated parts within repeated parts of a result
#xcommand GRID [ROW <r> [CELL <c>]] => R() [; Row(<r> [, <c>])]
GRID ROW 1 CELL 2 ROW 3
