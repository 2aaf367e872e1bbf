package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/vm"
)

// reports is where the outcome of tests goes besides the console, and how much must be
// covered.
type reports struct {
	junit        string
	coverage     string
	coverageHTML string
	coverageMin  float64
}

func (r *reports) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.junit, "junit", "", "write the outcome to this `file`, in JUnit's XML format")
	f.StringVar(&r.coverage, "coverage", "", "write the lines that ran to this `file`, in lcov format; sources with tests are left out")
	f.StringVar(&r.coverageHTML, "coverage-html", "", "show the lines that ran in this HTML `file`, or index.html of this folder")
	f.Float64Var(&r.coverageMin, "coverage-min", 0, "fail if less than this `percent`age of the lines ran")
}

// check refuses what means nothing.
func (r *reports) check() error {
	if !(r.coverageMin >= 0 && r.coverageMin <= 100) {
		return usageError(fmt.Errorf("--coverage-min %v: it must be from 0 to 100", r.coverageMin))
	}
	return nil
}

func (r *reports) wantsCoverage() bool {
	return r.coverage != "" || r.coverageHTML != "" || r.coverageMin > 0
}

// report writes what came out of the run to where it is wanted. The error says, by its
// exit code, that something failed.
func (t *testRun) report(run *probat.Run, e *probat.Engine, console *probat.Console) error {
	files, err := t.writeReports(run, e)
	if t.inJSON {
		err = errors.Join(err, t.printJSON(runJSON(run, files)))
	} else {
		err = errors.Join(err, console.Summary(run), t.showCoverage(files))
	}
	switch {
	case err != nil:
		return err
	case !run.OK():
		return &exitError{code: exitFailed}
	}
	return t.enough(files)
}

// writeReports writes the files that are asked for, and returns the coverage, nil if
// nothing asks for it.
func (t *testRun) writeReports(run *probat.Run, e *probat.Engine) (files []vm.FileCoverage, err error) {
	if t.junit != "" {
		err = writeReport(t.junit, func(w io.Writer) error { return probat.WriteJUnit(w, run) })
	}
	if e.Coverage == nil {
		return nil, err
	}
	measured := probat.WithoutTests(e.Coverage)
	files = measured.Files()
	if t.coverage != "" {
		here, _ := os.Getwd() // "": paths stay as they are
		err = errors.Join(err, writeReport(t.coverage, func(w io.Writer) error { return measured.WriteLCOV(w, here) }))
	}
	if t.coverageHTML != "" {
		o := probat.HTMLOptions{Made: time.Now(), Source: sourceTexts(e.Program)}
		err = errors.Join(err, writeReport(htmlFile(t.coverageHTML), func(w io.Writer) error {
			return probat.WriteCoverageHTML(w, files, o)
		}))
	}
	return files, err
}

// writeReport makes the file, and the folder that it is in.
func writeReport(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// htmlFile returns the file for the page that path means: path, or index.html in it.
func htmlFile(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html", ".htm":
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return path
		}
	}
	return filepath.Join(path, "index.html")
}

// sourceTexts returns a function that reads the sources of the program in UTF-8. Those
// that have changed since they were compiled are errors.
func sourceTexts(p *vm.Program) func(path string) (string, error) {
	hashes := map[string][32]byte{}
	for _, u := range p.Units() {
		hashes[u.Path] = u.Hash
	}
	return func(path string) (string, error) {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		if !info.Mode().IsRegular() || info.Size() > source.MaxSize {
			return "", fmt.Errorf("%s is not a source", path)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		f, _ := source.Decode(path, raw)
		if hash, ok := hashes[path]; ok && hash != f.Hash {
			return "", fmt.Errorf("%s has changed since it was compiled", path)
		}
		return source.ToUTF8(f.Text), nil
	}
}

// showCoverage prints how much is covered.
func (t *testRun) showCoverage(files []vm.FileCoverage) error {
	if files == nil {
		return nil
	}
	sum := probat.SumCoverage(files)
	_, err := fmt.Fprintf(t.stdout, "coverage: %v (%d of %s in %s)\n", sum, sum.Ran, plural(sum.Lines, "line"), plural(len(files), "source"))
	return err
}

// enough returns an error if less is covered than must be.
func (t *testRun) enough(files []vm.FileCoverage) error {
	sum := probat.SumCoverage(files)
	switch {
	case t.coverageMin == 0 || sum.Lines > 0 && sum.Percent() >= t.coverageMin:
		return nil
	case sum.Lines == 0:
		return errors.New("nothing is covered: all sources hold tests, and those are not measured; keep tests in sources of their own")
	}
	return fmt.Errorf("%v of the lines are covered; --coverage-min asks for %v %%", sum, t.coverageMin)
}
