// DEFINE FWBROWSE and its like, columns, legends, filters and buttons.
#ifndef __FWBROWSE_CH
#define __FWBROWSE_CH

#xcommand DEFINE <cls: FWBROWSE, FWFORMBROWSE, FWMBROWSE, FWMARKBROWSE> <o> [DATA <data: TABLE, QUERY, ARRAY, TEXT>] [ALIAS <alias>] [QUERY <query>] [ARRAY <array>] [FILE <file>] [INDEXQUERY <index,...>] [DESCRIPTION <desc>] [MENUDEF <menu>] [PROFILEID <profile>] ;
      [FILTERDEFAULT <filter>] [FILTERFIELDS <ffields>] [<fl: FILTER>] [SEEK ORDER <seek>] [<seek2: SEEK>] [DOUBLECLICK <dbl>] [CHANGE <change>] [BEFORE EXECUTE <before>] [AFTER EXECUTE <after>] [LINE HEIGHT <height>] [LINE BEGIN <begin>] [FIELDMARK <mark>] [ONLYFIELDS <only,...>] ;
      [<nl: NO LOCATE>] [<nc: NO CONFIG>] [<nr: NO REPORT>] [<nd: NO DETAILS>] [<ns: NO SEEK>] [<ed: EDIT>] [<iv: INSERT>] [<dl: DELETE>] [CANDELETE <candel>] [FORCE QUIT <fq>] [<k: OF, OWNER> <own>] ;
   => <o> := Eval( {|__o| __o := <cls>():New( <own> ) [, __o:SetData<data>()] [, __o:SetAlias( <alias> )] [, __o:SetQuery( <query> )] [, __o:SetArray( <array> )] [, __o:SetFile( <file> )] [, __o:SetQueryIndex( { <index> } )] [, __o:SetDescription( <desc> )] [, __o:SetMenuDef( <menu> )] [, __o:SetProfileID( <profile> )] ;
      [, __o:SetFilterDefault( <filter> )] [, __o:SetFieldFilter( <ffields> )] [, __o:SetSeek( , <seek> )] [, __o:SetDoubleClick( <dbl> )] [, __o:SetChange( <change> )] [, __o:SetBeforeExecute( <before> )] [, __o:SetAfterExecute( <after> )] [, __o:SetLineHeight( <height> )] [, __o:SetLineBegin( <begin> )] [, __o:SetFieldMark( <mark> )] [, __o:SetOnlyFields( { <only> } )] ;
      [, __o:DisableLocate() <-nl->] [, __o:DisableConfig() <-nc->] [, __o:DisableReport() <-nr->] [, __o:DisableDetails() <-nd->] [, __o:SetEditCell( .T. ) <-ed->], __o} )

#xcommand ACTIVATE <cls: FWBROWSE, FWFORMBROWSE, FWMBROWSE, FWMARKBROWSE> <o> => <o>:Activate()

#xcommand ADD COLUMN <c> [DATA <data>] [TITLE <title>] [TYPE <type>] [SIZE <size>] [DECIMAL <dec>] [PICTURE <pic>] [ALIGN <align>] [OPTIONS <opts,...>] [<as: AUTO SIZE>] [READVAR <rv>] [<ed: EDIT>] [VALID <valid>] [WHEN <when>] [DOUBLECLICK <dbl>] [HEADERCLICK <hd>] [<im: IMAGE>] [<mk: MARK>] [LOOKUP <f3>] [ID <id>] [DETAILS <det>] [OF <own>] ;
   => <c> := Eval( {|__c| __c := FWBrwColumn():New() [, __c:SetData( <data> )] [, __c:SetTitle( <title> )] [, __c:SetType( <type> )] [, __c:SetSize( <size> )] [, __c:SetDecimal( <dec> )] [, __c:SetPicture( <pic> )] [, __c:SetAlign( <align> )] [, __c:SetOptions( { <opts> } )] [, __c:SetReadVar( <rv> )] [, __c:SetValid( <valid> )] [, __c:SetWhen( <when> )] [, __c:SetDoubleClick( <dbl> )] ;
      [, __c:SetHeaderClick( <hd> )] [, __c:SetF3( <f3> )] [, __c:SetID( <id> )] [, __c:SetDetails( <det> )] [, __c:SetAutoSize( .T. ) <-as->] [, __c:SetEdit( .T. ) <-ed->] [, __c:SetImage( .T. ) <-im->] [, <own>:SetColumns( { __c } )], __c} )

#xcommand ADD MARKCOLUMN <c> DATA <data> [DOUBLECLICK <dbl>] [HEADERCLICK <hd>] [OF <own>] => <own>:AddMarkColumns( <data>, <dbl>, <hd> ) ; <c> := ATail( <own>:aColumns )
#xcommand ADD STATUSCOLUMN <c> DATA <data> [DOUBLECLICK <dbl>] [HEADERCLICK <hd>] [OF <own>] => <own>:AddStatusColumns( <data>, <dbl>, <hd> ) ; <c> := ATail( <own>:aColumns )
#xcommand ADD LEGEND DATA <data> [COLOR <clr>] [TITLE <title>] [ID <id>] [OF <own>] => <own>:AddLegend( <data>, <clr>, <title>, <id> )
#xcommand ADD FILTER TITLE <title> EXPRESSION <expr> [<df: DEFAULT>] [ALIAS <alias>] [OF <own>] => <own>:AddFilter( <title>, <expr>, , <.df.>, <alias> )
#xcommand ADD BUTTON <b> TITLE <title> [ACTION <act>] [OPERATION <op>] [OF <own>] => <b> := <own>:AddButton( <title>, <act>, , <op> )

#endif
