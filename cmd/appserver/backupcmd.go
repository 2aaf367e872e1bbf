package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/config"
	"appserver/internal/datadir"
	"appserver/internal/store"
)

// standardStream is the file name that means standard input or output.
const standardStream = "-"

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Write a backup of the data folder",
		Long: `Write a backup of the data folder to FILE, a new file that only its owner can
read, or to standard output if FILE is -. Without FILE the name is made of the
machine's and the time, in the current folder. The server may be running.

The backup holds private keys: keep it where nobody else can read it. It holds
the data folder only, with the database in it as it was at one moment: neither
appserver.ini nor files elsewhere that this names, nor a PostgreSQL database, of
which pg_dump makes a backup.

Run it as the server's user, or as root.`,
		Args: atMostOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.whole(cmd, func(ctx context.Context) error { return a.backup(ctx, strings.Join(args, "")) })
		},
	}
}

func (a *app) restoreCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Replace the data folder by a backup",
		Long: `Replace the data folder by the backup in FILE, or on standard input if FILE is -.
The server must not be running. All of the backup is unpacked and checked before
anything is replaced. Where no configuration is found, the folder must be named:
--set General.DataPath=FOLDER.

A data folder that holds anything is replaced only with --force; it is kept
beside the new one, as FOLDER.before-restore-TIME.

Run it as the server's user, or as root: then the files belong to the owner of
the folder that was there before.`,
		Args: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.whole(cmd, func(ctx context.Context) error { return a.restore(ctx, cmd.InOrStdin(), args[0], force) })
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace a data folder that holds anything")
	return cmd
}

func atMostOneFile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 || len(args) == 1 && args[0] == "" {
		return usageError(fmt.Errorf("%s takes the name of one file, but got %q", cmd.CommandPath(), args))
	}
	return nil
}

func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError(fmt.Errorf("%s needs the name of the file with the backup", cmd.CommandPath()))
	}
	return atMostOneFile(cmd, args)
}

// whole runs do until a signal, which has it take back what it has begun, and
// gives its error the exit code it stands for.
func (a *app) whole(cmd *cobra.Command, do func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := do(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return &exitError{exitInterrupted, errors.New("interrupted; nothing was changed")}
	case errors.Is(err, fs.ErrPermission):
		return &exitError{exitForbidden, fmt.Errorf("%w; run this as the server's user or as root", err)}
	}
	return err
}

// dataPath returns the configured data folder. Other faults of the configuration
// do not matter: on a bad day they are there too.
func (a *app) dataPath() (string, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return "", err
	}
	for _, f := range cfg.Findings() {
		if f.Severity == config.Error && strings.EqualFold(f.Section, "General") && strings.EqualFold(f.Key, "DataPath") {
			return "", &exitError{exitConfig, errors.New(f.String())}
		}
	}
	return cfg.General.DataPath, nil
}

func (a *app) backup(ctx context.Context, name string) error {
	path, err := a.dataPath()
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("there is no data folder %s; name the one of the server with --config, or with --set General.DataPath=FOLDER", path)
	}
	if name == standardStream {
		if isTerminal(a.stdout) {
			return usageError(errors.New("a backup is not for the screen: direct standard output to a file, or name one"))
		}
		c, err := a.backupTo(ctx, path, a.stdout)
		if err != nil {
			return err
		}
		return a.reportBackup(a.stderr, path, c)
	}
	name = cmp.Or(name, defaultBackup(time.Now()))
	c, err := a.backupFile(ctx, path, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: ", name)
	return a.reportBackup(a.stdout, path, c)
}

func (a *app) reportBackup(w io.Writer, path string, c datadir.Contents) error {
	if cfg, err := a.loadConfig(); err == nil && (cfg.Store.URL != "" || cfg.Store.URLFile != "") {
		fmt.Fprintln(a.stderr, "appserver: the users are not in the backup: they are in the database of [Store] URL; pg_dump makes a backup of it")
	}
	_, err := fmt.Fprintf(w, "%s, %s of %s; keep it closed to others, it may hold private keys\n",
		plural(c.Files, "file"), plural(int(c.Bytes), "byte"), path)
	return err
}

// defaultBackup is the name of a backup that nobody has named.
func defaultBackup(now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	host = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' {
			return r
		}
		return '_'
	}, host)
	return "appserver-backup-" + host + "-" + now.Format("20060102-150405") + ".tar.gz"
}

