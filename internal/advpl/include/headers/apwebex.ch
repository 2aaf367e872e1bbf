// WEB EXTENDED: a page made by a program.
#ifndef __APWEBEX_CH
#define __APWEBEX_CH

#xcommand WEB EXTENDED INIT <v> [START <fun>] => <v> := "" ; If __WebExInit( <fun> )
#xcommand WEB EXTENDED END => EndIf

#xcommand OPEN QUERY <q> ALIAS <a> [<nochange: NOCHANGE>] => DbUseArea( .T., "TOPCONN", TCGenQry( , , If( <.nochange.>, <q>, ChangeQuery( <q> ) ) ), <(a)>, .F., .T. )
#xcommand CLOSE QUERY <a> => ( <(a)> )->( DbCloseArea() )

#endif
