package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"appserver/internal/datadir"
	"appserver/internal/store"
)

// UsersFile is the name of the file in the data folder in which users were before they were
// in the store; ImportedFile is its name when they have been taken over.
const (
	UsersFile    = "users.json"
	ImportedFile = "users.json.imported"
)

// oldUsers is a JSON object with format (1) and users: for each its name, hash (in the text
// form of argon2), blocked, created and changed.
type oldUsers struct {
	Format int       `json:"format"`
	Users  []oldUser `json:"users"`
}

type oldUser struct {
	Name    string    `json:"name"`
	Blocked bool      `json:"blocked"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"` // the password
	Hash    string    `json:"hash"`
}

func (f *oldUsers) check() error {
	if f.Format != format {
		return fmt.Errorf("its format is %d, and this program knows %d", f.Format, format)
	}
	for _, e := range f.Users {
		if err := CheckName(e.Name); err != nil {
			return err
		}
		if _, err := parseHash(e.Hash); err != nil {
			return fmt.Errorf("user %q: %w", e.Name, err)
		}
	}
	return nil
}

// Import takes over the users of UsersFile in the data folder, those whose names are not
// taken, and renames the file. It returns how many there were; without a file it does
// nothing.
func (u *Users) Import(ctx context.Context, dir string) (n int, err error) {
	path := filepath.Join(dir, UsersFile)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	err = datadir.Exclusive(ctx, dir, UsersFile, func() error {
		n, err = u.takeOver(ctx, path)
		if err != nil {
			return fmt.Errorf("the users of earlier versions cannot be taken over: %w", err)
		}
		return nil
	})
	return n, err
}

// takeOver is Import while nobody else does it.
func (u *Users) takeOver(ctx context.Context, path string) (n int, err error) {
	f := file[oldUsers]{path: path, check: (*oldUsers).check, mend: "restore it from a backup, or remove it and add the users again"}
	content, _, err := f.read()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // somebody else has done it
	}
	if err != nil {
		return 0, err
	}
	by := Actor{Name: "server", From: UsersFile}
	for _, e := range content.Users {
		one := store.User{
			Name: e.Name, Hash: e.Hash, Blocked: e.Blocked, Created: e.Created, PasswordChanged: e.Changed,
		}
		err := u.store.AddUser(ctx, one, nil, u.event(by, "user.add", "taken over"))
		if err != nil && !errors.Is(err, ErrExists) {
			return n, err
		}
		if err == nil {
			n++
		}
	}
	u.known.forget()
	return n, os.Rename(path, filepath.Join(filepath.Dir(path), ImportedFile))
}
