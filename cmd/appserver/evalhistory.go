package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/peterh/liner"
)

// history is the file with what was typed before; "" for none. That it cannot be read
// or written keeps nobody from working.
type history string

// Bounds of the history: of the file that is read, and of a line that is kept.
const (
	largestHistory = 4 << 20
	longestHistory = 4000
)

// openHistory gives the terminal what was typed before.
func openHistory(terminal *liner.State) history {
	dir, err := stateFolder()
	if err != nil {
		return ""
	}
	h := history(filepath.Join(dir, "appserver", "eval_history"))
	info, err := os.Stat(string(h))
	if err != nil || !info.Mode().IsRegular() || info.Size() > largestHistory {
		return h
	}
	text, err := os.ReadFile(string(h))
	if err != nil {
		return h
	}
	for line := range bytes.Lines(text) {
		line := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "?")
		if line != "" && len(line) <= longestHistory {
			terminal.AppendHistory(line)
		}
	}
	return h
}

// save replaces the file, which only its owner can read.
func (h history) save(terminal *liner.State) {
	if h == "" {
		return
	}
	var text bytes.Buffer
	if _, err := terminal.WriteHistory(&text); err == nil {
		_ = writePrivate(string(h), text.Bytes())
	}
}

// writePrivate replaces a file, and makes its folder, for nobody else to read.
func writePrivate(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), name)
}

// stateFolder returns where the user's programs keep what they remember.
func stateFolder() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	switch runtime.GOOS {
	case "windows":
		return os.UserCacheDir() // %LocalAppData%
	case "darwin":
		return os.UserConfigDir()
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state"), err
}
