// Commands for objects. Classes themselves are part of the grammar.
#ifndef __MSOBJECT_CH
#define __MSOBJECT_CH

#xcommand CREATE OBJECT <o> CLASS <cls> => <o> := <cls>():New()
#xcommand DESTROY OBJECT <o> => FreeObj( <o> )

#endif
