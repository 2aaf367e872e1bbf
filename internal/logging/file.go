package logging

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// fileMode lets the group read the log, as is the custom of daemons: the records
// hold no secrets, and whoever collects them need not be the server's user.
const fileMode = 0o640

const (
	fileCheck    = 5 * time.Second // how often a Write looks whether the file is still in its place
	fileReminder = time.Minute     // how often a fault that lasts is told
)

// File is a log file with rotation by size. The files set aside stand beside it,
// named with the time in UTC: console.log becomes console-2026-02-26T19-19-44.020.log.
//
// A record that cannot be written is lost and counted. That it is, and how many
// were when records can be written again, is told on standard error, each at most
// once a minute. A file that somebody else has moved or deleted is begun anew within
// seconds, whether or not Reopen is called.
//
// The methods are safe for concurrent use. One process at a time may write to the
// file.
type File struct {
	path  string
	now   func() time.Time
	fault io.Writer // what is told when the log cannot be written

	mu      sync.Mutex // guards everything below, and every use of out
	out     io.WriteCloser
	info    fs.FileInfo // of the file that out has open
	checked time.Time   // when path was last seen to be that file
	closed  bool
	torn    bool // the last record was written in part
	lost    int  // records, since it was last told that there are no more
	failing bool // the last that was told is a fault
	told    time.Time
}

// OpenFile opens the file at path to append to it, and makes it, for its owner to
// write and its group to read, if there is none. Its folder must exist. When a
// record would make it larger than maxSize bytes, rounded up to whole MiB, the
// file is set aside and begun anew; 0 means never. Of those set aside the last
// keep stay, or all if it is 0. A record larger than maxSize is lost.
//
// Close ends the file's use but not a goroutine of lumberjack's, which waits
// forever: one for each File that was written to.
func OpenFile(path string, maxSize int64, keep int) (*File, error) {
	f := &File{path: path, now: time.Now, fault: os.Stderr}
	if err := f.locate(); err != nil {
		return nil, err
	}
	// What is set aside is the file itself and not a link to it.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		f.path = target
	}
	f.out = &lumberjack.Logger{Filename: f.path, MaxSize: mebibytes(maxSize), MaxBackups: keep}
	return f, nil
}

// mebibytes is the size as lumberjack takes it, which has no word for "no limit".
func mebibytes(size int64) int {
	if size <= 0 {
		return math.MaxInt32
	}
	return int(min((size+1<<20-1)>>20, math.MaxInt32))
}

// locate makes sure that there is a file at the path which can be written, and
// remembers which one it is. Lumberjack would make folders, and files that the
// group cannot read; and it would rename whatever else the path leads to, a device
// included.
func (f *File) locate() error {
	if info, err := os.Stat(f.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("log file %s is not a regular file: name a file, or none to have the log on standard output", f.path)
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return fmt.Errorf("cannot open the log file: %w%s", err, fileHint(f.path, err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("log file: %w", err)
	}
	f.info, f.checked = info, f.now()
	return nil
}

// fileHint says how to mend the common reasons why a log file cannot be had.
func fileHint(path string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "; make its folder first: " + filepath.Dir(path)
	case errors.Is(err, fs.ErrPermission):
		return "; let the server's user write to the file and its folder"
	default:
		return ""
	}
}

// Write appends one record. An error means that it, or part of it, is lost, or
// that f is closed.
func (f *File) Write(record []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, fmt.Errorf("log file %s: %w", f.path, fs.ErrClosed)
	}
	n, err := f.write(record)
	f.torn = err != nil && (n > 0 || f.torn)
	f.report(err)
	return n, err
}

func (f *File) write(record []byte) (n int, err error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	if f.torn { // the record must not continue half of another
		if _, err := f.out.Write([]byte("\n")); err != nil {
			return 0, err
		}
	}
	n, err = f.out.Write(record)
	if n == 0 && err != nil {
		// If only something about the rotation failed, the file is there now.
		n, err = f.out.Write(record)
	}
	return n, err
}

// check sees to it, from time to time, that what is written to is what the path
// leads to. Without that the records of a server whose log was moved or deleted
// would go where nobody finds them.
func (f *File) check() error {
	if since := f.now().Sub(f.checked); 0 <= since && since < fileCheck {
		return nil
	}
	if info, err := os.Stat(f.path); err == nil && os.SameFile(info, f.info) {
		f.checked = f.now()
		return nil
	}
	return f.reopen()
}

// Reopen has the next Write open the path anew: for after somebody else, such as
// logrotate, has moved the file. If that cannot be done what is open stays so,
// and records are lost until it can.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	return f.reopen()
}

func (f *File) reopen() error {
	if err := f.locate(); err != nil {
		f.checked = time.Time{} // each record tries again
		return err
	}
	return f.out.Close()
}

// report counts the lost records, and tells of them.
func (f *File) report(err error) {
	if err != nil {
		f.lost++
	}
	now := f.now()
	since := now.Sub(f.told)
	late := since < 0 || since >= fileReminder
	switch {
	case err != nil && late:
		fmt.Fprintf(f.fault, "appserver: the log cannot be written (records lost so far: %d): %v\n", f.lost, err)
		f.failing, f.told = true, now
	case err == nil && f.lost > 0 && (f.failing || late):
		fmt.Fprintf(f.fault, "appserver: the log file %s can be written again; records lost: %d\n", f.path, f.lost)
		f.failing, f.told, f.lost = false, now, 0
	}
}

// Close closes the file. Calls after the first do nothing.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	return f.out.Close()
}
