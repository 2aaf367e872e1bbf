package lib

import (
	"io"
	"io/fs"
	"os"
	"strings"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

var fileFuncs = table{
	"FOPEN":       fOpen,
	"FCREATE":     fCreate,
	"FCLOSE":      fClose,
	"FREAD":       fRead,
	"FREADSTR":    fReadStr,
	"FWRITE":      fWrite,
	"FSEEK":       fSeek,
	"FERROR":      fError,
	"FERASE":      fErase,
	"FRENAME":     fRename,
	"FRENAMEEX":   fRenameEx,
	"FILE":        fileExists,
	"MEMOREAD":    memoRead,
	"MEMOWRITE":   memoWrite,
	"MEMOWRIT":    memoWrite,
	"__COPYFILE":  copyFile,
	"CHMOD":       chMod,
	"CPYS2T":      noClientCopy,
	"CPYT2S":      noClientCopy,
	"CPYS2TEX":    noClientCopy,
	"CPYF2WEB":    cpyF2Web,
	"GETTEMPPATH": getTempPath,
	"DISKSPACE":   diskSpace,
}

var fileClasses = map[string]class{
	"FWFILEREADER": newFileReader,
	"FWFILEWRITER": newFileWriter,
}

// number notes the fault and returns n as the native's result.
func (f *files) number(n, fault int) (vm.Value, error) {
	f.fault = fault
	return vm.Int(n), nil
}

// result notes what became of work at s and returns 0, or -1 if it failed.
func (f *files) result(s spot, err error) (vm.Value, error) {
	if err != nil {
		if e := programError(err); e != nil {
			return vm.Value{}, e
		}
		return f.number(-1, faultOf(s, err))
	}
	return f.number(0, faultNone)
}

// success notes what became of work at s and returns whether it succeeded.
func (f *files) success(s spot, err error) (vm.Value, error) {
	if e := programError(err); e != nil {
		return vm.Value{}, e
	}
	f.fault = faultOf(s, err)
	return vm.Bool(err == nil), nil
}

// argPlace follows the name in argument i; lower says which argument tells whether new
// names are in lower case. The first error is that of the argument, the second that of
// the name.
func argPlace(t *vm.Thread, fn string, a vm.Args, i, lower int) (s spot, bad, err error) {
	name, bad := argText(fn, a, i)
	if bad != nil {
		return s, bad, nil
	}
	change, bad := optBool(fn, a, lower, true)
	if bad != nil {
		return s, bad, nil
	}
	s, err = locate(t, name, change)
	return s, nil, err
}

// FOpen(cFile[, nMode[, xNil[, lChangeCase]]]) → the handle of the file, a number from 1 to
// 65535, or -1, and FError() tells why. nMode is FO_READ (0, the default), FO_WRITE or
// FO_READWRITE, plus what others may not do until the file is closed: FO_EXCLUSIVE,
// FO_DENYWRITE or FO_DENYREAD; FO_SHARED and FO_COMPAT deny nothing. The file must exist;
// names are found in any case. A thread may have 1,000 files open; they are closed when it
// ends. Source: TDN.
func fOpen(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "FOPEN", a, 0, 3)
	if bad != nil {
		return vm.Value{}, bad
	}
	mode, bad := optInt("FOPEN", a, 1, 0)
	if bad != nil {
		return vm.Value{}, bad
	}
	f := filesOf(t)
	flag, share, ok := openMode(mode)
	switch {
	case err != nil:
		return f.number(-1, faultOf(s, err))
	case !ok:
		return f.number(-1, faultMode)
	}
	handle, err := f.openHandle(s, flag, 0, share)
	return f.number(handle, faultOf(s, err))
}

// openMode returns what a mode of FOpen means.
func openMode(mode int) (flag int, share rootfs.Share, ok bool) {
	flags := []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR}
	shares := []rootfs.Share{rootfs.DenyNone, rootfs.DenyAll, rootfs.DenyWrite, rootfs.DenyRead, rootfs.DenyNone}
	access, denied := mode&15, mode>>4
	if mode < 0 || access >= len(flags) || denied >= len(shares) {
		return 0, 0, false
	}
	return flags[access], shares[denied], true
}

// readOnly is the attribute FC_READONLY.
const readOnly = 1

// FCreate(cFile[, nAttribute[, xNil[, lChangeCase]]]) → the handle of the new, empty file,
// open for reading and writing, or -1, and FError() tells why. What the file held is lost.
// nAttribute FC_READONLY makes a file that cannot be opened for writing later; the others
// change nothing. The name of a new file is in lower case unless lChangeCase is .F.
// Folders are not made. Source: TDN.
func fCreate(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "FCREATE", a, 0, 3)
	if bad != nil {
		return vm.Value{}, bad
	}
	attribute, bad := optInt("FCREATE", a, 1, 0)
	if bad != nil {
		return vm.Value{}, bad
	}
	f := filesOf(t)
	if err != nil {
		return f.number(-1, faultOf(s, err))
	}
	perm := fs.FileMode(0o644)
	if attribute&readOnly != 0 {
		perm = 0o444
	}
	handle, err := f.openHandle(s, os.O_RDWR|os.O_CREATE|os.O_TRUNC, perm, rootfs.DenyNone)
	return f.number(handle, faultOf(s, err))
}

