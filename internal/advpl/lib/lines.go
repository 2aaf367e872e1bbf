package lib

import (
	"bytes"
	"io"
	"math"
	"os"
	"strings"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

var lineFuncs = table{
	"FT_FUSE":     ftUse,
	"FT_FEOF":     ftEof,
	"FT_FREADLN":  ftReadLn,
	"FT_FSKIP":    ftSkip,
	"FT_FGOTOP":   ftGoTop,
	"FT_FGOTO":    ftGoto,
	"FT_FRECNO":   ftRecno,
	"FT_FLASTREC": ftLastRec,
}

// Bounds of how lines are found again.
const (
	windowBytes = 64 << 10
	maxMarks    = 4096
)

// textFile reads a file line by line without ever holding more than a window of it and one
// line. A line ends with LF or CR LF; the last one may end with the file.
type textFile struct {
	handle int
	file   *rootfs.File

	window []byte
	at     int64 // where the window begins

	line  int   // the current one, from 1
	start int64 // where it begins
	end   int64 // where it ends, with its LF; -1: not looked for yet

	marks []int64 // where the lines 1, 1+step, 1+2·step… begin, as far as known
	step  int
}

func newTextFile(handle int, file *rootfs.File) *textFile {
	return &textFile{handle: handle, file: file, line: 1, end: -1, marks: []int64{0}, step: 1}
}

// openText opens a file to read lines of it.
func (f *files) openText(s spot) (*textFile, error) {
	handle, err := f.openHandle(s, os.O_RDONLY, 0, rootfs.DenyNone)
	if err != nil {
		return nil, err
	}
	return newTextFile(handle, f.file(handle)), nil
}

// bytesAt returns bytes of the file from pos on, one at least, or none at its end.
func (x *textFile) bytesAt(pos int64) ([]byte, error) {
	if pos >= x.at && pos < x.at+int64(len(x.window)) {
		return x.window[pos-x.at:], nil
	}
	if cap(x.window) == 0 {
		x.window = make([]byte, windowBytes)
	}
	n, err := x.file.ReadAt(x.window[:cap(x.window)], pos)
	x.window, x.at = x.window[:n], pos
	if err == io.EOF {
		err = nil
	}
	return x.window, err
}

// lineEnd returns where the line that begins at pos ends.
func (x *textFile) lineEnd(t *vm.Thread, pos int64) (int64, error) {
	for {
		b, err := x.bytesAt(pos)
		if err != nil || len(b) == 0 {
			return pos, err
		}
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			return pos + int64(i) + 1, nil
		}
		pos += int64(len(b))
		if err := t.Poll(); err != nil {
			return pos, err
		}
	}
}

// find looks for the end of the current line.
func (x *textFile) find(t *vm.Thread) (err error) {
	if x.end < 0 {
		var end int64
		if end, err = x.lineEnd(t, x.start); err == nil {
			x.end = end
		}
	}
	return err
}

// eof tells whether there is no current line.
func (x *textFile) eof() bool {
	b, err := x.bytesAt(x.start)
	return err != nil || len(b) == 0
}

// text returns the current line without its end, "" at the end of the file.
func (x *textFile) text(t *vm.Thread) (string, error) {
	if err := x.find(t); err != nil {
		return "", err
	}
	n := x.end - x.start
	b, err := x.bytesAt(x.start)
	if err != nil {
		return "", err
	}
	if int64(len(b)) >= n {
		return withoutEnd(string(b[:n])), t.CheckString(int(n))
	}
	text, err := readText(t, io.NewSectionReader(x.file, x.start, n), n)
	return withoutEnd(text), err
}

// withoutEnd returns a line without its end.
func withoutEnd(line string) string {
	if body, ok := strings.CutSuffix(line, "\n"); ok {
		return strings.TrimSuffix(body, "\r")
	}
	return line
}

// next goes to the next line. It returns false at the end of the file.
func (x *textFile) next(t *vm.Thread) (bool, error) {
	if err := x.find(t); err != nil || x.end == x.start {
		return false, err
	}
	x.line, x.start, x.end = x.line+1, x.end, -1
	x.mark()
	return true, nil
}

// mark remembers where the current line begins. When there are too many marks, every
// second one is given up.
func (x *textFile) mark() {
	if x.line != 1+len(x.marks)*x.step {
		return
	}
	if len(x.marks) == maxMarks {
		for i := range maxMarks / 2 {
			x.marks[i] = x.marks[2*i]
		}
		x.marks = x.marks[:maxMarks/2]
		x.step *= 2
		x.mark()
		return
	}
	x.marks = append(x.marks, x.start)
}

