package rest

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"appserver/internal/exchange"
)

// answering serves what a program would make of x, in one piece or in parts.
func answering(t *testing.T, program func(x *exchange.Exchange) error) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sink := newSink(w, r)
		defer sink.Close()
		x := exchange.New(exchange.Request{Method: r.Method}, r.Body, 1<<20, sink)
		err := program(x)
		if err == nil && !x.Started() {
			err = sendAnswer(w, r, x)
		}
		if err != nil && !x.Started() {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func ask(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		name, method string
		status       int
		body, want   string
		length       int64 // announced
	}{
		{"get", "GET", 0, "text", "text", 4},
		{"created", "POST", 201, "text", "text", 4},
		{"empty", "GET", 0, "", "", 0},
		{"head", "HEAD", 0, "text", "", 4},
		{"no content", "DELETE", 204, "text", "", 0},
		{"not modified", "GET", 304, "text", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := answering(t, func(x *exchange.Exchange) error {
				x.Status = c.status
				x.Header.Set("X-Total", "1")
				x.Header.Set("Content-Length", "99")
				x.Header.Set("Transfer-Encoding", "gzip")
				x.Header.Set("connection", "upgrade")
				x.Append([]byte(c.body))
				return nil
			})
			resp, body := ask(t, c.method, s.URL)
			if want := max(c.status, 200); c.status != 0 && resp.StatusCode != want {
				t.Errorf("status %d; want %d", resp.StatusCode, want)
			}
			if body != c.want || resp.ContentLength != c.length || len(resp.TransferEncoding) > 0 {
				t.Errorf("body %q, length %d, %v; want %q, %d", body, resp.ContentLength, resp.TransferEncoding, c.want, c.length)
			}
			if resp.Header.Get("X-Total") != "1" || resp.Header.Get("Connection") != "" {
				t.Errorf("header %v; want X-Total and no Connection", resp.Header)
			}
		})
	}
}

func TestAnswerCloses(t *testing.T) {
	s := answering(t, func(x *exchange.Exchange) error { x.Close = true; return nil })
	if resp, _ := ask(t, "GET", s.URL); !resp.Close {
		t.Error("the connection stays; want it closed")
	}
	rec, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.ProtoMajor = 2
	x := exchange.New(exchange.Request{}, nil, 0, nil)
	x.Close = true
	if err := sendAnswer(rec, r, x); err != nil || rec.Header().Get("Connection") != "" {
		t.Errorf("in HTTP/2, where others share the connection: %v, %v", rec.Header(), err)
	}
}

func TestAnswerRefusesHeader(t *testing.T) {
	for _, inParts := range []bool{false, true} {
		for name, value := range map[string]string{
			"X-A": "1\r\nSet-Cookie: a=b", "X-B": "1\x00", "X C": "1", "X-Long": strings.Repeat("v", exchange.MaxHeaderField),
		} {
			s := answering(t, func(x *exchange.Exchange) error {
				x.Header[name] = []string{value}
				x.Append([]byte("text"))
				if !inParts {
					return nil
				}
				sink := x.Send(true)
				if !errors.Is(sink, exchange.ErrHeader) {
					t.Errorf("Send with %s: %v; want ErrHeader", name, sink)
				}
				return sink
			})
			resp, body := ask(t, "GET", s.URL)
			if resp.Header.Get("Set-Cookie") != "" || body == "text" {
				t.Errorf("%s was sent: %v %q", name, resp.Header, body)
			}
		}
	}
}

func TestAnswerRefusesStatus(t *testing.T) {
	for _, status := range []int{1, 100, 101, 199, 600, 999, 1000, -1} {
		s := answering(t, func(x *exchange.Exchange) error { x.Status = status; return nil })
		if resp, _ := ask(t, "GET", s.URL); resp.StatusCode != http.StatusInternalServerError {
			t.Errorf("status %d was answered %d; want 500", status, resp.StatusCode)
		}
	}
}

func TestSinkSendsPartsAtOnce(t *testing.T) {
	next := make(chan bool)
	s := answering(t, func(x *exchange.Exchange) error {
		x.Header.Set("Content-Length", "3") // of a program: not the length of all parts
		for _, part := range []string{"one\n", "two\n"} {
			x.Append([]byte(part))
			if err := x.Send(false); err != nil {
				return err
			}
			<-next
		}
		return x.Send(true)
	})
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for _, want := range []string{"one\n", "two\n"} { // each before the program goes on
		if got, err := lines.ReadString('\n'); got != want || err != nil {
			t.Fatalf("part %q, %v; want %q", got, err, want)
		}
		next <- true
	}
	if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
		t.Errorf("then %q, %v; want the end", rest, err)
	}
}

func TestSinkWithoutBody(t *testing.T) {
	for method, status := range map[string]int{"HEAD": 200, "GET": 204, "POST": 304} {
		s := answering(t, func(x *exchange.Exchange) error {
			x.Status = status
			x.Append([]byte("text"))
			return x.Send(true)
		})
		if resp, body := ask(t, method, s.URL); resp.StatusCode != status || body != "" {
			t.Errorf("%s: %d %q; want %d without a body", method, resp.StatusCode, body, status)
		}
	}
}

func TestSinkClosed(t *testing.T) {
	sink := newSink(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	sink.Close()
	_, err := sink.Write([]byte("late"))
	for _, err := range []error{sink.Start(200, nil), err, sink.Flush()} {
		if !errors.Is(err, errSinkClosed) {
			t.Errorf("after Close: %v; want ErrSinkClosed", err)
		}
	}
}
