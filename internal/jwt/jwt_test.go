package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"appserver/internal/jwt/jwttest"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// maker makes tokens of a key, and rules that take them.
func maker(t testing.TB, key crypto.Signer, algorithm string) (*jwttest.Maker, *Rules) {
	m := &jwttest.Maker{T: t, Key: key, Now: now,
		Header: map[string]any{"alg": algorithm, "kid": "k1", "typ": "at+jwt"},
		Claims: map[string]any{"iss": "here", "aud": "rest", "sub": "u1", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "jti": "1"},
	}
	return m, &Rules{Algorithms: []string{algorithm}, Type: "at+jwt", Issuer: "here", Audience: "rest", Expires: true,
		Keys: func(kid string) []crypto.PublicKey {
			if kid != "k1" {
				return nil
			}
			return []crypto.PublicKey{key.Public()}
		}}
}

func TestForgeriesAreRefused(t *testing.T) {
	for algorithm, key := range map[string]crypto.Signer{"RS256": rsaKey(t), "ES256": ecKey(t)} {
		m, rules := maker(t, key, algorithm)
		if c, err := rules.Verify(m.Good(), now); err != nil || c.Subject != "u1" {
			t.Fatalf("%s: the good token: %+v, %v", algorithm, c, err)
		}
		for what, token := range m.Forgeries() {
			_, err := rules.Verify(token, now)
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrExpired) {
				t.Errorf("%s: %s: Verify = %v; want a refusal", algorithm, what, err)
			}
			if err != nil && len(token) > 20 && strings.Contains(err.Error(), token[:20]) {
				t.Errorf("%s: %s: the error %q holds the token", algorithm, what, err)
			}
		}
	}
}

func TestRules(t *testing.T) {
	m, rules := maker(t, ecKey(t), "ES256")
	exp := func(d time.Duration) map[string]any { return map[string]any{"exp": now.Add(d).Unix()} }
	for _, c := range []struct {
		name           string
		header, claims map[string]any
		want           error
	}{
		{"good", nil, nil, nil},
		{"type in full", map[string]any{"typ": "application/AT+JWT"}, nil, nil},
		{"no type", map[string]any{"typ": nil}, nil, ErrInvalid},
		{"plain type", map[string]any{"typ": "JWT"}, nil, ErrInvalid},
		{"other headers", map[string]any{"x5t": "abc", "custom": map[string]any{"a": 1}}, nil, nil},
		{"one of several audiences", nil, map[string]any{"aud": []string{"other", "rest"}}, nil},
		{"other audience", nil, map[string]any{"aud": "other"}, ErrInvalid},
		{"no audience", nil, map[string]any{"aud": nil}, ErrInvalid},
		{"audience is a number", nil, map[string]any{"aud": 7}, ErrInvalid},
		{"no end", nil, map[string]any{"exp": nil}, ErrInvalid},
		{"just ended", nil, exp(-Leeway + time.Second), nil},
		{"ended", nil, exp(-Leeway), ErrExpired},
		{"fraction of a second", nil, map[string]any{"exp": float64(now.Unix()) + 100.5}, nil},
		{"from just now", nil, map[string]any{"nbf": now.Add(Leeway).Unix()}, nil},
		{"from later", nil, map[string]any{"nbf": now.Add(Leeway + time.Second).Unix()}, ErrInvalid},
		{"another key's name", map[string]any{"kid": "k2"}, nil, ErrInvalid},
	} {
		if _, err := rules.Verify(m.With(c.header, c.claims), now); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: Verify = %v; want %v", c.name, err, c.want)
		}
	}
}

// Rules that ask for little take what says little, and the same forgeries as others not.
func TestLooseRules(t *testing.T) {
	m, rules := maker(t, rsaKey(t), "RS256")
	rules.Type, rules.Audience, rules.Expires = "", "", false
	m.Header["typ"] = "JWT"
	for what, token := range map[string]string{
		"good":    m.Good(),
		"bare":    m.With(map[string]any{"typ": nil}, map[string]any{"exp": nil, "aud": nil, "iat": nil}),
		"at+jwt?": m.With(map[string]any{"typ": "jwt"}, nil),
	} {
		if _, err := rules.Verify(token, now); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, token := range m.Forgeries() {
		if _, err := rules.Verify(token, now); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

func TestSignedTokensAreTaken(t *testing.T) {
	key := ecKey(t)
	_, rules := maker(t, key, "ES256")
	token, err := Sign(key, "ES256", "k1", "at+jwt", map[string]any{"iss": "here", "aud": "rest", "exp": now.Add(time.Hour).Unix(), "sid": "s", "n": 1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := rules.Verify(token, now)
	if err != nil || c.Text("sid") != "s" || c.Text("n") != "" || c.Text("none") != "" {
		t.Errorf("Verify = %+v, %v", c, err)
	}
	if _, err := Sign(key, "HS256", "k1", "at+jwt", nil); err == nil {
		t.Error("signed with an algorithm that does not fit the key")
	}
}

func TestCheckAlgorithm(t *testing.T) {
	for name, ok := range map[string]bool{
		"RS256": true, "PS512": true, "ES384": true, "HS256": false, "none": false, "": false, "RS": false, "RS2566": false, "rs256": false, "EdDSA": false,
	} {
		if err := CheckAlgorithm(name); (err == nil) != ok {
			t.Errorf("CheckAlgorithm(%q) = %v", name, err)
		}
	}
}

func TestCache(t *testing.T) {
	c := Cache[int]{Size: 10}
	for i := range 100 {
		c.Put(fmt.Sprint(i), i, now, now.Add(time.Minute))
		if got, ok := c.Get(fmt.Sprint(i), now); !ok || got != i {
			t.Fatalf("Get(%d) = %d, %v just after Put", i, got, ok)
		}
	}
	if len(c.known) > 10 {
		t.Errorf("%d are remembered; want 10 at most", len(c.known))
	}
	if _, ok := c.Get("99", now.Add(time.Minute)); ok {
		t.Error("remembered for longer than asked for")
	}
	c.Put("old", 1, now, now)
	if _, ok := c.Get("old", now); ok {
		t.Error("remembered though it had ended")
	}
	c.Clear()
	if _, ok := c.Get("99", now); ok {
		t.Error("remembered after Clear")
	}
	var none Cache[int]
	none.Put("x", 1, now, now.Add(time.Hour))
	if _, ok := none.Get("x", now); ok {
		t.Error("the zero Cache remembers")
	}
}

func FuzzVerify(f *testing.F) {
	m, rules := maker(f, ecKey(f), "ES256")
	f.Add(m.Good())
	for _, token := range m.Forgeries() {
		if len(token) < 1000 {
			f.Add(token)
		}
	}
	good := m.Good()
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := rules.Verify(token, now); err == nil && token != good && !strings.Contains(token, ".") {
			t.Errorf("Verify(%q) is good", token)
		}
		if parts, err := split(token); err == nil {
			m, err := members(parts[1])
			if err != nil && m != nil {
				t.Error("an error, and members")
			}
		}
	})
}
