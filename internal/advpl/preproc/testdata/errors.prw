#include "missing.ch"
#include missing.ch
#include "self.ch"
#include "open.ch"
#defne A 1
#define
#define F(a b) 1
#define G(1) 2
#xcommand NOARROW <x>
#xcommand OPEN [<x> => F(<x>)
#xcommand CLOSE <x> => [F(<x>)
#xcommand UNKNOWN <Xyz> => F(<Xyx>)
#xcommand RESTRICT <x: A, B => F()
#xcommand EMPTY [] => F()
#xcommand => F()
#xcommand WORDS <x: > => F()
#xcommand QUOTE <x> => \"<x>
x := "unterminated
y := 'unterminated too ;
z := 1
#else
#endif
#elif A
#error this is   wrong, isn't it
#stdout said 'so
#warning careful
#pragma nothing
#line 1
#ifdef
#endif
#if 1 +
#endif
#ifdef A
#else
#else
#endif
#undef
#ifndef OUTER
 #ifdef INNER
/* open
