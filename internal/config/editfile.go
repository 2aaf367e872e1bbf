package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// editing lets one Edit of this process at a file.
var editing sync.Mutex

// How long EditFile waits for other processes, and how often it looks.
const (
	editWait = 2 * time.Second
	editPoll = 10 * time.Millisecond
)

// EditFile changes a key in the INI file at path; a reload takes it over. Comments,
// order, encoding, ends of lines, spelling, permissions and owner stay; a symbolic link
// is followed. Readers see the old file or the new one, whole; two that edit wait for
// each other.
//
// The error wraps ErrGuarded for secrets and [General] AllowIniWrite, ErrUnfit for what
// cannot stand in the file, and ErrNoChange if the file says so already, or if there is
// no such key to remove. A change that the server could not start with is an error.
func EditFile(path string, e Edit) error {
	editing.Lock()
	defer editing.Unlock()
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	f, err := lockFile(path)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	defer f.Close()
	old, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	fresh, err := e.apply(old)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if err := stillLoads(path, old, fresh); err != nil {
		return fmt.Errorf("config: [%s] %s: the server could not start with it: %w", e.Section, e.Key, err)
	}
	if err := replaceFile(path, f, fresh); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}

// lockFile opens the file and waits until nobody else edits it.
func lockFile(path string) (*os.File, error) {
	for deadline := time.Now().Add(editWait); ; time.Sleep(editPoll) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		if tryLock(f) && isAt(f, path) {
			return f, nil
		}
		f.Close()
		if time.Now().After(deadline) {
			return nil, errors.New("another process is changing the file; try again")
		}
	}
}

// isAt reports whether f is what path names: others may have replaced it meanwhile.
func isAt(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(opened, named)
}

// stillLoads returns the faults that fresh has and old has not.
func stillLoads(path string, old, fresh []byte) error {
	had := map[string]bool{}
	for _, f := range faultsOf(path, old) {
		had[f.Message+f.Section+f.Key] = true
	}
	var faults []Finding
	for _, f := range faultsOf(path, fresh) {
		if !had[f.Message+f.Section+f.Key] {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return &FaultsError{faults}
	}
	return nil
}

func faultsOf(path string, data []byte) []Finding {
	c := &Config{File: path, Dir: filepath.Dir(path), work: filepath.Dir(path)}
	if err := c.load(data, Options{}); err != nil {
		return []Finding{{Severity: Error, File: path, Message: err.Error()}}
	}
	faults := (*FaultsError)(nil)
	if errors.As(c.Err(), &faults) {
		return faults.Faults
	}
	return nil
}

// replaceFile puts a file with the content in the place of old, which path names, with
// its permissions and owner.
func replaceFile(path string, old *os.File, content []byte) error {
	info, err := old.Stat()
	if err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text())
	fresh, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("no file can be made beside it; let the server's user write to the folder: %w", err)
	}
	_, err = fresh.Write(content)
	if err == nil {
		err = likeFile(fresh, info)
	}
	if err == nil {
		err = fresh.Sync()
	}
	if err = errors.Join(err, fresh.Close()); err == nil {
		beforeRename(old)
		err = os.Rename(name, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
