package host

import (
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// Environment is what the configuration says of one environment.
type Environment struct {
	Name       string
	Source     string   // absolute folder of sources and repositories, or ""
	Repository string   // absolute path of RpoCustom, or ""
	Include    []string // absolute folders of included files
	Root       string   // absolute RootPath; "": programs have no files
	Start      string   // StartPath, as written
	Limits     vm.Limits
	MaxThreads int           // at the same time; 0: no bound of its own
	Inactive   time.Duration // after which a thread between two calls ends; 0: never
}

// Config is what the host runs: all of it is put in force together.
type Config struct {
	Environments []Environment
	MaxThreads   int   // at the same time, 0: automatic
	MaxMemory    int64 // bytes of the process beyond which no thread begins; 0: no bound
	// Units are programs of environments, by upper-case name, that are compiled already;
	// they stand in place of Source and Repository.
	Units map[string][]*code.Unit
	// Setting and SetSetting read and write the server's settings for programs, as in
	// lib.Surroundings. Where Setting is nil that of the Options counts.
	Setting    func(section, key string) (value string, ok bool)
	SetSetting func(section, key string, value *string) error
	// Partial has faults make environments unusable, each alone, instead of refusing all:
	// for the start of a server, where there is nothing that could stay in force.
	Partial bool
}

// EnvironmentInfo describes an environment with its programs.
type EnvironmentInfo struct {
	Name     string
	Err      error    // why it cannot be used; nil: it can
	Units    int      // sources of its program, those of repositories included
	Sources  int      // of them, how many are files below SourcePath
	Compiled int      // of these, how many were compiled and not taken from the cache
	Warnings int      // of those compiled
	Notes    []string // what is probably not as it was meant, for people
	Made     string   // the folder of its RootPath, if that was missing and was made
	Threads  int      // that use it, and the same environment of earlier generations
}

// environment is an environment with its programs, of one generation.
type environment struct {
	Environment
	gen          *Generation
	programs     *loaded
	program      *vm.Program
	surroundings *lib.Surroundings
	made         string // as in EnvironmentInfo
	err          error  // why it cannot be used

	home *programs // guards what follows
	root *sharedRoot
	uses int // its generation, while that is in force, and threads
}

// release tells that a thread no longer uses what acquire has returned.
func (e *environment) release() { e.home.release(e) }

// key is how an environment is found: names do not differ by case.
func (e *environment) key() string { return environmentKey(e.Name) }

func environmentKey(name string) string { return strings.ToUpper(name) }

// info describes the environment, but for its threads.
func (e *environment) info() EnvironmentInfo {
	i := EnvironmentInfo{Name: e.Name, Err: e.err, Made: e.made}
	if e.programs != nil {
		p := e.programs
		i.Units, i.Sources, i.Compiled, i.Warnings, i.Notes = p.units, p.sources, p.compiled, p.warnings, p.notes
	}
	return i
}

// surroundingsOf are what programs of e see of the outside, but for its files.
func (h *Host) surroundingsOf(e Environment, c Config) *lib.Surroundings {
	s := &lib.Surroundings{
		Environment: e.Name, StartPath: e.Start, Started: h.o.Started, Version: h.o.Version, Build: h.o.Version,
		INI: h.o.INI, Setting: c.Setting, SetSetting: c.SetSetting, Stopping: h.stopping, Log: programLog(h.o.Log.Named("program"), e.Name),
	}
	if s.Setting == nil {
		s.Setting = h.o.Setting
	}
	return s
}

// programLog returns what writes lines of programs to the log. A program can end with
// FATAL only itself: for the server that is an error.
func programLog(log *zap.Logger, environment string) func(severity, category, message string) {
	levels := map[string]zapcore.Level{"DEBUG": zap.DebugLevel, "WARN": zap.WarnLevel, "ERROR": zap.ErrorLevel, "FATAL": zap.ErrorLevel}
	return func(severity, category, message string) {
		if entry := log.Check(levels[severity], message); entry != nil {
			entry.Write(zap.String("environment", environment), zap.String("category", category))
		}
	}
}
