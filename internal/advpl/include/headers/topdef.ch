// Settings of connections to databases.
#ifndef __TOPDEF_CH
#define __TOPDEF_CH

#define TOP_CONN_OK   0

#endif
