package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Thread is one thread of programs.
type Thread struct {
	ID             int64     `json:"id"`
	Kind           string    `json:"kind"`  // JOB, RPC, WEB, REST, SmartClient
	State          string    `json:"state"` // idle, running, waiting, blocked, ending, abandoned
	User           string    `json:"user"`
	Machine        string    `json:"machine"`
	Environment    string    `json:"environment"`
	Function       string    `json:"function"`
	Remark         string    `json:"remark"`
	Started        time.Time `json:"started"`
	ActiveSeconds  float64   `json:"activeSeconds"` // set by the handler
	IdleSeconds    float64   `json:"idleSeconds"`
	Steps          int64     `json:"steps"` // loop turns and calls
	StepsPerSecond float64   `json:"stepsPerSecond"`
	Memory         int64     `json:"memory"` // bytes of its values when last counted
	Generation     int64     `json:"generation"`
}

// Job is one of the jobs of [OnStart], or one of its instances.
type Job struct {
	Name        string     `json:"name"`
	Instance    int        `json:"instance"` // from 1
	Pool        bool       `json:"pool"`     // it keeps a pool of workers, which has its name
	State       string     `json:"state"`    // running, ended, failed, stopped, missing
	Environment string     `json:"environment"`
	Function    string     `json:"function"`
	Thread      int64      `json:"thread"`          // that runs it; 0: none
	Since       *time.Time `json:"since,omitempty"` // of the state
	Starts      int64      `json:"starts"`
	Crashes     int64      `json:"crashes"`             // ends with an error
	Next        *time.Time `json:"next,omitempty"`      // when it is started again
	LastError   string     `json:"lastError,omitempty"` // for people
}

// JobRunning is the state of a job that a thread runs.
const JobRunning = "running"

// Pool is a set of workers.
type Pool struct {
	Name        string     `json:"name"`
	Environment string     `json:"environment"`
	Min         int        `json:"min"`
	Max         int        `json:"max"`
	Workers     int        `json:"workers"`
	Busy        int        `json:"busy"`
	Starting    int        `json:"starting"`
	Queue       int        `json:"queue"`   // calls that wait for a worker
	Calls       int64      `json:"calls"`   // that have come back, Failed included
	Failed      int64      `json:"failed"`  // with an error
	Refused     int64      `json:"refused"` // for a full queue, or a time that was up
	Crashes     int64      `json:"crashes"` // of workers
	Next        *time.Time `json:"next,omitempty"`
	LastError   string     `json:"lastError,omitempty"`
}

// RPCSession is a client of remote calls with its thread.
type RPCSession struct {
	ID          int64     `json:"id"` // of the thread
	Peer        string    `json:"peer"`
	User        string    `json:"user"`
	Environment string    `json:"environment"`
	Function    string    `json:"function"` // that runs, or ran last
	Calls       int64     `json:"calls"`
	Since       time.Time `json:"since"`
}

// Programs are the parts of [AdminOptions] about programs that run. All functions are
// called concurrently. An *[AnswerError] of theirs is the answer; others are 500, with
// their text. Nil Jobs or Sessions: there are no such resources.
type Programs struct {
	Threads func() []Thread
	// KillThread tells the thread to end; it need not have ended on return.
	KillThread func(id int64) error
	// MessageThread shows text to the user of the thread, else keeps it as its remark.
	MessageThread func(id int64, text string) error

	Jobs       func() []Job
	RestartJob func(ctx context.Context, name string) error
	StopJob    func(ctx context.Context, name string) error
	Pools      func() []Pool

	Sessions    func() []RPCSession
	KillSession func(id int64) error

	Licenses func() Licenses // nil: there is no such resource
}

// Permission is a key of [TDS], which guards what the administrator may do.
type Permission string

// The permissions of the resources.
const (
	MaySee     Permission = "AllowMonitor"
	MayKill    Permission = "EnableDisconnectUser"
	MayMessage Permission = "EnableSendMessage"
	MayStop    Permission = "EnableStopServer"
)

