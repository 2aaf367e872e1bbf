package rest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"appserver/internal/host"
	"appserver/internal/rest/route"
)

// askListener returns what the listener of the name answers.
func (b *bench) askListener(name, path string) (int, string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.Listener(name, http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

// hello is a listener at whose /more/:name a loaded route is.
func hello(name string) Listener {
	return Listener{Name: name, Mounts: []Mount{{
		Name: "MORE", Path: "/more", Environment: "P", Pool: Pool{Name: name, Max: 2},
		Routes: []route.Loaded{{From: "test", Method: "GET", Path: "/greet/*", EndPoint: []string{"greet", ":name"}, Function: "U_HELLO"}},
	}}}
}

func TestAdd(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	if err := b.Add(hello("one"), hello("two")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		for _, path := range []string{"/more/hello/ana", "/more/greet/ana"} {
			if status, body := b.askListener(name, path); status != 200 || body != "hello ana" {
				t.Errorf("%s %s is answered %d, %q", name, path, status, body)
			}
		}
	}
	b.ask("GET", "/rest/hello/ana", "").check(t, "what was there", 200, "hello ana")
	b.ask("GET", "/rest/greet/ana", "").check(t, "a loaded route elsewhere", 404, "")

	if err := b.Add(hello("three"), hello("two")); !errors.Is(err, ErrListener) {
		t.Errorf("Add of a name that is there: %v", err)
	}
	if status, _ := b.askListener("three", "/more/hello/ana"); status != 404 {
		t.Errorf("a listener that was refused answers %d", status)
	}
	b.Remove("one")
	if status, _ := b.askListener("one", "/more/hello/ana"); status != 404 {
		t.Errorf("a listener that was removed answers %d", status)
	}
	if status, body := b.askListener("two", "/more/hello/ana"); status != 200 {
		t.Errorf("the other one answers %d, %q", status, body)
	}
}

func TestAddFaults(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	for _, tt := range []struct {
		name, want string
		change     func(*Mount)
	}{
		{"a function that is not there", "the programs have no function U_NONE", func(m *Mount) { m.Routes[0].Function = "U_NONE" }},
		{"an environment that is not there", "the environment NOWHERE has no usable programs", func(m *Mount) { m.Environment = "NOWHERE" }},
		{"an exit that is not there", "have no function U_NOEXIT", func(m *Mount) { m.Exits.OnSend = "U_NOEXIT" }},
	} {
		l := hello("one")
		tt.change(&l.Mounts[0])
		err := b.Add(l)
		var faults *host.FaultsError
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %s", tt.name, err, tt.want)
		}
		if status, _ := b.askListener("one", "/more/hello/ana"); status != 404 {
			t.Errorf("%s: the listener answers %d", tt.name, status)
		}
	}
}

// Requests go on while listeners come and go.
func TestAddBesideRequests(t *testing.T) {
	b := newBench(t, Options{}, Mount{Path: "/rest"})
	if err := b.Add(hello("stays")); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for {
				if status, body := b.askListener("stays", "/more/hello/ana"); status != 200 {
					t.Errorf("answered %d, %q", status, body)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 20 {
		if err := b.Add(hello("comes")); err != nil {
			t.Error(err)
		}
		b.Remove("comes")
	}
	close(done)
	asking.Wait()
}
