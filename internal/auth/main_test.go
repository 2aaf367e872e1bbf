package auth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"appserver/internal/store"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run has the folders of tests in memory, where there is such a place: each commit to a
// database waits for the disk otherwise, which is not what these tests are about.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("/dev/shm", "auth")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Setenv("TMPDIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the tests' databases are on the disk:", err)
	}
	return m.Run()
}

// template returns a function that returns the content of a database that fill has filled:
// making one takes longer than copying it.
func template(fill func(*store.Store) error) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "template")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		s, err := store.Open(context.Background(), store.Options{Dir: dir})
		if err != nil {
			return nil, err
		}
		if err := errors.Join(fill(s), s.Close()); err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(dir, store.FileName))
	})
}

var (
	emptyDatabase = template(func(*store.Store) error { return nil })
	// database has the user maria.
	database = template(func(s *store.Store) error {
		return NewUsers(s, UsersOptions{Cost: cheap}).Add(context.Background(), actor, "maria", "secret word", Profile{})
	})
)

// folderOf makes a folder with a database that is as the template.
func folderOf(t testing.TB, template func() ([]byte, error)) string {
	t.Helper()
	content, err := template()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.FileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