// backupAttempts is how often a backup to a file is tried while files change.
const backupAttempts = 3

// backupFile writes the backup to a new file, which is not there after an error.
func (a *app) backupFile(ctx context.Context, path, name string) (c datadir.Contents, err error) {
	if inFolder(path, name) {
		return c, usageError(fmt.Errorf("%s is in the data folder that is to be backed up: name a file elsewhere", name))
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return c, fmt.Errorf("%s exists: name a new file", name)
	}
	if err != nil {
		return c, err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			os.Remove(name)
		}
	}()
	for attempt := 1; ; attempt++ {
		c, err = a.backupTo(ctx, path, f)
		if attempt == backupAttempts || !errors.Is(err, datadir.ErrChanged) {
			break
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return c, err
		}
		if err := f.Truncate(0); err != nil {
			return c, err
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return c, err
}

func (a *app) backupTo(ctx context.Context, path string, w io.Writer) (datadir.Contents, error) {
	instead, remove, err := copyDatabase(ctx, path)
	if err != nil {
		return datadir.Contents{}, err
	}
	defer remove()
	c, skipped, err := datadir.Backup(ctx, path, w, datadir.BackupOptions{Program: "appserver " + programVersion(), Skip: notBackedUp, Instead: instead})
	for _, s := range skipped {
		fmt.Fprintf(a.stderr, "appserver: not in the backup: %s\n", s)
	}
	return c, err
}

// copyDatabase copies the database in the data folder at path, which may be in use, for a
// backup; remove takes the copy away.
func copyDatabase(ctx context.Context, path string) (instead map[string]string, remove func(), err error) {
	folder, err := os.MkdirTemp(path, ".new-backup-") // no backup has such names
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(folder) }
	to := filepath.Join(folder, store.FileName)
	if err = os.WriteFile(to, nil, 0o600); err == nil {
		var found bool
		if found, err = store.Copy(ctx, path, to); found {
			instead = map[string]string{store.FileName: to}
		}
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return instead, remove, nil
}

// notBackedUp reports whether a file tells only how to reach the server that runs now,
// belongs to a database that is copied as a whole, or is the folder of what was compiled,
// which is made again from the sources.
func notBackedUp(name string) bool {
	return name == store.FileName+"-wal" || name == store.FileName+"-shm" || name == "admin.token" || strings.HasPrefix(name, "admin.token-") || name == programCache
}

// inFolder reports whether the new file name would be in the folder.
func inFolder(folder, name string) bool {
	resolve := func(path string) string {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return ""
		}
		return path
	}
	rel, err := filepath.Rel(resolve(folder), resolve(filepath.Dir(name)))
	return err == nil && filepath.IsLocal(rel)
}

// mayReplace says why the configured data folder may not be the one that is meant:
// nobody has said which, and a default would be below the current folder.
func (a *app) mayReplace() error {
	cfg, err := a.loadConfig()
	if err != nil || cfg.File != "" {
		return err
	}
	for _, s := range cfg.Settings() {
		if strings.EqualFold(s.Section, "General") && strings.EqualFold(s.Key, "DataPath") && s.Origin != "default" {
			return nil
		}
	}
	return fmt.Errorf("no configuration was found that says where to restore to; name the one of the server with --config, or the folder with --set General.DataPath=%s", cfg.General.DataPath)
}

func (a *app) restore(ctx context.Context, stdin io.Reader, name string, force bool) error {
	if err := a.mayReplace(); err != nil {
		return err
	}
	path, err := a.dataPath()
	if err != nil {
		return err
	}
	in := stdin
	if name != standardStream {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	r, err := datadir.Restore(ctx, path, in, force)
	if err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	fmt.Fprintf(a.stdout, "%s: %s, %s from the backup of %s by %q\n", path,
		plural(r.Files, "file"), plural(int(r.Bytes), "byte"), r.Created.Local().Format(time.DateTime), r.Program)
	if r.Kept != "" {
		fmt.Fprintf(a.stdout, "the folder that was there is now %s\n", r.Kept)
	}
	if r.Notice != "" {
		fmt.Fprintf(a.stderr, "appserver: %s\n", r.Notice)
	}
	return nil
}
