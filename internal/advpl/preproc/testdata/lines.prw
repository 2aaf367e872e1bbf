* a comment
	* another, *
*--- and one more
/*/{Protheus.doc} F
 text 'with quotes" \
/*/
#include "empty.ch" // comment
User Function F() // comment
  Local a := { 1 ; // one
             , 2 ; /* two */
             , 3 ; && three

             // four
             , 4 }
  Local b := 2 ;
* 3
  x := a /* in
  the line */ + b
  If a ; x() ; EndIf ; y()
  x := "a // b" + 'c /* d' + "it's" + 'say "x"' ;; y()
  z := 1 # 2
  w := 10%3 ** 2 ^ 1
  && gone
  // gone
  v := &cMacro.5 + &cMacro. + &(cMacro).x
  u := app.t.load(.T.,.n.)
  t := a.and.b.or..not.c .And. 1.and.2. .OR. 1.5 == .5 .and. 0xFF<>0x1g
  s := x->y - -1 -->z ++w
  r := {|| a, b } ; q := o:m()::n
Return.T.
