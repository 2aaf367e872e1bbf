package license

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/jwt/jwttest"
	"appserver/internal/lograte"
)

var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// signingKey is made once: RSA keys take their time.
var signingKey = sync.OnceValue(newRSA)

func newRSA() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func publicPEM(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func writeKey(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// maker makes codes as the platform does.
func maker(t testing.TB) *jwttest.Maker {
	return &jwttest.Maker{T: t, Key: signingKey(), Now: start,
		Header: map[string]any{"alg": "RS256", "typ": "JWT"},
		Claims: map[string]any{"iss": "mingle/totvs", "x-totvs-app": "1000", "exp": start.Add(time.Hour).Unix()},
	}
}

func settings(t testing.TB) Settings {
	return Settings{Enable: true, Slots: map[int]int{DefaultSlot: 2, 1000: 1}, Issuer: "mingle/totvs",
		PublicKey: writeKey(t, publicPEM(t, signingKey().Public()))}
}

func control(t testing.TB, s Settings) *Control {
	t.Helper()
	c, err := New(Options{Settings: s, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// slotFor returns the slot that a request with the codes takes.
func slotFor(c *Control, codes ...string) (int, error) {
	release, err := c.Acquire(codes)
	if err != nil {
		return 0, err
	}
	defer release()
	for _, s := range c.State().Slots {
		if s.Used > 0 {
			return s.Slot, nil
		}
	}
	return 0, nil
}

func TestSlots(t *testing.T) {
	m := maker(t)
	c := control(t, settings(t))
	for _, test := range []struct {
		name  string
		codes []string
		slot  int
		err   error
	}{
		{"no header", nil, DefaultSlot, nil},
		{"number in a text", []string{m.Good()}, 1000, nil},
		{"again, from memory", []string{m.Good()}, 1000, nil},
		{"number", []string{m.With(nil, map[string]any{"x-totvs-app": 1000})}, 1000, nil},
		{"blanks", []string{m.With(nil, map[string]any{"x-totvs-app": " 1000 "})}, 1000, nil},
		{"no claim", []string{m.With(nil, map[string]any{"x-totvs-app": nil})}, DefaultSlot, nil},
		{"no end", []string{m.With(nil, map[string]any{"exp": nil})}, 1000, nil},
		{"unknown slot", []string{m.With(nil, map[string]any{"x-totvs-app": 77})}, 0, ErrNoLicense},
		{"empty header", []string{""}, 0, ErrBadCode},
		{"two headers", []string{m.Good(), m.Good()}, 0, ErrBadCode},
		{"claim is no number", []string{m.With(nil, map[string]any{"x-totvs-app": "ten"})}, 0, ErrBadCode},
		{"claim is empty", []string{m.With(nil, map[string]any{"x-totvs-app": ""})}, 0, ErrBadCode},
		{"claim is null", []string{m.With(nil, map[string]any{"x-totvs-app": json.RawMessage("null")})}, 0, ErrBadCode},
		{"claim is negative", []string{m.With(nil, map[string]any{"x-totvs-app": -4093})}, 0, ErrBadCode},
		{"claim is a fraction", []string{m.With(nil, map[string]any{"x-totvs-app": 4093.5})}, 0, ErrBadCode},
		{"claim is a list", []string{m.With(nil, map[string]any{"x-totvs-app": []int{1000}})}, 0, ErrBadCode},
		{"claim is large", []string{m.With(nil, map[string]any{"x-totvs-app": 1 << 40})}, 0, ErrBadCode},
	} {
		if got, err := slotFor(c, test.codes...); got != test.slot || !errors.Is(err, test.err) || test.err == nil && err != nil {
			t.Errorf("%s: slot %d, %v; want %d, %v", test.name, got, err, test.slot, test.err)
		}
	}
	if s := c.State(); s.Unknown != 1 || s.BadCodes != 9 {
		t.Errorf("State = %+v; want 1 of an unknown slot and 9 bad codes", s)
	}
}

// No forged code gets a licence, least of all the one of requests without a code.
func TestForgedCodes(t *testing.T) {
	m := maker(t)
	c := control(t, settings(t))
	for what, code := range m.Forgeries() {
		if slot, err := slotFor(c, code); !errors.Is(err, ErrBadCode) {
			t.Errorf("%s: slot %d, %v; want ErrBadCode", what, slot, err)
		} else if len(code) > 20 && strings.Contains(err.Error(), code[:20]) {
			t.Errorf("%s: the error %q holds the code", what, err)
		}
	}
	for _, s := range c.State().Slots {
		if s.Acquired != 0 {
			t.Errorf("slot %d was given out", s.Slot)
		}
	}
}

func TestOtherAlgorithms(t *testing.T) {
	m := maker(t)
	s := settings(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.PublicKey = writeKey(t, publicPEM(t, key.Public()))
	m.Key, m.Header["alg"] = key, "ES256"
	if _, err := slotFor(control(t, s), m.Good()); !errors.Is(err, ErrBadCode) {
		t.Errorf("ES256 without being configured: %v", err)
	}
	s.Algorithms = []string{"ES256", "RS256"}
	if slot, err := slotFor(control(t, s), m.Good()); slot != 1000 || err != nil {
		t.Errorf("ES256 as configured: slot %d, %v", slot, err)
	}
	for _, a := range []string{"none", "HS256", "", "RS1"} {
		s.Algorithms = []string{a}
		if _, err := New(Options{Settings: s}); err == nil {
			t.Errorf("algorithm %q can be configured", a)
		}
	}
}

func TestWithoutKey(t *testing.T) {
	m := maker(t)
	s := settings(t)
	s.PublicKey = ""
	c := control(t, s)
	if _, err := slotFor(c, m.Good()); !errors.Is(err, ErrBadCode) {
		t.Errorf("no key configured: %v; want ErrBadCode", err)
	}
	if slot, err := slotFor(c); slot != DefaultSlot || err != nil {
		t.Errorf("no header: slot %d, %v", slot, err)
	}
	s.PublicKey = filepath.Join(t.TempDir(), "none.pem")
	c = control(t, s)
	if _, err := slotFor(c, m.Good()); !errors.Is(err, ErrUnchecked) {
		t.Errorf("no key there: %v; want ErrUnchecked", err)
	}
	if k := c.State().Key; k.Problem == "" || k.Keys != 0 {
		t.Errorf("Key = %+v; want a problem", k)
	}
}

func TestCounts(t *testing.T) {
	c := control(t, settings(t))
	first, err1 := c.Acquire(nil)
	second, err2 := c.Acquire(nil)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	_, err := c.Acquire(nil)
	if !errors.Is(err, ErrNoLicense) || !strings.Contains(err.Error(), "4093") {
		t.Errorf("the third of two: %v; want ErrNoLicense that names the slot", err)
	}
	first()
	first() // does no harm
	third, err := c.Acquire(nil)
	if err != nil {
		t.Fatalf("after one was given back: %v", err)
	}
	if _, err := c.Acquire(nil); !errors.Is(err, ErrNoLicense) {
		t.Errorf("a second release counted: %v", err)
	}
	second()
	third()
	want := SlotState{Slot: DefaultSlot, Count: 2, Peak: 2, Acquired: 3, Refused: 2}
	if got := c.State().Slots; len(got) != 2 || got[1] != want {
		t.Errorf("State = %+v; want slot 1000 and %+v", got, want)
	}
}

func TestUpdate(t *testing.T) {
	s := settings(t)
	c := control(t, s)
	first, err1 := c.Acquire(nil)
	second, err2 := c.Acquire(nil)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	bad := s
	bad.Slots = map[int]int{DefaultSlot: 9, 0: 1}
	if err := c.Update(bad); err == nil {
		t.Error("a slot 0 was taken over")
	}
	s.Slots = map[int]int{DefaultSlot: 1, 5: 3}
	if err := c.Update(s); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Acquire(nil); !errors.Is(err, ErrNoLicense) {
		t.Errorf("with two of one in use: %v", err)
	}
	second()
	if _, err := c.Acquire(nil); !errors.Is(err, ErrNoLicense) {
		t.Errorf("with one of one in use: %v", err)
	}
	s.Slots = map[int]int{5: 3}
	if err := c.Update(s); err != nil {
		t.Fatal(err)
	}
	if got := c.State().Slots; len(got) != 2 || got[1] != (SlotState{Slot: DefaultSlot, Used: 1, Peak: 2, Acquired: 2, Refused: 2}) {
		t.Errorf("a slot that is held, but not named: %+v", got)
	}
	first()
	if got := c.State().Slots; len(got) != 1 || got[0].Slot != 5 {
		t.Errorf("after it was given back: %+v", got)
	}
	s.Enable = false
	if err := c.Update(s); err != nil {
		t.Fatal(err)
	}
	for _, codes := range [][]string{nil, {"rubbish"}, {"a", "b"}} {
		if _, err := c.Acquire(codes); err != nil {
			t.Errorf("switched off: Acquire(%q) = %v", codes, err)
		}
	}
	var none *Control
	if release, err := none.Acquire([]string{"rubbish"}); err != nil {
		t.Errorf("nil Control: %v", err)
	} else {
		release()
	}
	if none.State().Enabled {
		t.Error("a nil Control is enabled")
	}
}

func TestHold(t *testing.T) {
	m := maker(t)
	c := control(t, settings(t))
	used := func() (list [2]int) {
		for i, s := range c.State().Slots {
			list[i] = s.Used
		}
		return list
	}
	h := c.Hold()
	for _, test := range []struct {
		name  string
		codes []string
		err   error
		want  [2]int // of 1000, of 4093
	}{
		{"first", nil, nil, [2]int{0, 1}},
		{"the same", nil, nil, [2]int{0, 1}},
		{"another slot", []string{m.Good()}, nil, [2]int{1, 0}},
		{"not good", []string{"x"}, ErrBadCode, [2]int{1, 0}},
		{"back", nil, nil, [2]int{0, 1}},
	} {
		if err := h.Use(test.codes); !errors.Is(err, test.err) || test.err == nil && err != nil {
			t.Errorf("%s: %v; want %v", test.name, err, test.err)
		}
		if got := used(); got != test.want {
			t.Errorf("%s: used %v; want %v", test.name, got, test.want)
		}
	}
	taken, err := c.Acquire([]string{m.Good()})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Use([]string{m.Good()}); !errors.Is(err, ErrNoLicense) || used() != [2]int{1, 1} {
		t.Errorf("no other licence is free: %v, used %v; the worker should keep its own", err, used())
	}
	taken()
	h.Release()
	h.Release()
	if err := h.Use(nil); !errors.Is(err, ErrNoLicense) || used() != [2]int{} {
		t.Errorf("after Release: %v, used %v", err, used())
	}
	off := (*Control)(nil).Hold()
	if err := off.Use([]string{"rubbish"}); err != nil {
		t.Errorf("nil Control: %v", err)
	}
	off.Release()
}

// Whatever becomes of requests, nobody has more than there are, and everything comes back.
func TestNothingLeaks(t *testing.T) {
	m := maker(t)
	c := control(t, Settings{Enable: true, Slots: map[int]int{DefaultSlot: 3, 1000: 2}, PublicKey: settings(t).PublicKey})
	codes := [][]string{nil, {m.Good()}, {m.With(nil, map[string]any{"x-totvs-app": 7})}, {"bad"}}
	var using [2]atomic.Int64
	limits := [2]int64{3, 2}
	var tooMany atomic.Int64
	enter := func(which int) func() {
		if using[which].Add(1) > limits[which] {
			tooMany.Add(1)
		}
		return sync.OnceFunc(func() { using[which].Add(-1) })
	}
	request := func(r *mrand.Rand) {
		defer func() { _ = recover() }() // as a worker contains a panic
		which := r.IntN(len(codes))
		release, err := c.Acquire(codes[which])
		if err != nil {
			return
		}
		defer release()
		leave := enter(which)
		defer leave()
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(200))*time.Microsecond)
		defer cancel()
		switch r.IntN(4) {
		case 0:
			panic("a program failed")
		case 1:
			leave()
			release() // and again by defer
		case 2:
			<-ctx.Done() // the client hangs up
		}
	}
	worker := func(r *mrand.Rand) {
		h := c.Hold()
		defer h.Release()
		for range r.IntN(4) {
			_ = h.Use(codes[r.IntN(len(codes))])
		}
	}
	var wg sync.WaitGroup
	for seed := range uint64(16) {
		wg.Go(func() {
			r := mrand.New(mrand.NewPCG(seed, 1))
			for range 300 {
				if r.IntN(4) == 0 {
					worker(r)
				} else {
					request(r)
				}
			}
		})
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for range 500 {
			for _, s := range c.State().Slots {
				if s.Used > s.Count || s.Used < 0 {
					tooMany.Add(1)
				}
			}
		}
	}()
	wg.Wait()
	<-watched
	for _, s := range c.State().Slots {
		if s.Used != 0 || s.Peak > s.Count || s.Acquired == 0 || s.Refused == 0 {
			t.Errorf("in the end: %+v; want none used, and some given and refused", s)
		}
	}
	if n := tooMany.Load(); n != 0 {
		t.Errorf("%d times more had a licence than there are", n)
	}
}

// Refusals are logged now and then, with how many there were.
func TestRefusalsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		c, err := New(Options{Settings: Settings{Enable: true, Slots: map[int]int{DefaultSlot: 0}}, Log: zap.New(core)})
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			_, _ = c.Acquire(nil)
		}
		if n := logs.Len(); n != 1 {
			t.Errorf("%d lines; want 1", n)
		}
		time.Sleep(lograte.Every)
		_, _ = c.Acquire(nil)
		if all := logs.All(); len(all) != 2 || all[1].ContextMap()["refused_before"] != int64(99) {
			t.Errorf("lines %v; want a second one that counts 99", all)
		}
	})
}

