package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	bundled "appserver/certs"
	"appserver/internal/keyfile"
)

// watched is a watcher with what it has told.
type watched struct {
	*Watcher
	events []string
	fault  error // the last one told
	clock  time.Time
}

// watch returns a watcher of src that shows what src holds now.
func watch(t testing.TB, src Source) *watched {
	t.Helper()
	p, _, err := src.Load(today)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{clock: today}
	w.Watcher = NewWatcher(NewStore(p), src, WatchOptions{
		OnSwap: func(_, p *Pair, _ []Finding) {
			w.events = append(w.events, "swap "+p.Certificate.Leaf.Subject.CommonName)
		},
		OnFault: func(err error, _ []Finding) {
			w.events, w.fault = append(w.events, "fault"), err
		},
	})
	w.now = func() time.Time { return w.clock }
	w.polls(2) // the first look and its settling
	return w
}

// polls polls n times, each when the one before said.
func (w *watched) polls(n int) {
	for range n {
		w.clock = w.clock.Add(w.poll())
	}
}

// expect compares what was told since the last call, and the text of the last
// fault if want is one.
func (w *watched) expect(t testing.TB, what string, want ...string) {
	t.Helper()
	event, text := "", ""
	if len(want) > 0 {
		event, text, _ = strings.Cut(want[0], ": ")
	}
	if got := strings.Join(w.events, "; "); got != event || text != "" && !matches(w.fault, text) {
		t.Errorf("%s: told %q, %v; want %q", what, got, w.fault, want)
	}
	w.events, w.fault = nil, nil
}

func (w *watched) shows() string { return w.store.Pair().Certificate.Leaf.Subject.CommonName }

// servers returns an authority and servers a and b below it.
func servers() (root, a, b *party) {
	root = (*party)(nil).issue("root", newKey(), asCA)
	return root, root.issue("a", newKey(), nil), root.issue("b", newKey(), nil)
}

func TestWatchRewrite(t *testing.T) {
	_, a, b := servers()
	files := pairFiles(t, a)
	w := watch(t, files.source())
	w.polls(3)
	w.expect(t, "nothing has changed")

	put := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(files.Cert, certPEM(a))
	w.polls(3)
	w.expect(t, "the same content again")

	// In place, and found half written.
	put(files.Cert, certPEM(b)[:100])
	w.polls(1)
	put(files.Cert, certPEM(b))
	w.polls(1)
	put(files.Key, keyPEM(b.key)[:50])
	w.polls(2) // settles, cannot be used
	put(files.Key, keyPEM(b.key))
	w.polls(1)
	w.expect(t, "while it is written")
	w.polls(1)
	w.expect(t, "when it is whole", "swap b")

	// The key first, the certificate much later.
	put(files.Key, keyPEM(a.key))
	w.polls(2)
	w.expect(t, "a key that does not fit, at first")
	w.polls(1)
	w.expect(t, "a key that does not fit, for longer", "fault: key.pem does not belong to")
	w.polls(5)
	w.expect(t, "the same fault")
	if w.shows() != "b" {
		t.Errorf("with a key that does not fit the store shows %s; want b", w.shows())
	}
	put(files.Cert, certPEM(a))
	w.polls(2)
	w.expect(t, "the certificate to it", "swap a")
}

func TestWatchRemovedAndReplaced(t *testing.T) {
	_, a, b := servers()
	files := pairFiles(t, a)
	dir := filepath.Dir(files.Cert)
	w := watch(t, files.source())

	os.Remove(files.Cert)
	w.polls(3)
	w.expect(t, "the certificate is gone", "fault: cert.pem does not exist")
	write(t, dir, "cert.pem", certPEM(a))
	w.polls(3)
	w.expect(t, "it is there again")
	os.Remove(files.Cert)
	w.polls(3)
	w.expect(t, "gone once more", "fault: cert.pem does not exist")

	// Another by renaming, as atomic writers do.
	for name, data := range map[string][]byte{"cert.pem": certPEM(b), "key.pem": keyPEM(b.key)} {
		if err := os.Rename(write(t, dir, "new-"+name, data), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.polls(2)
	w.expect(t, "another in its place", "swap b")

	if runtime.GOOS != "windows" {
		os.Chmod(files.Key, 0o644)
		w.polls(3)
		w.expect(t, "a key that others can read", "fault: can be read by others")
		os.Chmod(files.Key, 0o600)
		w.polls(3)
		w.expect(t, "the mode as before")
	}
}

// TestWatchLinkedFolder exchanges both files as Kubernetes does: the files are
// links through a link to a folder, and that link is replaced.
func TestWatchLinkedFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	_, a, b := servers()
	dir := t.TempDir()
	publish := func(version string, p *party) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, version), "tls.crt", certPEM(p))
		write(t, filepath.Join(dir, version), "tls.key", keyPEM(p.key))
		if err := os.Symlink(version, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	files := Files{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}
	publish("..1", a)
	for _, path := range []string{files.Cert, files.Key} {
		if err := os.Symlink(filepath.Join("..data", filepath.Base(path)), path); err != nil {
			t.Fatal(err)
		}
	}
	w := watch(t, files.source())
	publish("..2", b)
	w.polls(2)
	w.expect(t, "the folder is exchanged", "swap b")
	os.RemoveAll(filepath.Join(dir, "..1"))
	publish("..3", b)
	w.polls(3)
	w.expect(t, "the same in another folder")
}

