package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"appserver/configs"
)

// Options says what Load reads.
type Options struct {
	Path           string   // the INI file; "" means the one embedded in the program
	Environ        []string // as os.Environ: APPSERVER_<SECTION>_<KEY>=value
	Set            []string // "Section.Key=value" from the command line; the last counts
	WorkDir        string   // where relative paths from Path, Environ and Set start; "" is the current folder
	StateDirectory string   // $STATE_DIRECTORY; the default of [General] DataPath if not empty
}

// Load reads, merges and checks the configuration. The error is about a file
// that cannot be read at all (it is missing, too large or not text), or it wraps
// [ErrUsage]. Faults of the content are in Findings and Err of the Config, all of
// them at once.
func Load(o Options) (*Config, error) {
	if err := checkSet(o.Set); err != nil {
		return nil, err
	}
	work, err := filepath.Abs(o.WorkDir)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	c := &Config{File: o.Path, Dir: work, work: work}
	data := configs.Default()
	if o.Path != "" {
		full := absolute(work, o.Path)
		if data, err = readFile(full); err != nil {
			return nil, unreadable(err)
		}
		c.Dir = filepath.Dir(full)
	}
	if err := c.load(data, o); err != nil {
		return nil, fmt.Errorf("config: %s: %w", c.fileName(), err)
	}
	return c, nil
}

// load does everything that Load does after finding the bytes of the file.
func (c *Config) load(data []byte, o Options) error {
	if err := c.read(data); err != nil {
		return err
	}
	c.override(o.Environ, o.Set)
	c.table.classify()
	for i := range schema {
		c.apply(&schema[i])
	}
	c.listen()
	c.finish(o.StateDirectory)
	c.check()
	return nil
}

// unreadable adds to err, about the file as a whole, what to do.
func unreadable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("config: %w; name an existing file with --config", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("config: %w; let the server's user read it", err)
	}
	return fmt.Errorf("config: %w; name a file that can be read with --config", err)
}

// readFile reads at most one byte more than the limit.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// read fills the table from the bytes of the file.
func (c *Config) read(data []byte) error {
	text, legacy, err := decode(data, c.fileName())
	if err != nil {
		return err
	}
	doc, err := scan(text)
	if err != nil {
		return err
	}
	if legacy {
		c.add(Finding{Severity: Notice, File: c.fileName(), Message: "the file is not UTF-8: read as Windows-1252"}, fromFile)
	}
	for _, f := range doc.notes {
		f.File = c.fileName()
		c.add(f, fromFile)
	}
	c.table, err = doc.parse()
	c.empty = c.File != "" && len(doc.headers) == 0
	return err
}

// Empty reports whether the configuration is that of a file which was named and
// has nothing in it, no section and so no key: more often an accident, such as a
// full disk or a copy that was interrupted, than the wish for defaults.
func (c *Config) Empty() bool { return c.empty }

// apply fills the field of s from the effective value, or else from the default.
func (c *Config) apply(s *spec) {
	v := c.table.get(s.section, s.key)
	if v != nil && family(c.table.section(s.section).class) {
		v = nil // the section is one of the customer's: an environment called REST
	}
	if s.set == nil || v != nil && c.take(s, v) || s.optional {
		return
	}
	s.set(c, &value{section: s.section, key: s.key, text: s.def})
}

// take checks v and fills the field of s, if s has one. It returns false, and
// has added a finding, if the default must do.
func (c *Config) take(s *spec, v *value) bool {
	if s.numeric {
		c.cutNumeric(v)
	}
	if s.secret && v.tail != "" {
		c.reportAt(v, Notice, "the text from the semicolon on was cut off as a comment", "put the value in quotes if it belongs to it")
	}
	if strings.Contains(v.text, "${") {
		if !s.secret {
			v.bad = true
			c.reportAt(v, Error, "placeholders are not expanded", "write the value itself, or set "+envName(v.section, v.key)+" in the environment")
			return false
		}
		c.reportAt(v, Warning, "the value holds ${, and placeholders are not expanded", "")
	}
	if v.text == "" && s.filled {
		c.reportBad(v, "is empty", s.allowed)
		return false
	}
	if v.text == "" && s.strict {
		c.reportAt(v, Warning, "the value is empty: the default "+s.def+" applies", "allowed: "+s.allowed)
		return false
	}
	if s.set == nil {
		return true
	}
	given := v
	if v.text == "" && s.optional && s.numeric {
		zero := *v
		zero.text = "0"
		given = &zero
	}
	if problem := s.set(c, given); problem != "" {
		c.reportBad(v, problem, s.allowed)
		return false
	}
	return true
}

// reportBad adds the finding for a value that is not allowed.
func (c *Config) reportBad(v *value, problem, allowed string) {
	v.bad = true
	hint := "allowed: " + allowed
	if problem == foreignPath {
		hint = "write it as it is named on this machine, for example " + example(allowed)
	} else if strings.Contains(v.text, "#") {
		hint += " (comments behind a value begin with ;)"
	}
	c.reportAt(v, Error, "the value "+problem, hint)
}

// cutNumeric takes comments off a value that can hold none.
func (c *Config) cutNumeric(v *value) {
	number, _, _ := strings.Cut(v.text, ";")
	number = trim(number)
	if head, _, ok := strings.Cut(number, "//"); ok {
		c.reportAt(v, Warning, "the text from // on is ignored", "comments begin with ;")
		number = trim(head)
	}
	v.text = number
}

// finish fills what depends on more than one key.
func (c *Config) finish(stateDirectory string) {
	name := c.table.get("Service", "Name")
	if name != nil && c.take(index().find("Service", "Name"), name) && c.General.ServerName == "" {
		c.General.ServerName = name.text
	}
	if c.General.DataPath == "" {
		c.deriveDataPath(stateDirectory)
	}
	c.HTTPClient.DenyToSet = c.table.get("HTTPClient", "DenyTo") != nil
	c.Metrics.Explicit = c.table.section("Metrics").text("Listen") != ""
	c.finishEnvironments()
	c.finishJobs()
	c.finishConnections()
	c.finishREST()
}

func (c *Config) deriveDataPath(stateDirectory string) {
	// systemd gives a colon list if the unit has several.
	first, _, _ := strings.Cut(stateDirectory, string(filepath.ListSeparator))
	origin := "environment STATE_DIRECTORY"
	if first == "" {
		first, origin = "data", originDefault
	}
	c.General.DataPath = absolute(c.Dir, first)
	c.SetEffective("General", "DataPath", c.General.DataPath, origin)
}
