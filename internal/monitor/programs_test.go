package monitor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// A stage is programs for tests: it notes what was asked for.
type stage struct{ asked []string }

func (s *stage) note(format string, args ...any) error {
	s.asked = append(s.asked, fmt.Sprintf(format, args...))
	return nil
}

func (s *stage) thread(id int64) error {
	switch id {
	case 7:
		return nil
	case 8:
		return &AnswerError{http.StatusConflict, "thread 8 hangs"}
	}
	return &AnswerError{http.StatusNotFound, fmt.Sprintf("there is no thread %d", id)}
}

func sampleThread() Thread {
	return Thread{ID: 7, Kind: "RPC", State: "running", User: "ana", Machine: "10.0.0.7:1", Environment: "PROD", Function: "U_X", Remark: "ç",
		Started: started, IdleSeconds: 1.5, Steps: 4096, StepsPerSecond: 10, Memory: 1 << 20, Generation: 2}
}

func (s *stage) programs() *Programs {
	since := started
	return &Programs{
		Threads: func() []Thread { return []Thread{sampleThread()} },
		KillThread: func(id int64) error {
			return errors.Join(s.thread(id), s.note("kill %d", id))
		},
		MessageThread: func(id int64, text string) error {
			return errors.Join(s.thread(id), s.note("message %d %q", id, text))
		},
		Jobs: func() []Job {
			return []Job{{Name: "J", Instance: 1, State: "running", Thread: 7, Starts: 1, Since: &since}}
		},
		RestartJob:  func(_ context.Context, name string) error { return s.note("restart %q", name) },
		StopJob:     func(_ context.Context, name string) error { return s.note("stop %q", name) },
		Pools:       func() []Pool { return nil },
		Sessions:    func() []RPCSession { return []RPCSession{{ID: 7, Peer: "10.0.0.7:1", User: "ana", Since: started}} },
		KillSession: func(id int64) error { return errors.Join(s.thread(id), s.note("kill session %d", id)) },
	}
}

// programsClient returns a client of a server with the programs of s.
func programsClient(t *testing.T, s *stage, permit func(Permission) error) *AdminClient {
	t.Helper()
	dir := privateDir(t)
	ln, err := listenToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	srv := Server(AdminHandler(AdminOptions{
		Status: sampleStatus, Shutdown: func() { s.asked = append(s.asked, "shutdown") }, Token: ln.Token, Log: zap.NewNop(),
		Now: func() time.Time { return started.Add(90 * time.Second) }, Programs: s.programs(), Permit: permit,
	}), zap.NewNop())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
	return newAdminClient(dir, tokenEndpoint(dir))
}

