package monitor

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// maxPools bounds the pools and jobs that have series of their own.
const maxPools = 200

// ProgramFigures is where the figures of programs that run come from. Its functions
// are called at each scrape, concurrently, and must be quick; nil ones give nothing.
type ProgramFigures struct {
	Threads func() []Thread
	Pools   func() []Pool
	Jobs    func() []Job
	Host    func() HostFigures
}

// HostFigures are those of all threads of programs together. The counters never fall.
type HostFigures struct {
	Computing, Waiting       int   // threads that hold a run slot, that wait for one
	Refused, Retaken, Panics int64 // threads that could not begin, slots taken from threads, threads that a fault of the server ended
}

// programMetrics counts what programs do.
type programMetrics struct {
	kinds, states, results, methods, codes, refusals labelSet

	startedTotal   *prometheus.CounterVec   // kind
	endedTotal     *prometheus.CounterVec   // kind, result
	abandonedTotal *prometheus.CounterVec   // kind
	rpcTotal       *prometheus.CounterVec   // reason
	rpcSeconds     *prometheus.HistogramVec // method, code
	live           *programCollector
}

func newProgramMetrics(o MetricsOptions) *programMetrics {
	p := &programMetrics{
		kinds: newLabelSet(o.ThreadKinds), states: newLabelSet(o.ThreadStates), results: newLabelSet(o.ThreadResults),
		methods: newLabelSet(o.RPCMethods), codes: newLabelSet(o.RPCCodes), refusals: newLabelSet(o.RPCRefusals),

		startedTotal:   counters("appserver_threads_started_total", "Threads of programs that have begun.", "kind"),
		endedTotal:     counters("appserver_threads_ended_total", "Threads of programs that have ended, by how.", "kind", "result"),
		abandonedTotal: counters("appserver_threads_abandoned_total", "Threads of programs that were told to end and did not.", "kind"),
		rpcTotal:       counters("appserver_rpc_refused_total", "Remote calls that were refused before a program ran.", "reason"),
		rpcSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "appserver_rpc_seconds",
			Help:    "Time of remote calls, by method and gRPC code.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"method", "code"}),
	}
	p.live = newProgramCollector(p.kinds, p.states)
	for kind := range p.kinds {
		p.startedTotal.WithLabelValues(kind)
		p.abandonedTotal.WithLabelValues(kind)
		for result := range p.results {
			p.endedTotal.WithLabelValues(kind, result)
		}
	}
	for reason := range p.refusals {
		p.rpcTotal.WithLabelValues(reason)
	}
	return p
}

func (p *programMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{p.startedTotal, p.endedTotal, p.abandonedTotal, p.rpcTotal, p.rpcSeconds, p.live}
}

// ThreadStarted counts a thread of programs that begins.
func (m *Metrics) ThreadStarted(kind string) {
	m.programs.startedTotal.WithLabelValues(m.programs.kinds.bound(kind)).Inc()
}

// ThreadEnded counts the end of a thread of programs, how it ended, and the steps that
// it took.
func (m *Metrics) ThreadEnded(kind, result string, steps int64) {
	p := m.programs
	p.endedTotal.WithLabelValues(p.kinds.bound(kind), p.results.bound(result)).Inc()
	p.live.ended.Add(steps)
}

// ThreadAbandoned counts a thread of programs that was told to end and did not.
func (m *Metrics) ThreadAbandoned(kind string) {
	m.programs.abandonedTotal.WithLabelValues(m.programs.kinds.bound(kind)).Inc()
}

// RPCRefused counts a remote call that was refused before a program ran.
func (m *Metrics) RPCRefused(reason string) {
	m.programs.rpcTotal.WithLabelValues(m.programs.refusals.bound(reason)).Inc()
}

// RPCEnded counts a remote call that took d, by its method and gRPC code.
func (m *Metrics) RPCEnded(method, code string, d time.Duration) {
	p := m.programs
	p.rpcSeconds.WithLabelValues(p.methods.bound(method), p.codes.bound(code)).Observe(d.Seconds())
}

// SetPrograms says where the figures of programs that run come from.
func (m *Metrics) SetPrograms(f ProgramFigures) { m.programs.live.figures.Store(&f) }

// programCollector gives the figures of programs that run at each scrape.
type programCollector struct {
	kinds, states labelSet
	figures       atomic.Pointer[ProgramFigures]
	ended         atomic.Int64 // steps of threads that have ended

	mu    sync.Mutex
	steps int64 // shown last: a counter never falls

	threads, stepsTotal, workers, busy, queue, calls, failed, refused, crashes, jobs, jobCrashes, slotsUsed, slotsWaiting, slotsRetaken, threadsRefused, panics *prometheus.Desc
}

