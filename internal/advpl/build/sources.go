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
		return nil, fmt.Errorf("no sources (%s) in %s", strings.Join(Endings(), ", "), strings.Join(paths, ", "))
	}
	return names, nil
}

func sourcesAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return sourcesBelow(path)
	}
	if !isSource(path) {
		return nil, fmt.Errorf("%s: not a source: its name does not end with %s", path, strings.Join(Endings(), ", "))
	}
	return []string{path}, nil
}

// sourcesBelow searches a folder. Symbolic links to files are followed, those to
// folders are not: they could lead back.
func sourcesBelow(root string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		path := filepath.Join(root, filepath.FromSlash(name))
		switch {
		case err != nil:
			return rooted(err, path)
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isSource(name) && isFile(path, d):
			names = append(names, path)
		}
		return nil
	})
	return names, err
}

// rooted returns the error with the path as the user sees it.
func rooted(err error, path string) error {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		return &fs.PathError{Op: fault.Op, Path: path, Err: fault.Err}
	}
	return err
}

// isFile tells whether the entry is a regular file, or leads to one.
func isFile(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
