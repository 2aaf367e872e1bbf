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

	"appserver/internal/advpl/lib"
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

// host returns what programs of the environment, "" for none, see of the outside. The
// function that it returns closes the root path; it is to be called when no program
// runs any more.
func (h *hosting) host(a *app, environment string) (*lib.Surroundings, func(), error) {
	s := &lib.Surroundings{Version: programVersion(), Build: programVersion(), Started: time.Now()}
	dir := h.root
	switch {
	case environment != "":
		cfg, env, err := a.environmentNamed(environment)
		if err != nil {
			return nil, nil, err
		}
		s.Environment, s.StartPath, s.Setting = env.Name, env.Keys["startpath"], settingsOf(cfg)
		if cfg.File != "" {
			s.INI = filepath.Base(cfg.File)
		}
		if root := env.Keys["rootpath"]; dir == "" && root != "" {
			dir = folderPath(cfg.Dir, root)
		}
		a.warnReadable(cfg.File, dir)
	case dir == "":
		dir = "."
	}
	if dir == "" { // the environment has no RootPath
		return s, func() {}, nil
	}
	files, err := a.openRoot(dir, h.root == "" && environment != "")
	if err != nil {
		return nil, nil, err
	}
	s.Files = files
	return s, func() { _ = files.Close() }, nil
}

// warnReadable warns if programs can read the configuration as a file, past what they are
// told of its settings.
func (a *app) warnReadable(file, root string) {
	if file != "" && root != "" && inFolder(root, file) {
		fmt.Fprintf(a.stderr, "warning: %s lies below the root path %s: programs can read all of it, secrets too; move one of them\n", file, root)
	}
}

// openRoot opens a root path, which the configuration or --root names. One that is
// configured is made, if it is only itself that is missing.
func (a *app) openRoot(dir string, configured bool) (*rootfs.Root, error) {
	files, err := rootfs.Open(dir)
	if configured && errors.Is(err, fs.ErrNotExist) {
		a.makeConfigured("RootPath", dir)
		files, err = rootfs.Open(dir)
	}
	switch {
	case err == nil:
		return files, nil
	case configured:
		return nil, &exitError{exitConfig, fmt.Errorf("RootPath: %w; make the folder, or name another with --root", err)}
	}
	return nil, fmt.Errorf("--root: %w", err)
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
			return cfg, &cfg.Environments[i], nil
		}
		names = append(names, cfg.Environments[i].Name)
	}
	known := "it has none"
	if len(names) > 0 {
		known = "it has " + strings.Join(names, ", ")
	}
	return nil, nil, &exitError{exitConfig, fmt.Errorf("%s has no environment %q; %s", configName(cfg), name, known)}
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

// reportLines are the lines about this server in the report of an error.
func reportLines() []string {
	return []string{
		"appserver " + programVersion() + ", " + runtime.GOOS + "/" + runtime.GOARCH,
		"started " + time.Now().Format(time.RFC3339),
	}
}