func TestStatus(t *testing.T) {
	for err, want := range map[error]int{ErrNoLicense: 503, ErrBadCode: 403, ErrUnchecked: 503} {
		status, again := Status(err)
		if status != want || (again > 0) != (want == 503) {
			t.Errorf("Status(%v) = %d, %v", err, status, again)
		}
	}
}

func TestParseKeys(t *testing.T) {
	key := signingKey()
	pkix := publicPEM(t, key.Public())
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}))
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(pkix)
	for name, test := range map[string]struct {
		text string
		keys int
		err  string
	}{
		"PKIX":               {pkix, 1, ""},
		"PKCS #1":            {pkcs1, 1, ""},
		"certificate":        {certificate, 1, ""},
		"two":                {pkix + pkcs1, 2, ""},
		"text around":        {"the key:\n" + pkix + "end", 1, ""},
		"Windows line ends":  {strings.ReplaceAll(pkix, "\n", "\r\n"), 1, ""},
		"JSON text":          {string(quoted), 1, ""},
		"JSON object":        {`{"certificate":` + string(quoted) + `,"n":1}`, 1, ""},
		"nothing":            {"", 0, "no public key"},
		"a page":             {"<html>not found</html>", 0, "no public key"},
		"private":            {private, 0, "only public keys"},
		"public and private": {pkix + private, 0, "only public keys"},
		"weak":               {publicPEM(t, &weak.PublicKey), 0, "1024 bits"},
		"damaged":            {string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})), 0, "cannot be read"},
		"too many":           {strings.Repeat(pkix, maxKeys+1), 0, "more than 16"},
	} {
		keys, err := parseKeys(test.text)
		if len(keys) != test.keys || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %d keys, %v; want %d, %q", name, len(keys), err, test.keys, test.err)
		}
	}
}

