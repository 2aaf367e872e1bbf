package lib

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"

	"appserver/internal/advpl/vm"
)

// TarCompress(aFiles, cTar[, lChangeCase]) → the name of the tar archive that was made of
// the files and folders, "" if that failed; FError() tells why. In the archive they have
// their names without their folders. Source: TDN.
func tarCompress(t *vm.Thread, a vm.Args) (vm.Value, error) {
	names, err := argNames("TARCOMPRESS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	lower, err := optBool("TARCOMPRESS", a, 2, true)
	if err != nil {
		return vm.Value{}, err
	}
	s, bad, err := argPlace(t, "TARCOMPRESS", a, 1, 2)
	if bad != nil {
		return vm.Value{}, bad
	}
	if err == nil {
		err = tarFiles(t, s, names, lower)
	}
	return packed(t, s, a.Get(1).Text(), err)
}

func tarFiles(t *vm.Thread, s spot, names []string, lower bool) error {
	return create(s, func(out io.Writer) error {
		w := tar.NewWriter(out)
		p := packer{thread: t, target: s, add: func(name string, info fs.FileInfo, content io.Reader) error {
			h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o644, ModTime: info.ModTime()}
			if err := w.WriteHeader(h); err != nil {
				return err
			}
			_, err := io.Copy(w, content)
			return err
		}}
		if err := p.packAll(names, lower, baseName); err != nil {
			return err
		}
		return w.Close()
	})
}

// TarDecomp(cTar, cFolder[, @nFiles[, lChangeCase]]) → whether all that the tar archive
// holds was unpacked into the folder, which is made if there is none; nFiles is set to how
// many files were. It stops at a name that leads out of the folder and at what is neither
// file nor folder. At most 4 GB and 100,000 files are unpacked. Source: TDN, public
// programs.
func tarDecomp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	u, err := argUnpacking(t, "TARDECOMP", a, 3)
	if err != nil {
		return vm.Value{}, err
	}
	n := 0
	if u.err == nil {
		n, u.err = untar(newUnpacker(t, u.folder, u.lower), u.archive)
	}
	a.Set(2, vm.Int(n))
	return filesOf(t).success(u.archive, u.err)
}

// untar unpacks a tar archive and returns how many files it has written.
func untar(u *unpacker, s spot) (int, error) {
	f, err := s.root.OpenFile(s.path, os.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := tar.NewReader(polled{u.thread, f})
	for n := 0; ; {
		h, err := r.Next()
		if err == io.EOF {
			return n, nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return n, errors.Join(programError(err), errCorrupt)
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = u.makeFolder(h.Name)
		case tar.TypeReg:
			err = u.write(h.Name, r)
			n++
		default:
			err = errUnsafe
		}
		if err != nil {
			return n, err
		}
	}
}
