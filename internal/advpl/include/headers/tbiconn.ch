// PREPARE ENVIRONMENT and RESET ENVIRONMENT: company, branch and tables of a
// program that runs without a user.
#ifndef __TBICONN_CH
#define __TBICONN_CH

#xcommand PREPARE ENVIRONMENT EMPRESA <emp> [FILIAL <fil>] [USER <user>] [PASSWORD <pass>] [TABLES <tables,...>] [<k: MODULO, MODULE> <mod>] [FUNNAME <fun>] [<srv: SERVER, ENVIRONMENT> <x>] ;
   => RpcSetEnv( <emp>, <fil>, <user>, <pass>, <mod>, <fun>, [{ <tables> }] )

#xcommand PREPARE ENVIRONMENT IN SERVER <o> EMPRESA <emp> [FILIAL <fil>] [USER <user>] [PASSWORD <pass>] [TABLES <tables,...>] [<k: MODULO, MODULE> <mod>] [FUNNAME <fun>] ;
   => <o>:CallProc( "RpcSetEnv", <emp>, <fil>, <user>, <pass>, <mod>, <fun>, [{ <tables> }] )

#xcommand RESET ENVIRONMENT => RpcClearEnv()
#xcommand RESET ENVIRONMENT IN SERVER <o> => <o>:CallProc( "RpcClearEnv" )

#xcommand OPEN REMOTE TABLES <tables,...> => RpcOpenTables( [{ <tables> }] )

#xcommand CREATE <k: RPCCONN, RPC> <o> [ON SERVER <srv>] [PORT <port>] [ENVIRONMENT <env>] [EMPRESA <emp>] [FILIAL <fil>] [<m: MODULO, MODULE> <mod>] [TABLES <tables,...>] [CLEAN] ;
   => <o> := RpcConnect( <srv>, <port>, <env>, <emp>, <fil> )
#xcommand CLOSE <k: RPCCONN, RPC> <o> => RpcDisconnect( <o> )
#xcommand CALLPROC IN <o> FUNCTION <f> [PARAMETERS <args,...>] [RESULT <v>] => [<v> := ] <o>:CallProc( <f> [, <args>] )

#endif
