package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
	"appserver/internal/advpl/source"
	"appserver/internal/host"
)

// loading is what the commands that run programs have in common: where those come
// from.
type loading struct {
	*app
	compiling
}

// loadEnvironment returns the units of the program of --env, as the server makes it. It
// shows what is wrong with sources, and what is probably not as it was meant. There may be
// no units.
func (l *loading) loadEnvironment(ctx context.Context) ([]*code.Unit, error) {
	o, err := l.options()
	if err != nil {
		return nil, err
	}
	cfg, e, err := l.environmentNamed(l.environment)
	if err != nil {
		return nil, err
	}
	if runsBuiltIn(e) {
		return compileBuiltIn()
	}
	programs, err := host.Read(ctx, environmentConfig(*e), filepath.Join(cfg.General.DataPath, programCache), o)
	if err := buildError(ctx, err); err != nil {
		return nil, err
	}
	for _, note := range programs.Notes {
		fmt.Fprintln(l.stderr, "warning: "+note)
	}
	err = l.showFindings("the program of "+e.Name, programs.Findings)
	if len(programs.Faults) > 0 {
		err = errors.Join(err, &host.FaultsError{Faults: programs.Faults})
	}
	return programs.Units, err
}

// loadPrograms is loadEnvironment for an environment that must have programs.
func (l *loading) loadPrograms(ctx context.Context) ([]*code.Unit, error) {
	units, err := l.loadEnvironment(ctx)
	if err != nil || len(units) > 0 {
		return units, err
	}
	_, path, err := l.repositoryOf(l.environment)
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s has no programs: neither sources nor %s; appserver compile --env %s FOLDER makes it. Sources need none: name their folder instead of --env",
		l.environment, path, l.environment)
}

// load returns the units of a repository, or of a source or folder that it compiles.
func (l *loading) load(ctx context.Context, path string) ([]*code.Unit, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return l.compile(ctx, path)
	}
	switch repository, err := repo.ReadFile(path); {
	case errors.Is(err, repo.ErrNotRepository):
		return l.compile(ctx, path)
	case err != nil:
		return nil, err
	default:
		for _, u := range repository.Units {
			u.Repository = path
		}
		return repository.Units, nil
	}
}

// compile compiles one source or folder and shows what is wrong with it.
func (l *loading) compile(ctx context.Context, path string) ([]*code.Unit, error) {
	o, err := l.options()
	if err != nil {
		return nil, err
	}
	o.Unkept = true
	result, err := build.Build(ctx, []string{path}, o)
	if err := buildError(ctx, err); err != nil {
		return nil, err
	}
	if err := l.showFindings(path, result.Findings); err != nil {
		return nil, err
	}
	return result.Repository.Units, nil
}

// showFindings shows what the compiler says of what. It is the error of the command if
// that does not compile.
func (l *loading) showFindings(what string, findings source.Findings) error {
	if err := findings.Write(l.stderr); err != nil {
		return err
	}
	if findings.Failed() {
		errs, _ := count(findings)
		return &exitError{exitCompile, fmt.Errorf("%s does not compile: %s", what, plural(errs, "error"))}
	}
	return nil
}
