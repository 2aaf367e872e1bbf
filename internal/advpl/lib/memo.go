package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var memoFuncs = table{
	"MLCOUNT":  mlCount,
	"MEMOLINE": memoLine,
	"MEMOTRAN": memoTran,
}

// MLCount(cText[, nWidth = 79[, nTab = 4[, lWrap = .T.]]]) → how many lines of that width
// cText has. CR LF or LF ends a line; lWrap breaks long ones between words. Source:
// TDN, Clipper.
func mlCount(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("MLCOUNT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	w, err := wrapping("MLCOUNT", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	n := 0
	for ; s != ""; n++ {
		if err := pollEvery(t, n); err != nil {
			return vm.Value{}, err
		}
		_, next := w.line(s)
		s = s[next:]
	}
	return vm.Int(n), nil
}

// MemoLine(cText[, nWidth = 79[, nLine = 1[, nTab = 4[, lWrap = .T.]]]]) → line nLine of
// cText, filled with blanks to the width; blanks if there is no such line. Tabs are
// widened to the next multiple of nTab. Source: TDN, Clipper.
func memoLine(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("MEMOLINE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	w, err := wrapping("MEMOLINE", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	number, err := optInt("MEMOLINE", a, 2, 1)
	if err != nil {
		return vm.Value{}, err
	}
	if number < 1 {
		s = ""
	}
	for i := 1; i < number && s != ""; i++ {
		if err := pollEvery(t, i); err != nil {
			return vm.Value{}, err
		}
		_, next := w.line(s)
		s = s[next:]
	}
	end, _ := w.line(s)
	return newText(t, w.width, func() string { return w.expand(s[:end]) })
}

// wrap is how text is broken into lines.
type wrap struct {
	width, tab int
	words      bool // break between words
}

// wrapping reads the width, argument 1, and tab and lWrap from argument i on.
func wrapping(fn string, a vm.Args, i int) (w wrap, err error) {
	if w.width, err = optInt(fn, a, 1, 79); err != nil {
		return w, err
	}
	if w.tab, err = optInt(fn, a, i, 4); err != nil {
		return w, err
	}
	w.words, err = optBool(fn, a, i+1, true)
	w.width = max(w.width, 1)
	w.tab = min(max(w.tab, 1), w.width)
	return w, err
}

// line returns where the first line of s ends and where the next begins. The latter
// is above 0 unless s is "".
func (w wrap) line(s string) (end, next int) {
	column, gap := 0, -1
	for i := range len(s) {
		size := 1
		switch s[i] {
		case '\n':
			return i, i + 1
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				return i, i + 2
			}
		case '\t':
			size = w.tab - column%w.tab
		}
		gapHere := s[i] == ' ' || s[i] == '\t'
		switch {
		case column+size <= w.width:
		case gapHere && w.words:
			return i, i + 1
		case gap >= 0 && w.words:
			return gap, gap + 1
		default:
			return i, i
		}
		if gapHere {
			gap = i
		}
		column += size
	}
	return len(s), len(s)
}

// expand widens the tabs of a line and fills it with blanks.
func (w wrap) expand(s string) string {
	b := make([]byte, 0, w.width)
	for i := range len(s) {
		if s[i] == '\t' {
			b = appendFill(b, ' ', w.tab-len(b)%w.tab)
		} else {
			b = append(b, s[i])
		}
	}
	return string(appendFill(b, ' ', w.width-len(b)))
}

// MemoTran(cText[, cHard = ";"[, cSoft = " "]]) → cText with the first byte of cHard for
// each CR LF and that of cSoft for each soft line end, Chr(141) LF. It is "" for what
// is no string. Source: TDN, Clipper.
func memoTran(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if !v.IsStr() {
		return vm.Str(""), nil
	}
	hard, soft := ";", " "
	if v := a.Get(1); v.IsStr() {
		hard = oneByte(firstByte(v.Text()))
	}
	if v := a.Get(2); v.IsStr() {
		soft = oneByte(firstByte(v.Text()))
	}
	return newText(t, v.Len(), func() string {
		return strings.NewReplacer("\r\n", hard, "\x8d\n", soft).Replace(v.Text())
	})
}

// pollEvery polls the thread in each 1,024th turn of a loop, and when the call may have to
// end.
func pollEvery(t *vm.Thread, turn int) error {
	if turn&1023 != 1023 && !t.Stopping() {
		return nil
	}
	return t.Poll()
}
