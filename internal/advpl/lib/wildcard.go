package lib

import (
	"io/fs"
	"path"
	"strings"

	"appserver/internal/advpl/vm"
	"appserver/internal/rootfs"
)

// fileMatch is a file or folder that a name with wildcards stands for.
type fileMatch struct {
	root   *rootfs.Root
	folder string // its path
	name   string // as on the disk
}

func (m fileMatch) stat() (fs.FileInfo, error) { return m.root.Stat(path.Join(m.folder, m.name)) }

// hidden tells names that are not listed unless asked for.
func (m fileMatch) hidden() bool { return strings.HasPrefix(m.name, ".") }

// eachMatch calls visit with what the last part of name, in which * and ? stand for any
// characters and for one, stands for in its folder, in no order, while visit returns true.
// Nothing after the last separator stands for everything. Letters may be in any case.
// "*.*" is everything, and a point before * or at the end may be one that is not there.
func eachMatch(t *vm.Thread, name string, visit func(fileMatch) (bool, error)) error {
	cut := strings.LastIndexAny(name, `\/`) + 1
	folder, pattern := name[:cut], trimRight(name[cut:])
	if pattern != "" && !strings.ContainsAny(pattern, "*?") {
		return oneMatch(t, name, visit)
	}
	if folder == "" {
		folder = "."
	}
	s, err := locate(t, folder, true)
	if err != nil {
		return err
	}
	if !s.exists() {
		return fs.ErrNotExist
	}
	return matchEntries(t, s, newWildcard(pattern), visit)
}

// oneMatch visits the file or folder with the name, if there is one.
func oneMatch(t *vm.Thread, name string, visit func(fileMatch) (bool, error)) error {
	s, err := locate(t, name, true)
	if err != nil || !s.exists() {
		return err
	}
	_, err = visit(fileMatch{s.root, path.Dir(s.path), path.Base(s.path)})
	return err
}

// matchEntries visits the entries of the folder that match.
func matchEntries(t *vm.Thread, s spot, w wildcard, visit func(fileMatch) (bool, error)) error {
	turn := 0
	for e, err := range s.root.Entries(s.path) {
		if err != nil {
			return err
		}
		if err := pollEvery(t, turn); err != nil {
			return err
		}
		turn++
		if !w.matches(pageText(e.Name())) {
			continue
		}
		if more, err := visit(fileMatch{s.root, s.path, e.Name()}); err != nil || !more {
			return err
		}
	}
	return nil
}

// wildcard is a pattern of names, in the code page.
type wildcard struct {
	pattern string // in upper case
	bare    string // the pattern for names without a point, if hasBare
	hasBare bool
	noPoint bool // only names without a point match
}

func newWildcard(pattern string) wildcard {
	p := mapBytes(pattern, upperOf)
	if p == "" || p == "*.*" {
		p = "*"
	}
	w := wildcard{pattern: p}
	if bare, ok := strings.CutSuffix(p, ".*"); ok {
		w.bare, w.hasBare = bare, true
	}
	if bare, ok := strings.CutSuffix(p, "."); ok {
		w.pattern, w.noPoint = bare, true
	}
	return w
}

// matches tells whether the name matches.
func (w wildcard) matches(name string) bool {
	name = mapBytes(name, upperOf)
	if strings.Contains(name, ".") {
		return !w.noPoint && glob(w.pattern, name)
	}
	return glob(w.pattern, name) || w.hasBare && glob(w.bare, name)
}

// glob is fits for short texts.
func glob(pattern, s string) bool {
	ok, _ := fits(s, pattern, never)
	return ok
}

// fits tells whether s, letters in any case, is as mask says: * stands for any characters, ?
// for one. If what follows a * does not fit, the * takes one character more: no earlier *
// has to be tried again, so that it takes len(mask)·len(s) steps at most. The error is
// that of poll, which is called in each.
func fits(s, mask string, poll func() error) (bool, error) {
	i, m := 0, 0
	star, taken := -1, 0 // the last *, and where what it takes ends
	for i < len(s) {
		if err := poll(); err != nil {
			return false, err
		}
		switch {
		case m < len(mask) && mask[m] == '*':
			star, taken = m, i
			m++
		case m < len(mask) && (mask[m] == '?' || upperOf[mask[m]] == upperOf[s[i]]):
			i, m = i+1, m+1
		case star < 0:
			return false, nil
		default:
			taken++
			i, m = taken, star+1
		}
	}
	return strings.Trim(mask[m:], "*") == "", nil
}
