package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/config"
	"appserver/programs"
)

// The environment of the default configuration, and its SourcePath.
const (
	sampleEnvironment = "SAMPLE"
	sampleFolder      = "programs"
)

// builtInPrograms returns the sample programs by the upper-case name of the environment
// that they are for: that of the default configuration, if its folder of programs does not
// exist.
func builtInPrograms(cfg *config.Config) (map[string][]*code.Unit, error) {
	for i := range cfg.Environments {
		if e := &cfg.Environments[i]; runsBuiltIn(e) {
			units, err := compileBuiltIn()
			return map[string][]*code.Unit{strings.ToUpper(e.Name): units}, err
		}
	}
	return nil, nil
}

// runsBuiltIn tells whether the environment is the one that runs the sample programs.
func runsBuiltIn(e *config.Environment) bool {
	if !strings.EqualFold(e.Name, sampleEnvironment) || e.Keys["sourcepath"] != sampleFolder {
		return false
	}
	_, err := os.Stat(e.SourcePath)
	return errors.Is(err, fs.ErrNotExist)
}

// compileBuiltIn compiles the sample programs.
func compileBuiltIn() ([]*code.Unit, error) {
	compiler := build.NewCompiler(build.Options{Unkept: true})
	var units []*code.Unit
	err := fs.WalkDir(programs.Files(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(programs.Files(), path)
		if err != nil {
			return err
		}
		unit, findings := compiler.Source(path, string(text))
		if unit == nil {
			return fmt.Errorf("the sample program %s does not compile: %s", path, findings[0].Message)
		}
		units = append(units, unit)
		return nil
	})
	return units, err
}
