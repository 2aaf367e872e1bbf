#command @ <r>, <c> SAY <x> [PICTURE <p>] [COLOR <f> [, <b>]] [SIZE <w>, <h>] [OF <o>] [<px: PIXEL>] ;
      => TSay():New(<r>, <c>, <{x}>, <o>, <p>, <f>, <b>, <.px.>, <w>, <h>)
#command @ <r>, <c> GET <v> [PICTURE <p>] [VALID <k>] [WHEN <n>] [SIZE <w>, <h>] [OF <o>] [<px: PIXEL>] ;
      => TGet():New(<r>, <c>, {|u| If(PCount() > 0, <v> := u, <v>)}, <o>, <w>, <h>, <p>, <{k}>, <{n}>, <.px.>, <"v">)
#command @ <r>, <c> SAY <x> [<s: PICTURE, SIZE, OF> <sv>] GET <v> [PICTURE <p>] ;
      => @ <r>, <c> SAY <x> [<s> <sv>] ; @ <r>, <c> + 40 GET <v> [PICTURE <p>]
#command @ <t>, <l> TO <b>, <r> [LABEL <x>] [OF <o>] [PIXEL] => TGroup():New(<t>, <l>, <b>, <r>, <x>, <o>)
#command @ <r>, <c> BUTTON [<o>] PROMPT <x> [ACTION <a,...>] [<d: NOBORDER, NO BORDER>] ;
      => [<o> := ] TButton():New(<r>, <c>, <x>, \{|| <a> \}, <.d.>)

@ 10, 20 SAY "Name:" OF oDlg PIXEL
@ 010 , nCol+20 Say "Total: " + Transform(n, "@E 999") Picture "@!" Size 20,10 Pixel Of oDlg
@ 1,2 say oSay color CLR_RED, CLR_BLUE pixel
@ 10, 60 GET cName PICTURE "@!" VALID !Empty(cName) .And. Check(cName) WHEN .F. OF oDlg SIZE 50, 10 PIXEL
@ aSize[1], aSize[2] GET (cAlias)->A1_NOME
@ 1, 2 SAY "x" GET n
@ 1, 2 SAY "x" SIZE 3 GET n PICTURE "9"
@ 1, 2 TO 3, 4 LABEL "box" PIXEL OF oDlg
@ 1, 2 BUTTON PROMPT "Ok" ACTION f(a), g(b)
@ 1, 2 BUTTON oBtn PROMPT "Ok" NO BORDER ACTION ( If(a, b, /* nothing */) )//comment
f(@x, @y)
