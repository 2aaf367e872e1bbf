package lib

import (
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"sync"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// Bounds of the files that a thread has open.
const (
	maxHandles   = 1000
	handleNumber = 0xFFFF // the greatest number of a handle
)

// errTooMany is the error of opening one file more than a thread may.
var errTooMany = errors.New("the thread has too many files open: close some")

// files is what a thread has to do with files.
type files struct {
	folder  string            // current, below the root; "" until it is asked for
	fault   int               // what FError says
	text    *textFile         // of FT_FUse, or nil
	profile map[string]string // what WriteProfString has written

	mu   sync.Mutex // files are also closed when the collector finds their owner unused
	open map[int]*rootfs.File
	last int // handle that was given last
}

type filesKey struct{}

// filesOf returns the state of the thread.
func filesOf(t *vm.Thread) *files {
	return t.Local(filesKey{}, func() any { return &files{open: make(map[int]*rootfs.File)} }).(*files)
}

// Release closes the files that programs of the thread have left open. A host calls it
// when it is done with the thread.
func Release(t *vm.Thread) error {
	state, ok := t.Existing(filesKey{})
	if !ok {
		return nil
	}
	f := state.(*files)
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, file := range f.open {
		errs = append(errs, file.Close())
	}
	clear(f.open)
	f.text = nil
	return errors.Join(errs...)
}

// currentFolder is the path of the folder, below the root, where relative names of the
// thread's programs begin: the StartPath, until CurDir changes it.
func currentFolder(t *vm.Thread) string {
	f := filesOf(t)
	if f.folder == "" {
		f.folder = startFolder(SurroundingsOf(t))
	}
	return f.folder
}

// startFolder returns the path of the StartPath, as it is spelled on the disk.
func startFolder(s *Surroundings) string {
	clean, err := rootfs.Clean(".", s.StartPath)
	if err != nil || s.Files == nil {
		return "."
	}
	found, rest := s.Files.Find(clean)
	if rest != "" {
		return strings.TrimPrefix(found+"/"+rest, "./")
	}
	return found
}

// openHandle opens a file and returns the number of its handle.
func (f *files) openHandle(s spot, flag int, perm fs.FileMode, share rootfs.Share) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.open) >= maxHandles {
		return -1, errTooMany
	}
	file, err := s.root.Open(s.path, flag, perm, share)
	if err != nil {
		return -1, err
	}
	f.last = f.free()
	f.open[f.last] = file
	return f.last, nil
}

// free returns a number that no open file has: the one after the last given, so that a
// number is not soon used again.
func (f *files) free() int {
	n := f.last
	for {
		if n++; n > handleNumber {
			n = 1
		}
		if f.open[n] == nil {
			return n
		}
	}
}

// file returns the open file with the handle, or nil.
func (f *files) file(handle int) *rootfs.File {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open[handle]
}

// close closes the file with the handle. It returns false if there is none.
func (f *files) close(handle int) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file := f.open[handle]
	if file == nil {
		return false, nil
	}
	delete(f.open, handle)
	return true, file.Close()
}

// owned is a handle of a native object. It is closed with the object.
type owned struct {
	files  *files
	handle int
}

// own closes the handle when nothing refers to the object any more.
func own[T any](object *T, o owned) runtime.Cleanup {
	return runtime.AddCleanup(object, func(o owned) { _, _ = o.files.close(o.handle) }, o)
}
