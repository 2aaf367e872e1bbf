package httpport

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
)

// Of an answer whose client takes nothing the system keeps little: what it has taken beyond
// that would have to go before it takes more, which a slow client does not do in time.
func TestSystemKeepsLittleOfAnAnswer(t *testing.T) {
	for _, tr := range []transport{plainHTTP1, tlsHTTP1} {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			var taken atomic.Int64
			ended := make(chan struct{})
			addr := tr.start(t, New(Config{Log: zap.NewNop(), StallTimeout: 500 * time.Millisecond, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				defer close(ended)
				for {
					n, err := w.Write(make([]byte, maxPiece))
					if taken.Add(int64(n)); err != nil {
						return
					}
				}
			})}))
			resp, err := tr.client(t, addr).Get(tr.url("/"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			<-ended
			if n := taken.Load(); n > 1<<20 {
				t.Errorf("%d bytes were taken; want at most 1 MiB", n)
			}
		})
	}
}
