package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"appserver/internal/config"
	"appserver/internal/natives"
	"appserver/internal/rest/route"
)

func (a *app) restCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rest",
		Short: "Show what of the programs answers HTTP requests",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.restRoutesCommand())
	return cmd
}

func (a *app) restRoutesCommand() *cobra.Command {
	var l listing
	var environment string
	cmd := &cobra.Command{
		Use:   "routes",
		Short: "List the routes of the programs",
		Long: `List what of the programs answers HTTP requests: method, path, function, source and line,
who may call, and the pool whose workers answer, for each port and mount of the
configuration. No server need run: the programs are read as it would read them.

Who may call is public (needs no credentials), user, or the permission that the service
asks for.

What is wrong with routes goes to standard error; the exit code is 3 if a server would
refuse to reload with it, and 7 if sources do not compile.`,
		Example: `  appserver rest routes
  appserver rest routes --env PRODUCTION -o csv > routes.csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.restRoutes(cmd.Context(), environment, l.output) },
	}
	cmd.Flags().StringVarP(&l.output, "output", "o", "table", "`format`: table, json or csv")
	cmd.Flags().StringVarP(&environment, "env", "e", "", "only routes of this `environment` (a section of appserver.ini)")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{"table", "json", "csv"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// listedRoute is a route at one mount.
type listedRoute struct {
	Listener    string `json:"listener"` // section, or "" for the multiprotocol port
	Port        int    `json:"port"`
	Mount       string `json:"mount"` // section
	Environment string `json:"environment"`
	Method      string `json:"method"`
	Path        string `json:"path"` // as clients ask for it
	Query       string `json:"query"`
	Model       string `json:"model"`
	Function    string `json:"function"`
	Source      string `json:"source"`
	Line        int    `json:"line"`
	Security    string `json:"security"`
	Pool        string `json:"pool"`

	below string // Source below SourcePath, if it is there, else Source
}

func (a *app) restRoutes(ctx context.Context, environment, output string) error {
	if !slices.Contains([]string{"table", "text", "json", "csv"}, output) {
		return usageError(fmt.Errorf("--output is %q; table, json and csv are possible", output))
	}
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	if environment != "" {
		if _, _, err := a.environmentNamed(environment); err != nil {
			return err
		}
	}
	s := newRouteSurvey(a, cfg)
	list, err := s.survey(ctx, environment)
	if err != nil {
		return err
	}
	for _, f := range s.faults {
		fmt.Fprintln(a.stderr, f)
	}
	if err := a.printRoutes(list, output); err != nil {
		return err
	}
	if n := s.errors(); n > 0 {
		return &exitError{exitConfig, fmt.Errorf("a server would refuse to reload: %s of routes", plural(n, "fault"))}
	}
	return nil
}

// routeFault is a fault of the routes of an environment.
type routeFault struct {
	route.Fault
	environment string
}

func (f routeFault) String() string {
	kind := "warning"
	if f.Error {
		kind = "error"
	}
	return fmt.Sprintf("%s: %s: [%s] %s", f.Place(), kind, f.environment, f.Text)
}

// routeSurvey finds the routes that a configuration leads to.
type routeSurvey struct {
	*app
	cfg    *config.Config
	tables map[tableKey]*route.Table
	loaded map[*config.RESTRoute][]route.Loaded
	faults []routeFault
}

// tableKey is what makes a table of routes.
type tableKey struct {
	environment string        // upper case
	loaded      *route.Loaded // the first of those of LoadURNs; nil: there are none
}

func newRouteSurvey(a *app, cfg *config.Config) routeSurvey {
	return routeSurvey{app: a, cfg: cfg, tables: map[tableKey]*route.Table{}, loaded: map[*config.RESTRoute][]route.Loaded{}}
}

func (s *routeSurvey) errors() int {
	n := 0
	for _, f := range s.faults {
		if f.Error {
			n++
		}
	}
	return n
}

// survey returns the routes of all mounts, of one environment if that is not "". The error is
// that of reading programs.
func (s *routeSurvey) survey(ctx context.Context, environment string) ([]listedRoute, error) {
	list := []listedRoute{} // JSON: never null
	for i := range s.cfg.REST.Listeners {
		l := &s.cfg.REST.Listeners[i]
		for j := range l.Mounts {
			m := &l.Mounts[j]
			if m.Environment == "" || environment != "" && !strings.EqualFold(m.Environment, environment) {
				continue
			}
			table, err := s.table(ctx, m.Environment, loadedRoutes(s.loaded, m.Routes))
			if err != nil {
				return nil, err
			}
			s.collisions(table, l, m)
			list = append(list, s.mounted(table, l, m)...)
		}
	}
	return list, nil
}

// table returns the routes of an environment with those of LoadURNs, whose programs are read
// the first time.
func (s *routeSurvey) table(ctx context.Context, environment string, loaded []route.Loaded) (*route.Table, error) {
	key := tableKey{environment: strings.ToUpper(environment)}
	if len(loaded) > 0 {
		key.loaded = &loaded[0]
	}
	if t, ok := s.tables[key]; ok {
		return t, nil
	}
	l := &loading{app: s.app, compiling: compiling{environment: environment}}
	units, err := l.loadEnvironment(ctx)
	if err != nil {
		return nil, err
	}
	program, err := link(natives.Options{})(units)
	if err != nil {
		return nil, err
	}
	options := routeOptions(program)
	options.Load = loaded
	table, faults := route.Build(program, options)
	s.add(environment, faults)
	s.tables[key] = table
	return table, nil
}

// collisions notes routes at paths of the mount that the server answers itself.
func (s *routeSurvey) collisions(t *route.Table, l *config.RESTListener, m *config.RESTMount) {
	if len(m.Only) == 0 {
		s.add(m.Environment, t.Collisions(fixedPaths(m, l.Port == 0)))
	}
}

// add notes faults that are not known.
func (s *routeSurvey) add(environment string, faults []route.Fault) {
	for _, f := range faults {
		if found := (routeFault{f, environment}); !slices.Contains(s.faults, found) {
			s.faults = append(s.faults, found)
		}
	}
}

// mounted returns the routes as clients of the mount see them.
func (s *routeSurvey) mounted(t *route.Table, l *config.RESTListener, m *config.RESTMount) []listedRoute {
	var list []listedRoute
	for _, r := range t.Routes() {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
		if len(m.Only) > 0 && !slices.Contains(m.Only, first) {
			continue
		}
		list = append(list, listedRoute{
			Listener: l.Section, Port: cmp.Or(l.Port, s.port()), Mount: m.Section, Environment: m.Environment,
			Method: r.Method, Path: strings.TrimSuffix(m.Path, "/") + r.Path, Query: r.Query,
			Model: string(r.Model), Function: r.Handler(), Source: r.File, Line: r.Line,
			Security: securityOf(m, r), Pool: m.Pool.Name, below: s.belowSource(m.Environment, r.File),
		})
	}
	return list
}

// belowSource returns a path below the SourcePath of an environment.
func (s *routeSurvey) belowSource(environment, file string) string {
	for _, e := range s.cfg.Environments {
		if !strings.EqualFold(e.Name, environment) || e.SourcePath == "" {
			continue
		}
		if below, err := filepath.Rel(e.SourcePath, filepath.FromSlash(file)); err == nil && filepath.IsLocal(below) {
			return filepath.ToSlash(below)
		}
	}
	return file
}

// port returns the number of the multiprotocol port.
func (s *routeSurvey) port() int {
	for _, address := range s.cfg.Listen.Addresses {
		if _, port, err := net.SplitHostPort(address); err == nil {
			n, _ := strconv.Atoi(port) // checked by config
			return n
		}
	}
	return 0
}

// securityOf says who may call the route.
func securityOf(m *config.RESTMount, r *route.Route) string {
	switch {
	case isPublic(m, r):
		return "public"
	case r.Security != "":
		return "permission " + r.Security
	}
	return "user"
}

func (a *app) printRoutes(list []listedRoute, output string) error {
	switch output {
	case "json":
		return a.printJSON(map[string]any{"routes": list})
	case "csv":
		return a.printRoutesCSV(list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(a.stdout, "no routes: no program answers HTTP requests, or nothing is mounted (see [General] App_Environment, [HTTPV11], [HTTPSERVER])")
		return err
	}
	var rows [][]string
	for _, r := range list {
		rows = append(rows, []string{portOf(r), r.Method, withQuery(r), r.Function, fmt.Sprintf("%s:%d", r.below, r.Line), r.Security, r.Pool, r.Mount})
	}
	return a.table("PORT METHOD PATH FUNCTION SOURCE SECURITY POOL MOUNT", rows)
}

func portOf(r listedRoute) string {
	if r.Listener == "" {
		return fmt.Sprint(r.Port)
	}
	return fmt.Sprintf("%d [%s]", r.Port, r.Listener)
}

func withQuery(r listedRoute) string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// printRoutesCSV writes a heading and a row for each route. A cell that a spreadsheet would
// take for a formula gets an apostrophe before it.
func (a *app) printRoutesCSV(list []listedRoute) error {
	w := csv.NewWriter(a.stdout)
	rows := [][]string{{"listener", "port", "mount", "environment", "method", "path", "query", "model", "function", "source", "line", "security", "pool"}}
	for _, r := range list {
		row := []string{r.Listener, fmt.Sprint(r.Port), r.Mount, r.Environment, r.Method, r.Path, r.Query, r.Model, r.Function, r.Source, fmt.Sprint(r.Line), r.Security, r.Pool}
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}

// checkRoutes reports to cfg what is wrong with the routes of the programs that it has
// mounted; the sample programs inside this program are left out.
func (a *app) checkRoutes(ctx context.Context, cfg *config.Config) {
	quiet := *a
	quiet.stderr = io.Discard
	s := newRouteSurvey(&quiet, cfg)
	for i := range cfg.Environments {
		e := &cfg.Environments[i]
		if runsBuiltIn(e) {
			continue
		}
		if _, err := s.survey(ctx, e.Name); err != nil {
			cfg.Report(config.Warning, e.Name, "SourcePath", "the programs cannot be read, so their routes are not checked: "+oneLine(err.Error()), "appserver compile --env "+e.Name+" tells more")
		}
	}
	for _, f := range s.faults {
		severity := config.Warning
		if f.Error {
			severity = config.Error
		}
		cfg.Report(severity, f.environment, "SourcePath", f.Place()+": "+f.Text, "appserver rest routes --env "+f.environment+" lists all routes")
	}
}
