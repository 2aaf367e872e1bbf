// Commands of the printer object under the names that foreign trade programs use.
#ifndef __AVPRINT_CH
#define __AVPRINT_CH

#include "print.ch"

#xcommand AVPRINT <!o!> [<nm: NAME, TITLE, DOCNAME, TO> <title>] [<usr: FROM USER>] [<pre: PREVIEW>] => <o> := PrintBegin( <title>, <.usr.>, <.pre.> )
#xcommand AVPAGE => PageBegin()
#xcommand AVNEWPAGE => PageEnd() ; PageBegin()
#xcommand AVENDPAGE => PageEnd()
#xcommand AVENDPRINT => PrintEnd()

#endif