// argFile returns the open file whose handle argument 0 is; nil, and FError() is 6, if
// there is none.
func argFile(t *vm.Thread, fn string, a vm.Args) (*rootfs.File, error) {
	handle, err := argInt(fn, a, 0)
	if err != nil {
		return nil, err
	}
	f := filesOf(t)
	f.fault = faultNone
	file := f.file(handle)
	if file == nil {
		f.fault = faultHandle
	}
	return file, nil
}

// FClose(nHandle) → .T.; the file is closed. .F. if there is no such handle or what was
// written could not be kept; FError() tells which. Source: TDN.
func fClose(t *vm.Thread, a vm.Args) (vm.Value, error) {
	handle, err := argInt("FCLOSE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	f := filesOf(t)
	ok, err := f.close(handle)
	if !ok {
		f.fault = faultHandle
		return vm.Bool(false), nil
	}
	return f.success(spot{}, err)
}

// FRead(nHandle, @cBuffer, nBytes) → how many bytes were read, from where the file stands;
// fewer than nBytes at its end, 0 after it or on an error, which FError() tells. cBuffer
// becomes the string of the bytes read, whatever length it had. Source: TDN.
func fRead(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := nextBytes(t, "FREAD", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(1, vm.Str(text))
	return vm.Int(len(text)), nil
}

// FReadStr(nHandle, nBytes) → the next nBytes of the file, or what is left of it, up to the
// first Chr(0); the file stands behind all that was read. "" at the end, or on an error,
// which FError() tells. Source: TDN.
func fReadStr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := nextBytes(t, "FREADSTR", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	text, _, _ = strings.Cut(text, "\x00")
	return vm.Str(text), nil
}

// nextBytes reads as many bytes as argument count says.
func nextBytes(t *vm.Thread, fn string, a vm.Args, count int) (string, error) {
	n, err := argInt(fn, a, count)
	if err != nil {
		return "", err
	}
	file, err := argFile(t, fn, a)
	if err != nil || file == nil || n <= 0 {
		return "", err
	}
	left, err := bytesLeft(file)
	if err == nil {
		var text string
		if text, err = readText(t, file, min(left, int64(n))); err == nil {
			return text, nil
		}
	}
	filesOf(t).fault = faultOf(spot{}, err)
	return "", programError(err)
}

// bytesLeft returns how many bytes there are behind where the file stands.
func bytesLeft(file *rootfs.File) (int64, error) {
	pos, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return max(info.Size()-pos, 0), nil
}

// FWrite(nHandle, cText[, nBytes]) → how many bytes were written, where the file stands:
// all of cText, or its first nBytes. Fewer, or 0, on an error, which FError() tells.
// Source: TDN.
func fWrite(t *vm.Thread, a vm.Args) (vm.Value, error) {
	text, err := argText("FWRITE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := optInt("FWRITE", a, 2, len(text))
	if err != nil {
		return vm.Value{}, err
	}
	file, err := argFile(t, "FWRITE", a)
	if err != nil || file == nil {
		return vm.Int(0), err
	}
	done, err := writeText(t, file, text[:min(max(n, 0), len(text))])
	if e := programError(err); e != nil {
		return vm.Value{}, e
	}
	return filesOf(t).number(done, faultOf(spot{}, err))
}

// FSeek(nHandle, nOffset[, nOrigin]) → where the file stands now, in bytes from its
// beginning: nOffset from the beginning (FS_SET, the default), from where it stood
// (FS_RELATIVE) or from its end (FS_END). It stops at the beginning and at the end. -1 if
// there is no such handle. FSeek(nHandle, 0, FS_END) is the size. Source: TDN.
func fSeek(t *vm.Thread, a vm.Args) (vm.Value, error) {
	offset, err := argInt("FSEEK", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	origin, err := optInt("FSEEK", a, 2, io.SeekStart)
	if err != nil {
		return vm.Value{}, err
	}
	file, err := argFile(t, "FSEEK", a)
	if err != nil || file == nil {
		return vm.Int(-1), err
	}
	pos, err := seekIn(file, int64(offset), origin)
	if err != nil {
		pos = -1
	}
	return filesOf(t).number(int(pos), faultOf(spot{}, err))
}

// seekIn moves to the offset from the origin, but not out of the file.
func seekIn(file *rootfs.File, offset int64, origin int) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	base := int64(0)
	switch origin {
	case io.SeekCurrent:
		if base, err = file.Seek(0, io.SeekCurrent); err != nil {
			return 0, err
		}
	case io.SeekEnd:
		base = info.Size()
	}
	base = min(base, info.Size())
	return file.Seek(base+min(max(offset, -base), info.Size()-base), io.SeekStart)
}

// FError() → what became of the last function for files: 0 success, 2 no such file, 3 no
// such folder, 4 too many open files, 5 access denied, 6 no such handle, 12 no such mode,
// 29 not written, 32 in use, -1 a file of the client, which there is none. Source: TDN,
// Clipper.
func fError(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Int(filesOf(t).fault), nil }