func TestPrograms(t *testing.T) {
	s := &stage{}
	c := programsClient(t, s, nil)
	ctx := t.Context()
	want := sampleThread()
	want.ActiveSeconds = 90
	if got, err := c.Threads(ctx); err != nil || !reflect.DeepEqual(got, []Thread{want}) {
		t.Errorf("Threads() = %+v, %v; want %+v", got, err, want)
	}
	if got, err := c.Jobs(ctx); err != nil || !reflect.DeepEqual(got, s.programs().Jobs()) {
		t.Errorf("Jobs() = %+v, %v", got, err)
	}
	if got, err := c.Pools(ctx); err != nil || got == nil || len(got) != 0 {
		t.Errorf("Pools() = %#v, %v; want an empty list", got, err)
	}
	if got, err := c.Sessions(ctx); err != nil || !reflect.DeepEqual(got, s.programs().Sessions()) {
		t.Errorf("Sessions() = %+v, %v", got, err)
	}
	for _, err := range []error{
		c.KillThread(ctx, 7), c.MessageThread(ctx, 7, "log off, ção"), c.RestartJob(ctx, "a/b c"), c.StopJob(ctx, "J"), c.KillSession(ctx, 7),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if want := []string{"kill 7", `message 7 "log off, ção"`, `restart "a/b c"`, `stop "J"`, "kill session 7"}; !reflect.DeepEqual(s.asked, want) {
		t.Errorf("asked for %q; want %q", s.asked, want)
	}
}

func TestProgramsRefusals(t *testing.T) {
	c := programsClient(t, &stage{}, nil)
	ctx := t.Context()
	for _, test := range []struct {
		err    error
		status int
		want   string
	}{
		{c.KillThread(ctx, 9), 404, "there is no thread 9"},
		{c.KillThread(ctx, 8), 409, "thread 8 hangs"},
		{c.KillThread(ctx, 0), 400, "the number of a thread is needed"},
		{c.KillThread(ctx, -1), 400, "the number of a thread is needed"},
		{c.MessageThread(ctx, 9, "x"), 404, "there is no thread 9"},
		{c.MessageThread(ctx, 7, " \t"), 400, "the message has no text"},
		{c.MessageThread(ctx, 7, strings.Repeat("a", MaxMessage+1)), 400, "the message has 1025 bytes; 1024 are possible"},
		{c.MessageThread(ctx, 7, strings.Repeat("a", maxBody)), 400, "the body must be like"},
		{c.KillSession(ctx, 9), 404, "there is no thread 9"},
	} {
		var answer *AnswerError
		if !errors.As(test.err, &answer) || answer.Status != test.status || !strings.Contains(answer.Message, test.want) {
			t.Errorf("error = %v; want status %d and %q", test.err, test.status, test.want)
		}
	}
}

// Every resource asks for its permission, and the refusal names the key.
func TestPermissions(t *testing.T) {
	s := &stage{}
	c := programsClient(t, s, func(p Permission) error { return fmt.Errorf("[TDS] %s is empty: nobody is permitted", p) })
	ctx := t.Context()
	_, threads := c.Threads(ctx)
	_, jobs := c.Jobs(ctx)
	_, pools := c.Pools(ctx)
	_, sessions := c.Sessions(ctx)
	for key, errs := range map[Permission][]error{
		MaySee:     {threads, jobs, pools, sessions},
		MayKill:    {c.KillThread(ctx, 7), c.KillSession(ctx, 7), c.RestartJob(ctx, "J"), c.StopJob(ctx, "J")},
		MayMessage: {c.MessageThread(ctx, 7, "x")},
		MayStop:    {c.Shutdown(ctx)},
	} {
		for i, err := range errs {
			var answer *AnswerError
			if !errors.As(err, &answer) || answer.Status != http.StatusForbidden || !strings.Contains(answer.Message, "[TDS] "+string(key)) {
				t.Errorf("%s %d: error = %v; want 403 with the key", key, i, err)
			}
		}
	}
	if _, err := c.Status(ctx); err != nil {
		t.Errorf("Status() = %v; want nil: no key guards it", err)
	}
	if s.asked != nil {
		t.Errorf("asked for %q; want nothing", s.asked)
	}
}

// Without programs there are no such resources.
func TestNoPrograms(t *testing.T) {
	h := AdminHandler(AdminOptions{Status: sampleStatus, Shutdown: func() {}, Token: "t", Log: zap.NewNop()})
	for _, path := range []string{"/v1/threads", "/v1/jobs", "/v1/rpc"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, w.Code)
		}
	}
}

func TestThreadCounters(t *testing.T) {
	m := NewMetrics(MetricsOptions{ThreadKinds: []string{"JOB"}, ThreadStates: []string{"idle"}, ThreadResults: []string{"ok", "error"},
		RPCMethods: []string{"Call"}, RPCCodes: []string{"OK"}, RPCRefusals: []string{"token"}})
	m.ThreadStarted("JOB")
	m.ThreadStarted("made up")
	m.ThreadEnded("JOB", "error", 10)
	m.ThreadAbandoned("JOB")
	m.RPCRefused("token")
	m.RPCRefused("\xff")
	m.RPCEnded("Call", "OK", 20*time.Millisecond)
	m.RPCEnded("x", "y", time.Second)
	wantMetric(t, m, "appserver_threads_started_total", "appserver_threads_started_total{kind=\"JOB\"} 1\nappserver_threads_started_total{kind=\"other\"} 1\n")
	wantMetric(t, m, "appserver_threads_abandoned_total", "appserver_threads_abandoned_total{kind=\"JOB\"} 1\nappserver_threads_abandoned_total{kind=\"other\"} 0\n")
	if got := gatherText(t, m, "appserver_threads_ended_total"); strings.Count(got, "\n") != 6 || !strings.Contains(got, `{kind="JOB",result="error"} 1`) {
		t.Errorf("appserver_threads_ended_total =\n%s", got)
	}
	wantMetric(t, m, "appserver_rpc_refused_total", "appserver_rpc_refused_total{reason=\"other\"} 1\nappserver_rpc_refused_total{reason=\"token\"} 1\n")
	wantMetric(t, m, "appserver_rpc_seconds_count", "appserver_rpc_seconds_count{code=\"OK\",method=\"Call\"} 1\nappserver_rpc_seconds_count{code=\"other\",method=\"other\"} 1\n")
	wantMetric(t, m, "appserver_threads", "")
}

