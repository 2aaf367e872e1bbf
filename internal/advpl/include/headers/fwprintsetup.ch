// Constants of FWPrintSetup.
#ifndef __FWPRINTSETUP_CH
#define __FWPRINTSETUP_CH

// Flags of what the window leaves out.
#define PD_ISTOTVSPRINTER       1
#define PD_DISABLEDESTINATION   2
#define PD_DISABLEORIENTATION   4
#define PD_DISABLEPAPERSIZE     8
#define PD_DISABLEPREVIEW      16
#define PD_DISABLEMARGIN       32

// Numbers of its settings.
#define PD_DESTINATION  1
#define PD_PRINTTYPE    2
#define PD_ORIENTATION  3
#define PD_PAPERSIZE    4
#define PD_PREVIEW      5
#define PD_VALUETYPE    6
#define PD_MARGIN       7
#define PD_VALUE        8

#define PD_OK           1
#define PD_CANCEL       2

#define PD_TYPE_FILE    1
#define PD_TYPE_SPOOL   2
#define PD_TYPE_EMAIL   3
#define PD_TYPE_EXCEL   4
#define PD_TYPE_HTML    5
#define PD_TYPE_PDF     6

#endif
