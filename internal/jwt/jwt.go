// Package jwt signs and verifies JSON Web Tokens (RFC 7519) in the one form that this server
// takes: a compact JWS (RFC 7515) with an algorithm that the verifier has chosen, by a key
// that the verifier knows already.
//
// What a token says of its own key or algorithm is never believed: a header that brings or
// points to a key (jwk, jku, x5u, x5c), that demands extensions (crit, b64, zip), or whose
// algorithm is not on the list refuses the token, as RFC 8725 advises. Names of members count
// in case, and none may be there twice.
package jwt

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// MaxToken bounds tokens, in bytes.
const MaxToken = 8 << 10

// Leeway is by how much the clocks of signer and verifier may differ.
const Leeway = time.Minute

// Errors of Verify, to be told with errors.Is. Neither holds anything of the token.
var (
	ErrInvalid = errors.New("the token is not valid")
	ErrExpired = errors.New("the token has expired")
)

// Rules say which tokens are good.
type Rules struct {
	Algorithms []string // that count, of those that CheckAlgorithm accepts
	Type       string   // that the header must name, in any case; "": JWT or none
	Issuer     string   // "": any
	Audience   string   // that must be among the token's; "": any
	Expires    bool     // the token must end

	// Keys returns the keys that may have signed a token that names the key kid, or "". It
	// returns none if it knows none: kid comes from the token and is only looked up.
	Keys func(kid string) []crypto.PublicKey
}

// Claims are what a token says.
type Claims struct {
	Issuer, Subject, ID          string
	Audience                     []string
	Expires, NotBefore, IssuedAt time.Time // zero: not said
	Members                      map[string]json.RawMessage
}

// Text returns the member of the name if it is a string, else "".
func (c *Claims) Text(name string) string {
	var text string
	if json.Unmarshal(c.Members[name], &text) != nil {
		return ""
	}
	return text
}

// CheckAlgorithm returns why a signature algorithm cannot be used, or nil: there are those
// with a public key, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and ES512.
func CheckAlgorithm(name string) error {
	if len(name) == 5 && slices.Contains([]string{"RS", "PS", "ES"}, name[:2]) && slices.Contains([]string{"256", "384", "512"}, name[2:]) {
		return nil
	}
	return fmt.Errorf("algorithm %.20q cannot be used; RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and ES512 can", name)
}

// Verify returns what a token says that is good at now, give or take Leeway. The error is
// ErrExpired, of a token that is good but for that, or ErrInvalid with the reason. Verify
// may be called from any goroutine.
func (r *Rules) Verify(token string, now time.Time) (Claims, error) {
	payload, err := r.signed(token)
	if err != nil {
		return Claims{}, err
	}
	c, err := parseClaims(payload)
	if err != nil {
		return Claims{}, err
	}
	return c, r.holds(&c, now)
}

// signed returns the payload of a token whose signature is right.
func (r *Rules) signed(token string) ([]byte, error) {
	h, err := r.header(token)
	if err != nil {
		return nil, err
	}
	algorithms := make([]jose.SignatureAlgorithm, len(r.Algorithms))
	for i, a := range r.Algorithms {
		algorithms[i] = jose.SignatureAlgorithm(a)
	}
	parsed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, invalid("it is not a signed token of an algorithm that counts")
	}
	for _, key := range r.Keys(h.kid) {
		if payload, err := parsed.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, invalid("no key that is known has signed it")
}

// header is what counts of the header of a token.
type header struct{ alg, kid, typ string }

// header reads the header of a token, and refuses what no token may have.
func (r *Rules) header(token string) (header, error) {
	parts, err := split(token)
	if err != nil {
		return header{}, err
	}
	m, err := members(parts[0])
	if err != nil {
		return header{}, invalid("its header " + err.Error())
	}
	for _, name := range [...]string{"crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "nonce"} {
		if _, ok := m[name]; ok {
			return header{}, invalid("its header has " + name)
		}
	}
	var h header
	for name, to := range map[string]*string{"alg": &h.alg, "kid": &h.kid, "typ": &h.typ} {
		if text, ok := m[name]; ok && json.Unmarshal(text, to) != nil {
			return header{}, invalid(name + " of its header is no text")
		}
	}
	if !slices.Contains(r.Algorithms, h.alg) || CheckAlgorithm(h.alg) != nil {
		return header{}, invalid("its algorithm does not count here")
	}
	if !r.typeFits(h.typ) {
		return header{}, invalid("it is of another type")
	}
	return h, nil
}

