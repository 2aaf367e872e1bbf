package main

import (
	"crypto/tls"
	"strings"
	"sync"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"appserver/internal/config"
	"appserver/internal/logging"
	"appserver/internal/sslconf"
)

// handshakeLog logs the TLS handshakes of requests that programs make: those that fail
// always, the others with [SSLConfigure] Verbose or State. With LogFormat=classic it
// writes the lines of the original product.
type handshakeLog struct {
	log     *zap.Logger
	policy  *sslconf.Policy
	classic bool
	verbose zapcore.Level // of what [SSLConfigure] Verbose asks for
	states  zapcore.Level // of what [SSLConfigure] State asks for
	verify  bool          // [SSLConfigure] VerifyServer

	mu         sync.Mutex
	unverified map[string]bool // hosts that were warned of
}

// newHandshakeLog makes the log of handshakes under a configuration; format is that of
// the records.
func newHandshakeLog(cfg *config.Config, s *security, format string, root *zap.Logger) *handshakeLog {
	level := func(on bool) zapcore.Level {
		if on {
			return zap.InfoLevel
		}
		return zap.DebugLevel
	}
	return &handshakeLog{
		log: logging.Sampled(root.Named("ssl")), policy: s.outgoing, classic: format == logging.Classic,
		verbose: level(cfg.SSL.Verbose || cfg.SSL.State), states: level(cfg.SSL.State),
		verify: cfg.SSL.VerifyServer, unverified: map[string]bool{},
	}
}

// begins logs that a handshake with the host begins.
func (h *handshakeLog) begins(host string, verify bool) {
	if !verify {
		h.warn(host)
	}
	if !h.classic {
		h.log.Log(h.states, "TLS handshake with a server begins", zap.String("host", host))
		return
	}
	h.log.Log(h.verbose, "[tSSLSocketAPI][Connect] Connecting SSL.", zap.String("host", host))
	h.log.Log(h.verbose, "[tSSLSocketClientAPI][Initialize] starting handshake ..")
	h.log.Log(h.verbose, "[tSSLSocketClientAPI][Initialize] "+h.policy.Classic())
	h.log.Log(h.states, "SSL callback where:[16] ret:[1] state:[before/connect initialization]")
}

// ends logs what came of a handshake with the host.
func (h *handshakeLog) ends(host string, state tls.ConnectionState, err error) {
	switch {
	case err != nil:
		h.failed(host, err)
	case h.classic:
		h.log.Log(h.verbose, "[tSSLSocketAPI] Using "+strings.ReplaceAll(tls.VersionName(state.Version), " ", "")+" protocol.")
		h.log.Log(h.states, "SSL callback where:[32] ret:[1] state:[SSL negotiation finished successfully]")
		h.log.Log(h.verbose, "[tSSLSocketAPI][Connect] Connecting SSL OK.", zap.String("host", host))
	default:
		h.log.Log(h.verbose, "TLS with a server established", zap.String("host", host),
			zap.String("version", tls.VersionName(state.Version)), zap.String("cipher", tls.CipherSuiteName(state.CipherSuite)),
			zap.Bool("resumed", state.DidResume))
	}
}

func (h *handshakeLog) failed(host string, err error) {
	reason := h.policy.Reason(err)
	if reason == "" {
		reason = err.Error()
	}
	if !h.classic {
		h.log.Warn("TLS handshake with a server failed", zap.String("host", host), zap.String("reason", reason))
		return
	}
	h.log.Error("SSL description", zap.String("host", host), zap.String("reason", reason))
	h.log.Error("Failed Handshake SSL.")
}

// maxUnverified is of how many hosts is warned.
const maxUnverified = 1000

// warn says, once for each host, that its certificate is not verified.
func (h *handshakeLog) warn(host string) {
	h.mu.Lock()
	known := h.unverified[host] || len(h.unverified) >= maxUnverified
	if !known {
		h.unverified[host] = true
	}
	h.mu.Unlock()
	if known {
		return
	}
	why := "the program asked for it (lVerify)"
	if !h.verify {
		why = "[SSLConfigure] VerifyServer=0"
	}
	h.log.Warn("the certificate of a server is not verified: somebody in between could read and change everything",
		zap.String("host", host), zap.String("because", why))
}
