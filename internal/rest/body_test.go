package rest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/exchange"
	"appserver/internal/lograte"
)

// A body that comes too slowly ends the request, whoever reads it.
func TestSlowBody(t *testing.T) {
	b := &body{share: share{budget: newBudget(1 << 30)}}
	defer b.free()
	slow := iotest.ErrReader(fmt.Errorf("of the port: %w", os.ErrDeadlineExceeded))
	_, err := io.Copy(io.Discard, &charged{b, io.MultiReader(strings.NewReader("abc"), slow)})
	if f := bodyFailure(err); f.status != http.StatusRequestTimeout {
		t.Errorf("before a worker: %d", f.status)
	}
	if f := outcome(fmt.Errorf("of a native: %w", err)); f.status != http.StatusRequestTimeout {
		t.Errorf("of a program that reads: %d", f.status)
	}
	if f := outcome(fmt.Errorf("calling somebody else: %w", os.ErrDeadlineExceeded)); f.status != http.StatusInternalServerError {
		t.Errorf("of a program that waits for somebody else: %d", f.status)
	}
}

// Of refusals that the server is to blame for only some are warnings, and all are counted.
func TestRefusalsAreToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		q := &request{server: &Server{o: Options{Log: zap.New(core)}}, mount: newMount(&Mount{Name: "M"})}
		r := httptest.NewRequest("GET", "/", nil)
		refuse := func(f failure) { q.logFailure(r, &f) }
		for range 100 {
			refuse(failure{status: http.StatusServiceUnavailable, reason: refusedAccess})
			refuse(busy("no room"))
			refuse(failure{status: http.StatusUnauthorized, reason: refusedAccess})
		}
		if n := logs.Len(); n != 2 {
			t.Errorf("%d warnings of two kinds; want 2", n)
		}
		time.Sleep(lograte.Every)
		refuse(failure{status: http.StatusServiceUnavailable, reason: refusedAccess})
		if all := logs.TakeAll(); len(all) != 3 || all[2].ContextMap()["refused_before"] != int64(99) {
			t.Errorf("warnings %v; want a third that counts 99", all)
		}
		for range 3 {
			refuse(failure{status: http.StatusGatewayTimeout}) // each is news
		}
		if n := logs.Len(); n != 3 {
			t.Errorf("%d warnings of what is no refusal; want 3", n)
		}
	})
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
		if err := sendAnswer(w, httptest.NewRequest("GET", "/", nil), x); err != nil {
			t.Fatal(err)
		}
		if h := w.Result().Header; h.Get("Access-Control-Allow-Origin") != want || h.Get("X-Own") != "1" {
			t.Errorf("ruled %v: %v", ruled, h)
		}
	}
}
