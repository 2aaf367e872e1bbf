package lib

import "appserver/internal/advpl/vm"

var deviceFuncs = table{
	"ISBLIND":         isBlind,
	"TONE":            tone,
	"BEEP":            tone,
	"SYSREFRESH":      sysRefresh,
	"PROCESSMESSAGE":  sysRefresh,
	"PROCESSMESSAGES": sysRefresh,
	"CURSORWAIT":      cursorWait,
	"CURSORARROW":     cursorWait,
	"RGB":             rgb,
}

// Tone([nFrequency[, nDuration]]) → NIL; a thread without a screen makes no sound. Beep is
// the same. Source: Clipper.
func tone(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Value{}, nil }

// SysRefresh() → NIL; a thread without a screen has nothing to draw. ProcessMessage and
// ProcessMessages are the same. Source: TDN.
func sysRefresh(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Value{}, t.Poll() }

// CursorWait() → NIL; a thread without a screen has no cursor. CursorArrow is the same.
// Source: TDN.
func cursorWait(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Value{}, nil }

// IsBlind() → .T.: the thread has no screen. Source: TDN.
func isBlind(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Bool(true), nil }

// RGB(nRed, nGreen, nBlue) → the number of a colour: nRed + nGreen * 256 + nBlue * 65536.
// What a part has beyond 255 does not count. Source: TDN.
func rgb(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n := 0
	for i := 2; i >= 0; i-- {
		part, err := argInt("RGB", a, i)
		if err != nil {
			return vm.Value{}, err
		}
		n = n<<8 | part&0xFF
	}
	return vm.Int(n), nil
}
