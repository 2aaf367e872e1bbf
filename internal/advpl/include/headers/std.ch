// Commands of xBase that work on the selected work area, on settings and on
// files. Words of four letters and more may be abbreviated to their first four.
#ifndef __STD_CH
#define __STD_CH

#include "set.ch"

// ---- work areas

#command USE => DbCloseArea()

#command USE <(file)> [VIA <rdd>] [ALIAS <a>] [<new: NEW>] [<ex: EXCLUSIVE>] [<sh: SHARED>] [<ro: READONLY>] [INDEX <(i1)> [, <(in)>]] ;
   => DbUseArea( <.new.>, <rdd>, <(file)>, <(a)>, If( <.sh.> .Or. <.ex.>, ! <.ex.>, NIL ), <.ro.> ) ;
   [; DbSetIndex( <(i1)> )] [; DbSetIndex( <(in)> )]

#command SELECT <(a)> => DbSelectArea( <(a)> )
#command SELECT <n: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9> => DbSelectArea( <n> )

#command CLOSE => DbCloseArea()
#command CLOSE <a> => <a>->( DbCloseArea() )
#command CLOSE ALL => DbCloseAll()
#command CLOSE DATABASES => DbCloseAll()
#command CLOSE INDEXES => DbClearIndex()
#command CLOSE INDICES => DbClearIndex()
#command CLOSE ALTERNATE => Set( _SET_ALTFILE, "" )
// Close( oDlg ) is a function.
#xcommand CLOSE ( <o> ) => ( Close( <o> ) )
#xcommand CLOSE () => ( Close() )

#command COMMIT => DbCommitAll()
#command UNLOCK => DbUnlock()
#command UNLOCK ALL => DbUnlockAll()
#command PACK => __DbPack()
#command ZAP => __DbZap()
#command REINDEX => DbReindex()

#command GO <n> => DbGoTo( <n> )
#command GO TOP => DbGoTop()
#command GO BOTTOM => DbGoBottom()
#command GOTO <n> => DbGoTo( <n> )
#command GOTO TOP => DbGoTop()
#command GOTO BOTTOM => DbGoBottom()
#command SKIP => DbSkip( 1 )
#command SKIP <n> => DbSkip( <n> )
#command SKIP ALIAS <a> => <a>->( DbSkip( 1 ) )
#command SKIP <n> ALIAS <a> => <a>->( DbSkip( <n> ) )
#command SEEK <x> [<soft: SOFTSEEK>] [<last: LAST>] => DbSeek( <x>, If( <.soft.>, .T., NIL ), If( <.last.>, .T., NIL ) )
#command CONTINUE => __DbContinue()

#command APPEND BLANK => DbAppend()
#command APPEND FROM <(file)> [FIELDS <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [VIA <rdd>] [ALL] ;
   => __DbApp( <(file)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.>, <rdd> )
#command APPEND FROM <(file)> DELIMITED [WITH <(d)>] [FIELDS <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => __DbDelim( .F., <(file)>, <(d)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command APPEND FROM <(file)> SDF [FIELDS <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => __DbSdf( .F., <(file)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )

#command COPY STRUCTURE TO <(file)> [FIELDS <f,...>] => __DbCopyStruct( <(file)>, { <(f)> } )
#command COPY FILE <(from)> TO <(to)> => __CopyFile( <(from)>, <(to)> )
#command COPY TO <(file)> [FIELDS <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [VIA <rdd>] [ALL] ;
   => __DbCopy( <(file)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.>, <rdd> )
#command COPY TO <(file)> DELIMITED [WITH <(d)>] [FIELDS <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => __DbDelim( .T., <(file)>, <(d)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command COPY TO <(file)> SDF [FIELDS <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => __DbSdf( .T., <(file)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )

#command DELETE [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => DbEval( {|| DbDelete() }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command RECALL [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => DbEval( {|| DbRecall() }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command DELETE => DbDelete()
#command RECALL => DbRecall()
#command DELETE FILE <(file)> => FErase( <(file)> )
#command ERASE <(file)> => FErase( <(file)> )
#command RENAME <(from)> TO <(to)> => FRename( <(from)>, <(to)> )

