package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"appserver/internal/advpl/build"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/repo"
)

// loading is what the commands that run programs have in common: where those come
// from.
type loading struct {
	*app
	compiling
}

// loadEnvironment returns the units of the environment's repository. The error is one of
// os.ErrNotExist if there is none.
func (l *loading) loadEnvironment() ([]*code.Unit, error) {
	_, path, err := l.repositoryOf(l.environment)
	if err != nil {
		return nil, err
	}
	repository, err := repo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return repository.Units, nil
}

// loadBuilt is loadEnvironment for a repository that must exist.
func (l *loading) loadBuilt() ([]*code.Unit, error) {
	units, err := l.loadEnvironment()
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w; appserver compile --env %s makes it", err, l.environment)
	}
	return units, err
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
	if err := result.Findings.Write(l.stderr); err != nil {
		return nil, err
	}
	if result.Findings.Failed() {
		errs, _ := count(result.Findings)
		return nil, &exitError{exitCompile, fmt.Errorf("%s does not compile: %s", path, plural(errs, "error"))}
	}
	return result.Repository.Units, nil
}
