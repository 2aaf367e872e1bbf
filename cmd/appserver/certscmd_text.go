package main

import (
	"regexp"
	"slices"
	"strings"

	"appserver/internal/config"
)

// hostText matches what may stand in a command that is shown to be copied.
var hostText = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_.:-]+$`)

// createCommand returns the command that makes a certificate for the hosts.
// Hosts that clients made up, and could mean something to a shell, are left out.
func createCommand(cfg *config.Config, hosts []string) string {
	hosts = slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return !hostText.MatchString(h) || strings.HasPrefix(h, "-") })
	args := []string{"certs", "create"}
	for _, h := range hosts {
		args = append(args, "--host", h)
	}
	return commandLine(cfg, args...)
}
