package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"appserver/internal/store"
)

// SessionInfo describes a session of a user who has signed in for tokens.
type SessionInfo struct {
	ID      string    `json:"id"`
	User    string    `json:"user"`
	From    string    `json:"from"` // the address from which it began
	Began   time.Time `json:"began"`
	Used    time.Time `json:"used"`    // when it got its last tokens
	Expires time.Time `json:"expires"` // if it gets no others
}

// Sessions lists the sessions that go on, of the user with the name or, if that is "", of all:
// those used last come first, 10,000 at most. The error is ErrUnknown if there is no such
// user.
func (g *Grants) Sessions(ctx context.Context, user string) ([]SessionInfo, error) {
	id, err := g.idOf(ctx, user)
	if err != nil {
		return nil, err
	}
	found, err := g.o.Store.Sessions(ctx, id, g.o.Now())
	list := make([]SessionInfo, len(found))
	for i, s := range found {
		list[i] = SessionInfo{s.ID, s.UserName, s.From, s.Created, s.Used, s.Expires}
	}
	return list, err
}

// idOf returns the id of the user with the name, "" for "".
func (g *Grants) idOf(ctx context.Context, user string) (string, error) {
	if user == "" {
		return "", nil
	}
	found, err := g.o.Store.UserByName(ctx, user)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("user %q: %w", user, ErrUnknown)
	}
	return found.ID, err
}

// End ends a session for an administrator. The error is ErrUnknown if there is none with the
// id that goes on.
func (g *Grants) End(ctx context.Context, by Actor, id string) error {
	s, err := g.o.Store.Session(ctx, id)
	if err == nil {
		err = g.o.Store.EndSession(ctx, id, "ended by an administrator", g.o.Now())
	}
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("session %.50q: %w", id, ErrUnknown)
	}
	if err != nil {
		return err
	}
	g.forget(id)
	return g.o.Users.Record(ctx, Event{Class: store.Change, Action: actionEnd, UserID: s.UserID, By: by.Name, From: by.From, Detail: "session " + id})
}

// EndAll ends all sessions of the user with the name or, if that is "", of everybody, for an
// administrator, and returns how many those were. The error is ErrUnknown if there is no such
// user.
func (g *Grants) EndAll(ctx context.Context, by Actor, user string) (int, error) {
	id, err := g.idOf(ctx, user)
	if err != nil {
		return 0, err
	}
	n, err := g.o.Store.EndSessions(ctx, id, "ended by an administrator", g.o.Now())
	if err != nil || n == 0 {
		return n, err
	}
	g.sessions.Clear()
	return n, g.o.Users.Record(ctx, Event{Class: store.Change, Action: actionEnd, UserID: id, User: user, By: by.Name, From: by.From, Detail: fmt.Sprintf("%d sessions", n)})
}
