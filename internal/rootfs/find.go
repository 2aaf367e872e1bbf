package rootfs

import (
	"os"
	"path"
	"strings"
	"time"
)

// Bounds of what is remembered of folders.
const (
	batch      = 512 // entries of a folder that are read at once
	minListed  = 512 // entries of a folder that is remembered
	maxListed  = 200_000
	maxLists   = 16
	listedTime = 2 * time.Second
)

// listing is what a large folder holds, as it was read a moment ago. What is changed
// through the Root since then is in it; what others do is seen by the time of the
// folder, or when the listing is too old.
type listing struct {
	read     time.Time
	modified time.Time
	names    map[string]string // by fold
}

// fold returns what is the same for names that differ only in case.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// Find returns how the path is spelled on the disk: found is the part of it that
// exists, in whatever case name has it, and rest what does not, "" if all of it
// does. What is spelled exactly so comes before what differs in case. A symbolic
// link counts as existing, wherever it leads. In a large folder a file in another case
// that is not the Root's own work may be overlooked for two seconds.
func (r *Root) Find(name string) (found, rest string) {
	if r.exists(name) {
		return name, ""
	}
	found = "."
	parts := strings.Split(name, "/")
	for i, part := range parts {
		spelled, ok := r.spelling(found, part)
		if !ok {
			return found, strings.Join(parts[i:], "/")
		}
		found = path.Join(found, spelled)
	}
	return found, ""
}

func (r *Root) exists(name string) bool {
	_, err := r.root.Lstat(name)
	return err == nil
}

// spelling returns the name of an entry of the folder that is part, in any case.
func (r *Root) spelling(folder, part string) (string, bool) {
	if r.exists(path.Join(folder, part)) {
		return part, true
	}
	info, err := r.root.Stat(folder)
	if err != nil || !info.IsDir() {
		return "", false
	}
	name, known := r.remembered(folder, part, info.ModTime())
	if !known {
		name = r.search(folder, part, info.ModTime())
	}
	return name, name != "" && r.exists(path.Join(folder, name))
}

// remembered returns the name of an entry of a folder that is remembered.
func (r *Root) remembered(folder, part string, modified time.Time) (name string, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.lists[folder]
	if l == nil || !l.modified.Equal(modified) || r.now().Sub(l.read) > listedTime {
		return "", false
	}
	return l.names[fold(part)], true
}

// search reads the folder, and remembers it if it is large.
func (r *Root) search(folder, part string, modified time.Time) string {
	l := &listing{r.now(), modified, make(map[string]string)}
	f, err := r.root.OpenFile(folder, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	found := ""
	for err == nil {
		var names []string
		names, err = f.Readdirnames(batch)
		for _, name := range names {
			if found == "" && strings.EqualFold(name, part) {
				found = name
			}
			if len(l.names) <= maxListed {
				l.names[fold(name)] = name
			}
		}
		if found != "" && len(l.names) < minListed {
			return found
		}
	}
	r.remember(folder, l)
	return found
}

func (r *Root) remember(folder string, l *listing) {
	if len(l.names) < minListed || len(l.names) > maxListed {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lists) >= maxLists {
		clear(r.lists)
	}
	r.lists[folder] = l
}

// changed tells the listing of its folder that the file at the path has come, or gone, if
// err is nil. It returns err.
func (r *Root) changed(err error, name string, exists bool) error {
	folder := path.Dir(name)
	if err != nil || !r.hasList(folder) {
		return err
	}
	info, statErr := r.root.Stat(folder)
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.lists[folder]
	switch {
	case l == nil:
	case statErr != nil:
		delete(r.lists, folder)
	default:
		l.modified = info.ModTime()
		delete(l.names, fold(path.Base(name)))
		if exists {
			l.names[fold(path.Base(name))] = path.Base(name)
		}
	}
	return err
}

func (r *Root) hasList(folder string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lists[folder] != nil
}
