package httpport

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"

	"go.uber.org/zap"
)

// Each connection is for three requests, and the next one has a new connection.
func TestMaxRequests(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, tlsHTTP1, tlsSniffed, tlsHTTP2, plainHTTP2} {
		t.Run(tr.name, func(t *testing.T) {
			srv := New(Config{MaxRequests: 3, Log: zap.NewNop(), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "text")
			})})
			client := tr.client(t, tr.start(t, srv))
			made := 0
			for i := range 7 {
				trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
					if !info.Reused {
						made++
					}
				}}
				r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", tr.url("/"), nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := client.Do(r)
				if err != nil {
					t.Fatalf("request %d: %v", i+1, err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Fatalf("request %d: %v", i+1, err)
				}
				resp.Body.Close()
				if last := (i+1)%3 == 0; tr.proto == 1 && resp.Close != last {
					t.Errorf("request %d: the connection ends: %v; want %v", i+1, resp.Close, last)
				}
			}
			if tr.proto == 1 && made != 3 || made < 2 { // GOAWAY may arrive late
				t.Errorf("%d connections for 7 requests; want 3", made)
			}
		})
	}
}
