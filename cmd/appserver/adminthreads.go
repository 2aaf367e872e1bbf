package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/host"
	"appserver/internal/monitor"
)

// programs is what the administrator sees of the programs that run.
func (d *daemon) programs() *monitor.Programs {
	return &monitor.Programs{
		Threads: d.threads, KillThread: d.killThread, MessageThread: d.messageThread,
		Jobs: d.jobList, RestartJob: d.restartJob, StopJob: d.stopJob, Pools: d.pools,
		Sessions: d.rpcSessions, KillSession: d.killSession,
		Licenses: d.licenseFigures,
	}
}

// figures are those of the programs that run, for metrics.
func (d *daemon) figures() monitor.ProgramFigures {
	return monitor.ProgramFigures{Threads: d.threads, Pools: d.pools, Jobs: d.jobList, Host: func() monitor.HostFigures {
		f := d.host.Figures()
		return monitor.HostFigures{Computing: f.Computing, Waiting: f.Waiting, Refused: f.Refused, Retaken: f.Retaken, Panics: f.Panics}
	}}
}

func (d *daemon) threads() []monitor.Thread {
	var list []monitor.Thread
	for _, t := range d.host.Threads() {
		list = append(list, monitor.Thread{
			ID: t.ID, Kind: string(t.Kind), State: string(t.State), User: t.User, Machine: t.Machine, Environment: t.Environment,
			Function: t.Function, Remark: t.Remark, Started: t.Started, IdleSeconds: t.Idle.Seconds(),
			Steps: t.Steps, StepsPerSecond: t.StepsPerSecond, Memory: t.Memory, Generation: t.Generation,
		})
	}
	return list
}

// killThread tells a thread to end.
func (d *daemon) killThread(id int64) error {
	t, ok := d.host.Thread(id)
	switch {
	case !ok:
		return noThread(id)
	case t.Info().State == host.Abandoned:
		return refuse(http.StatusConflict, "thread %d was told to end before, and did not: it hangs in the system", id)
	}
	t.Kill(host.ErrKilled)
	return nil
}

// refuse is the answer to the administrator with that status of HTTP.
func refuse(status int, format string, args ...any) error {
	return &monitor.AnswerError{Status: status, Message: fmt.Sprintf(format, args...)}
}

func noThread(id int64) error {
	return refuse(http.StatusNotFound, "there is no thread %d; appserver threads lists them", id)
}

// messageThread keeps text as the remark of a thread, none of which has a screen.
func (d *daemon) messageThread(id int64, text string) error {
	t, ok := d.host.Thread(id)
	if !ok {
		return noThread(id)
	}
	t.SetRemark(text)
	d.root.Named("admin").Info("message to a thread without a screen", zap.Int64("thread", id), zap.String("text", text))
	return nil
}

func (d *daemon) jobList() []monitor.Job {
	var list []monitor.Job
	for _, j := range d.jobs.Figures() {
		list = append(list, monitor.Job{
			Name: j.Name, Instance: j.Instance, Pool: j.Pool, State: string(j.State), Environment: j.Environment, Function: j.Function,
			Thread: j.Thread, Since: timeOf(j.Since), Starts: j.Starts, Crashes: j.Crashes, Next: timeOf(j.NextStart), LastError: j.LastError,
		})
	}
	return list
}

// timeOf returns t; nil if it is none.
func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (d *daemon) restartJob(_ context.Context, name string) error {
	return jobError(name, d.jobs.Restart(name))
}

func (d *daemon) stopJob(_ context.Context, name string) error {
	return jobError(name, d.jobs.Stop(name))
}

// jobError says to the administrator what is wrong with the job.
func jobError(name string, err error) error {
	switch {
	case errors.Is(err, host.ErrNoJob):
		return refuse(http.StatusNotFound, "there is no job %s that is run; appserver jobs lists those of [OnStart] Jobs, appserver config check says what is wrong with others", name)
	case errors.Is(err, host.ErrStopping):
		return refuse(http.StatusConflict, "%v", err)
	}
	return err
}

