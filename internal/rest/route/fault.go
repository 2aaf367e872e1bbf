package route

import (
	"fmt"
	"strings"
)

// Fault is something wrong with the routes of a program.
type Fault struct {
	Error bool   // the routes must not be put in force; else only not all is as it was meant
	Text  string // with the place of another route if the fault is between two
	File  string // of the route
	Line  int
}

// String returns the text with its place.
func (f Fault) String() string { return f.Place() + ": " + f.Text }

// Place returns where the fault is: a file and a line, or the key of a configuration.
func (f Fault) Place() string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// where names a route with its place, for the text of a fault about another.
func where(r *Route) string { return fmt.Sprintf("%s (%s:%d)", r.Handler(), r.File, r.Line) }

// Collisions returns an error for each route at one of the fixed paths below the mount,
// which the server answers itself: one with a slash at its end is everything below it.
func (t *Table) Collisions(fixed []string) []Fault {
	var faults []Fault
	for _, r := range t.Routes() {
		for _, f := range fixed {
			if r.meets(f) {
				faults = append(faults, Fault{true, fmt.Sprintf("%s answers %s %s, where the server answers itself: give it another path", r.Handler(), r.Method, r.Path), r.File, r.Line})
				break
			}
		}
	}
	return faults
}

// meets tells whether requests for the fixed path are what the route is for.
func (r *Route) meets(fixed string) bool {
	path := r.Path
	if strings.HasSuffix(fixed, "/") {
		path = strings.TrimSuffix(path, "/") + "/"
		path = path[:min(len(path), len(fixed))]
	}
	return path == fixed || r.Model == Classic && strings.EqualFold(path, fixed)
}
