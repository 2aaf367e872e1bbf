// @ FOLDER: pages with tabs.
#ifndef __FOLDER_CH
#define __FOLDER_CH

#xcommand @ <row>, <col> <k: FOLDER, MSFOLDER, TABS> [<o>] [<d: OF, WINDOW, DIALOG> <own>] [<it: PROMPT, PROMPTS, ITEMS> <prompts,...>] [<dl: DIALOG, DIALOGS, PAGE, PAGES> <pages,...>] [<c: COLOR, COLORS> <fore> [, <back>]] [OPTION <opt>] [SIZE <w> [, <h>]] [MESSAGE <msg>] [<px: PIXEL, PIXELS>] [<des: DESIGN>] [ON CHANGE <change>] ;
   => [<o> := ] TFolder():New( <row>, <col>, { <prompts> }, [{ <pages> }], <own>, <opt>, <fore>, <back>, <.px.>, <.des.>, <w>, <h>, <msg> )

#endif