// goTo goes to the line, or to the end of the file if there are fewer.
func (x *textFile) goTo(t *vm.Thread, line int) error {
	line = max(line, 1)
	if nearest := min((line-1)/x.step, len(x.marks)-1); line < x.line || 1+nearest*x.step > x.line {
		x.line, x.start, x.end = 1+nearest*x.step, x.marks[nearest], -1
	}
	for turn := 0; x.line < line; turn++ {
		if err := pollEvery(t, turn); err != nil {
			return err
		}
		if more, err := x.next(t); err != nil || !more {
			return err
		}
	}
	return nil
}

// count returns how many lines there are. The current line stays.
func (x *textFile) count(t *vm.Thread) (int, error) {
	last := len(x.marks) - 1
	lines, pos := last*x.step, x.marks[last]
	var tail byte = '\n'
	for {
		b, err := x.bytesAt(pos)
		if err != nil {
			return 0, err
		}
		if len(b) == 0 {
			break
		}
		lines += bytes.Count(b, []byte{'\n'})
		pos += int64(len(b))
		tail = b[len(b)-1]
		if err := t.Poll(); err != nil {
			return 0, err
		}
	}
	if tail != '\n' {
		lines++
	}
	return lines, nil
}

// FT_FUse([cFile]) → the handle of the text file, which the other FT_F functions read line
// by line from its first on, or -1, and FError() tells why. One that was open is closed;
// without cFile that is all, and the result is 0. A line ends with Chr(10), or with
// Chr(13) and Chr(10). Source: TDN.
func ftUse(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := optText("FT_FUSE", a, 0, "")
	if err != nil {
		return vm.Value{}, err
	}
	f := filesOf(t)
	if f.text != nil {
		_, _ = f.close(f.text.handle)
		f.text = nil
	}
	if name == "" {
		return f.number(0, faultNone)
	}
	s, err := locate(t, name, true)
	if err == nil {
		f.text, err = f.openText(s)
	}
	if err != nil {
		f.text = nil
		return f.number(-1, faultOf(s, err))
	}
	return f.number(f.text.handle, faultNone)
}

// textOf returns the file of FT_FUse, or nil if there is none or FClose has closed it.
func textOf(t *vm.Thread) *textFile {
	f := filesOf(t)
	if f.text != nil && f.file(f.text.handle) != f.text.file {
		f.text = nil
	}
	return f.text
}

// FT_FEof() → whether the end of the text file is reached: there is no current line. .T.
// if no file is open. Source: TDN.
func ftEof(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	x := textOf(t)
	return vm.Bool(x == nil || x.eof()), nil
}

// FT_FReadLn() → the current line of the text file without its end, however long it is; ""
// at the end of the file, or if none is open. Source: TDN.
func ftReadLn(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	x := textOf(t)
	if x == nil {
		return vm.Str(""), nil
	}
	text, err := x.text(t)
	if e := programError(err); e != nil {
		return vm.Value{}, e
	}
	filesOf(t).fault = faultOf(spot{}, err)
	return vm.Str(text), nil
}

// FT_FSkip([nLines]) → by how many lines the current line of the text file has moved:
// forwards, 1 by default, or backwards; it stops behind the last line and at the first.
// Source: TDN, Clipper.
func ftSkip(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := optInt("FT_FSKIP", a, 0, 1)
	if err != nil {
		return vm.Value{}, err
	}
	x := textOf(t)
	if x == nil {
		return vm.Int(0), nil
	}
	line := x.line
	err = x.goTo(t, addInts(line, n))
	filesOf(t).fault = faultOf(spot{}, err)
	return vm.Int(x.line - line), programError(err)
}

// addInts returns a+b, of which a is positive, or the greatest int.
func addInts(a, b int) int {
	if sum := a + b; b < 0 || sum > 0 {
		return sum
	}
	return math.MaxInt
}

// FT_FGoTop() → NIL; the first line of the text file is the current one. Source: TDN.
func ftGoTop(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Value{}, ftMove(t, 1) }

// FT_FGoto(nLine) → NIL; the line with the number, from 1, is the current one of the text
// file; behind the last line, its end is reached. Source: TDN.
func ftGoto(t *vm.Thread, a vm.Args) (vm.Value, error) {
	line, err := argInt("FT_FGOTO", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Value{}, ftMove(t, line)
}

func ftMove(t *vm.Thread, line int) error {
	x := textOf(t)
	if x == nil {
		return nil
	}
	err := x.goTo(t, line)
	filesOf(t).fault = faultOf(spot{}, err)
	return programError(err)
}

// FT_FRecno() → the number of the current line of the text file, from 1; 0 if no file is
// open. Source: TDN.
func ftRecno(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if x := textOf(t); x != nil {
		return vm.Int(x.line), nil
	}
	return vm.Int(0), nil
}

// FT_FLastRec() → how many lines the text file has; the current line stays. 0 if no file
// is open. Source: TDN.
func ftLastRec(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	x := textOf(t)
	if x == nil {
		return vm.Int(0), nil
	}
	n, err := x.count(t)
	filesOf(t).fault = faultOf(spot{}, err)
	return vm.Int(n), programError(err)
}
