package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"appserver/internal/certs"
	"appserver/internal/config"
)

// commandLine returns the command line that runs this program with args, to be
// shown to people: it does the same from whatever folder it is run, with the
// configuration and data folder of cfg. A nil cfg is for commands that need
// neither. Secrets on the present command line are left out.
func commandLine(cfg *config.Config, args ...string) string {
	return compose(program(), cfg, args)
}

// rootCommandLine is commandLine for what only root may do. It begins with sudo
// if this process is not root's and there is such a program.
func rootCommandLine(cfg *config.Config, args ...string) string {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return commandLine(cfg, args...)
	}
	sudo, err := exec.LookPath("sudo")
	if err != nil {
		return commandLine(cfg, args...)
	}
	name := program()
	if exe, err := os.Executable(); err == nil && !slices.Contains(sudoPath, filepath.Dir(exe)) {
		name = shellQuote(exe)
	}
	return compose(filepath.Base(sudo)+" "+name, cfg, args)
}

// sudoPath lists where sudo finds programs, as it is usually configured.
var sudoPath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// compose puts the flags for cfg behind the words of args that name a command.
func compose(program string, cfg *config.Config, args []string) string {
	words := []string{program}
	n := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") })
	if n < 0 {
		n = len(args)
	}
	for _, a := range slices.Concat(args[:n], configFlags(cfg), args[n:]) {
		words = append(words, shellQuote(a))
	}
	return strings.Join(words, " ")
}

// program returns how a shell finds this program: by its name, else by its path.
func program() string {
	const name = "appserver"
	exe, err := os.Executable()
	if err != nil {
		return name
	}
	if found, err := exec.LookPath(name); err == nil && filepath.IsAbs(found) && sameFile(found, exe) {
		return name
	}
	return shellQuote(exe)
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// packagedConfig is found from everywhere, without being named.
const packagedConfig = "/etc/appserver/" + config.FileName

// configFlags returns the flags that lead to the configuration and data folder
// of cfg from any folder and environment.
func configFlags(cfg *config.Config) (flags []string) {
	if cfg == nil {
		return nil
	}
	if cfg.File != "" && absolute(cfg.File) != packagedConfig {
		flags = append(flags, "--config", absolute(cfg.File))
	}
	const section, key = "General", "DataPath"
	for _, s := range cfg.Settings() {
		switch {
		case strings.EqualFold(s.Section, section) && strings.EqualFold(s.Key, key):
			inFile := cfg.File != "" && (s.Origin == "default" || strings.HasPrefix(s.Origin, cfg.File+":"))
			if !inFile {
				flags = append(flags, "--set", section+"."+key+"="+cfg.General.DataPath)
			}
		case s.Origin == "command line" && !strings.HasPrefix(s.Value, "****"):
			flags = append(flags, "--set", s.Section+"."+s.Key+"="+s.Value)
		}
	}
	return flags
}

// absolute returns path from the root, as it is if that cannot be told.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// shellQuote writes s so that a shell takes it as one word.
func shellQuote(s string) string {
	switch {
	case plainText.MatchString(s):
		return s
	case runtime.GOOS == "windows": // where " cannot be in paths
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// openLocal returns the local authority of cfg, in the data folder dataPath, whose
// hints name commands that lead there.
func openLocal(cfg *config.Config, dataPath string) *certs.Local {
	local := certs.OpenLocal(localFolder(dataPath))
	local.Command = commandLine(cfg, "certs", "create")
	return local
}

// briefly returns the message of f, about a key of cfg, without the path that the
// key's value, which is shown beside it, says already.
func briefly(cfg *config.Config, f certs.Finding) string {
	for _, s := range cfg.Settings() {
		if !strings.EqualFold(s.Section, f.Section) || !strings.EqualFold(s.Key, f.Key) || s.Value == "" {
			continue
		}
		path := regexp.QuoteMeta(s.Value)
		text := regexp.MustCompile(` in `+path+`([ ,:;]|$)`).ReplaceAllString(f.Message, "$1")
		return regexp.MustCompile(`(^|the file )`+path+`( |$)`).ReplaceAllString(text, "the file$2")
	}
	return f.Message
}

// said quotes the end of what a program has printed.
func said(out []byte) string {
	text := strings.TrimSpace(string(out))
	return fmt.Sprintf("%q", text[max(0, len(text)-300):])
}
