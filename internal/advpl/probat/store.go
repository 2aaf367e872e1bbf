package probat

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unsafe"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// The store keeps what came out of runs between processes: below the root path, in
// db_sys/probat, a file CODE.json holds each Run as JSON, the newest of them. A file is
// empty from the run's beginning to its end; it is then replaced as a whole. In the folder
// external is a file for each event that scripts told of (external.go).
const (
	storeFolder    = "db_sys/probat"
	externalFolder = storeFolder + "/external"
	maxRuns        = 200
	maxEvents      = 2000
	maxStored      = 16 << 20 // bytes of the file of a run
	maxEvent       = 1 << 20  // bytes of the file of an event
	maxTries       = 1000     // codes that are tried for a run
)

// errNoRoot is the error where the environment has no files.
var errNoRoot = errors.New("this environment has no RootPath: results of tests cannot be kept or exported")

// store is the folder of an environment's files. Programs can write there what they like.
type store struct {
	thread *vm.Thread // whose memory and time are used
	root   *os.Root
	start  string // the folder in which exported files are made
	held   int    // bytes of what was read
}

// openStore opens the store of the thread's environment, which must be closed.
func openStore(t *vm.Thread) (*store, error) {
	s := lib.SurroundingsOf(t)
	if s.Files == nil {
		return nil, errNoRoot
	}
	root, err := os.OpenRoot(s.Files.Dir())
	if err != nil {
		return nil, err
	}
	if err := root.MkdirAll(externalFolder, 0o755); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	start := path.Clean("/" + strings.ReplaceAll(s.StartPath, `\`, "/"))
	found, rest := s.Files.Find(cmp.Or(start[1:], "."))
	return &store{thread: t, root: root, start: path.Join(found, rest)}, nil
}

func (s *store) close() error { return s.root.Close() }

// reserve makes the code of a run that begins: of the time, or of the next second that no
// other run has.
func (s *store) reserve(now time.Time) (string, error) {
	for range maxTries {
		code := now.Format(codeLayout)
		f, err := s.root.OpenFile(runFile(code), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err == nil {
			return code, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		now = now.Add(time.Second)
	}
	return "", fmt.Errorf("%s holds %d runs from %s on: remove them", storeFolder, maxTries, now.Add(-maxTries*time.Second).Format(codeLayout))
}

func runFile(code string) string { return storeFolder + "/" + code + ".json" }

// save keeps a run and forgets the oldest ones.
func (s *store) save(r *Run) error {
	b, err := json.Marshal(r)
	if err == nil && len(b) > maxStored {
		b, err = json.Marshal(r.brief())
	}
	if err != nil {
		return err
	}
	if len(b) > maxStored {
		return fmt.Errorf("the outcome of run %s takes %d bytes; the limit is %d", r.Code, len(b), maxStored)
	}
	if err := s.write(runFile(r.Code), func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
		return err
	}
	return s.prune(storeFolder, maxRuns)
}

// brief returns a copy of r without the assertions of tests that passed.
func (r *Run) brief() *Run {
	short := *r
	short.Fixtures = nil
	for _, f := range r.Fixtures {
		g := *f
		g.Tests = nil
		for _, t := range f.Tests {
			u := *t
			if u.Status == Passed {
				u.Asserts = nil
			}
			g.Tests = append(g.Tests, &u)
		}
		short.Fixtures = append(short.Fixtures, &g)
	}
	return &short
}

// write replaces a file with what content writes.
func (s *store) write(name string, content func(io.Writer) error) error {
	temporary := name + "." + rand.Text() + ".tmp"
	f, err := s.root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := errors.Join(content(f), f.Close()); err != nil {
		return errors.Join(err, s.root.Remove(temporary))
	}
	if err := s.root.Rename(temporary, name); err != nil {
		return errors.Join(err, s.root.Remove(temporary))
	}
	return nil
}

// files returns the names of the folder's .json files, the oldest first.
func (s *store) files(folder string) ([]string, error) {
	entries, err := fs.ReadDir(s.root.FS(), folder)
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && path.Ext(e.Name()) == ".json" {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// prune removes the oldest files of the folder.
func (s *store) prune(folder string, keep int) error {
	names, err := s.files(folder)
	for len(names) > keep && err == nil {
		if err = s.root.Remove(folder + "/" + names[0]); errors.Is(err, fs.ErrNotExist) {
			err = nil // another process was faster
		}
		names = names[1:]
	}
	return err
}

// load returns the newest runs that are wanted, the oldest of them first, at most so many.
// Files that hold no run, also those of runs that have not ended, count for nothing.
func (s *store) load(most int, wanted func(*Run) bool) ([]*Run, error) {
	names, err := s.files(storeFolder)
	var runs []*Run
	for i := len(names) - 1; i >= 0 && len(runs) < most && err == nil; i-- {
		r := new(Run)
		var ok bool
		if ok, err = s.decode(storeFolder+"/"+names[i], maxStored, r); ok && r.whole() && wanted(r) {
			runs = append(runs, r)
		}
	}
	slices.Reverse(runs)
	return runs, err
}

// whole tells whether nothing lacks in r that all runs have.
func (r *Run) whole() bool {
	return !slices.ContainsFunc(r.Fixtures, func(f *Fixture) bool { return f == nil || slices.Contains(f.Tests, nil) })
}

// decode reads a file of JSON of at most so many bytes and tells whether it could. An error
// ends the program.
func (s *store) decode(name string, limit int64, v any) (bool, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return false, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > limit {
		return false, nil
	}
	if err := s.charge(int(info.Size())); err != nil {
		return false, err
	}
	text, err := io.ReadAll(io.LimitReader(f, info.Size()))
	if err != nil {
		return false, nil
	}
	if err := s.charge(decodedSize(text)); err != nil {
		return false, err
	}
	return json.Unmarshal(text, v) == nil, s.thread.Poll()
}

// charge asks for the memory of n bytes more. The thread does not count what the store
// holds: once that passes the limit, all of it is asked for again.
func (s *store) charge(n int) error {
	if err := s.thread.Poll(); err != nil {
		return err
	}
	s.held += n
	if int64(s.held) > s.thread.Limits().Memory {
		n = s.held
	}
	return s.thread.Charge(n)
}

// decodedSize returns about how many bytes a JSON text takes when it is decoded, at most:
// an element of an array may be as large as a Fixture, whatever stands there.
func decodedSize(text []byte) int {
	const element = int(unsafe.Sizeof(Fixture{}) + unsafe.Sizeof(Test{})/2)
	var arrays []bool // whether what is open is an array
	elements, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			arrays = append(arrays, c == '[')
			elements++
		case c == ',' && len(arrays) > 0 && arrays[len(arrays)-1]:
			elements++
		case (c == ']' || c == '}') && len(arrays) > 0:
			arrays = arrays[:len(arrays)-1]
		}
	}
	return 4*len(text) + element*elements
}

// failedLast returns the fixtures that failed in the last run of all.
func (s *store) failedLast() ([]string, error) {
	runs, err := s.load(1, func(r *Run) bool { return r.Type == TypeAll })
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	var names []string
	for _, f := range runs[0].Fixtures {
		if slices.ContainsFunc(f.Tests, func(t *Test) bool { return t.Status == Failed || t.Status == Errored }) {
			names = append(names, f.Name)
		}
	}
	return names, nil
}
