package monitor

import (
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
const maxAnswer = 1 << 20

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
			Timeout:   15 * time.Second,
			Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10},
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // the token goes to one place only
			},
		},
	}
}

// Status asks the server for its state. The error is ErrNotRunning if no server
// answers in the folder and ErrNotPermitted if this user may not ask it.
func (c *AdminClient) Status(ctx context.Context) (Status, error) {
	var s Status
	err := c.call(ctx, http.MethodGet, "/v1/status", http.StatusOK, &s)
	return s, err
}

// Shutdown asks the server to finish what it does and end. It returns as soon as
// the server has agreed. The errors are those of Status.
func (c *AdminClient) Shutdown(ctx context.Context) error {
	var answer struct{}
	return c.call(ctx, http.MethodPost, "/v1/shutdown", http.StatusAccepted, &answer)
}

func (c *AdminClient) call(ctx context.Context, method, path string, want int, into any) error {
	if err := c.do(ctx, method, path, want, into); err != nil {
		return fmt.Errorf("server of data folder %s: %w", c.dir, classify(err))
	}
	return nil
}

func (c *AdminClient) do(ctx context.Context, method, path string, want int, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://appserver"+path, nil)
	if err != nil {
		return err
	}
	token, err := c.at.token()
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body := io.LimitReader(resp.Body, maxAnswer)
	if resp.StatusCode != want {
		return refusal(resp.StatusCode, body)
	}
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("cannot read its answer: %w", err)
	}
	return nil
}

// refusal makes an error of an answer with an unexpected status.
func refusal(status int, body io.Reader) error {
	if status == http.StatusUnauthorized {
		return ErrNotPermitted
	}
	var e adminError
	if json.NewDecoder(body).Decode(&e) != nil || e.Message == "" {
		return fmt.Errorf("it answered with HTTP status %d", status)
	}
	return fmt.Errorf("it answered: %.200q", e.Message)
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