// TestWatchRequest: files that come to decide are noticed, whichever they are.
func TestWatchRequest(t *testing.T) {
	_, a, b := servers()
	l := newLocal(t)
	r := Request{Dir: t.TempDir(), Local: l.dir}
	w := watch(t, r.Source())
	write(t, r.Dir, bundled.CertificateFile, certPEM(a))
	w.polls(3)
	w.expect(t, "a certificate beside the configuration alone", "fault: totvs_certificate_key.pem, which belongs to it, is not")
	write(t, r.Dir, bundled.KeyFile, keyPEM(a.key))
	w.polls(2)
	w.expect(t, "its key as well", "swap a")
	if _, err := l.Create(LocalOptions{Hosts: []string{"local.example"}}); err != nil {
		t.Fatal(err)
	}
	w.polls(2)
	w.expect(t, "a local pair", "swap local.example")
	os.WriteFile(filepath.Join(r.Dir, bundled.CertificateFile), certPEM(b), 0o600)
	w.polls(3)
	w.expect(t, "a change of files that do not count")
	if _, err := l.RenewIfDue(t.Context(), today.AddDate(0, 0, 61)); err != nil {
		t.Fatal(err)
	}
	w.clock = today.AddDate(0, 0, 61)
	w.polls(2)
	w.expect(t, "a renewal", "swap local.example")
	os.RemoveAll(l.dir)
	os.WriteFile(filepath.Join(r.Dir, bundled.KeyFile), keyPEM(b.key), 0o600)
	w.polls(2)
	w.expect(t, "no local pair any more", "swap b")
}

// TestWatchFault: the fault lasts as long as the files cannot be used, however
// they come to be usable again.
func TestWatchFault(t *testing.T) {
	_, a, b := servers()
	files := pairFiles(t, a)
	w := watch(t, files.source())
	key := func(p *party) { os.WriteFile(files.Key, keyPEM(p.key), 0o600) }
	expect := func(what, want string) {
		t.Helper()
		if err := w.Fault(); !matches(err, want) {
			t.Errorf("%s: Fault = %v; want %q", what, err, want)
		}
	}
	expect("at first", "")
	key(b)
	w.polls(2)
	expect("a copy may be under way", "")
	w.polls(1)
	expect("a key that does not fit", "does not belong to")
	w.polls(40)
	expect("the same, tried again", "does not belong to")
	key(a)
	w.polls(2)
	expect("the old key again", "")
	key(b)
	w.polls(3)
	expect("a key that does not fit, again", "does not belong to")
	p, _, err := pairFiles(t, b).load(today)
	if err != nil {
		t.Fatal(err)
	}
	w.SetSource(files.source(), p, files.source().Digest())
	expect("another source", "")
}

func TestWatchSetSource(t *testing.T) {
	_, a, b := servers()
	first, second := pairFiles(t, a), pairFiles(t, b)
	w := watch(t, first.source())
	p, _, err := second.source().Load(today)
	if err != nil {
		t.Fatal(err)
	}
	w.SetSource(second.source(), p, second.source().Digest())
	w.expect(t, "SetSource", "swap b")
	if w.store.Pair() != p {
		t.Error("SetSource did not put the pair into the store")
	}
	os.Remove(first.Cert)
	w.polls(3)
	w.expect(t, "the files from before")
}

