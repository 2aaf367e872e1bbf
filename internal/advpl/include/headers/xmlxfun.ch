// Commands that read XML into objects.
#ifndef __XMLXFUN_CH
#define __XMLXFUN_CH

#define XERROR_ONLYFIND        -1
#define XERROR_SUCCESS          0
#define XERROR_FILE_NOT_FOUND   1
#define XERROR_OPEN_ERROR       2
#define XERROR_INVALID_XML      3

#xcommand CREATE <o> XMLSTRING <x> [SETASARRAY <a1> [, <an>]] [OPTIONAL <b1> [, <bn>]] ;
   => <o> := Eval( {|__o, __e, __w| __e := __w := "", __o := XmlParser( <x>, "_", @__e, @__w ) [, XmlNode2Arr( __o:<a1>, <"a1"> )] [, XmlNode2Arr( __o:<an>, <"an"> )], __o} )
#xcommand CREATE <o> XMLFILE <x> [SETASARRAY <a1> [, <an>]] [OPTIONAL <b1> [, <bn>]] ;
   => <o> := Eval( {|__o, __e, __w| __e := __w := "", __o := XmlParserFile( <x>, "_", @__e, @__w ) [, XmlNode2Arr( __o:<a1>, <"a1"> )] [, XmlNode2Arr( __o:<an>, <"an"> )], __o} )
#xcommand SAVE <o> XMLFILE <file> [<nl: NEWLINE>] => XmlSave( <o>, <file> )
#xcommand SAVE <o> XMLSTRING <v> [<nl: NEWLINE>] => <v> := XmlSaveStr( <o> )
#xcommand ADDITEM TAG <tag> ON <o> => XmlNewNode( <o>, <"tag">, <"tag">, "NOD" )
#xcommand ADDNODE <node> NODE <tag> ON <o> => XmlNewNode( <o>, <"node">, <tag>, "NOD" )
#xcommand DELETENODE <node> ON <o> => XmlDelNode( <o>, <"node"> )

#endif
