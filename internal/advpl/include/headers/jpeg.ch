// @ JPEG: a picture of a file.
#ifndef __JPEG_CH
#define __JPEG_CH

#xcommand @ <row>, <col> JPEG [<o>] [<rs: NAME, RESNAME, RESOURCE> <res>] [<fl: FILE, FILENAME, DISK> <file>] [<nb: NOBORDER, NO BORDER>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [<cl: ON CLICK, ON LEFT CLICK> <lc>] [ON RIGHT CLICK <rc>] [<scr: SCROLL>] [<adj: ADJUST>] [WHEN <when>] [<px: PIXEL, PIXELS>] [OBJECT <ob>] ;
   => [<o> := ] [<ob> := ] TJpeg():New( <row>, <col>, <w>, <h>, <res>, <file>, <.nb.>, <own>, <{lc}>, <{rc}>, <.scr.>, <.adj.>, , , , <{when}>, <.px.> )

#endif
