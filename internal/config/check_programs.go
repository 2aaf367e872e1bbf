package config

import (
	"fmt"
	"os"
	"runtime"
	"slices"
)

// checkPrograms looks at what the keys about programs mean together.
func (c *Config) checkPrograms() {
	c.checkEnvironmentNamed(Error, "General", "App_Environment", c.General.AppEnvironment, noEnvironment)
	c.checkEnvironmentNamed(Error, "RPC", "Environment", c.RPC.Environment, noEnvironment)
	c.checkJobs()
	c.checkCalls()
	c.checkSecretFile("RPC", "Token", "TokenFile")
	for _, connection := range c.Connections {
		c.checkSecretFile(connection.Name, "Token", "TokenFile")
	}
	if !c.SSL.VerifyServer {
		c.Report(Warning, "SSLConfigure", "VerifyServer", "programs trust any server that they call: anybody in between can read and change what is sent",
			"remove the line, and name the authority of your servers in CertificateCA")
	}
	c.checkIniWrite()
	c.checkAccounts()
}

// noEnvironment says that a key names an environment which is not there.
const noEnvironment = "there is no such environment"

// checkJobs looks at what keeps jobs from being run as they are meant. It keeps nothing
// else from running.
func (c *Config) checkJobs() {
	for _, j := range c.Jobs {
		c.checkEnvironmentNamed(Warning, j.Name, "Environment", j.Environment, noEnvironment+": the job is not run")
	}
	if !c.General.CanRunJobs && len(c.Jobs) > 0 {
		c.Report(Notice, "General", "CanRunJobs", "the jobs of [OnStart] are not run", "remove the line, or set it to 1, if they are to run")
	}
	if j := c.SmartJob; j.MinJobs > j.MaxJobs {
		c.Report(Warning, "SMARTJOB", "minjobs", fmt.Sprintf("more than maxjobs: %d may always run", j.MaxJobs), "set minjobs to maxjobs or less")
	}
}

// checkIniWrite says what it means that programs may change the file.
func (c *Config) checkIniWrite() {
	switch {
	case !c.General.AllowIniWrite:
	case c.File == "":
		c.Report(Notice, "General", "AllowIniWrite", "no effect: there is no file to change", "write one, and name it with --config")
	default:
		c.Report(Warning, "General", "AllowIniWrite", "every program can change what guards this server, such as [RPC], [REST], [Auth] and [TDS]; a reload takes it over",
			"remove the line, unless you trust all of them that much")
	}
}

// checkEnvironmentNamed reports a key that names an environment which is not there.
func (c *Config) checkEnvironmentNamed(sev Severity, section, key, name, missing string) {
	if name == "" {
		return
	}
	var names []string
	for _, e := range c.Environments {
		if fold(e.Name) == fold(name) {
			return
		}
		names = append(names, e.Name)
	}
	hint := "an environment is a section with SourcePath or RpoCustom"
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	c.Report(sev, section, key, missing, hint)
}

// checkCalls looks at what guards remote calls.
func (c *Config) checkCalls() {
	if !c.RPC.Enable {
		return
	}
	if !c.General.CanAcceptRPC {
		c.Report(Notice, "RPC", "Enable", "no remote calls are served: [General] CanAcceptRPC is 0", "set CanAcceptRPC=1, or Enable=0")
	}
	c.checkClientCertificates()
	if c.RPC.AllowPlain && (slices.Contains(c.RPC.Security, "token") || slices.Contains(c.RPC.Security, "user")) {
		c.Report(Warning, "RPC", "AllowPlain", "tokens and passwords of callers cross the network in clear text where they come without TLS",
			"remove the line, or set Security=mtls")
	}
}

// checkClientCertificates looks at whether a caller can show a certificate, if that
// counts.
func (c *Config) checkClientCertificates() {
	asked := c.MPP.ClientCA != "" && c.MPP.ClientAuth != "none" && c.Drivers.MultiProtocolPortSecure
	set := c.table.get("RPC", "Security")
	if asked || set == nil || set.bad || !slices.Contains(c.RPC.Security, "mtls") {
		return
	}
	message := "no caller can show a certificate: the port does not ask for any"
	if len(c.RPC.Security) == 1 {
		message = "nobody can call: only certificates count, and the port does not ask for any"
	}
	c.Report(Warning, "RPC", "Security", message, "set [MPP] ClientCA, and SSLClientAuth=optional or required")
}

// checkSecretFile looks at a key that names a file with the secret which another key holds.
func (c *Config) checkSecretFile(section, secret, key string) {
	file := c.table.section(section).text(key)
	if file == "" {
		return
	}
	if c.table.section(section).text(secret) != "" {
		c.Report(Error, section, key, "there is a "+secret+" too", "keep one of both")
	}
	if path, problem := resolvePath(c.base(c.table.get(section, key)), file); problem == "" && othersRead(path) {
		c.Report(Warning, section, key, "other users can read the file", "chmod 600 "+shellWord(path))
	}
}

// othersRead reports whether users other than the owner may read the file.
func othersRead(path string) bool {
	if runtime.GOOS == "windows" {
		return false // its permissions say nothing of that
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}
