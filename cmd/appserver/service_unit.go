//go:build unix

package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"appserver/deploy"
)

// unit is what a systemd unit of the server says in its own way; all else is as
// in the packages' unit.
type unit struct {
	Name        string // without .service; also of the folders below /var/lib and /var/log
	Description string // "": the packages'
	User        string
	Program     string   // absolute path
	Config      string   // absolute path of the configuration file
	Writable    []string // absolute paths that the server writes to, beside its folders
}

// unitMark begins the units that service install writes, and no other.
const unitMark = "# Written by appserver service install"

// text returns the unit's file: the packages' unit with the lines changed that
// this one says otherwise, and unitMark at its head.
func (u unit) text() string {
	_, body, _ := strings.Cut(deploy.Unit(), "\n\n")
	var b strings.Builder
	fmt.Fprintf(&b, "%s, which replaces it when it is run again.\n# Change it with: systemctl edit %s\n\n", unitMark, u.Name)
	for line := range strings.Lines(body) {
		b.WriteString(u.line(line))
	}
	return b.String()
}

// line returns what becomes of one line of the packages' unit.
func (u unit) line(line string) string {
	key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
	switch key {
	case "Description":
		value = cmp.Or(unitText(u.Description), value)
	case "ExecStart", "ExecReload":
		verb := strings.Fields(value)[1]
		value = unitWord(u.Program, false) + " " + verb + " --config " + unitWord(u.Config, true)
	case "User":
		value = u.User
	case "StateDirectory", "LogsDirectory":
		value = u.Name
	case "ProtectSystem":
		for _, path := range u.Writable {
			value += "\nReadWritePaths=" + unitWord(path, false)
		}
	default:
		return line
	}
	return key + "=" + value + "\n"
}

// stateFolder and logFolder are those that systemd makes for the service.
func (u unit) stateFolder() string { return "/var/lib/" + u.Name }
func (u unit) logFolder() string   { return "/var/log/" + u.Name }

// unitText makes text fit for a line of a unit. A backslash at its end would have
// systemd take the next line for a part of it, and {{ means something to what
// writes the unit; neither can be escaped.
func unitText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.TrimRight(text, ` \`)
	for strings.Contains(text, "{{") {
		text = strings.ReplaceAll(text, "{{", "{ {")
	}
	return strings.ReplaceAll(text, "%", "%%")
}

// unitWord quotes one word as systemd.syntax(7) has it; variable says that $
// would begin a variable there, as it does in arguments.
func unitWord(word string, variable bool) string {
	word = strings.ReplaceAll(word, "%", "%%")
	if variable {
		word = strings.ReplaceAll(word, "$", "$$")
	}
	if !strings.ContainsAny(word, " '\"\\;") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// execConfig matches the configuration file in a unit: a quoted or a bare word.
var execConfig = regexp.MustCompile(`(?m)^ExecStart=.* --config[ =](?:"((?:[^"\\]|\\.)*)"|(\S+))`)

// unitConfig returns the configuration file that the unit with this text starts
// the server with, or "".
func unitConfig(text string) string {
	m := execConfig.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	quoted := strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(m[1])
	return strings.NewReplacer("%%", "%", "$$", "$").Replace(cmp.Or(quoted, m[2]))
}

// userNames matches names that need no quoting.
var userNames = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$`)

// hiddenFolders are those that the unit takes out of the server's sight.
var hiddenFolders = []string{"/home", "/root", "/run/user", "/tmp", "/var/tmp"}

// checkPath says what is wrong with a path for use in a unit.
func checkPath(what, path string) error {
	if strings.ContainsFunc(path, unicode.IsControl) || strings.Contains(path, "{{") {
		return fmt.Errorf("%s %q has characters that a unit cannot hold: rename it", what, path)
	}
	i := slices.IndexFunc(hiddenFolders, func(dir string) bool { return within(dir, path) })
	if i < 0 {
		return nil
	}
	return fmt.Errorf("%s %s lies below %s, which the service is not let see: move it, for instance to /opt or /etc/appserver", what, path, hiddenFolders[i])
}

// within reports whether path is dir or below it; both are clean.
func within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}
