package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Endings returns the endings of the names of sources. Case does not count.
func Endings() []string { return []string{".prw", ".prg", ".prx", ".tlpp"} }

func isSource(name string) bool {
	return slices.Contains(Endings(), strings.ToLower(filepath.Ext(name)))
}

// ErrNoSources is the error of paths without any source.
var ErrNoSources = errors.New("no sources")

// Sources returns the sources that the paths name: files, and those in folders and
// the folders below. The names are cleaned, sorted, and each there once. A named
// file that is not a source, and paths without any source, are errors.
func Sources(paths []string) ([]string, error) {
	var names []string
	for _, path := range paths {
		found, err := sourcesAt(filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return nil, fmt.Errorf("%w (%s) in %s", ErrNoSources, strings.Join(Endings(), ", "), strings.Join(paths, ", "))
	}
	return names, nil
}

func sourcesAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return sourcesBelow(path)
	case !isSource(path):
		return nil, fmt.Errorf("%s: not a source: its name does not end with %s", path, strings.Join(Endings(), ", "))
	case !info.Mode().IsRegular():
		return nil, notRegular(path)
	}
	return []string{path}, nil
}

// notRegular is the error about a folder, pipe or device in the place of a file,
// which is not even opened: that might wait for ever.
func notRegular(path string) error {
	return &fs.PathError{Op: "read", Path: path, Err: errors.New("is not a regular file")}
}

// sourcesBelow searches a folder. Symbolic links to files are followed, those to
// folders are not: they could lead back. Names may be in any encoding.
func sourcesBelow(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			below, err := sourcesBelow(path)
			if err != nil {
				return nil, err
			}
			names = append(names, below...)
		case isSource(path) && isFile(path, e):
			names = append(names, path)
		}
	}
	return names, nil
}

// isFile tells whether the entry is a regular file, or leads to one.
func isFile(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
