// Commands that make windows, dialogs and their controls. Each becomes the
// constructor of its class; the clauses may come in any order.
#ifndef __DIALOG_CH
#define __DIALOG_CH

#include "colors.ch"
#include "winapi.ch"

// The block that reads and writes a control's variable.
#xtranslate bSetGet( <v> ) => {|__uNew| If( PCount() > 0, <v> := __uNew, <v> )}

// ---- windows and dialogs

#xcommand DEFINE MSDIALOG <o> [<r: RESOURCE, NAME, RESNAME> <res>] [TITLE <title>] [FROM <t>, <l>] [TO <b>, <r2>] [SIZE <w> [, <h>]] [STYLE <style>] ;
      [<c: COLOR, COLORS> <fore> [, <back>]] [BRUSH <brush>] [<d: OF, WINDOW, DIALOG> <own>] [<px: PIXEL>] [ICON <icon>] [FONT <font>] [<st: STATUS>] [HELPID <help>] [<tr: TRANSPARENT>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o> := MsDialog():New( <t>, <l>, <b>, <r2>, <title>, <res>, , <.st.>, <style>, <fore>, <back>, <brush>, <own>, <.px.>, <icon>, <font>, <help>, <w>, <h>, <.tr.> )

#xcommand DEFINE DIALOG <o> [<r: RESOURCE, NAME, RESNAME> <res>] [TITLE <title>] [FROM <t>, <l>] [TO <b>, <r2>] [SIZE <w> [, <h>]] [STYLE <style>] ;
      [<c: COLOR, COLORS> <fore> [, <back>]] [BRUSH <brush>] [<d: OF, WINDOW, DIALOG> <own>] [<px: PIXEL>] [ICON <icon>] [FONT <font>] [<st: STATUS>] [HELPID <help>] [<tr: TRANSPARENT>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o> := TDialog():New( <t>, <l>, <b>, <r2>, <title>, <res>, , <.st.>, <style>, <fore>, <back>, <brush>, <own>, <.px.>, <icon>, <font>, <help>, <w>, <h>, <.tr.> )

#xcommand DEFINE <k: WINDOW, MSWINDOW> <o> [FROM <t>, <l> TO <b>, <r2>] [SIZE <w> [, <h>]] [TITLE <title>] [STYLE <style>] [MENU <menu>] [BRUSH <brush>] [ICON <icon>] [MDI] ;
      [<c: COLOR, COLORS> <fore> [, <back>]] [<vs: VSCROLL>] [<hs: HSCROLL>] [<d: OF, WINDOW, DIALOG> <own>] [<px: PIXEL>] [<nb: NOBORDER, NO BORDER>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o> := TWindow():New( <t>, <l>, <b>, <r2>, <title>, <style>, <menu>, <brush>, <icon>, <own>, <.vs.>, <.hs.>, <fore>, <back>, , , , , , , <.px.> )

#xcommand ACTIVATE <k: MSDIALOG, DIALOG> <o> [<cen: CENTERED, CENTER>] [<nm: NOWAIT, NOMODAL, NO MODAL>] [WHEN <when>] [VALID <valid>] [ON LEFT CLICK <lc>] [ON CLICK <cl>] [ON INIT <init>] ;
      [ON MOVE <move>] [ON PAINT <paint>] [ON RIGHT CLICK <rc>] [ON KEY <key>] [ON CLOSE <close>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o>:Activate( <{cl}>, <{move}>, <{paint}>, <.cen.>, <{valid}>, ! <.nm.>, <{init}>, <{rc}>, <{when}> )

#xcommand ACTIVATE <k: WINDOW, MSWINDOW> <o> [<max: MAXIMIZED>] [<ico: ICONIZED, MINIMIZED>] [<cen: CENTERED, CENTER>] [ON INIT <init>] [VALID <valid>] [ON RESIZE <resize>] [ON PAINT <paint>] [ON CLICK <cl>] [ON MOVE <move>] [ON RIGHT CLICK <rc>] [ON KEYDOWN <key>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o>:Activate( If( <.max.>, "MAXIMIZED", If( <.ico.>, "ICONIZED", "NORMAL" ) ), <{cl}>, <{rc}>, <{move}>, <{resize}>, <{paint}>, <{key}>, <{init}>, , , , , , , , <{valid}>, , , <.cen.> )

// Old form: a box with a title, made like a dialog.
#xcommand @ <t>, <l> TO <b>, <r> DIALOG <o> [TITLE <title>] [<c: COLOR, COLORS> <fore> [, <back>]] [<d: OF, WINDOW> <own>] [STYLE <style>] [<px: PIXEL>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o> := MsDialog():New( <t>, <l>, <b>, <r>, <title>, , , , <style>, <fore>, <back>, , <own>, .T. )

// ---- texts

#xcommand @ <row>, <col> <k: SAY, MSSAY> [<o> <lab: PROMPT, VAR>] <x> [<pk: PICTURE, PICT> <pic>] [<d: OF, WINDOW, DIALOG> <own>] [FONT <font>] [<cen: CENTERED, CENTER>] [<rig: RIGHT>] [<bor: BORDER>] ;
      [<px: PIXEL, PIXELS>] [<c: COLOR, COLORS> <fore> [, <back>]] [SIZE <w> [, <h>]] [<des: DESIGN>] [<upd: UPDATE>] [<sha: SHADED, SHADOW>] [<box: BOX>] [<rai: RAISED>] [<html: HTML>] [OBJECT <ob>] [<tr: TRANSPARENT>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TSay():New( <row>, <col>, <{x}>, <own>, <pic>, <font>, <.cen.>, <.rig.>, <.bor.>, <.px.>, <fore>, <back>, <w>, <h>, <.des.>, <.upd.>, <.sha.>, <.box.>, <.rai.>, <.html.> )

// ---- edited variables

#xcommand @ <row>, <col> <k: GET, MSGET> [<o> VAR] <v> [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [<pk: PICTURE, PICT> <pic>] [VALID <valid>] [WHEN <when>] [<c: COLOR, COLORS> <fore> [, <back>]] ;
      [FONT <font>] [<des: DESIGN>] [CURSOR <cur>] [<px: PIXEL, PIXELS>] [<m: MESSAGE, PROMPT, TOOLTIP> <msg>] [<upd: UPDATE>] [<cen: CENTERED, CENTER>] [<rig: RIGHT>] [<ch: ON CHANGE> <change>] [<ro: READONLY, NO MODIFY>] ;
      [<pw: PASSWORD>] [<nb: NOBORDER, NO BORDER>] [F3 <f3>] [<hh: HELPID, HELP ID> <help>] [<hb: HASBUTTON>] [<nobt: NOBUTTON>] [LABEL <label>] [OBJECT <ob>] [PLACEHOLD <hold>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TGet():New( <row>, <col>, bSetGet( <v> ), <own>, <w>, <h>, <pic>, <{valid}>, <fore>, <back>, <font>, <.des.>, <cur>, <.px.>, <msg>, <.upd.>, <{when}>, <.cen.>, <.rig.>, <{change}>, <.ro.>, <.pw.>, <f3>, <"v">, , , , <.hb.>, <.nobt.>, , <label>, , , , <hold> )

// The word MEMO may stand between the clauses.
#xcommand @ <row>, <col> <k: GET, MSGET> [<o> VAR] <v> [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [<px: PIXEL, PIXELS>] [FONT <font>] [VALID <valid>] [WHEN <when>] [<ro: READONLY, NO MODIFY>] [<c: COLOR, COLORS> <fore> [, <back>]] [<hs: HSCROLL>] [<nb: NOBORDER, NO BORDER>] ;
      <memo: MEMO, MULTILINE, TEXT> [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [<px: PIXEL, PIXELS>] [FONT <font>] [VALID <valid>] [WHEN <when>] [<ro: READONLY, NO MODIFY>] [<c: COLOR, COLORS> <fore> [, <back>]] [<hs: HSCROLL>] [<nb: NOBORDER, NO BORDER>] ;
      [CURSOR <cur>] [<m: MESSAGE, PROMPT, TOOLTIP> <msg>] [<upd: UPDATE>] [<cen: CENTERED, CENTER>] [<rig: RIGHT>] [<nv: NO VSCROLL, NOVSCROLL>] [ON CHANGE <change>] [LABEL <label>] [OBJECT <ob>] [<pk: PICTURE, PICT> <pic>] [<hh: HELPID, HELP ID> <help>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TMultiGet():New( <row>, <col>, bSetGet( <v> ), <own>, <w>, <h>, <font>, <.hs.>, <fore>, <back>, <cur>, <.px.>, <msg>, <.upd.>, <{when}>, <.cen.>, <.rig.>, <.ro.>, <{valid}>, <{change}>, , <.nb.>, ! <.nv.>, <label> )

#xcommand @ <row>, <col> SAY <x> [PICTURE <pic>] [<c: COLOR, COLORS> <clr>] GET <v> [<*rest*>] => @ <row>, <col> SAY <x> [PICTURE <pic>] [COLOR <clr>] ; @ <row>, <col> GET <v> <rest>

// ---- buttons

#xcommand @ <row>, <col> <k: BUTTON, MSBUTTON> [<o> PROMPT] <caption> [SIZE <w> [, <h>]] [ACTION <act>] [<def: DEFAULT>] [<d: OF, WINDOW, DIALOG> <own>] [<hh: HELP, HELPID, HELP ID> <help>] [FONT <font>] [<px: PIXEL, PIXELS>] [<des: DESIGN>] ;
      [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [WHEN <when>] [VALID <valid>] [<can: CANCEL>] [OBJECT <ob>] [<c: COLOR, COLORS> <fore> [, <back>]] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TButton():New( <row>, <col>, <caption>, <own>, <{act}>, <w>, <h>, <help>, <font>, <.def.>, <.px.>, <.des.>, <msg>, <.upd.>, <{when}>, <{valid}>, <.can.> )

#xcommand @ <row>, <col> BMPBUTTON [<o> RESOURCE <res>] [TYPE <type>] [ACTION <act>] [<en: ENABLE>] [<d: OF, WINDOW, DIALOG> <own>] [WHEN <when>] [<m: MESSAGE, TOOLTIP, ONSTOP> <msg>] [<px: PIXEL, PIXELS>] [SIZE <w> [, <h>]] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] SButton():New( <row>, <col>, <type>, <{act}>, <own>, .T., <msg>, <{when}> )

#xcommand DEFINE SBUTTON [<o>] [FROM <row>, <col>] [TYPE <type>] [ACTION <act>] [<en: ENABLE>] [<dis: DISABLE>] [<d: OF, WINDOW, DIALOG> <own>] [<m: MESSAGE, TOOLTIP, ONSTOP> <msg>] [WHEN <when>] [<px: PIXEL, PIXELS>] [SIZE <w> [, <h>]] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] SButton():New( <row>, <col>, <type>, <{act}>, <own>, <.en.>, <msg>, <{when}> )

#xcommand @ <row>, <col> <k: BTNBMP, BUTTONBMP> [<o>] [<rs: NAME, RESNAME, RESOURCE> <r1> [, <r2>]] [<fl: FILE, FILENAME, DISK> <f1> [, <f2>]] [SIZE <w> [, <h>]] [ACTION <act>] [<d: OF, WINDOW, DIALOG> <own>] [<m: MESSAGE, TOOLTIP> <msg>] [WHEN <when>] [<adj: ADJUST>] [<upd: UPDATE>] [<nb: NOBORDER, NO BORDER>] [<px: PIXEL, PIXELS>] [<des: DESIGN>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TBtnBmp2():New( <row>, <col>, <w>, <h>, <r1>, <r2>, <f1>, <f2>, <{act}>, <own>, <msg>, <{when}>, <.adj.>, <.upd.> )

#xcommand DEFINE <k: BUTTONBAR, MSBAR> [<o>] [SIZE <w> [, <h>]] [<s3: 3D, _3D, 3DLOOK>] [<pos: TOP, LEFT, RIGHT, BOTTOM, FLOAT>] [<d: OF, WINDOW, DIALOG> <own>] [CURSOR <cur>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TBar():New( <own>, <w>, <h>, <.s3.>, <"pos">, <cur> )

#xcommand DEFINE BUTTON [<o>] [<d: OF, BUTTONBAR, BAR> <bar>] [<rs: NAME, RESNAME, RESOURCE> <r1> [, <r2>]] [<fl: FILE, FILENAME, DISK> <f1> [, <f2>]] [ACTION <act>] [<grp: GROUP>] [MESSAGE <msg>] [<adj: ADJUST>] [WHEN <when>] [TOOLTIP <tip>] [<pr: PRESSED>] [ON DROP <drop>] [PROMPT <prompt>] [FONT <font>] [<nb: NOBORDER, NO BORDER>] [MENU <menu>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TBtnBmp():NewBar( <r1>, <r2>, <f1>, <f2>, <msg>, <{act}>, <.grp.>, <bar>, <.adj.>, <{when}>, <tip>, <.pr.>, <{drop}>, , <prompt>, <font>, , , , ! <.nb.>, <menu> )

// ---- choices

#xcommand @ <row>, <col> CHECKBOX [<o> VAR] <v> [PROMPT <caption>] [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [<hh: HELPID, HELP ID> <help>] [FONT <font>] [<ch: ON CHANGE, ON CLICK> <change>] [VALID <valid>] [WHEN <when>] [<c: COLOR, COLORS> <fore> [, <back>]] ;
      [<des: DESIGN>] [<px: PIXEL, PIXELS>] [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TCheckBox():New( <row>, <col>, <caption>, bSetGet( <v> ), <own>, <w>, <h>, <help>, <{change}>, <font>, <{valid}>, <fore>, <back>, <.des.>, <.px.>, <msg>, <.upd.>, <{when}> )
#xcommand @ <row>, <col> <k: COMBOBOX, MSCOMBOBOX> [<o> VAR] <v> [ITEMS <items>] [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [<hh: HELPID, HELP ID> <help>] [ON CHANGE <change>] [VALID <valid>] [WHEN <when>] [<c: COLOR, COLORS> <fore> [, <back>]] [<px: PIXEL, PIXELS>] [FONT <font>] ;
      [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [<des: DESIGN>] [BITMAPS <bmps>] [STYLE <style>] [OBJECT <ob>] [LABEL <label>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TComboBox():New( <row>, <col>, bSetGet( <v> ), <items>, <w>, <h>, <own>, <help>, <{change}>, <{valid}>, <fore>, <back>, <.px.>, <font>, <msg>, <.upd.>, <{when}>, <.des.>, <bmps>, <style>, , <"v">, <label> )

#xcommand @ <row>, <col> RADIO [<o> VAR] <v> [<it: ITEMS, PROMPT> <items,...>] [<d: OF, WINDOW, DIALOG> <own>] [<hh: HELPID, HELP ID> <help>] [ON CHANGE <change>] [<c: COLOR, COLORS> <fore> [, <back>]] [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [WHEN <when>] [SIZE <w> [, <h>]] [VALID <valid>] [<des: DESIGN>] [<s3: 3D, _3D>] [<px: PIXEL, PIXELS>] [<hor: HORIZONTAL>] [FONT <font>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TRadMenu():New( <row>, <col>, { <items> }, bSetGet( <v> ), <own>, <help>, <{change}>, <fore>, <back>, <msg>, <.upd.>, <{when}>, <w>, <h>, <{valid}>, <.des.>, <.s3.>, <.px.>, <.hor.> )
#xcommand @ <row>, <col> RADIO <items> VAR <v> [<d: OF, WINDOW, DIALOG> <own>] [SIZE <w> [, <h>]] [ON CHANGE <change>] [WHEN <when>] [VALID <valid>] [<px: PIXEL, PIXELS>] [FONT <font>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<ob> := ] TRadMenu():New( <row>, <col>, <items>, bSetGet( <v> ), <own>, , <{change}>, , , , , <{when}>, <w>, <h>, <{valid}>, , , <.px.> )
#xcommand @ <row>, <col> RADIO <o> VAR <v> <it: ITEMS, PROMPT> <items,...> [<d: OF, WINDOW, DIALOG> <own>] [<hh: HELPID, HELP ID> <help>] [ON CHANGE <change>] [<c: COLOR, COLORS> <fore> [, <back>]] [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [WHEN <when>] [SIZE <w> [, <h>]] [VALID <valid>] [<des: DESIGN>] [<s3: 3D, _3D>] [<px: PIXEL, PIXELS>] [<hor: HORIZONTAL>] [FONT <font>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o> := TRadMenu():New( <row>, <col>, { <items> }, bSetGet( <v> ), <own>, <help>, <{change}>, <fore>, <back>, <msg>, <.upd.>, <{when}>, <w>, <h>, <{valid}>, <.des.>, <.s3.>, <.px.>, <.hor.> )

#xcommand @ <row>, <col> LISTBOX [<o> VAR] <v> [<it: ITEMS, PROMPT> <items>] [SIZE <w> [, <h>]] [ON CHANGE <change>] [ON <dc: DBLCLICK, LEFT DBLCLICK> <dbl>] [<d: OF, WINDOW, DIALOG> <own>] [VALID <valid>] [<c: COLOR, COLORS> <fore> [, <back>]] [<px: PIXEL, PIXELS>] [<des: DESIGN>] [FONT <font>] ;
      [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [WHEN <when>] [BITMAPS <bmps>] [<hh: HELPID, HELP ID> <help>] [ON DRAWITEM <draw>] [<mul: MULTI, MULTIPLE>] [<srt: SORT>] [ON RIGHT CLICK <rc>] [<ns: NOSCROLL, NO SCROLL>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TListBox():New( <row>, <col>, bSetGet( <v> ), <items>, <w>, <h>, <{change}>, <own>, <{valid}>, <fore>, <back>, <.px.>, <.des.>, <{dbl}>, <font>, <msg>, <.upd.>, <{when}>, <bmps>, <{draw}>, <.mul.>, <.srt.>, <{rc}> )

// ---- browses

#xcommand @ <row>, <col> LISTBOX <o> [VAR <v>] FIELDS [<flds,...>] [ALIAS <a>] [<sz: COLSIZES, FIELDSIZES, SIZES> <sizes,...>] [<hd: HEADER, HEADERS, TITLE> <heads,...>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [SELECT <sel> FOR <v1> [TO <v2>]] [ON CHANGE <change>] ;
      [<dc: ON DBLCLICK, ON LEFT DBLCLICK> <dbl>] [<rr: ON RIGHT CLICK, ON RIGHTCLICK> <rc>] [FONT <font>] [CURSOR <cur>] [<c: COLOR, COLORS> <fore> [, <back>]] [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [<px: PIXEL, PIXELS>] [WHEN <when>] [<des: DESIGN>] [VALID <valid>] [<ns: NOSCROLL, NO SCROLL>] [<vs: VSCROLL>] [<hs: HSCROLL>] [ACTION <act>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => <o> := [<ob> := ] TWBrowse():New( <row>, <col>, <w>, <h>, [{|| { <flds> } }], [{ <heads> }], [{ <sizes> }], <own>, <(sel)>, <v1>, <v2>, <{change}>, <{dbl}>, <{rc}>, <font>, <cur>, <fore>, <back>, <msg>, <.upd.>, <(a)>, <.px.>, <{when}>, <.des.>, <{valid}>, ! <.ns.>, ! <.ns.> )

#xcommand @ <row>, <col> BROWSE [<o>] [FIELDS <flds,...>] [ALIAS <a>] [<sz: COLSIZES, FIELDSIZES, SIZES> <sizes,...>] [<hd: HEADER, HEADERS, TITLE> <heads,...>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [SELECT <sel> FOR <v1> [TO <v2>]] [ON CHANGE <change>] [<dc: ON DBLCLICK, ON LEFT DBLCLICK> <dbl>] [<rr: ON RIGHT CLICK> <rc>] [FONT <font>] [<px: PIXEL, PIXELS>] [WHEN <when>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TWBrowse():New( <row>, <col>, <w>, <h>, [{|| { <flds> } }], [{ <heads> }], [{ <sizes> }], <own>, <(sel)>, <v1>, <v2>, <{change}>, <{dbl}>, <{rc}>, <font>, , , , , , <(a)>, <.px.>, <{when}> )

// ---- boxes, panels, pictures, meters

#xcommand @ <t>, <l> TO <b>, <r> [<lab: LABEL, PROMPT, TITLE> <caption>] [<d: OF, WINDOW> <own>] [<c: COLOR, COLORS> <fore> [, <back>]] [<px: PIXEL, PIXELS>] [<des: DESIGN>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<ob> := ] TGroup():New( <t>, <l>, <b>, <r>, <caption>, <own>, <fore>, <back>, <.px.>, <.des.> )

#xcommand @ <t>, <l> GROUP [<o>] TO <b>, <r> [<lab: LABEL, PROMPT, TITLE> <caption>] [<d: OF, WINDOW> <own>] [<c: COLOR, COLORS> <fore> [, <back>]] [<px: PIXEL, PIXELS>] [<des: DESIGN>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TGroup():New( <t>, <l>, <b>, <r>, <caption>, <own>, <fore>, <back>, <.px.>, <.des.> )

#xcommand @ <row>, <col> <k: MSPANEL, PANEL> [<o>] [PROMPT <caption>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [<c: COLOR, COLORS> <fore> [, <back>]] [FONT <font>] [<cen: CENTERED, CENTER>] [<low: LOWERED>] [<rai: RAISED>] [<px: PIXEL, PIXELS>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TPanel():New( <row>, <col>, <caption>, <own>, <font>, <.cen.>, , <fore>, <back>, <w>, <h>, <.low.>, <.rai.> )

#xcommand @ <row>, <col> SCROLLBOX [<o>] [<ver: VERTICAL>] [<hor: HORIZONTAL>] [SIZE <h> [, <w>]] [<d: OF, WINDOW, DIALOG> <own>] [<bor: BORDER>] [<px: PIXEL, PIXELS>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TScrollBox():New( <own>, <row>, <col>, <h>, <w>, <.ver.>, <.hor.>, <.bor.> )

#xcommand @ <row>, <col> <k: BITMAP, IMAGE, REPOSITORY> [<o>] [<rs: NAME, RESNAME, RESOURCE> <res>] [<fl: FILE, FILENAME, DISK> <file>] [<nb: NOBORDER, NO BORDER>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [<cl: ON CLICK, ON LEFT CLICK> <lc>] [ON RIGHT CLICK <rc>] [<scr: SCROLL>] [<adj: ADJUST>] ;
      [CURSOR <cur>] [<m: MESSAGE, TOOLTIP> <msg>] [<upd: UPDATE>] [WHEN <when>] [<px: PIXEL, PIXELS>] [VALID <valid>] [<des: DESIGN>] [OBJECT <ob>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] [<ob> := ] TBitmap():New( <row>, <col>, <w>, <h>, <res>, <file>, <.nb.>, <own>, <{lc}>, <{rc}>, <.scr.>, <.adj.>, <cur>, <msg>, <.upd.>, <{when}>, <.px.>, <{valid}>, <.des.> )

#xcommand @ <row>, <col> METER [<o> VAR] <v> [TOTAL <total>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [<upd: UPDATE>] [<px: PIXEL, PIXELS>] [FONT <font>] [PROMPT <prompt>] [<np: NOPERCENTAGE>] [<c: COLOR, COLORS> <fore> [, <back>]] [BARCOLOR <bar> [, <text>]] [<des: DESIGN>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TMeter():New( <row>, <col>, bSetGet( <v> ), <total>, <own>, <w>, <h>, <.upd.>, <.px.>, <font>, <prompt>, <.np.>, <fore>, <back>, <bar>, <text>, <.des.> )

#xcommand @ <row>, <col> SCROLLBAR [<o>] [<hor: HORIZONTAL>] [<ver: VERTICAL>] [RANGE <min>, <max>] [SIZE <w> [, <h>]] [<d: OF, WINDOW, DIALOG> <own>] [<px: PIXEL, PIXELS>] [<again: PIXEL, PIXELS, ENABLE>] ;
   => [<o> := ] TScrollBar():New( <row>, <col>, <min>, <max>, , <.ver.>, <own>, <w>, <h>, , , , , , , <.px.> )

// ---- fields of a form (MsmGet)

#xcommand ADD FIELD <a> [TITULO <title>] [CAMPO <name>] [TIPO <type>] [TAMANHO <size>] [DECIMAL <dec>] [<pk: PICTURE, PICT> <pic>] [VALID <valid>] [<need: OBRIGAT>] [NIVEL <level>] [<ik: INITPAD, INIT> <init>] [F3 <f3>] [WHEN <when>] [<vis: VISUAL>] [<key: CHAVE>] [BOX <box>] [FOLDER <folder>] [<na: NAO ALTERA, NOALTERA>] [PICTVAR <pv>] [GATILHO <trig>] ;
   => AAdd( <a>, { <title>, <name>, <type>, <size>, <dec>, <pic>, <{valid}>, <.need.>, <level>, <init>, <f3>, <{when}>, <.vis.>, <.key.>, <box>, <folder>, <.na.>, <pv>, <trig> } )

// ---- timers, brushes, cursors, icons, trees, messages

#xcommand DEFINE TIMER [<o>] [INTERVAL <n>] [ACTION <act>] [<d: OF, WINDOW, DIALOG> <own>] => [<o> := ] TTimer():New( <n>, <{act}>, <own> )
#xcommand ACTIVATE TIMER <o> => <o>:Activate()
#xcommand DEFINE BRUSH [<o>] [STYLE <style>] [COLOR <clr>] [<fl: FILE, FILENAME, DISK> <file>] [<rs: RESOURCE, NAME, RESNAME> <res>] => [<o> := ] TBrush():New( <style>, <clr>, <file>, <res> )
#xcommand DEFINE CURSOR <o> [<rs: RESOURCE, RESNAME, NAME> <res>] [<k: ARROW, HAND, WE, NS>] => <o> := TCursor():New( <res>, <"k"> )
#xcommand DEFINE ICON [<o>] [<rs: RESOURCE, NAME, RESNAME> <res>] [<fl: FILE, FILENAME, DISK> <file>] => [<o> := ] TIcon():New( , , <res>, <file> )
#xcommand DEFINE BITMAP [<o>] [<rs: RESOURCE, NAME, RESNAME> <res>] [<fl: FILE, FILENAME, DISK> <file>] [<d: OF, WINDOW, DIALOG> <own>] => [<o> := ] TBitmap():Define( <res>, <file>, <own> )
#xcommand SET MESSAGE OF <own> [TO <msg>] [<cen: CENTERED, CENTER>] [FONT <font>] => <own>:oMsgBar := TMsgBar():New( <own>, <msg>, <.cen.>, , , , , , <font> )
#xcommand SET TIMER OF <own> [TO <act>] => <own>:oTimer := TTimer():New( , <{act}>, <own> )

#endif
