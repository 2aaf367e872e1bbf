package monitor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Threads asks for the threads of programs, in the order of their numbers. An
// *[AnswerError] tells what the server refuses; other errors are those of Status.
func (c *AdminClient) Threads(ctx context.Context) ([]Thread, error) {
	return listOf[Thread](ctx, c, "/v1/threads")
}

// Jobs asks for the jobs. The errors are those of Threads.
func (c *AdminClient) Jobs(ctx context.Context) ([]Job, error) {
	return listOf[Job](ctx, c, "/v1/jobs")
}

// Pools asks for the pools of workers. The errors are those of Threads.
func (c *AdminClient) Pools(ctx context.Context) ([]Pool, error) {
	return listOf[Pool](ctx, c, "/v1/pools")
}

// Sessions asks for the clients of remote calls. The errors are those of Threads.
func (c *AdminClient) Sessions(ctx context.Context) ([]RPCSession, error) {
	return listOf[RPCSession](ctx, c, "/v1/rpc")
}

// KillThread has a thread told to end. The errors are those of Threads.
func (c *AdminClient) KillThread(ctx context.Context, id int64) error {
	return c.act(ctx, fmt.Sprintf("/v1/threads/%d/kill", id), nil)
}

// MessageThread sends a text of up to [MaxMessage] bytes to the user of a thread. The
// errors are those of Threads.
func (c *AdminClient) MessageThread(ctx context.Context, id int64, text string) error {
	return c.act(ctx, fmt.Sprintf("/v1/threads/%d/message", id), messageBody{text})
}

// RestartJob has a job begin anew. The errors are those of Threads.
func (c *AdminClient) RestartJob(ctx context.Context, name string) error {
	return c.act(ctx, "/v1/jobs/"+url.PathEscape(name)+"/restart", nil)
}

// StopJob ends a job until it is restarted. The errors are those of Threads.
func (c *AdminClient) StopJob(ctx context.Context, name string) error {
	return c.act(ctx, "/v1/jobs/"+url.PathEscape(name)+"/stop", nil)
}

// KillSession ends a client of remote calls and its thread. The errors are those of
// Threads.
func (c *AdminClient) KillSession(ctx context.Context, id int64) error {
	return c.act(ctx, fmt.Sprintf("/v1/rpc/%d/kill", id), nil)
}

func listOf[T any](ctx context.Context, c *AdminClient, path string) ([]T, error) {
	var answer []T
	err := c.call(ctx, question{method: http.MethodGet, path: path}, &answer)
	return answer, err
}

func (c *AdminClient) act(ctx context.Context, path string, body any) error {
	return c.call(ctx, question{method: http.MethodPost, path: path, body: body}, &struct{}{})
}

// AnswerError is an answer of the server that is an error. The functions of [Programs]
// return it to choose the answer.
type AnswerError struct {
	Status  int    // of HTTP: 400 or 404 what was asked, 403 not permitted, 409 not now
	Message string // for people
}

func (e *AnswerError) Error() string { return fmt.Sprintf("it answered: %.500q", e.Message) }
