// The header of older programs: protheus.ch and the old forms of its commands.
#ifndef __RWMAKE_CH
#define __RWMAKE_CH

#include "protheus.ch"

#xcommand @ <row>, <col> CHECKBOX <caption> VAR <v> [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [FONT <font>] [<ch: ON CHANGE, ON CLICK> <change>] [VALID <valid>] [WHEN <when>] [<c: COLOR, COLORS> <fore> [, <back>]] [<px: PIXEL, PIXELS>] [OBJECT <ob>] ;
   => [<ob> := ] TCheckBox():New( <row>, <col>, <caption>, bSetGet( <v> ), <own>, <w>, <h>, , <{change}>, <font>, <{valid}>, <fore>, <back>, , <.px.>, , , <{when}> )

#xcommand @ <t>, <l> TO <b>, <r> MULTILINE [<mod: MODIFY>] [<del: DELETE>] [VALID <valid>] [FREEZE <freeze>] [OBJECT <ob>] [<d: OF, WINDOW, DIALOG> <own>] ;
   => [<ob> := ] MsGetDados():New( <t>, <l>, <b>, <r>, If( <.mod.>, 4, 2 ), <"valid">, , , <.del.>, , <freeze>, , , , , , , <own> )

#xcommand @ <t>, <l> TO <b>, <r> BROWSE <a> [ENABLE <en>] [FIELDS <flds>] [MARK <mark>] [OBJECT <ob>] [ON MARK <onmark>] ;
   => [<ob> := ] MsSelect():New( <a>, <mark>, <en>, <flds>, , , { <t>, <l>, <b>, <r> } )

#xcommand @ <t>, <l> TO <b>, <r> MEMO <v> [VALID <valid>] [OBJECT <ob>] ;
   => [<ob> := ] TMultiGet():New( <t>, <l>, bSetGet( <v> ), , <r> - <l>, <b> - <t>, , , , , , .T., , , , , , , <{valid}> )

#endif
