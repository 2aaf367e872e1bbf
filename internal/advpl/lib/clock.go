package lib

import (
	"fmt"
	"strings"
	"time"

	"appserver/internal/advpl/vm"
)

var clockFuncs = table{
	"TIME":     timeNow,
	"TIMEFULL": timeFull,
	"SECONDS":  seconds,
	"ELAPTIME": elapTime,
	"INCTIME":  incTime, "DECTIME": decTime,
	"SLEEP": sleep,
}

// Time() → the time of day as HH:MM:SS by the thread's clock. Source: TDN.
func timeNow(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Str(t.Now().Format("15:04:05")), nil
}

// TimeFull() → the time of day as HH:MM:SS.mmm. Source: TDN.
func timeFull(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.Str(t.Now().Format("15:04:05.000")), nil
}

// Seconds() → the seconds since midnight with three decimals. Source: TDN.
func seconds(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	now := t.Now()
	ms := secondsOf(now.Hour(), now.Minute(), now.Second())*1000 + now.Nanosecond()/1e6
	return vm.Num(float64(ms) / 1000), nil
}

func secondsOf(h, m, s int) int { return (h*60+m)*60 + s }

const secondsOfDay = 24 * 60 * 60

// parseTime reads "HH:MM:SS"; what is missing is 0.
func parseTime(s string) int {
	var part [3]int
	for i := range part {
		text, rest, _ := strings.Cut(s, ":")
		part[i] = int(parseNum(digitsOf(trimLeft(text))))
		s = rest
	}
	return secondsOf(part[0], part[1], part[2])
}

// clockText writes seconds as HH:MM:SS; hours may have more digits.
func clockText(n int) string {
	return fmt.Sprintf("%02d:%02d:%02d", n/3600, n/60%60, n%60)
}

// ElapTime(cFrom, cTo) → the time from cFrom to cTo, both HH:MM:SS, in that form. If cTo
// is earlier it is of the next day. Both must have eight characters; those that are no
// digits do not count. Source: TDN.
func elapTime(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	var at [2]int
	for i := range at {
		s, err := argText("ELAPTIME", a, i)
		if err != nil {
			return vm.Value{}, err
		}
		if len(s) != len("HH:MM:SS") {
			return vm.Value{}, vm.Errorf(vm.GenArg, "ELAPTIME", "argument %d of ELAPTIME has %d characters, a time HH:MM:SS is needed", i+1, len(s))
		}
		at[i] = parseTime(s)
	}
	n := at[1] - at[0]
	if n < 0 {
		n += secondsOfDay * (1 + (-n-1)/secondsOfDay)
	}
	return vm.Str(clockText(n)), nil
}

// IncTime(cTime[, nHours[, nMinutes[, nSeconds]]]) → cTime, HH:MM:SS, so much later;
// hours go on above 24. Source: TDN.
func incTime(_ *vm.Thread, a vm.Args) (vm.Value, error) { return movedTime("INCTIME", a, 1) }

// DecTime(cTime[, nHours[, nMinutes[, nSeconds]]]) → cTime so much earlier, not below
// 00:00:00. Source: TDN.
func decTime(_ *vm.Thread, a vm.Args) (vm.Value, error) { return movedTime("DECTIME", a, -1) }

func movedTime(fn string, a vm.Args, sign int) (vm.Value, error) {
	s, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	var part [3]int
	for i := range part {
		if part[i], err = optInt(fn, a, i+1, 0); err != nil {
			return vm.Value{}, err
		}
		part[i] = max(min(part[i], 1e9), -1e9)
	}
	n := parseTime(s) + sign*secondsOf(part[0], part[1], part[2])
	return vm.Str(clockText(max(n, 0))), nil
}

// Sleep(nMilliseconds) → NIL after that time. A thread that is ended wakes at once. When the
// server goes down all wake, and from then on sleep for a second at most: a loop of KillApp
// and Sleep ends soon. Source: TDN; that it wakes is decided here.
func sleep(t *vm.Thread, a vm.Args) (vm.Value, error) {
	ms, err := argInt("SLEEP", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Value{}, wait(t, time.Duration(min(max(ms, 0), 1<<40))*time.Millisecond)
}

// wait waits until d has passed, less if Patience says so, or the call has to end; the
// thread computes nothing meanwhile.
func wait(t *vm.Thread, d time.Duration) error {
	if d > 0 {
		end := t.Context().Done()
		d, early := Patience(t, d)
		t.Blocked(func() { pause(d, end, early) })
	}
	return t.Poll()
}

// pause returns after d, or when one of the channels is closed.
func pause(d time.Duration, end, early <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-end:
	case <-early:
	}
}

// lastPatience is how long a wait may be when the server goes down.
const lastPatience = time.Second

// Patience is for natives with which a program waits for a time d that it has chosen. It
// returns how long they are to wait, and what ends that early when it is closed, or nil: a
// program must find out in time that the server goes down.
func Patience(t *vm.Thread, d time.Duration) (time.Duration, <-chan struct{}) {
	stopping := SurroundingsOf(t).Stopping
	select {
	case <-stopping:
		return min(d, lastPatience), nil
	default:
		return d, stopping
	}
}
