package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"appserver/internal/auth"
	"appserver/internal/datadir"
)

const (
	// firstUser is the name of the user that is made when there is none.
	firstUser = "admin"
	// firstPasswordFile is the file in the data folder that tells its password where nobody
	// looks on.
	firstPasswordFile = "first-user.txt"
)

// firstUsers has somebody be there who can log in: the users of the file that earlier versions
// had, else an administrator with a password that nobody knows yet.
func (d *daemon) firstUsers(ctx context.Context) error {
	if err := d.importUsers(ctx); err != nil {
		return err
	}
	password := rand.Text()
	made, err := d.users.AddFirst(ctx, auth.Actor{Name: "server", From: "first start"}, firstUser, password, auth.Administrators)
	if err != nil {
		return fmt.Errorf("cannot make the first user: %w", err)
	}
	if !made {
		return nil
	}
	debug.FreeOSMemory() // what the hash has taken is much for a server that has just begun
	if isTerminal(os.Stderr) {
		fmt.Fprintf(os.Stderr, "\nThe first user is %s, with the password\n\n    %s\n\nIt is shown this once; appserver user passwd %[1]s gives another.\n\n", firstUser, password)
		return nil
	}
	return d.keepFirstPassword(ctx, password)
}

// keepFirstPassword writes the password to a file, and says where. A password that cannot be
// told is of no use: the user is removed, so that the next start makes another.
func (d *daemon) keepFirstPassword(ctx context.Context, password string) error {
	text := []byte(fmt.Sprintf("user: %s\npassword: %s\n", firstUser, password))
	err := datadir.Update(d.dir.Path(""), firstPasswordFile, int64(len(text)), func([]byte) ([]byte, error) { return text, nil })
	if err != nil {
		err = fmt.Errorf("cannot tell the password of the first user: %w", err)
		return errors.Join(err, d.users.Remove(ctx, auth.Actor{Name: "server", From: "first start"}, firstUser))
	}
	d.log.Info("the first user is " + firstUser + "; its password is in " + filepath.ToSlash(d.dir.Path(firstPasswordFile)) + ": remove that file when you have read it")
	return nil
}

// importUsers takes over the users of the file that earlier versions had.
func (d *daemon) importUsers(ctx context.Context) error {
	n, err := d.users.Import(ctx, d.dir.Path(""))
	if err != nil {
		return err
	}
	if n > 0 {
		d.log.Info(fmt.Sprintf("%s taken over from %s, which is now %s", plural(n, "user"), auth.UsersFile, auth.ImportedFile))
	}
	return nil
}