#command REPLACE <f1> WITH <x1> [, <fn> WITH <xn>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => DbEval( {|| _FIELD-><f1> := <x1> [, _FIELD-><fn> := <xn>] }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command REPLACE ALL <f1> WITH <x1> [, <fn> WITH <xn>] [FOR <for>] [WHILE <while>] => DbEval( {|| _FIELD-><f1> := <x1> [, _FIELD-><fn> := <xn>] }, <{for}>, <{while}> )
#command REPLACE <f1> WITH <x1> [, <fn> WITH <xn>] => _FIELD-><f1> := <x1> [; _FIELD-><fn> := <xn>]

#command LOCATE [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => __DbLocate( <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command COUNT [FOR <for>] [WHILE <while>] TO <v> [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => <v> := 0 ; DbEval( {|| <v> += 1 }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command SUM <x1> [, <xn>] TO <v1> [, <vn>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => <v1> := 0 [; <vn> := 0] ; DbEval( {|| <v1> += <x1> [, <vn> += <xn>] }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )
#command STORE <x> TO <v1> [, <vn>] => <v1> := [<vn> := ] <x>
#command SORT TO <(file)> [ON <f,...>] [FOR <for>] [WHILE <while>] [NEXT <next>] [RECORD <rec>] [<rest: REST>] [ALL] ;
   => __DbSort( <(file)>, { <(f)> }, <{for}>, <{while}>, <next>, <rec>, <.rest.> )

// ---- indexes, order, filter, relations

#command INDEX ON <key> [TAG <(tag)>] TO <(file)> [FOR <for>] [WHILE <while>] [EVAL <eval>] [EVERY <every>] [<u: UNIQUE>] [ASCENDING] [<d: DESCENDING>] [<add: ADDITIVE>] ;
   => OrdCondSet( <"for">, <{for}>, , <{while}>, <{eval}>, <every>, , , , , <.d.>, , <.add.> ) ;;
      OrdCreate( <(file)>, <(tag)>, <"key">, {|| <key> }, <.u.> )
#command INDEX ON <key> TAG <(tag)> [FOR <for>] [WHILE <while>] [EVAL <eval>] [EVERY <every>] [<u: UNIQUE>] [ASCENDING] [<d: DESCENDING>] [<add: ADDITIVE>] ;
   => OrdCondSet( <"for">, <{for}>, , <{while}>, <{eval}>, <every>, , , , , <.d.>, , <.add.> ) ;;
      OrdCreate( , <(tag)>, <"key">, {|| <key> }, <.u.> )
#command INDEX ON <key> TO <(file)> [<u: UNIQUE>] => DbCreateIndex( <(file)>, <"key">, {|| <key> }, <.u.> )

#command SET INDEX TO => DbClearIndex()
#command SET INDEX TO <(i1)> [, <(in)>] [<add: ADDITIVE>] => If( ! <.add.>, DbClearIndex(), NIL ) ; DbSetIndex( <(i1)> ) [; DbSetIndex( <(in)> )]
#command SET ORDER TO => DbSetOrder( 0 )
#command SET ORDER TO <n> => DbSetOrder( <n> )
#command SET ORDER TO TAG <(tag)> [IN <(file)>] => OrdSetFocus( <(tag)> [, <(file)>] )
#command SET FILTER TO => DbClearFilter()
#command SET FILTER TO <x> => DbSetFilter( <{x}>, <"x"> )
#command SET FILTER TO &<x> => DbSetFilter( &( "{|| " + <x> + "}" ), <x> )
#command SET RELATION TO => DbClearRel()
#command SET RELATION [<add: ADDITIVE>] [TO <x1> INTO <(a1)>] [, [TO] <xn> INTO <(an)>] [<add2: ADDITIVE>] ;
   => If( ! ( <.add.> .Or. <.add2.> ), DbClearRel(), NIL ) [; DbSetRelation( <(a1)>, <{x1}>, <"x1"> )] [; DbSetRelation( <(an)>, <{xn}>, <"xn"> )]

