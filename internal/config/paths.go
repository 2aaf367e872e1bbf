package config

import (
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
