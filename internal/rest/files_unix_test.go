//go:build unix

package rest

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestFilesPipe(t *testing.T) {
	f, dir := site(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "site", "pipe.txt"), 0o600); err != nil {
		t.Skip(err)
	}
	if resp := get(f, "GET", "/app/pipe.txt"); resp.StatusCode != 0 { // must not wait for a writer
		t.Errorf("a pipe: %d; want nothing", resp.StatusCode)
	}
}