// ---- settings

#command SET DATE [TO] AMERICAN => __SetDate( "mm/dd/yyyy", "mm/dd/yy" )
#command SET DATE [TO] ANSI => __SetDate( "yyyy.mm.dd", "yy.mm.dd" )
#command SET DATE [TO] BRITISH => __SetDate( "dd/mm/yyyy", "dd/mm/yy" )
#command SET DATE [TO] BRAZILIAN => __SetDate( "dd/mm/yyyy", "dd/mm/yy" )
#command SET DATE [TO] FRENCH => __SetDate( "dd/mm/yyyy", "dd/mm/yy" )
#command SET DATE [TO] GERMAN => __SetDate( "dd.mm.yyyy", "dd.mm.yy" )
#command SET DATE [TO] ITALIAN => __SetDate( "dd-mm-yyyy", "dd-mm-yy" )
#command SET DATE [TO] JAPAN => __SetDate( "yyyy/mm/dd", "yy/mm/dd" )
#command SET DATE [TO] USA => __SetDate( "mm-dd-yyyy", "mm-dd-yy" )
#command SET DATE FORMAT [TO] <c> => Set( _SET_DATEFORMAT, <c> )
#xtranslate __SetDate( <long>, <short> ) => Set( _SET_DATEFORMAT, If( __SetCentury(), <long>, <short> ) )
#command SET CENTURY <x: ON, OFF, &> => __SetCentury( <(x)> )
#command SET CENTURY ( <x> ) => __SetCentury( <x> )
#command SET EPOCH TO <n> => Set( _SET_EPOCH, <n> )
#command SET DELETED [<on: ON>] [OFF] => Set( _SET_DELETED, <.on.> )
#command SET DELETED ( <x> ) => Set( _SET_DELETED, <x> )
#command SET EXACT [<on: ON>] [OFF] => Set( _SET_EXACT, <.on.> )
#command SET EXACT ( <x> ) => Set( _SET_EXACT, <x> )
#command SET SOFTSEEK [<on: ON>] [OFF] => Set( _SET_SOFTSEEK, <.on.> )
#command SET SOFTSEEK ( <x> ) => Set( _SET_SOFTSEEK, <x> )
#command SET EXCLUSIVE [<on: ON>] [OFF] => Set( _SET_EXCLUSIVE, <.on.> )
#command SET UNIQUE [<on: ON>] [OFF] => Set( _SET_UNIQUE, <.on.> )
#command SET FIXED [<on: ON>] [OFF] => Set( _SET_FIXED, <.on.> )
#command SET DECIMALS TO <n> => Set( _SET_DECIMALS, <n> )
#command SET DECIMALS TO => Set( _SET_DECIMALS, 0 )
#command SET PATH TO => Set( _SET_PATH, "" )
#command SET PATH TO <(c)> => Set( _SET_PATH, <(c)> )
#command SET DEFAULT TO => Set( _SET_DEFAULT, "" )
#command SET DEFAULT TO <(c)> => Set( _SET_DEFAULT, <(c)> )
#command SET CONSOLE [<on: ON>] [OFF] => Set( _SET_CONSOLE, <.on.> )
#command SET CONFIRM [<on: ON>] [OFF] => Set( _SET_CONFIRM, <.on.> )
#command SET ESCAPE [<on: ON>] [OFF] => Set( _SET_ESCAPE, <.on.> )
#command SET BELL [<on: ON>] [OFF] => Set( _SET_BELL, <.on.> )
#command SET WRAP [<on: ON>] [OFF] => Set( _SET_WRAP, <.on.> )
#command SET INTENSITY [<on: ON>] [OFF] => Set( _SET_INTENSITY, <.on.> )
#command SET SCOREBOARD [<on: ON>] [OFF] => Set( _SET_SCOREBOARD, <.on.> )
#command SET DELIMITERS [<on: ON>] [OFF] => Set( _SET_DELIMITERS, <.on.> )
#command SET CURSOR ON => Set( _SET_CURSOR, 1 )
#command SET CURSOR OFF => Set( _SET_CURSOR, 0 )
#command SET MARGIN TO <n> => Set( _SET_MARGIN, <n> )
#command SET MESSAGE TO <n> => Set( _SET_MESSAGE, <n> )
#command SET TYPEAHEAD TO <n> => Set( _SET_TYPEAHEAD, <n> )
#command SET COLOR TO => Set( _SET_COLOR, "" )
#command SET COLOR TO <*c*> => Set( _SET_COLOR, #<c> )
#command SET COLOR TO ( <c> ) => Set( _SET_COLOR, <c> )
#command SET ALTERNATE [<on: ON>] [OFF] => Set( _SET_ALTERNATE, <.on.> )
#command SET ALTERNATE TO => Set( _SET_ALTFILE, "" )
#command SET ALTERNATE TO <(file)> [<add: ADDITIVE>] => Set( _SET_ALTFILE, <(file)>, <.add.> )
#command SET DEVICE TO SCREEN => Set( _SET_DEVICE, "SCREEN" )
#command SET DEVICE TO PRINTER => Set( _SET_DEVICE, "PRINTER" )
#command SET DEVICE TO PRINT => Set( _SET_DEVICE, "PRINTER" )
#command SET PRINTER [<on: ON>] [OFF] => Set( _SET_PRINTER, <.on.> )
#command SET PRINTER TO => Set( _SET_PRINTFILE, "" )
#command SET PRINTER TO <(file)> [<add: ADDITIVE>] => Set( _SET_PRINTFILE, <(file)>, <.add.> )
#command SET PRINT [<on: ON>] [OFF] => Set( _SET_PRINTER, <.on.> )
#command SET KEY <k> TO => SetKey( <k>, NIL )
#command SET KEY <k> TO <x> => SetKey( <k>, <{x}> )

