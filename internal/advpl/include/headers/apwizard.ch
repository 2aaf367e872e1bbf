// DEFINE WIZARD, its pages and ACTIVATE WIZARD.
#ifndef __APWIZARD_CH
#define __APWIZARD_CH

#xcommand DEFINE WIZARD <o> [<sz: SIZE> <t>, <l>, <b>, <r>] [TITLE <title>] [HEADER <head>] [MESSAGE <msg>] [TEXT <text>] [NEXT <next>] [FINISH <finish>] [<pan: PANEL>] [RESOURCE <res>] [EXEC <exec>] [<nf: NOFIRSTPANEL>] [<again: PANEL>] [<d: OF, WINDOW, DIALOG> <own>] ;
   => <o> := ApWizard():New( <title>, <msg>, <head>, <text>, <{next}>, <{finish}>, <.pan.>, <res>, <{exec}>, <.nf.>, [{ <t>, <l>, <b>, <r> }] )

#xcommand CREATE PANEL <o> [HEADER <head>] [MESSAGE <msg>] [BACK <back>] [NEXT <next>] [FINISH <finish>] [<pan: PANEL>] [EXEC <exec>] [<scr: SCROLL>] [<again: PANEL>] ;
   => <o>:NewPanel( <head>, <msg>, <{back}>, <{next}>, <{finish}>, <.pan.>, <{exec}> )

#xcommand ACTIVATE WIZARD <o> [<cen: CENTERED, CENTER>] [VALID <valid>] [ON INIT <init>] [WHEN <when>] ;
   => <o>:Activate( <.cen.>, <{valid}>, <{init}>, <{when}> )

#endif
