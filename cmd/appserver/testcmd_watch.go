package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"appserver/internal/advpl/build"
)

// watchInterval is how often the watched files are looked at.
const watchInterval = 300 * time.Millisecond

// watchSources runs the tests, and again whenever what they are made of has changed,
// until ctx ends. Only what changed is compiled again.
func (t *testRun) watchSources(ctx context.Context, paths []string) error {
	folders := append(slices.Clone(paths), t.include...)
	look := func() snapshot { return takeSnapshot(folders) }
	ticks := time.NewTicker(watchInterval)
	defer ticks.Stop()
	for {
		now := look()
		if err := t.once(ctx, paths); err != nil && !t.say(err) {
			return err
		}
		if ctx.Err() == nil {
			fmt.Fprintf(t.stderr, "watching %s; Ctrl-C ends\n", plural(len(now), "file"))
		}
		changes := awaitChange(ctx, look, now, ticks.C)
		if changes == nil {
			return &exitError{code: exitInterrupted}
		}
		fmt.Fprintf(t.stderr, "\n%s\n", strings.Join(some(changes), "\n"))
	}
}

// say prints an error of one round. It returns false if another round has no sense.
func (t *testRun) say(err error) bool {
	exit := &exitError{code: exitFailed, err: err}
	errors.As(err, &exit)
	if exit.code != exitFailed && exit.code != exitCompile && exit.code != exitInterrupted {
		return false
	}
	if text := err.Error(); text != "" && exit.code != exitInterrupted {
		fmt.Fprintf(t.stderr, "appserver: %s\n", text)
	}
	return true
}

// awaitChange looks at each tick and returns what has changed since the snapshot, once
// nothing changes any more from one tick to the next; nil if ctx ends.
func awaitChange(ctx context.Context, look func() snapshot, before snapshot, ticks <-chan time.Time) []string {
	last := before
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
		now := look()
		if changes := before.changes(now); changes != nil && maps.Equal(now, last) {
			return changes
		}
		last = now
	}
}

// some returns the first of many lines, and how many are left out.
func some(lines []string) []string {
	const most = 5
	if len(lines) <= most {
		return lines
	}
	return append(slices.Clone(lines[:most]), fmt.Sprintf("and %d more", len(lines)-most))
}

// snapshot is what is seen of files without reading them, by path.
type snapshot map[string]stamp

type stamp struct {
	changed int64 // time, in nanoseconds
	size    int64
}

// takeSnapshot looks at the sources and headers that the paths name and at those below
// folders; what cannot be read is not there.
func takeSnapshot(paths []string) snapshot {
	s := snapshot{}
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // it is gone, or not for us
			case d.IsDir() && name != path && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case isWatched(name):
				s.add(name)
			}
			return nil
		})
	}
	return s
}

func (s snapshot) add(name string) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		s[filepath.Clean(name)] = stamp{info.ModTime().UnixNano(), info.Size()}
	}
}

// isWatched tells whether a file is a source or a header, by its name.
func isWatched(name string) bool {
	ending := strings.ToLower(filepath.Ext(name))
	return ending == ".ch" || ending == ".th" || slices.Contains(build.Endings(), ending)
}

// changes returns a line for each difference to a later snapshot, sorted by path; nil if
// there is none.
func (s snapshot) changes(later snapshot) []string {
	var lines []string
	all := maps.Clone(s)
	maps.Copy(all, later)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		before, was := s[name]
		after, is := later[name]
		switch {
		case !was:
			lines = append(lines, "new: "+name)
		case !is:
			lines = append(lines, "removed: "+name)
		case before != after:
			lines = append(lines, "changed: "+name)
		}
	}
	return lines
}
