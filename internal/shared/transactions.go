package shared

import (
	"container/list"
	"context"
	"fmt"
	"strings"
)

// transaction is what one owner has on a key of a session, with those who wait for it.
// It goes from owner to owner.
type transaction struct {
	session *session
	key     string
	owner   int64
	queue   list.List // of *turn
}

// bytes is what a transaction on the key counts.
func transactionBytes(key string) int64 { return int64(len(key)) + entryBytes }

// turn is an owner who waits for a transaction.
type turn struct {
	owner int64
	tx    *transaction
	place *list.Element // nil: it has been served
	done  chan struct{} // closed when it has been served
	ended bool          // in that the session has ended
}

// Begin gives the owner the transaction on a key, which need not have a value, as soon as
// no other owner has it: the one who waits longest is next. If it has to wait it does so
// in a function that it has block run (vm.Thread.Blocked). began is false if the owner
// has the transaction already. The error is ErrNoSession, also if the session ends
// meanwhile, ErrDeadlock, ErrFull, or the cause of ctx's end.
func (s *Space) Begin(ctx context.Context, block func(wait func()), owner int64, uid, key string) (began bool, err error) {
	t, began, err := s.begin(owner, uid, key)
	if t == nil {
		return began, err
	}
	block(func() { err = s.wait(ctx, t) })
	switch {
	case err != nil:
		return false, err
	case t.ended:
		return false, fmt.Errorf("%w any more: %q", ErrNoSession, uid)
	}
	return true, nil
}

// wait waits until t is served. The error is the cause of ctx's end.
func (s *Space) wait(ctx context.Context, t *turn) error {
	select {
	case <-t.done:
	case <-ctx.Done():
		if s.giveUp(t) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// begin begins a transaction, or returns the turn that waits for it.
func (s *Space) begin(owner int64, uid, key string) (t *turn, began bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return nil, false, fmt.Errorf("%w: %q", ErrNoSession, uid)
	}
	tx := ses.transactions[key]
	switch {
	case tx == nil:
		err := s.open(owner, ses, key)
		return nil, err == nil, err
	case tx.owner == owner:
		return nil, false, nil
	case s.circle(owner, tx):
		return nil, false, fmt.Errorf("%w: the transaction on %q of %q, thread %d", ErrDeadlock, key, uid, tx.owner)
	}
	t = &turn{owner: owner, tx: tx, done: make(chan struct{})}
	t.place = tx.queue.PushBack(t)
	s.blocked[owner] = tx
	return t, false, nil
}

// open makes a transaction. s.mu is held.
func (s *Space) open(owner int64, ses *session, key string) error {
	if err := s.take(ses, 1, transactionBytes(key)); err != nil {
		return err
	}
	tx := &transaction{session: ses, key: strings.Clone(key), owner: owner}
	ses.transactions[tx.key] = tx
	s.holds(owner).transactions[tx] = true
	return nil
}

// circle tells whether the owner would wait for itself if it waited for tx. s.mu is held.
func (s *Space) circle(owner int64, tx *transaction) bool {
	for tx != nil && tx.owner != owner {
		tx = s.blocked[tx.owner]
	}
	return tx != nil
}

// End ends a transaction and tells whether the owner had it.
func (s *Space) End(owner int64, uid, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.sessions[uid]
	if ses == nil {
		return false
	}
	tx := ses.transactions[key]
	if tx == nil || tx.owner != owner {
		return false
	}
	delete(s.held[owner].transactions, tx)
	s.tidy(owner)
	s.pass(tx)
	return true
}

// pass gives tx to the one who waits longest for it, or ends it. s.mu is held.
func (s *Space) pass(tx *transaction) {
	if tx.queue.Len() == 0 {
		delete(tx.session.transactions, tx.key)
		_ = s.take(tx.session, -1, -transactionBytes(tx.key))
		return
	}
	t := tx.queue.Front().Value.(*turn)
	s.serve(t)
	tx.owner = t.owner
	s.holds(t.owner).transactions[tx] = true
}

// serve wakes one who waits. s.mu is held.
func (s *Space) serve(t *turn) {
	s.dequeueTurn(t)
	close(t.done)
}

// dequeueTurn takes t out of its queue. s.mu is held.
func (s *Space) dequeueTurn(t *turn) {
	t.tx.queue.Remove(t.place)
	t.place = nil
	delete(s.blocked, t.owner)
}

// giveUp takes t out of its queue; false if it has been served already.
func (s *Space) giveUp(t *turn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.place == nil {
		return false
	}
	s.dequeueTurn(t)
	return true
}

// abolish ends tx with its session: those who wait fail. s.mu is held.
func (s *Space) abolish(tx *transaction) {
	delete(s.held[tx.owner].transactions, tx)
	s.tidy(tx.owner)
	for tx.queue.Len() > 0 {
		t := tx.queue.Front().Value.(*turn)
		t.ended = true
		s.serve(t)
	}
}

// Transact runs f while the owner has the transaction on a key, which it waits for as
// Begin does; if it has it already, f runs in that. The error is that of Begin or f.
func (s *Space) Transact(ctx context.Context, block func(wait func()), owner int64, uid, key string, f func() error) error {
	began, err := s.Begin(ctx, block, owner, uid, key)
	if err != nil {
		return err
	}
	if began {
		defer s.End(owner, uid, key)
	}
	return f()
}
