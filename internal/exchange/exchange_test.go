package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
)

// sink notes what it gets, and fails after some calls.
type sink struct {
	notes []string
	left  int
}

var errGone = errors.New("the client is gone")

func (s *sink) note(text string) error {
	if s.left--; s.left < 0 {
		return errGone
	}
	s.notes = append(s.notes, text)
	return nil
}

func (s *sink) Start(status int, h http.Header) error { return s.note(fmt.Sprint(status, len(h))) }
func (s *sink) Flush() error                          { return s.note("flush") }

func (s *sink) Write(b []byte) (int, error) { return len(b), s.note(string(b)) }

func TestReadBody(t *testing.T) {
	for _, c := range []struct {
		body  io.Reader
		limit int64
		want  string
		err   error
	}{
		{nil, 0, "", nil},
		{strings.NewReader(""), 0, "", nil},
		{strings.NewReader("abc"), 3, "abc", nil},
		{strings.NewReader("abcd"), 3, "", ErrTooLarge},
		{bytes.NewBufferString("abc"), 3, "abc", nil},
		{bytes.NewBufferString("abcd"), 3, "", ErrTooLarge},
		{strings.NewReader("abc"), math.MaxInt64, "abc", nil},
		{io.MultiReader(strings.NewReader("ab"), &failing{errGone}), 10, "", errGone},
	} {
		x := New(Request{}, c.body, c.limit, nil)
		for range 2 {
			b, err := x.ReadBody()
			if string(b) != c.want || !errors.Is(err, c.err) {
				t.Errorf("ReadBody = %q, %v; want %q, %v", b, err, c.want, c.err)
			}
		}
		if x.Waits() {
			t.Error("Waits after ReadBody")
		}
	}
	if New(Request{}, nil, 0, nil).Waits() || New(Request{}, strings.NewReader("a"), 1, nil).Waits() {
		t.Error("Waits for what is there")
	}
	if !New(Request{}, &failing{io.EOF}, 1, nil).Waits() {
		t.Error("does not wait for what comes from elsewhere")
	}
}

func TestBound(t *testing.T) {
	for _, c := range []struct {
		length, limit, bound int64
		err                  error
	}{
		{-1, 10, 3, nil}, {-1, 10, 2, ErrTooLarge}, {-1, 2, 10, ErrTooLarge},
		{3, 10, 3, nil}, {1 << 40, 1 << 50, 3, ErrTooLarge}, // of which nothing is read
	} {
		x := New(Request{ContentLength: c.length}, strings.NewReader("abc"), c.limit, nil)
		x.Bound(c.bound)
		if b, err := x.ReadBody(); err != c.err || err == nil && string(b) != "abc" {
			t.Errorf("%+v: ReadBody = %q, %v", c, b, err)
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestSend(t *testing.T) {
	s := &sink{left: 100}
	x := New(Request{}, nil, 0, s)
	x.Status = 201
	x.Header.Set("A", "b")
	x.Append([]byte("one"))
	steps := []error{x.Send(false)}
	if !x.Started() || x.Ended() || len(x.Answer()) != 0 {
		t.Error("after the first part: want started, not ended, nothing left")
	}
	x.AppendString("two")
	x.Reset()
	x.AppendString("three")
	steps = append(steps, x.Send(true))
	x.AppendString("four")
	steps = append(steps, x.Send(true))
	if got := fmt.Sprint(steps); got != fmt.Sprint([]error{nil, nil, ErrEnded}) {
		t.Errorf("Send = %v", got)
	}
	if got := strings.Join(s.notes, " "); got != "201 1 one flush three flush" || !x.Ended() || len(x.Answer()) != 0 {
		t.Errorf("sent %q, left %q", got, x.Answer())
	}
}

func TestSendFails(t *testing.T) {
	for left, started := range []bool{false, true, true} {
		x := New(Request{}, nil, 0, &sink{left: left})
		x.AppendString("x")
		for range 2 {
			if err := x.Send(false); !errors.Is(err, errGone) {
				t.Errorf("%d: Send = %v", left, err)
			}
		}
		if x.Started() != started {
			t.Errorf("%d: Started = %v; want %v", left, x.Started(), started)
		}
	}
}

func TestWithoutSink(t *testing.T) {
	x := New(Request{}, nil, 0, nil)
	x.AppendString("a")
	if err := x.Send(false); err != nil {
		t.Fatal(err)
	}
	x.AppendString("b")
	if err := x.Send(true); err != nil {
		t.Fatal(err)
	}
	x.AppendString("c")
	if got := string(x.Answer()); got != "ab" || x.Started() || !x.Ended() || x.StatusCode() != 200 {
		t.Errorf("answer %q, started %v, ended %v", got, x.Started(), x.Ended())
	}
}
