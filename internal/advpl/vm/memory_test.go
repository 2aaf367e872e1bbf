package vm_test

import (
	"errors"
	"testing"

	"appserver/internal/advpl/vm"
)

const hungry = `// hungry.tlpp
Function Eat()
	Local aAll := {}
	While .T.
		AAdd(aAll, Replicate("x", 1000))
	EndDo
Return

Function Again()
	Local nTimes := 0
	While nTimes < 5
		Try
			Eat()
		Catch oErr
			nTimes++
		EndTry
	EndDo
Return nTimes

Function Hold()
	Local aAll := {}
	While .T.
		Try
			AAdd(aAll, Replicate("x", 1000))
		Catch oErr
		EndTry
	EndDo
Return

Function Nest()
	Local aAll := {}
	While .T.
		aAll := {aAll, aAll}
	EndDo
Return

Function Double()
	Local c := "x"
	While .T.
		c += c
	EndDo
Return

Function Append()
	Local c := ""
	While .T.
		c += "0123456789"
	EndDo
Return

Class Node
	Public Data oNext
	Public Data cText
	Public Method New(oNext) Constructor
EndClass

Method New(oNext) Class Node
	::oNext := oNext
	::cText := Replicate("y", 100)
Return Self

Function Chain()
	Local oHead
	While .T.
		oHead := Node():New(oHead)
	EndDo
Return

Function Blocks()
	Local bAll
	While .T.
		bAll := Wrap(bAll)
	EndDo
Return

Static Function Wrap(bInner)
Return {|| bInner}

Function Dims()
	Local aList := {}
	Local i
	For i := 1 To 1000
		AAdd(aList, Array100())
	Next
Return aList

Static Function Array100()
	Local aBig[1000][10]
Return aBig

Function Garbage()
	Local i, c
	For i := 1 To 100000
		c := Replicate("x", 1000)
		c := {c, {c}}
	Next
Return Len(c)
`

func TestHostileMemory(t *testing.T) {
	limits := vm.Limits{Memory: 8 << 20, String: 1 << 20}
	for name, want := range map[string]struct {
		code  int
		fatal bool
	}{
		"Eat":    {vm.GenMem, false},
		"Hold":   {vm.GenMem, true},
		"Nest":   {vm.GenMem, false},
		"Double": {vm.GenStrOverflow, false},
		"Append": {vm.GenStrOverflow, false},
		"Chain":  {vm.GenMem, false},
		"Blocks": {vm.GenMem, false},
		"Dims":   {vm.GenMem, false},
	} {
		_, err := thread(t, vm.Options{Limits: limits}, hungry).Call(name)
		var e *vm.Error
		if !errors.As(err, &e) || e.GenCode != want.code || e.Fatal != want.fatal {
			t.Errorf("%s() = %v; want code %d, fatal %v", name, err, want.code, want.fatal)
		}
	}
	for name, want := range map[string]string{"Again": "5", "Garbage": "2"} {
		got, err := thread(t, vm.Options{Limits: limits}, hungry).Call(name)
		if err != nil || got.String() != want {
			t.Errorf("%s() = %v, %v; want %s", name, got, err, want)
		}
	}
}
