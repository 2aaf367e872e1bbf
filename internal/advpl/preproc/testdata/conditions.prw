#define A
#define ONE 1
#define TEN 10
#ifdef A
  a1
  #ifndef A
    no
  #else
    a2
  #endif
#else
  no
  #ifdef A
    no
  #else
    no
  #endif
  #nonsense is no matter here, nor is 'an open string
  #include "missing.ch"
  #define A 2
#endif
#IFNDEF TOP
  a3
#ENDIF
#if defined(A) .and. !defined(B) .And. (ONE == 1 .or. B)
  a4
#elif A
  no
#else
  no
#endif
#if TEN < 5 || TEN >= 20
  no
#elseif TEN <> 10
  no
#elif defined ONE
  a5
#endif
#if 0
 /* a comment
#endif
 */
  no
#endif
x := A
