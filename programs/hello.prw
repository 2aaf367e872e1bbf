#include "totvs.ch"

// Hello greets: U_HELLO("Ana") returns "Hello, Ana!".
User Function Hello(cName)
	Default cName := "world"
Return "Hello, " + cName + "!"