func newProgramCollector(kinds, states labelSet) *programCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &programCollector{
		kinds: kinds, states: states,
		threads:      desc("appserver_threads", "Threads of programs, by what they are for and what they do.", "kind", "state"),
		stepsTotal:   desc("appserver_program_steps_total", "Loop turns and calls of all programs."),
		workers:      desc("appserver_pool_workers", "Workers of a pool.", "pool"),
		busy:         desc("appserver_pool_workers_busy", "Workers of a pool that have a call.", "pool"),
		queue:        desc("appserver_pool_queue", "Calls that wait for a worker of a pool.", "pool"),
		calls:        desc("appserver_pool_calls_total", "Calls that a pool has ended.", "pool"),
		failed:       desc("appserver_pool_failed_total", "Calls that a pool has ended with an error.", "pool"),
		refused:      desc("appserver_pool_refused_total", "Calls that a pool refused, or that waited too long.", "pool"),
		crashes:      desc("appserver_pool_crashes_total", "Workers of a pool that ended with an error.", "pool"),
		jobs:         desc("appserver_job_running", "Instances of a job that run.", "job"),
		jobCrashes:   desc("appserver_job_crashes_total", "Ends of a job with an error.", "job"),
		slotsUsed:    desc("appserver_run_slots_used", "Threads that compute."),
		slotsWaiting: desc("appserver_run_slots_waiting", "Threads that wait for their turn to compute."),
		slotsRetaken: desc("appserver_run_slots_retaken_total", "Run slots taken from threads that did not make way."),

		threadsRefused: desc("appserver_threads_refused_total", "Threads of programs that could not begin: too many, or no memory."),
		panics:         desc("appserver_threads_panics_total", "Threads of programs that a fault of the server ended."),
	}
}

// Describe implements prometheus.Collector.
func (c *programCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.threads, c.stepsTotal, c.workers, c.busy, c.queue, c.calls, c.failed, c.refused, c.crashes,
		c.jobs, c.jobCrashes, c.slotsUsed, c.slotsWaiting, c.slotsRetaken, c.threadsRefused, c.panics} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *programCollector) Collect(ch chan<- prometheus.Metric) {
	f := c.figures.Load()
	if f == nil {
		return
	}
	if f.Threads != nil {
		c.collectThreads(ch, f.Threads())
	}
	if f.Pools != nil {
		c.collectPools(ch, f.Pools())
	}
	if f.Jobs != nil {
		c.collectJobs(ch, f.Jobs())
	}
	if f.Host != nil {
		h := f.Host()
		gaugeOf(ch, c.slotsUsed, h.Computing)
		gaugeOf(ch, c.slotsWaiting, h.Waiting)
		counterOf(ch, c.slotsRetaken, h.Retaken)
		counterOf(ch, c.threadsRefused, h.Refused)
		counterOf(ch, c.panics, h.Panics)
	}
}

func gaugeOf(ch chan<- prometheus.Metric, d *prometheus.Desc, n int, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
}

func counterOf(ch chan<- prometheus.Metric, d *prometheus.Desc, n int64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func (c *programCollector) collectThreads(ch chan<- prometheus.Metric, threads []Thread) {
	count := map[[2]string]int{}
	steps := int64(0)
	for _, t := range threads {
		count[[2]string{c.kinds.bound(t.Kind), c.states.bound(t.State)}]++
		steps += t.Steps
	}
	for kind := range c.kinds {
		for state := range c.states {
			gaugeOf(ch, c.threads, count[[2]string{kind, state}], kind, state)
		}
	}
	counterOf(ch, c.stepsTotal, c.allSteps(steps))
}

// allSteps returns the steps of all threads, of which those that run took running.
func (c *programCollector) allSteps(running int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps = max(c.steps, c.ended.Load()+running)
	return c.steps
}

func (c *programCollector) collectPools(ch chan<- prometheus.Metric, pools []Pool) {
	seen := names{}
	for _, p := range pools {
		name, ok := seen.add(p.Name)
		if !ok {
			continue
		}
		gaugeOf(ch, c.workers, p.Workers, name)
		gaugeOf(ch, c.busy, p.Busy, name)
		gaugeOf(ch, c.queue, p.Queue, name)
		counterOf(ch, c.calls, p.Calls, name)
		counterOf(ch, c.failed, p.Failed, name)
		counterOf(ch, c.refused, p.Refused, name)
		counterOf(ch, c.crashes, p.Crashes, name)
	}
}

func (c *programCollector) collectJobs(ch chan<- prometheus.Metric, jobs []Job) {
	running, crashes := map[string]int{}, map[string]int64{}
	for _, j := range jobs {
		crashes[j.Name] += j.Crashes
		if j.State == JobRunning {
			running[j.Name]++
		}
	}
	seen := names{}
	for _, j := range jobs {
		if name, ok := seen.add(j.Name); ok {
			gaugeOf(ch, c.jobs, running[j.Name], name)
			counterOf(ch, c.jobCrashes, crashes[j.Name], name)
		}
	}
}
