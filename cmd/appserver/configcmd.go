package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/config"
	"appserver/internal/sslconf"
)

// loadConfig reads the configuration that flags, environment and folders lead to.
func (a *app) loadConfig() (*config.Config, error) {
	path, err := a.findConfig()
	if err != nil {
		return nil, err
	}
	return a.loadFile(path)
}

// loadFile is loadConfig for the file that findConfig has found.
func (a *app) loadFile(path string) (*config.Config, error) {
	cfg, err := config.Load(config.Options{
		Path:           path,
		Environ:        os.Environ(),
		Set:            a.set,
		StateDirectory: os.Getenv("STATE_DIRECTORY"),
	})
	switch {
	case errors.Is(err, config.ErrUsage):
		return nil, usageError(err)
	case err != nil && a.configPath == "" && path == os.Getenv("APPSERVER_CONFIG") && path != "":
		return nil, &exitError{exitConfig, fmt.Errorf("%w ($APPSERVER_CONFIG names this one)", err)}
	case err != nil:
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
	if runtime.GOOS != "windows" {
		candidates = append(candidates, "/etc/appserver/"+config.FileName)
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
	var checkOut, checkMin, showOut string
	check := &cobra.Command{
		Use:   "check",
		Short: "List everything that is wrong or doubtful in the configuration",
		Long: `List everything that is wrong or doubtful in the configuration, the TLS policy
and the certificates included, each with file and line, and in the routes of the programs
that answer HTTP requests. Nothing is started.

The exit code is 3 if there is an error, else 0.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.configCheck(checkOut, checkMin) },
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
	check.Flags().StringVar(&checkMin, "min", "notice", "list findings of this `severity` and above: notice, warning or error")
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
	if inJSON, err = wantsJSON(output); err != nil {
		return nil, false, err
	}
	cfg, err = a.loadConfig()
	return cfg, inJSON, err
}

// wantsJSON reports whether --output asks for JSON.
func wantsJSON(output string) (bool, error) {
	if output != "text" && output != "json" {
		return false, usageError(fmt.Errorf("--output is %q; text and json are possible", output))
	}
	return output == "json", nil
}

// tally counts findings by severity.
type tally [config.Error + 1]int

func (n tally) String() string {
	return plural(n[config.Error], "error") + ", " + plural(n[config.Warning], "warning") + ", " + plural(n[config.Notice], "notice")
}

func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}

func (a *app) configCheck(output, least string) error {
	var floor config.Severity
	if err := floor.UnmarshalText([]byte(least)); err != nil {
		return usageError(fmt.Errorf("--min: %w", err))
	}
	cfg, inJSON, err := a.loadFor(output)
	if err != nil {
		return err
	}
	security := newSecurity(cfg, localFolder(cfg.General.DataPath))
	checkLogFile(cfg)
	checkProgramFiles(cfg)
	a.checkRoutes(context.Background(), cfg)
	var found tally
	listed := []config.Finding{} // JSON: never null
	for _, f := range cfg.Findings() {
		found[f.Severity]++
		if f.Severity >= floor {
			listed = append(listed, f)
		}
	}
	if inJSON {
		err = a.printJSON(map[string]any{"file": fileName(cfg), "findings": listed,
			"errors": found[config.Error], "warnings": found[config.Warning], "notices": found[config.Notice]})
	} else {
		err = a.printFindings(cfg, security, listed, found)
	}
	if err == nil && found[config.Error] > 0 {
		err = &exitError{code: exitConfig}
	}
	return err
}

// checkProgramFiles reports folders and files of programs that are not there to cfg: a
// server says so when it loads programs.
func checkProgramFiles(cfg *config.Config) {
	for i := range cfg.Environments {
		e := &cfg.Environments[i]
		if e.SourcePath != "" && !runsBuiltIn(e) {
			switch info, err := os.Stat(e.SourcePath); {
			case errors.Is(err, os.ErrNotExist):
				cfg.Report(config.Warning, e.Name, "SourcePath", "the folder does not exist: no programs are loaded from it", "make it, or correct the path: "+e.SourcePath)
			case err == nil && !info.IsDir():
				cfg.Report(config.Warning, e.Name, "SourcePath", "that is no folder: the environment cannot be used", "name the folder of the programs")
			}
		}
		if _, err := os.Stat(e.RpoCustom); e.RpoCustom != "" && errors.Is(err, os.ErrNotExist) {
			cfg.Report(config.Warning, e.Name, "RpoCustom", "the file does not exist: "+e.RpoCustom, "appserver compile --env "+e.Name+" makes it")
		}
	}
}

// checkTokenFiles reports files of tokens for other servers that are not there to cfg.
func checkTokenFiles(cfg *config.Config) {
	check := func(section, file string) {
		if _, err := os.Stat(file); file != "" && errors.Is(err, os.ErrNotExist) {
			cfg.Report(config.Warning, section, "TokenFile", "there is no file "+file+": the calls fail that need it", tokenBelongs)
		}
	}
	check("RPC", cfg.RPC.TokenFile)
	for _, c := range cfg.Connections {
		check(c.Name, c.TokenFile)
	}
}

// printFindings lists findings, then how many of each severity there are and, if
// the server would start, how its port would be secured.
func (a *app) printFindings(cfg *config.Config, s *security, findings []config.Finding, found tally) error {
	for _, f := range findings {
		fmt.Fprintln(a.stdout, f)
	}
	if found[config.Error] > 0 {
		_, err := fmt.Fprintf(a.stdout, "%s cannot be used: %v\n", fileName(cfg), found)
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s can be used: %v\n%s\n", fileName(cfg), found, s)
	return err
}

// String describes the port's TLS policy and certificate on one line. It is
// meant for a configuration without errors.
func (s *security) String() string {
	if s.server == nil || s.pair == nil {
		return "TLS: none, the port is not encrypted"
	}
	pair := s.pair
	leaf := pair.Certificate.Leaf
	// %q: names in certificates can hold anything.
	return fmt.Sprintf("%v; certificate: %v, %q, valid until %s", s.server, pair.Origin,
		cmp.Or(leaf.Subject.String(), strings.Join(leaf.DNSNames, ", ")), leaf.NotAfter.UTC().Format(time.DateOnly))
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
	setEffectiveVersions(cfg, newSecurity(cfg, localFolder(cfg.General.DataPath)).outgoing)
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

// setEffectiveVersions tells cfg which TLS versions its keys come to: those of
// policy, which [SSLConfigure] alone decides. It is nil if they have errors.
func setEffectiveVersions(cfg *config.Config, policy *sslconf.Policy) {
	const section = "SSLConfigure"
	ssl := cfg.SSL
	named := ssl.TLS10 != nil || ssl.TLS11 != nil || ssl.TLS12 != nil || ssl.TLS13 != nil
	origin := "default"
	var on []uint16
	switch {
	case named:
		origin = "off: not named"
	case policy == nil:
		origin = "off: see config check"
	case ssl.TLS1 != nil && *ssl.TLS1 != 0:
		origin = "by TLS1"
	}
	if policy != nil {
		on = policy.Versions()
	}
	for _, v := range []struct {
		key string
		set *bool
		id  uint16
	}{{"TLS1_0", ssl.TLS10, tls.VersionTLS10}, {"TLS1_1", ssl.TLS11, tls.VersionTLS11}, {"TLS1_2", ssl.TLS12, tls.VersionTLS12}, {"TLS1_3", ssl.TLS13, tls.VersionTLS13}} {
		value := "0"
		if slices.Contains(on, v.id) {
			value = "1"
		}
		if v.set == nil {
			cfg.SetEffective(section, v.key, value, origin)
		}
	}
	if named && ssl.TLS1 != nil {
		cfg.SetEffective(section, "TLS1", "", "void: a TLS1_x key is set")
	}
	for key, set := range map[string]*bool{"SSL2": ssl.SSL2, "SSL3": ssl.SSL3} {
		if set != nil && *set {
			cfg.SetEffective(section, key, "0", "off: not supported")
		}
	}
}

// fileName names the configuration in messages.
func fileName(cfg *config.Config) string { return cmp.Or(cfg.File, builtInConfig) }
