package lib

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"appserver/internal/advpl/vm"
)

// FErase(cFile[, xNil[, lChangeCase]]) → 0 if the file was removed, else -1, and FError()
// tells why. It must not be open. Names are found in any case; wildcards are not. Source:
// TDN.
func fErase(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "FERASE", a, 0, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = s.root.Remove(s.path)
	}
	return filesOf(t).result(s, err)
}

// FRename(cFile, cNewName[, xNil[, lChangeCase]]) → 0 if the file, or folder, was renamed
// or moved, else -1, and FError() tells why: nothing may have the new name, and the file
// must not be open. The new name is in lower case unless lChangeCase is .F. Source: TDN.
func fRename(t *vm.Thread, a vm.Args) (vm.Value, error) {
	change, err := optBool("FRENAME", a, 3, true)
	if err != nil {
		return vm.Value{}, err
	}
	return renamed(t, "FRENAME", a, change)
}

// FRenameEx(cFile, cNewName[, xNil]) → what FRename gives; the new name is used as it is
// written. Source: TDN.
func fRenameEx(t *vm.Thread, a vm.Args) (vm.Value, error) { return renamed(t, "FRENAMEEX", a, false) }

func renamed(t *vm.Thread, fn string, a vm.Args, lower bool) (vm.Value, error) {
	name, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	to, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	from, err := locate(t, name, lower)
	if err == nil && !from.exists() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return filesOf(t).result(from, err)
	}
	target, err := locate(t, to, lower)
	if err == nil && target.exists() {
		target, err = respelled(from, target, to, lower)
	}
	if err == nil {
		err = from.root.Rename(from.path, target.path)
	}
	return filesOf(t).result(target, err)
}