// platform answers with what it is told to.
type platform struct {
	*httptest.Server
	body    atomic.Pointer[string]
	status  atomic.Int64
	fetches atomic.Int64
}

func newPlatform(t *testing.T, body string) *platform {
	p := &platform{}
	p.body.Store(&body)
	p.status.Store(http.StatusOK)
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.fetches.Add(1)
		w.WriteHeader(int(p.status.Load()))
		_, _ = io.WriteString(w, *p.body.Load())
	}))
	t.Cleanup(p.Close)
	return p
}

// The last good key stays when the source fails, also over a restart; another one counts as
// soon as it is fetched.
func TestKeysOfURL(t *testing.T) {
	m := maker(t)
	p := newPlatform(t, publicPEM(t, signingKey().Public()))
	s := settings(t)
	s.PublicKey = p.URL + "/certificate"
	o := Options{Settings: s, Dir: t.TempDir(), Client: p.Client(), Now: func() time.Time { return start }}
	open := func() *Control {
		t.Helper()
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	takes := func(what string, c *Control, want error) {
		t.Helper()
		if _, err := slotFor(c, m.Good()); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v; want %v", what, err, want)
		}
	}
	refresh := func(c *Control) bool { _, k := c.codes.present(); return k.refresh(context.Background()) }

	c := open()
	takes("before it was fetched", c, ErrUnchecked)
	if !refresh(c) {
		t.Fatal(c.State().Key.Problem)
	}
	takes("fetched", c, nil)
	for what, fail := range map[string]func(){
		"error":      func() { p.status.Store(500) },
		"rubbish":    func() { p.status.Store(200); text := "rubbish"; p.body.Store(&text) },
		"large":      func() { text := strings.Repeat("x", maxKeyFile+1); p.body.Store(&text) },
		"no content": func() { p.status.Store(204) },
	} {
		fail()
		if refresh(c) {
			t.Errorf("%s: taken as a key", what)
		}
		takes(what, c, nil)
		if k := c.State().Key; k.Problem == "" || k.Keys != 1 {
			t.Errorf("%s: Key = %+v; want one, and a problem", what, k)
		}
		takes("another start, "+what, open(), nil)
	}
	other := newRSA()
	text := publicPEM(t, other.Public())
	p.body.Store(&text)
	p.status.Store(200)
	if !refresh(c) {
		t.Fatal(c.State().Key.Problem)
	}
	takes("key was replaced", c, ErrBadCode)
	m.Key = other
	takes("new key", c, nil)
	o.PublicKey = p.URL + "/other"
	takes("the kept key is of another source", open(), ErrUnchecked)
}

