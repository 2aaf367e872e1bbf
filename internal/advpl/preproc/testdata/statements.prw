#xcommand DEFAULT <x> := <v> [, <xn> := <vn>] => ;
          If( <x> == Nil ) ;; <x> := <v> ;; EndIf ;
          [; If( <xn> == Nil ) ;; <xn> := <vn> ;; EndIf ]
#xcommand BEGIN BLOCK => Start() ; Open()
#xcommand END BLOCK => Close() ; Stop()
#xcommand TRY => BEGIN BLOCK ; Mark()
#xcommand SAY <x> => Out( <x> )
#xcommand ONLY => ;
  One() ;
  ;  Two()

User Function F(a, b)
	DEFAULT a := 1, b := {1, 2}
	BEGIN BLOCK
		SAY a ; SAY b
	END BLOCK
	TRY
	If a == 1 ; SAY a ; EndIf
	ONLY
Return

// rules that make directives
#xcommand CONST <n> = <v> => \#define <n> <v>
#xcommand MAKE <c> => #xcommand <c> \<x> => Made(\<x>)
CONST LIMIT = 10
x := LIMIT
CONST A = 1 ; CONST B = 2 ; x := A + B
MAKE THING
THING 1
