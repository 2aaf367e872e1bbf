package thread

import (
	"fmt"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

var threadFuncs = table{
	"THREADID":         threadID,
	"GETUSERINFOARRAY": getUserInfoArray,
	"KILLUSER":         killUser,
	"KILLAPP":          killApp,
	"PTINTERNAL":       ptInternal,
	"FWMONITORMSG":     fwMonitorMsg,
}

// ThreadId() → the number of the thread, which no other one of the server had or will have.
// Source: TDN.
func threadID(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	th, err := own(t, "THREADID")
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Num(float64(th.ID())), nil
}

// GetUserInfoArray([lMore]) → an array with a row for each thread of the server, in the order
// of their numbers. A row has 16 elements:
//
//	 1  C  user: name of the user, token or certificate
//	 2  C  machine from which the call comes
//	 3  N  number of the thread
//	 4  C  "": server, with load balancing
//	 5  C  function that was called
//	 6  C  environment
//	 7  C  begin, DD/MM/YYYY HH:MM:SS
//	 8  C  time since then, HH:MM:SS
//	 9  N  instructions: loop turns and calls
//	10  N  instructions per second, lately
//	11  C  remark
//	12  N  bytes of memory
//	13  C  "": session of the database
//	14  N  0: session of the file server
//	15  C  type: JOB, RPC, WEB, REST or SmartClient
//	16  C  time without activity, HH:MM:SS
//
// lMore changes nothing. Source: TDN.
func getUserInfoArray(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	th, err := own(t, "GETUSERINFOARRAY")
	if err != nil {
		return vm.Value{}, err
	}
	h := lib.NewHold(t)
	rows := new(vm.ArrayValue)
	for _, info := range th.Host().Threads() {
		row, err := h.Array(infoRow(info, t.Now())...)
		if err == nil {
			err = h.Add(rows, row)
		}
		if err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(rows), nil
}

// infoRow returns the row of a thread.
func infoRow(i host.Info, now time.Time) []vm.Value {
	return []vm.Value{
		text(i.User), text(i.Machine), vm.Num(float64(i.ID)), vm.Str(""), text(i.Function), text(i.Environment),
		vm.Str(i.Started.Format("02/01/2006 15:04:05")), vm.Str(clock(now.Sub(i.Started))),
		vm.Num(float64(i.Steps)), vm.Num(float64(int64(i.StepsPerSecond))), text(i.Remark), vm.Num(float64(i.Memory)),
		vm.Str(""), vm.Int(0), vm.Str(string(i.Kind)), vm.Str(clock(i.Idle)),
	}
}

// text returns a text of the server as programs have it.
func text(s string) vm.Value { return vm.Str(lib.FromUTF8(s)) }

// clock writes a duration as HH:MM:SS; hours may have more digits.
func clock(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// KillUser(cUser, cMachine, nThread[, cServer]) → whether the server has the thread with the
// number, user and machine, as GetUserInfoArray tells them: it is ended then, soon. Letters
// may be in any case; cServer does not count. Every program may end every thread.
// Source: public programs.
func killUser(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "KILLUSER"
	th, err := own(t, fn)
	if err != nil {
		return vm.Value{}, err
	}
	user, err := lib.ArgText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	machine, err := lib.ArgText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	id, err := lib.ArgInt(fn, a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	other, ok := th.Host().Thread(int64(id))
	if !ok || !same(other.Principal().Name, user) || !same(other.Machine(), machine) {
		return vm.Bool(false), nil
	}
	other.Kill(fmt.Errorf("%w: KillUser of thread %d", host.ErrKilled, th.ID()))
	return vm.Bool(true), nil
}

// same compares a text of the server with one of a program.
func same(s, program string) bool {
	return strings.EqualFold(strings.TrimSpace(lib.FromUTF8(s)), strings.TrimSpace(program))
}

// KillApp([lEnd = .F.]) → whether the thread is to end, because the server goes down: a
// program that runs in a loop asks it at each turn. With lEnd it does not return: the thread
// ends at once. Source: TDN, public programs; that nothing runs after KillApp(.T.) is
// decided here.
func killApp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	end, err := lib.OptBool("KILLAPP", a, 0, false)
	if err != nil {
		return vm.Value{}, err
	}
	if end {
		return vm.Value{}, t.Quit()
	}
	th, err := own(t, "KILLAPP")
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(th.Ending()), nil
}

// maxRemark is how much of a remark is looked at, in bytes.
const maxRemark = 512

// PtInternal(nWhat, cText) → NIL; if nWhat is 1, cText, of which 512 bytes count, becomes
// the remark that people see of the thread. Other numbers do nothing. Source: public
// programs.
func ptInternal(t *vm.Thread, a vm.Args) (vm.Value, error) {
	what, err := lib.ArgInt("PTINTERNAL", a, 0)
	if err != nil || what != 1 {
		return vm.Value{}, err
	}
	return vm.Value{}, remark(t, "PTINTERNAL", a, 1)
}

// FWMonitorMsg(cText) → NIL; cText, of which 512 bytes count, becomes the remark that people
// see of the thread. Source: public programs.
func fwMonitorMsg(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Value{}, remark(t, "FWMONITORMSG", a, 0)
}

// remark makes argument i the thread's remark.
func remark(t *vm.Thread, fn string, a vm.Args, i int) error {
	th, err := own(t, fn)
	if err != nil {
		return err
	}
	s, err := lib.OptText(fn, a, i, "")
	if err != nil {
		return err
	}
	th.SetRemark(lib.ToUTF8(strings.Clone(s[:min(len(s), maxRemark)])))
	return nil
}