// A reload takes over another key in the file; one that cannot be read takes nothing away.
func TestKeysOfFile(t *testing.T) {
	m := maker(t)
	s := settings(t)
	c := control(t, s)
	other := newRSA()
	code := m.Good()
	m.Key = other
	next := m.Good()
	for _, step := range []struct {
		what, text     string
		first, another error
	}{
		{"at first", "", nil, ErrBadCode},
		{"damaged", "rubbish", nil, ErrBadCode},
		{"both", publicPEM(t, signingKey().Public()) + publicPEM(t, other.Public()), nil, nil},
		{"the other", publicPEM(t, other.Public()), ErrBadCode, nil},
	} {
		if step.text != "" {
			if err := os.WriteFile(s.PublicKey, []byte(step.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.Update(s); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := slotFor(c, code); !errors.Is(err, step.first) || step.first == nil && err != nil {
			t.Errorf("%s: the first key: %v; want %v", step.what, err, step.first)
		}
		if _, err := slotFor(c, next); !errors.Is(err, step.another) || step.another == nil && err != nil {
			t.Errorf("%s: the other key: %v; want %v", step.what, err, step.another)
		}
	}
}

// Servers whose certificate is not good, and redirects to plain connections, give no key.
func TestKeySourcesAreVerified(t *testing.T) {
	good := publicPEM(t, signingKey().Public())
	p := newPlatform(t, good)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, good) }))
	defer plain.Close()
	redirecting := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer redirecting.Close()
	trusting := newClient()
	trusting.Transport = redirecting.Client().Transport
	for what, test := range map[string]struct {
		url    string
		client *http.Client
	}{
		"unknown authority": {p.URL, nil},
		"redirect":          {redirecting.URL, trusting},
	} {
		s := settings(t)
		s.PublicKey = test.url
		c, err := New(Options{Settings: s, Client: test.client})
		if err != nil {
			t.Fatal(err)
		}
		if _, k := c.codes.present(); k.refresh(context.Background()) {
			t.Errorf("%s: a key was taken", what)
		}
	}
	for _, source := range []string{plain.URL, "ftp://x/key", "https://", "https://user:word@x/key", "https://%zz"} {
		s := settings(t)
		s.PublicKey = source
		if _, err := New(Options{Settings: s}); err == nil {
			t.Errorf("PublicKey=%s is possible", source)
		}
	}
}

