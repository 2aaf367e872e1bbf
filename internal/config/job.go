package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Job is a section that [OnStart] Jobs names and that can be run: what is missing or does
// not fit has a finding, and the job is not in Config.Jobs.
type Job struct {
	Name        string
	Main        string   // function, without parentheses; "" of a pool
	Environment string   // its name, spelled as its section is if there is one
	Params      []string // Parm1 to ParmN, of which NParms counts

	Type            string // "": Main is run; "IPC": workers wait for what IPCGo sends
	Instances       Instances
	InstanceName    string        // under which IPCGo finds the workers; the name of the section if the key is absent
	OnStart         string        // function of a worker's begin, or ""
	OnConnect       string        // function that gets what IPCGo sends, or ""
	OnExit          string        // function of a worker's end, or ""
	ExpirationTime  time.Duration // life of a worker; 0: any
	ExpirationDelta time.Duration // by which lives differ at random
	InactiveTimeout time.Duration // after which a worker above Min that got no work ends; 0: never
}

// Instances says how many threads a job has.
type Instances struct {
	Min, Max  int // 0 ≤ Min ≤ Max, 1 ≤ Max
	MinFree   int // free workers below which more are started
	Increment int // how many then, at least 1
}

// Pool reports whether the job's work comes to its workers from other programs, rather
// than being one function that runs.
func (j *Job) Pool() bool { return j.OnConnect != "" }

// The most that a job can have.
const (
	maxInstances  = 10_000
	maxParameters = 255
	maxSeconds    = 31_536_000 // a year
)

const instancesAllowed = "least[,most[,free[,step]]], each 0 to 10000, for example 1,10,1,1"

// finishJobs fills Jobs.
func (c *Config) finishJobs() {
	seen := map[string]bool{}
	for _, name := range c.OnStart.Jobs {
		if seen[fold(name)] {
			c.Report(Notice, "OnStart", "Jobs", fmt.Sprintf("%q is named more than once: the job is run once", clip(name)), "use Instances to run it several times")
			continue
		}
		seen[fold(name)] = true
		s := c.table.section(name)
		if s == nil {
			c.jobMissing(name)
			continue
		}
		if j, ok := c.job(s); ok {
			c.Jobs = append(c.Jobs, j)
		}
	}
}

// jobMissing reports a name without a section.
func (c *Config) jobMissing(name string) {
	var names []string
	for _, s := range c.table.sections {
		if s.class == familyJob || s.class == "" {
			names = append(names, s.name)
		}
	}
	hint := "write the section [" + clip(name) + "] with Main and Environment, or take the name out of the list"
	if near := nearest(name, names); near != "" {
		hint = "did you mean [" + near + "]?"
	}
	c.Report(Warning, "OnStart", "Jobs", fmt.Sprintf("there is no section [%s]: the job is not run", clip(name)), hint)
}

// job reads the section of a job; false if it cannot be run. Of one whose type is not run
// nothing else is looked at.
func (c *Config) job(s *section) (Job, bool) {
	kind, ok := c.jobType(s)
	if !ok {
		return Job{}, false
	}
	j := Job{
		Name: s.name, Main: c.jobFunction(s, "Main"), Environment: s.text("Environment"), Params: c.jobParams(s),
		Type: kind, Instances: c.jobInstances(s), InstanceName: s.text("InstanceName"),
		OnStart: c.jobFunction(s, "OnStart"), OnConnect: c.jobFunction(s, "OnConnect"), OnExit: c.jobFunction(s, "OnExit"),
		ExpirationTime: c.jobSeconds(s, "ExpirationTime"), ExpirationDelta: c.jobSeconds(s, "ExpirationDelta"),
		InactiveTimeout: c.jobSeconds(s, "InactiveTimeout"),
	}
	if j.InstanceName == "" {
		j.InstanceName = s.name
	}
	for _, e := range c.Environments {
		if fold(e.Name) == fold(j.Environment) {
			j.Environment = e.Name
		}
	}
	if j.Type == "" { // a worker's functions mean nothing
		j.OnConnect = ""
	}
	return j, c.jobRuns(s, &j)
}

// jobRuns reports whether the job can be run, and why not.
func (c *Config) jobRuns(s *section, j *Job) bool {
	switch {
	case OriginalFunction(j.Main): // checkJobSection says so
		return false
	case j.Main == "" && j.OnConnect == "":
		c.jobIncomplete(s, "Main", "no function to run: the job is not run", "Main=U_MYJOB")
		return false
	case j.Environment == "":
		c.jobIncomplete(s, "Environment", "no environment: the job is not run", "Environment= with the name of one")
		return false
	}
	return true
}

