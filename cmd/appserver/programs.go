package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/vm"
	"appserver/internal/config"
	"appserver/internal/host"
	"appserver/internal/monitor"
	"appserver/internal/natives"
	nativerest "appserver/internal/natives/rest"
)

// link makes a program of units with everything that programs may call.
func link(o natives.Options) func([]*code.Unit) (*vm.Program, error) {
	return func(units []*code.Unit) (*vm.Program, error) {
		return advpl.Link(units, func(l *vm.Library) { natives.Add(l, o) })
	}
}

// nativeOptions is what the programs of the server reach the outside with.
func (d *daemon) nativeOptions() natives.Options {
	return natives.Options{HTTP: d.httpOptions(), RPC: d.callers().options(), REST: nativerest.Options{Servers: d}}
}

// programCache is the folder of compiled sources in the data folder.
const programCache = "programs"

// newHost makes the host of the server's programs, without any.
func (d *daemon) newHost() *host.Host {
	ini := ""
	if d.boot.File != "" {
		ini = filepath.Base(d.boot.File)
	}
	return host.New(host.Options{
		Link: link(d.nativeOptions()), Thread: advpl.WithMacros, Release: advpl.Release,
		Data: d.dir.Path(""), Cache: d.dir.Path(programCache),
		Report: reportLines(), Started: d.started, Version: programVersion(), INI: ini,
		Slots: d.boot.General.RunSlots, Log: d.root.Named("host"),
		Ports: d.programPorts, Observe: threadCounter{d.metrics},
	})
}

// hostConfig is what the configuration says of programs.
func hostConfig(cfg *config.Config) host.Config {
	c := host.Config{
		MaxThreads: cfg.General.MaxThreads, MaxMemory: int64(cfg.General.ServerMemoryLimit) << 20,
		Setting: settingsOf(cfg),
	}
	for _, e := range cfg.Environments {
		c.Environments = append(c.Environments, environmentConfig(e))
	}
	return c
}

// hostConfig is hostConfig with the programs in this program, where those are meant.
func (d *daemon) hostConfig(cfg *config.Config) host.Config {
	c := hostConfig(cfg)
	c.SetSetting = settingWriter(cfg, d.logWrite)
	var err error
	if c.Units, err = builtInPrograms(cfg); err != nil {
		d.programLog().Error(err.Error())
	}
	for name := range c.Units {
		d.programLog().Info("the folder "+sampleFolder+" does not exist: the sample programs inside this program are used", zap.String("environment", name))
	}
	return c
}

func environmentConfig(e config.Environment) host.Environment {
	return host.Environment{
		Name: e.Name, Source: e.SourcePath, Repository: e.RpoCustom, Include: e.IncludePath, Root: e.RootPath, Start: e.StartPath,
		Limits:     vm.Limits{String: e.MaxStringSize << 20, Memory: int64(e.ThreadMemLimit) << 20},
		MaxThreads: e.MaxThreads, Inactive: e.InactiveTimeout,
	}
}

// startPrograms puts the programs of the configuration in force at the start. What is
// wrong with some keeps nobody from the others.
func (d *daemon) startPrograms(ctx context.Context) {
	begun := time.Now()
	c := d.hostConfig(d.boot)
	c.Partial = true
	if d.reloading.acquire(ctx) != nil { // nothing ends ctx
		return
	}
	defer d.reloading.release() // programs begin, and may start servers
	d.configureREST(d.boot, true, nil)
	commit, err := d.host.Prepare(ctx, c)
	if err != nil { // nothing ends ctx
		d.logError("preparing programs", err)
		return
	}
	commit()
	for _, fault := range d.host.Generation().Faults() {
		d.programLog().Error(oneLine(fault))
	}
	d.logPrograms(begun)
}

func (d *daemon) programLog() *zap.Logger { return d.root.Named("host") }

// logPrograms tells of the programs in force, which took from begun until now to prepare.
func (d *daemon) logPrograms(begun time.Time) {
	log, list := d.programLog(), d.host.Environments()
	for _, note := range d.programNotes(list) {
		log.Warn(note)
	}
	for _, e := range list {
		if e.Made != "" {
			log.Info("made the folder of RootPath, which did not exist", zap.String("environment", e.Name), zap.String("folder", e.Made))
		}
		if e.Err != nil {
			log.Error("the environment cannot be used; the others can", zap.String("environment", e.Name))
			continue
		}
		log.Info("programs are ready", zap.String("environment", e.Name), zap.Int("sources", e.Units),
			zap.Int("compiled", e.Compiled), zap.Int("warnings", e.Warnings))
	}
	if len(list) > 0 {
		took := time.Since(begun)
		log.Debug("programs were prepared", zap.Duration("after", cmp.Or(took.Round(time.Millisecond), time.Millisecond)))
	}
}

