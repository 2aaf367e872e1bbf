package lib

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

var archiveFuncs = table{
	"FZIP":        fZip,
	"FUNZIP":      fUnZip,
	"FLISTZIP":    fListZip,
	"GZCOMPRESS":  gzCompress,
	"GZDECOMP":    gzDecomp,
	"TARCOMPRESS": tarCompress,
	"TARDECOMP":   tarDecomp,
	"MSCOMPRESS":  msCompress,
	"MSDECOMP":    msDecomp,
}

// Bounds of archives.
const (
	maxUnpacked  = 4 << 30 // bytes that one call unpacks
	maxPacked    = 100_000 // files in an archive
	maxDirectory = 8 << 20 // bytes of the list of files in a zip archive
	packDepth    = 100     // of folders
)

var (
	errTooMuch  = errors.New("the archive holds too much")
	errUnsafe   = errors.New("the archive holds a name that leads out of the folder, or that no file can have")
	errPassword = errors.New("archives with a password are not supported")
	errCorrupt  = errors.New("the archive cannot be read")
)

// packer puts files into an archive.
type packer struct {
	thread *vm.Thread
	target spot // the archive, which must not be packed itself
	add    func(name string, info fs.FileInfo, content io.Reader) error
	count  int
}

// pack packs the file or folder under the name.
func (p *packer) pack(s spot, name string, depth int) error {
	info, err := s.stat()
	if err != nil {
		return err
	}
	if p.count++; p.count > maxPacked || depth > packDepth {
		return errTooMuch
	}
	if info.IsDir() {
		return p.packFolder(s, name, depth)
	}
	f, err := s.root.OpenFile(s.path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return p.add(name, info, io.LimitReader(polled{p.thread, f}, info.Size()))
}

// packFolder packs what is in the folder, but no links.
func (p *packer) packFolder(s spot, name string, depth int) error {
	for e, err := range s.root.Entries(s.path) {
		if err != nil {
			return err
		}
		sub := spot{root: s.root, path: path.Join(s.path, e.Name())}
		if !e.IsDir() && !e.Type().IsRegular() || sub.path == p.target.path {
			continue
		}
		if err := p.pack(sub, path.Join(name, e.Name()), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// packAll packs the files with the names that program gives; entry says what one is called
// in the archive.
func (p *packer) packAll(names []string, lower bool, entry func(spot) string) error {
	for _, name := range names {
		s, err := locate(p.thread, name, lower)
		if err != nil {
			return err
		}
		if s.path == p.target.path {
			return fs.ErrInvalid
		}
		if err := p.pack(s, entry(s), 0); err != nil {
			return err
		}
	}
	return nil
}

// argNames returns the names in argument i: an array of strings, or a string.
func argNames(fn string, a vm.Args, i int) ([]string, error) {
	v := a.Get(i)
	if v.IsStr() {
		return []string{v.Text()}, nil
	}
	arr, err := argArray(fn, a, i)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, min(len(arr.Elems), maxPacked))
	for _, e := range arr.Elems {
		if !e.IsStr() || len(names) == maxPacked {
			return nil, vm.ArgError(fn, a, i, "an array of names, 100,000 at most")
		}
		names = append(names, e.Text())
	}
	return names, nil
}

// create makes the archive at s with write. What was there is lost; if write fails, nothing
// is there.
func create(s spot, write func(io.Writer) error) error {
	f, err := s.root.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	err = write(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, s.root.Remove(s.path))
	}
	return nil
}

func hasPassword(a vm.Args, i int) bool { return a.Get(i).IsStr() && a.Get(i).Len() > 0 }

// below returns what gives paths without the folder with the name, if they are below it.
func below(t *vm.Thread, name string) func(spot) string {
	folder := ""
	if s, err := locate(t, name, true); name != "" && err == nil && s.path != "." {
		folder = s.path + "/"
	}
	return func(s spot) string { return strings.TrimPrefix(s.path, folder) }
}

// baseName names files in an archive without their folders.
func baseName(s spot) string { return path.Base(s.path) }

// unpacker takes files out of an archive into a folder.
type unpacker struct {
	thread *vm.Thread
	folder spot
	lower  bool
	left   int64 // bytes that may still be written
	count  int
}

func newUnpacker(t *vm.Thread, folder spot, lower bool) *unpacker {
	return &unpacker{thread: t, folder: folder, lower: lower, left: maxUnpacked}
}

// pathOf returns the path that a name in the archive means. It may not lead out of the
// folder where the archive is unpacked, and must be one that programs can use.
func (u *unpacker) pathOf(name string) (string, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	below := path.Clean(name) // tar writes "./name"
	if !fs.ValidPath(below) || strings.Contains(name, ":") {
		return "", errUnsafe
	}
	clean, err := rootfs.Clean(u.folder.path, below)
	if err != nil {
		return "", errUnsafe
	}
	return clean, nil
}

// place returns where a name in the archive leads.
func (u *unpacker) place(name string) (spot, error) {
	if u.count++; u.count > maxPacked {
		return spot{}, errTooMuch
	}
	clean, err := u.pathOf(name)
	if err != nil {
		return spot{}, err
	}
	found, rest := u.folder.root.Find(clean)
	if u.lower {
		rest = strings.ToLower(rest)
	}
	return spot{u.folder.root, path.Join(found, rest), rest}, nil
}

// makeFolder makes the folder with the name.
func (u *unpacker) makeFolder(name string) error {
	s, err := u.place(name)
	if err != nil {
		return err
	}
	return s.root.MkdirAll(s.path)
}

// write writes the file with the name.
func (u *unpacker) write(name string, content io.Reader) error {
	s, err := u.place(name)
	if err != nil {
		return err
	}
	if err := s.root.MkdirAll(path.Dir(s.path)); err != nil {
		return err
	}
	limited := &io.LimitedReader{R: content, N: u.left + 1}
	err = writeAt(u.thread, s, limited)
	if u.left = limited.N - 1; u.left < 0 {
		return errors.Join(errTooMuch, s.root.Remove(s.path))
	}
	return err
}

// unpacking is what the arguments of a function say that unpacks an archive.
type unpacking struct {
	archive, folder spot
	lower           bool
	err             error // of the file system
}

// argUnpacking follows the names of an archive, which must exist, and of a folder; argument
// change tells whether new names are in lower case.
func argUnpacking(t *vm.Thread, fn string, a vm.Args, change int) (u unpacking, err error) {
	if u.archive, err, u.err = argPlace(t, fn, a, 0, change); err != nil {
		return u, err
	}
	if u.lower, err = optBool(fn, a, change, true); err != nil {
		return u, err
	}
	name, err := optText(fn, a, 1, ".")
	if err != nil {
		return u, err
	}
	if u.err == nil && !u.archive.exists() {
		u.err = fs.ErrNotExist
	}
	if u.err == nil {
		u.folder, u.err = locate(t, name, u.lower)
	}
	return u, nil
}

// packed returns the name of an archive, or "" if it could not be made.
func packed(t *vm.Thread, s spot, name string, err error) (vm.Value, error) {
	ok, fatal := filesOf(t).success(s, err)
	if fatal != nil || !ok.Truth() {
		return vm.Str(""), fatal
	}
	return vm.Str(name), nil
}