// respelled returns where a file goes that gets a name which exists: it may be its own,
// in another case.
func respelled(from, target spot, name string, lower bool) (spot, error) {
	if target.path != from.path {
		return target, fs.ErrExist
	}
	slashed := strings.TrimRight(strings.ReplaceAll(toUTF8(name), `\`, "/"), "/ ")
	last := slashed[strings.LastIndexByte(slashed, '/')+1:]
	if lower {
		last = strings.ToLower(last)
	}
	if last != "." && last != ".." {
		target.path = path.Join(path.Dir(target.path), last)
	}
	return target, nil
}

// File(cFile[, nWhere[, lChangeCase]]) → whether there is such a file; * and ? in its name
// stand for any characters and for one. Hidden files, whose names begin with a point, and
// folders are not found. nWhere 2 asks for a file of the client: .F.; else the file is the
// server's. Source: TDN.
func fileExists(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("FILE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if loose(a, 1, 0) == 2 {
		return vm.Bool(false), nil
	}
	if strings.ContainsAny(name, "*?") {
		return anyFile(t, name)
	}
	s, err := locate(t, name, true)
	if err != nil {
		return vm.Bool(false), nil
	}
	info, err := s.stat()
	return vm.Bool(err == nil && info.Mode().IsRegular()), nil
}

// anyFile tells whether a file matches the name with wildcards.
func anyFile(t *vm.Thread, name string) (vm.Value, error) {
	found := false
	err := eachMatch(t, name, func(e fileMatch) (bool, error) {
		info, err := e.stat()
		found = err == nil && info.Mode().IsRegular() && !e.hidden()
		return !found, nil
	})
	return vm.Bool(found), programError(err)
}

// MemoRead(cFile[, lChangeCase]) → the content of the file, "" if there is none or it
// cannot be read. Source: TDN.
func memoRead(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("MEMOREAD", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	text, err := readFile(t, name)
	return vm.Str(text), programError(err)
}

// MemoWrite(cFile, cText[, lChangeCase]) → whether the file now holds cText, and nothing
// else. The name of a new file is in lower case unless lChangeCase is .F. MemoWrit is the
// same. Source: TDN.
func memoWrite(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := argText("MEMOWRITE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	s, bad, err := argPlace(t, "MEMOWRITE", a, 0, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = writeAt(t, s, strings.NewReader(text))
	}
	return filesOf(t).success(s, err)
}

// __CopyFile(cFile, cTo[, xNil[, xNil[, lChangeCase]]]) → whether the file was copied;
// what cTo held is lost. The name of a new file is in lower case unless lChangeCase is .F.
// A file cannot be copied onto itself. COPY FILE calls it. Source: TDN, public programs.
func copyFile(t *vm.Thread, a vm.Args) (vm.Value, error) {
	from, bad, err := argPlace(t, "__COPYFILE", a, 0, 4)
	if bad != nil {
		return vm.Value{}, bad
	}
	to, bad, err2 := argPlace(t, "__COPYFILE", a, 1, 4)
	switch {
	case bad != nil:
		return vm.Value{}, bad
	case err != nil:
		return filesOf(t).success(from, err)
	case err2 != nil:
		return filesOf(t).success(to, err2)
	case !from.exists():
		return filesOf(t).success(from, fs.ErrNotExist)
	}
	return filesOf(t).success(to, copySpot(t, from, to))
}

// copySpot copies a file.
func copySpot(t *vm.Thread, from, to spot) error {
	src, err := openBeside(from, to)
	if err != nil {
		return err
	}
	defer src.Close()
	return writeAt(t, to, src)
}

// openBeside opens a file for reading that may not be the one at to.
func openBeside(from, to spot) (*os.File, error) {
	src, err := from.root.OpenFile(from.path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	if sameFile(src, to) {
		return nil, errors.Join(fs.ErrPermission, src.Close())
	}
	return src, nil
}

// sameFile tells whether the open file is the one at s.
func sameFile(file *os.File, s spot) bool {
	a, err := file.Stat()
	b, err2 := s.stat()
	return err == nil && err2 == nil && os.SameFile(a, b)
}

// writeAt writes what r holds to the file at s, which is emptied first.
func writeAt(t *vm.Thread, s spot, r io.Reader) (err error) {
	f, err := s.root.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	_, err = io.Copy(f, polled{t, r})
	return err
}

// polled reads r and polls the thread.
type polled struct {
	thread *vm.Thread
	reader io.Reader
}

func (p polled) Read(b []byte) (int, error) {
	if err := p.thread.Poll(); err != nil {
		return 0, err
	}
	return p.reader.Read(b)
}

// ChMod(cFile, nMode[, xNil[, lChangeCase]]) → whether the file has the permissions now
// that the decimal digits of nMode say as octal ones: 644, 600; digits beyond the last
// three do not count. Source: TDN, public programs.
func chMod(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "CHMOD", a, 0, 3)
	if bad != nil {
		return vm.Value{}, bad
	}
	mode, bad := argInt("CHMOD", a, 1)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = s.root.Chmod(s.path, octal(mode))
	}
	return filesOf(t).success(s, err)
}

// octal returns the permissions that the last three decimal digits of n say.
func octal(n int) fs.FileMode {
	digits := n % 1000
	return fs.FileMode(digits/100%10&7<<6 | digits/10%10&7<<3 | digits%10&7)
}

// CpyS2T(cFile, cFolder[, lCompress[, lChangeCase]]) → .F.: it copies a file to the
// client, and there is none. CpyT2S, from the client, and CpyS2TEx are the same. FError()
// is -1. Source: TDN.
func noClientCopy(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	filesOf(t).fault = faultClient
	return vm.Bool(false), nil
}

// CpyF2Web(cFile[, lUserFolder[, lCompress[, lChangeCase[, lUnzip]]]]) → "": it gives a
// file to the browser of a web client, and there is none. Source: TDN.
func cpyF2Web(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	filesOf(t).fault = faultClient
	return vm.Str(""), nil
}

// GetTempPath([lClient]) → "\temp\", the folder below the root for files that are soon
// removed. It is made if there is none. A client, whose folder lClient asks for, is not
// there. Source: TDN, public programs.
func getTempPath(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if s, err := locate(t, `\temp`, true); err == nil && !s.exists() {
		err = s.root.MkdirAll(s.path)
		filesOf(t).fault = faultOf(s, err)
	}
	return vm.Str(`\temp\`), nil
}

// DiskSpace([nDrive]) → how many bytes can still be written where the root is, 0 if that
// is not known. nDrive does not count. Source: TDN.
func diskSpace(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	root := SurroundingsOf(t).Files
	if root == nil {
		return vm.Int(0), nil
	}
	n, err := root.Free()
	if err != nil {
		n = 0
	}
	return vm.Num(float64(n)), nil
}
