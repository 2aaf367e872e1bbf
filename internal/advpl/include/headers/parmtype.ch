// PARAMTYPE: checks the type of a parameter and gives it a default value.
#ifndef __PARMTYPE_CH
#define __PARMTYPE_CH

#xcommand PARAMTYPE <n> VAR <v> AS <types,...> [<k: CLASS, OR CLASS, OR OBJECT CLASS> <cls,...>] [MESSAGE <msg>] [<opt: OPTIONAL>] [DEFAULT <def>] ;
   => <v> := __ParamType( <n>, <"v">, <v>, { <"types"> }, [{ <"cls"> }], <.opt.>, <def>, <msg> )

#endif
