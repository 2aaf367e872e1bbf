//go:build unix

package rootfs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipesDoNotBlock holds if it ends.
func TestPipesDoNotBlock(t *testing.T) {
	r, dir := newRoot(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	for _, flag := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREATE | os.O_TRUNC} {
		if _, err := r.Open("pipe", flag, 0o644, DenyNone); !errors.Is(err, ErrNotRegular) {
			t.Errorf("Open(%d): %v; want ErrNotRegular", flag, err)
		}
	}
	if found, rest := r.Find("PIPE/x"); found != "pipe" || rest != "x" {
		t.Errorf("Find = %q, %q; want pipe, x", found, rest)
	}
	for _, err := range r.Entries("pipe") {
		if err == nil {
			t.Error("a pipe has entries")
		}
	}
}
