//go:build linux

package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// answerPath is what is asked for: appserver's probe, the smallest answer it has.
const answerPath = "/healthz"

// answer is what every server answers to it, but for Date and what names the
// server.
type answer struct {
	Headers []header
	Body    string
}

type header struct{ Name, Value string }

// learnAnswer asks appserver, so that the others can be told to answer the same.
func (b *bench) learnAnswer() error {
	s, err := b.start(b.contenders[0], launch{pair: b.pair(keyECDSA)})
	if err != nil {
		return err
	}
	defer s.stop()
	resp, body, err := s.get("http/1.1")
	if err != nil {
		return err
	}
	b.answer.Body = body
	for name, values := range resp.Header {
		if name != "Date" && name != "Content-Length" {
			b.answer.Headers = append(b.answer.Headers, header{name, values[0]})
		}
	}
	slices.SortFunc(b.answer.Headers, func(a, b header) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func (b *bench) pair(key keyKind) string { return filepath.Join(b.dir, string(key)) }

// verify checks that s gives the answer, over both versions of HTTP.
func (b *bench) verify(s *server) error {
	for _, proto := range []string{"http/1.1", "h2"} {
		resp, body, err := s.get(proto)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", s.name, proto, err)
		}
		if resp.StatusCode != http.StatusOK || body != b.answer.Body {
			return fmt.Errorf("%s, %s: answers %d %q, not 200 %q", s.name, proto, resp.StatusCode, body, b.answer.Body)
		}
		for _, h := range b.answer.Headers {
			if got := resp.Header.Get(h.Name); !strings.EqualFold(got, h.Value) {
				return fmt.Errorf("%s, %s: header %s is %q, not %q", s.name, proto, h.Name, got, h.Value)
			}
		}
	}
	return nil
}

// get asks with net/http's client, over the version of HTTP that proto names.
func (s *server) get(proto string) (*http.Response, string, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(proto == "http/1.1")
	protocols.SetHTTP2(proto == "h2")
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // the certificate is made for this run
		Protocols:         protocols,
		DisableKeepAlives: true,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return nil, "", err
	}
	resp, err := client.Get("https://localhost:" + port + answerPath)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	return resp, string(body), err
}

// bareConfig is the argument of the bare server.
type bareConfig struct {
	Pair     string
	Answer   answer
	Timeouts bool
}

// serveBare is bare net/http: a mux, a handler and a certificate, nothing set but
// the TLS version and, if asked for, time-outs like appserver's, which a server on
// an open network needs. It ends when it is killed.
func serveBare(config string) error {
	var cfg bareConfig
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return err
	}
	headers, body := cfg.Answer.Headers, []byte(cfg.Answer.Body)
	mux := http.NewServeMux()
	mux.HandleFunc(answerPath, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for _, own := range headers {
			h.Set(own.Name, own.Value)
		}
		w.WriteHeader(http.StatusOK)
		w.Write(body)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("port is open address=%s\n", l.Addr())
	srv := &http.Server{Handler: mux, TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if cfg.Timeouts {
		srv.ReadHeaderTimeout, srv.IdleTimeout = 10*time.Second, 2*time.Minute
	}
	return srv.ServeTLS(l, cfg.Pair+".crt", cfg.Pair+".key")
}
