//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// table is a table in Markdown with its heading and what must be said about it.
type table struct {
	title  string
	notes  []string
	header []string
	rows   [][]string
	missed []string // goals, for whoever reads only the end
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer) {
	fmt.Fprintf(w, "\n## %s\n", t.title)
	for _, n := range t.notes {
		fmt.Fprintf(w, "\n%s\n", n)
	}
	fmt.Fprintln(w)
	writeRow(w, t.header)
	fmt.Fprintf(w, "%s|\n", strings.Repeat("|---", len(t.header)))
	for _, r := range t.rows {
		writeRow(w, r)
	}
}

func writeRow(w io.Writer, cells []string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// number prints v with three digits that count, and no exponent.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case a >= 1000:
		return thousands(int64(math.Round(v)))
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// thousands prints n with commas.
func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// spread prints the median and the quartiles.
func spread(vs []float64) string {
	if len(vs) == 0 {
		return "–"
	}
	if len(vs) == 1 {
		return number(vs[0])
	}
	return fmt.Sprintf("%s (%s–%s)", number(median(vs)), number(quantile(vs, 0.25)), number(quantile(vs, 0.75)))
}

// goal bounds a figure: a ratio, or a figure by itself.
type goal struct {
	what    string // the figure's name
	atLeast bool   // else at most
	limit   float64
	unit    string // behind the limit: " ×", " KiB"
}

func (g goal) met(v float64) bool {
	if g.atLeast {
		return v >= g.limit
	}
	return v <= g.limit
}

// verdict is the cell of a table that says whether the median of vs keeps g, or
// what bound was missed. A goal without figures says nothing.
func (g goal) verdict(t *table, row string, vs []float64) string {
	if len(vs) == 0 {
		return ""
	}
	sign := "≤"
	if g.atLeast {
		sign = "≥"
	}
	bound := fmt.Sprintf("%s %s %s%s", g.what, sign, number(g.limit), g.unit)
	v := median(vs)
	if g.met(v) {
		return fmt.Sprintf("%s: %s, met", bound, number(v))
	}
	t.missed = append(t.missed, fmt.Sprintf("%s, %s: %s, measured %s", t.title, row, bound, number(v)))
	return fmt.Sprintf("%s: %s, **missed**", bound, number(v))
}

// report prints machine and tables and returns the goals that were missed.
func (b *bench) report(w io.Writer) (missed []string) {
	b.describe(w)
	for _, s := range scenarios {
		for _, t := range s.report(b) {
			if len(t.rows) > 0 {
				t.write(w)
				missed = append(missed, t.missed...)
			}
		}
	}
	return missed
}
