#include "check.ch"

// Strings without a closing quote end with their line, as old sources have them.
User Function Unclosed()
	Local cQuery := "SELECT *
	cQuery += " FROM " + "SA1" + " A
	CHECK cQuery IS "SELECT * FROM SA1 A"
Return .T.
