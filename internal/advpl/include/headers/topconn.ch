// TCQUERY: a work area over the rows of a query.
#ifndef __TOPCONN_CH
#define __TOPCONN_CH

#xcommand TCQUERY <q> [ALIAS <a>] [<new: NEW>] [SERVER <srv>] [ENVIRONMENT <env>] [VIA <via>] ;
   => DbUseArea( <.new.>, "TOPCONN", TCGenQry( , , <q> ), <(a)>, .F., .T. )
#xcommand OPEN QUERY <q> [ALIAS <a>] [<new: NEW>] [VIA <via>] ;
   => DbUseArea( <.new.>, "TOPCONN", TCGenQry( , , <q> ), <(a)>, .F., .T. )
#xcommand TCSQLEXEC <q> => TCSqlExec( <q> )

#endif
