package httpport

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"go.uber.org/zap"
)

// BenchmarkRequest compares keep-alive requests through a Server with the
// same through a bare http.Server: the difference is the price of the rules.
func BenchmarkRequest(b *testing.B) {
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// Any header at all costs HTTP/2 one more hand-over between
		// goroutines; a fair comparison has one on both sides.
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "hello, world")
	})
	bare := new(http.Server)
	bare.Protocols = new(http.Protocols)
	bare.Protocols.SetHTTP1(true)
	bare.Protocols.SetUnencryptedHTTP2(true)
	bare.Handler = hello
	for _, server := range []struct {
		name string
		server
	}{
		{"bare", bare},
		{"port", New(Config{Handler: hello, Log: zap.NewNop()})},
	} {
		b.Run("http1/"+server.name, func(b *testing.B) { benchmarkRequest(b, server, plainHTTP1) })
		b.Run("http2/"+server.name, func(b *testing.B) { benchmarkRequest(b, server, plainHTTP2) })
	}
}

type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

func benchmarkRequest(b *testing.B, srv server, how transport) {
	ln := listen(b)
	go func() { _ = srv.Serve(ln) }() // ends with the listener
	defer ln.Close()
	client := how.client(b, ln.Addr().String())
	for b.Loop() {
		resp, err := client.Get("http://test/")
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
