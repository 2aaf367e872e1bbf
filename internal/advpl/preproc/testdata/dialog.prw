#xcommand DEFINE DIALOG <o> [<v: VAR> <var>] [TITLE <t>] [FROM <r1>, <c1>] [TO <r2>, <c2>] [STYLE <s>] [MENU <m>] ;
      [BRUSH <br>] [ICON <ic>] [OF <own>] [COLOR <fg> [, <bg>]] [FONT <f>] [HELPID <h>] [NAME <n>] [RESOURCE <res>] ;
      [<px: PIXEL>] [<tr: TRANSPARENT, NO BACKGROUND>] [<md: MODAL>] [<nb: NOBORDER>] [ON INIT <i>] [ON PAINT <p>] ;
      [VALID <k>] [TOOLTIP <tt>] [CURSOR <cu>] ;
   => <o> := Dialog():New(<r1>, <c1>, <r2>, <c2>, <t>, <"var">, <s>, <m>, <br>, <ic>, <own>, <fg>, <bg>, <f>, <h>, ;
      <(n)>, <"res">, <.px.>, <.tr.>, <.md.>, <.nb.>, <{i}>, <{p}>, <{k}>, <tt>, <cu>)
#xcommand ACTIVATE DIALOG <o> [<c: CENTER, CENTERED>] [ON INIT <i>] => <o>:Activate(<.c.>, <{i}>)
#xcommand DEFINE FONT <o> [NAME <n>] [SIZE <w>, <h>] [<b: BOLD>] => <o> := Font():New(<n>, <w>, <h>, <.b.>)

DEFINE DIALOG oDlg
DEFINE DIALOG oDlg TITLE "a" FROM 0, 0 TO aSize[6], aSize[5] PIXEL
DEFINE DIALOG oDlg CURSOR oCur TOOLTIP "t" VALID f(x) ON PAINT p() ON INIT (a(), b()) NOBORDER MODAL NO BACKGROUND ;
   PIXEL RESOURCE main NAME win HELPID 12 FONT oFont COLOR CLR_RED, CLR_BLUE OF oMain ICON "i" BRUSH oBrush MENU BuildMenu() ;
   STYLE nOr(1, 2) TO 10, 20 FROM 1, 2 /* comment */ TITLE "all " + cTitle VAR cVar
define dialog oDlg of oWnd ; // the title follows
   title "x" ;

   pixel
Private oFont ; DEFINE FONT oFont NAME "Arial" /*BOLD*/ SIZE 0, -12 BOLD
ACTIVATE DIALOG oDlg CENTERED ON INIT {|| Init(oDlg)}
DEFINE WINDOW oWnd
