package certs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultInterval = 5 * time.Second
	defaultSettle   = time.Second
	// retryInterval is how often files that were refused are tried again although
	// they are the same: a certificate may not have been valid yet.
	retryInterval = time.Minute
)

// WatchOptions are options of [NewWatcher]. The functions, either may be nil,
// are called one at a time and must not call the Watcher's methods.
type WatchOptions struct {
	Interval time.Duration // between polls; 0 = 5 s
	Settle   time.Duration // how long changed files must stay as they are before they are read; 0 = 1 s, or Interval if that is less

	// OnSwap is called whenever another pair has come into the store: from
	// changed files, or by SetSource, for which findings may be nil.
	OnSwap func(old, new *Pair, findings []Finding)

	// OnFault is called when changed files cannot be used and the old pair stays:
	// once for each state of the files, and only if it is still the same an
	// Interval later, as a copy may be under way.
	OnFault func(err error, findings []Finding)
}

// Watcher keeps the pair in a [Store] up to date with the files that it comes
// from. It looks at their content at intervals, since notifications about files
// miss what matters: links to folders that are exchanged, network drives.
//
// Certificate and key are one unit: a pair is used when it can be used as a
// whole, until then the old one stays. The same certificate again is no change.
// When the pair in use expires, its files are read again, unchanged as they are:
// the source may have another pair for that time, as [Select] has for the bundled.
//
// Methods are safe for concurrent use.
type Watcher struct {
	store *Store
	o     WatchOptions
	now   func() time.Time

	fault atomic.Pointer[error] // for Fault; nil: none

	mu  sync.Mutex // held during a poll and the calls of functions
	src Source
	// What is known of the files.
	state   watchState
	digest  [sha256.Size]byte // of the state
	retryAt time.Time         // in watchRefused
}

// watchState says what is known of the files with the digest.
type watchState uint8

const (
	watchUnknown  watchState = iota // nothing, the digest neither
	watchSettling                   // they have changed
	watchUnusable                   // they cannot be used; if they stay so, that is reported
	watchRefused                    // they cannot be used, which is reported
	watchInUse                      // the pair in the store is theirs
)

// NewWatcher returns a watcher of src for s, of which the pair was loaded from
// src before. It does nothing before Run is called, except that changes since
// that pair was loaded are then noticed too.
func NewWatcher(s *Store, src Source, o WatchOptions) *Watcher {
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	if o.Settle <= 0 {
		o.Settle = min(defaultSettle, o.Interval)
	}
	if o.OnSwap == nil {
		o.OnSwap = func(*Pair, *Pair, []Finding) {}
	}
	if o.OnFault == nil {
		o.OnFault = func(error, []Finding) {}
	}
	return &Watcher{store: s, src: src, o: o, now: time.Now}
}

// Run polls until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	timer := time.NewTimer(w.poll())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(w.poll())
		}
	}
}

// Fault returns why the files, as last looked at, are not in use, and nil once
// they are, also if they are again what they were. That of a copy that may be
// under way is not told. It does not wait for a look that is under way.
func (w *Watcher) Fault() error {
	if err := w.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// SetSource makes src what is watched from now on and puts p, which was loaded
// from src and must not be nil, into the store. Digest is what src.Digest
// returned before p was loaded: if it is another one now, p may be older than
// what is in the store, and the files are read again instead. Should they be
// unusable at that moment, p is taken until they have settled.
func (w *Watcher) SetSource(src Source, p *Pair, digest [sha256.Size]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.src, w.digest = src, src.Digest()
	if w.digest == digest {
		w.state = watchInUse
		w.use(p, nil)
		return
	}
	if _, err := w.load(); err != nil {
		w.state = watchUnknown
		w.use(p, nil)
	}
}

// poll looks at the files once and returns when to look again.
func (w *Watcher) poll() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	digest := w.src.Digest()
	if digest != w.digest || w.state == watchUnknown {
		w.digest, w.state = digest, watchSettling
		return w.o.Settle
	}
	switch {
	case w.state == watchInUse && !w.expired(), w.state == watchRefused && w.now().Before(w.retryAt):
		return w.o.Interval
	}
	findings, err := w.load()
	switch {
	case err == nil:
	case w.state == watchSettling:
		w.state = watchUnusable
	case w.state == watchUnusable:
		w.refuse(err)
		w.o.OnFault(err, findings)
	default:
		w.refuse(err)
	}
	return w.o.Interval
}

// expired reports whether the pair in use is past its end.
func (w *Watcher) expired() bool { return w.now().After(w.store.Pair().Certificate.Leaf.NotAfter) }

// refuse remembers that the files cannot be used, and why.
func (w *Watcher) refuse(err error) {
	w.fault.Store(&err)
	w.state, w.retryAt = watchRefused, w.now().Add(retryInterval)
}

// load reads the files and uses what they hold.
func (w *Watcher) load() ([]Finding, error) {
	p, findings, err := w.src.Load(w.now())
	if err != nil {
		return findings, err
	}
	w.state = watchInUse
	w.use(p, findings)
	return findings, nil
}

// use puts p into the store, unless it is what is there already.
func (w *Watcher) use(p *Pair, findings []Finding) {
	w.fault.Store(nil)
	if old := w.store.Pair(); !samePair(old, p) || w.expired() {
		w.store.Swap(p)
		w.o.OnSwap(old, p, findings)
	}
}

// samePair reports whether nobody could tell a from b. Self-signed pairs are
// made anew whenever one is asked for; one is as good as the other.
func samePair(a, b *Pair) bool {
	if a.Origin == SelfSigned && b.Origin == SelfSigned {
		return true
	}
	return a.Origin == b.Origin && a.CertFile == b.CertFile && a.KeyFile == b.KeyFile && bytes.Equal(a.CA, b.CA) &&
		slices.EqualFunc(a.Certificate.Certificate, b.Certificate.Certificate, bytes.Equal)
}
