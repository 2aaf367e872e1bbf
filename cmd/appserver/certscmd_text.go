package main

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hostText matches what may stand in a command that is shown to be copied.
var hostText = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_.:-]+$`)

// createCommand returns the command that makes a certificate for the hosts.
// Hosts that clients made up, and could mean something to a shell, are left out.
func createCommand(hosts []string) string {
	hosts = slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return !hostText.MatchString(h) || strings.HasPrefix(h, "-") })
	command := "appserver certs create"
	for _, h := range hosts {
		command += " --host " + shellQuote(h)
	}
	return command
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// shellQuote writes s so that a shell takes it as one word.
func shellQuote(s string) string {
	if plainText.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// configFlags returns the flags, with a space in front, that lead to the same
// configuration file and data folder from any folder and environment; "" if none
// is named.
func (a *app) configFlags() (flags string) {
	if path := cmp.Or(a.configPath, os.Getenv("APPSERVER_CONFIG")); path != "" {
		flags = " --config " + shellQuote(absolute(path))
	}
	const key = "General.DataPath="
	if folder := os.Getenv("APPSERVER_GENERAL_DATAPATH"); folder != "" {
		flags += " --set " + shellQuote(key+absolute(folder))
	}
	for _, set := range a.set { // others may be secret
		if len(set) > len(key) && strings.EqualFold(set[:len(key)], key) {
			flags += " --set " + shellQuote(key+absolute(set[len(key):]))
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
