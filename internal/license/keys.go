package license

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/datadir"
)

const (
	// KeyFile is the name of the file, in the data folder, of the last key that was fetched
	// from a URL: a JSON object with source, read and pem.
	KeyFile = "license-key.json"

	maxKeyFile   = 64 << 10 // bytes of what a key is read from
	maxKeys      = 16       // in one source
	minRSA       = 2048     // bits
	maxRSA       = 8192
	fetchTimeout = 15 * time.Second
	fileEvery    = time.Minute     // how often a file is looked at
	firstRetry   = 5 * time.Second // after a fetch that failed; then twice as long each time
	mostRetry    = 10 * time.Minute
	suspectEvery = time.Minute // how often a code of an unknown key has keys fetched
	usualRefresh = 24 * time.Hour
)

// keys are the public keys from one source. Those that were read last count until others
// are: an unreachable source takes nothing away.
type keys struct {
	source  string
	every   time.Duration
	o       Options
	client  *http.Client
	changed func() // after other keys were read

	asked chan struct{} // holds a token if keys are to be fetched soon

	mu   sync.RWMutex // guards the rest
	held []crypto.PublicKey
	last KeyState
	text string // of held
}

// openKeys returns the keys of the source, as far as they can be had without the network.
func openKeys(source string, every time.Duration, o Options, changed func()) (*keys, error) {
	k := &keys{source: source, every: every, o: o, client: o.Client, changed: changed, asked: make(chan struct{}, 1), last: KeyState{Source: source}}
	if k.client == nil {
		k.client = newClient()
	}
	switch {
	case source == "":
	case k.remote():
		if u, err := url.Parse(source); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			return nil, errors.New("[License] PublicKey must be a file or an https URL without a user")
		}
		k.recall()
	default:
		k.refresh(context.Background())
	}
	return k, nil
}

// newClient returns a client that follows redirects to https only.
func newClient() *http.Client {
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true, MaxResponseHeaderBytes: maxKeyFile, TLSHandshakeTimeout: fetchTimeout, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Scheme != "https" || len(via) > 3 {
				return errors.New("redirected to where no key is taken from")
			}
			return nil
		},
	}
}

func (k *keys) remote() bool { return strings.Contains(k.source, "://") }

func (k *keys) public() []crypto.PublicKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.held
}

func (k *keys) state() KeyState {
	k.mu.RLock()
	defer k.mu.RUnlock()
	s := k.last
	s.Keys = len(k.held)
	return s
}

// suspect has the keys fetched soon: a code was not good, and the source may have another key.
func (k *keys) suspect() {
	select {
	case k.asked <- struct{}{}:
	default:
	}
}

// run keeps the keys up to date until ctx ends.
func (k *keys) run(ctx context.Context) {
	if k.source == "" {
		<-ctx.Done()
		return
	}
	retry := firstRetry
	for {
		pause := k.pause()
		if !k.refresh(ctx) {
			pause = min(retry, pause)
			retry = min(2*retry, mostRetry)
		} else {
			retry = firstRetry
		}
		if !k.sleep(ctx, pause) {
			return
		}
	}
}

// pause is between two good reads.
func (k *keys) pause() time.Duration {
	switch {
	case !k.remote():
		return fileEvery
	case k.every <= 0:
		return usualRefresh
	}
	return k.every
}

// sleep waits for the pause, or less if keys are asked for; it returns false when ctx ends.
func (k *keys) sleep(ctx context.Context, pause time.Duration) bool {
	soonest := time.NewTimer(min(pause, suspectEvery))
	defer soonest.Stop()
	all := time.NewTimer(pause)
	defer all.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-soonest.C: // requests to fetch count from now on
	}
	select {
	case <-ctx.Done():
		return false
	case <-k.asked:
	case <-all.C:
	}
	return true
}

// refresh reads the source and reports whether that went well.
func (k *keys) refresh(ctx context.Context) bool {
	text, err := k.read(ctx)
	if err == nil {
		err = k.take(text, k.o.Now())
	}
	if err != nil {
		k.failed(ctx, err)
		return false
	}
	if k.remote() {
		k.keep(text)
	}
	return true
}

func (k *keys) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	k.mu.Lock()
	again := k.last.Problem == err.Error()
	k.last.Problem = err.Error()
	n := len(k.held)
	k.mu.Unlock()
	if !again {
		k.o.Log.Error("the key of licences cannot be read; those that are known stay", zap.String("source", k.source), zap.Int("known", n), zap.Error(err))
	}
}

