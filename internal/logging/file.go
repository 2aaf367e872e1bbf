package logging

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// fileMode lets the group read the log, as is the custom of daemons: the records
// hold no secrets, and whoever collects them need not be the server's user.
const fileMode = 0o640

const (
	fileCheck    = 5 * time.Second // how often a Write looks whether the file is still in its place
	fileReminder = time.Minute     // how often a fault that lasts is told
	filePatience = time.Second     // how long Reopen and Close wait for a disk that hangs
)

// File is a log file with rotation by size. The files set aside stand beside it,
// named with the time in UTC: console.log becomes console-2026-02-26T19-19-44.020.log.
//
// A record that cannot be written is lost and counted. That it is, and how many
// were when records can be written again, is told on standard error, each at most
// once a minute. A file that somebody else has moved or deleted is begun anew within
// seconds, whether or not Reopen is called.
//
// A disk that hangs, as one across a network may, holds up Write only: the other
// methods wait for it no longer than a second.
//
// The methods are safe for concurrent use. One process at a time may write to the
// file.
type File struct {
	path   string
	now    func() time.Time
	locate func(path string) (fs.FileInfo, error)
	fault  io.Writer // what is told when the log cannot be written

	closed  atomic.Bool
	moved   atomic.Bool   // the next Write opens the path anew
	probing chan struct{} // holds a token while a Reopen looks at the path

	turn    chan struct{} // holds a token while somebody uses the fields below
	out     io.WriteCloser
	opens   bool        // out may have nothing open
	info    fs.FileInfo // of the file that out has open
	checked time.Time   // when path was last seen to be that file
	torn    bool        // the last record was written in part
	lost    int         // records, since it was last told that there are no more
	failing bool        // the last that was told is a fault
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
	f := &File{
		path: path, now: time.Now, locate: locate, fault: os.Stderr, opens: true,
		probing: make(chan struct{}, 1), turn: make(chan struct{}, 1),
	}
	if _, err := f.locate(path); err != nil {
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
// tells which one it is. Lumberjack would make folders, and files that the group
// cannot read; and it would rename whatever else the path leads to, a device
// included.
func locate(path string) (fs.FileInfo, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("log file %s is not a regular file: name a file, or none to have the log on standard output", path)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("cannot open the log file: %w%s", err, fileHint(path, err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("log file: %w", err)
	}
	return info, nil
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
	f.turn <- struct{}{}
	defer func() { <-f.turn }()
	if f.closed.Load() {
		return 0, fmt.Errorf("log file %s: %w", f.path, fs.ErrClosed)
	}
	n, err := f.write(record)
	f.torn, f.opens = err != nil && (n > 0 || f.torn), err != nil
	f.report(err)
	if f.closed.Load() { // by a Close that did not wait
		f.out.Close()
	}
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
	moved := f.moved.Swap(false)
	since := f.now().Sub(f.checked)
	if !moved && !f.opens && 0 <= since && since < fileCheck {
		return nil
	}
	if info, err := os.Stat(f.path); !moved && !f.opens && err == nil && os.SameFile(info, f.info) {
		f.checked = f.now()
		return nil
	}
	return f.begin()
}

// begin has the next record open the path.
func (f *File) begin() error {
	info, err := f.locate(f.path)
	if err != nil {
		f.checked = time.Time{} // each record tries again
		return err
	}
	f.info, f.checked = info, f.now()
	return f.out.Close()
}

// Reopen has the next Write open the path anew: for after somebody else, such as
// logrotate, has moved the file. The error says why that cannot be done at
// present, or that the disk does not answer; records are then lost until it can.
func (f *File) Reopen() error {
	if f.closed.Load() {
		return nil
	}
	f.moved.Store(true)
	return f.probe()
}

// probe looks whether the path can be opened. A disk that hangs keeps the
// goroutine, of which there is one at most.
func (f *File) probe() error {
	silent := fmt.Errorf("log file %s: the disk does not answer", f.path)
	late := time.NewTimer(filePatience)
	defer late.Stop()
	select {
	case f.probing <- struct{}{}:
	case <-late.C:
		return silent
	}
	found := make(chan error, 1)
	go func() {
		_, err := f.locate(f.path)
		<-f.probing
		found <- err
	}()
	select {
	case err := <-found:
		return err
	case <-late.C:
		return silent
	}
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

// Close closes the file. It does not wait for a Write that hangs: that closes the
// file when it ends, and the error says so. Calls after the first do nothing.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
		return f.out.Close()
	case <-time.After(filePatience):
		return fmt.Errorf("log file %s: the disk does not answer: what is being written may be lost", f.path)
	}
}