func TestProgramFigures(t *testing.T) {
	m := NewMetrics(MetricsOptions{ThreadKinds: []string{"JOB"}, ThreadStates: []string{"idle"}})
	threads := []Thread{{Kind: "JOB", State: "idle", Steps: 5}, {Kind: "JOB", State: "idle", Steps: 7}, {Kind: "x", State: "y"}}
	m.SetPrograms(ProgramFigures{
		Threads: func() []Thread { return threads },
		Pools: func() []Pool {
			return []Pool{{Name: "P", Workers: 3, Busy: 2, Queue: 1, Calls: 9, Refused: 8, Crashes: 7}, {Name: "P"}, {Name: "\xff"}}
		},
		Jobs: func() []Job {
			return []Job{{Name: "J", State: "running", Crashes: 2}, {Name: "J", State: "running", Crashes: 1}, {Name: "K", State: "ended"}}
		},
		Host: func() HostFigures { return HostFigures{Computing: 1, Waiting: 2, Refused: 3, Retaken: 4, Panics: 5} },
	})
	wantMetric(t, m, "appserver_threads", "appserver_threads{kind=\"JOB\",state=\"idle\"} 2\nappserver_threads{kind=\"JOB\",state=\"other\"} 0\n"+
		"appserver_threads{kind=\"other\",state=\"idle\"} 0\nappserver_threads{kind=\"other\",state=\"other\"} 1\n")
	wantMetric(t, m, "appserver_pool_workers", "appserver_pool_workers{pool=\"?\"} 0\nappserver_pool_workers{pool=\"P\"} 3\n")
	wantMetric(t, m, "appserver_pool_workers_busy", "appserver_pool_workers_busy{pool=\"?\"} 0\nappserver_pool_workers_busy{pool=\"P\"} 2\n")
	wantMetric(t, m, "appserver_pool_queue", "appserver_pool_queue{pool=\"?\"} 0\nappserver_pool_queue{pool=\"P\"} 1\n")
	wantMetric(t, m, "appserver_job_running", "appserver_job_running{job=\"J\"} 2\nappserver_job_running{job=\"K\"} 0\n")
	wantMetric(t, m, "appserver_job_crashes_total", "appserver_job_crashes_total{job=\"J\"} 3\nappserver_job_crashes_total{job=\"K\"} 0\n")
	wantMetric(t, m, "appserver_threads_refused_total", "appserver_threads_refused_total 3\n")
	wantMetric(t, m, "appserver_run_slots_waiting", "appserver_run_slots_waiting 2\n")

	wantMetric(t, m, "appserver_program_steps_total", "appserver_program_steps_total 12\n")
	threads = threads[1:] // one has ended, and its end is counted a moment later
	wantMetric(t, m, "appserver_program_steps_total", "appserver_program_steps_total 12\n")
	m.ThreadEnded("JOB", "ok", 6)
	wantMetric(t, m, "appserver_program_steps_total", "appserver_program_steps_total 13\n")
}

// No configuration makes more series than a scrape bears.
func TestPoolSeriesAreBounded(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	m.SetPrograms(ProgramFigures{Pools: func() []Pool {
		var list []Pool
		for i := range 3 * maxPools {
			list = append(list, Pool{Name: fmt.Sprint(i)})
		}
		return list
	}})
	if got := strings.Count(gatherText(t, m, "appserver_pool_workers"), "\n"); got != maxPools {
		t.Errorf("%d pools have series; want %d", got, maxPools)
	}
}
