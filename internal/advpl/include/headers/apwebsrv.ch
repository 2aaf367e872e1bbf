// Commands of web services. Services, structures and clients are part of the
// grammar; the bodies of a client's methods are guarded by BEGIN WSMETHOD.
#ifndef __APWEBSRV_CH
#define __APWEBSRV_CH

#xcommand BEGIN WSMETHOD => Begin Sequence
#xcommand END WSMETHOD => End Sequence

#define SOAPFAULT_SENDER    1
#define SOAPFAULT_RECEIVER  2

#endif
