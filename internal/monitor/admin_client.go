package monitor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"time"
)

// Errors of AdminClient, to be told with errors.Is.
var (
	ErrNotRunning   = errors.New("no server is running on this data folder")
	ErrNotPermitted = errors.New("not permitted: run the command as the user that the server runs as")
)

// maxAnswer bounds the answers that AdminClient reads, in bytes.
const maxAnswer = 32 << 20

// An endpoint is one way to reach the administration interface of a data folder.
type endpoint interface {
	dial(context.Context) (net.Conn, error)
	token() (string, error) // empty if none is needed
}

// AdminClient asks the server that uses a data folder. It holds no connection
// between calls and is safe for concurrent use.
type AdminClient struct {
	dir  string
	at   endpoint
	http *http.Client
}

// NewAdminClient returns a client for the server whose data folder is dir.
// Nothing is opened before the first call.
func NewAdminClient(dir string) *AdminClient { return newAdminClient(dir, platformEndpoint(dir)) }

func newAdminClient(dir string, at endpoint) *AdminClient {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return at.dial(ctx) }
	return &AdminClient{
		dir: dir,
		at:  at,
		http: &http.Client{
			Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10},
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // the token goes to one place only
			},
		},
	}
}

// How long AdminClient waits for an answer, unless its caller's context ends
// before.
const (
	clientTimeout       = 15 * time.Second
	clientReloadTimeout = reloadAnswer + clientTimeout
)

// Status asks the server for its state. The error is ErrNotRunning if no server
// answers in the folder and ErrNotPermitted if this user may not ask it.
func (c *AdminClient) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.call(ctx, question{method: http.MethodGet, path: "/v1/status"}, &s)
	return s, err
}

// Shutdown asks the server to finish what it does and end. It returns as soon as
// the server has agreed. The errors are those of Status.
func (c *AdminClient) Shutdown(ctx context.Context) error {
	return c.call(ctx, question{method: http.MethodPost, path: "/v1/shutdown", want: http.StatusAccepted}, &struct{}{})
}

// Reload asks the server to read its configuration and certificates again, and
// returns when they are in effect. If they were refused, the error is a
// *ReloadError with every fault, and the server goes on with the old ones. Other
// errors are those of Status; when ctx has ended the reload may still take place.
func (c *AdminClient) Reload(ctx context.Context) (Reload, error) {
	var done Reload
	err := c.call(ctx, question{method: http.MethodPost, path: "/v1/reload", within: clientReloadTimeout}, &done)
	return done, err
}

// LogLevel asks the server for the level of its log. The errors are those of
// Status.
func (c *AdminClient) LogLevel(ctx context.Context) (string, error) {
	var is logLevel
	err := c.call(ctx, question{method: http.MethodGet, path: "/v1/log-level"}, &is)
	return is.Level, err
}

// SetLogLevel has the server log at level: debug, info, warn or error; an error
// of the server lists them. Other errors are those of Status.
func (c *AdminClient) SetLogLevel(ctx context.Context, level string) error {
	return c.call(ctx, question{method: http.MethodPut, path: "/v1/log-level", body: logLevel{level}}, &struct{}{})
}

// question is one request to the server.
type question struct {
	method, path string
	body         any           // sent as JSON; nil: none
	want         int           // status of a good answer; 0: 200
	within       time.Duration // time for all of it; 0: clientTimeout
}

func (c *AdminClient) call(ctx context.Context, q question, into any) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(q.within, clientTimeout))
	defer cancel()
	if err := c.do(ctx, q, into); err != nil {
		return fmt.Errorf("server of data folder %s: %w", c.dir, classify(err))
	}
	return nil
}

func (c *AdminClient) do(ctx context.Context, q question, into any) error {
	req, err := c.newRequest(ctx, q)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body := io.LimitReader(resp.Body, maxAnswer)
	if resp.StatusCode != cmp.Or(q.want, http.StatusOK) {
		return refusal(resp.StatusCode, body)
	}
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("cannot read its answer: %w", err)
	}
	return nil
}

func (c *AdminClient) newRequest(ctx context.Context, q question) (*http.Request, error) {
	var body io.Reader
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, "http://appserver"+q.path, body)
	if err != nil {
		return nil, err
	}
	token, err := c.at.token()
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// refusal makes an error of an answer with an unexpected status.
func refusal(status int, body io.Reader) error {
	if status == http.StatusUnauthorized {
		return ErrNotPermitted
	}
	var e adminError
	err := json.NewDecoder(body).Decode(&e)
	switch {
	case err == nil && status == http.StatusUnprocessableEntity:
		return &ReloadError{Findings: e.Findings}
	case err != nil || e.Message == "":
		return fmt.Errorf("it answered with HTTP status %d", status)
	default:
		return &AnswerError{status, e.Message}
	}
}

// classify tells by err why the server could not be reached.
func classify(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return ErrNotPermitted
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errRefused):
		return ErrNotRunning
	}
	return err
}
