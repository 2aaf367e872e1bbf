// Commands of character terminals (data collectors).
#ifndef __APVT100_CH
#define __APVT100_CH

#xcommand @ <row>, <col> VTSAY <x> [<pk: PICTURE, PICT> <pic>] => VTSay( <row>, <col>, <x> [, <pic>] )
#xcommand @ <row>, <col> VTGET <v> [<pk: PICTURE, PICT> <pic>] [VALID <valid>] [WHEN <when>] [F3 <f3>] [<pw: PASSWORD>] [SIZE <size>] ;
   => VTGet( <row>, <col>, bSetGet( <v> ), <"v">, <pic>, <{valid}>, <{when}>, <f3>, <.pw.>, <size> )
#xcommand @ <row>, <col> VTSAY <x> VTGET <v> [<pk: PICTURE, PICT> <pic>] [VALID <valid>] [WHEN <when>] [F3 <f3>] [<pw: PASSWORD>] [SIZE <size>] ;
   => VTSay( <row>, <col>, <x> ) ; VTGet( <row>, VTCol() + 1, bSetGet( <v> ), <"v">, <pic>, <{valid}>, <{when}>, <f3>, <.pw.>, <size> )
#xcommand @ <row>, <col> VTPAUSE <x> => VTPause( <row>, <col>, <x> )
#xcommand VTREAD => VTRead()
#xcommand VTCLEAR => VTClear()
#xcommand VTCLEAR SCREEN => VTClear()
#xcommand VTSAVE SCREEN TO <v> => <v> := VTSave()
#xcommand VTRESTORE SCREEN FROM <v> => VTRestore( , , , , <v> )
#xcommand VTCLEARBUFFER => VTClearBuffer()

#xtranslate bSetGet( <v> ) => {|__uNew| If( PCount() > 0, <v> := __uNew, <v> )}

#endif
