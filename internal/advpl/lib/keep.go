package lib

import (
	"errors"
	"maps"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// Keep notes what the library knows of the thread: what SET says, the current folder, the
// name that SetFunName gave, and which files are open. The function that it returns goes
// back to that as often as one wants, and closes the files opened since; its error joins
// those of closing. No function of the thread may be running.
func Keep(t *vm.Thread) (reset func() error) {
	s, f, name := settingsOf(t), filesOf(t), chosenName(t)
	format, others, called := s.format, s.others, *name
	resetFiles := f.keep()
	return func() error {
		s.format, s.others, *name = format, others, called
		return resetFiles()
	}
}

// keep is Keep for files.
func (f *files) keep() (reset func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	folder, text, profile := f.folder, f.text, maps.Clone(f.profile)
	open := make(map[*rootfs.File]bool, len(f.open))
	for _, file := range f.open {
		open[file] = true
	}
	return func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		err := f.closeOthers(open)
		f.folder, f.fault, f.profile = folder, 0, maps.Clone(profile)
		if f.text = text; text != nil && f.open[text.handle] != text.file {
			f.text = nil
		}
		return err
	}
}

// closeOthers closes the files that are not among those to keep; f.mu is held.
func (f *files) closeOthers(keep map[*rootfs.File]bool) error {
	var errs []error
	for handle, file := range f.open {
		if !keep[file] {
			errs = append(errs, file.Close())
			delete(f.open, handle)
		}
	}
	return errors.Join(errs...)
}
