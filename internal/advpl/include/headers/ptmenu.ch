// MENU … ENDMENU: menus and their items. An item with a menu of its own is
// followed by MENU … ENDMENU. The functions keep the menu that is being built.
#ifndef __PTMENU_CH
#define __PTMENU_CH

#xcommand MENU [<o>] [<pop: POPUP>] [<d: OF, WINDOW, DIALOG> <own>] [<c: COLOR, COLORS> <fore> [, <back>]] => [<o> := ] MenuBegin( , , , , <.pop.>, , <own>, <fore>, <back> )

#xcommand MENUITEM [<o> PROMPT] <prompt> [MESSAGE <msg>] [<chk: CHECK, CHECKED, MARK>] [<en: ENABLE, ENABLED>] [<dis: DISABLE, DISABLED>] [<fl: FILE, FILENAME, DISK> <file>] [<rs: RESOURCE, NAME, RESNAME> <res>] [ACTION <act,...>] [BLOCK <blk>] [<ac: ACCELERATOR, ACCELE> <acs>, <ack>] [<hlp: HELP>] [HELPID <help>] [WHEN <when>] [<brk: BREAK>] ;
   => [<o> := ] MenuAddItem( <prompt>, <msg>, <.chk.>, If( <.dis.>, .F., .T. ), [{|| <act> }] [<blk>], <file>, <res>, , <acs>, <ack>, <help>, , , , , , <{when}> )

// Menu( … ) is a function.
#xcommand MENU ( <x,...> ) => ( Menu( <x> ) )
#xcommand MENU () => ( Menu() )

#xcommand SEPARATOR [<o>] => [<o> := ] MenuAddItem()
#xcommand ENDMENU => MenuEnd()

#xcommand ACTIVATE <k: POPUP, MENU> <o> [AT <row>, <col>] [<d: OF, WINDOW, DIALOG> <own>] => <o>:Activate( <row>, <col>, <own> )
#xcommand SET MENU OF <own> TO <o> => <own>:SetMenu( <o> )

#endif
