package rest

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"appserver/internal/host"
	"appserver/internal/license"
)

// Requests end by themselves, time out, find no worker, are left by their clients and killed
// by the administrator at random, while workers are replaced; last while the server goes down.
// Who stays gets an answer, each request is counted, and nothing is left.
func TestRequestsAtRandom(t *testing.T) {
	control, err := license.New(license.Options{Settings: license.Settings{Enable: true, Slots: map[int]int{license.DefaultSlot: 5}}})
	if err != nil {
		t.Fatal(err)
	}
	mounts := func() []Mount {
		return []Mount{
			{Path: "/held", Timeout: 30 * time.Millisecond, Pool: Pool{Name: "HELD", Max: 2, Queue: 2, Wait: 20 * time.Millisecond}},
			{Path: "/rest", Stateless: true, Timeout: 10 * time.Millisecond, Pool: Pool{Name: "REST", Max: 1 + rand.IntN(3), Queue: 3, Wait: 5 * time.Millisecond}},
		}
	}
	b := newBench(t, Options{Licenses: control}, mounts()...)
	bodies, answers := b.bodies.free.Load(), b.out.free.Load()
	go func() {
		for range b.note { // nobody has to wait for them
		}
	}()
	defer close(b.note)
	end := time.Now().Add(time.Second)
	var all sync.WaitGroup
	var answered atomic.Int64
	for range 8 {
		all.Go(func() {
			for time.Now().Before(end) {
				if b.askAtRandom() {
					answered.Add(1)
				}
			}
		})
	}
	all.Go(func() {
		for time.Now().Before(end) {
			b.killAtRandom()
			if rand.IntN(20) == 0 {
				if err := b.load(program, mounts()...); err != nil {
					t.Error(err)
				}
			}
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		}
		if err := b.host.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	b.http.Close() // waits for what runs
	if n := int64(b.counted()); n < answered.Load() {
		t.Errorf("%d requests were counted; %d were answered", n, answered.Load())
	}
	if got := b.bodies.free.Load(); got != bodies {
		t.Errorf("%d bytes for bodies are free; want %d", got, bodies)
	}
	if got := b.out.free.Load(); got != answers {
		t.Errorf("%d bytes for answers are free; want %d", got, answers)
	}
	if n := control.State().Slots[0].Used; n != 0 {
		t.Errorf("%d licences are used; want none", n)
	}
	if f := b.host.Figures(); len(b.host.Threads()) != 0 || f.Computing != 0 || f.Waiting != 0 || f.Panics != 0 {
		t.Errorf("at the end there are %d threads and %+v; want nothing", len(b.host.Threads()), f)
	}
}

// killAtRandom ends some threads.
func (b *bench) killAtRandom() {
	for _, i := range b.host.Threads() {
		if rand.IntN(30) == 0 {
			_ = b.host.Kill(i.ID, host.ErrKilled)
		}
	}
}

// requestsAtRandom are requests with the answers to them if nobody does anything to them.
var requestsAtRandom = []struct {
	method, path, body string
	status             int // 0: there is none
	answer             string
}{
	{"GET", "/hello/ana", "", 200, "hello ana"},
	{"POST", "/echo", "short", 200, "short"},
	{"POST", "/echo", strings.Repeat("long", longAnswer), 200, strings.Repeat("long", longAnswer)},
	{"GET", "/fails", "", 500, `{"code":500,`},
	{"GET", "/quits", "", 200, "quit"},
	{"GET", "/spins", "", 0, ""},
	{"GET", "/nothing", "", 404, `{"code":404,`},
}

// disturbed are the statuses of requests that something is done to.
var disturbed = []int{503, 504}

// askAtRandom sends a request, the client of which may go away. It returns whether there was
// an answer.
func (b *bench) askAtRandom() bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if rand.IntN(2) == 0 {
		defer time.AfterFunc(time.Duration(rand.IntN(20))*time.Millisecond, cancel).Stop()
	}
	want := requestsAtRandom[rand.IntN(len(requestsAtRandom))]
	base := []string{"/held", "/rest"}[rand.IntN(2)]
	r, err := http.NewRequestWithContext(ctx, want.method, b.http.URL+base+want.path, strings.NewReader(want.body))
	if err != nil {
		b.t.Error(err)
		return false
	}
	resp, err := b.http.Client().Do(r)
	if err != nil {
		b.gone(ctx, want.path, err)
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.gone(ctx, want.path, err)
		return false
	}
	expected := resp.StatusCode == want.status && strings.HasPrefix(string(text), want.answer)
	if !expected && !slices.Contains(disturbed, resp.StatusCode) {
		b.t.Errorf("%s is answered %d %.100q; want %d %.100q, or one of %v", want.path, resp.StatusCode, text, want.status, want.answer, disturbed)
	}
	return true
}

// gone demands that a request without answer is one of a client that went away.
func (b *bench) gone(ctx context.Context, path string, err error) {
	if ctx.Err() == nil {
		b.t.Errorf("%s has no answer: %v", path, err)
	}
}