// ---- printing by rows and columns

#xcommand @ <row>, <col> PSAY <x> [COLOR <clr>] [FONT <font>] => DevPos( <row>, <col> ) ; DevOut( <x> )
#xcommand @ <row>, <col> PSAY <x> [COLOR <clr>] [FONT <font>] <k: PICTURE, PICT> <pic> [COLOR <clr>] [FONT <font>] => DevPos( <row>, <col> ) ; DevOut( Transform( <x>, <pic> ) )
#command EJECT => __Eject()

// ---- others

#command RUN <*c*> => __Run( #<c> )
#command RUN ( <c> ) => __Run( <c> )
#command WAIT [<c>] => __Wait( <c> )
#command CLS => Cls()
#command CLEAR => Cls()
#command CLEAR SCREEN => Cls()
#command SAVE SCREEN => __XSaveScreen()
#command SAVE SCREEN TO <v> => <v> := SaveScreen( 0, 0, MaxRow(), MaxCol() )
#command RESTORE SCREEN => __XRestScreen()
#command RESTORE SCREEN FROM <v> => RestScreen( 0, 0, MaxRow(), MaxCol(), <v> )
#xcommand @ <row>, <col> => SetPos( <row>, <col> ) ; Scroll( Row(), Col(), Row(), MaxCol() )
#xcommand @ <row>, <col> CLEAR => Scroll( <row>, <col>, MaxRow(), MaxCol() )
#xcommand @ <t>, <l> CLEAR TO <b>, <r> => Scroll( <t>, <l>, <b>, <r> )
#xcommand @ <t>, <l>, <b>, <r> BOX <c> [COLOR <clr>] => DispBox( <t>, <l>, <b>, <r>, <c> [, <clr>] )
#command QUIT => __Quit()
#command KEYBOARD <c> => __Keyboard( <c> )
#command RELEASE ALL => __MvRelease()
#xcommand RELEASE <k: OBJECT, OBJECTS> <o> => FreeObj( <o> )
#command RELEASE <v,...> => __MvRelease( { <(v)> } )
#command EXTERNAL <f,...> =>

#endif