// TestWatchSetSourceLate: a pair that was loaded before the files changed does
// not displace the newer one.
func TestWatchSetSourceLate(t *testing.T) {
	_, a, b := servers()
	files := pairFiles(t, a)
	load := func() (*Pair, [32]byte) {
		digest := files.source().Digest()
		p, _, err := files.source().Load(today)
		if err != nil {
			t.Fatal(err)
		}
		return p, digest
	}
	put := func(p *party) {
		os.WriteFile(files.Cert, certPEM(p), 0o600)
		os.WriteFile(files.Key, keyPEM(p.key), 0o600)
	}
	w := watch(t, files.source())
	p, digest := load()
	put(b)
	w.polls(2)
	w.expect(t, "a change that the watcher sees", "swap b")
	w.SetSource(files.source(), p, digest)
	w.expect(t, "SetSource with the pair before")
	w.polls(3)
	w.expect(t, "polls after it")

	p, digest = load()
	put(a)
	w.SetSource(files.source(), p, digest)
	w.expect(t, "a change that the watcher has not seen", "swap a")

	p, digest = load()
	put(b)
	os.Remove(files.Key)
	w.SetSource(files.source(), p, digest)
	w.polls(2)
	w.expect(t, "files that are being exchanged")
	put(b)
	w.polls(2)
	w.expect(t, "the files are whole", "swap b")
}

// TestWatchExpired: when the pair in use ends, what the source has for that time
// takes its place, and one that was made on the spot another one.
func TestWatchExpired(t *testing.T) {
	day := bundledDay(t)
	src := Request{Dir: t.TempDir()}.Source()
	p, _, err := src.Load(day)
	if err != nil {
		t.Fatal(err)
	}
	swaps := 0
	w := NewWatcher(NewStore(p), src, WatchOptions{
		OnSwap:  func(*Pair, *Pair, []Finding) { swaps++ },
		OnFault: func(err error, _ []Finding) { t.Errorf("OnFault: %v", err) },
	})
	for _, now := range []time.Time{day, p.Certificate.Leaf.NotAfter.Add(time.Second), p.Certificate.Leaf.NotAfter.AddDate(1, 0, 1)} {
		w.now = func() time.Time { return now }
		before := swaps
		for range 4 {
			w.poll()
		}
		shown := w.store.Pair()
		if now.After(shown.Certificate.Leaf.NotAfter) || swaps-before > 1 {
			t.Errorf("at %s a pair is shown that ended on %s, after %d swaps", now, shown.Certificate.Leaf.NotAfter, swaps-before)
		}
	}
	if p := w.store.Pair(); p.Origin != SelfSigned || swaps != 2 {
		t.Errorf("the pair is %s, after %d swaps; want a self-signed one after 2", p.Origin, swaps)
	}
}

// TestWatchExpiredStays: a pair that has no other in its place stays, and is not
// a fault of changed files.
func TestWatchExpiredStays(t *testing.T) {
	_, a, _ := servers()
	w := watch(t, pairFiles(t, a).source())
	w.clock = a.cert.NotAfter.Add(time.Second)
	w.polls(10)
	w.expect(t, "after the end")
	if w.shows() != "a" || !matches(w.Fault(), "expired") {
		t.Errorf("after the end: %s is shown, Fault = %v; want a, and that it has expired", w.shows(), w.Fault())
	}
}

// TestWatchMissedChange: what has changed between loading the first pair and the
// first poll is noticed.
func TestWatchMissedChange(t *testing.T) {
	_, a, b := servers()
	files := pairFiles(t, a)
	p, _, _ := files.source().Load(today)
	os.WriteFile(files.Cert, certPEM(b), 0o600)
	os.WriteFile(files.Key, keyPEM(b.key), 0o600)
	w := NewWatcher(NewStore(p), files.source(), WatchOptions{})
	w.now = func() time.Time { return today }
	w.poll()
	w.poll()
	if got := w.store.Pair().Certificate.Leaf; !got.Equal(b.cert) {
		t.Errorf("the store shows %s; want b", got.Subject)
	}
}

