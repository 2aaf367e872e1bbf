package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// The names in the archive of a backup, see [Backup].
const (
	dataPrefix   = "data/"
	manifestName = "manifest.json"
)

// backupFormat is the version of the format that this program writes and reads.
const backupFormat = 1

// ErrDamaged says that a backup is truncated, altered, or none at all.
var ErrDamaged = errors.New("the backup is damaged or incomplete")

// foreignError is an ErrDamaged of what nobody would take for a backup.
type foreignError struct{}

func (foreignError) Error() string { return "this is not a backup of appserver" }
func (foreignError) Unwrap() error { return ErrDamaged }

// Contents tells what a backup holds.
type Contents struct {
	Created time.Time
	Program string // name and version of what made it, as given to Backup
	Files   int
	Bytes   int64 // in all files
}

// manifest is the last entry of the archive: what the others must come to.
type manifest struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
	Program string    `json:"program"`
	Entries []entry   `json:"entries"` // in the order of the archive
}

// entry is one file or folder of a backup.
type entry struct {
	Name   string `json:"name"` // within the data folder, slash-separated; a slash ends that of a folder
	Mode   string `json:"mode"` // permissions, octal
	Size   int64  `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // of a file, hexadecimal
}

func (e entry) folder() bool { return strings.HasSuffix(e.Name, "/") }

// formatMode is the one spelling of a mode in a manifest.
func formatMode(mode fs.FileMode) string { return fmt.Sprintf("%04o", mode.Perm()) }

func (m *manifest) contents() Contents {
	c := Contents{Created: m.Created, Program: m.Program}
	for _, e := range m.Entries {
		if !e.folder() {
			c.Files++
			c.Bytes += e.Size
		}
	}
	return c
}

// check compares the manifest with what the archive held.
func (m *manifest) check(found []entry) error {
	if m.Format != backupFormat {
		return fmt.Errorf("the backup has format %d, which this version does not know: restore it with the program that made it, %q", m.Format, m.Program)
	}
	for i, want := range m.Entries {
		switch {
		case i >= len(found):
			return fmt.Errorf("%w: %q is missing", ErrDamaged, want.Name)
		case found[i] != want:
			return fmt.Errorf("%w: %q is not as it was when the backup was made", ErrDamaged, found[i].Name)
		}
	}
	if len(found) > len(m.Entries) {
		return fmt.Errorf("%w: %q was added", ErrDamaged, found[len(m.Entries)].Name)
	}
	return nil
}

func parseManifest(data []byte) (*manifest, error) {
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrDamaged, manifestName, err)
	}
	return m, nil
}

// limits bound a backup, so that a hostile or damaged one cannot fill the disk or
// the memory, and so that what is backed up can be restored.
type limits struct {
	bytes   int64 // in all files
	entries int   // files and folders
	name    int   // bytes of a name
}

var backupLimits = limits{bytes: 10 << 30, entries: 100_000, name: 1024}

// maxManifest bounds the manifest, in bytes; an entry takes some 150 and its name.
const maxManifest = 256 << 20

// add counts one more entry, which is the nth and has that size.
func (l *limits) add(n int, size int64) error {
	l.bytes -= size
	if size < 0 || l.bytes < 0 || n > l.entries {
		return fmt.Errorf("more than %d files and folders, or more than %d GiB: too much for a backup", backupLimits.entries, backupLimits.bytes>>30)
	}
	return nil
}

// allows reports whether name can be one of a file or folder in a backup: local,
// possible on this system, and not that of the lock.
func (l *limits) allows(name string) bool {
	if len(name) > l.name || !fs.ValidPath(name) || name == "." || strings.EqualFold(name, lockName) || strings.ContainsRune(name, 0) {
		return false
	}
	_, err := filepath.Localize(name)
	return err == nil
}
