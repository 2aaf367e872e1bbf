package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// modernArgs rewrites the command line of the original product, which existing
// services and scripts use, to ours:
//
//	-ini=FILE, -ini FILE                 --config FILE
//	-console, -debug, -daemon, daemon    nothing: serving is the default
//	-consolelog, -allowexit,             nothing: a program's output is seen, and
//	-runstartnormal                      its end ends the process
//	-version, -fullversion               version
//	-install, -remove                    service install, service remove
//	-compile -files=A;B -includes=C;D    compile --include C --include D A B
//	-run=FUNCTION ARGUMENTS              run FUNCTION ARGUMENTS
//	-env=ENVIRONMENT                     --env ENVIRONMENT
//
// They are understood in any case, as on Windows. Other arguments are left as they
// are, and so is everything after run and after --. It is a usage error if a value is missing.
func modernArgs(args []string) ([]string, error) {
	var l legacy
	for len(args) > 0 {
		if args[0] == "--" || slices.Equal(l.rest, []string{"run"}) {
			l.rest = append(l.rest, args...) // they belong to the program
			break
		}
		var err error
		if args, err = l.take(args); err != nil {
			return nil, err
		}
	}
	return l.modern()
}

// legacy is what has been read of a command line.
type legacy struct {
	global   []string // flags of every command
	rest     []string // what is left as it is
	compile  bool
	run      string
	env      string
	files    []string
	includes []string
	began    bool // an argument that is left as it is was seen
}

// take reads the first argument, and its value if that is the next one, and returns
// the others.
func (l *legacy) take(args []string) ([]string, error) {
	name, value, hasValue := strings.Cut(args[0], "=")
	name = strings.ToLower(name)
	switch {
	case name == "-ini":
		if !hasValue {
			if len(args) == 1 {
				return nil, usageError(errors.New("-ini needs a file"))
			}
			value, args = args[1], args[1:]
		}
		l.global = append(l.global, "--config", value)
	case name == "-run" && hasValue:
		l.run = value
	case name == "-compile" && !hasValue:
		l.compile = true
	case name == "-env" && hasValue:
		l.env = value
	case name == "-files" && hasValue:
		l.files = append(l.files, list(value)...)
	case name == "-includes" && hasValue:
		l.includes = append(l.includes, list(value)...)
	case hasValue:
		l.keep(args[0])
	case ignored[name] || name == "daemon" && !l.began:
	case name == "-version" || name == "-fullversion":
		l.keep("version")
	case name == "-install" || name == "-remove":
		l.keep("service")
		l.keep(name[1:])
	default:
		l.keep(args[0])
	}
	return args[1:], nil
}

// ignored are flags that ask for what happens anyway.
var ignored = map[string]bool{
	"-console": true, "-debug": true, "-daemon": true,
	"-consolelog": true, "-allowexit": true, "-runstartnormal": true,
}

func (l *legacy) keep(arg string) {
	l.rest = append(l.rest, arg)
	l.began = true
}

// modern returns the arguments in our spelling.
func (l *legacy) modern() ([]string, error) {
	switch {
	case l.compile && l.run != "":
		return nil, usageError(errors.New("-compile and -run cannot be given together"))
	case l.compile:
		return l.modernCompile()
	case l.run != "":
		if l.env == "" {
			return nil, usageError(fmt.Errorf("-run=%s needs -env=ENVIRONMENT", l.run))
		}
		return append(append(l.global, "run", "--env", l.env, "--", l.run), l.rest...), nil
	}
	for _, f := range []struct {
		name string
		has  bool
	}{{"-env", l.env != ""}, {"-files", l.files != nil}, {"-includes", l.includes != nil}} {
		if f.has {
			return nil, usageError(fmt.Errorf("%s= belongs to -compile or -run", f.name))
		}
	}
	return append(l.global, l.rest...), nil
}

func (l *legacy) modernCompile() ([]string, error) {
	if len(l.files) == 0 {
		return nil, usageError(errors.New("-compile needs -files=FILE;FILE…"))
	}
	args := append(l.global, "compile")
	if l.env != "" {
		args = append(args, "--env", l.env)
	}
	for _, folder := range l.includes {
		args = append(args, "--include", folder)
	}
	args = append(args, l.rest...)
	return append(append(args, "--"), l.files...), nil
}

// list splits a list at semicolons and commas.
func list(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' })
}
