// Commands that fill the headers and lines of grids from the dictionary.
#ifndef __PLSMGER_CH
#define __PLSMGER_CH

#xcommand STORE HEADER <a> TO <h> [FOR <for>] => <h> := __StoreHeader( <a>, <{for}> )
#xcommand STORE COLS BLANK <a> TO <c> FROM <h> => <c> := __StoreBlank( <a>, <h> )
#xcommand STORE COLS <a> TO <c> FROM <h> [VIA <x>] [WHILE <while>] [FOR <for>] => <c> := __StoreCols( <a>, <h>, <x>, <{while}>, <{for}> )
#xcommand COPY <a> TO MEMORY [<blank: BLANK>] => RegToMemory( <a>, <.blank.> )

#endif
