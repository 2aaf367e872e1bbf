package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"appserver/internal/config"
)

// loadConfig reads the configuration that flags, environment and folders lead to.
func (a *app) loadConfig() (*config.Config, error) {
	path, err := a.findConfig()
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(config.Options{
		Path:           path,
		Environ:        os.Environ(),
		Set:            a.set,
		StateDirectory: os.Getenv("STATE_DIRECTORY"),
	})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return cfg, nil
}

// findConfig returns the path of the configuration file, "" for the embedded
// one. A file that was asked for is not searched for elsewhere.
func (a *app) findConfig() (string, error) {
	if a.configPath != "" {
		return a.configPath, nil
	}
	if path := os.Getenv("APPSERVER_CONFIG"); path != "" {
		return path, nil
	}
	candidates := []string{config.FileName}
	if exe, err := os.Executable(); err == nil {
		candidates = append(candidates, filepath.Join(filepath.Dir(exe), config.FileName))
	}
	for _, path := range candidates {
		switch _, err := os.Stat(path); {
		case err == nil:
			return path, nil
		case !errors.Is(err, os.ErrNotExist):
			return "", &exitError{exitConfig, err}
		}
	}
	return "", nil
}

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or show the configuration",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var checkOut, showOut string
	check := &cobra.Command{
		Use:   "check",
		Short: "List everything that is wrong or doubtful in the configuration",
		Long: `List everything that is wrong or doubtful in the configuration, the TLS policy
and the certificates included, each with file and line. Nothing is started.

The exit code is 3 if there is an error, else 0.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.configCheck(checkOut) },
	}
	show := &cobra.Command{
		Use:   "show",
		Short: "Print each setting's effective value and where it comes from",
		Long: `Print each setting's effective value and where it comes from: default, file and
line, environment variable or command line. Secrets are masked.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.configShow(showOut) },
	}
	outputFlag(check, &checkOut)
	outputFlag(show, &showOut)
	cmd.AddCommand(check, show)
	return cmd
}

func outputFlag(cmd *cobra.Command, p *string) {
	cmd.Flags().StringVarP(p, "output", "o", "text", "`format`: text or json")
}

// loadFor loads the configuration for a command with --output, and reports
// whether that asks for JSON.
func (a *app) loadFor(output string) (cfg *config.Config, inJSON bool, err error) {
	if output != "text" && output != "json" {
		return nil, false, usageError(fmt.Errorf("--output is %q; text and json are possible", output))
	}
	cfg, err = a.loadConfig()
	return cfg, output == "json", err
}

func (a *app) configCheck(output string) error {
	cfg, inJSON, err := a.loadFor(output)
	if err != nil {
		return err
	}
	newSecurity(cfg)
	findings := cfg.Findings()
	faults := 0
	for _, f := range findings {
		if f.Severity == config.Error {
			faults++
		}
	}
	if inJSON {
		err = a.printJSON(map[string]any{"file": fileName(cfg), "errors": faults, "findings": findings})
	} else {
		err = a.printFindings(cfg, findings, faults)
	}
	if err == nil && faults > 0 {
		err = &exitError{code: exitConfig}
	}
	return err
}

func (a *app) printFindings(cfg *config.Config, findings []config.Finding, faults int) error {
	for _, f := range findings {
		fmt.Fprintln(a.stdout, f)
	}
	verdict := "can be used"
	if faults > 0 {
		verdict = "cannot be used"
	}
	_, err := fmt.Fprintf(a.stdout, "%s %s: %d errors, %d other findings\n", fileName(cfg), verdict, faults, len(findings)-faults)
	return err
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (a *app) configShow(output string) error {
	cfg, inJSON, err := a.loadFor(output)
	if err != nil {
		return err
	}
	settings := cfg.Settings()
	if inJSON {
		return a.printJSON(map[string]any{"file": fileName(cfg), "settings": settings})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, s := range settings {
		origin := s.Origin
		if !s.Used {
			origin += ", not used"
		}
		fmt.Fprintf(w, "[%s]\t%s=%s\t%s\n", s.Section, s.Key, s.Value, origin)
	}
	return w.Flush()
}

const builtInConfig = "built-in configuration"

// fileName names the configuration in messages.
func fileName(cfg *config.Config) string { return cmp.Or(cfg.File, builtInConfig) }
