package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// request is what a program asks for.
type request struct {
	method, address, params, body string
	header                        []string
	timeout                       time.Duration // of all of it; 0: that of the settings
	secure                        bool          // only https:// will do
	stay                          bool          // redirects are not followed
	unverified                    bool          // the program takes any certificate
	pair                          *pair         // shown to the server; nil: the server's own
}

// answer is what came of a request.
type answer struct {
	status int
	text   string // of the status line: "404 Not Found"
	header string
	fields [][2]string // of the header, ordered by name
	body   string
}

// maxTimeout bounds the time of a request.
const maxTimeout = 24 * time.Hour

// do makes a request and waits for all of its answer. The error is a failure, or one that
// ends the native.
func (st *state) do(t *vm.Thread, q *request) (*answer, error) {
	if st.client == nil {
		return nil, st.noClient
	}
	s := st.client.settings()
	timeout := q.timeout
	if timeout <= 0 {
		timeout = s.Timeout
	}
	timeout = min(timeout, maxTimeout)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	r, err := st.newRequest(ctx, q)
	if err != nil {
		return nil, err
	}
	e := &exchange{state: st, settings: s, request: q, timeout: timeout}
	a, err := e.run(t, r)
	if err == nil {
		return a, nil
	}
	if ended := t.Poll(); ended != nil {
		return nil, ended
	}
	if fault := new(vm.Error); errors.As(err, &fault) {
		return nil, err
	}
	return nil, failure(fmt.Sprintf("%s %s://%s: %s", r.Method, r.URL.Scheme, r.URL.Host, e.reason(ctx, err)))
}

// newRequest makes the request that q describes.
func (st *state) newRequest(ctx context.Context, q *request) (*http.Request, error) {
	u, err := target(q.address, q.params)
	if err != nil {
		return nil, err
	}
	if q.secure && u.Scheme != "https" {
		return nil, failure("the address does not begin with https://")
	}
	if !isToken(q.method) || len(q.method) > 32 || strings.EqualFold(q.method, http.MethodConnect) {
		return nil, failure("the method of the request is not one that can be sent")
	}
	var body io.Reader // a *strings.Reader lets a redirect send it again
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(ctx, strings.ToUpper(q.method), "http://localhost", body)
	if err != nil {
		return nil, failure("the request cannot be made")
	}
	r.URL, r.Host = u, u.Host
	if err := setHeader(r, q.header); err != nil {
		return nil, err
	}
	st.defaults(r)
	return r, nil
}

// defaults gives r the fields that its program has not.
func (st *state) defaults(r *http.Request) {
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "Mozilla/4.0 (compatible; "+st.client.o.Agent+")")
	}
	if r.ContentLength > 0 && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if st.user != "" && r.URL.User == nil && r.Header.Get("Authorization") == "" {
		r.SetBasicAuth(st.user, st.password)
	}
}

// exchange is one request with its redirects.
type exchange struct {
	state    *state
	settings *Settings
	request  *request
	timeout  time.Duration
}

// verify tells whether the servers' certificates are verified.
func (e *exchange) verify() bool { return e.settings.Verify && !e.request.unverified }

// run sends r and reads the answer. Meanwhile other threads may compute.
func (e *exchange) run(t *vm.Thread, r *http.Request) (*answer, error) {
	client := &http.Client{Transport: e, CheckRedirect: e.redirect}
	var resp *http.Response
	var err error
	t.Blocked(func() { resp, err = client.Do(r) })
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text := headerText(resp)
	if err := t.CheckString(len(text)); err != nil {
		return nil, err
	}
	body, err := e.read(t, resp.Body)
	if err != nil {
		return nil, err
	}
	return &answer{resp.StatusCode, strings.TrimSpace(resp.Status), text, fields(resp.Header), body}, nil
}

