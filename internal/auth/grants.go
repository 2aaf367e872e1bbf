package auth

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"appserver/internal/jwt"
	"appserver/internal/store"
)

// Methods of principals of HTTP requests.
const (
	Bearer  Method = "bearer"  // an access token that the user got for name and password
	Program Method = "program" // name and password that a program has accepted; the user need not be in the store
)

// ErrNoGrant is the error of a refresh token that is not good, whatever the reason.
var ErrNoGrant = errors.New("the refresh token is not valid: it was used, has ended or was revoked; sign in again")

const (
	// accessType is the type of access tokens in their header (RFC 9068).
	accessType = "at+jwt"
	// accessAlgorithm is the one algorithm of access tokens.
	accessAlgorithm = "ES256"
	// accessAudience is whom access tokens are for.
	accessAudience = "rest"
	// refreshPrefix begins refresh tokens, so that people and scanners of secrets tell them.
	refreshPrefix = "refresh_"
	// maxRefresh bounds refresh tokens, in bytes.
	maxRefresh = 128

	// sessionLook is after how long the end of a session by another process is noticed.
	sessionLook = time.Second
	// endedFor is for how long the end of a session by this process is remembered: longer
	// than any look at the store takes that began before it.
	endedFor = 30 * time.Second
	// rememberedTokens and rememberedSessions bound what is remembered.
	rememberedTokens   = 10_000
	rememberedSessions = 10_000
)

// Subjects is what Grants must know of users; [Users] has it.
type Subjects interface {
	// Resume returns the user with the id, who was let in before. The error is ErrNoUser if he
	// may not call any more.
	Resume(ctx context.Context, id string) (Principal, error)
	// MaxSessions returns how many sessions the user may have; 0: store.MaxSessions.
	MaxSessions(ctx context.Context, id string) (int, error)
	// Record notes something in the audit.
	Record(ctx context.Context, e Event) error
}

// GrantOptions are what Grants are made of.
type GrantOptions struct {
	Store *store.Store
	Keys  *Keys
	Users Subjects
	GrantTimes

	Now func() time.Time // nil: time.Now
	Log *zap.Logger      // nil: none
}

// GrantTimes say for how long things count. A reload can change them.
type GrantTimes struct {
	AccessTime  time.Duration // life of an access token
	RefreshTime time.Duration // of a refresh token
	KeyAge      time.Duration // after which another key signs; 0: never by itself
}

// Actions of sessions in the audit.
const (
	actionTooMany = "session.limit"  // sessions have ended for one that has begun
	actionRevoke  = "session.revoke" // by its user
	actionReuse   = "session.reuse"  // ended because a refresh token was used twice
	actionEnd     = "session.end"    // by an administrator
)

// Grants give out tokens to users who have shown their password, and take them. An access
// token is a JWT, good for a short time, that any request shows. A refresh token is good for
// the next pair of tokens, once: a session is a refresh token with those that take its place.
// A refresh token that comes twice ends its session, since one of the two was stolen. Any
// goroutine may use Grants.
//
// An access token ends with its session: at once if this process has ended it, or if its user
// was blocked, removed or has got another password, and within a second if another process
// has ended it.
type Grants struct {
	o        GrantOptions
	times    atomic.Pointer[GrantTimes]
	verified jwt.Cache[access]
	sessions jwt.Cache[seenSession]
	ended    jwt.Cache[bool]
	public   publicKeys
}

// access is what counts of a good access token.
type access struct{ kid, session, user string }

// seenSession is a session as it was when its user had the version.
type seenSession struct {
	store.Session
	version int64
}

// Pair is what a client gets.
type Pair struct {
	Access, Refresh string
	Expires         time.Duration // life of Access
}

// NewGrants returns Grants; nothing is opened.
func NewGrants(o GrantOptions) *Grants {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	g := &Grants{
		o:        o,
		verified: jwt.Cache[access]{Size: rememberedTokens},
		sessions: jwt.Cache[seenSession]{Size: rememberedSessions},
		ended:    jwt.Cache[bool]{Size: rememberedSessions},
		public:   publicKeys{store: o.Store},
	}
	g.Update(o.GrantTimes)
	return g
}

// Update takes over other times, for tokens that are made from now on.
func (g *Grants) Update(t GrantTimes) { g.times.Store(&t) }

// Grant begins a session of a user whom Check has let in, from that address. If the user has
// too many by then, the one that was unused longest ends. The error is ErrNoUser for anybody
// else, and ErrChanged if he has got another password meanwhile, or was changed otherwise.
func (g *Grants) Grant(ctx context.Context, who Principal, from netip.Addr) (Pair, error) {
	if who.ID == "" {
		return Pair{}, ErrNoUser // not one of the store
	}
	most, err := g.o.Users.MaxSessions(ctx, who.ID)
	if err != nil {
		return Pair{}, err
	}
	now, times := g.o.Now(), g.times.Load()
	refresh, sum := newRefresh()
	s := store.Session{
		ID: store.NewID(), UserID: who.ID, UserVersion: who.version, From: from.String(),
		Created: now, Used: now, Expires: now.Add(times.RefreshTime),
	}
	token, err := g.sign(ctx, s, now, times)
	if err != nil {
		return Pair{}, err
	}
	ended, err := g.o.Store.AddSession(ctx, s, sum, most)
	if errors.Is(err, store.ErrNotFound) {
		return Pair{}, ErrChanged
	}
	if err != nil {
		return Pair{}, err
	}
	if ended > 0 {
		g.sessions.Clear()
		g.record(ctx, actionTooMany, who, from, fmt.Sprintf("%d sessions have ended: the user may have %d", ended, most))
	}
	return Pair{token, refresh, times.AccessTime}, nil
}

