package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"appserver/internal/datadir"
	"appserver/internal/store"
)

// maxFile bounds the files of credentials, in bytes.
const maxFile = 4 << 20

// format is that of the files.
const format = 1

// MaxName is how many bytes the name of a token or user may have.
const MaxName = 64

// Errors of names, to be told with errors.Is.
var (
	ErrExists  = store.ErrExists
	ErrUnknown = store.ErrNotFound
)

// CheckName returns why something cannot be the name of a token or user, or nil.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a name is needed")
	case len(name) > MaxName:
		return fmt.Errorf("the name is longer than %d bytes", MaxName)
	case !utf8.ValidString(name):
		return errors.New("the name is not UTF-8")
	}
	for i, r := range name {
		if !unicode.IsPrint(r) || r == ' ' && (i == 0 || i == len(name)-1) {
			return fmt.Errorf("the name %q has a character that cannot be seen, or begins or ends with a blank", name)
		}
	}
	return nil
}

// fold is what names of one person have in common: case does not count.
func fold(name string) string { return store.Key(name) }

// file is a JSON file of credentials, which commands change while a server reads it.
// A T must be what check accepts, which prepares it for look-ups.
type file[T any] struct {
	path  string
	check func(*T) error
	mend  string        // what to do about a damaged file
	every time.Duration // how old what load returns may be

	mu     sync.Mutex // guards the rest
	looked time.Time  // when load has looked at the file
	seen   fs.FileInfo
	held   T
	err    error
}

// lookEvery is how long a change by another process may be unnoticed: looking costs as
// much as a tenth of a short call.
const lookEvery = 10 * time.Millisecond

// load returns the content, which must not be changed: that of the file as it was at most
// every ago, the zero value if there is none. While it cannot be used that is an error.
func (f *file[T]) load() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.looked) >= f.every {
		f.held, f.err = f.look()
		f.looked = now
	}
	return f.held, f.err
}

// look is load for the file as it is now; f.mu is held.
func (f *file[T]) look() (T, error) {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		var none T
		f.seen = nil
		return none, nil
	}
	if err != nil {
		f.seen = nil
		return f.held, err
	}
	if f.seen != nil && same(f.seen, info) {
		return f.held, f.err
	}
	content, seen, err := f.read()
	f.seen = seen
	return content, err
}

// forget has the next load look at the file.
func (f *file[T]) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked = time.Time{}
}

// same tells whether a file is the one that it was.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}

// read reads the file as it is now. What was seen is nil if that has to be tried again.
func (f *file[T]) read() (content T, seen fs.FileInfo, err error) {
	if info, err := os.Stat(f.path); err == nil && !info.Mode().IsRegular() {
		return content, info, fmt.Errorf("%s is not a regular file", f.path) // opening a pipe would wait
	}
	r, err := os.Open(f.path)
	if err != nil {
		return content, nil, err
	}
	defer r.Close()
	if seen, err = r.Stat(); err != nil {
		return content, nil, err
	}
	if runtime.GOOS != "windows" && seen.Mode().Perm()&0o077 != 0 {
		return content, seen, fmt.Errorf("%s is open to other users (mode %#o): check what is in it, then run: chmod 600 %[1]s", f.path, seen.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return content, nil, err
	}
	content, err = f.parse(data)
	return content, seen, err
}

// parse reads what format writes.
func (f *file[T]) parse(data []byte) (content T, err error) {
	if len(data) > maxFile {
		return content, f.damaged(fmt.Errorf("it is larger than %d bytes", maxFile))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err = d.Decode(&content); err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows its end")
		}
	}
	if err == nil {
		err = f.check(&content)
	}
	if err != nil {
		var none T
		return none, f.damaged(err)
	}
	return content, nil
}

func (f *file[T]) damaged(err error) error {
	return fmt.Errorf("%s is damaged: %w; %s", f.path, err, f.mend)
}

// update changes the file; an error of change leaves it as it is.
func (f *file[T]) update(change func(*T) error) error {
	defer f.forget()
	dir, name := filepath.Split(f.path)
	return datadir.Update(filepath.Clean(dir), name, maxFile, func(old []byte) ([]byte, error) {
		var content T
		if old != nil {
			var err error
			if content, err = f.parse(old); err != nil {
				return nil, err
			}
		}
		if err := change(&content); err != nil {
			return nil, err
		}
		if err := f.check(&content); err != nil {
			return nil, err
		}
		data, err := json.MarshalIndent(content, "", "  ")
		return append(data, '\n'), err
	})
}