// read reads a body. Memory is asked for before it is filled.
func (e *exchange) read(t *vm.Thread, body io.Reader) (string, error) {
	var b strings.Builder
	memory := lib.NewHold(t)
	most := min(e.settings.MaxResponse, int64(t.Limits().String))
	for room := int64(firstRead); ; room *= 2 {
		room = min(room, most+1-int64(b.Len()))
		if err := memory.Charge(int(room)); err != nil {
			return "", err
		}
		var err error
		t.Blocked(func() { _, err = io.CopyN(&b, body, room) })
		switch size := int64(b.Len()); {
		case size > e.settings.MaxResponse:
			return "", failure(fmt.Sprintf("the answer is longer than the %d bytes that [HTTPClient] MaxResponse allows", e.settings.MaxResponse))
		case size > most:
			return "", t.CheckString(b.Len())
		case err == io.EOF:
			return b.String(), nil
		case err != nil:
			return "", err
		}
	}
}

// firstRead is how much of a body is read at first, in bytes.
const firstRead = 64 << 10

// RoundTrip sends one request: the first, or that of a redirect.
func (e *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	p, err := e.state.proxyOf(e.settings, r.URL)
	if err != nil {
		return nil, err
	}
	key := transportKey{verify: e.verify()}
	if e.request.pair != nil {
		key.pair = e.request.pair.sum
	}
	if p != nil {
		if err := e.settings.Guard.checkTarget(r.URL.Hostname(), portOf(r.URL)); err != nil {
			return nil, err
		}
		key.proxy, key.chosen = p.url.String(), p.chosen
	}
	connections := e.settings.pool.transport(e.settings, key, p, e.request.pair)
	resp, err := connections.RoundTrip(r.WithContext(e.trace(r.Context(), r.URL.Host)))
	if err != nil {
		return nil, err
	}
	if err := usable(resp); err != nil {
		_ = resp.Body.Close() // the answer is of no use
		return nil, err
	}
	return resp, nil
}

// usable returns a failure for answers that must not go on to net/http's client: one that
// makes the connection the caller's, which no time-out ends, and one whose Location, which
// may hold secrets, the client would put into its error.
func usable(resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return failure("the server has changed the protocol, which nobody asked it for")
	}
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if _, err := resp.Location(); err != nil && err != http.ErrNoLocation {
			return failure("the answer leads to an address that is not valid")
		}
	}
	return nil
}

// portOf returns the port of a URL of http or https.
func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// trace returns a context with which the handshakes for a request to the host are told of.
func (e *exchange) trace(ctx context.Context, host string) context.Context {
	s, verify := e.settings, e.verify() // the thread may be gone when a handshake ends
	if s.HandshakeBegins == nil || s.HandshakeEnds == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeStart: func() { s.HandshakeBegins(host, verify) },
		TLSHandshakeDone:  func(state tls.ConnectionState, err error) { s.HandshakeEnds(host, state, err) },
	})
}

// maxRedirects is how many redirects are followed.
const maxRedirects = 10

// redirect decides whether next is sent, to which an answer has pointed. What changes a
// POST into a GET is not followed, nor what leads from https to http. To another server
// go none of the fields that the program set, but those that say what it can take.
func (e *exchange) redirect(next *http.Request, before []*http.Request) error {
	first, last := before[0], before[len(before)-1]
	switch {
	case e.request.stay, next.Method != first.Method, last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return http.ErrUseLastResponse
	case len(before) > maxRedirects:
		return failure(fmt.Sprintf("the answers lead on more than %d times", maxRedirects))
	}
	if first.Header.Get("Referer") == "" {
		next.Header.Del("Referer")
	}
	if !sameServer(first.URL, next.URL) {
		for name := range next.Header {
			if !slices.Contains(harmless, name) {
				next.Header.Del(name)
			}
		}
		next.Host = ""
	}
	next.URL.RawQuery = escape(next.URL.RawQuery, inQuery) // a blank would end it
	return nil
}

// harmless are the fields that other servers than the first may see.
var harmless = []string{"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Content-Type", "Content-Encoding", "Content-Language", "User-Agent"}

func sameServer(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}
