package main

import (
	"errors"
	"fmt"
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
// They are understood in any case and order, as on Windows; lists are separated by
// semicolons or commas. Other arguments are left as they are, and so is everything
// after run and after --. It is a usage error if a value is missing.
func modernArgs(args []string) ([]string, error) {
	l := legacy{values: map[string][]string{}}
	for len(args) > 0 {
		if args[0] == "--" || l.command == "run" {
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
	global  []string            // flags of every command
	rest    []string            // what is left as it is
	command string              // of rest; "" before it came
	value   bool                // the next argument is the value of a flag in rest
	compile bool                // -compile was there
	values  map[string][]string // of -run, -env, -files and -includes
}

// take reads the first argument, and its value if that is the next one, and returns
// the others.
func (l *legacy) take(args []string) ([]string, error) {
	name, value, hasValue := strings.Cut(args[0], "=")
	name = strings.ToLower(name)
	switch {
	case l.value:
		l.keep(args[0])
	case name == "-ini":
		if !hasValue && len(args) > 1 {
			value, args = args[1], args[1:]
		}
		if value == "" {
			return nil, usageError(errors.New("-ini needs a file"))
		}
		l.global = append(l.global, "--config", value)
	case name == "-run" || name == "-env":
		return args[1:], l.add(name, value)
	case name == "-files" || name == "-includes":
		return args[1:], l.add(name, list(value)...)
	case name == "-compile" && hasValue:
		return nil, usageError(errors.New("-compile has no value; -files=FILE;FILE… says what to compile"))
	case name == "-compile":
		l.compile = true
	case hasValue:
		l.keep(args[0])
	case ignored[name] || name == "daemon" && l.command == "":
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

// add notes the values of a flag.
func (l *legacy) add(name string, values ...string) error {
	if len(values) == 0 || values[0] == "" {
		return usageError(fmt.Errorf("%s needs a value: %s=…", name, name))
	}
	l.values[name] = append(l.values[name], values...)
	return nil
}

// keep leaves an argument as it is.
func (l *legacy) keep(arg string) {
	l.rest = append(l.rest, arg)
	switch {
	case l.value:
		l.value = false
	case l.command != "":
	case arg == "--config" || arg == "-c" || arg == "--set":
		l.value = true
	case !strings.HasPrefix(arg, "-"):
		l.command = arg
	}
}

// modern returns the arguments in our spelling.
func (l *legacy) modern() ([]string, error) {
	run, running := l.last("-run")
	switch {
	case l.compile && running:
		return nil, usageError(errors.New("-compile and -run cannot be given together"))
	case l.compile:
		return l.modernCompile()
	}
	if err := l.refuse("-compile", "-files", "-includes"); err != nil {
		return nil, err
	}
	if !running {
		return append(l.global, l.rest...), l.refuse("-compile or -run", "-env")
	}
	env, ok := l.last("-env")
	if !ok {
		return nil, usageError(fmt.Errorf("-run=%s needs -env=ENVIRONMENT", run))
	}
	return append(append(l.global, "run", "--env", env, "--", run), l.rest...), nil
}

// last returns the value of a flag that was given last.
func (l *legacy) last(name string) (string, bool) {
	values := l.values[name]
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// refuse returns a usage error if one of the flags was given without its owner.
func (l *legacy) refuse(owner string, names ...string) error {
	for _, name := range names {
		if _, ok := l.last(name); ok {
			return usageError(fmt.Errorf("%s= belongs to %s", name, owner))
		}
	}
	return nil
}

func (l *legacy) modernCompile() ([]string, error) {
	files := l.values["-files"]
	if len(files) == 0 {
		return nil, usageError(errors.New("-compile needs -files=FILE;FILE…"))
	}
	args := append(l.global, "compile")
	if env, ok := l.last("-env"); ok {
		args = append(args, "--env", env)
	}
	for _, folder := range l.values["-includes"] {
		args = append(args, "--include", folder)
	}
	args = append(args, l.rest...)
	return append(append(args, "--"), files...), nil
}

// list splits a list at semicolons and commas.
func list(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' })
}
