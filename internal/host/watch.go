package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"appserver/internal/advpl/build"
)

// maxWatched bounds how many files are looked at for the programs of one environment.
const maxWatched = 20_000

// fingerprint stands for the files that programs are made from: their names, sizes and
// times of modification.
type fingerprint struct {
	sum     [sha256.Size]byte
	dropped bool // there are more files than are looked at
}

// scanner makes a fingerprint.
type scanner struct {
	ctx   context.Context
	hash  hash.Hash
	files int
}

// scan returns the fingerprint of the files that the programs of e are made from.
func scan(ctx context.Context, e Environment) fingerprint {
	s := &scanner{ctx: ctx, hash: sha256.New()}
	for _, folder := range append([]string{e.Source}, e.Include...) {
		if folder != "" {
			s.folder(folder)
		}
	}
	if e.Repository != "" {
		s.file(e.Repository)
	}
	return fingerprint{[sha256.Size]byte(s.hash.Sum(nil)), s.files > maxWatched}
}

// folder adds what a folder and those below hold. What cannot be read counts as absent.
func (s *scanner) folder(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		switch {
		case s.files > maxWatched || s.ctx.Err() != nil:
			return
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir():
			s.folder(path)
		case isWatched(entry.Name()):
			s.file(path)
		}
	}
}

func (s *scanner) file(path string) {
	s.files++
	info, err := os.Stat(path)
	if err != nil || info.Mode()&fs.ModeType != 0 {
		return
	}
	fmt.Fprintf(s.hash, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
}

// headerEndings are how the names of files that sources include usually end.
var headerEndings = []string{".ch", ".th", ".h", ".inc"}

// isWatched tells whether the file may be one that programs are made from.
func isWatched(name string) bool {
	ending := strings.ToLower(filepath.Ext(name))
	return ending == repositoryEnding || slices.Contains(headerEndings, ending) || slices.Contains(build.Endings(), ending)
}

// Watcher tells when the files of the programs in force have changed.
type Watcher struct {
	host    *Host
	seen    map[string]fingerprint // at the last look
	refused map[string]fingerprint // of which the caller knows that they are of no use
}

// NewWatcher makes a watcher of the host's programs.
func (h *Host) NewWatcher() *Watcher { return &Watcher{host: h} }

// Changed looks at the files, and reports whether they differ from those that the programs
// in force were made from, and no longer change: they are as at the last look. It does not
// report again what Refuse was told about.
func (w *Watcher) Changed(ctx context.Context) bool {
	now := w.host.look(ctx)
	settled := maps.Equal(now, w.seen)
	w.seen = now
	return settled && ctx.Err() == nil && !maps.Equal(now, w.host.Generation().prints) && !maps.Equal(now, w.refused)
}

// Refuse says that what the last look saw is of no use: it does not compile, for instance.
func (w *Watcher) Refuse() { w.refused = w.seen }

// Dropped tells whether there are more files than are looked at, so that changes of some
// go unseen.
func (w *Watcher) Dropped() bool {
	for _, print := range w.seen {
		if print.dropped {
			return true
		}
	}
	return false
}

// look returns the fingerprints of what the programs in force are made from now.
func (h *Host) look(ctx context.Context) map[string]fingerprint {
	g := h.Generation()
	now := make(map[string]fingerprint, len(g.prints))
	for _, e := range g.envs {
		key := sourceKey(e.Environment)
		_, known := g.prints[key]
		if _, done := now[key]; known && !done {
			now[key] = scan(ctx, e.Environment)
		}
	}
	return now
}

// WatchInterval is how often a watcher should look: each second, and less often where
// looking takes long.
func WatchInterval(took time.Duration) time.Duration { return max(time.Second, 10*took) }
