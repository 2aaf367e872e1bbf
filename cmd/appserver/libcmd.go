package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/source"
)

func (a *app) libCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lib",
		Short: "Tell which functions programs find",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.libListCommand(), a.libShowCommand())
	return cmd
}

func (a *app) libListCommand() *cobra.Command {
	l := &libList{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the functions of the original product, and which exist here",
		Long: `List the functions of the original product with their area, how often 3,295 public
sources call each, and whether it exists here. At the end stands, for each area,
how many of its calls find their function. Classes, such as JsonObject and Regex, are
not in the list; lib show tells about them too.`,
		Example: `  appserver lib list
  appserver lib list --missing --area text
  appserver lib list -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return l.run() },
	}
	f := cmd.Flags()
	f.StringVar(&l.area, "area", "", "list this `area` only: "+strings.Join(areaNames(), ", "))
	f.BoolVar(&l.missing, "missing", false, "list what does not exist here")
	f.BoolVar(&l.here, "here", false, "list what exists here")
	outputFlag(cmd, &l.output)
	cmd.MarkFlagsMutuallyExclusive("missing", "here")
	return cmd
}

// libList is one run of the command lib list.
type libList struct {
	*app
	area, output  string
	missing, here bool
}

func areaNames() []string {
	var names []string
	for _, a := range lib.Areas() {
		names = append(names, a.Name)
	}
	return names
}

func (l *libList) run() error {
	inJSON, err := wantsJSON(l.output)
	if err != nil {
		return err
	}
	if l.area != "" && !slices.Contains(areaNames(), l.area) {
		return usageError(fmt.Errorf("--area %s: there are %s", l.area, strings.Join(areaNames(), ", ")))
	}
	names := slices.DeleteFunc(lib.Names(), func(n lib.Name) bool {
		return l.area != "" && n.Area != l.area || l.missing && n.Here || l.here && !n.Here
	})
	if inJSON {
		return l.printJSON(names)
	}
	return l.text(names)
}

func (l *libList) text(names []lib.Name) error {
	w := tabwriter.NewWriter(l.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tAREA\tCALLS\tHERE")
	for _, n := range names {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", n.Name, n.Area, n.Calls, yes(n.Here))
	}
	fmt.Fprintln(w)
	l.sums(w)
	return w.Flush()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// sums prints, area by area, what of it exists.
func (l *libList) sums(w io.Writer) {
	fmt.Fprintln(w, "AREA\tFUNCTIONS\tCALLS\tFIND IT")
	var alone libSum
	for _, a := range lib.Areas() {
		var sum libSum
		for _, n := range lib.Names() {
			if n.Area == a.Name {
				sum.add(n)
				if a.Alone {
					alone.add(n)
				}
			}
		}
		if l.area == "" || l.area == a.Name {
			sum.print(w, a.Name)
		}
	}
	if l.area == "" {
		alone.print(w, "all that need no database, screen, network or client")
	}
}

// libSum counts names and their calls.
type libSum struct{ here, all, callsHere, calls int }

func (t *libSum) add(n lib.Name) {
	t.all++
	t.calls += n.Calls
	if n.Here {
		t.here++
		t.callsHere += n.Calls
	}
}

func (t *libSum) print(w io.Writer, title string) {
	share := 100.0
	if t.calls > 0 {
		share = 100 * float64(t.callsHere) / float64(t.calls)
	}
	fmt.Fprintf(w, "%s\t%d of %d\t%d\t%.1f %%\n", title, t.here, t.all, t.calls, share)
}

func (a *app) libShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME…",
		Short: "Print what a function or class does",
		Example: `  appserver lib show AllTrim
  appserver lib show JsonObject`,
		Args: someArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for _, name := range args {
				errs = append(errs, a.showDoc(name))
			}
			return errors.Join(errs...)
		},
	}
}

// showDoc prints the manual of one function.
func (a *app) showDoc(name string) error {
	if doc, ok := lib.Doc(name); ok {
		_, err := fmt.Fprintln(a.stdout, doc)
		return err
	}
	for _, n := range lib.Names() {
		if strings.EqualFold(n.Name, name) {
			return fmt.Errorf("%s is a function of the original product that does not exist here", n.Name)
		}
	}
	if near := source.Near(strings.ToUpper(name), lib.Documented()); len(near) > 0 {
		return fmt.Errorf("there is no function %s; did you mean %s?", name, strings.Join(near, " or "))
	}
	return fmt.Errorf("there is no function %s; appserver lib list tells which there are", name)
}
