// DEFINE FONT and names of fonts.
#ifndef __FONT_CH
#define __FONT_CH

#xcommand DEFINE FONT <o> [NAME <name>] [SIZE <w>, <h>] [<bold: BOLD>] [<italic: ITALIC>] [<under: UNDERLINE>] [WEIGHT <weight>] [OF <own>] [NESCAPEMENT <esc>] ;
   => <o> := TFont():New( <name>, <w>, <h>, , <.bold.>, <esc>, , <weight>, , <.under.>, <.italic.> )

#xcommand DEFINE FONT <o> FROM USER => <o> := TFont():New( , , , .T. )
#xcommand ACTIVATE FONT <o> => <o>:Activate()
#xcommand DEACTIVATE FONT <o> => <o>:DeActivate()
#xcommand RELEASE FONT <o> => <o>:End()

#endif