// take has the keys in text count.
func (k *keys) take(text string, read time.Time) error {
	held, err := parseKeys(text)
	if err != nil {
		return err
	}
	k.mu.Lock()
	other := text != k.text
	k.held, k.text = held, text
	k.last.Read, k.last.Problem = read.UTC().Truncate(time.Second), ""
	k.mu.Unlock()
	if other && k.changed != nil {
		k.changed()
	}
	return nil
}

func (k *keys) read(ctx context.Context) (string, error) {
	if k.remote() {
		return k.fetch(ctx)
	}
	info, err := os.Stat(k.source)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a regular file", k.source)
	}
	f, err := os.Open(k.source)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err == nil && len(b) > maxKeyFile {
		err = fmt.Errorf("the key is longer than %d bytes", maxKeyFile)
	}
	return string(b), err
}

func (k *keys) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.source, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/x-pem-file, text/plain, */*;q=0.5")
	resp, err := k.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered with status %d", k.source, resp.StatusCode)
	}
	return readAll(resp.Body)
}

// kept is what KeyFile holds.
type kept struct {
	Source string    `json:"source"`
	Read   time.Time `json:"read"`
	PEM    string    `json:"pem"`
}

// keep writes down what was fetched, for a start without the network.
func (k *keys) keep(text string) {
	if k.o.Dir == "" {
		return
	}
	err := datadir.Update(k.o.Dir, KeyFile, 2*maxKeyFile, func([]byte) ([]byte, error) {
		return json.Marshal(kept{k.source, k.o.Now().UTC().Truncate(time.Second), text})
	})
	if err != nil {
		k.o.Log.Warn("the key of licences cannot be kept in the data folder", zap.Error(err))
	}
}

// recall takes what keep has written of this source.
func (k *keys) recall() {
	if k.o.Dir == "" {
		return
	}
	f, err := os.Open(filepath.Join(k.o.Dir, KeyFile))
	if err != nil {
		return // it was never fetched
	}
	defer f.Close()
	var was kept
	err = json.NewDecoder(io.LimitReader(f, 2*maxKeyFile)).Decode(&was)
	if err == nil && was.Source == k.source {
		err = k.take(was.PEM, was.Read)
	}
	if err != nil {
		k.o.Log.Warn("the kept key of licences is damaged; it is fetched anew", zap.Error(err))
	}
}

// parseKeys returns the public keys in PEM blocks: PUBLIC KEY (PKIX), RSA PUBLIC KEY (PKCS #1)
// and CERTIFICATE, of which only the key counts. The text may be a JSON string, or an object
// of which one member is such a text.
func parseKeys(text string) ([]crypto.PublicKey, error) {
	var found []crypto.PublicKey
	rest := []byte(plain(text))
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		key, err := parseKey(b)
		if err != nil {
			return nil, err
		}
		if found = append(found, key); len(found) > maxKeys {
			return nil, fmt.Errorf("there are more than %d keys", maxKeys)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("there is no public key in PEM form (BEGIN PUBLIC KEY, BEGIN RSA PUBLIC KEY or BEGIN CERTIFICATE)")
	}
	return found, nil
}

// plain returns the text with PEM blocks that a JSON text holds, else text.
func plain(text string) string {
	var one string
	if json.Unmarshal([]byte(text), &one) == nil {
		return one
	}
	var all map[string]any
	if json.Unmarshal([]byte(text), &all) != nil {
		return text
	}
	var blocks []string
	for _, v := range all {
		if s, ok := v.(string); ok && strings.Contains(s, "-----BEGIN ") {
			blocks = append(blocks, s)
		}
	}
	return strings.Join(blocks, "\n")
}

func parseKey(b *pem.Block) (key crypto.PublicKey, err error) {
	switch b.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(b.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(b.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(b.Bytes); err == nil {
			key = c.PublicKey
		}
	default:
		return nil, fmt.Errorf("there is a PEM block %.40q: only public keys and certificates belong here", b.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("the public key cannot be read: %w", err)
	}
	return key, checkKey(key)
}

// checkKey refuses keys that are too weak, or that no algorithm is for.
func checkKey(key crypto.PublicKey) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n < minRSA || n > maxRSA {
			return fmt.Errorf("the RSA key has %d bits; %d to %d are possible", n, minRSA, maxRSA)
		}
		return nil
	case *ecdsa.PublicKey:
		return nil
	}
	return errors.New("the public key is of a kind that signs no codes: RSA and ECDSA do")
}
