package rest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"appserver/internal/exchange"
)

// dripping gives a piece of n bytes each pause.
type dripping struct {
	n     int
	pause time.Duration
}

func (d dripping) Read(p []byte) (int, error) {
	time.Sleep(d.pause)
	return copy(p, make([]byte, d.n)), nil
}

// A body that comes too slowly ends the request, whoever reads it; a slow program does not.
func TestSlowBody(t *testing.T) {
	for _, test := range []struct {
		name string
		from dripping
		slow bool
		most time.Duration // until it is known
	}{
		{"a byte each second", dripping{1, time.Second}, true, 31 * time.Second},
		{"a byte a minute", dripping{1, time.Minute}, true, time.Minute},
		{"1 KiB a second", dripping{1 << 10, time.Second}, false, 0},
		{"8 KiB each five seconds", dripping{8 << 10, 5 * time.Second}, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &body{budget: newBudget(1 << 30)}
			defer b.free()
			begun := time.Now()
			read, err := io.CopyN(io.Discard, &charged{b, test.from}, 256<<10)
			if slow := errors.Is(err, errSlow); slow != test.slow || slow && time.Since(begun) > test.most {
				t.Errorf("%s: %d bytes and %v after %v", test.name, read, err, time.Since(begun))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := &body{budget: newBudget(1 << 30)}
		defer b.free()
		c := &charged{b, dripping{1, 0}}
		for range 10 {
			time.Sleep(time.Minute) // the program computes
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Errorf("a slow program: %v", err)
			}
		}
	})
	if f := bodyFailure(errSlow); f.status != http.StatusRequestTimeout {
		t.Errorf("before a worker: %d", f.status)
	}
	if f := outcome(errSlow); f.status != http.StatusRequestTimeout {
		t.Errorf("of a program that reads: %d", f.status)
	}
}

// Where the mount says which origins may read, programs do not.
func TestProgramsAndOrigins(t *testing.T) {
	for _, ruled := range []bool{true, false} {
		w := httptest.NewRecorder()
		want := "*"
		if ruled {
			w.Header().Add("Vary", "Origin")
			w.Header().Set("Access-Control-Allow-Origin", "https://app.example")
			want = "https://app.example"
		}
		x := exchange.New(exchange.Request{Method: "GET"}, nil, 0, nil)
		x.Header.Set("access-control-allow-origin", "*")
		x.Header.Set("X-Own", "1")
		if err := Answer(w, httptest.NewRequest("GET", "/", nil), x); err != nil {
			t.Fatal(err)
		}
		if h := w.Result().Header; h.Get("Access-Control-Allow-Origin") != want || h.Get("X-Own") != "1" {
			t.Errorf("ruled %v: %v", ruled, h)
		}
	}
}