// programNotes returns what is probably not as it was meant, each once.
func (d *daemon) programNotes(list []host.EnvironmentInfo) []string {
	notes := append(exposed(d.cfg()), onCallNotes(d.cfg(), d.host.Generation())...)
	for _, e := range list {
		for _, note := range e.Notes {
			if !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
	}
	return notes
}

// exposed tells which environments have a root path in which programs find secrets of the
// server as files.
func exposed(cfg *config.Config) []string {
	var notes []string
	for _, e := range cfg.Environments {
		for _, secret := range []string{cfg.File, cfg.General.DataPath} {
			if e.RootPath == "" || secret == "" || !inFolder(e.RootPath, secret) {
				continue
			}
			notes = append(notes, fmt.Sprintf("[%s] RootPath: %s lies below it: programs can read all of it, secrets too; move one of them", e.Name, secret))
		}
	}
	return notes
}

// preparePrograms prepares the programs of cfg beside those in force. If something is
// wrong, the error is the refusal of a reload.
func (d *daemon) preparePrograms(ctx context.Context, cfg *config.Config, going []goingOn) (commit func(), err error) {
	d.configureREST(cfg, false, going)
	commit, err = d.host.Prepare(ctx, d.hostConfig(cfg))
	var faults *host.FaultsError
	switch {
	case errors.As(err, &faults):
		return nil, &monitor.ReloadError{Findings: faults.Faults}
	case err != nil:
		return nil, refusedBecause(err)
	}
	return commit, nil
}

// addPrograms adds to the result of a reload what became of programs.
func (d *daemon) addPrograms(result *monitor.Reload) {
	list := d.host.Environments()
	if len(list) == 0 {
		return
	}
	result.Programs = &monitor.ProgramCounts{Environments: len(list)}
	for _, e := range list {
		result.Programs.Sources += e.Units
		result.Programs.Compiled += e.Compiled
	}
	result.Warnings = append(result.Warnings, d.programNotes(list)...)
}

// environmentStates describes the environments for the administrator.
func (d *daemon) environmentStates() []monitor.EnvironmentState {
	var list []monitor.EnvironmentState
	for _, e := range d.host.Environments() {
		s := monitor.EnvironmentState{Name: e.Name, Sources: e.Units, Threads: e.Threads}
		var faults *host.FaultsError
		if errors.As(e.Err, &faults) {
			s.Faults = faults.Faults
		}
		list = append(list, s)
	}
	return list
}

// watchPrograms reloads programs when their files change, while [General] Watch is on,
// until ctx ends.
func (d *daemon) watchPrograms(ctx context.Context) {
	w, dropped := d.host.NewWatcher(), false
	timer := time.NewTimer(host.WatchInterval(0))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		begun := time.Now()
		if d.cfg().General.Watch {
			if w.Changed(ctx) {
				d.reloadChanged(ctx, w)
			}
			if w.Dropped() && !dropped {
				dropped = true
				d.programLog().Warn("there are too many files to look at: changes of some take effect with appserver reload only")
			}
		}
		timer.Reset(host.WatchInterval(time.Since(begun)))
	}
}

// reloadChanged loads programs anew whose files have changed. If they are of no use, those
// in force stay until the files change again.
func (d *daemon) reloadChanged(ctx context.Context, w *host.Watcher) {
	d.programLog().Info("files of programs have changed: loading them anew")
	err := d.reloadPrograms(ctx)
	switch {
	case err == nil:
	case errors.Is(err, monitor.ErrDraining), ctx.Err() != nil:
		return
	default:
		w.Refuse()
		faults := faultsOf(err)
		for _, f := range faults {
			d.programLog().Error(oneLine(f))
		}
		d.programLog().Error("the changed programs cannot be used: those in force stay", zap.Int("faults", len(faults)))
	}
}

// faultsOf returns what the refusal of a reload lists.
func faultsOf(err error) []string {
	var refusal *monitor.ReloadError
	if errors.As(err, &refusal) {
		return refusal.Findings
	}
	return []string{err.Error()}
}

// reloadPrograms loads the programs of the configuration in force anew, all or none.
func (d *daemon) reloadPrograms(ctx context.Context) error {
	if err := d.reloading.acquire(ctx); err != nil {
		return err
	}
	defer d.reloading.release()
	if d.readiness.Draining() {
		return monitor.ErrDraining
	}
	begun := time.Now()
	commit, err := d.preparePrograms(ctx, d.cfg(), d.going())
	d.noteReload(err)
	if err != nil {
		return err
	}
	commit()
	d.logPrograms(begun)
	return nil
}

// programSummary says what a reload did with programs.
func programSummary(p *monitor.ProgramCounts) string {
	return fmt.Sprintf("programs: %d of %s compiled, in %s", p.Compiled, plural(p.Sources, "source"), plural(p.Environments, "environment"))
}