// TestWatchNotYetValid: a certificate that is refused only because it begins
// later is taken when it begins, although its files do not change.
func TestWatchNotYetValid(t *testing.T) {
	root, a, _ := servers()
	files := pairFiles(t, a)
	w := watch(t, files.source())
	begins := w.clock.Add(time.Hour)
	later := root.issue("later", a.key, func(c *x509.Certificate) { c.NotBefore = begins })
	os.WriteFile(files.Cert, certPEM(later), 0o600)
	w.polls(4)
	w.expect(t, "before it begins", "fault: is valid from")
	loads := 0
	load := w.src.Load
	w.src.Load = func(now time.Time) (*Pair, []Finding, error) { loads++; return load(now) }
	for w.clock.Before(begins) {
		w.polls(1)
	}
	w.expect(t, "until it begins")
	if loads > 61 {
		t.Errorf("the files were read %d times within an hour; want once a minute", loads)
	}
	for w.clock.Before(begins.Add(retryInterval + 10*time.Second)) {
		w.polls(1)
	}
	w.expect(t, "when it has begun", "swap later")
}

// TestWatchSelfSigned: the pair that is made on the spot stays the same one.
func TestWatchSelfSigned(t *testing.T) {
	src := Source{Digest: Request{}.Source().Digest, Load: func(now time.Time) (*Pair, []Finding, error) {
		p, err := selfSigned(now)
		return p, nil, err
	}}
	w := watch(t, src)
	w.polls(3)
	w.state = watchUnknown // as after a change
	w.polls(3)
	w.expect(t, "a self-signed pair")
}

// TestWatchRun measures when changes come into use and when they are refused.
func TestWatchRun(t *testing.T) {
	_, a, b := servers()
	good, better := must(a.pair()), must(b.pair())
	for _, tt := range []struct {
		name            string
		o               WatchOptions
		inUse, reported time.Duration // after the change
	}{
		{"defaults", WatchOptions{}, 6 * time.Second, 11 * time.Second},
		{"minute", WatchOptions{Interval: time.Minute, Settle: 10 * time.Second}, 70 * time.Second, 130 * time.Second},
		{"quick", WatchOptions{Interval: 100 * time.Millisecond}, 200 * time.Millisecond, 300 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			var version atomic.Int32
			src := Source{
				Digest: func() (sum [32]byte) { sum[0] = byte(version.Load()); return sum },
				Load: func(time.Time) (*Pair, []Finding, error) {
					switch version.Load() {
					case 0:
						return good, nil, nil
					case 1:
						return better, nil, nil
					}
					return nil, nil, errors.New("bad")
				},
			}
			told := make(chan string, 10)
			tt.o.OnSwap = func(old, p *Pair, _ []Finding) { told <- "swap" }
			tt.o.OnFault = func(error, []Finding) { told <- "fault" }
			ctx, cancel := context.WithCancel(t.Context())
			w := NewWatcher(NewStore(good), src, tt.o)
			ended := make(chan struct{})
			go func() { defer close(ended); w.Run(ctx) }()

			time.Sleep(time.Hour)
			synctest.Wait()
			for i, want := range []struct {
				event  string
				within time.Duration
			}{{"swap", tt.inUse}, {"fault", tt.reported}} {
				version.Store(int32(i + 1))
				changed := time.Now()
				if got := <-told; got != want.event || time.Since(changed) > want.within {
					t.Errorf("%s: %s after %s; want %s within %s", tt.name, got, time.Since(changed), want.event, want.within)
				}
			}
			if w.store.Pair() != better {
				t.Errorf("%s: the bad pair has displaced the good one", tt.name)
			}
			cancel()
			<-ended
			if len(told) > 0 {
				t.Errorf("%s: told %q as well", tt.name, <-told)
			}
		})
	}
}

// TestWatchConcurrent uses every method while Run polls.
func TestWatchConcurrent(t *testing.T) {
	_, a, b := servers()
	files := []Files{pairFiles(t, a), pairFiles(t, b)}
	pa, pb := must(a.pair()), must(b.pair())
	s := NewStore(pa)
	w := NewWatcher(s, files[0].source(), WatchOptions{Interval: time.Millisecond, Settle: time.Microsecond})
	w.now = func() time.Time { return today }
	ctx, cancel := context.WithCancel(t.Context())
	var run, wg sync.WaitGroup
	run.Go(func() { w.Run(ctx) })
	for i, p := range []*Pair{pa, pb} {
		wg.Go(func() {
			for range 50 {
				w.SetSource(files[i].source(), p, files[i].source().Digest())
				if err := w.Fault(); err != nil {
					t.Errorf("Fault = %v", err)
				}
				if s.Pair() == nil {
					t.Error("the store is empty")
				}
			}
		})
	}
	wg.Wait()
	cancel()
	run.Wait()
}