// Run reads again after a while, sooner if a code was not good, and takes over another source.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := []byte(publicPEM(t, signingKey().Public()))
		var fetches, failing atomic.Int64
		client := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			fetches.Add(1)
			if failing.Load() > 0 {
				return nil, errors.New("no network")
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(key))}, nil
		})}
		s := Settings{Enable: true, PublicKey: "https://platform.example/key", Refresh: time.Hour}
		c, err := New(Options{Settings: s, Client: client})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); c.Run(ctx) }()
		expect := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			if got := fetches.Swap(0); got != want {
				t.Errorf("%s: %d fetches; want %d", what, got, want)
			}
		}
		expect("at once", 1)
		time.Sleep(59 * time.Minute)
		expect("within the hour", 0)
		time.Sleep(2 * time.Minute)
		expect("after an hour", 1)
		for range 1000 {
			_, _ = c.Acquire([]string{"bad"})
		}
		time.Sleep(2 * suspectEvery)
		synctest.Wait()
		if n := fetches.Swap(0); n < 1 || n > 2 {
			t.Errorf("%d fetches after many codes that were not good; want one a minute at most", n)
		}
		failing.Store(1)
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if n := fetches.Swap(0); n < 5 || n > 30 {
			t.Errorf("%d fetches in three hours without a network; want some", n)
		}
		failing.Store(0)
		s.PublicKey = "https://platform.example/other"
		if err := c.Update(s); err != nil {
			t.Fatal(err)
		}
		expect("another source", 1)
		cancel()
		<-done
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func FuzzParseKeys(f *testing.F) {
	f.Add(publicPEM(f, signingKey().Public()))
	f.Add(`{"a":"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if keys, err := parseKeys(text); (err == nil) != (len(keys) > 0) {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	})
}

func BenchmarkAcquire(b *testing.B) {
	m := maker(b)
	c := control(b, settings(b))
	codes := []string{m.Good()}
	b.ReportAllocs()
	for b.Loop() {
		release, err := c.Acquire(codes)
		if err != nil {
			b.Fatal(err)
		}
		release()
	}
}
