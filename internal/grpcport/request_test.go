package grpcport

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
	testpb "google.golang.org/grpc/interop/grpc_testing"
)

func frame(size int) []byte {
	b := make([]byte, frameHeader+size)
	binary.BigEndian.PutUint32(b[1:], uint32(size))
	return b
}

func TestFrames(t *testing.T) {
	sizes := []int{0, 1, 100, 0, 70_000, 5}
	var stream []byte
	var want []int64
	for _, n := range sizes {
		stream = append(stream, frame(n)...)
		want = append(want, int64(n)+frameHeader)
	}
	for _, chunk := range []int{1, 2, 3, 5, 7, 4096, len(stream)} {
		var f frames
		for c := range slices.Chunk(stream, chunk) {
			f.add(c)
		}
		if !slices.Equal(f.whole, want) || f.waiting != int64(len(stream)) {
			t.Errorf("in chunks of %d: messages %v, %d bytes; want %v, %d", chunk, f.whole, f.waiting, want, len(stream))
		}
		for range want {
			f.drop()
		}
		f.drop()
		if f.waiting != 0 || len(f.whole) != 0 {
			t.Errorf("after all were received: %v, %d bytes; want none", f.whole, f.waiting)
		}
	}
}

// FuzzFrames holds frames against reading the whole stream at once, and cutting
// it in two against not cutting it.
func FuzzFrames(f *testing.F) {
	f.Add(append(frame(3), frame(0)...), 4)
	f.Add([]byte{0, 255, 255, 255, 255, 1, 2}, 2)
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		var want []int64
		rest := stream
		for len(rest) >= frameHeader {
			n := int64(binary.BigEndian.Uint32(rest[1:])) + frameHeader
			if n > int64(len(rest)) {
				break
			}
			want = append(want, n)
			rest = rest[n:]
		}
		var got frames
		cut = max(0, min(cut, len(stream)))
		got.add(stream[:cut])
		got.add(stream[cut:])
		if !slices.Equal(got.whole, want) {
			t.Errorf("messages of % x cut at %d = %v; want %v", stream, cut, got.whole, want)
		}
	})
}

func TestPacedBodyWaitsForTheMethod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 10_000
		stream := bytes.Repeat(frame(size), 20)
		b := newPacedBody(io.NopCloser(bytes.NewReader(stream)), 1<<20)
		var read int
		done := make(chan struct{})
		go func() {
			defer close(done)
			buf := make([]byte, 4096)
			for {
				n, err := b.Read(buf)
				read += n
				if err != nil {
					return
				}
			}
		}()
		synctest.Wait()
		if most := readAhead + size + frameHeader + 4096; read <= readAhead || read > most {
			t.Errorf("with nothing received %d bytes were read; want more than %d, at most %d", read, readAhead, most)
		}
		before := read
		b.messageReceived()
		synctest.Wait()
		if read <= before || read > before+size+frameHeader+4096 {
			t.Errorf("after one message %d more bytes were read; want about %d", read-before, size)
		}
		for range 19 {
			b.messageReceived()
			synctest.Wait()
		}
		<-done
		if read != len(stream) {
			t.Errorf("%d bytes were read in the end; want %d", read, len(stream))
		}
	})
}

func TestPacedBodyReadsOneLongMessage(t *testing.T) {
	stream := frame(1 << 20) // far more than readAhead
	b := newPacedBody(io.NopCloser(iotest.HalfReader(bytes.NewReader(stream))), 1<<20)
	got := make([]byte, len(stream))
	if n, err := io.ReadFull(b, got); err != nil || !bytes.Equal(got, stream) {
		t.Fatalf("ReadFull = %d, %v; want the whole message", n, err)
	}
	b.messageReceived()
	if n, err := b.Read(got); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read() after the last message = %d, %v; want EOF", n, err)
	}
}

// TestPacedBodyFillsItsBuffers has a message arrive byte by byte.
func TestPacedBodyFillsItsBuffers(t *testing.T) {
	const size, buffer = 50_000, 16 << 10
	b := newPacedBody(io.NopCloser(iotest.OneByteReader(bytes.NewReader(append(frame(size), frame(7)...)))), size)
	buf := make([]byte, buffer)
	for _, want := range []int{buffer, buffer, buffer, size + frameHeader - 3*buffer, frameHeader + 7} {
		if n, err := b.Read(buf); n != want || err != nil {
			t.Errorf("Read() = %d, %v; want %d", n, err, want)
		}
	}
	if n, err := b.Read(buf); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read() after the last message = %d, %v; want EOF", n, err)
	}
}

// TestPacedBodyBoundsMessages has empty messages arrive one by one while nobody
// receives them.
func TestPacedBodyBoundsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, peer := io.Pipe()
		b := newPacedBody(in, 1<<10)
		reads := 0
		ended := make(chan error, 1)
		go func() {
			for buf := make([]byte, 100); ; reads++ {
				if _, err := b.Read(buf); err != nil {
					ended <- err
					return
				}
			}
		}()
		go func() {
			for {
				if _, err := peer.Write(frame(0)); err != nil {
					return
				}
			}
		}()
		synctest.Wait()
		if reads != readAheadMessages+1 {
			t.Errorf("%d messages were read; want %d", reads, readAheadMessages+1)
		}
		b.Close()
		if err := <-ended; !errors.Is(err, errBodyClosed) {
			t.Errorf("Read() after Close = %v; want errBodyClosed", err)
		}
	})
}

func TestPacedBodyStopsAtTooLongMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newPacedBody(io.NopCloser(bytes.NewReader(frame(1001)[:500])), 1000)
		if n, err := b.Read(make([]byte, frameHeader)); n != frameHeader || err != nil {
			t.Fatalf("Read() = %d, %v; want the header", n, err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := b.Read(make([]byte, 100))
			ended <- err
		}()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("Read() after the header of a message that is too long = %v; want it to wait", err)
		default:
		}
		b.Close()
		if err := <-ended; !errors.Is(err, errBodyClosed) {
			t.Errorf("Read() after Close = %v; want errBodyClosed", err)
		}
	})
}

// TestStreamsPassUnchanged sends more than is read ahead, in messages of all
// sizes, plain and compressed.
func TestStreamsPassUnchanged(t *testing.T) {
	svc := &service{duplex: func(stream testpb.TestService_FullDuplexCallServer) error {
		for {
			m, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := stream.Send(&testpb.StreamingOutputCallResponse{Payload: m.Payload}); err != nil {
				return err
			}
		}
	}}
	eachWay(t, Options{Authenticate: everyone, MaxRecvBytes: 2 << 20}, svc, func(t *testing.T, r *running) {
		client := testpb.NewTestServiceClient(r.dial(t))
		for _, opts := range [][]grpc.CallOption{nil, {grpc.UseCompressor("gzip")}} {
			duplex, err := client.FullDuplexCall(t.Context(), opts...)
			if err != nil {
				t.Fatal(err)
			}
			var sizes []int
			for i := range 400 {
				sizes = append(sizes, i%7*100)
			}
			sizes = append(sizes, 1<<20, 0, 100_000, 1<<20)
			go func() {
				for _, n := range sizes {
					duplex.Send(&testpb.StreamingOutputCallRequest{Payload: &testpb.Payload{Body: make([]byte, n)}})
				}
				duplex.CloseSend()
			}()
			for i, n := range sizes {
				m, err := duplex.Recv()
				if err != nil || len(m.GetPayload().GetBody()) != n {
					t.Fatalf("message %d has %d bytes, %v; want %d", i, len(m.GetPayload().GetBody()), err, n)
				}
			}
			if _, err := duplex.Recv(); !errors.Is(err, io.EOF) {
				t.Errorf("Recv() after the last = %v; want EOF", err)
			}
		}
	})
}

// rawClient returns an HTTP/2 client that speaks over TLS with any ALPN.
func (r *running) rawClient(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{
		Protocols: new(http.Protocols),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := tls.Dialer{Config: r.keys.clientConfig(r.alpn)}
			return d.DialContext(ctx, "tcp", r.addr)
		},
	}
	tr.Protocols.SetUnencryptedHTTP2(true) // to http.Transport it is; DialContext encrypts
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestRequestMustArrive(t *testing.T) {
	eachWay(t, Options{RequestTimeout: 50 * time.Millisecond}, nil, func(t *testing.T, r *running) {
		for _, part := range [][]byte{nil, {0, 0}, {0, 0, 0, 0, 9, 1}} {
			body, more := io.Pipe()
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+r.addr+"/grpc.health.v1.Health/Check", body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/grpc")
			req.Header.Set("Te", "trailers")
			if part != nil {
				go more.Write(part)
			}
			resp, err := r.rawClient(t).Do(req)
			if err != nil {
				more.Close()
				continue // the stream was reset: ended, too
			}
			io.Copy(io.Discard, resp.Body)
			more.Close()
			resp.Body.Close()
			got := resp.Trailer.Get("Grpc-Status") + resp.Header.Get("Grpc-Status")
			if got == "" || got == "0" {
				t.Errorf("a request that stops after % x ended with grpc-status %q; want an error", part, got)
			}
		}
	})
}

func TestSlowMethodOutlivesRequestTimeout(t *testing.T) {
	const timeout = 200 * time.Millisecond
	var arrived atomic.Int64
	svc := &service{unary: func(ctx context.Context, _ *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
		arrived.Add(1)
		select {
		case <-time.After(2 * timeout):
			return &testpb.SimpleResponse{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	eachWay(t, Options{Authenticate: everyone, RequestTimeout: timeout}, svc, func(t *testing.T, r *running) {
		client := testpb.NewTestServiceClient(r.dial(t))
		before := arrived.Load()
		_, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{})
		for range 100 {
			if arrived.Load() > before {
				break
			}
			_, err = client.UnaryCall(t.Context(), &testpb.SimpleRequest{}) // the request itself was late
		}
		if err != nil {
			t.Errorf("UnaryCall() = %v; want its answer: its request had arrived", err)
		}
	})
}

// TestNothingIsReadBeforeCredentials demands that the body of a call waits for them.
func TestNothingIsReadBeforeCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := bytes.NewReader(frame(10))
		b := newPacedBody(io.NopCloser(source), 100)
		b.shut = true
		read := make(chan int, 1)
		go func() {
			n, _ := b.Read(make([]byte, 100))
			read <- n
		}()
		synctest.Wait()
		if source.Len() != frameHeader+10 {
			t.Errorf("%d bytes were read before the credentials were accepted", frameHeader+10-source.Len())
		}
		b.admitted()
		if n := <-read; n != frameHeader+10 {
			t.Errorf("Read() after that = %d; want the whole message", n)
		}
	})
}

func TestPrivateBodiesAreShut(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for method, want := range map[string]bool{"/grpc.testing.TestService/UnaryCall": true, "/grpc.health.v1.Health/Check": false} {
		r := httptest.NewRequest("POST", method, nil)
		r = s.boundBody(r.Context(), func() {}, httptest.NewRecorder(), r)
		if got := r.Body.(*pacedBody).shut; got != want {
			t.Errorf("the body of %s is shut: %v; want %v", method, got, want)
		}
		r.Body.Close()
	}
}
