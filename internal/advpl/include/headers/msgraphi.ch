// Constants of charts.
#ifndef __MSGRAPHI_CH
#define __MSGRAPHI_CH

// Kinds of series.
#define GRP_LINE       1
#define GRP_AREA       2
#define GRP_POINT      3
#define GRP_BAR        4
#define GRP_PIE       10
#define GRP_CROSS     14
#define GRP_RADAR     15

// Places of titles and legends.
#define A_LEFTJUST     1
#define A_RIGHTJUS     2
#define A_CENTER       3
#define GRP_TITLE      .T.
#define GRP_FOOT       .F.
#define GRP_SCRTOP     1
#define GRP_SCRLEFT    2
#define GRP_SCRBOTTOM  3
#define GRP_SCRRIGHT   4
#define GRP_NONE       0
#define GRP_AUTO       0
#define GRP_SERIES     1
#define GRP_VALUES     2
#define GRP_CREATE_ERR -1

#define GRADIENT_HORI  1
#define GRADIENT_VERT  2
#define GDTOPBOTTOM    1
#define GDBOTTOMTOP    2
#define GDLEFTRIGHT    3
#define GDRIGHTLEFT    4

#xcommand @ <row>, <col> MSGRAPHIC [<o>] [SIZE <w> [, <h>]] [<d: OF, DIALOG, WINDOW> <own>] [FONT <font>] [<px: PIXEL>] [<nb: NOBORDER>] => [<o> := ] TMsGraphic():New( <row>, <col>, <own>, <font>, , , <w>, <h> )

#endif
