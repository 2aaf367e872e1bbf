package lib

import (
	"fmt"
	"strings"

	"appserver/internal/advpl/vm"
)

var logFuncs = table{
	"FWLOGMSG": fwLogMsg,
	"LOGMSG":   logMsg,
}

// maxLogText is how long the text of a line of the log may be; the rest is cut off.
const maxLogText = 10 << 10

// logSeverities are the severities of RFC 5424 as the server's log names them.
var logSeverities = [8]string{"FATAL", "FATAL", "FATAL", "ERROR", "WARN", "INFO", "INFO", "DEBUG"}

type transactionKey struct{}

// FWLogMsg(cSeverity, [cTransaction], cGroup[, cCategory[, cStep[, cId[, cText[, nMeasure[,
// nElapsed[, aPairs]]]]]]]) → NIL; writes a line to the log of the server: category, step
// and id that are not empty in brackets, the text, the transaction, and the pairs {cKey,
// xValue}. Severities are INFO, WARN, ERROR, FATAL and DEBUG; others count as INFO.
// "LAST" is the transaction of the line before. Line ends become blanks, and what is
// beyond 10 KB is cut off. Source: TDN.
func fwLogMsg(t *vm.Thread, a vm.Args) (vm.Value, error) {
	var part [7]string // severity, transaction, group, category, step, id, text
	for i := range part {
		read := argText
		if i != 0 && i != 2 {
			read = optionalText
		}
		var err error
		if part[i], err = read("FWLOGMSG", a, i); err != nil {
			return vm.Value{}, err
		}
	}
	l := logLine{thread: t}
	for _, s := range part[3:6] {
		l.bracket(s)
	}
	l.word(part[6])
	l.pair("transaction", transaction(t, part[1]))
	for i, name := range []string{"measure", "elapsed"} {
		if v := a.Get(7 + i); v.IsNum() && v.Float() != 0 {
			l.pair(name, shortNum(v.Float()))
		}
	}
	l.pairs(a.Get(9))
	return vm.Value{}, l.write(severityOf(part[0]), part[2])
}

// optionalText is argText, "" for NIL.
func optionalText(fn string, a vm.Args, i int) (string, error) { return optText(fn, a, i, "") }

// severityOf returns the severity that a program names.
func severityOf(name string) string {
	name = strings.ToUpper(strings.TrimSpace(name))
	switch name {
	case "WARN", "ERROR", "FATAL", "DEBUG":
		return name
	}
	return "INFO"
}

// transaction returns the id, or the one before for LAST.
func transaction(t *vm.Thread, id string) string {
	last := t.Local(transactionKey{}, func() any { return new(string) }).(*string)
	if !strings.EqualFold(id, "LAST") {
		*last = strings.Clone(shortened(id))
	}
	return *last
}

// LogMsg(cFunction, nFacility, nSeverity, nVersion, cId, cData, xText…) → NIL; writes a line to
// the log of the server. nSeverity is 0 to 7 as in RFC 5424: 0 to 2 are fatal, 3 is an
// error, 4 a warning, 5 and 6 are information, 7 is for debugging. Facility, 0 to 23,
// and version, 1 to 999, are checked and not written. Source: TDN.
func logMsg(t *vm.Thread, a vm.Args) (vm.Value, error) {
	function, err := argText("LOGMSG", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if _, err := ranged("LOGMSG", a, 1, 0, 23, "a facility"); err != nil {
		return vm.Value{}, err
	}
	severity, err := ranged("LOGMSG", a, 2, 0, 7, "a severity")
	if err != nil {
		return vm.Value{}, err
	}
	if _, err := ranged("LOGMSG", a, 3, 1, 999, "a version"); err != nil {
		return vm.Value{}, err
	}
	l := logLine{thread: t}
	for i := 4; i < 6; i++ {
		s, err := argText("LOGMSG", a, i)
		if err != nil {
			return vm.Value{}, err
		}
		l.bracket(strings.Trim(s, "[]"))
	}
	for i := 6; i < len(a); i++ {
		l.word(plainText(t, a.Get(i)))
	}
	return vm.Value{}, l.write(logSeverities[severity], function)
}

// ranged returns argument i of the native fn, a number from from to to.
func ranged(fn string, a vm.Args, i, from, to int, what string) (int, error) {
	n := loose(a, i, from-1)
	if n < from || n > to {
		return 0, vm.ArgError(fn, a, i, fmt.Sprintf("%s, %d to %d", what, from, to))
	}
	return n, nil
}

// logLine builds the text of a line.
type logLine struct {
	thread *vm.Thread
	text   strings.Builder
}

// word adds a word after a blank, if there is room.
func (l *logLine) word(s string) {
	if s == "" {
		return
	}
	if l.text.Len() > 0 {
		l.text.WriteByte(' ')
	}
	l.text.WriteString(s[:min(len(s), max(maxLogText-l.text.Len(), 0))])
}

func (l *logLine) bracket(s string) {
	if s != "" {
		l.word("[" + shortened(s) + "]")
	}
}

func (l *logLine) pair(key, value string) {
	if value != "" {
		l.word(shortened(key) + "=" + value[:min(len(value), maxLogText)])
	}
}

// pairs adds an array of {cKey, xValue}; what is none is left out.
func (l *logLine) pairs(v vm.Value) {
	if v.Kind() != vm.Array {
		return
	}
	for _, row := range v.Array().Elems {
		if l.text.Len() >= maxLogText {
			return
		}
		if row.Kind() == vm.Array && len(row.Array().Elems) > 1 && row.Array().Elems[0].IsStr() {
			l.pair(row.Array().Elems[0].Text(), plainText(l.thread, row.Array().Elems[1]))
		}
	}
}

// write hands the line to the server's log; without one it is printed.
func (l *logLine) write(severity, category string) error {
	text := oneLine.Replace(l.text.String())
	if log := SurroundingsOf(l.thread).Log; log != nil {
		log(severity, toUTF8(category), toUTF8(text))
		return nil
	}
	return print(l.thread, "[", severity, "] [", oneLine.Replace(shortened(category)), "] ", text, "\n")
}

// oneLine makes one line of several.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")
