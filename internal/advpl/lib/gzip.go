package lib

import (
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"appserver/internal/advpl/vm"
)

// GzCompress(cFile[, cGzip[, lChangeCase]]) → whether the file was compressed to cGzip,
// which is its name with ".gz" by default; FError() tells why not. Source: TDN.
func gzCompress(t *vm.Thread, a vm.Args) (vm.Value, error) {
	from, bad, err := argPlace(t, "GZCOMPRESS", a, 0, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	name, bad := optText("GZCOMPRESS", a, 1, "")
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil && !from.exists() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return filesOf(t).success(from, err)
	}
	if name == "" {
		name = trimRight(a.Get(0).Text()) + ".gz"
	}
	lower := a.Get(2).Kind() != vm.Logical || a.Get(2).Truth()
	to, err := locate(t, name, lower)
	if err == nil {
		err = gzipFile(t, from, to)
	}
	return filesOf(t).success(to, err)
}

func gzipFile(t *vm.Thread, from, to spot) error {
	src, err := openBeside(from, to)
	if err != nil {
		return err
	}
	defer src.Close()
	return create(to, func(out io.Writer) error {
		w := gzip.NewWriter(out)
		if _, err := io.Copy(w, polled{t, src}); err != nil {
			return err
		}
		return w.Close()
	})
}

// GzDecomp(cGzip, cFolder[, lChangeCase]) → whether the file was unpacked into the folder,
// under its name without ".gz"; FError() tells why not. At most 4 GB are unpacked. Source:
// TDN, public programs.
func gzDecomp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	u, err := argUnpacking(t, "GZDECOMP", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	if u.err == nil {
		u.err = gunzip(newUnpacker(t, u.folder, u.lower), u.archive)
	}
	return filesOf(t).success(u.archive, u.err)
}

func gunzip(u *unpacker, s spot) error {
	f, err := s.root.OpenFile(s.path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return errCorrupt
	}
	name := path.Base(s.path)
	if cut := len(name) - len(".gz"); cut > 0 && strings.EqualFold(name[cut:], ".gz") {
		name = name[:cut]
	}
	to, err := u.place(name)
	if err == nil && sameFile(f, to) {
		err = fs.ErrPermission
	}
	if err != nil {
		return err
	}
	return u.write(name, z)
}
