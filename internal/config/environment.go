package config

import (
	"path/filepath"
	"time"
)

// Environment is a section that describes an AdvPL environment. Such sections
// have names of the customer's choice and are recognised by their keys.
type Environment struct {
	Name string
	Line int               // of the header; 0 if the section is not in the file
	Keys map[string]string // by lower-case key, values as written

	SourcePath  string   // absolute folder of sources and repositories, or ""
	RpoCustom   string   // absolute path of a repository, or ""
	IncludePath []string // absolute folders of included files
	RootPath    string   // absolute folder of what programs see of files; "": they have none
	StartPath   string   // where relative names begin, below RootPath, as written

	// What follows is that of [General], unless the section says otherwise.
	MaxStringSize   int           // of a program's string, MiB
	ThreadMemLimit  int           // of a thread, MiB
	InactiveTimeout time.Duration // after which a thread that waits for its peer ends; 0: never

	MaxThreads int // of this environment at the same time; 0: no bound but that of [General]
}

// environmentKeys are the keys of c.Environments[i] that the server acts on.
func environmentKeys(i int) []spec {
	env := func(c *Config) *Environment { return &c.Environments[i] }
	return []spec{
		{key: "SourcePath", binding: path(allowedFolder, func(c *Config) stringField { return &env(c).SourcePath })},
		{key: "RpoCustom", binding: path(allowedRepository, func(c *Config) stringField { return &env(c).RpoCustom })},
		{key: "IncludePath", binding: folders(func(c *Config) listField { return &env(c).IncludePath })},
		{key: "RootPath", binding: path(allowedFolder, func(c *Config) stringField { return &env(c).RootPath })},
		{key: "StartPath", binding: text(func(c *Config) stringField { return &env(c).StartPath })},
		{key: "MaxStringSize", binding: inherited(mebibytes(1, 2047, func(c *Config) intField { return &env(c).MaxStringSize }))},
		{key: "ThreadMemLimit", binding: inherited(otherUnit(mebibytes(1, 1<<20, func(c *Config) intField { return &env(c).ThreadMemLimit })))},
		{key: "InactiveTimeout", binding: inherited(seconds(0, 31_536_000, func(c *Config) timeField { return &env(c).InactiveTimeout }))},
		{key: "MaxThreads", def: "0", binding: number(0, 1_000_000, func(c *Config) intField { return &env(c).MaxThreads })},
	}
}

// inherited is b for a key that, if it is empty, leaves its field as [General] has set it.
func inherited(b binding) binding {
	set := b.set
	b.strict = false
	b.set = func(c *Config, v *value) string {
		if v.text == "" {
			c.reportAt(v, Warning, "the value is empty: that of [General] applies", "allowed: "+b.allowed)
			return ""
		}
		return set(c, v)
	}
	return b
}

// otherUnit is b, a number of MiB that [General] has too, for files in which it may be one
// of another unit, or 0 for no limit: out of range it leaves its field as [General] has set
// it.
func otherUnit(b binding) binding {
	set := b.set
	b.set = func(c *Config, v *value) string {
		problem := set(c, v)
		if problem != outOfRange {
			return problem
		}
		c.reportAt(v, Warning, "the value "+problem+", perhaps for one of another unit: that of [General] applies", "allowed: "+b.allowed)
		return ""
	}
	return b
}

// folders is a list of folders, made absolute.
func folders(field func(*Config) *[]string) binding {
	return binding{allowed: allowedFolders, set: func(c *Config, v *value) string {
		var list []string
		for _, item := range splitList(v.text, ";,") {
			p, problem := resolvePath(c.base(v), item)
			if problem != "" {
				return problem
			}
			list = append(list, p)
		}
		*field(c) = list
		return ""
	}}
}

// finishEnvironments fills Environments.
func (c *Config) finishEnvironments() {
	for _, s := range c.table.sections {
		if s.class == familyEnvironment {
			c.Environments = append(c.Environments, c.environment(s))
			c.fill(s, environmentKeys(len(c.Environments)-1))
			c.followDataPath(s)
		}
	}
}

// builtInRoot is the RootPath of the built-in file: a folder in its data folder.
const builtInRoot = "data/root"

// followDataPath moves the root path of the built-in file along with DataPath.
func (c *Config) followDataPath(s *section) {
	if v := s.get("RootPath"); c.File == "" && v != nil && v.from == fromFile && v.text == builtInRoot {
		c.Environments[len(c.Environments)-1].RootPath = filepath.Join(c.General.DataPath, "root")
	}
}

func (c *Config) environment(s *section) Environment {
	e := Environment{
		Name: s.name, Line: s.line, Keys: make(map[string]string, len(s.values)),
		MaxStringSize: c.General.MaxStringSize, ThreadMemLimit: c.General.ThreadMemLimit, InactiveTimeout: c.General.InactiveTimeout,
	}
	for _, v := range s.values {
		e.Keys[fold(v.key)] = v.text
	}
	return e
}