func newRefresh() (token, sum string) {
	token = refreshPrefix + randomText(32)
	return token, refreshSum(token)
}

// refreshSum is what a refresh token is known by. It is no password: nobody can try all.
func refreshSum(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// claims are what an access token says.
type claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Session  string `json:"sid"`
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	From     int64  `json:"nbf"`
	Expires  int64  `json:"exp"`
}

// sign makes an access token of the session, which every server on the same database takes.
func (g *Grants) sign(ctx context.Context, s store.Session, now time.Time, t *GrantTimes) (string, error) {
	f, err := g.o.Keys.present(now, t.KeyAge, t.AccessTime)
	if err != nil {
		return "", fmt.Errorf("the keys of access tokens cannot be used: %w", err)
	}
	if err := g.public.publish(ctx, &f, now, t.AccessTime); err != nil {
		return "", err
	}
	key, kid := f.signer()
	return jwt.Sign(key, accessAlgorithm, kid, accessType, claims{
		Issuer: f.issuer(), Audience: accessAudience, Subject: s.UserID, Session: s.ID, ID: randomText(12),
		IssuedAt: now.Unix(), From: now.Unix(), Expires: now.Add(t.AccessTime).Unix(),
	})
}

// Refresh puts another pair of tokens in the place of a refresh token. The error is
// ErrNoGrant, or that of the store.
func (g *Grants) Refresh(ctx context.Context, refresh string, from netip.Addr) (Pair, error) {
	if len(refresh) > maxRefresh {
		return Pair{}, ErrNoGrant
	}
	sum := refreshSum(refresh)
	s, err := g.o.Store.SessionOf(ctx, sum)
	if err != nil {
		return Pair{}, noGrant(err)
	}
	who, err := g.o.Users.Resume(ctx, s.UserID)
	if errors.Is(err, ErrNoUser) {
		return Pair{}, errors.Join(ErrNoGrant, g.end(ctx, s.ID, "its user may not call any more"))
	} else if err != nil {
		return Pair{}, err
	}
	return g.rotate(ctx, s, who, sum, from)
}

// rotate uses the refresh token with the sum, of a session of who.
func (g *Grants) rotate(ctx context.Context, s store.Session, who Principal, sum string, from netip.Addr) (Pair, error) {
	now, times := g.o.Now(), g.times.Load()
	token, err := g.sign(ctx, s, now, times)
	if err != nil {
		return Pair{}, err
	}
	next, nextSum := newRefresh()
	_, err = g.o.Store.Rotate(ctx, sum, nextSum, now, now.Add(times.RefreshTime))
	if errors.Is(err, store.ErrReused) {
		g.forget(s.ID)
		g.o.Log.Warn("a refresh token was used twice: its session has ended", zap.String("session", s.ID), zap.Stringer("from", from))
		g.record(ctx, actionReuse, who, from, "a refresh token was used twice: session "+s.ID+" has ended")
		return Pair{}, ErrNoGrant
	}
	if err != nil {
		return Pair{}, noGrant(err)
	}
	return Pair{token, next, times.AccessTime}, nil
}

func noGrant(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoGrant
	}
	return err
}

// Verify returns the user who shows an access token. The error is ErrNoToken, also of one
// whose session or user has ended, ErrExpired, or says why it cannot be told.
func (g *Grants) Verify(ctx context.Context, token string) (Principal, error) {
	_, who, err := g.verify(ctx, token)
	return who, err
}

func (g *Grants) verify(ctx context.Context, token string) (access, Principal, error) {
	a, err := g.read(ctx, token)
	if err != nil {
		return access{}, Principal{}, err
	}
	who, err := g.o.Users.Resume(ctx, a.user)
	if errors.Is(err, ErrNoUser) {
		return access{}, Principal{}, ErrNoToken
	}
	if err != nil {
		return access{}, Principal{}, err
	}
	s, err := g.session(ctx, a.session, who.version)
	if err != nil {
		return access{}, Principal{}, err
	}
	if !s.Live(g.o.Now()) || s.UserID != a.user {
		return access{}, Principal{}, ErrNoToken
	}
	who.Method = Bearer
	return a, who, nil
}

