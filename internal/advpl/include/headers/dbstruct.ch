// Elements of the arrays of DbStruct().
#ifndef __DBSTRUCT_CH
#define __DBSTRUCT_CH

#define DBS_NAME  1
#define DBS_TYPE  2
#define DBS_LEN   3
#define DBS_DEC   4
#define DBS_ALEN  4

#endif
