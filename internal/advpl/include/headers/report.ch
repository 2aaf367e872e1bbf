// DEFINE REPORT, SECTION, CELL, BREAK and FUNCTION.
#ifndef __REPORT_CH
#define __REPORT_CH

#xcommand DEFINE REPORT <o> NAME <name> [TITLE <title>] [PARAMETER <param>] [ACTION <act>] [DESCRIPTION <desc>] [<land: LANDSCAPE>] [TOTAL TEXT <total>] [<tic: TOTAL IN COLUMN>] [<tpb: PAGE TOTAL TEXT> <ptext>] [<ptic: PAGE TOTAL IN COLUMN>] [<pb: TOTAL PAGE BREAK>] [COLUMN SPACE <space>] ;
   => <o> := TReport():New( <name>, <title>, <param>, <{act}>, <desc>, <.land.>, <total>, ! <.tic.>, <ptext>, ! <.ptic.>, <.pb.>, <space> )

#xcommand DEFINE SECTION <o> OF <own> [TITLE <title>] [<k: TABLES, TABLE> <tables,...>] [ORDERS <orders>] [<lc: LOAD CELLS>] [<lo: LOAD ORDERS>] [TOTAL TEXT <total>] [<tic: TOTAL IN COLUMN>] [<hp: PAGE HEADER, HEADER PAGE>] [<hb: BREAK HEADER, HEADER BREAK>] [<pb: PAGE BREAK>] [<lb: LINE BREAK>] ;
      [LEFT MARGIN <margin>] [<ls: LINE STYLE>] [COLUMN SPACE <space>] [<as: AUTO SIZE>] [<sep: CHAR SEPARATOR, SEPARATOR> <char>] [LINES BEFORE <lines>] [COLUMNS <cols>] [<cb: CLRBACK, COLOR BACK> <back>] [<cf: CLRFORE, COLOR FORE> <fore>] [PERCENTAGE <pct>] ;
   => <o> := TRSection():New( <own>, <title>, [{ <tables> }], <orders>, <.lc.>, <.lo.>, <total>, ! <.tic.>, <.hp.>, <.hb.>, <.pb.>, <.lb.>, <margin>, <.ls.>, <space>, <.as.>, <char>, <lines>, <cols>, <back>, <fore>, <pct> )

#xcommand DEFINE CELL [<o>] NAME <name> OF <own> [<al: ALIAS, TABLE> <alias>] [TITLE <title>] [PICTURE <pic>] [SIZE <size>] [<px: PIXEL>] [BLOCK <blk>] [ALIGN <align>] [<lb: LINE BREAK>] [HEADER ALIGN <ha>] [<cb: CELL BREAK>] [COLUMN SPACE <space>] [<as: AUTO SIZE>] [<kb: CLRBACK, COLOR BACK> <back>] [<kf: CLRFORE, COLOR FORE> <fore>] [<bold: BOLD>] ;
   => [<o> := ] TRCell():New( <own>, <name>, <alias>, <title>, <pic>, <size>, <.px.>, <{blk}>, <(align)>, <.lb.>, <(ha)>, <.cb.>, <space>, <.as.>, <back>, <fore>, <.bold.> )

#xcommand DEFINE CELL HEADER [<o>] NAME <name> OF <own> TITLE <title> [ALIGN <align>] [SIZE <size>] => [<o> := ] <own>:Cell( <name> ):SetTitle( <title> )

#xcommand DEFINE BREAK <o> OF <own> [WHEN <when>] [TITLE <title>] [<tic: TOTAL IN COLUMN>] [<til: TOTAL IN LINE>] [NAME <name>] [<pb: PAGE BREAK>] [TOTAL TEXT <total>] ;
   => <o> := TRBreak():New( <own>, <when>, <title>, <.til.>, <name>, <.pb.> )

#xcommand DEFINE FUNCTION [<o>] FROM <cell> [OF <sec>] [NAME <name>] [BREAK <brk>] [TITLE <title>] [PICTURE <pic>] FUNCTION <fun> [OF <sec>] [NAME <name>] [BREAK <brk>] [TITLE <title>] [PICTURE <pic>] [FORMULA <formula>] [<nes: NO END SECTION>] [<ner: NO END REPORT>] [<ep: END PAGE>] [WHEN PRINT <can>] [WHEN <cond>] [PRINT WHEN <can>] [<dis: DISABLE>] ;
   => [<o> := ] TRFunction():New( <cell>, <name>, <(fun)>, <brk>, <title>, <pic>, <formula>, ! <.nes.>, ! <.ner.>, <.ep.>, <sec>, <{cond}>, <.dis.>, <{can}> )

#xcommand DEFINE COLLECTION [<o>] [OF <own>] FUNCTION <fun> [FORMULA <formula>] [CONTENT <content>] [PICTURE <pic>] [TITLE <title>] [NAME <name>] [BREAK <brk>] [WHEN <cond>] [<nes: NO END SECTION>] [<ner: NO END REPORT>] ;
   => [<o> := ] TRCollection():New( <name>, <(fun)>, <brk>, <title>, <pic>, <formula>, ! <.nes.>, ! <.ner.>, <own>, <{cond}>, <content> )

#xcommand TRPOSITION <sec> TABLE <table> ORDER <order> FORMULA <formula> => TRPosition():New( <sec>, <table>, <order>, <{formula}> )

#xcommand BEGIN REPORT QUERY <sec> => <sec>:BeginQuery()
#xcommand END REPORT QUERY <sec> [PARAM <params,...>] => <sec>:EndQuery( [{ <params> }] )
#xcommand PRINT REPORT <o> => <o>:PrintDialog()

#endif