func (d *daemon) pools() []monitor.Pool {
	var list []monitor.Pool
	for _, p := range d.host.Pools() {
		list = append(list, monitor.Pool{
			Name: p.Name, Environment: p.Environment, Min: p.Min, Max: p.Max, Workers: p.Workers, Busy: p.Busy, Starting: p.Starting, Queue: p.Queue,
			Calls: p.Served, Failed: p.Failed, Refused: p.Refused, Crashes: p.Crashes, Next: timeOf(p.NextStart), LastError: p.LastError,
		})
	}
	return list
}

func (d *daemon) rpcSessions() []monitor.RPCSession {
	var list []monitor.RPCSession
	for _, s := range d.rpc.Sessions() {
		list = append(list, monitor.RPCSession{
			ID: s.Thread, Peer: s.Machine, User: s.User, Environment: s.Environment, Function: s.Function, Calls: s.Calls, Since: s.Started,
		})
	}
	return list
}

// killSession ends a client of remote calls.
func (d *daemon) killSession(thread int64) error {
	if !d.rpc.Kill(thread) {
		return refuse(http.StatusNotFound, "no client of remote calls has thread %d; appserver rpc lists them", thread)
	}
	return nil
}

// threadCounts and jobCounts say how many there are in each state.
func (d *daemon) threadCounts() map[string]int {
	counts := map[string]int{}
	for _, t := range d.host.Threads() {
		counts[string(t.State)]++
	}
	return counts
}

func (d *daemon) jobCounts() map[string]int {
	counts := map[string]int{}
	for _, j := range d.jobs.Figures() {
		counts[string(j.State)]++
	}
	return counts
}

// logWrite says which setting a program has changed, or could not change.
func (d *daemon) logWrite(section, key string, err error) {
	where := zap.String("key", "["+cellText(section)+"] "+cellText(key))
	if err != nil {
		d.programLog().Warn("a program could not change a setting", where, zap.Error(err))
		return
	}
	d.programLog().Info("a program changed a setting in the configuration file; a reload takes it over", where)
}

// threadCounter counts threads of programs.
type threadCounter struct{ metrics *monitor.Metrics }

// Results of threads, for metrics.
const (
	resultOK       = "ok"
	resultError    = "error"
	resultKilled   = "killed"
	resultCanceled = "canceled"
	resultInactive = "inactive"
)

func threadResults() []string {
	return []string{resultOK, resultError, resultKilled, resultCanceled, resultInactive}
}

func threadKinds() []string {
	return []string{string(host.Job), string(host.RPC), string(host.Web), string(host.REST), string(host.SmartClient)}
}

func threadStates() []string {
	return []string{string(host.Idle), string(host.Running), string(host.Waiting), string(host.Blocked), string(host.Ending), string(host.Abandoned)}
}

// ThreadStarted implements host.Observer.
func (c threadCounter) ThreadStarted(kind host.Kind) { c.metrics.ThreadStarted(string(kind)) }

// ThreadEnded implements host.Observer.
func (c threadCounter) ThreadEnded(kind host.Kind, steps int64, err error) {
	c.metrics.ThreadEnded(string(kind), threadResult(err), steps)
}

// ThreadAbandoned implements host.Observer.
func (c threadCounter) ThreadAbandoned(kind host.Kind) { c.metrics.ThreadAbandoned(string(kind)) }

// threadResult says how a thread ended that ended with err.
func threadResult(err error) string {
	switch {
	case err == nil, errors.Is(err, vm.ErrQuit):
		return resultOK
	case vm.Raised(err): // whatever its cause
		return resultError
	case errors.Is(err, host.ErrKilled):
		return resultKilled
	case errors.Is(err, host.ErrInactive):
		return resultInactive
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, host.ErrStopping):
		return resultCanceled
	}
	return resultError
}
