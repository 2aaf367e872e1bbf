#include "common.ch"
// Statements in their many spellings.
Function Flow01(nA, nB, ...)
   Local i, j := 0, aList := {1, 2, 3,}, lOk := TRUE, cText
   Local dDay := CToD("01/02/2026"), bBlock := {|| NIL }
   Memvar nShared
   Field CODE, NAME

   default nA := 1, nB := 2
   UPDATE nA IF ISNIL( nA ) TO 10

   do case
      case nA = 1 ; j := 1
      case nA > 1 .and. ;
           nA < 5
         j := 2
      otherwise
         j := 3
   end case

   for i = 1 to 10 step 3
      if i == 4 ; loop ; end
      j += i
   next i

   for i := len(aList) to 1 step -1
      aList[i] := aList[i] ** 2
   end for

   while .t.
      j--
      if j < 0
         exit
      end if
   end

   do while j <> 5 ; j++ ; enddo

   if nA == 1 ; cText := "one" ; elseif nA == 2 ; cText := "two" ; else ; cText := "many" ; endif

   begin sequence
      if empty(cText) ; break ; endif
      lOk := (nA != nB) .or. !lOk .and. .not. (nA # 3)
   recover
      lOk := .f.
   end sequence

   cText += "a" - "b" + 'c"d' + "e'f"
   cText := if(lOk, "yes", iif(nA > nB, "maybe", "no"))
   i := j := 0
   ++i ; j-- ; i++
   i *= 2 ; i /= 3 ; i -= 1 ; i %= 2 ; i ^= 2
   ? i, j, cText
   ?? "x"
   aList[++j] := {|a, b| a := b, a + b}
   Eval(aList[1], 1, 2)
   If(lOk, QOut("1"), QOut("2"))
   (cText)
return iif(pcount() > 2, nil, dDay + 1)

Procedure Flow02
   return

static procedure Flow03(x)
   if x <> NIL .and. x$"abc"
      x += 0x1F + .5 + 1.
   endif
return
