package lib

import (
	"testing"

	"appserver/internal/advpl/vm"
)

// What OnStart of a worker has set and opened stays, what a call did with that goes.
func TestKeep(t *testing.T) {
	s := surroundings(t)
	th := thread(t, vm.Options{Data: s}, build(t, "main.prw", `
Static nKept := 0

Function Begin()
Set(4, "yyyy/mm/dd")
Set(1, .T.)
CurDir("\")
SetFunName("BEGIN")
nKept := FOpen("\system\lines.txt")
FT_FUse("\system\lines.txt")
Return nKept

Function Work()
Set(4, "dd/mm/yy")
Set(1, .F.)
Set(40, "more")
CurDir("\system")
SetFunName("WORK")
FCreate("\new.txt")
FT_FUse()
FClose(-1)
Return NIL

Function Seen()
Return {Set(4), Set(1), Set(40), CurDir(), FunName(), FError(), FSeek(nKept, 0, 2) > 0}
`))
	seen := func() string {
		t.Helper()
		v, err := th.Call("SEEN")
		if err != nil {
			t.Fatal(err)
		}
		return Inspect(v)
	}
	if _, err := th.Call("BEGIN"); err != nil {
		t.Fatal(err)
	}
	want := seen()
	reset := Keep(th)
	for range 2 {
		if _, err := th.Call("WORK"); err != nil {
			t.Fatal(err)
		}
		if got := seen(); got == want {
			t.Errorf("Work changes nothing: %s", got)
		}
		if !s.Files.InUse("new.txt") {
			t.Error("Work leaves no file open")
		}
		if err := reset(); err != nil {
			t.Error(err)
		}
		if got := seen(); got != want {
			t.Errorf("after Work: %s; want %s", got, want)
		}
		if s.Files.InUse("new.txt") || !s.Files.InUse("system/lines.txt") {
			t.Errorf("open: new.txt %v, lines.txt %v; want the second alone", s.Files.InUse("new.txt"), s.Files.InUse("system/lines.txt"))
		}
	}
	if err := Release(th); err != nil || s.Files.InUse("system/lines.txt") {
		t.Errorf("Release: %v; lines.txt open: %v", err, s.Files.InUse("system/lines.txt"))
	}
}
