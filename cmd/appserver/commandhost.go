package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"appserver/internal/advpl"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/probat"
	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/host"
	"appserver/internal/logging"
	"appserver/internal/natives"
)

// site is the configuration that the programs of the commands run, eval and test go by:
// that with the environment of --env, else the defaults.
type site struct {
	cfg *config.Config
	env *config.Environment // nil: none

	stderr io.Writer // warnings of connections to other servers

	services *testServices   // of the programs
	servers  *commandServers // that they start
}

func (a *app) siteOf(environment string) (s site, err error) {
	s.stderr, s.services = a.stderr, &testServices{}
	if environment == "" {
		s.cfg, err = config.Load(config.Options{})
	} else {
		s.cfg, s.env, err = a.environmentNamed(environment)
	}
	s.servers = &commandServers{cfg: s.cfg, anybody: s.env == nil}
	return s, err
}

// natives adds what programs may call beside the core library. It is to be called once.
func (s site) natives() func(*vm.Library) {
	outgoing := newOutgoing(s.cfg)
	o := natives.Options{HTTP: commandHTTP(s.cfg, outgoing, s.stderr)}
	o.HTTP.Services = s.services.addresses
	o.REST.Servers = s.servers
	if outgoing.outgoing != nil {
		o.RPC = callers{config: func() *config.Config { return s.cfg }, security: func() *security { return outgoing }, check: lazyUsers(s.cfg).check}.options()
	}
	return func(l *vm.Library) { natives.Add(l, o) }
}

// link makes the program of units.
func (s site) link(units []*code.Unit) (*vm.Program, error) {
	program, err := advpl.Link(units, s.natives())
	if err != nil {
		return nil, &exitError{exitCompile, err}
	}
	return program, nil
}

// programHost is the host of the programs that a command runs, and of the threads that
// these start: it has one environment with one program.
type programHost struct {
	*host.Host
	environment string // its name
	out         *sharedOutput
	services    *testServices
	servers     *commandServers

	mu       sync.Mutex
	hook     vm.Hook // of threads that begin; nil: none
	failed   bool    // tests that the first thread ran
	released error   // of the first thread
}

// firstThread is the number of the thread that the command itself runs.
const firstThread = 1

// begin makes a host of a program. Its threads print to out and log to a.stderr; limits
// hold for each of them. end is to be called when the command is done: it ends the threads
// that are left.
func (h *hosting) begin(ctx context.Context, a *app, s site, program *vm.Program, limits vm.Limits, out io.Writer) (*programHost, error) {
	env, err := h.programEnvironment(a, s)
	if err != nil {
		return nil, err
	}
	env.Limits = limits
	p := &programHost{environment: env.Name, services: s.services, servers: s.servers, out: &sharedOutput{output: output{to: out}}}
	o := host.Options{
		Link:   func([]*code.Unit) (*vm.Program, error) { return program, nil },
		Thread: p.complete, Release: p.release,
		Report: reportLines(), Started: time.Now(), Version: programVersion(),
		Log: logging.New(zapcore.AddSync(a.stderr), logging.Text, zap.NewAtomicLevelAt(zap.WarnLevel)),
	}
	c := host.Config{Environments: []host.Environment{env}, Units: map[string][]*code.Unit{strings.ToUpper(env.Name): program.Units()}}
	if s.env != nil {
		c.Setting, c.SetSetting = settingsOf(s.cfg), settingWriter(s.cfg, func(string, string, error) {})
		if s.cfg.File != "" {
			o.INI = filepath.Base(s.cfg.File)
		}
	}
	p.Host = host.New(o)
	commit, err := p.Prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	commit()
	p.services.attach(p.Host, env.Name, o.Log)
	p.servers.attach(p.Host, env, o.Log)
	return p, nil
}

// localEnvironment is the name of the environment in which programs run without --env.
const localEnvironment = "LOCAL"

// programEnvironment returns the environment that programs run in: that of --env, else one
// of the command's own.
func (h *hosting) programEnvironment(a *app, s site) (host.Environment, error) {
	e := host.Environment{Name: localEnvironment}
	dir := h.root
	switch {
	case s.env != nil:
		e.Name, e.Start = s.env.Name, s.env.StartPath
		if dir == "" {
			dir = s.env.RootPath
		}
		a.warnReadable(s.cfg.File, dir)
	case dir == "":
		dir = "."
	}
	if dir == "" { // the environment has no RootPath
		return e, nil
	}
	if err := a.checkRoot(dir, h.root == "" && s.env != nil); err != nil {
		return e, err
	}
	var err error
	e.Root, err = filepath.Abs(dir)
	return e, err
}

// complete completes the options of each thread.
func (p *programHost) complete(o vm.Options) vm.Options {
	p.mu.Lock()
	defer p.mu.Unlock()
	o = advpl.WithMacros(o)
	o.Stdout, o.Hook = advpl.Output(p.out), p.hook
	return o
}

// release cleans up after each thread, and keeps what the command wants to know of its
// own.
func (p *programHost) release(t *vm.Thread) error {
	err := advpl.Release(t)
	if own, ok := host.ThreadOf(t); ok && own.ID() == firstThread {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.failed, p.released = probat.TestsFailed(t), err
	}
	return err
}

// setHook sets the hook of the threads that begin from now on.
func (p *programHost) setHook(hook vm.Hook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = hook
}

// outcome tells whether tests failed that the first thread ran, and what went wrong when
// it was cleaned up, which it must have been.
func (p *programHost) outcome() (testsFailed bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed, p.released
}

// open makes a thread of the command's own.
func (p *programHost) open(ctx context.Context, function string) (*host.Thread, error) {
	return p.Open(ctx, host.Call{Env: p.environment, Func: function, Kind: host.Job, Principal: auth.System, Library: true})
}

// end ends the threads that are left, and lets go of the root path. The error names those
// that did not end.
func (p *programHost) end() error {
	p.services.close()
	p.servers.close()
	now, cancel := context.WithCancel(context.Background())
	cancel()
	err := p.Shutdown(now)
	if commit, fault := p.Prepare(context.Background(), host.Config{}); fault == nil {
		commit()
	}
	return err
}

// output is where a program prints. It remembers that something could not be written,
// which the program does not notice.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("the program's output is not complete: %w", err)
	}
	return n, err
}

// sharedOutput is an output for several threads.
type sharedOutput struct {
	mu sync.Mutex
	output
}

func (o *sharedOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.output.Write(p)
}

// fault returns the first error of writing, or nil.
func (o *sharedOutput) fault() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// identity returns what makes a thread that the command runs by itself one of the host's:
// its vm.Options.Data. What end gives back is what the thread's programs hold.
func (p *programHost) identity(ctx context.Context, function string) (data any, end func(), err error) {
	th, err := p.open(ctx, function)
	if err != nil {
		return nil, nil, err
	}
	return th, th.Close, nil
}
