package main

import (
	"os"

	"appserver/internal/advpl/lib"
	"appserver/internal/config"
	"appserver/internal/host"
)

// setJobs puts in force what cfg says of jobs.
func (d *daemon) setJobs(cfg *config.Config) {
	d.host.SetSmart(host.SmartOptions{Load: cfg.SmartJob.MemLoad, Min: cfg.SmartJob.MinJobs, Max: cfg.SmartJob.MaxJobs})
	d.jobs.Set(jobsOptions(cfg))
}

// jobsOptions is what cfg says of the jobs of [OnStart].
func jobsOptions(cfg *config.Config) host.JobsOptions {
	machine, _ := os.Hostname() // for people
	o := host.JobsOptions{Refresh: cfg.OnStart.RefreshRate, Debug: cfg.OnStart.DebugMsg, Machine: machine}
	if !cfg.General.CanRunJobs {
		return o
	}
	for _, j := range cfg.Jobs {
		o.Jobs = append(o.Jobs, jobOptions(j))
	}
	return o
}

func jobOptions(j config.Job) host.JobOptions {
	o := host.JobOptions{Name: j.Name, Env: j.Environment}
	if j.Pool() {
		o.Pool = &host.PoolOptions{
			Name: j.Name, Env: j.Environment, Kind: host.Job,
			Min: j.Instances.Min, Max: j.Instances.Max, MinFree: j.Instances.MinFree, Increment: j.Instances.Increment,
			OnStart: j.OnStart, OnExit: j.OnExit, IPC: j.InstanceName, Func: j.OnConnect,
			Idle: j.InactiveTimeout, Expire: j.ExpirationTime, Spread: j.ExpirationDelta,
		}
		return o
	}
	o.Func, o.Instances = j.Main, max(j.Instances.Min, 1)
	for _, text := range j.Params {
		o.Args = append(o.Args, lib.FromUTF8(text))
	}
	return o
}