// jobIncomplete reports a key that a job cannot do without, unless its value has been
// reported already.
func (c *Config) jobIncomplete(s *section, key, message, line string) {
	if v := s.get(key); v != nil && v.bad {
		return
	}
	c.Report(Warning, s.name, key, message, "add "+line)
}

// jobFunction reads the name of a function.
func (c *Config) jobFunction(s *section, key string) string {
	v := s.get(key)
	if v == nil {
		return ""
	}
	name, problem := parseFunction(v.text)
	if problem != "" {
		c.reportBad(v, problem, functionAllowed)
	}
	return name
}

// jobType reads Type, in upper case; false if jobs of the type are not run.
func (c *Config) jobType(s *section) (kind string, run bool) {
	kind = strings.ToUpper(trim(s.text("Type")))
	message := "NOT IN EFFECT: there is no such type of jobs: the job is not run"
	switch kind {
	case "", "IPC":
		return kind, true
	case "WEB", "WEBEX", "TCP", "MDI":
		message = "NOT IN EFFECT: jobs of this type are not run"
	}
	c.Report(Warning, s.name, "Type", message, "jobs without Type, and those of Type=IPC, are run")
	return kind, false
}

// jobParams returns the parameters that NParms counts.
func (c *Config) jobParams(s *section) []string {
	v := s.get("NParms")
	if v == nil {
		if s.get("Parm1") != nil {
			c.Report(Warning, s.name, "Parm1", "not passed: NParms does not say how many parameters there are", "add NParms")
		}
		return nil
	}
	n := c.jobNumber(v, maxParameters)
	params := make([]string, n)
	for i := range params {
		key := "Parm" + strconv.Itoa(i+1)
		if s.get(key) == nil {
			c.Report(Warning, s.name, "NParms", key+" is missing: an empty string is passed", "")
		}
		params[i] = s.text(key)
	}
	return params
}

// jobInstances reads Instances; what is absent is as ManualJob has it.
func (c *Config) jobInstances(s *section) Instances {
	v := s.get("Instances")
	if v == nil {
		return oneInstance
	}
	c.cutNumeric(v)
	in, problem := parseInstances(v.text)
	if problem != "" {
		c.reportBad(v, problem, instancesAllowed)
	}
	return in
}

// oneInstance is the job that does not say how many threads it has.
var oneInstance = Instances{Min: 1, Max: 1, MinFree: 1, Increment: 1}

// parseInstances reads up to four numbers. It returns something that can be even if there
// is a problem.
func parseInstances(text string) (in Instances, problem string) {
	in = oneInstance
	items := strings.Split(text, ",")
	fields := []*int{&in.Min, &in.Max, &in.MinFree, &in.Increment}
	if len(items) > len(fields) {
		return in, "has too many numbers"
	}
	for i, item := range items {
		n, problem := parseNumber(trim(item), 0, maxInstances)
		if problem != "" {
			return oneInstance, problem
		}
		*fields[i] = n
	}
	if len(items) == 1 {
		in.Max = max(in.Min, 1)
	}
	return in.fit()
}

// fit makes the numbers fit each other, and says what cannot be meant.
func (in Instances) fit() (fitting Instances, problem string) {
	if in.Max < 1 || in.Min > in.Max {
		problem = "has more at least than at most"
		in.Max = max(in.Min, 1)
	}
	in.MinFree, in.Increment = min(in.MinFree, in.Max), max(in.Increment, 1)
	return in, problem
}

func (c *Config) jobSeconds(s *section, key string) time.Duration {
	v := s.get(key)
	if v == nil || trim(v.text) == "" {
		return 0
	}
	return time.Duration(c.jobNumber(v, maxSeconds)) * time.Second
}

// jobNumber reads a number from 0 to high; 0 if it is none.
func (c *Config) jobNumber(v *value, high int) int {
	c.cutNumeric(v)
	n, problem := parseNumber(v.text, 0, high)
	if problem != "" {
		c.reportBad(v, problem, "0 to "+strconv.Itoa(high))
		return 0
	}
	return n
}

// runsJob reports whether [OnStart] Jobs names the section.
func (c *Config) runsJob(name string) bool {
	return slices.ContainsFunc(c.OnStart.Jobs, func(job string) bool { return fold(job) == fold(name) })
}
