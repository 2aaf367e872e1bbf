// Small helpers of older programs.
#ifndef __COMMON_CH
#define __COMMON_CH

#define TRUE   .T.
#define FALSE  .F.
#define YES    .T.
#define NO     .F.

#xcommand UPDATE <v> IF <cond> TO <x> => If <cond> ; <v> := <x> ; EndIf

#xtranslate ISNIL( <v> ) => ( <v> == NIL )
#xtranslate ISARRAY( <v> ) => ( ValType( <v> ) == "A" )
#xtranslate ISBLOCK( <v> ) => ( ValType( <v> ) == "B" )
#xtranslate ISCHARACTER( <v> ) => ( ValType( <v> ) == "C" )
#xtranslate ISDATE( <v> ) => ( ValType( <v> ) == "D" )
#xtranslate ISLOGICAL( <v> ) => ( ValType( <v> ) == "L" )
#xtranslate ISNUMBER( <v> ) => ( ValType( <v> ) == "N" )
#xtranslate ISOBJECT( <v> ) => ( ValType( <v> ) == "O" )

#endif
