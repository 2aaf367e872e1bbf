// DEFINE DBTREE and its branches.
#ifndef __DBTREE_CH
#define __DBTREE_CH

#xcommand DEFINE DBTREE [<o>] [FROM <t>, <l> [TO <b>, <r>]] [SIZE <w>, <h>] [<d: OF, WINDOW, DIALOG> <own>] [ON CHANGE <change>] [ON RIGHT CLICK <rc>] [ON LEFT CLICK <lc>] [<dc: ON DBLCLICK, ON LEFT DBLCLICK> <dbl>] [<cargo: CARGO>] [<dis: DISABLE>] [<px: PIXEL, PIXELS>] ;
   => [<o> := ] DbTree():New( <t>, <l>, <b>, <r>, <own>, <{change}>, <{rc}>, <.cargo.>, <.dis.> )

#xcommand DBADDTREE <o> PROMPT <prompt> [<open: OPENED>] [<rs: RESOURCE, RESNAME> <r1> [, <r2>]] [<fl: FILE, FILENAME> <f1> [, <f2>]] [CARGO <cargo>] ;
   => <o>:AddTree( <prompt>, <.open.>, <r1>, <r2>, <f1>, <f2>, <cargo> )
#xcommand DBADDITEM <o> PROMPT <prompt> [<rs: RESOURCE, RESNAME> <r1> [, <r2>]] [<fl: FILE, FILENAME> <f1>] [CARGO <cargo>] ;
   => <o>:AddTreeItem( <prompt>, <r1>, <f1>, <cargo> )
#xcommand DBENDTREE <o> => <o>:EndTree()
#xcommand DBENDTREE => DbEndTree()

#endif
