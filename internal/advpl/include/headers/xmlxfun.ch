// Commands that read, change and write XML as objects.
#ifndef __XMLXFUN_CH
#define __XMLXFUN_CH

// What XMLError() gives.
#define XERROR_ONLYFIRSTNODE   -1
#define XERROR_ONLYFIND        -1
#define XERROR_SUCCESS          0
#define XERROR_FILE_NOT_FOUND   1
#define XERROR_OPEN_ERROR       2
#define XERROR_INVALID_XML      3

#xcommand CREATE <xml> XMLSTRING <text> [<first: ONLYFIRSTNODE>] [SETASARRAY <paths,...>] [OPTIONAL <more,...>] ;
   => <xml> := XMLStr( <text>, [\{ <"paths"> \}], [\{ <"more"> \}], <.first.> )
#xcommand CREATE <xml> XMLFILE <file> [<first: ONLYFIRSTNODE>] [SETASARRAY <paths,...>] [OPTIONAL <more,...>] ;
   => <xml> := XMLFile( <file>, [\{ <"paths"> \}], [\{ <"more"> \}], <.first.> )
#xcommand SAVE <xml> XMLSTRING <text> [<lines: NEWLINE>] => <text> := XMLSaveStr( <xml>, <.lines.> )
#xcommand SAVE <xml> XMLFILE <file> [<lines: NEWLINE>] => XMLSaveFil( <xml>, <file>, <.lines.> )
#xcommand ADDITEM <where> TAG <tag> ON <xml> [<array: ASARRAY>] [TEXT <text>] ;
   => XMLAddItem( <where>, <tag>, <xml>, <.array.>, <text> )
#xcommand ADDNODE <where> NODE <name> ON <xml> [SETASARRAY <paths,...>] ;
   => XMLAddNode( <where>, <name>, <xml>, [\{ <"paths"> \}] )
#xcommand DELETENODE <node> ON <xml> => XMLDltNode( <node>, <xml> )

#endif
