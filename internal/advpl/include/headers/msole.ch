// Properties of Word documents that OLE_SetProperty and OLE_GetProperty take.
#ifndef __MSOLE_CH
#define __MSOLE_CH

#define oleWdFormatDocument   "100"
#define oleWdFormatTemplate   "101"
#define oleWdFormatText       "102"
#define oleWdFormatRTF        "106"
#define oleWdFormatHTML       "107"
#define oleWdLeft             "201"
#define oleWdTop              "202"
#define oleWdWidth            "203"
#define oleWdHeight           "204"
#define oleWdWindowState      "205"
#define oleWdVisible          "206"
#define oleWdPrintBack        "208"

#endif
