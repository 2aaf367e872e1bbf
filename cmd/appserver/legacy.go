package main

import (
	"errors"
	"strings"
)

// modernArgs rewrites the command line of the original product, which existing
// services and scripts use, to ours:
//
//	-ini=FILE, -ini FILE                 --config FILE
//	-console, -debug, -daemon, daemon    nothing: serving is the default
//	-version, -fullversion               version
//
// Other arguments are left as they are.
func modernArgs(args []string) ([]string, error) {
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		file, isINI := strings.CutPrefix(arg, "-ini=")
		switch {
		case isINI:
			out = append(out, "--config", file)
		case arg == "-ini" && i+1 < len(args):
			i++
			out = append(out, "--config", args[i])
		case arg == "-console" || arg == "-debug" || arg == "-daemon" || arg == "daemon" && i == 0:
		case arg == "-version" || arg == "-fullversion":
			out = append(out, "version")
		case arg == "-install" || arg == "-remove":
			return nil, usageError(errors.New(arg + " is not known: set the service up with the system's own means"))
		default:
			out = append(out, arg)
		}
	}
	return out, nil
}