// MaxMessage bounds the text of a message, in bytes.
const MaxMessage = 1 << 10

// programs adds the resources of programs to mux.
func (a *admin) programs(mux *http.ServeMux) {
	p := a.Programs
	see := func(what func() any) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"GET": a.permitted(MaySee, func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, http.StatusOK, what())
		})}
	}
	act := func(may Permission, do func(w http.ResponseWriter, r *http.Request) error) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"POST": a.permitted(may, func(w http.ResponseWriter, r *http.Request) {
			a.answerAction(w, r, do(w, r))
		})}
	}
	a.resource(mux, "/v1/threads", see(func() any { return a.threads() }))
	a.resource(mux, "/v1/threads/{id}/kill", act(MayKill, byNumber(p.KillThread)))
	a.resource(mux, "/v1/threads/{id}/message", act(MayMessage, a.message))
	if p.Jobs != nil {
		a.resource(mux, "/v1/jobs", see(func() any { return list(p.Jobs()) }))
		a.resource(mux, "/v1/jobs/{name}/restart", act(MayKill, byName(p.RestartJob)))
		a.resource(mux, "/v1/jobs/{name}/stop", act(MayKill, byName(p.StopJob)))
		a.resource(mux, "/v1/pools", see(func() any { return list(p.Pools()) }))
	}
	if p.Sessions != nil {
		a.resource(mux, "/v1/rpc", see(func() any { return list(p.Sessions()) }))
		a.resource(mux, "/v1/rpc/{id}/kill", act(MayKill, byNumber(p.KillSession)))
	}
	a.licenses(mux)
}

// permitted refuses what a key of [TDS] does not allow.
func (a *admin) permitted(may Permission, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if a.Permit != nil {
			if err := a.Permit(may); err != nil {
				a.Log.Warn("administration refused", zap.String("path", r.URL.Path), zap.String("key", "[TDS] "+string(may)))
				writeError(w, http.StatusForbidden, err.Error())
				return
			}
		}
		next(w, r)
	}
}

func (a *admin) threads() []Thread {
	threads := list(a.Programs.Threads())
	for i := range threads {
		threads[i].ActiveSeconds = a.Now().Sub(threads[i].Started).Seconds()
	}
	return threads
}

func byNumber(do func(int64) error) func(http.ResponseWriter, *http.Request) error {
	return func(_ http.ResponseWriter, r *http.Request) error {
		id, err := pathNumber(r)
		if err != nil {
			return err
		}
		return do(id)
	}
}

func pathNumber(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, badRequest("the number of a thread is needed")
	}
	return id, nil
}

func byName(do func(context.Context, string) error) func(http.ResponseWriter, *http.Request) error {
	return func(_ http.ResponseWriter, r *http.Request) error { return do(r.Context(), r.PathValue("name")) }
}

// messageBody is the body of a request with a message.
type messageBody struct {
	Text string `json:"text"`
}

func (a *admin) message(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r)
	if err != nil {
		return err
	}
	var m messageBody
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&m); err != nil {
		return badRequest(`the body must be like {"text":"Please log off"}`)
	}
	if err := checkMessage(m.Text); err != nil {
		return err
	}
	return a.Programs.MessageThread(id, m.Text)
}

func checkMessage(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return badRequest("the message has no text")
	case len(text) > MaxMessage:
		return badRequest("the message has %d bytes; %d are possible", len(text), MaxMessage)
	}
	return nil
}

// answerAction tells what came of an action, and logs it.
func (a *admin) answerAction(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		a.Log.Info("done for the administrator", zap.String("path", r.URL.Path))
		writeJSON(w, http.StatusOK, map[string]bool{"done": true})
		return
	}
	answer := &AnswerError{http.StatusInternalServerError, err.Error()}
	errors.As(err, &answer)
	writeError(w, answer.Status, answer.Message)
}

func badRequest(format string, args ...any) error {
	return &AnswerError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}
