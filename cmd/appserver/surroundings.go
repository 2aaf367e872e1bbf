package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/config"
	"appserver/internal/rootfs"
)

// hosting is what the commands that run programs have in common: what programs see
// of the outside.
type hosting struct {
	root string // --root; "" is the RootPath of the environment, without one the current folder
}

func (h *hosting) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&h.root, "root", "", "root path: programs see the files of this `folder` only; without it, the environment's RootPath, else the current folder")
}

// warnReadable warns if programs can read the configuration as a file, past what they are
// told of its settings.
func (a *app) warnReadable(file, root string) {
	if file != "" && root != "" && inFolder(root, file) {
		fmt.Fprintf(a.stderr, "warning: %s lies below the root path %s: programs can read all of it, secrets too; move one of them\n", file, root)
	}
}

// checkRoot checks that a root path, which the configuration or --root names, can be
// opened. One that is configured is made, if it is only itself that is missing.
func (a *app) checkRoot(dir string, configured bool) error {
	files, err := rootfs.Open(dir)
	if configured && errors.Is(err, fs.ErrNotExist) {
		a.makeConfigured("RootPath", dir)
		files, err = rootfs.Open(dir)
	}
	switch {
	case err == nil:
		return files.Close()
	case configured:
		return &exitError{exitConfig, fmt.Errorf("RootPath: %w; make the folder, or name another with --root", err)}
	}
	return fmt.Errorf("--root: %w", err)
}

// makeConfigured makes a folder that the key of an environment names, if it is only
// itself that is missing, and says so.
func (a *app) makeConfigured(key, dir string) {
	if os.Mkdir(dir, 0o750) == nil {
		fmt.Fprintf(a.stderr, "%s: made the folder %s, which did not exist\n", key, dir)
	}
}

// environmentNamed returns the configuration and the environment with the name, in any
// case.
func (a *app) environmentNamed(name string) (*config.Config, *config.Environment, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for i := range cfg.Environments {
		if strings.EqualFold(cfg.Environments[i].Name, name) {
			return cfg, &cfg.Environments[i], unusableSection(cfg, cfg.Environments[i].Name)
		}
		names = append(names, cfg.Environments[i].Name)
	}
	known := "it has none"
	if len(names) > 0 {
		known = "it has " + strings.Join(names, ", ")
	}
	return nil, nil, &exitError{exitConfig, fmt.Errorf("%s has no environment %q; %s", configName(cfg), name, known)}
}

// unusableSection returns the error of the values in a section of cfg that are not
// allowed; nil if all are.
func unusableSection(cfg *config.Config, name string) error {
	faults := &config.FaultsError{}
	for _, f := range cfg.Findings() {
		if f.Severity == config.Error && strings.EqualFold(f.Section, name) {
			faults.Faults = append(faults.Faults, f)
		}
	}
	if len(faults.Faults) == 0 {
		return nil
	}
	return &exitError{exitConfig, faults}
}

// settingsOf returns a function that reads the settings of cfg, in any case, which are
// set somewhere. Those that hold secrets, or might, are not there.
func settingsOf(cfg *config.Config) func(section, key string) (string, bool) {
	type place struct{ section, key string }
	values := map[place]string{}
	for _, s := range cfg.Settings() {
		if s.IsSet() && !s.Hidden() {
			values[place{strings.ToUpper(s.Section), strings.ToUpper(s.Key)}] = s.Value
		}
	}
	return func(section, key string) (string, bool) {
		v, ok := values[place{strings.ToUpper(section), strings.ToUpper(key)}]
		return v, ok
	}
}

// settingWriter returns a function with which programs change the file of cfg, if they
// may: nil if not. It tells noted of each change, and of each that was refused with err.
func settingWriter(cfg *config.Config, noted func(section, key string, err error)) func(section, key string, value *string) error {
	if cfg.File == "" || !cfg.General.AllowIniWrite {
		return nil
	}
	file := filepath.Join(cfg.Dir, filepath.Base(cfg.File))
	return func(section, key string, value *string) error {
		err := config.EditFile(file, config.Edit{Section: section, Key: key, Value: value})
		switch {
		case errors.Is(err, config.ErrNoChange) && value != nil:
			return nil
		case errors.Is(err, config.ErrNoChange):
			return fmt.Errorf("%w: %w", err, fs.ErrNotExist)
		}
		noted(section, key, err)
		if errors.Is(err, config.ErrGuarded) {
			return fmt.Errorf("%w: %w", err, fs.ErrPermission)
		}
		return err
	}
}

// reportLines are the lines about this server in the report of an error.
func reportLines() []string {
	return []string{
		"appserver " + programVersion() + ", " + runtime.GOOS + "/" + runtime.GOARCH,
		"started " + time.Now().Format(time.RFC3339),
	}
}