// read returns what a token says that was signed here, or by another server on the same
// database, and goes on.
func (g *Grants) read(ctx context.Context, token string) (access, error) {
	now := g.o.Now()
	f, err := g.o.Keys.file.load()
	if err != nil {
		return access{}, fmt.Errorf("the keys of access tokens cannot be used: %w", err)
	}
	if a, ok := g.verified.Get(token, now); ok {
		if by, err := g.verifier(ctx, &f, a.kid, now); err != nil || by.keys != nil {
			return a, err
		}
	}
	var kid string
	var by verifier
	rules := jwt.Rules{
		Algorithms: []string{accessAlgorithm}, Type: accessType, Audience: accessAudience, Expires: true,
		Keys: func(id string) []crypto.PublicKey {
			kid = id
			by, err = g.verifier(ctx, &f, id, now)
			return by.keys
		},
	}
	c, refused := rules.Verify(token, now)
	if err != nil {
		return access{}, err
	}
	return g.accept(token, kid, by.issuer, c, refused, now)
}

// accept returns what a token says whose key has the name and is of the issuer, unless it was
// refused.
func (g *Grants) accept(token, kid, issuer string, c jwt.Claims, err error, now time.Time) (access, error) {
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return access{}, ErrExpired
	case err != nil:
		return access{}, fmt.Errorf("%w: %w", ErrNoToken, err)
	case c.Issuer != issuer:
		return access{}, fmt.Errorf("%w: it is of another issuer than its key", ErrNoToken)
	}
	a := access{kid, c.Text("sid"), c.Subject}
	g.verified.Put(token, a, now, c.Expires)
	return a, nil
}

// verifier returns what the tokens of the key are verified by; the zero verifier if nobody
// knows it. F are the keys of this server.
func (g *Grants) verifier(ctx context.Context, f *keysFile, id string, now time.Time) (verifier, error) {
	if own := f.public(id, now); own != nil {
		return verifier{keys: own, issuer: f.issuer()}, nil
	}
	return g.public.find(ctx, id, now)
}

// session returns the session with the id as it was at most sessionLook ago, and not before
// its user had the version: changes of users end sessions.
func (g *Grants) session(ctx context.Context, id string, version int64) (store.Session, error) {
	now := g.o.Now()
	seen, ok := g.sessions.Get(id, now)
	if !ok || seen.version != version {
		s, err := g.o.Store.Session(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return s, ErrNoToken
		} else if err != nil {
			return s, err
		}
		seen = seenSession{s, version}
		g.sessions.Put(id, seen, now, now.Add(sessionLook))
	}
	if _, ended := g.ended.Get(id, g.o.Now()); ended {
		return seen.Session, ErrNoToken
	}
	return seen.Session, nil
}

// Revoke ends the session of an access token and, if there is one and it is of the same user,
// that of a refresh token. The error is that of Verify for the access token; a refresh token
// that is not good is no error, since it is of no use any more.
func (g *Grants) Revoke(ctx context.Context, token, refresh string, from netip.Addr) error {
	a, who, err := g.verify(ctx, token)
	if err != nil {
		return err
	}
	if err := g.end(ctx, a.session, "revoked by its user"); err != nil {
		return err
	}
	g.record(ctx, actionRevoke, who, from, "session "+a.session)
	if refresh == "" || len(refresh) > maxRefresh {
		return nil
	}
	s, err := g.o.Store.SessionOf(ctx, refreshSum(refresh))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && s.UserID != who.ID:
		return nil
	case err != nil:
		return err
	}
	return g.end(ctx, s.ID, "revoked by its user")
}

// end ends a session, if it goes on.
func (g *Grants) end(ctx context.Context, id, reason string) error {
	err := g.o.Store.EndSession(ctx, id, reason, g.o.Now())
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err == nil {
		g.forget(id)
	}
	return err
}

// forget has a session that has ended count no more.
func (g *Grants) forget(id string) {
	now := g.o.Now()
	g.ended.Put(id, true, now, now.Add(endedFor))
}

// record notes in the audit what became of sessions, among the logins: users cause it, as often
// as they like. That it cannot be noted changes nothing about them.
func (g *Grants) record(ctx context.Context, action string, who Principal, from netip.Addr, detail string) {
	e := Event{Class: store.Login, Action: action, UserID: who.ID, User: who.Name, By: who.Name, From: from.String(), Detail: detail}
	if action == actionReuse {
		e.By = "" // nobody knows who has the stolen one
	}
	if err := g.o.Users.Record(ctx, e); err != nil {
		g.o.Log.Error("the audit has no record of a session", zap.String("action", action), zap.Error(err))
	}
}

// Rotate makes a new key that signs from now on, of which it returns the name, and tells other
// servers. Tokens of the key before it count until they end; if drop is true, no access token
// counts any more that this server has signed.
func (g *Grants) Rotate(ctx context.Context, drop bool) (id string, err error) {
	now, life := g.o.Now(), g.times.Load().AccessTime
	before, err := g.o.Keys.file.load()
	if err != nil {
		return "", err
	}
	verify := life
	if drop {
		verify = 0
	}
	if id, err = g.o.Keys.Rotate(now, verify); err != nil {
		return "", err
	}
	f, err := g.o.Keys.file.load()
	if err == nil {
		err = g.public.replace(ctx, before.names(), &f, now, life)
	}
	if err != nil {
		err = fmt.Errorf("key %s signs from now on, but other servers do not know it yet: %w", id, err)
	}
	return id, err
}
