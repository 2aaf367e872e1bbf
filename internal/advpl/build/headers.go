package build

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"appserver/internal/advpl/include"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/source"
)

// embedded begins the names of the program's own headers.
const embedded = "<appserver>/"

// headers finds and keeps included files. A file is read once, and a folder's names
// are read once, so that looking for names in any case costs little on systems
// where case counts. It may be used by several goroutines at once.
type headers struct {
	folders []string

	mu    sync.Mutex
	names map[string]map[string]string  // of each folder: its names by their folded form
	files map[string]*header            // by path
	edges map[string]map[string]*header // of each file by its name: what it includes, by the name it uses
}

// header is one included file.
type header struct {
	file  *source.File
	found source.Findings
	err   error
}

func newHeaders(folders []string) *headers {
	return &headers{
		folders: folders,
		names:   map[string]map[string]string{},
		files:   map[string]*header{},
		edges:   map[string]map[string]*header{},
	}
}

// Open finds the file that from includes as name, for the preprocessor. It is
// looked for in the folder of from, in the include folders, and among the program's
// own headers. The error is one of fs.ErrNotExist, and names the folders, if it is
// in none.
func (h *headers) Open(name string, from *source.File) (*source.File, error) {
	return h.open(name, from.Name)
}

func (h *headers) open(name, from string) (*source.File, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := h.edges[from][name]
	if found == nil {
		found = h.find(name, from)
		if h.edges[from] == nil {
			h.edges[from] = map[string]*header{}
		}
		h.edges[from][name] = found
	}
	return found.file, found.err
}

func (h *headers) find(name, from string) *header {
	clean := strings.ReplaceAll(name, `\`, "/")
	folders := h.searched(clean, from)
	for _, folder := range folders {
		if path, ok := h.lookup(folder, clean); ok {
			return h.read(path)
		}
	}
	if text, ok := include.Open(name); ok {
		return h.load(embedded+strings.ToLower(filepath.Base(clean)), text)
	}
	return &header{err: &notFoundError{folders}}
}

// notFoundError is an fs.ErrNotExist that says where was looked.
type notFoundError struct {
	folders []string
}

func (e *notFoundError) Error() string {
	return "looked in " + strings.Join(append(slices.Clone(e.folders), "the program's own headers"), ", ")
}

func (e *notFoundError) Is(target error) bool { return target == fs.ErrNotExist }

// searched returns the folders in which the file is looked for.
func (h *headers) searched(name, from string) []string {
	if filepath.IsAbs(filepath.FromSlash(name)) {
		return []string{filepath.VolumeName(name) + string(filepath.Separator)}
	}
	if strings.HasPrefix(from, embedded) {
		return h.folders
	}
	return append([]string{filepath.Dir(from)}, h.folders...)
}

// lookup finds a file by its name in any case, part by part, below the folder.
func (h *headers) lookup(folder, name string) (string, bool) {
	path := folder
	if filepath.IsAbs(filepath.FromSlash(name)) {
		name = name[len(filepath.VolumeName(name)):]
	}
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
			continue
		case "..":
			path = filepath.Join(path, "..")
			continue
		}
		real, ok := h.entries(path)[fold(part)]
		if !ok {
			return "", false
		}
		path = filepath.Join(path, real)
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// fold returns the form in which names are compared: in lower case and in UTF-8. In
// directives they are cp1252; those of files may be either.
func fold(name string) string { return strings.ToLower(source.ToUTF8(name)) }

// entries returns the names in the folder by their folded form; none if it cannot
// be read. Of names that differ in case only, the first in order counts.
func (h *headers) entries(folder string) map[string]string {
	if names, ok := h.names[folder]; ok {
		return names
	}
	names := map[string]string{}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		name := fold(e.Name())
		if _, dup := names[name]; !dup {
			names[name] = e.Name()
		}
	}
	h.names[folder] = names
	return names
}

// read reads the file with the path.
func (h *headers) read(path string) *header {
	if found := h.files[path]; found != nil {
		return found
	}
	raw, err := readSource(path)
	if err != nil {
		found := &header{err: err}
		h.files[path] = found
		return found
	}
	return h.load(path, raw)
}

// load keeps the text of a file.
func (h *headers) load(path string, raw []byte) *header {
	if found := h.files[path]; found != nil {
		return found
	}
	f, findings := source.Decode(path, raw)
	found := &header{file: f, found: findings}
	if findings.Failed() {
		found.err = errors.New("it is not a text")
	}
	h.files[path] = found
	return found
}

// findings returns what was found when the headers were decoded.
func (h *headers) findings() source.Findings {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all source.Findings
	for _, f := range h.files {
		all = append(all, f.found...)
	}
	return all
}

// includes returns what the source with the name includes, also through other
// files, in order. It counts what any source made a header include, so that the
// answer does not depend on which source came first.
func (h *headers) includes(name string) []repo.Include {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []repo.Include
	seen := map[string]bool{name: true}
	work := []string{name}
	for len(work) > 0 {
		from := work[len(work)-1]
		work = work[:len(work)-1]
		for as, found := range h.edges[from] {
			if found.err != nil {
				continue
			}
			list = append(list, repo.Include{Name: as, From: from, Hash: found.file.Hash})
			if !seen[found.file.Name] {
				seen[found.file.Name] = true
				work = append(work, found.file.Name)
			}
		}
	}
	slices.SortFunc(list, func(a, b repo.Include) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name))
	})
	return list
}
