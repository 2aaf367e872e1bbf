// Constants of FWMSPrinter.
#ifndef __RPTDEF_CH
#define __RPTDEF_CH

// Where the output goes.
#define IMP_DISCO   1
#define IMP_SPOOL   2
#define IMP_EMAIL   3
#define IMP_EXCEL   4
#define IMP_HTML    5
#define IMP_PDF     6
#define IMP_ODF     7
#define IMP_PDFMAIL 8
#define IMP_MAIL    3

#define AMB_SERVER  1
#define AMB_CLIENT  2
#define AMB_ECM     3

#define NO_REMOTE   -1
#define REMOTE_JOB  -1
#define REMOTE_WIN  1

// Alignment of text.
#define PAD_LEFT     0
#define PAD_RIGHT    1
#define PAD_CENTER   2
#define PAD_JUSTIFY  3

// Paper.
#define DMPAPER_LETTER   1
#define DMPAPER_LEGAL    5
#define DMPAPER_A3       8
#define DMPAPER_A4       9
#define DMPAPER_A5      11
#define DMPAPER_TABLOID  3

#endif
