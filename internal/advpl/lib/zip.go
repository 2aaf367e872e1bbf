package lib

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

// zipFiles makes a zip archive at s.
func zipFiles(t *vm.Thread, s spot, names []string, lower bool, entry func(spot) string) error {
	return create(s, func(out io.Writer) error {
		w := zip.NewWriter(out)
		p := packer{thread: t, target: s, add: func(name string, info fs.FileInfo, content io.Reader) error {
			h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: info.ModTime()}
			part, err := w.CreateHeader(h)
			if err != nil {
				return err
			}
			_, err = io.Copy(part, content)
			return err
		}}
		if err := p.packAll(names, lower, entry); err != nil {
			return err
		}
		return w.Close()
	})
}

// FZip(cZip, aFiles[, cBase[, cPassword[, lChangeCase]]]) → 0 if the zip archive was made,
// else -1, and FError() tells why. aFiles holds names of files, and of folders, which go
// in with all that is in them. In the archive they have their paths below the root,
// without cBase if they begin with it. An archive with a password cannot be made. Source:
// TDN.
func fZip(t *vm.Thread, a vm.Args) (vm.Value, error) {
	names, err := argNames("FZIP", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	base, err := optText("FZIP", a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	lower, err := optBool("FZIP", a, 4, true)
	if err != nil {
		return vm.Value{}, err
	}
	s, bad, err := argPlace(t, "FZIP", a, 0, 4)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil && hasPassword(a, 3) {
		err = errPassword
	}
	if err == nil {
		err = zipFiles(t, s, names, lower, below(t, base))
	}
	return filesOf(t).result(s, err)
}

// directoryReader reads a file, while the list of what is in an archive is read no more
// than budget bytes of it.
type directoryReader struct {
	file   *os.File
	budget int64 // -1: no bound
}

func (r *directoryReader) ReadAt(b []byte, off int64) (int, error) {
	if r.budget >= 0 {
		if r.budget -= int64(len(b)); r.budget < 0 {
			return 0, errTooMuch
		}
	}
	return r.file.ReadAt(b, off)
}

// openZip reads the list of a zip archive and calls use with it.
func openZip(s spot, use func(*zip.Reader) error) error {
	f, err := s.root.OpenFile(s.path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	in := &directoryReader{f, maxDirectory}
	z, err := zip.NewReader(in, info.Size())
	switch {
	case errors.Is(err, errTooMuch) || err == nil && len(z.File) > maxPacked:
		return errTooMuch
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return errCorrupt
	}
	in.budget = -1
	return use(z)
}

// unzip unpacks a zip archive into the folder. Nothing is written if one of its names
// leads out of the folder.
func unzip(t *vm.Thread, s, folder spot, lower bool) error {
	return openZip(s, func(z *zip.Reader) error {
		u := newUnpacker(t, folder, lower)
		for _, f := range z.File {
			if f.Flags&1 != 0 {
				return errPassword
			}
			if _, err := u.pathOf(f.Name); err != nil {
				return err
			}
		}
		for _, f := range z.File {
			if err := u.unzip(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// unzip unpacks a file of a zip archive.
func (u *unpacker) unzip(f *zip.File) error {
	if err := u.thread.Poll(); err != nil {
		return err
	}
	if f.FileInfo().IsDir() {
		return u.makeFolder(f.Name)
	}
	if !f.Mode().IsRegular() {
		return errUnsafe
	}
	content, err := f.Open()
	if err != nil {
		return errCorrupt
	}
	defer content.Close()
	return u.write(f.Name, content)
}

// FUnZip(cZip, cFolder[, cPassword[, lChangeCase]]) → 0 if all that the zip archive holds
// was unpacked into the folder, which is made if there is none, else -1, and FError()
// tells why. Files that exist are replaced; new names are in lower case unless lChangeCase
// is .F. Nothing is unpacked if a name leads out of the folder, or if there is a password.
// At most 4 GB and 100,000 files are unpacked. Source: TDN.
func fUnZip(t *vm.Thread, a vm.Args) (vm.Value, error) {
	u, err := argUnpacking(t, "FUNZIP", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	return filesOf(t).result(u.archive, u.unzip(t, hasPassword(a, 2)))
}

// unzip unpacks a zip archive, which may have no password.
func (u *unpacking) unzip(t *vm.Thread, password bool) error {
	switch {
	case u.err != nil:
		return u.err
	case password:
		return errPassword
	}
	return unzip(t, u.archive, u.folder, u.lower)
}

// FListZip(cZip, @nResult[, cPassword[, lChangeCase]]) → an array of {cName, nSize} of the
// files in the zip archive; nResult is set to 0, or to -1 if it cannot be read. Source:
// TDN, public programs.
func fListZip(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, bad, err := argPlace(t, "FLISTZIP", a, 0, 3)
	if bad != nil {
		return vm.Value{}, bad
	}
	arr := new(vm.ArrayValue)
	if err == nil {
		err = openZip(s, func(z *zip.Reader) error { return listZip(t, arr, z) })
	}
	result, fatal := filesOf(t).result(s, err)
	a.Set(1, result)
	return vm.ArrayOf(arr), fatal
}

func listZip(t *vm.Thread, arr *vm.ArrayValue, z *zip.Reader) error {
	h := hold{thread: t}
	for i, f := range z.File {
		if err := pollEvery(t, i); err != nil {
			return err
		}
		name := pageText(f.Name)
		if err := h.charge(len(name)); err != nil {
			return err
		}
		if err := h.addRow(arr, vm.Str(name), vm.Num(float64(f.UncompressedSize64))); err != nil {
			return err
		}
	}
	return nil
}

// MsCompress(xFiles[, cTo[, cPassword[, lChangeCase]]]) → the name of the archive that was
// made of a file, or of an array of files, "" if that failed; FError() tells why. Its name
// is that of the first file by default, and has the extension ".mzp" if it has none. It is
// a zip archive: only MsDecomp of this server reads it, not that of others. An archive
// with a password cannot be made. Source: TDN.
func msCompress(t *vm.Thread, a vm.Args) (vm.Value, error) {
	names, err := argNames("MSCOMPRESS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	to, err := optText("MSCOMPRESS", a, 1, "")
	if err != nil {
		return vm.Value{}, err
	}
	lower, err := optBool("MSCOMPRESS", a, 3, true)
	if err != nil {
		return vm.Value{}, err
	}
	to = mzpName(to, names)
	s, err := locate(t, to, lower)
	switch {
	case err != nil:
	case hasPassword(a, 2):
		err = errPassword
	case len(names) == 0:
		err = fs.ErrNotExist
	}
	if err == nil {
		err = zipFiles(t, s, names, lower, baseName)
	}
	return packed(t, s, to, err)
}

// mzpName returns the name of an archive of MsCompress: to, with what it lacks taken from
// the first of the files.
func mzpName(to string, names []string) string {
	cut := strings.LastIndexAny(to, `\/`) + 1
	if to[cut:] == "" && len(names) > 0 {
		first := trimRight(names[0])
		if to != "" {
			first = first[strings.LastIndexAny(first, `\/`)+1:]
		}
		to += strings.TrimSuffix(first, path.Ext(first))
	}
	if !slices.Contains([]byte(to[strings.LastIndexAny(to, `\/`)+1:]), '.') {
		to += ".mzp"
	}
	return to
}

// MsDecomp(cFile[, cFolder[, cPassword[, lChangeCase]]]) → whether all that the archive of
// MsCompress holds was unpacked into the folder, the current one by default; FError()
// tells why not. It is bound as FUnZip is. Source: TDN, public programs.
func msDecomp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	u, err := argUnpacking(t, "MSDECOMP", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	return filesOf(t).success(u.archive, u.unzip(t, hasPassword(a, 2)))
}
