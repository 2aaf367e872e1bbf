User Function Expr(n, c, l, x)
If n := 5 // want: assignment-in-condition
EndIf
If (n := Len(c)) > 5
EndIf
While !Empty(c) .And. (l := .F.) // want: assignment-in-condition
EndDo
x := IIf(l := .T., 1, 2) // want: assignment-in-condition
Do Case
Case n := 1 // want: assignment-in-condition
EndCase
If n += 1 > 2
EndIf

x := 1 + "a" // want: literal-type-mismatch
x := "a" + c + 1 // want: literal-type-mismatch
x := "a" + Str(1) + c
x := "a" * n // want: literal-type-mismatch
x := n / .T. // want: literal-type-mismatch
x := .T. + 1 // want: literal-type-mismatch
x := Nil - n // want: literal-type-mismatch
x := {} + n // want: literal-type-mismatch
x := -"a" // want: literal-type-mismatch
x := !1 // want: literal-type-mismatch
x := 1 .And. l // want: literal-type-mismatch
x := l .Or. (n == 1)
x := 1 $ "123" // want: literal-type-mismatch
x := "a" $ c
x := 1 == "1" // want: literal-type-mismatch
x := (n == 1) == .T.
x := 1 == Nil
x := 1 < Nil // want: literal-type-mismatch
x := n < 2 .And. n > 1
x := Date() - 1
x := {|| 1 + "b"} // want: literal-type-mismatch

If n # 1 // want: obsolete-operator
EndIf
n = 5 // want: old-assignment
n == 6 // want: no-effect
n + 1 // want: no-effect
(n > 1) // want: no-effect
l .And. Calc()
Calc()
n++
Return x
