package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
)

// base returns the folder where a relative path in v starts.
func (c *Config) base(v *value) string {
	if v.from == fromEnvironment || v.from == fromCommandLine {
		return c.work
	}
	return c.Dir
}

// resolve makes text, which v holds, an absolute path. Those of a program lead to what it
// sees of files.
func (c *Config) resolve(v *value, text string) (path, problem string) {
	if v.from == fromProgram {
		return belowRoot(c.starting.Root, text)
	}
	return resolvePath(c.base(v), text)
}

// belowRoot makes text, the name of a file as programs write it, an absolute path below
// their root path.
func belowRoot(root, text string) (path, problem string) {
	text = strings.ReplaceAll(text, `\`, "/")
	switch below := filepath.FromSlash(strings.TrimLeft(text, "/")); {
	case root == "":
		return "", "names a file, and programs of this environment see none (RootPath)"
	case windowsOnly(text), strings.HasPrefix(text, "//"):
		return "", "is no path below the root path of the environment"
	case below == "":
		return root, ""
	case !filepath.IsLocal(below):
		return "", "leaves the root path of the environment"
	default:
		return keptBelow(root, filepath.Join(root, below))
	}
}

// keptBelow returns path, unless links lead out of root.
func keptBelow(root, path string) (_, problem string) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, ""
	}
	home, homeErr := filepath.EvalSymlinks(root)
	if err != nil || homeErr != nil {
		return "", "cannot be followed below the root path of the environment"
	}
	if below, err := filepath.Rel(home, real); err != nil || !filepath.IsLocal(below) {
		return "", "leads out of the root path of the environment"
	}
	return path, ""
}

// foreignPath is the problem of a path that only Windows can have.
const foreignPath = "is a path of Windows, and this is not Windows"

// example returns a path of the kind that is allowed.
func example(allowed string) string {
	switch allowed {
	case allowedFolder, allowedFolders:
		return "/var/lib/appserver"
	case allowedRepository:
		return "/var/lib/appserver/custom.rpo"
	case allowedFile:
		return "/var/log/appserver/console.log"
	}
	return "/opt/totvs/certs/my.pem"
}

// resolvePath makes text an absolute path. Backslashes separate folders on every
// system; a path that only Windows can have is a problem elsewhere.
func resolvePath(base, text string) (path, problem string) {
	if runtime.GOOS != "windows" {
		if windowsOnly(text) {
			return "", foreignPath
		}
		text = strings.ReplaceAll(text, `\`, "/")
	}
	return absolute(base, filepath.FromSlash(text)), ""
}

func absolute(base, path string) string {
	switch {
	case filepath.IsAbs(path):
		return filepath.Clean(path)
	case path != "" && path[0] == filepath.Separator: // Windows: rooted, on base's drive
		return filepath.Clean(filepath.VolumeName(base) + path)
	}
	return filepath.Join(base, path)
}

// windowsOnly reports whether path has a drive letter or names a network share.
func windowsOnly(path string) bool {
	if strings.HasPrefix(path, `\\`) {
		return true
	}
	if len(path) < 2 || path[1] != ':' {
		return false
	}
	letter := path[0] | 0x20
	return 'a' <= letter && letter <= 'z'
}
