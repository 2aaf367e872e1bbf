// Package jwttest makes tokens that must be refused, for the tests of whatever takes tokens.
package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"
)

// Maker makes tokens, good and bad, by a key that the verifier takes.
type Maker struct {
	T      testing.TB
	Key    crypto.Signer  // of RSA, for RS256, or ECDSA on P-256, for ES256
	Header map[string]any // of a good token
	Claims map[string]any // of a good token, at Now
	Now    time.Time
}

// Good returns a token that is good.
func (m *Maker) Good() string { return m.With(nil, nil) }

// With returns a token, signed as a good one is, with other members of the header and the claims; a nil
// one is left out.
func (m *Maker) With(header, claims map[string]any) string {
	m.T.Helper()
	return m.Raw(text(m.T, merged(m.Header, header)), text(m.T, merged(m.Claims, claims)))
}

// Raw returns a token with that header and payload, signed as a good one is.
func (m *Maker) Raw(header, payload string) string {
	m.T.Helper()
	return m.sign(encode(header)+"."+encode(payload), m.Key)
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	for name, value := range b {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return all
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// sign appends the signature of what the key signs with: ES256 or RS256.
func (m *Maker) sign(input string, key crypto.Signer) string {
	m.T.Helper()
	sum := sha256.Sum256([]byte(input))
	var signature []byte
	var err error
	switch key := key.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, key, sum[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	default:
		m.T.Fatalf("key of type %T", key)
	}
	if err != nil {
		m.T.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Forgeries returns tokens that must be refused whoever asks, by what is wrong with them. All
// say what a good one says but for that.
func (m *Maker) Forgeries() map[string]string {
	m.T.Helper()
	all := map[string]string{}
	maps.Copy(all, m.algorithms())
	maps.Copy(all, m.keys())
	maps.Copy(all, m.headers())
	maps.Copy(all, m.times())
	maps.Copy(all, m.shapes())
	return all
}

// algorithms are tokens that choose how they are verified.
func (m *Maker) algorithms() map[string]string {
	public := m.publicPEM()
	alg := func(name string) string { return text(m.T, merged(m.Header, map[string]any{"alg": name})) }
	input := func(name string) string { return encode(alg(name)) + "." + encode(text(m.T, m.Claims)) }
	all := map[string]string{
		"no algorithm":              m.With(map[string]any{"alg": nil}, nil),
		"algorithm is a number":     m.With(map[string]any{"alg": 256}, nil),
		"HS256 by the PEM key":      hmacSigned(input("HS256"), public),
		"HS256 by the PEM, trimmed": hmacSigned(input("HS256"), []byte(strings.TrimSpace(string(public)))),
		"HS256 by the DER key":      hmacSigned(input("HS256"), m.publicDER()),
		"HS256 by nothing":          hmacSigned(input("HS256"), nil),
	}
	for _, name := range []string{"none", "None", "NONE", "NoNe", "nOnE", ""} {
		all["algorithm "+name+", no signature"] = input(name) + "."
		all["algorithm "+name+", signed"] = m.sign(input(name), m.Key)
	}
	for _, name := range []string{"HS384", "HS512", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "ES256K", "EdDSA", "es256", "rs256", " RS256"} {
		all["algorithm "+name] = m.sign(input(name), m.Key)
	}
	if key, ok := m.Key.(*rsa.PrivateKey); ok {
		all["PS256, truly"] = pssSigned(m.T, input("PS256"), key)
		all["ES256"] = m.sign(input("ES256"), otherEC(m.T))
	} else {
		all["RS256"] = m.sign(input("RS256"), otherRSA(m.T))
	}
	return all
}

func hmacSigned(input string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func pssSigned(t testing.TB, input string, key *rsa.PrivateKey) string {
	sum := sha256.Sum256([]byte(input))
	s, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(s)
}

func (m *Maker) publicDER() []byte {
	der, err := x509.MarshalPKIXPublicKey(m.Key.Public())
	if err != nil {
		m.T.Fatal(err)
	}
	return der
}

func (m *Maker) publicPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: m.publicDER()})
}

func otherEC(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func otherRSA(t testing.TB) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keys are tokens of other keys, which some bring themselves.
func (m *Maker) keys() map[string]string {
	other := crypto.Signer(otherEC(m.T))
	if _, ok := m.Key.(*rsa.PrivateKey); ok {
		other = otherRSA(m.T)
	}
	jwk := m.jwk(other.Public())
	all := map[string]string{}
	for what, header := range map[string]map[string]any{
		"another key":                nil,
		"another key, without name":  {"kid": nil},
		"another key, embedded":      {"jwk": jwk},
		"another key, embedded only": {"jwk": jwk, "kid": nil},
		"another key, by URL":        {"jku": "https://attacker.example/keys"},
		"another key, by x5u":        {"x5u": "https://attacker.example/chain"},
		"name is a path":             {"kid": "../../../../dev/null"},
		"name is a statement":        {"kid": "x' UNION SELECT 'k' --"},
		"name is long":               {"kid": strings.Repeat("k", 4000)},
		"name is a number":           {"kid": 1},
	} {
		all[what] = m.sign(encode(text(m.T, merged(m.Header, header)))+"."+encode(text(m.T, m.Claims)), other)
	}
	return all
}

// jwk returns a public key as a header names it.
func (m *Maker) jwk(public crypto.PublicKey) map[string]any {
	if key, ok := public.(*rsa.PublicKey); ok {
		return map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": "AQAB"}
	}
	key, err := public.(*ecdsa.PublicKey).ECDH()
	if err != nil {
		m.T.Fatal(err)
	}
	b := key.Bytes() // 4, x and y
	return map[string]any{"kty": "EC", "crv": "P-256", "x": base64.RawURLEncoding.EncodeToString(b[1:33]), "y": base64.RawURLEncoding.EncodeToString(b[33:])}
}

// certificate returns one of the key that signs, in the form of x5c.
func (m *Maker) certificate() string {
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, m.Key.Public(), m.Key)
	if err != nil {
		m.T.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// headers are well signed tokens with a header that none may have.
func (m *Maker) headers() map[string]string {
	all := map[string]string{}
	for what, header := range map[string]map[string]any{
		"unknown critical":       {"crit": []string{"exp2"}, "exp2": 1},
		"critical, nothing":      {"crit": []string{}},
		"critical, null":         {"crit": "x"},
		"critical, of RFC 7797":  {"crit": []string{"b64"}, "b64": true},
		"payload not encoded":    {"crit": []string{"b64"}, "b64": false},
		"b64 without crit":       {"b64": false},
		"compressed":             {"zip": "DEF"},
		"good key, embedded too": {"jwk": m.jwk(m.Key.Public())},
		"shared key, embedded":   {"jwk": map[string]any{"kty": "oct", "k": "AA"}},
		"good key, with URL":     {"jku": "https://attacker.example"},
		"good key, with x5u":     {"x5u": "https://attacker.example"},
		"good key, with chain":   {"x5c": []string{m.certificate()}},
		"no chain":               {"x5c": []string{"AA"}},
		"another type":           {"typ": "dpop+jwt"},
		"type is a number":       {"typ": 1},
	} {
		all[what] = m.With(header, nil)
	}
	good := text(m.T, m.Header)
	all["member twice in the header"] = m.Raw(strings.TrimSuffix(good, "}")+`,"typ":"JWT"}`, text(m.T, m.Claims))
	all["header is a list"] = m.Raw("["+good+"]", text(m.T, m.Claims))
	all["header with something after"] = m.Raw(good+"{}", text(m.T, m.Claims))
	return all
}

// times are well signed tokens of another time.
func (m *Maker) times() map[string]string {
	at := func(d time.Duration) int64 { return m.Now.Add(d).Unix() }
	all := map[string]string{}
	for what, claims := range map[string]map[string]any{
		"expired":                 {"exp": at(-2 * time.Minute)},
		"expired long ago":        {"exp": 1},
		"expires as text":         {"exp": "9999999999"},
		"expires as true":         {"exp": true},
		"expires never":           {"exp": json.RawMessage("null")},
		"expires after all":       {"exp": json.RawMessage("1e300")},
		"expires before all":      {"exp": -1},
		"not yet":                 {"nbf": at(2 * time.Minute)},
		"not yet, as text":        {"nbf": "0"},
		"issued later":            {"iat": at(2 * time.Minute)},
		"issuer is a list":        {"iss": []any{m.Claims["iss"]}},
		"another issuer":          {"iss": "attacker"},
		"no issuer":               {"iss": nil},
		"issuer in another case":  {"iss": strings.ToUpper(m.Claims["iss"].(string)) + "X"},
		"expired, by other names": {"EXP": at(time.Hour), "exp": at(-2 * time.Minute)},
	} {
		all[what] = m.With(nil, claims)
	}
	good := text(m.T, m.Claims)
	all["member twice"] = m.Raw(text(m.T, m.Header), strings.TrimSuffix(good, "}")+`,"iss":"attacker"}`)
	all["member twice, the good one last"] = m.Raw(text(m.T, m.Header), `{"iss":"attacker",`+good[1:])
	all["member twice, the same"] = m.Raw(text(m.T, m.Header), strings.TrimSuffix(good, "}")+`,"iss":`+text(m.T, m.Claims["iss"])+`}`)
	all["payload is a text"] = m.Raw(text(m.T, m.Header), `"x"`)
	all["payload with something after"] = m.Raw(text(m.T, m.Header), good+"{}")
	return all
}

// shapes are texts that are no tokens, or not quite.
func (m *Maker) shapes() map[string]string {
	good := m.Good()
	parts := strings.Split(good, ".")
	last := good[len(good)-1]
	all := map[string]string{
		"nothing":               "",
		"dots":                  "..",
		"100,000 dots":          strings.Repeat(".", 100_000),
		"no signature":          parts[0] + "." + parts[1] + ".",
		"two parts":             parts[0] + "." + parts[1],
		"four parts":            good + ".x",
		"of JWE":                good + "..",
		"padding":               good + "=",
		"blank after":           good + " ",
		"blank before":          " " + good,
		"line end within":       parts[0] + ".\n" + parts[1] + "." + parts[2],
		"line end after":        good + "\r\n",
		"byte of zero":          good + "\x00",
		"standard base64":       strings.NewReplacer("-", "+", "_", "/").Replace(good) + "+",
		"payload of another":    parts[0] + "." + encode(strings.Replace(text(m.T, m.Claims), "1", "2", 1)) + "." + parts[2],
		"other bits at the end": good[:len(good)-1] + string(loose(last)),
		"JSON":                  `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"detached":              parts[0] + ".." + parts[2],
		"signature of zeros":    parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])),
		"long":                  m.With(nil, map[string]any{"more": strings.Repeat("x", 9000)}),
	}
	return all
}

// loose returns another character of base64url for the same last bits of a text whose last
// character has bits to spare.
func loose(c byte) byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return letters[strings.IndexByte(letters, c)^1]
}
