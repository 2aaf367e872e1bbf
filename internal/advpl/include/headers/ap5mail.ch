// Commands that send and fetch electronic mail.
#ifndef __AP5MAIL_CH
#define __AP5MAIL_CH

#xcommand CONNECT SMTP SERVER <srv> ACCOUNT <user> PASSWORD <pass> [TIMEOUT <n>] [IN SERVER <rpc>] [<tls: TLS>] [<ssl: SSL>] [RESULT <v>] => [<v> := ] MailSmtpOn( <srv>, <user>, <pass>, <n>, <.tls.>, <.ssl.> )
#xcommand DISCONNECT SMTP SERVER [IN SERVER <rpc>] [RESULT <v>] => [<v> := ] MailSmtpOff()
#xcommand CONNECT POP SERVER <srv> ACCOUNT <user> PASSWORD <pass> [TIMEOUT <n>] [IN SERVER <rpc>] [<tls: TLS>] [<ssl: SSL>] [RESULT <v>] => [<v> := ] MailPopOn( <srv>, <user>, <pass>, <n>, <.tls.>, <.ssl.> )
#xcommand DISCONNECT POP SERVER [IN SERVER <rpc>] [RESULT <v>] => [<v> := ] MailPopOff()

#xcommand SEND MAIL FROM <from> TO <to,...> [CC <cc,...>] [BCC <bcc,...>] [SUBJECT <subj>] [BODY <body>] [FORMAT <txt: TEXT>] [FORMAT <htm: HTML>] [ATTACHMENT <att,...>] [IN SERVER <rpc>] [RESULT <v>] ;
   => [<v> := ] MailSend( <from>, { <to> }, [{ <cc> }], [{ <bcc> }], <subj>, <body>, [{ <att> }], <.txt.> )
#xcommand RECEIVE MAIL MESSAGE <n> [FROM <from>] [TO <to>] [CC <cc>] [BCC <bcc>] [SUBJECT <subj>] [BODY <body>] [ATTACHMENT <att>] [SAVE IN <dir>] [<del: DELETE>] [IN SERVER <rpc>] [RESULT <v>] ;
   => [<v> := ] MailReceive( <n>, [@<from>], [@<to>], [@<cc>], [@<bcc>], [@<subj>], [@<body>], [@<att>], <dir>, <.del.> )
#xcommand GET MAIL ERROR <v> [IN SERVER <rpc>] => <v> := MailGetErr()
#xcommand GET MAIL NUMBER <v> [IN SERVER <rpc>] [RESULT <ok>] => [<ok> := ] PopMsgCount( @<v> )
#xcommand POP MESSAGE COUNT <v> [IN SERVER <rpc>] [RESULT <ok>] => [<ok> := ] PopMsgCount( @<v> )

#endif