// TestWatchHandshakes: handshakes show the new pair once it is in use, none
// fails meanwhile, connections that exist go on, and sessions of before are
// resumed.
func TestWatchHandshakes(t *testing.T) {
	root, a, b := servers()
	files := pairFiles(t, a)
	w := watch(t, files.source())
	server := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: w.store.GetCertificate, Time: func() time.Time { return today }}
	client := &tls.Config{ServerName: "a.example", RootCAs: pool(root), Time: server.Time, ClientSessionCache: tls.NewLRUClientSessionCache(4)}

	existing, name := handshake(t, server, client)
	if name != "a" {
		t.Fatalf("the first handshake shows %s; want a", name)
	}
	os.WriteFile(files.Cert, certPEM(b), 0o600)
	os.WriteFile(files.Key, keyPEM(b.key), 0o600)
	w.polls(2)
	resumed, _ := handshake(t, server, client)
	if !resumed.client.ConnectionState().DidResume {
		t.Error("a session from before the swap was not resumed")
	}
	client.ClientSessionCache = nil
	if _, name := handshake(t, server, client); name != "b" {
		t.Errorf("a handshake after the swap shows %s; want b", name)
	}
	if err := existing.echo(); err != nil {
		t.Errorf("a connection from before the swap: %v", err)
	}
}

// connected are both ends of a TLS connection.
type connected struct{ server, client *tls.Conn }

// echo sends some bytes from the server to the client.
func (c connected) echo() error {
	sent := []byte("still here")
	failed := make(chan error, 1)
	go func() { _, err := c.server.Write(sent); failed <- err }()
	got := make([]byte, len(sent))
	_, err := c.client.Read(got)
	if err == nil && !bytes.Equal(got, sent) {
		err = fmt.Errorf("read %q; want %q", got, sent)
	}
	return errors.Join(err, <-failed)
}

// handshake connects client to server and returns the common name that the
// server shows.
func handshake(t *testing.T, server, client *tls.Config) (connected, string) {
	t.Helper()
	at, far := net.Pipe()
	c := connected{tls.Server(at, server), tls.Client(far, client)}
	t.Cleanup(func() { c.client.NetConn().Close(); c.server.NetConn().Close() })
	failed := make(chan error, 1)
	go func() { failed <- c.server.HandshakeContext(t.Context()) }()
	if err := errors.Join(c.client.HandshakeContext(t.Context()), <-failed); err != nil {
		t.Fatal(err)
	}
	if err := c.echo(); err != nil { // the client reads its ticket on the way
		t.Fatal(err)
	}
	return c, c.client.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// pair returns p as a pair.
func (p *party) pair() (*Pair, error) {
	made, _, err := parsePair(certPEM(p), keyPEM(p.key), "", today, keyfile.ForOperators)
	return made, err
}

func pool(p *party) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(p.cert)
	return roots
}

func TestSamePair(t *testing.T) {
	_, a, b := servers()
	p := must(a.pair())
	for name, tt := range map[string]struct {
		change func(p *Pair)
		want   bool
	}{
		"nothing":           {func(*Pair) {}, true},
		"certificate":       {func(p *Pair) { *p = *must(b.pair()) }, false},
		"chain":             {func(p *Pair) { p.Certificate.Certificate = append(p.Certificate.Certificate, b.cert.Raw) }, false},
		"authority":         {func(p *Pair) { p.CA = certPEM(b) }, false},
		"origin":            {func(p *Pair) { p.Origin = FromMPP }, false},
		"certificate file":  {func(p *Pair) { p.CertFile = "a" }, false},
		"key file":          {func(p *Pair) { p.KeyFile = "a" }, false},
		"self-signed, once": {func(p *Pair) { p.Origin = SelfSigned }, false},
	} {
		other := must(a.pair())
		tt.change(other)
		if samePair(p, other) != tt.want || samePair(other, p) != tt.want {
			t.Errorf("samePair after a change of: %s = %t; want %t", name, !tt.want, tt.want)
		}
	}
	if !samePair(must(selfSigned(today)), must(selfSigned(today))) {
		t.Error("samePair of two self-signed pairs = false; want true")
	}
}
