package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// listEnding is that of files which list sources. Case does not count.
const listEnding = ".lst"

// maxList is the largest list, in bytes.
const maxList = 4 << 20

// ExpandLists returns the paths, each file whose name ends with .lst replaced by the paths
// that it lists: separated by semicolons or lines, with either kind of slash, and meant from
// the folder of the list unless they are absolute. Lists in lists are not read. The error is
// that of a list that cannot be read, that names nothing, or that is larger than 4 MiB.
func ExpandLists(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		if !strings.EqualFold(filepath.Ext(path), listEnding) || isFolder(path) {
			all = append(all, path)
			continue
		}
		listed, err := readList(path)
		if err != nil {
			return nil, err
		}
		all = append(all, listed...)
	}
	return all, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// readList returns what the list at path names.
func readList(path string) ([]string, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	var listed []string
	for _, name := range strings.FieldsFunc(strings.TrimPrefix(text, "\uFEFF"), isSeparator) {
		if name = strings.TrimSpace(name); name != "" {
			listed = append(listed, fromFolder(filepath.Dir(path), name))
		}
	}
	if len(listed) == 0 {
		return nil, fmt.Errorf("%s: names no source; write their paths, with a semicolon between two", path)
	}
	return listed, nil
}

func isSeparator(r rune) bool { return r == ';' || r == '\n' || r == '\r' }

// fromFolder returns the path that a list in the folder calls name.
func fromFolder(folder, name string) string {
	name = filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}

// readText returns what is in the regular file at path, if it is no larger than a list may
// be.
func readText(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", notRegular(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if len(text) > maxList {
		return "", fmt.Errorf("%s: a list of sources must be at most %d MiB", path, maxList>>20)
	}
	return string(text), nil
}
