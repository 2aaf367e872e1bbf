package certs

import (
	"crypto/tls"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCovers(t *testing.T) {
	p, _, err := Select(Request{Now: bundledDay(t)})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"localhost": "", "LOCALHOST": "", "localhost.": "", "127.0.0.1": "", "::1": "", "0:0:0:0:0:0:0:1": "", "::1%lo": "",
		"127.0.0.2":      "valid for 127.0.0.1, ::1",
		"a.localhost":    "valid for localhost",
		"server.example": "valid for localhost",
		"":               "",
	} {
		err := p.Covers(host)
		if host == "" {
			if err == nil {
				t.Error(`Covers("") = nil; want an error`)
			}
			continue
		}
		if !matches(err, want) {
			t.Errorf("Covers(%q) = %v; want %q", host, err, want)
		}
	}
}

func TestStore(t *testing.T) {
	first, second := must(selfSigned(today)), must(selfSigned(today))
	s := NewStore(first)
	if s.Pair() != first {
		t.Error("Pair() is not the one of NewStore")
	}
	if old := s.Swap(second); old != first || s.Pair() != second {
		t.Errorf("Swap = %p, Pair() = %p; want %p, %p", old, s.Pair(), first, second)
	}
	cert, err := s.GetCertificate(nil)
	if err != nil || cert != &second.Certificate {
		t.Errorf("GetCertificate = %p, %v; want that of the new pair", cert, err)
	}
	defer func() {
		if recover() == nil || s.Pair() != second {
			t.Error("Swap(nil) did not panic, or lost the pair")
		}
	}()
	s.Swap(nil)
}

// TestStoreConcurrent serves handshakes while the pair is swapped.
func TestStoreConcurrent(t *testing.T) {
	pairs := []*Pair{must(selfSigned(time.Now())), must(selfSigned(time.Now()))}
	s := NewStore(pairs[0])
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 200 {
				s.Swap(pairs[i%2])
				if c, err := s.GetCertificate(nil); err != nil || c.Leaf == nil {
					t.Errorf("GetCertificate = %v, %v", c, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCurlTrustsBundled: with the CA alone, curl accepts localhost and its
// addresses and refuses another name.
func TestCurlTrustsBundled(t *testing.T) {
	requireTool(t, "curl")
	p, _, err := Select(Request{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Origin == SelfSigned {
		t.Skip("the bundled certificate is out of date today, as `go run ./certs/check` tells")
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: NewStore(p).GetCertificate})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(ln) })
	defer func() { srv.Close(); wg.Wait() }()

	ca := write(t, t.TempDir(), "ca.pem", p.CA)
	_, port, _ := strings.Cut(ln.Addr().String(), ":")
	for host, want := range map[string]string{"localhost": "404", "127.0.0.1": "404", "server.example": "000"} {
		out, _ := exec.CommandContext(t.Context(), "curl", "-s", "-o", "-", "-w", "%{http_code}", "--max-time", "20", "--cacert", ca,
			"--resolve", "localhost:"+port+":127.0.0.1", "--resolve", "server.example:"+port+":127.0.0.1", "https://"+host+":"+port+"/").Output()
		if !strings.HasSuffix(string(out), want) {
			t.Errorf("curl https://%s = %s; want %s", host, out, want)
		}
	}
}

func TestStrings(t *testing.T) {
	for o := FromFiles; o <= SelfSigned+1; o++ {
		if s := o.String(); (o <= SelfSigned) == strings.HasPrefix(s, "Origin(") {
			t.Errorf("Origin(%d).String() = %s", o, s)
		}
	}
	for l, want := range map[Level]string{Notice: "notice", Warning: "warning", Error: "error", 7: "Level(7)"} {
		if got := l.String(); got != want {
			t.Errorf("Level(%d).String() = %s; want %s", l, got, want)
		}
	}
}
