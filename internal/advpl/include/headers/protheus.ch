// The header of AdvPL programs: commands of work areas, dialogs, fonts, menus,
// printing, and the constants that go with them.
#ifndef __PROTHEUS_CH
#define __PROTHEUS_CH

#include "std.ch"
#include "colors.ch"
#include "vkey.ch"
#include "winapi.ch"
#include "font.ch"
#include "dialog.ch"
#include "folder.ch"
#include "ptmenu.ch"
#include "print.ch"
#include "msobject.ch"

#ifndef CRLF
#define CRLF ( Chr( 13 ) + Chr( 10 ) )
#endif

// Alignment of a control in its panel.
#define CONTROL_ALIGN_NONE       0
#define CONTROL_ALIGN_LEFT       1
#define CONTROL_ALIGN_RIGHT      2
#define CONTROL_ALIGN_TOP        3
#define CONTROL_ALIGN_BOTTOM     4
#define CONTROL_ALIGN_ALLCLIENT  5

// What a MsNewGetDados lets its user do.
#define GD_INSERT  1
#define GD_UPDATE  2
#define GD_DELETE  4

// Options of cGetFile.
#define GETF_MULTISELECT      1
#define GETF_NOCHANGEDIR      2
#define GETF_ONLYSERVER       4
#define GETF_SHAREWARE        4
#define GETF_LOCALFLOPPY      8
#define GETF_LOCALHARD       16
#define GETF_NETWORKDRIVE    32
#define GETF_OVERWRITEPROMPT 64
#define GETF_RETDIRECTORY   128

#endif
