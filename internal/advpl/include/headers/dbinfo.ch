// Numbers of DbInfo() and DbRecordInfo().
#ifndef __DBINFO_CH
#define __DBINFO_CH

#define DBI_ISDBF             1
#define DBI_CANPUTREC         2
#define DBI_GETHEADERSIZE     3
#define DBI_LASTUPDATE        4
#define DBI_GETRECSIZE        7
#define DBI_GETLOCKARRAY      8
#define DBI_TABLEEXT          9
#define DBI_FULLPATH         10
#define DBI_ISFLOCK          20
#define DBI_BOF              26
#define DBI_EOF              27
#define DBI_DBFILTER         28
#define DBI_FOUND            29
#define DBI_FCOUNT           30
#define DBI_LOCKCOUNT        31
#define DBI_ALIAS            34
#define DBI_FILEHANDLE       23
#define DBI_SHARED           36

#define DBRI_DELETED          1
#define DBRI_LOCKED           2
#define DBRI_RECSIZE          3
#define DBRI_RECNO            4
#define DBRI_UPDATED          5

#endif