// typeFits tells whether a token of the type counts. The prefix "application/" is as good
// as none (RFC 7515, section 4.1.9).
func (r *Rules) typeFits(typ string) bool {
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	if r.Type == "" {
		return typ == "" || typ == "jwt"
	}
	return typ == strings.ToLower(r.Type)
}

// split returns the three parts of a token, decoded. Each has exactly one form.
func split(token string) (parts [3][]byte, err error) {
	if len(token) > MaxToken {
		return parts, invalid(fmt.Sprintf("it is longer than %d bytes", MaxToken))
	}
	texts := strings.SplitN(token, ".", 4)
	if len(texts) != 3 || strings.ContainsAny(token, "\r\n") {
		return parts, invalid("it has not three parts")
	}
	for i, text := range texts {
		if parts[i], err = base64.RawURLEncoding.Strict().DecodeString(text); err != nil || text == "" {
			return parts, invalid("it is not in base64url")
		}
	}
	return parts, nil
}

// members returns the members of a JSON object, each of which may be there once.
func members(data []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("is not a JSON object")
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errors.New("is not a JSON object")
		}
		key, _ := name.(string) // in an object it is one
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, errors.New("is not a JSON object")
		}
		if _, twice := m[key]; twice {
			return nil, errors.New("has a member twice")
		}
		m[key] = value
	}
	if _, err := d.Token(); err != nil || d.More() {
		return nil, errors.New("is not a JSON object")
	}
	return m, nil
}

func parseClaims(payload []byte) (c Claims, err error) {
	if c.Members, err = members(payload); err != nil {
		return Claims{}, invalid("its payload " + err.Error())
	}
	for name, to := range map[string]any{
		"iss": &c.Issuer, "sub": &c.Subject, "jti": &c.ID, "aud": (*audience)(&c.Audience),
		"exp": (*date)(&c.Expires), "nbf": (*date)(&c.NotBefore), "iat": (*date)(&c.IssuedAt),
	} {
		if text, ok := c.Members[name]; ok && (string(text) == "null" || json.Unmarshal(text, to) != nil) {
			return Claims{}, invalid(name + " cannot be read")
		}
	}
	return c, nil
}

// holds checks what a token says against the rules.
func (r *Rules) holds(c *Claims, now time.Time) error {
	switch {
	case r.Issuer != "" && c.Issuer != r.Issuer:
		return invalid("it is of another issuer")
	case r.Audience != "" && !slices.Contains(c.Audience, r.Audience):
		return invalid("it is for another audience")
	case c.Expires.IsZero() && r.Expires:
		return invalid("it does not say when it ends")
	case c.NotBefore.After(now.Add(Leeway)), c.IssuedAt.After(now.Add(Leeway)):
		return invalid("it is of the future: the clocks differ by more than a minute")
	case !c.Expires.IsZero() && !c.Expires.Add(Leeway).After(now):
		return ErrExpired
	}
	return nil
}

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }

// audience is the member aud: a string, or a list of them.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// date is a NumericDate: seconds since 1970, of the years up to 9999.
type date time.Time

func (d *date) UnmarshalJSON(b []byte) error {
	const end = 253402300800 // the year 10000
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	if !(seconds > 0 && seconds < end) {
		return errors.New("not a time")
	}
	*d = date(time.Unix(int64(seconds), 0))
	return nil
}

// Sign returns a token with the header's algorithm, key name and type, and the claims, which
// have a JSON form. The key fits the algorithm.
func Sign(key crypto.Signer, algorithm, kid, typ string, claims any) (string, error) {
	options := new(jose.SignerOptions).WithType(jose.ContentType(typ)).WithHeader("kid", kid)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: key}, options)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed.CompactSerialize()
}
