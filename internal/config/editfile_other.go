//go:build !unix

package config

import "os"

// tryLock does nothing: only one Edit of this process is under way.
func tryLock(*os.File) bool { return true }

// beforeRename closes f: a file that is open cannot be replaced.
func beforeRename(f *os.File) { f.Close() }

// likeFile gives f the permissions that info tells; the folder gives the rest.
func likeFile(f *os.File, info os.FileInfo) error { return f.Chmod(info.Mode().Perm()) }
