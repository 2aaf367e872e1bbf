// Commands of the printer object.
#ifndef __PRINT_CH
#define __PRINT_CH

#xcommand PRINT <!o!> [<nm: NAME, TITLE, DOCNAME, TO> <title>] [<usr: FROM USER>] [<pre: PREVIEW>] [MODAL] => <o> := PrintBegin( <title>, <.usr.>, <.pre.> )
#xcommand PRINTER <!o!> [<nm: NAME, TITLE, DOCNAME, TO> <title>] [<usr: FROM USER>] [<pre: PREVIEW>] [MODAL] => <o> := PrintBegin( <title>, <.usr.>, <.pre.> )
#xcommand PAGE => PageBegin()
#xcommand ENDPAGE => PageEnd()
#xcommand ENDPRINT => PrintEnd()
#xcommand ENDPRINTER => PrintEnd()

#endif
