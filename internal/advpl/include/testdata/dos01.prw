#include "totvs.ch"
// CRLF, and the mark of the end of a DOS file
User Function DOS01(x, ;
	y)
	If x == Nil ;  x := 1 ; EndIf
	Return x + y
