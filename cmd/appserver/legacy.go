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
//	-install, -remove                    service install, service remove
//
// They are understood in any case, as on Windows. Other arguments are left as they
// are. It is a usage error if the file is missing.
func modernArgs(args []string) ([]string, error) {
	var out []string
	for i := 0; i < len(args); i++ {
		arg := strings.ToLower(args[i])
		switch {
		case strings.HasPrefix(arg, "-ini="):
			out = append(out, "--config", args[i][len("-ini="):])
		case arg == "-ini":
			if i++; i == len(args) {
				return nil, usageError(errors.New("-ini needs a file"))
			}
			out = append(out, "--config", args[i])
		case arg == "-console" || arg == "-debug" || arg == "-daemon" || arg == "daemon" && i == 0:
		case arg == "-version" || arg == "-fullversion":
			out = append(out, "version")
		case arg == "-install" || arg == "-remove":
			out = append(out, "service", arg[1:])
		default:
			out = append(out, args[i])
		}
	}
	return out, nil
}
