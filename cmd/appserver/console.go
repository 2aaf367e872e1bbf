package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"appserver/internal/config"
	"appserver/internal/logging"
)

// console is where the log goes: to standard output, or to the file of [General]
// ConsoleFile. Its methods are for one goroutine at a time; records may be
// written meanwhile.
type console struct {
	stdout io.Writer
	sink   *logging.Switch // what records are written to
	level  zap.AtomicLevel
	file   *logging.File // nil: none
	now    logFile       // what file was opened with
}

// logFile is what the configuration says of the file.
type logFile struct {
	path    string // "": none
	maxSize int64
	keep    int
}

func newConsole(stdout io.Writer, level zap.AtomicLevel) *console {
	return &console{stdout: stdout, sink: logging.NewSwitch(stdout), level: level}
}

func wantedLogFile(cfg *config.Config) logFile {
	g := cfg.General
	if !g.ConsoleLog || g.ConsoleFile == "" {
		return logFile{}
	}
	return logFile{g.ConsoleFile, g.ConsoleMaxSize, g.ConsoleMaxFiles}
}

// checkLogFile reports a log file that could not be opened to cfg, without making
// it.
func checkLogFile(cfg *config.Config) {
	path := wantedLogFile(cfg).path
	if path == "" {
		return
	}
	problem, hint := "", ""
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		problem, hint = path+" is not a regular file", "name a file, or none to have the log on standard output"
	} else if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
		problem, hint = fmt.Sprintf("the folder %s does not exist", filepath.Dir(path)), "make it, for the server's user to write to"
	}
	if problem != "" {
		cfg.Report(config.Error, "General", "ConsoleFile", problem, hint)
	}
}

// prepare opens what cfg asks for beside what is in use, so that nothing changes
// if it fails. Commit, which must be called then, takes it into use; its error says
// that the file in use cannot be written any more.
func (c *console) prepare(cfg *config.Config) (commit func() error, err error) {
	level, err := zap.ParseAtomicLevel(cfg.General.LogLevel)
	if err != nil {
		return nil, err
	}
	want := wantedLogFile(cfg)
	if want == c.now {
		return func() error {
			c.level.SetLevel(level.Level())
			if c.file == nil {
				return nil
			}
			return c.file.Reopen() // somebody may have moved it
		}, nil
	}
	var file *logging.File
	if want.path != "" {
		if file, err = logging.OpenFile(want.path, want.maxSize, want.keep); err != nil {
			return nil, fmt.Errorf("[General] ConsoleFile: %w", err)
		}
	}
	return func() error {
		c.level.SetLevel(level.Level())
		c.use(file, want)
		return nil
	}, nil
}

func (c *console) use(file *logging.File, want logFile) {
	old := c.file
	c.file, c.now = file, want
	switch {
	case file == nil:
		c.sink.Set(c.stdout)
	case isTerminal(c.stdout):
		c.sink.Set(both{c.stdout, file})
	default:
		c.sink.Set(file)
	}
	if old != nil {
		old.Close()
	}
}

// close ends the file; what is written later goes to standard output.
func (c *console) close() {
	if c.file != nil {
		c.use(nil, logFile{})
	}
}

// both writes to two writers, whatever becomes of either.
type both [2]io.Writer

func (b both) Write(p []byte) (int, error) {
	b[0].Write(p)
	return b[1].Write(p)
}

// isTerminal reports whether somebody may be looking at w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
