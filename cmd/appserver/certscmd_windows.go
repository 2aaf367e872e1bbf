package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"appserver/internal/datadir"
)

// prepareDataFolder makes the folder, if there is none, with the access list that
// the server gives it.
func prepareDataFolder(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir, err := datadir.Open(path)
	if err != nil {
		return fmt.Errorf("[General] DataPath: %w", err)
	}
	return dir.Close()
}

func withStoreAccess(f func() error) error { return f() }

// readableByAll reports whether there is a file at path: whoever may read it,
// access lists say.
func readableByAll(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
