//go:build unix

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links a path may lead through, as for Linux.
const maxLinks = 40

// CheckPath refuses a path at which root would not write where it seems: one on
// which another user has laid a symbolic link, or could lay one, because a folder
// above belongs to that user or lets everybody replace what is in it. The owner
// of the last folder of the path that exists may own those above it: what root
// writes there is in that user's hands anyway. Path need not exist.
//
// To other users than root nothing is refused: they can write only where they
// may. On Windows nothing is refused either, access lists decide there.
func CheckPath(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	above, owner, err := walk(path)
	if err != nil {
		return err
	}
	for _, f := range above {
		if err := f.safe(path, owner); err != nil {
			return err
		}
	}
	return nil
}

// checkLinks refuses to root a path that leads through a symbolic link of another
// user. A server that runs as root asks no more: its folder may be below one of
// somebody else, such as a developer's or one that a container was given.
func checkLinks(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	_, _, err := walk(path)
	return err
}

// step is a folder on the way.
type step struct {
	path string
	uid  int
	mode fs.FileMode
}

// safe returns an error if somebody else than root and owner can replace what is
// in the folder s, which is on the way to path.
func (s step) safe(path string, owner int) error {
	switch {
	case s.uid != 0 && s.uid != owner:
		return fmt.Errorf("%s belongs to user %d, who could lead root elsewhere on the way to %s: run this as that user, or set [General] DataPath to a place above which all folders belong to root",
			s.path, s.uid, path)
	case s.mode&0o002 != 0 && s.mode&fs.ModeSticky == 0:
		return fmt.Errorf("%s can be written to by everybody (mode %#o), who could lead root elsewhere on the way to %s: run chmod o-w %s, or set [General] DataPath to another place",
			s.path, s.mode.Perm(), path, s.path)
	}
	return nil
}

// walk returns the folders above what is at the absolute path, from the root
// folder on, through the symbolic links of root; of others they are an error. If
// there is nothing at path, they are those that exist. Owner is that of the last
// that exists, which may be what is at path.
func walk(path string) (above []step, owner int, err error) {
	at, rest, links := "/", path, 0
	for {
		info, err := os.Lstat(at)
		if len(above) > 0 && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
			return above, owner, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("data folder: %w", err)
		}
		uid := ownerOf(info).uid
		if info.Mode()&fs.ModeSymlink != 0 {
			if links++; links > maxLinks {
				return nil, 0, fmt.Errorf("data folder: %s leads through too many symbolic links", path)
			}
			if at, rest, err = follow(at, rest, uid); err != nil {
				return nil, 0, err
			}
			continue
		}
		owner = uid
		var next string
		next, rest, _ = strings.Cut(strings.TrimLeft(rest, "/"), "/")
		if next == "" {
			return above, owner, nil
		}
		above = append(above, step{at, owner, info.Mode()})
		at = filepath.Join(at, next)
	}
}

// follow resolves the symbolic link at, of the user uid, after which rest was to
// come: the walk begins anew.
func follow(at, rest string, uid int) (string, string, error) {
	if uid != 0 {
		return "", "", fmt.Errorf("%s is a symbolic link of user %d, which root does not follow: use the folder that it leads to, or replace it by a folder", at, uid)
	}
	target, err := os.Readlink(at)
	if err != nil {
		return "", "", fmt.Errorf("data folder: %w", err)
	}
	if !filepath.IsAbs(target) {
		target = filepath.Dir(at) + "/" + target
	}
	return "/", target + "/" + rest, nil
}
