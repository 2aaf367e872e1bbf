//go:build linux

package main

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
	"time"
)

// handshakeWorkers is how many connections are being made at a time.
const handshakeWorkers = 8

// handshakeVariant is a way to connect.
type handshakeVariant struct {
	name string
	key  keyKind
	tlsCase
}

var handshakeVariants = []handshakeVariant{
	{"ECDSA P-256, TLS 1.3", keyECDSA, tlsCase{version: tls.VersionTLS13, alpn: "http/1.1"}},
	{"ECDSA P-256, TLS 1.3, resumed", keyECDSA, tlsCase{version: tls.VersionTLS13, alpn: "http/1.1", resume: true}},
	{"ECDSA P-256, TLS 1.2", keyECDSA, tlsCase{version: tls.VersionTLS12, alpn: "http/1.1"}},
	{"RSA-2048, TLS 1.3", keyRSA, tlsCase{version: tls.VersionTLS13, alpn: "http/1.1"}},
	{"RSA-2048, TLS 1.3, resumed", keyRSA, tlsCase{version: tls.VersionTLS13, alpn: "http/1.1", resume: true}},
	{"RSA-2048, TLS 1.2", keyRSA, tlsCase{version: tls.VersionTLS12, alpn: "http/1.1"}},
}

// handshakes measures new connections with one request each.
func (b *bench) handshakes(round int) error {
	for _, key := range []keyKind{keyECDSA, keyRSA} {
		servers, err := b.startAll(b.rotated(round, contender.serves), launch{pair: b.pair(key), answer: b.answer})
		if err != nil {
			return err
		}
		for _, v := range handshakeVariants {
			if v.key != key {
				continue
			}
			// Half slices: there are many variants, and their figures vary little.
			err := b.takeTurns("handshake", v.name, servers, func(s *server, slice time.Duration) (sample, error) {
				return handshakeSlice(s, v, slice/2)
			})
			if err != nil {
				return err
			}
		}
		b.stopAll()
	}
	return nil
}

func handshakeSlice(s *server, v handshakeVariant, slice time.Duration) (sample, error) {
	var workers []worker
	for range handshakeWorkers {
		workers = append(workers, func(count *counter, stop *atomic.Bool) error {
			cfg := v.config()
			for first := true; !stop.Load(); first = false {
				if err := connectOnce(s.addr, cfg, v.resume && !first); err != nil {
					return err
				}
				count.Add(1)
			}
			return nil
		})
	}
	return drive(s, slice, workers)
}

// connectOnce makes a connection, a request on it, and its end.
func connectOnce(address string, cfg *tls.Config, resumed bool) error {
	conn, err := dial(address, nil, cfg)
	if err != nil {
		return err
	}
	defer reset(conn)
	if got := conn.ConnectionState().DidResume; got != resumed {
		return fmt.Errorf("resumed is %v, not %v", got, resumed)
	}
	return newH1(conn, answerPath).roundTrip()
}

// handshakeGoals are by variant and server.
var handshakeGoals = map[[2]string]goal{
	{handshakeVariants[0].name, bare}:  {what: "CPU", limit: 1.10, unit: " ×"},
	{handshakeVariants[0].name, nginx}: {what: "CPU", limit: 1, unit: " ×"},
}

func (b *bench) reportHandshakes() []table {
	t := table{
		title: "New connections",
		notes: []string{
			fmt.Sprintf("A TCP connection, the handshake, one GET %s over HTTP/1.1 and a reset; %d at a time. Key exchange X25519 and AES-128-GCM with all, "+
				"certificate of one self-signed key, tickets as each server has them by default.", answerPath, handshakeWorkers),
		},
		header: []string{"", "server", "CPU per connection, µs", "connections per core and s", "seen per s", "CPU, appserver : this", "goal"},
	}
	for _, v := range handshakeVariants {
		for _, c := range b.contenders {
			b.cpuRow(&t, cell{"handshake", v.name, c.name, metricCPU}, handshakeGoals[[2]string{v.name, c.name}])
		}
	}
	return []table{t}
}
